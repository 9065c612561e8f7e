/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ground floor: numbers, buffers, arenas, complaints. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/endian.h"
#include "base/num.h"
#include "tap.h"

/* xorshift: the same numbers on every machine */
static uint64_t
next_random(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static bool
reads(const char *text, double want)
{
	double v;

	return num_parse_decimal(text, strlen(text), &v) == 0 && v == want;
}

static bool
refuses(const char *text)
{
	double v;

	return num_parse_decimal(text, strlen(text), &v) == -1;
}

static void
test_decimal_text(void)
{
	static const char *const bad[] = {"", "-", ".", "+.", "1e5", "1E5",
	    "0x10", "inf", "nan", " 1", "1 ", "1.2.3", "--1", "1,5"};
	char text[400];

	ok(reads("1", 1) && reads("-0.5", -0.5) && reads("+.25", 0.25) &&
		reads("7.", 7) && reads("007.50", 7.5),
	    "signs, leading and trailing dots and zeros are read");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(refuses(bad[i]), "'%s' is not a decimal number", bad[i]);
	ok(refuses("\xb2"), "a byte beyond ASCII is no digit");
	ok(reads("9007199254740993", 9007199254740992.0) &&
		reads("9007199254740995", 9007199254740996.0),
	    "digits beyond 2^53 round to even");
	ok(reads("0.1000000000000000055511151231257827021181583404541015625",
	       0.1),
	    "fifty-five decimals are rounded correctly");
	snprintf(text, sizeof(text), "1%0308d", 0);
	ok(reads(text, 1e308), "a number of 309 digits is read");
	snprintf(text, sizeof(text), "1%0309d", 0);
	ok(refuses(text), "one that would be infinite is refused");
}

static void
test_decimal_against_strtod(void)
{
	int wrong = 0;

	for (int i = 0; i < 200000; i++) {
		char text[64];
		unsigned decimals = (unsigned)(next_random() % 24);
		uint64_t whole = next_random() >> (next_random() % 64);
		uint64_t part = next_random() >> (next_random() % 64);

		snprintf(text, sizeof(text), "%s%llu.%0*llu",
		    next_random() & 1 ? "-" : "", (unsigned long long)whole,
		    (int)decimals, (unsigned long long)part);
		wrong += !reads(text, strtod(text, NULL));
	}
	is_int(wrong, 0, "200000 random decimals equal strtod's, bit for bit");
}

static void
test_format_round_trip(void)
{
	char text[NUM_DOUBLE_MAX];
	int wrong = 0, longest = 0;

	for (int i = 0; i < 200000; i++) {
		double v, back;
		uint64_t bits = next_random();

		memcpy(&v, &bits, sizeof(v));
		if (!isfinite(v))
			continue;
		int n = (int)num_format_double(text, v);
		longest = n > longest ? n : longest;
		wrong += num_parse_double(text, (size_t)n, &back) ||
			 memcmp(&v, &back, sizeof(v)) != 0;
	}
	is_int(wrong, 0, "200000 random doubles survive text, bit for bit");
	ok(longest < NUM_DOUBLE_MAX, "and fit: the longest has %d bytes",
	    longest);
	num_format_double(text, 0.1);
	is_str(text, "0.1", "the text is the shortest one");
	num_format_double(text, -0.0);
	is_str(text, "0", "minus zero is written as zero");
}

static void
test_integers(void)
{
	int64_t i;
	uint64_t u;

	ok(num_parse_int("-9223372036854775808", 20, &i) == 0 && i == INT64_MIN,
	    "the smallest integer is read");
	ok(num_parse_int("9223372036854775808", 19, &i) == -1,
	    "one more than the largest integer is refused");
	ok(num_parse_uint("18446744073709551615", 20, &u) == 0 &&
		u == UINT64_MAX,
	    "the largest unsigned integer is read");
	ok(num_parse_uint("18446744073709551616", 20, &u) == -1,
	    "one more is refused");
	ok(num_parse_uint("-1", 2, &u) == -1 && num_parse_uint("", 0, &u) == -1,
	    "a sign or nothing is not an unsigned integer");
}

static void
test_buf(void)
{
	struct buf b = BUF_INIT;
	char *s;

	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i);
	is_int((long long)b.len, 3890, "a buffer grows with what is added");
	is_int(b.data[b.len], 0, "and ends with a NUL");
	buf_consume(&b, 3886);
	is_str(b.data, "999,", "consuming drops the front");
	s = buf_detach(&b);
	ok(strcmp(s, "999,") == 0 && !b.data && !b.cap,
	    "detaching hands the memory over");
	free(s);
	s = buf_detach(&b);
	is_str(s, "", "an empty buffer detaches as an empty string");
	free(s);
}

static void
test_arena(void)
{
	struct arena a = ARENA_INIT;
	bool aligned = true, zeroed = true;
	char *big;

	for (size_t i = 1; i < 3000; i++) {
		unsigned char *p = arena_alloc(&a, i);

		aligned = aligned && ((uintptr_t)p & 15) == 0;
		zeroed = zeroed && p[0] == 0 && p[i - 1] == 0;
		memset(p, 0xff, i);
		if (i % 500 == 0)
			arena_clear(&a);
	}
	ok(aligned, "arena memory is aligned to 16 bytes");
	ok(zeroed, "and zeroed, also when it is used again");
	big = arena_alloc(&a, 1 << 20);
	big[(1 << 20) - 1] = 1;
	is_str(arena_strndup(&a, "abcdef", 3), "abc", "strndup cuts");
	arena_release(&a);
	ok(!a.block, "release frees everything");
}

struct heard {
	struct diag_sink sink;
	char text[80];
};

static void
hear(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	struct heard *h = (struct heard *)sink;

	snprintf(h->text, sizeof(h->text), "%d %u %s %s", (int)level,
	    place->line, slug, text);
}

static void
test_diag(void)
{
	static const char *const names[] = {
	    "max_accel", "max_velocity", "kinematics"};
	struct heard h = {.sink.emit = hear};
	struct diag_place at = {"f", 7, 0};
	const char *near;

	diag_report(&h.sink, DIAG_ERROR, &at, "slug", "odd '%s'", "a\033[2Jb");
	is_str(h.text, "2 7 slug odd 'a?[2Jb'", "control bytes are masked");
	ok(h.sink.count[DIAG_ERROR] == 1 && h.sink.count[DIAG_NOTE] == 0,
	    "complaints are counted by level");
	near = diag_nearest("max_acel", names, 3);
	is_str(near, "max_accel", "a missing letter is forgiven");
	near = diag_nearest("knieMatics", names, 3);
	is_str(near, "kinematics", "so are a swap and a capital");
	ok(!diag_nearest("heater", names, 3), "a strange word has no relation");
}

static void
test_endian(void)
{
	uint8_t b[8];

	put_le32(b, 0x12345678);
	ok(b[0] == 0x78 && b[3] == 0x12 && get_le32(b) == 0x12345678,
	    "bytes are little-endian");
	put_le_double(b, -1.5);
	ok(b[7] == 0xbf && b[6] == 0xf8 && get_le_double(b) == -1.5,
	    "doubles are their bits, little-endian");
}

int
main(void)
{
	test_decimal_text();
	test_decimal_against_strtod();
	test_format_round_trip();
	test_integers();
	test_buf();
	test_arena();
	test_diag();
	test_endian();
	return done_testing();
}

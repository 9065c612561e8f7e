/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text twin of the plan stream: one record a line, key=value. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "base/num.h"
#include "wire/plan.h"
#include "wire/plan_schema.h"

/*
 * What came from G-code has few decimals: then those digits are the number,
 * and no general conversion is needed.  1e9 divides exactly representable
 * integers below 2^53, so the division gives the nearest double again.
 */
static size_t
format_short(char *out, double v)
{
	double scaled = fabs(v) * 1e9, whole;
	char digits[32];
	uint64_t m;
	int n, cut;

	if (!(scaled < 9007199254740992.0)) /* 2^53 */
		return 0;
	whole = nearbyint(scaled);
	if (whole / 1e9 != fabs(v))
		return 0;
	m = (uint64_t)whole;
	n = snprintf(digits, sizeof(digits), "%s%" PRIu64 ".%09" PRIu64,
	    v < 0 ? "-" : "", m / 1000000000u, m % 1000000000u);
	cut = n;
	while (digits[cut - 1] == '0')
		cut--;
	if (digits[cut - 1] == '.')
		cut--;
	memcpy(out, digits, (size_t)cut);
	return (size_t)cut;
}

static void
add_double(struct buf *out, double v)
{
	char text[40];
	size_t n;

	if (isinf(v)) {
		buf_adds(out, v < 0 ? "-inf" : "inf");
		return;
	}
	n = format_short(text, v + 0.0);
	if (!n)
		n = (size_t)snprintf(text, sizeof(text), "%.17g", v);
	buf_add(out, text, n);
}

/* "..." with \" \\ and \xHH for control bytes */
static void
add_string(struct buf *out, const char *s, size_t max)
{
	buf_addc(out, '"');
	for (size_t i = 0; s && s[i] && i < max; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\') {
			buf_addc(out, '\\');
			buf_addc(out, (char)c);
		} else if (c < 0x20 || c == 0x7f) {
			buf_addf(out, "\\x%02x", c);
		} else {
			buf_addc(out, (char)c);
		}
	}
	buf_addc(out, '"');
}

static void
add_axes(struct buf *out, uint32_t axes)
{
	if (!(axes & 7))
		buf_addc(out, '-');
	for (unsigned i = 0; i < 3; i++)
		if (axes >> i & 1)
			buf_addc(out, "XYZ"[i]);
}

static void
add_doubles(struct buf *out, const struct plan_field *f, const uint8_t *record)
{
	struct plan_doubles list;

	memcpy(&list, record + f->offset, sizeof(list));
	for (uint32_t i = 0; i < list.n && i < PLAN_MESH_MAX; i++) {
		if (i > 0)
			buf_addc(out, ',');
		add_double(out, list.v[i]);
	}
}

static void
add_field(struct buf *out, const struct plan_field *f, const uint8_t *record)
{
	const uint8_t *at = record + f->offset;
	const char *text;
	uint64_t u64;
	uint32_t u32;
	double v;

	buf_addc(out, ' ');
	buf_adds(out, f->name);
	buf_addc(out, '=');
	switch (f->kind) {
	case PLAN_F_DOUBLE:
	case PLAN_F_OPEN:
	case PLAN_F_RARE:
		memcpy(&v, at, sizeof(v));
		add_double(out, v);
		return;
	case PLAN_F_U32:
		memcpy(&u32, at, sizeof(u32));
		buf_addf(out, "%" PRIu32, u32);
		return;
	case PLAN_F_U64:
		memcpy(&u64, at, sizeof(u64));
		buf_addf(out, "%" PRIu64, u64);
		return;
	case PLAN_F_AXES:
		memcpy(&u32, at, sizeof(u32));
		add_axes(out, u32);
		return;
	case PLAN_F_FLAG:
		buf_addc(out, *at ? '1' : '0');
		return;
	case PLAN_F_NAME:
		add_string(out, (const char *)at, PLAN_NAME_SIZE - 1);
		return;
	case PLAN_F_LONG_NAME:
		add_string(out, (const char *)at, PLAN_LONG_NAME_SIZE - 1);
		return;
	case PLAN_F_TEXT:
		memcpy(&text, at, sizeof(text));
		add_string(out, text, PLAN_TEXT_MAX);
		return;
	case PLAN_F_DOUBLES:
		add_doubles(out, f, record);
		return;
	case PLAN_F_END:
		break;
	}
	BUG("unknown field kind %d", (int)f->kind);
}

void
plan_text_add(struct buf *out, const struct plan_record *rec)
{
	const struct plan_kind *kind = plan_kind_by_type((unsigned)rec->type);

	if (!kind)
		BUG("unknown plan record %d", (int)rec->type);
	buf_adds(out, kind->name);
	buf_addf(out, " line=%" PRIu32 " t=", rec->line);
	add_double(out, rec->t);
	for (const struct plan_field *f = kind->field; f->name; f++)
		if (plan_field_there(f, rec))
			add_field(out, f, (const uint8_t *)rec);
	if (rec->flags & PLAN_SKIPPABLE)
		buf_adds(out, " skip=1");
	buf_addc(out, '\n');
}

/* One line while it is read. */
struct line {
	const char *s, *p, *end;
	char *arena;
	const char *why;
};

static int
wrong(struct line *l, const char *why)
{
	l->why = why;
	return -1;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* the unquoted bytes, NUL-terminated, at *out; moves the arena on */
static int
take_string(struct line *l, size_t max, const char **out)
{
	char *to = l->arena;

	if (l->p == l->end || *l->p != '"')
		return wrong(l, "a string in double quotes is missing");
	for (l->p++; l->p < l->end && *l->p != '"'; l->p++) {
		char c = *l->p;

		if (c == '\\') {
			if (l->end - l->p < 2)
				return wrong(l, "unfinished escape");
			c = *++l->p;
			if (c == 'x') {
				int high, low;

				if (l->end - l->p < 3 ||
				    (high = hex_digit(l->p[1])) < 0 ||
				    (low = hex_digit(l->p[2])) < 0 ||
				    !(high | low))
					return wrong(l, "bad \\x escape");
				c = (char)(high << 4 | low);
				l->p += 2;
			} else if (c != '"' && c != '\\') {
				return wrong(l, "unknown escape");
			}
		} else if ((unsigned char)c < 0x20 || c == 0x7f) {
			return wrong(l, "control byte in a string");
		}
		*to++ = c;
	}
	if (l->p == l->end)
		return wrong(l, "the string has no end");
	l->p++;
	if ((size_t)(to - l->arena) > max)
		return wrong(l, "the string is too long");
	*to++ = '\0';
	*out = l->arena;
	l->arena = to;
	return 0;
}

static size_t
word(const struct line *l)
{
	const char *q = l->p;

	while (q < l->end && *q != ' ')
		q++;
	return (size_t)(q - l->p);
}

static int
take_double(struct line *l, bool open, double *v)
{
	size_t n = word(l);

	if (open && n == 3 && !memcmp(l->p, "inf", 3))
		*v = HUGE_VAL;
	else if (open && n == 4 && !memcmp(l->p, "-inf", 4))
		*v = -HUGE_VAL;
	else if (num_parse_double(l->p, n, v))
		return wrong(l, "not a number");
	l->p += n;
	return 0;
}

static int
take_uint(struct line *l, uint64_t max, uint64_t *v)
{
	size_t n = word(l);

	if (num_parse_uint(l->p, n, v) || *v > max)
		return wrong(l, "not a whole number in range");
	l->p += n;
	return 0;
}

static int
take_axes(struct line *l, uint32_t *axes)
{
	size_t n = word(l);
	uint32_t last = 0;

	*axes = 0;
	if (n == 1 && *l->p == '-') {
		l->p++;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t bit = l->p[i] == 'X'	? PLAN_X
			       : l->p[i] == 'Y' ? PLAN_Y
			       : l->p[i] == 'Z' ? PLAN_Z
						: 0;

		if (bit <= last)
			return wrong(l, "axes are letters out of XYZ or '-'");
		*axes |= last = bit;
	}
	if (!n)
		return wrong(l, "axes are letters out of XYZ or '-'");
	l->p += n;
	return 0;
}

/* " key=" must stand here */
static int
take_key(struct line *l, const char *key)
{
	size_t n = strlen(key);

	if ((size_t)(l->end - l->p) < n + 2 || *l->p != ' ' ||
	    memcmp(l->p + 1, key, n) || l->p[n + 1] != '=')
		return -1;
	l->p += n + 2;
	return 0;
}

/* numbers with commas between, to the arena */
static int
take_doubles(struct line *l, const struct plan_field *f, uint8_t *record)
{
	double *v = (double *)(void *)l->arena;
	const char *end = l->p + word(l);
	uint32_t n = 0;

	while (l->p < end) {
		const char *comma = memchr(l->p, ',', (size_t)(end - l->p));
		const char *stop = comma ? comma : end;

		if (n == PLAN_MESH_MAX)
			return wrong(l, "more numbers than a row can have");
		if (num_parse_double(l->p, (size_t)(stop - l->p), &v[n]))
			return wrong(l, "not a number");
		n++;
		l->p = stop + (comma != NULL);
		if (comma && l->p == end)
			return wrong(l, "not a number");
	}
	memcpy(record + f->offset, &(struct plan_doubles){n, v},
	    sizeof(struct plan_doubles));
	l->arena += n * sizeof(*v);
	return 0;
}

static int
take_field(struct line *l, const struct plan_field *f, uint8_t *record)
{
	uint8_t *at = record + f->offset;
	const char *text;
	uint64_t u64;
	uint32_t u32;
	double v;

	switch (f->kind) {
	case PLAN_F_DOUBLE:
	case PLAN_F_OPEN:
	case PLAN_F_RARE:
		if (take_double(l, f->kind == PLAN_F_OPEN, &v))
			return -1;
		memcpy(at, &v, sizeof(v));
		return 0;
	case PLAN_F_U32:
		if (take_uint(l, UINT32_MAX, &u64))
			return -1;
		u32 = (uint32_t)u64;
		memcpy(at, &u32, sizeof(u32));
		return 0;
	case PLAN_F_U64:
		if (take_uint(l, UINT64_MAX, &u64))
			return -1;
		memcpy(at, &u64, sizeof(u64));
		return 0;
	case PLAN_F_AXES:
		if (take_axes(l, &u32))
			return -1;
		memcpy(at, &u32, sizeof(u32));
		return 0;
	case PLAN_F_FLAG:
		if (take_uint(l, 1, &u64))
			return -1;
		*at = (uint8_t)u64;
		return 0;
	case PLAN_F_NAME:
	case PLAN_F_LONG_NAME:
		if (take_string(l,
			f->kind == PLAN_F_NAME ? PLAN_NAME_SIZE - 1
					       : PLAN_LONG_NAME_SIZE - 1,
			&text))
			return -1;
		memcpy(at, text, strlen(text) + 1);
		return 0;
	case PLAN_F_TEXT:
		if (take_string(l, PLAN_TEXT_MAX, &text))
			return -1;
		memcpy(at, &text, sizeof(text));
		return 0;
	case PLAN_F_DOUBLES:
		return take_doubles(l, f, record);
	case PLAN_F_END:
		break;
	}
	BUG("unknown field kind %d", (int)f->kind);
}

static int
take_record(struct line *l, struct plan_record *rec)
{
	const struct plan_kind *kind = plan_kind_by_name(l->p, word(l));
	uint64_t u;

	if (!kind) {
		static const char skip[] = " skip=1";
		size_t n = sizeof(skip) - 1;

		if ((size_t)(l->end - l->s) > n && !memcmp(l->end - n, skip, n))
			return 0;
		return wrong(l, "unknown record");
	}
	memset(rec, 0, sizeof(*rec));
	rec->type = kind->type;
	l->p += word(l);
	if (take_key(l, "line"))
		return wrong(l, "'line=' is missing");
	if (take_uint(l, UINT32_MAX, &u))
		return -1;
	rec->line = (uint32_t)u;
	if (take_key(l, "t"))
		return wrong(l, "'t=' is missing");
	if (take_double(l, false, &rec->t))
		return -1;
	for (const struct plan_field *f = kind->field; f->name; f++) {
		if (take_key(l, f->name)) {
			if (f->kind == PLAN_F_RARE)
				continue;
			return wrong(l, "a field is missing or out of order");
		}
		if (take_field(l, f, (uint8_t *)rec))
			return -1;
	}
	if (!take_key(l, "skip")) {
		if (take_uint(l, 1, &u))
			return -1;
		rec->flags = (uint8_t)u;
	}
	if (l->p != l->end)
		return wrong(l, "more on the line than the record has");
	return 1;
}

int
plan_text_parse(struct plan_record *rec, char *arena, const char *s, size_t n,
    const char **why, size_t *at)
{
	struct line l = {s, s, s + n, arena, NULL};
	int status;

	if (n == 0 || s[0] == '#')
		return 0;
	status = take_record(&l, rec);
	*why = l.why;
	*at = (size_t)(l.p - s);
	return status;
}

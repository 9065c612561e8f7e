/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers, frames, dictionaries and clocks of the MCU wire. */
#include <jansson.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/xalloc.h"
#include "proto/crc16.h"
#include "proto/vlq.h"
#include "tests/unit/tap.h"
#include "wire/clocksync.h"
#include "wire/dict.h"
#include "wire/frame.h"

#define VECTORS "../shared/reference/vectors/mcu-protocol.json"

/* Numbers of one build of a board's firmware, for the frames below. */
static const char board[] =
    "{\"commands\":{\"identify offset=%u count=%c\":1,\"clear_shutdown\":2,"
    "\"emergency_stop\":3,\"get_uptime\":4,\"get_clock\":5,"
    "\"finalize_config crc=%u\":6,\"get_config\":7,"
    "\"allocate_oids count=%c\":8,\"config_reset\":-16,"
    "\"update_digital_out oid=%c value=%c\":14,"
    "\"queue_digital_out oid=%c clock=%u on_ticks=%u\":15,"
    "\"config_digital_out oid=%c pin=%u value=%c default_value=%c "
    "max_duration=%u\":17,\"stepper_get_position oid=%c\":19,"
    "\"reset_step_clock oid=%c clock=%u\":20,"
    "\"set_next_step_dir oid=%c dir=%c\":21,"
    "\"queue_step oid=%c interval=%u count=%hu add=%hi\":22,"
    "\"config_stepper oid=%c step_pin=%c dir_pin=%c invert_step=%c "
    "step_pulse_ticks=%u\":23,\"endstop_query_state oid=%c\":24,"
    "\"endstop_home oid=%c clock=%u sample_ticks=%u sample_count=%c "
    "rest_ticks=%u pin_value=%c trsync_oid=%c trigger_reason=%c\":25,"
    "\"config_endstop oid=%c pin=%c pull_up=%c\":26,"
    "\"trsync_trigger oid=%c reason=%c\":27,"
    "\"trsync_set_timeout oid=%c clock=%u\":28,"
    "\"trsync_start oid=%c report_clock=%u report_ticks=%u "
    "expire_reason=%c\":29,\"config_trsync oid=%c\":30,"
    "\"stepper_stop_on_trigger oid=%c trsync_oid=%c\":18,"
    "\"buttons_ack oid=%c count=%c\":46},"
    "\"responses\":{\"identify_response offset=%u data=%.*s\":0,"
    "\"starting\":-10,\"stats count=%u sum=%u sumsq=%u\":-7,"
    "\"uptime high=%u clock=%u\":-6,\"clock clock=%u\":-5,"
    "\"config is_config=%c crc=%u is_shutdown=%c move_count=%hu\":-4,"
    "\"stepper_position oid=%c pos=%i\":-1,"
    "\"endstop_state oid=%c homing=%c next_clock=%u pin_value=%c\":128,"
    "\"trsync_state oid=%c can_trigger=%c trigger_reason=%c clock=%u\":129,"
    "\"buttons_state oid=%c ack_count=%c state=%*s\":133},"
    "\"output\":{\"%u words, 50%% of %*s\":140},"
    "\"config\":{\"CLOCK_FREQ\":50000000,\"ADC_MAX\":\"4095\","
    "\"RESERVE_PINS_serial\":\"PA10,PA9\"},\"version\":\"one\"}";

static const char pins[] =
    "{\"commands\":{\"set_digital_out pin=%u value=%c\":2,"
    "\"config_x oid=%c step_pin=%c spin=%c spi_bus=%u\":3},"
    "\"responses\":{},\"enumerations\":{"
    "\"pin\":{\"PA0\":[0,16],\"PB0\":[16,16],\"P1.4\":[100,3],\"T\":254},"
    "\"spi_bus\":{\"spi1\":0,\"spi1a\":1}}}";

static unsigned complaints;

static void
count(struct diag_sink *s, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)s;
	(void)level;
	(void)place;
	(void)slug;
	(void)text;
	complaints++;
}

static struct diag_sink sink = {.emit = count};

static struct dict *
load(const char *text)
{
	return dict_load(text, strlen(text), "test", &sink);
}

static size_t
unhex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

/* --- numbers ----------------------------------------------------------- */

static void
test_vlq(void)
{
	static const struct {
		int64_t v;
		const char *hex;
	} edge[] = {
	    {95, "5f"},
	    {96, "8060"},
	    {-32, "60"},
	    {-33, "ff5f"},
	    {12287, "df7f"},
	    {12288, "80e000"},
	    {-4096, "e000"},
	    {-4097, "ffdf7f"},
	    {1572863, "dfff7f"},
	    {1572864, "80e08000"},
	    {-524288, "e08000"},
	    {-524289, "ffdfff7f"},
	    {201326591, "dfffff7f"},
	    {201326592, "80e0808000"},
	    {-67108864, "e0808000"},
	    {-67108865, "8fdfffff7f"},
	    {2147483647, "87ffffff7f"},
	    {-2147483648ll, "8880808000"},
	};
	bool same = true, back = true, short_ok = true;
	uint8_t b[8], want[8];
	uint32_t v = 0;

	for (size_t i = 0; i < sizeof(edge) / sizeof(*edge); i++) {
		size_t n = (size_t)(vlq_put(b, (uint32_t)edge[i].v) - b);

		same &= unhex(edge[i].hex, want) == n && !memcmp(b, want, n);
	}
	ok(same, "numbers at each edge take their shortest form");
	for (uint32_t i = 0; i < 64; i++)
		for (int d = -2; d <= 2; d++) {
			uint32_t x = ((uint32_t)1 << (i & 31)) *
					 (i < 32 ? 1u : (uint32_t)-1) +
				     (uint32_t)d;
			uint8_t *end = vlq_put(b, x);

			back &= vlq_get(b, end, &v) == end && v == x;
			short_ok &= end - b == 1 || !vlq_get(b, end - 1, &v);
		}
	ok(back, "what was written is read back");
	ok(short_ok, "a number cut off is refused");
	unhex("91bec8f569", b);
	ok(vlq_get(b, b + 5, &v) && v == 399653609,
	    "a clock sent with 64 bits keeps its lower 32");
	unhex("8005", b);
	ok(vlq_get(b, b + 2, &v) && v == 5, "an overlong form is read");
}

static void
test_crc(void)
{
	is_int(crc16((const uint8_t *)"123456789", 9), 0x6f91,
	    "CRC of the check text");
	is_int(crc16((const uint8_t *)"", 0), 0xffff, "CRC of nothing");
}

/* --- frames ------------------------------------------------------------ */

struct seen {
	int frames;
	size_t bytes;
	unsigned seq;
	uint8_t payload[FRAME_MAX];
	size_t len;
};

static void
on_frame(void *ctx, unsigned seq, const uint8_t *payload, size_t len)
{
	struct seen *s = ctx;

	s->frames++;
	s->bytes += len;
	s->seq = seq;
	s->len = len;
	memcpy(s->payload, payload, len);
}

static void
test_frames(void)
{
	struct frame_reader r;
	struct seen s = {0};
	uint8_t f[FRAME_MAX], all[17 * 5];
	size_t n = 0;

	f[2] = 1;
	f[3] = 0;
	f[4] = 40;
	is_int((long long)frame_close(f, 1, 3), 8, "a frame's length");
	ok(!memcmp(f, "\x08\x11\x01\x00\x28\x42\x24\x7e", 8),
	    "the first identify frame");
	for (unsigned i = 0; i < 16; i++)
		n += frame_close(f, i, 0), memcpy(all + n - 5, f, 5);
	ok(!memcmp(all + 15 * 5, "\x05\x1f\x66\x76\x7e", 5),
	    "the empty frame of sequence 15");
	frame_reader_init(&r);
	for (size_t i = 0; i < n; i++)
		frame_reader_feed(&r, all + i, 1, on_frame, &s);
	is_int(s.frames, 16, "frames are found byte by byte");
	frame_reader_feed(&r, "~~~", 3, on_frame, &s);
	is_int((long long)r.bytes_invalid, 0, "sync bytes between are free");
	all[7] ^= 1;
	s.frames = 0;
	frame_reader_feed(&r, all, n, on_frame, &s);
	is_int(s.frames, 15, "only the damaged frame is lost");
	is_int((long long)r.bytes_invalid, 5, "and its bytes are counted");
	s.frames = 0;
	frame_reader_feed(&r, all + 1, n - 1, on_frame, &s);
	is_int(s.frames, 14, "a frame without its first byte is skipped");
}

/* --- dictionaries ------------------------------------------------------ */

static void
test_dict_lookup(struct dict *d)
{
	const struct dict_message *m;
	double v;

	m = dict_command(d, "queue_step oid=%c interval=%u count=%hu add=%hi");
	ok(m && m->id == 22, "a command is found by its whole signature");
	ok(!dict_command(d, "queue_step oid=%c interval=%u count=%hu"),
	    "and not by another one");
	ok(!dict_command(d, "starting") && dict_response(d, "starting"),
	    "commands and responses are apart");
	ok(dict_constant(d, "ADC_MAX", &v) == 0 && v == 4095,
	    "a constant may be a numeric string");
	ok(dict_constant(d, "RESERVE_PINS_serial", &v) != 0,
	    "another string is no number");
	is_str(dict_version(d), "one", "the version");
	ok(dict_by_id(d, -7) == dict_by_name(d, "stats"),
	    "negative numbers are found");
	ok(!dict_by_id(d, 99999) && !dict_by_id(d, -5000),
	    "numbers beyond two bytes are none");
}

static void
test_dict_text(struct dict *d)
{
	static const char *const line[] = {
	    "queue_step oid=6 interval=166686 count=58 add=-267",
	    "get_config",
	    "buttons_state oid=12 ack_count=0 state=01ff",
	    "trsync_state oid=2 can_trigger=0 trigger_reason=1 "
	    "clock=4294967295",
	    "config_stepper oid=1 step_pin=4 dir_pin=5 invert_step=-1 "
	    "step_pulse_ticks=5",
	};
	const struct dict_message *m;
	struct dict_value v[DICT_PARAMS_MAX];
	struct buf out = BUF_INIT, why = BUF_INIT;
	uint8_t p[FRAME_PAYLOAD_MAX];
	size_t n;

	for (size_t i = 0; i < sizeof(line) / sizeof(*line); i++) {
		n = dict_encode_text(d, line[i], p, &why);
		buf_clear(&out);
		if (n > 0 && dict_decode(d, p, n, &m, v) == n)
			dict_format(m, v, &out);
		is_str(out.data, line[i], "text comes back: %.20s", line[i]);
	}
	n = dict_encode_text(d, "get_config now=1", p, &why);
	is_str(why.data, "'get_config' takes no 'now=1'", "too much is said");
	buf_clear(&why);
	dict_encode_text(d, "queue_step oid=1", p, &why);
	is_str(why.data, "'queue_step' lacks 'interval'", "too little is");
	buf_clear(&why);
	dict_encode_text(d, "fly", p, &why);
	is_str(why.data, "unknown command 'fly'", "an unknown command is");
	n = (size_t)(vlq_put(p, 140) - p);
	p[n] = 7;
	p[n + 1] = 2;
	p[n + 2] = 0xab;
	p[n + 3] = 0xcd;
	buf_clear(&out);
	if (dict_decode(d, p, n + 4, &m, v) == n + 4)
		dict_format(m, v, &out);
	is_str(out.data, "#output 7 words, 50% of abcd", "debug text");
	ok(dict_decode(d, p, n + 3, &m, v) == 0, "bytes cut off are refused");
	buf_release(&out);
	buf_release(&why);
}

static void
test_dict_enums(void)
{
	struct dict *d = load(pins);
	const struct dict_message *m;
	struct dict_enum *e;
	struct buf out = BUF_INIT;
	int32_t v;

	if (!ok(d != NULL, "a dictionary of pins"))
		return;
	e = dict_enum(d, "pin");
	ok(dict_enum_value(e, "PB7", &v) == 0 && v == 23, "PB7 is in a range");
	ok(dict_enum_value(e, "P1.5", &v) == 0 && v == 101, "P1.5 too");
	ok(dict_enum_value(e, "T", &v) == 0 && v == 254, "T stands alone");
	ok(dict_enum_value(e, "PB16", &v) && dict_enum_value(e, "PA01", &v) &&
		dict_enum_value(e, "P1.3", &v) && dict_enum_value(e, "PB", &v),
	    "PB16, PA01, P1.3 and PB are none");
	dict_enum_name(e, 102, &out);
	is_str(out.data, "P1.6", "102 is P1.6");
	buf_clear(&out);
	dict_enum_name(e, 77, &out);
	is_str(out.data, "?77", "77 has no name");
	buf_clear(&out);
	ok(dict_enum_nearest(e, "PB17", &out) && !strncmp(out.data, "PB1", 3),
	    "the nearest of PB17");
	m = dict_by_name(d, "config_x");
	ok(m->param[1].en == e && !m->param[2].en && m->param[3].en,
	    "names follow the parameter's last word");
	dict_open_enum(d, "pin");
	ok(dict_enum_value(e, "nowhere", &v) == 0, "an open enumeration");
	buf_release(&out);
	dict_free(d);
}

static void
test_dict_bad(void)
{
	static const char *const bad[] = {"", "[]", "{", "{}",
	    "{\"commands\":{},\"responses\":[]}",
	    "{\"commands\":{\"a\":\"b\"},\"responses\":{}}",
	    "{\"commands\":{\"a\":70000},\"responses\":{}}",
	    "{\"commands\":{\"a\":1,\"b\":1},\"responses\":{}}",
	    "{\"commands\":{\"a b\":1},\"responses\":{}}",
	    "{\"commands\":{\"a b=%q\":1},\"responses\":{}}",
	    "{\"commands\":{},\"responses\":{},\"enumerations\":{\"p\":3}}",
	    ("{\"commands\":{},\"responses\":{},"
	     "\"enumerations\":{\"p\":{\"a\":[1]}}}"),
	    "x\x9c garbage"};
	int n = 0;

	complaints = 0;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		n += load(bad[i]) == NULL;
	is_int(n, (long long)(sizeof(bad) / sizeof(*bad)),
	    "what is no dictionary is refused");
	is_int(complaints, n, "with one complaint each");
}

static void
test_dict_zlib(void)
{
	uLongf len = compressBound(sizeof(board));
	Bytef *z = xmalloc(len);
	struct dict *d;

	compress2(z, &len, (const Bytef *)board, sizeof(board) - 1, 9);
	d = dict_load(z, len, "test", &sink);
	ok(d != NULL, "a compressed dictionary is read");
	dict_free(d);
	complaints = 0;
	ok(!dict_load(z, len - 9, "test", &sink) && complaints == 1,
	    "one that is cut off is refused");
	free(z);
}

/* --- clocks ------------------------------------------------------------ */

static void
test_clocksync(void)
{
	const double freq = 72e6, real = 72e6 * (1 + 35e-6);
	const int64_t t0 = 5000000000;
	struct clocksync c;
	uint64_t seed = 7, offset = 0xfffff000;
	double worst = 0, ahead = -1e9;

	clocksync_begin(&c, freq, offset, t0);
	for (int i = 1; i < 300; i++) {
		/* the first eight come 50 ms apart; all are read up to 0.4 ms
		 * late, and now and then 30 ms */
		int64_t sent =
		    t0 + (i < 9 ? i * 50000000ll : (i - 8) * 983900000ll);
		double late, clock, at, f;
		int64_t at_ns;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		late = (double)(seed >> 40) / (1 << 24) * 0.0004;
		if (i % 37 == 0)
			late = 0.030;
		clock =
		    (double)offset + ((double)(sent - t0) * 1e-9 + late) * real;
		clocksync_sample(&c, (uint32_t)(uint64_t)clock, sent,
		    sent + (int64_t)(late * 1e9) + 400000);
		if (i < 60)
			continue;
		at = (double)offset + ((double)(sent - t0) * 1e-9 + 1) * real;
		worst = fmax(
		    worst, fabs(clocksync_clock(&c, sent + 1000000000) - at));
		clocksync_cautious(&c, &at_ns, &clock, &f);
		ahead = fmax(ahead,
		    clock + (double)(sent + 1000000000 - at_ns) * 1e-9 * f -
			at);
	}
	is_near(c.freq / real, 1, 1e-5, "the frequency is found");
	ok(worst < 0.0008 * freq, "a second ahead within 0.8 ms (%.0f us)",
	    worst / freq * 1e6);
	ok(ahead < 0, "the cautious line stays behind (%.0f us)",
	    ahead / freq * 1e6);
	ok(c.last_clock > 0x100000000, "the clock passed its wrap");
	is_int((long long)clocksync_extend(&c, (uint32_t)(c.last_clock - 1000)),
	    (long long)c.last_clock - 1000, "a clock a little ago is extended");
	is_near((double)(clocksync_ns(&c, clocksync_clock(&c, 9000000000))),
	    9e9, 1000, "time to clock and back");
}

/* --- recorded vectors -------------------------------------------------- */

static void
vectors_numbers(json_t *root)
{
	json_t *pairs =
		   json_object_get(json_object_get(root, "crc16"), "pairs"),
	       *canonical =
		   json_object_get(json_object_get(root, "vlq"), "canonical"),
	       *other = json_object_get(
		   json_object_get(root, "vlq"), "non_canonical_must_decode"),
	       *x;
	uint8_t b[64], e[8];
	uint32_t v = 0;
	size_t i, n;
	int bad = 0;

	json_array_foreach(pairs, i, x)
	{
		const char *hex = json_string_value(json_object_get(x, "hex"));

		n = unhex(hex, b);
		bad += crc16(b, (uint8_t)n) !=
		       strtoul(json_string_value(json_object_get(x, "crc")),
			   NULL, 16);
	}
	is_int(bad, 0, "recorded CRCs (%zu)", json_array_size(pairs));
	bad = 0;
	json_array_foreach(canonical, i, x)
	{
		uint32_t want = (uint32_t)json_integer_value(
		    json_object_get(x, "unsigned"));

		n = unhex(json_string_value(json_object_get(x, "hex")), b);
		bad += !vlq_get(b, b + n, &v) || v != want ||
		       (size_t)(vlq_put(e, want) - e) != n || memcmp(e, b, n);
	}
	is_int(bad, 0, "recorded numbers (%zu)", json_array_size(canonical));
	bad = 0;
	json_array_foreach(other, i, x)
	{
		n = unhex(json_string_value(json_object_get(x, "hex")), b);
		bad += !vlq_get(b, b + n, &v) ||
		       v != json_integer_value(json_object_get(x, "unsigned"));
	}
	is_int(bad, 0, "recorded longer forms (%zu)", json_array_size(other));
}

static void
vectors_config_crc(json_t *root)
{
	json_t *c = json_object_get(root, "config_crc");
	const char *text = json_string_value(json_object_get(c, "text"));

	is_int((long long)crc32(0, (const Bytef *)text, (uInt)strlen(text)),
	    json_integer_value(json_object_get(c, "crc32")),
	    "the CRC of a recorded configuration");
}

/* Formats all messages of a payload as the recording does; false when it
 * holds one that this dictionary has not. */
static bool
describe(const struct dict *d, const uint8_t *p, size_t len, struct buf *out)
{
	const struct dict_message *m;
	struct dict_value v[DICT_PARAMS_MAX];
	bool first = true;

	while (len > 0) {
		size_t n = dict_decode(d, p, len, &m, v);

		if (n == 0)
			return false;
		if (!first)
			buf_adds(out, "; ");
		first = false;
		dict_format(m, v, out);
		p += n;
		len -= n;
	}
	return true;
}

static void
vectors_frames(json_t *root, const struct dict *d, const char *name)
{
	struct buf text = BUF_INIT;
	struct frame_reader r;
	json_t *x;
	size_t i;
	int whole = 0, same = 0, known = 0, wrong = 0;

	json_array_foreach(json_object_get(root, name), i, x)
	{
		const char *want =
		    json_string_value(json_object_get(x, "decoded"));
		struct seen s = {0};
		uint8_t f[FRAME_MAX], again[FRAME_MAX];
		size_t n =
		    unhex(json_string_value(json_object_get(x, "hex")), f);

		frame_reader_init(&r);
		frame_reader_feed(&r, f, n, on_frame, &s);
		whole += s.frames == 1;
		memcpy(again + FRAME_HEAD, s.payload, s.len);
		same += frame_close(again, s.seq, s.len) == n &&
			!memcmp(again, f, n);
		buf_clear(&text);
		if (s.len == 0 || strncmp(want, "seq=", 4) ||
		    strstr(want, "static_string_id") ||
		    /* -1 in a byte: the recording shows it unsigned */
		    strstr(want, "invert_step=4294967295") ||
		    !describe(d, s.payload, s.len, &text))
			continue;
		known++;
		want = strchr(want, ' ') + 1;
		if (strcmp(want, text.data) != 0 && wrong++ < 3)
			printf("# got %s\n# want %s\n", text.data, want);
	}
	is_int(whole, (long long)i, "%s: every frame is sound", name);
	is_int(same, (long long)i, "%s: we make the same bytes", name);
	is_int(wrong, 0, "%s: %d payloads say the same", name, known);
	buf_release(&text);
}

static void
test_vectors(const struct dict *d)
{
	json_error_t err;
	json_t *root = json_load_file(VECTORS, 0, &err);

	if (!root) {
		tap_skip("recorded frames", "no ../shared here");
		return;
	}
	vectors_numbers(root);
	vectors_config_crc(root);
	vectors_frames(root, d, "frames_own_driver_linux");
	vectors_frames(root, d, "frames_cold_connect_stock_host");
	vectors_frames(root, d, "frames_stock_host_session");
	json_decref(root);
}

int
main(void)
{
	struct dict *d = load(board);

	test_vlq();
	test_crc();
	test_frames();
	if (ok(d != NULL, "a dictionary is read")) {
		test_dict_lookup(d);
		test_dict_text(d);
		test_vectors(d);
	}
	test_dict_enums();
	test_dict_bad();
	test_dict_zlib();
	test_clocksync();
	dict_free(d);
	return done_testing();
}

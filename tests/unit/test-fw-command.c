/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The firmware's receiver and parser, against the wire's rules. */
#include "mcu-fw/board/sim/sim.h"
#include "tests/unit/fw-host.h"
#include "tests/unit/tap.h"
#include "wire/frame.h"

/* "get_config" in a frame of this sequence; -1: the right one, and on. */
static size_t
frame_of(uint8_t frame[FRAME_MAX], const uint8_t *payload, size_t n, int seq)
{
	if (n > 0)
		memcpy(frame + 2, payload, n);
	return frame_close(
	    frame, seq < 0 ? fw_next_sequence++ : (unsigned)seq, n);
}

static void
test_resync(void)
{
	uint8_t f[FRAME_MAX], g[3 * FRAME_MAX];
	size_t n, m;

	fw_begin();
	fw_forget();
	n = frame_of(f, NULL, 0, -1);
	fw_raw(f, n);
	is_int(fw_empty_frames(), 1, "an empty frame in sequence is acked");
	is_int(fw_sequence(), (int)(fw_next_sequence & 15),
	    "the ack carries the next sequence");
	fw_forget();
	n = frame_of(f, NULL, 0, (int)fw_next_sequence);
	f[n - 2] ^= 0x55;
	fw_raw(f, n);
	is_int(fw_empty_frames(), 1, "a bad CRC is nakked once");
	fw_raw(f, n);
	is_int(fw_empty_frames(), 1, "the same bad frame again: nothing");
	f[n - 2] ^= 0x55;
	fw_raw(f, n);
	fw_next_sequence++;
	is_int(fw_empty_frames(), 2, "a good frame after it is acked");
	fw_forget();
	fw_raw(f, n);
	is_int(fw_empty_frames(), 1, "a frame that came already: one nak");
	for (unsigned i = 1; i <= 2; i++) {
		n = frame_of(f, NULL, 0, (int)(fw_next_sequence + i));
		fw_raw(f, n);
	}
	is_int(fw_empty_frames(), 3, "a frame from the future: a nak each");
	fw_forget();
	for (m = 0; m < 3 * n; m += n)
		memcpy(g + m, f, frame_of(f, NULL, 0, -1));
	fw_raw(g, m);
	is_int(fw_empty_frames(), 3, "three frames at once: three acks");
	fw_forget();
	g[0] = g[1] = 0x7e;
	memcpy(g + 2, f, frame_of(f, NULL, 0, -1));
	fw_raw(g, n + 2);
	is_int(fw_empty_frames(), 1, "sync bytes before a frame cost nothing");
	fw_forget();
	fw_raw("\x1b\x01\x00\x01\x0e\x11\x04", 7);
	fw_raw("\x7e", 1);
	is_int(fw_empty_frames(), 1, "a bootloader's farewell: one nak");
	fw_forget();
	n = frame_of(f, NULL, 0, -1);
	fw_raw(f, n);
	is_int(fw_empty_frames(), 1, "and the next frame is taken");
	fw_end();
}

static void
test_numbers(void)
{
	/* finalize_config hands out what it took, whatever form it had */
	static const struct {
		const char *bytes;
		size_t n;
		const char *config;
	} row[] = {
	    {"\x8f\xff\xff\xff\x7f", 5, "crc=4294967295 "},
	    {"\x7f", 1, "crc=4294967295 "},
	    {"\xff\xdf\xff\xff\x7f", 5, "crc=4227858431 "},
	    {"\x91\xbe\xc8\xf5\x69", 5, "crc=399653609 "},
	    {"\x80\x05", 2, "crc=5 "},
	    {"\x80\x60", 2, "crc=96 "},
	    {"\x88\x80\x80\x80\x00", 5, "crc=2147483648 "},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		uint8_t f[FRAME_MAX], payload[16];
		size_t n;

		fw_begin();
		/* the number of finalize_config, as fw_say() would encode */
		fw_say("finalize_config crc=1");
		fw_forget();
		fw_say("reset");
		fw_next_sequence = 0;
		n = fw_encode("finalize_config crc=0", payload) - 1;
		memcpy(payload + n, row[i].bytes, row[i].n);
		n = frame_of(f, payload, n + row[i].n, -1);
		fw_raw(f, n);
		fw_say("get_config");
		ok(strstr(fw_answer("config"), row[i].config) != NULL,
		    "VLQ of %zu bytes: %s", row[i].n, row[i].config);
		fw_end();
	}
}

static void
test_errors(void)
{
	static const struct {
		const char *payload;
		size_t n;
		const char *reason;
	} row[] = {
	    {"\x00", 1, "'Invalid command'"},
	    {"\x81\x7f", 2, "'Invalid command'"},
	    {"\xfe\x7f", 2, "'Invalid command'"},
	};
	uint8_t f[FRAME_MAX], payload[FRAME_MAX];
	size_t n;

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		fw_begin();
		fw_forget();
		n = frame_of(f, (const uint8_t *)row[i].payload, row[i].n, -1);
		fw_raw(f, n);
		is_str(sim_shutdown_reason(), "Invalid command",
		    "message %zu is refused", i);
		is_int(fw_answers("shutdown"), 1, "the host is told, once");
		is_int(fw_empty_frames(), 1, "and the frame acked");
		fw_end();
	}
	fw_begin();
	n = fw_encode("finalize_config crc=1000000", payload);
	fw_raw(f, frame_of(f, payload, n - 1, -1));
	is_str(sim_shutdown_reason(), "Command parser error",
	    "a number that ends too early");
	fw_end();
	fw_begin();
	n = fw_encode("debug_ping data=01020304", payload);
	fw_raw(f, frame_of(f, payload, n - 1, -1));
	is_str(sim_shutdown_reason(), "Command parser error",
	    "bytes that end too early");
	fw_end();
}

static void
test_shutdown(void)
{
	fw_begin();
	fw_say("allocate_oids count=1\n"
	       "config_digital_out oid=0 pin=PA1 value=0 default_value=1 "
	       "max_duration=0\nfinalize_config crc=7");
	fw_forget();
	fw_say("emergency_stop");
	ok(strstr(fw_answer("shutdown"), "static_string_id=Command request") !=
		NULL,
	    "emergency_stop shuts down: %s", fw_answer("shutdown"));
	is_int(sim_pin("PA1")->level, 1, "a pin falls to its default");
	fw_forget();
	fw_say("queue_digital_out oid=0 clock=5000 on_ticks=1");
	is_int(fw_answers("is_shutdown"), 1, "a command is refused then");
	fw_say("get_config");
	is_str(fw_answer("config"),
	    "config is_config=1 crc=7 is_shutdown=1 move_count=1018",
	    "get_config answers");
	fw_say("emergency_stop");
	ok(strstr(fw_answer("shutdown"), "Command request") != NULL,
	    "emergency_stop again tells again");
	fw_forget();
	fw_say("clear_shutdown\nget_config");
	ok(strstr(fw_answer("config"), "is_shutdown=0") != NULL,
	    "clear_shutdown clears");
	fw_say("clear_shutdown");
	is_str(sim_shutdown_reason(), "Shutdown cleared when not shutdown",
	    "but only a shutdown");
	fw_forget();
	fw_say("reset");
	is_int(fw_answers("starting"), 1, "reset restarts");
	fw_next_sequence = 0;
	fw_say("get_config");
	ok(strstr(fw_answer("config"), "is_config=0 crc=0 is_shutdown=0") !=
		NULL,
	    "and forgets: %s", fw_answer("config"));
	fw_end();
}

static void
test_oids(void)
{
	fw_begin();
	fw_say(
	    "allocate_oids count=1\nconfig_trsync oid=0\nconfig_trsync oid=1");
	is_str(sim_shutdown_reason(), "Can't assign oid", "an oid too large");
	fw_end();
	fw_begin();
	fw_say(
	    "allocate_oids count=1\nconfig_trsync oid=0\nconfig_trsync oid=0");
	is_str(sim_shutdown_reason(), "Can't assign oid", "an oid twice");
	fw_end();
	fw_begin();
	fw_say("allocate_oids count=1\nallocate_oids count=1");
	is_str(sim_shutdown_reason(), "oids already allocated", "oids twice");
	fw_end();
	fw_begin();
	fw_say("allocate_oids count=2\nfinalize_config crc=1\nconfig_trsync "
	       "oid=0");
	is_str(sim_shutdown_reason(), "Can't assign oid", "after finalize");
	fw_end();
	fw_begin();
	fw_say("finalize_config crc=1\nfinalize_config crc=1");
	is_str(sim_shutdown_reason(), "Already finalized", "finalize twice");
	fw_end();
	fw_begin();
	fw_say("allocate_oids count=1\nconfig_trsync oid=0\n"
	       "stepper_get_position oid=0");
	is_str(sim_shutdown_reason(), "Invalid oid type", "another's oid");
	fw_end();
}

static void
test_echo(void)
{
	char line[200] = "debug_ping data=", want[200] = "pong data=";

	fw_begin();
	for (int i = 0; i < 57; i++) {
		snprintf(line + 16 + 2 * i, 3, "%02x", i * 3 & 255);
		snprintf(want + 10 + 2 * i, 3, "%02x", i * 3 & 255);
	}
	fw_say(line);
	is_str(fw_answer("pong"), want, "57 bytes come back");
	fw_say("get_clock\nget_uptime");
	ok(fw_answers("clock") == 1 && fw_answers("uptime") == 1,
	    "clock and uptime answer");
	fw_run(11 * 1000000);
	is_int(fw_answers("stats"), 2, "statistics come each five seconds");
	ok(strstr(fw_answer("stats"), "count=0") == NULL,
	    "their count is not zero");
	fw_end();
}

int
main(void)
{
	test_resync();
	test_numbers();
	test_errors();
	test_shutdown();
	test_oids();
	test_echo();
	return done_testing();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan stream: what is written is read, what is torn is told. */
#include <math.h>
#include <string.h>

#include "base/endian.h"
#include "tests/unit/tap.h"
#include "wire/plan.h"

static char last_text[400];

static void
remember(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)sink;
	(void)level;
	snprintf(last_text, sizeof(last_text), "%s:%u: %s [%s]", place->file,
	    place->line, text, slug);
}

static struct plan_record
move_record(uint32_t line, double t, double x, double d)
{
	struct plan_record rec = {.type = PLAN_MOVE, .line = line, .t = t};
	struct plan_move *m = &rec.u.move;

	m->start[0] = x;
	m->start[1] = 10.0 / 3;
	m->start_e = x * 0.05;
	m->dir[0] = 1;
	m->ratio_e = 0.05;
	m->distance = d;
	m->cruise_v = 100;
	m->accel = 3000;
	m->accel_t = m->decel_t = m->cruise_v / m->accel;
	m->cruise_t = (d - m->cruise_v * m->accel_t) / m->cruise_v;
	if (line % 3 == 0) { /* one ramp, with jerk */
		m->decel_t = 0;
		m->jerk = 2 * m->accel / m->accel_t;
		m->cruise_t = d / m->cruise_v - m->accel_t / 2 +
			      m->jerk / 12 * pow(m->accel_t, 3) / m->cruise_v;
	}
	m->advance = 1;
	return rec;
}

/* Two rows, their use, and their use from elsewhere. */
static void
sample_mesh(struct plan_writer *w, double t)
{
	static const double z[2][3] = {{0.1, 1.0 / 3, -0.25}, {0, 1e-9, 2}};
	struct plan_record rec = {.type = PLAN_MESH_ROW, .t = t};

	for (uint32_t i = 0; i < 2; i++) {
		rec.u.mesh_row.row = i;
		rec.u.mesh_row.z = (struct plan_doubles){3, z[i]};
		plan_write(w, &rec);
	}
	rec = (struct plan_record){.type = PLAN_MESH_USE, .t = t};
	strcpy(rec.u.mesh_use.name, "default");
	rec.u.mesh_use.columns = 3;
	rec.u.mesh_use.rows = 2;
	rec.u.mesh_use.high[0] = 100.0 / 3;
	rec.u.mesh_use.high[1] = 20;
	rec.u.mesh_use.fade[1] = 10;
	rec.u.mesh_use.z = 10.0 / 7;
	plan_write(w, &rec);
	rec.u.mesh_use.shift[0] = -5;
	plan_write(w, &rec);
}

/* one of every type, times in order, with strings that need quoting */
static void
write_all(struct buf *out, bool text)
{
	struct plan_writer w;
	struct plan_record rec = {.type = PLAN_SOURCE, .line = 1};
	uint64_t moves = 0;
	double x = 0, t = 0;

	plan_writer_init(&w, out, 0xdeadbeefu, text);
	rec.u.text.s = "a \"b\"\\ c\x01\xc3\xa4";
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_HOME, .line = 2};
	rec.u.home.axes = PLAN_X | PLAN_Z;
	rec.u.home.pos[2] = -0.0;
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_HEATER_WAIT, .line = 3};
	strcpy(rec.u.wait.name, "heater_generic chamber");
	rec.u.wait.min = -HUGE_VAL;
	rec.u.wait.max = HUGE_VAL;
	plan_write(&w, &rec);
	for (int i = 0; i < 1000; i++) {
		double d = 5 + i / 7.0;

		rec = move_record(4 + (uint32_t)i, t, x, d);
		plan_write(&w, &rec);
		t += rec.u.move.accel_t + rec.u.move.cruise_t +
		     rec.u.move.decel_t;
		x += d;
		moves++;
		if (i == 500) {
			rec =
			    (struct plan_record){.type = PLAN_BARRIER, .t = t};
			plan_write(&w, &rec);
			t = 0;
		}
	}
	rec = (struct plan_record){
	    .type = PLAN_PROGRESS, .flags = PLAN_SKIPPABLE, .t = t};
	rec.u.progress.fraction = 1.0 / 3;
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_SET_POSITION, .t = t};
	rec.u.set.axes = 7;
	rec.u.set.e = 1e-7;
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_CARRIAGE, .t = t};
	rec.u.carriage.axis = PLAN_Y;
	rec.u.carriage.index = 1;
	rec.u.carriage.mode = PLAN_CARRIAGE_MIRROR;
	rec.u.carriage.pos = -1.0 / 3;
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_FOLLOW, .t = t};
	strcpy(rec.u.follow.name, "extruder_stepper belt");
	rec.u.follow.rotation_distance = -7.5;
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_STEPPER, .t = t};
	strcpy(rec.u.stepper.name, "manual_stepper door");
	rec.u.stepper.how = PLAN_STEPPER_HIT;
	rec.u.stepper.pos = -100;
	rec.u.stepper.speed = 0.1;
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_MESH_OFFSET, .t = t};
	rec.u.mesh_offset.shift[0] = -25.25;
	rec.u.mesh_offset.shift[2] = 1.0 / 7;
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_LAW, .t = t};
	strcpy(rec.u.law.extruder, "extruder1");
	rec.u.law.law = PLAN_LAW_RECIPR;
	rec.u.law.shaped = 1;
	rec.u.law.velocity = 1.0 / 3;
	rec.u.law.time_offset = -0.1;
	plan_write(&w, &rec);
	sample_mesh(&w, t);
	rec = (struct plan_record){.type = PLAN_CALIBRATED, .t = t};
	strcpy(rec.u.calibrated.key, "probe.z_offset");
	rec.u.calibrated.how = PLAN_CALIBRATED_LESS_Z;
	rec.u.calibrated.value = -1.0 / 3;
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_ALONG, .t = t};
	strcpy(rec.u.along.name, "manual_stepper door");
	rec.u.along.ratio = -1.0 / 3;
	rec.u.along.pos = 12.5;
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_SCREWS, .t = t};
	rec.u.screws.n = 4;
	rec.u.screws.turn = 2;
	rec.u.screws.most = HUGE_VAL;
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_OBJECT_TOLD, .t = t};
	rec.flags = PLAN_SKIPPABLE;
	rec.u.text.s = "part \"2\"";
	plan_write(&w, &rec);
	rec.type = PLAN_OBJECT_LEFT;
	plan_write(&w, &rec);
	rec = (struct plan_record){.type = PLAN_END, .t = t};
	rec.u.end.moves = moves;
	rec.u.end.duration = 123.456;
	plan_write(&w, &rec);
	plan_writer_release(&w);
}

/* Reads in pieces of that size and writes again; the status met last. */
static enum plan_status
convert(const struct buf *in, size_t piece, bool text, struct buf *out)
{
	struct diag_sink sink = {remember, {0, 0, 0}};
	struct plan_reader *r = plan_reader_new("plan", &sink);
	enum plan_status status = PLAN_NEED_MORE;
	struct plan_writer w;
	struct plan_record rec;

	memset(&w, 0, sizeof(w));
	for (size_t at = 0; status != PLAN_FAILED && at < in->len;) {
		size_t n = in->len - at < piece ? in->len - at : piece;

		plan_reader_feed(r, in->data + at, n);
		at += n;
		while ((status = plan_reader_next(r, &rec)) == PLAN_OK) {
			if (!w.out)
				plan_writer_init(
				    &w, out, plan_reader_config_hash(r), text);
			plan_write(&w, &rec);
		}
	}
	if (plan_reader_eof(r))
		status = PLAN_FAILED;
	plan_writer_release(&w);
	plan_reader_free(r);
	return status;
}

static bool
same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static void
test_round_trip(void)
{
	struct buf binary = BUF_INIT, text = BUF_INIT, out = BUF_INIT;
	static const size_t piece[] = {1, 7, 4096, 1u << 20};

	write_all(&binary, false);
	write_all(&text, true);
	for (int i = 0; i < 4; i++) {
		buf_clear(&out);
		is_int(convert(&binary, piece[i], true, &out), PLAN_ENDED,
		    "bytes are read in pieces of %zu", piece[i]);
		ok(same(&out, &text), "and give the text twin");
		buf_clear(&out);
		is_int(convert(&text, piece[i], false, &out), PLAN_ENDED,
		    "text is read in pieces of %zu", piece[i]);
		ok(same(&out, &binary), "and gives the same bytes");
	}
	ok(strstr(text.data,
	       "source line=1 t=0 text=\"a \\\"b\\\"\\\\ c\\x01\xc3\xa4\"\n"),
	    "strings are quoted");
	ok(strstr(text.data, "home line=2 t=0 axes=XZ x=0 y=0 z=0\n"),
	    "negative zero is written as zero");
	ok(strstr(
	       text.data, "name=\"heater_generic chamber\" min=-inf max=inf"),
	    "open ranges have words");
	ok(strstr(text.data, "skip=1"), "skippable records say so");
	buf_release(&binary);
	buf_release(&text);
	buf_release(&out);
}

static void
test_cut(void)
{
	struct buf whole[2] = {BUF_INIT, BUF_INIT}, out = BUF_INIT;
	int accepted = 0, silent = 0;

	write_all(&whole[0], false);
	write_all(&whole[1], true);
	for (int form = 0; form < 2; form++) {
		for (size_t n = 0; n < whole[form].len;
		     n += n < 200 ? 1 : 1511) {
			struct buf part = {whole[form].data, n, n + 1};

			buf_clear(&out);
			last_text[0] = '\0';
			if (convert(&part, 5000, false, &out) == PLAN_ENDED)
				accepted++;
			silent += !last_text[0];
		}
	}
	is_int(accepted, 0, "a plan cut anywhere is refused");
	is_int(silent, 0, "and it is said");
	buf_release(&whole[0]);
	buf_release(&whole[1]);
	buf_release(&out);
}

static void
test_damage(void)
{
	struct buf whole = BUF_INIT, out = BUF_INIT;
	int accepted = 0;

	write_all(&whole, false);
	for (size_t at = 10; at < whole.len; at += 331) {
		if (at >= 12 && at < 14) /* minor version: any is right */
			continue;
		if (at >= 20 && at < 24) /* any hash is right */
			continue;
		whole.data[at] ^= 0x10;
		buf_clear(&out);
		if (convert(&whole, 1u << 20, false, &out) == PLAN_ENDED)
			accepted++;
		whole.data[at] ^= 0x10;
	}
	is_int(accepted, 0, "a flipped bit anywhere is refused");
	buf_addc(&whole, '\n');
	buf_clear(&out);
	is_int(convert(&whole, 1u << 20, false, &out), PLAN_FAILED,
	    "bytes after the END record are refused");
	buf_release(&whole);
	buf_release(&out);
}

static void
refused(const char *line, const char *why)
{
	struct buf text = BUF_INIT, out = BUF_INIT;

	buf_adds(&text, "plan 1.0 config=00000000\n");
	buf_adds(&text, line);
	buf_addc(&text, '\n');
	last_text[0] = '\0';
	is_int(convert(&text, 1u << 20, true, &out), PLAN_FAILED, "refused: %s",
	    why);
	ok(strstr(last_text, why), "and said: %s", last_text);
	buf_release(&text);
	buf_release(&out);
}

#define ROW	"mesh-row line=1 t=0 row="
#define USE	"mesh-use line=1 t=0 name=\"a\" columns=2 rows="
#define USE_END " fade_start=1 fade_end=0 fade_target=0 x=0 y=0 fade=0 z=0"

/* What the rows of a mesh may be, and what may be done with them. */
static void
test_rows(void)
{
	refused(ROW "0 heights=0,1x", "not a number [plan-record]");
	refused(ROW "0 heights=0,1,", "not a number [plan-record]");
	refused(ROW "0 heights=", "not the next one of a mesh");
	refused(ROW "1 heights=0,1", "not the next one of a mesh");
	refused(ROW "0 heights=0,1\n" ROW "2 heights=0,1", "not the next one");
	refused(
	    ROW "0 heights=0,1\n" ROW "1 heights=0,1,2", "not the next one");
	refused(ROW "0 heights=0,1e7", "a height of the mesh is out of range");
	refused(ROW "0 heights=0,1\n" USE
		    "2 min_x=0 min_y=0 max_x=9 max_y=9" USE_END,
	    "the rows of the mesh have not come");
	refused(ROW "0 heights=0,1\n" ROW "1 heights=0,1\n" USE
		    "2 min_x=0 min_y=9 max_x=9 max_y=9" USE_END,
	    "the mesh has no extent");
}

#define HEAD "move line=1 t=0 x=0 y=0 z=0 e=0 "

static void
test_nonsense(void)
{
	refused("fly line=1 t=0", "unknown record [plan-record]");
	refused("dwell t=0 duration=1", "'line=' is missing");
	refused("dwell line=1 t=0 duration=nan", "not a number");
	refused("dwell line=1 t=0 duration=1 more=1", "more on the line");
	refused("dwell line=1 t=-1 duration=1", "time is out of range");
	refused("dwell line=1 t=5 duration=1\ndwell line=2 t=4 duration=1",
	    "the time goes back [plan-nonsense]");
	refused("fan line=1 t=0 name=\"fan\" value=2", "out of range");
	refused("message line=1 t=0 text=\"a", "the string has no end");
	refused("message line=1 t=0 text=\"\\q\"", "unknown escape");
	refused("motors-off line=1 t=0 text=x", "double quotes");
	refused("home line=1 t=0 axes=YX x=0 y=0 z=0", "letters out of XYZ");
	refused(HEAD
	    "dx=1 dy=1 dz=0 de=0 d=1 ta=0 tc=1 td=0 v0=1 vc=1 a=1 pa=0",
	    "not of unit length");
	refused(HEAD
	    "dx=1 dy=0 dz=0 de=0 d=2 ta=0 tc=1 td=0 v0=1 vc=1 a=1 pa=0",
	    "do not cover the distance");
	refused(HEAD
	    "dx=1 dy=0 dz=0 de=0 d=1 ta=0 tc=1 td=0 v0=1 vc=2 a=1 pa=0",
	    "does not reach the cruise speed");
	refused(HEAD
	    "dx=1 dy=0 dz=0 de=0 d=1 ta=0 tc=0 td=2 v0=1 vc=1 a=1 pa=0",
	    "below standstill");
	refused(HEAD
	    "dx=1 dy=0 dz=0 de=0 d=3 ta=1 tc=0 td=0 v0=1 vc=3 a=2 j=6 pa=0",
	    "turns the acceleration round");
	refused(HEAD
	    "dx=1 dy=0 dz=0 de=0 d=2 ta=1 tc=0 td=0 v0=1 vc=3 a=2 j=3 pa=0",
	    "do not cover the distance");
	refused(HEAD
	    "dx=1 dy=0 dz=0 de=0 d=4 ta=1 tc=0 td=1 v0=1 vc=3 a=2 j=1 pa=0",
	    "two ramps has jerk");
	refused("end line=1 t=0 records=3 moves=0 lines=0 duration=0 "
		"filament=0 distance=0",
	    "counts other records");
}

int
main(void)
{
	test_round_trip();
	test_cut();
	test_damage();
	test_nonsense();
	test_rows();
	return done_testing();
}

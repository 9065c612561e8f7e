/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The executor: what G-code does to state, plan and complaints. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "machine/gcode_exec.h"
#include "tests/unit/gcode-machine.h"
#include "tests/unit/tap.h"
#include "wire/plan_schema.h"

static struct machine *machine;
static struct gcode_exec *ex;
static struct buf plan, complaints;
static uint64_t moves;
static struct plan_move last_move;

static void
on_record(void *ctx, const struct plan_record *rec)
{
	(void)ctx;
	if (rec->type == PLAN_MOVE) {
		moves++;
		last_move = rec->u.move;

	} else if (rec->type != PLAN_END) {
		struct plan_record r = *rec;

		r.t = floor(r.t * 1e4 + 0.5) / 1e4; /* to be read */
		plan_text_add(&plan, &r);
	}
}

static void
complain(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)sink;
	(void)level;
	(void)text;
	buf_addf(&complaints, "%s:%u:%u %s\n", place->file,
	    (unsigned)place->line, (unsigned)place->col, slug);
}

static struct diag_sink sink = {.emit = complain};

static void
start(bool ready)
{
	struct gcode_options options = {
	    .keep_going = true, .assume_ready = ready};
	struct gcode_hooks hooks = {.record = on_record};

	gcode_exec_free(ex);
	buf_clear(&plan);
	buf_adds(&plan, "");
	buf_clear(&complaints);
	buf_adds(&complaints, "");
	moves = 0;
	ex = gcode_exec_new(machine, &options, &hooks, NULL, &sink);
	gcode_exec_file(ex, "f", false);
}

static void
feed(const char *text)
{
	gcode_exec_lines(ex, text, strlen(text));
}

/* the events of these lines, without move records, all handed out */
static const char *
events(const char *text)
{
	buf_clear(&plan);
	buf_adds(&plan, "");
	feed(text);
	gcode_exec_rest(ex);
	return plan.data;
}

static const char *
complaints_of(const char *text)
{
	buf_clear(&complaints);
	buf_adds(&complaints, "");
	feed(text);
	return complaints.data;
}

static double
at(int axis)
{
	return gcode_exec_state(ex)->last[axis];
}

static double
g(int axis)
{
	return gcode_state_position(gcode_exec_state(ex), axis);
}

static void
test_modes(void)
{
	start(true);
	feed("G1 X10 Y5 F600\nG91\nG1 X10 E2\nG90\nG1 E5\n");
	is_near(at(0), 20, 0, "G91 adds to X");
	is_near(at(3), 5, 0, "and E; G90 brings both back");
	feed("M83\nG1 E1\nG90\nG1 E1\n");
	is_near(at(3), 7, 0, "G90 leaves M83 alone");
	feed("M82\nG92 X0 E10\nG1 X4 E11\n");
	is_near(at(0), 24, 0, "G92 moves the origin");
	is_near(at(3), 8, 0, "of E too");
	feed("G92\n");
	ok(g(0) == 0 && g(1) == 0 && g(3) == 0, "G92 alone makes all zero");
	feed("M221 S50\nG1 E10\n");
	is_near(at(3), 13, 1e-12, "M221 halves E");
	is_near(g(3), 10, 1e-12, "and reports it as commanded");
	feed("M221 S200\n");
	is_near(g(3), 10, 1e-12, "a new factor does not move it");
	feed("M221 S100\nG1 F6000\nM220 S50\n");
	is_near(gcode_exec_state(ex)->speed, 50, 1e-12,
	    "M220 counts for the F before");
}

static void
test_offsets(void)
{
	start(true);
	feed("G1 X10 Z1 F600\nSET_GCODE_OFFSET Z=0.2\n");
	is_near(at(2), 1, 0, "an offset does not move");
	feed("G1 Z1\n");
	is_near(at(2), 1.2, 1e-15, "the next move has it");
	feed("SET_GCODE_OFFSET Z_ADJUST=0.1 MOVE=1 MOVE_SPEED=3\n");
	is_near(at(2), 1.3, 1e-15, "MOVE=1 goes there");
	feed("SAVE_GCODE_STATE NAME=a\nG91\nM83\nG92 X0\nG1 X5 E1 F1200\n"
	     "RESTORE_GCODE_STATE NAME=a MOVE=1 MOVE_SPEED=50\n");
	is_near(at(0), 10, 0, "RESTORE with MOVE=1 goes back");
	is_near(at(3), 1, 0, "but for E");
	is_near(g(3), 0, 1e-15, "which is where it was by name");
	ok(gcode_exec_state(ex)->absolute && gcode_exec_state(ex)->absolute_e,
	    "and brings the modes back");
	is_near(gcode_exec_state(ex)->speed, 10, 1e-12, "and the speed");
}

static void
test_retraction(void)
{
	machine->has_firmware_retraction = true;
	machine->retract_length = 0.8;
	machine->unretract_extra_length = 0.1;
	start(true);
	feed("G1 E5 F300\nG10\nG10\n");
	is_near(at(3), 4.2, 1e-12, "G10 draws back, once");
	is_near(g(3), 5, 1e-12, "and E does not know");
	feed("G11\nG11\n");
	is_near(at(3), 5.1, 1e-12, "G11 pushes what it was and a bit more");
	feed("SET_RETRACTION RETRACT_LENGTH=2\nG10\n");
	is_near(at(3), 3.1, 1e-12, "SET_RETRACTION changes the length");
	machine->has_firmware_retraction = false;
	start(true);
	is_str(complaints_of("G10\nG10\n"), "f:1:1 unknown-command\n",
	    "G10 is unknown where it is not configured, told once");
}

static void
test_errors(void)
{
	start(false);
	is_str(complaints_of("G1 X5\n"), "f:1:4 not-homed\n",
	    "a move before homing");
	is_near(at(0), 0, 0, "does nothing");
	is_str(complaints_of("G28 X\nG1 X5\nG1 X5 Y5\n"), "f:4:7 not-homed\n",
	    "each axis for itself");
	is_str(complaints_of("G28\nG1 X235\nG1 F600 X235.01\nG1 Z-1\n"),
	    "f:7:9 out-of-range\nf:8:4 out-of-range\n", "out of range");
	is_str(complaints_of("G1 E5\n"), "f:9:4 cold-extrude\n", "cold");
	is_str(complaints_of("M104 S150\nG1 E5\n"), "f:11:4 cold-extrude\n",
	    "warm is not enough");
	is_str(complaints_of("M104 S200\nG1 E5\nM104 S0\nG1 E4\n"), "",
	    "hot is, and it does not cool at once");
	is_str(complaints_of("G1 E60\n"), "f:16:4 extrude-length\n", "E alone");
	is_str(complaints_of("G1 X100 E20\nG1 X99 E25\n"),
	    "f:18:8 extrude-ratio\n", "too much E");
	is_str(complaints_of("G1 X1e3\nG1 X=5\nG1 F0\nG20\nG2 X10\n"),
	    "f:20:4 bad-number\nf:21:1 bad-value\nf:22:1 inches\n"
	    "f:23:1 bad-arc\n",
	    "numbers, speeds, inches, arcs");
	is_str(complaints_of("M104 S300\nM140 S-5\nT1\nM106 S-1\n"),
	    "f:24:7 bad-target\nf:25:7 bad-target\nf:26:1 unknown-name\n"
	    "f:27:6 bad-value\n",
	    "targets, tools, fans");
	is_str(complaints_of("SET_PIN PIN=x VALUE=1\nSET_PIN VALUE=1\n"
			     "SET_PIN PIN=caselight\nSET_PIN PIN\n"),
	    "f:28:13 unknown-name\nf:29:1 missing-argument\n"
	    "f:30:1 missing-argument\nf:31:9 malformed\n",
	    "arguments");
	is_str(complaints_of("FOO A\nFOO\nfoo\nM205 X1\nSET_PINN\n"),
	    "f:32:1 unknown-command\nf:35:1 unknown-command\n"
	    "f:36:1 unknown-command\n",
	    "an unknown name is told once, and its arguments are not read");
	is_str(complaints_of("SET_INPUT_SHAPER SHAPER_TYPE=zz\n"),
	    "f:37:30 bad-shaper\n", "a shaper that does not exist");
}

static void
test_stops_at_error(void)
{
	struct gcode_hooks hooks = {.record = on_record};
	static const char text[] = "G28\nG1 X5\nG1 Y500\nG1 X6\n";
	struct gcode_exec *strict =
	    gcode_exec_new(machine, NULL, &hooks, NULL, &sink);

	moves = 0;
	gcode_exec_file(strict, "f", false);
	is_int((long long)gcode_exec_lines(strict, text, sizeof(text) - 1), 18,
	    "an error ends the reading behind its line");
	ok(gcode_exec_failed(strict), "which is known");
	gcode_exec_rest(strict);
	is_int((long long)moves, 1, "what came before is planned");
	gcode_exec_free(strict);
}

static void
test_events(void)
{
	start(true);
	is_str(events("M104 S200\nG1 X10 F6000\nM106 S255\nG1 X20\nM107\n"),
	    "heater line=1 t=0 name=\"extruder\" target=200\n"
	    "fan line=3 t=0.1167 name=\"fan\" value=1\n"
	    "fan line=5 t=0.2333 name=\"fan\" value=0\n",
	    "events come between the moves, without a stop");
	is_str(events("M109 S210\n"),
	    "heater line=6 t=0.2333 name=\"extruder\" "
	    "target=210\nbarrier line=6 t=0.2333\n"
	    "heater-wait line=6 t=0 name=\"extruder\" min=-inf max=inf\n",
	    "a wait is behind a barrier");
	is_str(events("M109 S0\nM190 S0\n"),
	    "heater line=7 t=0 name=\"extruder\" target=0\n"
	    "heater line=8 t=0 name=\"heater_bed\" target=0\n",
	    "zero does not wait");
	is_str(events("TEMPERATURE_WAIT SENSOR=heater_bed MAXIMUM=40\n"),
	    "heater-wait line=9 t=0 name=\"heater_bed\" min=-inf max=40\n",
	    "a wait with one end");
	is_str(events("G4 P250\nM400\nG4 S1\n"),
	    "dwell line=10 t=0 duration=0.25\nsync line=11 t=0.25\n"
	    "dwell line=12 t=0.25 duration=1\n",
	    "dwells");
	is_str(events("M117 a;b\nM73 P50 R10\nSET_PIN PIN=caselight "
		      "VALUE=.5\n"),
	    "message line=13 t=1.25 text=\"a;b\"\n"
	    "progress line=14 t=1.25 fraction=0.5\n"
	    "pin line=15 t=1.25 name=\"output_pin caselight\" value=0.5\n",
	    "message, progress, pin");
	is_str(events("M84\n"),
	    "dwell line=16 t=1.25 duration=0.1\nbarrier line=16 t=1.35\n"
	    "motors-off line=16 t=0 text=\"\"\n"
	    "dwell line=16 t=0 duration=0.1\n",
	    "motors off");
	is_int(gcode_exec_homed(ex), 0, "and nothing is homed");
	is_str(events("PAUSE\nM114\nM112\nM117 x\n"),
	    "barrier line=17 t=0.1\npause line=17 t=0\n"
	    "report line=18 t=0 text=\"position\"\nstop line=19 t=0\n",
	    "pause, report, stop, and no more");
}

static void
test_homing(void)
{
	start(false);
	is_str(events("G28 X Y\n"), "home line=1 t=0 axes=XY x=0 y=0 z=0\n",
	    "homing names its axes");
	feed("G28\nG92 X5\nG1 X10 F6000\n");
	is_near(at(0), 5, 0, "G92 holds");
	is_str(events("G28\n"),
	    "barrier line=5 t=0.0866\n"
	    "home line=5 t=0 axes=XYZ x=0 y=0 z=0\n",
	    "until the axis is homed");
	is_near(g(0), 0, 0, "and stands at the end stop");
	machine->has_safe_z_home = true;
	machine->home_xy[0] = 100;
	machine->home_xy[1] = 50;
	machine->safe_z_speed = 100;
	machine->safe_z_hop = 10;
	machine->safe_z_hop_speed = 5;
	start(false);
	is_str(events("G28\n"),
	    "set-position line=1 t=0 axes=Z x=0 y=0 z=0 e=0\n"
	    "barrier line=1 t=2.05\nhome line=1 t=0 axes=XY x=0 y=0 z=10\n"
	    "barrier line=1 t=1.1514\nhome line=1 t=0 axes=Z x=100 y=50 "
	    "z=0\n",
	    "Z is homed at its place, with air beneath");
	is_near(at(2), 10, 0, "and lifted again");
	is_str(complaints_of("M84\nG28 Z\n"), "f:3:1 not-homed\n",
	    "not before X and Y");
	machine->has_safe_z_home = false;
}

static void
test_advance(void)
{
	start(true);
	is_str(events("G1 X10 E.1 F6000\nSET_PRESSURE_ADVANCE ADVANCE=.04\n"),
	    "layer line=1 t=0 index=1 z=0\n"
	    "barrier line=2 t=0.1333\n"
	    "advance line=2 t=0 extruder=\"extruder\" advance=0.04 "
	    "smooth_time=0.04\n",
	    "the first advance is behind a barrier");
	is_str(events("SET_PRESSURE_ADVANCE ADVANCE=.05\n"),
	    "advance line=3 t=0 extruder=\"extruder\" advance=0.05 "
	    "smooth_time=0.04\n",
	    "a change is not");
	is_str(events("SET_INPUT_SHAPER SHAPER_FREQ_X=50 SHAPER_TYPE=ei\n"),
	    "shaper line=4 t=0 axis=X type=\"ei\" freq=50 damping=0\n"
	    "shaper line=4 t=0 axis=Y type=\"ei\" freq=0 damping=0\n"
	    "shaper line=4 t=0 axis=Z type=\"ei\" freq=0 damping=0\n",
	    "shapers");
}

/* P: whole circles */
static void
test_turns(void)
{
	start(true);
	feed("G1 X50 Y50 F6000\n");
	gcode_exec_rest(ex);
	moves = 0;
	feed("G2 Z0.6 I5 J0 P1\n");
	gcode_exec_rest(ex);
	is_int((long long)moves, 31, "P1 back to the start is one circle");
	feed("G3 Z1.2 I5 J0 P3\n");
	gcode_exec_rest(ex);
	is_int((long long)moves, 31 + 94, "P3 three");
	feed("G3 X60 Z2.2 I5 J0 E2 P2\n");
	gcode_exec_rest(ex);
	is_int((long long)moves, 125 + 78, "and elsewhere that and the rest");
	is_near(last_move.dir[2] / last_move.ratio_e, 0.5, 1e-9,
	    "Z and E go up evenly");
	is_near(at(0), 60, 0, "it ends where it is told");
	is_near(at(2), 2.2, 0, "as high");
	is_str(complaints_of("G2 I5 P1.5\nG2 I5 P-1\nG2 I5 P1000000\n"),
	    "f:5:7 bad-value\nf:6:7 bad-value\nf:7:1 bad-arc\n",
	    "what are no turns");
}

static void
test_arcs(void)
{
	start(true);
	feed("G1 X50 Y50 F6000\n");
	gcode_exec_rest(ex);
	moves = 0;
	feed("G2 X60 Y60 I10 J0 E1\n");
	gcode_exec_rest(ex);
	is_int((long long)moves, 15, "a quarter circle of 15.7 mm");
	is_near(at(0), 60, 0, "ends where it is told");
	is_near(at(3), 1, 0, "with all of E");
	feed("G3 X60 Y60 I5 J0\n");
	gcode_exec_rest(ex);
	is_int((long long)moves, 15 + 31, "the same point is a whole circle");
	feed("G2 X70 Y60 R5\n");
	gcode_exec_rest(ex);
	is_int((long long)moves, 46 + 15, "half a circle by its radius");
	feed("G3 X80 Y60 R-10\n");
	gcode_exec_rest(ex);
	is_int((long long)moves, 61 + 52, "a negative radius is the long way");
	feed("G91\nG3 X0 Y10 I0 J5\n");
	is_near(at(1), 70, 0, "relative arcs");
	is_str(complaints_of("G90\nG2 X0 Y0 R1\nG2 R5\n"),
	    "f:9:1 bad-arc\nf:10:1 bad-arc\n", "impossible ones");
	is_str(complaints_of("G1 X100 Y230\nG2 X120 Y230 I10 J0\n"),
	    "f:12:9 out-of-range\n", "one that leaves the bed on its way");
	test_turns();
}

static void
test_layers(void)
{
	start(true);
	is_str(events("G1 Z.2 F600\nG1 X10 E.5\nG1 Z.6\nG1 X0\nG1 Z.2\n"
		      "G1 X10 E1\nG1 Z.4\nG1 E2\nG1 X0 E2.5\n"),
	    "layer line=2 t=0.0812 index=1 z=0.2\n"
	    "layer line=9 t=3.5101 index=2 z=0.4\n",
	    "layers by extrusion above all before");
	start(true);
	is_str(events("; generated by PrusaSlicer 2.5.0\nG1 Z.2 F600\n"
		      "G1 X10 E.5\n;LAYER_CHANGE\n;Z:0.3\nG1 Z.6\nG1 Z.3\n"
		      "G1 X0 E1\n;LAYER_CHANGE\nG1 Z.5\nG1 X5 E1.1\n"),
	    "layer line=8 t=1.3074 index=1 z=0.3\n"
	    "layer line=11 t=2.3832 index=2 z=0.5\n",
	    "layers by comment, at their height");
}

static void
test_objects(void)
{
	start(true);
	is_str(events("; printing object a.stl id:0 copy 1\n"
		      "; stop printing object a.stl id:0 copy 1\n"
		      ";MESH:b\n;MESH:NONMESH\n;PRINTING: c (1)\n"
		      ";PRINTING: NON-OBJECT\n; INIT printing object d\n"),
	    "object line=1 t=0 text=\"a.stl id:0 copy 1\"\n"
	    "object line=2 t=0 text=\"\"\nobject line=3 t=0 text=\"b\"\n"
	    "object line=4 t=0 text=\"\"\n"
	    "object line=5 t=0 text=\"c (1)\"\nobject line=6 t=0 text=\"\"\n",
	    "the comments of slicers");
	start(true);
	is_str(events("EXCLUDE_OBJECT_START NAME=a\n"
		      "; printing object b\nEXCLUDE_OBJECT_END NAME=a\n"
		      "M486 S3\nM486 S-1\n"),
	    "object line=1 t=0 text=\"a\"\nobject line=3 t=0 text=\"\"\n"
	    "object line=4 t=0 text=\"3\"\nobject line=5 t=0 text=\"\"\n",
	    "commands go before comments");
}

static void
test_skew(void)
{
	double x, y;

	start(true);
	/* a square of 100 mm whose X leans by 1 mm over its height */
	x = hypot(101, 100);
	y = hypot(99, 100);
	{
		char text[200];

		snprintf(text, sizeof(text), "SET_SKEW XY=%.6f,%.6f,%.6f\n", x,
		    y, hypot(1, 100));
		feed(text);
	}
	feed("G1 X100 Y100 F6000\n");
	gcode_exec_rest(ex);
	is_near(last_move.start[0] + last_move.distance * last_move.dir[0], 99,
	    1e-3, "X goes back by what it leans");
	is_near(last_move.start[1] + last_move.distance * last_move.dir[1], 100,
	    1e-9, "Y does not");
	is_near(at(0), 100, 0, "the G-code does not know");
	feed("G28 X\n");
	is_near(at(0), 1, 1e-3, "at the end stop X is where it leans to");
	is_str(complaints_of("SET_SKEW XY=1,2\nSET_SKEW XY=1,9,1\n"
			     "SKEW_PROFILE LOAD=a\n"),
	    "f:4:10 bad-number\nf:5:10 bad-value\nf:6:19 unknown-name\n",
	    "what is not a square");
	feed("SET_SKEW CLEAR=1\nG1 X50 Y100\n");
	gcode_exec_rest(ex);
	is_near(last_move.start[0] + last_move.distance * last_move.dir[0], 50,
	    1e-9, "without skew it is as it was");
}

static void
test_marks(void)
{
	start(false);
	is_str(complaints_of("G28\n;@ macros.cfg:12 START\nG1 X500\n"
			     "G1 Y500 ;@ other.cfg:7\nG1 X501\n;@ f:3\n"
			     "G1 X502\n"),
	    "macros.cfg:12:4 out-of-range\nother.cfg:7:4 out-of-range\n"
	    "other.cfg:8:4 out-of-range\nf:3:4 out-of-range\n",
	    "complaints follow the marks");
	is_str(plan.data,
	    "home line=1 t=0 axes=XYZ x=0 y=0 z=0\n"
	    "source line=11 t=0 text=\"macros.cfg\"\n"
	    "source line=7 t=0 text=\"other.cfg\"\n"
	    "source line=2 t=0 text=\"f\"\n",
	    "and so does the plan");
}

/* the hooks of somebody who looks on */
static unsigned lines_seen, moves_seen;
static double distance_seen;

static void
on_line(void *ctx, const struct gcode_line *line)
{
	(void)ctx;
	lines_seen += line->kind != GCODE_WRONG;
}

static void
on_move(void *ctx, const struct gcode_exec_move *m)
{
	(void)ctx;
	moves_seen++;
	distance_seen += hypot(m->to[0] - m->from[0], m->to[1] - m->from[1]);
}

static void
test_hooks(void)
{
	struct gcode_options options = {.assume_ready = true};
	struct gcode_hooks hooks = {.line = on_line, .move = on_move};
	struct gcode_exec *other =
	    gcode_exec_new(machine, &options, &hooks, NULL, &sink);
	static const char text[] = "G1 X30 Y40 F600\n\n; c\nG1 X0 Y0\nM400\n";

	gcode_exec_file(other, "f", false);
	gcode_exec_lines(other, text, sizeof(text) - 1);
	is_int(lines_seen, 4, "lines with something in them are shown");
	is_int(moves_seen, 2, "and moves");
	is_near(distance_seen, 100, 1e-12, "with where they go");
	is_int((long long)gcode_exec_lines_done(other), 5, "all are counted");
	gcode_exec_free(other);
}

int
main(void)
{
	machine = test_machine();
	test_modes();
	test_offsets();
	test_retraction();
	test_errors();
	test_stops_at_error();
	test_events();
	test_homing();
	test_advance();
	test_arcs();
	test_layers();
	test_objects();
	test_skew();
	test_marks();
	test_hooks();
	gcode_exec_free(ex);
	test_machine_free(machine);
	buf_release(&plan);
	buf_release(&complaints);
	return done_testing();
}

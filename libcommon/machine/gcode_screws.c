/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SCREWS_TILT_CALCULATE: by how much the screws of the bed are to be turned. */
#include <math.h>

#include "machine/gcode_private.h"
#include "machine/screws.h"
#include "machine/tree.h"

#define DEVIATION_MAX_MM 1e3

static int
read_words(struct gcode_exec *ex, const struct gcode_line *line,
    struct plan_record *rec)
{
	const struct gcode_word *w = gcode_word(line, "DIRECTION");

	rec->u.screws.most = HUGE_VAL;
	if (gcode_number(ex, line, "MAX_DEVIATION", 0, DEVIATION_MAX_MM,
		&rec->u.screws.most) < 0)
		return -1;
	if (w && gcode_view_is(w->value, "CW"))
		rec->u.screws.turn = MACHINE_SCREW_CW;
	else if (w && gcode_view_is(w->value, "CCW"))
		rec->u.screws.turn = MACHINE_SCREW_CCW;
	else if (w)
		return gcode_fail(ex, w->value.s, "bad-value",
		    "'DIRECTION' is CW or CCW: all screws are turned that "
		    "way");
	return 0;
}

static int
probe_screws(struct gcode_exec *ex, const struct gcode_line *line,
    const struct machine_screws *s)
{
	const struct tree_section *c =
	    tree_section(machine_tree(ex->machine), "screws_tilt_adjust");
	double z = tree_double(c, "horizontal_move_z", 5);
	double speed = tree_double(c, "speed", 50);
	struct plan_record rec;

	if (gcode_number(ex, line, "HORIZONTAL_MOVE_Z", -10, 1e3, &z) < 0 ||
	    gcode_probe_read(ex, line, ex->machine->probe.samples, &rec))
		return -1;
	rec.u.probe.what = PLAN_PROBE_SCREW;
	for (int i = 0; i < s->n; i++) {
		double lift = i == 0 ? speed : ex->machine->probe.lift_speed;

		if (gcode_probe_go(ex, s->screw[i].at, z, speed, lift))
			return -1;
		rec.u.probe.column = (uint32_t)i;
		if (gcode_probe_post(ex, &rec))
			return -1;
	}
	return 0;
}

int
gcode_do_screws_tilt(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct plan_record rec = gcode_record(ex, PLAN_SCREWS);
	struct machine_screws s;

	if (machine_screws(ex->machine, &s) < MACHINE_SCREWS_MIN)
		return gcode_fail(ex, NULL, "unknown-name",
		    "[screws_tilt_adjust] of the configuration has %d screws: "
		    "it needs %d, screw1 and on",
		    s.n, MACHINE_SCREWS_MIN);
	if (read_words(ex, line, &rec))
		return -1;
	if (ex->homed != (PLAN_X | PLAN_Y | PLAN_Z))
		return gcode_fail(ex, NULL, "not-homed",
		    "G28 has to come before SCREWS_TILT_CALCULATE");
	gcode_probe_tell_method(ex, line);
	if (probe_screws(ex, line, &s))
		return -1;
	rec.u.screws.n = (uint32_t)s.n;
	gcode_barrier(ex);
	gcode_post(ex, &rec, NULL);
	return 0;
}

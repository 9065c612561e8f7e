/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PROBE_CALIBRATE and its like: by hand and a sheet of paper. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "machine/gcode_private.h"
#include "machine/tree.h"

#define SPEED_MM_S  5.0
#define BACKLASH_MM 0.5 /* every height is come to from above by that */
#define HALVE_MM    0.2 /* + and - go no farther at once */
#define NUDGE_MM    0.1 /* where nothing was tried on that side */
#define SAME_MM	    1e-6
#define ZERO_MM	    1e-9 /* what is nearly 0 is not -0.000 */

static int
begin(struct gcode_exec *ex, const struct gcode_line *line,
    enum gcode_paper_for what)
{
	struct gcode_paper *p = &ex->paper;
	double speed = SPEED_MM_S;

	if (p->what)
		return gcode_fail(ex, NULL, "bad-value",
		    "a calibration is under way: ACCEPT or ABORT it first");
	if (gcode_number(ex, line, "SPEED", 1e-3, 1e4, &speed) < 0)
		return -1;
	if (ex->homed != (PLAN_X | PLAN_Y | PLAN_Z))
		return gcode_fail(ex, NULL, "not-homed",
		    "G28 has to come before a calibration");
	*p = (struct gcode_paper){.what = what, .speed = speed};
	return 0;
}

int
gcode_do_manual_probe(struct gcode_exec *ex, const struct gcode_line *line)
{
	return begin(ex, line, GCODE_PAPER_TELL);
}

/* the section that has the key; NULL: reported */
static const char *
endstop_section(struct gcode_exec *ex)
{
	const struct tree *t = machine_tree(ex->machine);

	if (t && tree_given(tree_section(t, "stepper_z"), "position_endstop"))
		return "stepper_z";
	gcode_fail(ex, NULL, "unknown-name",
	    "there is no stepper_z.position_endstop to calibrate");
	return NULL;
}

static const char *
probe_section(struct gcode_exec *ex)
{
	static const char *const name[] = {
	    "probe", "bltouch", "smart_effector"};
	const struct tree *t = machine_tree(ex->machine);

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (t && ex->machine->probe.pin.name &&
		    tree_section(t, name[i]))
			return name[i];
	gcode_fail(
	    ex, NULL, "unknown-name", "the machine has no [probe] with a pin");
	return NULL;
}

int
gcode_do_endstop_calibrate(struct gcode_exec *ex, const struct gcode_line *line)
{
	if (!endstop_section(ex))
		return -1;
	return begin(ex, line, GCODE_PAPER_ENDSTOP);
}

/* The probe feels the bed; then the nozzle is above that place. */
int
gcode_do_probe_calibrate(struct gcode_exec *ex, const struct gcode_line *line)
{
	const double *offset = ex->machine->probe.offset;
	double to[4];

	if (!probe_section(ex) || begin(ex, line, GCODE_PAPER_PROBE))
		return -1;
	memcpy(to, ex->st.last, sizeof(to));
	to[0] += offset[0];
	to[1] += offset[1];
	if (gcode_probe_for(ex, line, PLAN_PROBE_CALIBRATE) ||
	    gcode_go(ex, to, ex->paper.speed)) {
		ex->paper.what = GCODE_PAPER_NONE;
		return -1;
	}
	return 0;
}

/* the nearest height that was tried above or below; NaN: none */
static double
neighbour(const struct gcode_paper *p, double z, int side)
{
	double found = (double)NAN;

	for (int i = 0; i < p->n; i++) {
		double d = (p->tried[i] - z) * side;

		if (d > SAME_MM && !(d >= (found - z) * side))
			found = p->tried[i];
	}
	return found;
}

/* Z=: a distance; + and - half-way to what was tried there, ++ and -- all of
 * it.  0, or -1 reported. */
static int
target_of(struct gcode_exec *ex, const struct gcode_line *line, double *z)
{
	const struct gcode_word *w = gcode_word(line, "Z");
	double by, next;
	int side;

	if (!w || w->value.n == 0)
		return gcode_fail(
		    ex, NULL, "missing-argument", "'Z' is missing");
	side = w->value.s[0] == '-' ? -1 : 1;
	next = neighbour(&ex->paper, *z, side);
	if (gcode_view_is(w->value, "++") || gcode_view_is(w->value, "--")) {
		*z = isnan(next) ? *z + 2 * side * NUDGE_MM : next;
	} else if (gcode_view_is(w->value, "+") ||
		   gcode_view_is(w->value, "-")) {
		by = isnan(next) ? NUDGE_MM : fabs(next - *z) / 2;
		*z += side * fmin(by, HALVE_MM);
	} else if (num_parse_double(w->value.s, w->value.n, &by) ||
		   fabs(by) > 1e3) {
		return gcode_fail(ex, w->value.s, "bad-number",
		    "'Z' is a distance in mm, or one of + - ++ --");
	} else {
		*z += by;
	}
	return 0;
}

/* What the operator is to know, at its time. */
static void
tell(struct gcode_exec *ex, double z)
{
	struct plan_record rec = gcode_record(ex, PLAN_MESSAGE);
	double below = neighbour(&ex->paper, z, -1);
	double above = neighbour(&ex->paper, z, 1);
	char text[120];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "Z %.3f", z + ZERO_MM);
	if (!isnan(below))
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    ", tried below: %.3f", below + ZERO_MM);
	if (!isnan(above))
		snprintf(
		    text + n, sizeof(text) - n, ", tried above: %.3f", above);
	gcode_post(ex, &rec, text);
}

static int
not_begun(struct gcode_exec *ex)
{
	return gcode_fail(ex, NULL, "bad-value",
	    "nothing is calibrated: PROBE_CALIBRATE, Z_ENDSTOP_CALIBRATE or "
	    "MANUAL_PROBE begins it");
}

static void
keep(struct gcode_paper *p, double z)
{
	if (p->n == GCODE_PAPER_TRIES)
		memmove(p->tried, p->tried + 1,
		    (size_t)--p->n * sizeof(p->tried[0]));
	p->tried[p->n++] = z;
}

int
gcode_do_testz(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct gcode_paper *p = &ex->paper;
	double to[4], z;

	if (!p->what)
		return not_begun(ex);
	memcpy(to, ex->st.last, sizeof(to));
	z = to[2];
	if (target_of(ex, line, &z))
		return -1;
	if (p->n == 0)
		keep(p, to[2]);
	if (z > to[2]) {
		to[2] = z + BACKLASH_MM;
		if (gcode_go(ex, to, p->speed))
			return -1;
	}
	to[2] = z;
	if (gcode_go(ex, to, p->speed))
		return -1;
	keep(p, z);
	tell(ex, z);
	return 0;
}

int
gcode_do_abort(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	if (!ex->paper.what)
		return not_begun(ex);
	ex->paper.what = GCODE_PAPER_NONE;
	return 0;
}

/* for the last stage: what printerconf set takes */
static void
post(struct gcode_exec *ex, const char *section, const char *key, uint32_t how,
    double value)
{
	struct plan_record rec = gcode_record(ex, PLAN_CALIBRATED);

	if (section)
		snprintf(rec.u.calibrated.key, sizeof(rec.u.calibrated.key),
		    "%s.%s", section, key);
	rec.u.calibrated.how = how;
	rec.u.calibrated.value = value;
	gcode_barrier(ex);
	gcode_post(ex, &rec, NULL);
}

int
gcode_do_accept(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct machine *m = ex->machine;

	(void)line;
	switch (ex->paper.what) {
	case GCODE_PAPER_NONE:
		return not_begun(ex);
	case GCODE_PAPER_TELL:
		post(ex, NULL, "", PLAN_CALIBRATED_Z, 0);
		break;
	case GCODE_PAPER_ENDSTOP:
		post(ex, endstop_section(ex), "position_endstop",
		    PLAN_CALIBRATED_LESS_Z, m->rail[2].position_endstop);
		break;
	case GCODE_PAPER_PROBE:
		post(ex, probe_section(ex), "z_offset", PLAN_CALIBRATED_PROBE,
		    0);
		break;
	}
	ex->paper.what = GCODE_PAPER_NONE;
	return 0;
}

/* SET_GCODE_OFFSET Z=, for good */
int
gcode_do_apply_probe(struct gcode_exec *ex, const struct gcode_line *line)
{
	const char *section = probe_section(ex);

	(void)line;
	if (!section)
		return -1;
	post(ex, section, "z_offset", PLAN_CALIBRATED_VALUE,
	    ex->machine->probe.offset[2] - ex->st.offset[2]);
	return 0;
}

int
gcode_do_apply_endstop(struct gcode_exec *ex, const struct gcode_line *line)
{
	const char *section = endstop_section(ex);

	(void)line;
	if (!section)
		return -1;
	post(ex, section, "position_endstop", PLAN_CALIBRATED_VALUE,
	    ex->machine->rail[2].position_endstop - ex->st.offset[2]);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manual steppers that are axes of G1: MANUAL_STEPPER GCODE_AXIS=. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "machine/gcode_private.h"

/*
 * The path is X, Y and Z's; such a motor goes along with it, dA / d of a
 * millimetre for each, so that both begin and end together:
 *
 *	v <= LIMIT_VELOCITY / |r|, a <= LIMIT_ACCEL / |r|, r = dA / d
 *
 * and a corner between ratios r and q is passed at no more than
 * INSTANTANEOUS_CORNER_VELOCITY / |r - q|.  Where X, Y and Z stand still the
 * longest way of those motors is the path, from rest to rest.
 */
#define STILL_MM 1e-9
/* what rounding makes of the pieces of a move; the next one makes up for it */
#define SAME_RATIO 1e-9

static bool
moves(const struct gcode_along *a)
{
	return a->letter && fabs(a->to - a->at) > STILL_MM;
}

static const char *
full_name(const struct gcode_exec *ex, int i)
{
	return ex->machine->stepper[ex->machine->extra[i].stepper].name;
}

/* From the next move on it goes so far for a millimetre of path. */
static void
post(struct gcode_exec *ex, int i, double ratio)
{
	struct plan_record rec = gcode_record(ex, PLAN_ALONG);
	struct gcode_along *a = &ex->along[i];

	snprintf(
	    rec.u.along.name, sizeof(rec.u.along.name), "%s", full_name(ex, i));
	rec.u.along.ratio = ratio;
	rec.u.along.pos = a->at;
	gcode_post(ex, &rec, NULL);
	a->ratio = ratio;
}

/* The word of its letter: 1 with a value, 0 without, -1 reported. */
static int
word_of(struct gcode_exec *ex, const struct gcode_line *line,
    const struct gcode_along *a, double *v)
{
	char key[2] = {a->letter, '\0'};

	return a->letter ? gcode_number(ex, line, key, -1e9, 1e9, v) : 0;
}

/* --- G1 X10 A5 ----------------------------------------------------------- */

int
gcode_along_read(struct gcode_exec *ex, const struct gcode_line *line)
{
	for (int i = 0; i < ex->machine->n_extra; i++) {
		const struct machine_extra_stepper *x = &ex->machine->extra[i];
		struct gcode_along *a = &ex->along[i];
		char key[2] = {a->letter, '\0'};
		double v;
		int has = word_of(ex, line, a, &v);

		if (has < 0)
			return -1;
		a->from = a->at;
		if (has == 0)
			continue;
		a->to = v + (ex->st.absolute ? a->base : a->to);
		if (a->to < x->position_min || a->to > x->position_max) {
			v = a->to;
			a->to = a->at;
			return gcode_fail(ex, gcode_word(line, key)->value.s,
			    "out-of-range",
			    "'%c', manual_stepper '%s', would go to %.3f mm, "
			    "outside of %g..%g mm",
			    a->letter, x->name, v, x->position_min,
			    x->position_max);
		}
	}
	return 0;
}

/* A move that was refused leaves no trace. */
void
gcode_along_forget(struct gcode_exec *ex)
{
	for (int i = 0; i < ex->machine->n_extra; i++)
		ex->along[i].to = ex->along[i].at;
}

/* The move that was to come was refused. */
void
gcode_along_undo(struct gcode_exec *ex)
{
	for (int i = 0; i < ex->machine->n_extra; i++)
		ex->along[i].at = ex->along[i].before;
}

/* What they allow of the move to come, part of the way from where the line
 * began; d: its length. */
int
gcode_along_next(struct gcode_exec *ex, double d)
{
	double v = HUGE_VAL, accel = HUGE_VAL, corner = HUGE_VAL;

	for (int i = 0; i < ex->machine->n_extra; i++)
		ex->along[i].before = ex->along[i].at;

	for (int i = 0; i < ex->machine->n_extra; i++) {
		struct gcode_along *a = &ex->along[i];
		double target = a->from + (a->to - a->from) * ex->along_part;
		double r = a->letter && d > STILL_MM && moves(a)
			       ? (target - a->at) / d
			       : 0;
		double was = a->ratio;

		if (!a->letter || (r == 0 && was == 0))
			continue;
		if (fabs(r) > PLAN_RATIO_MAX) {
			gcode_along_undo(ex);
			return gcode_fail(ex, NULL, "bad-value",
			    "'%c' would go %.3g mm for each of a path of %.3g "
			    "mm, more than %g mm: move it by itself",
			    a->letter, r, d, PLAN_RATIO_MAX);
		}
		if (r == 0 ? was != 0 : fabs(r - was) > SAME_RATIO) {
			post(ex, i, r);
			corner = fmin(corner, a->corner / fabs(r - was));
		}
		if (r == 0)
			continue;
		v = fmin(v, a->velocity / fabs(r));
		accel = fmin(accel, a->accel / fabs(r));
		a->at = target;
	}
	planner_cap_next(ex->planner, v, accel, corner);
	return 0;
}

/* X, Y and Z stay where they are; 0, or -1 reported */
int
gcode_along_alone(struct gcode_exec *ex, bool extrudes, double speed)
{
	double most = 0, v = speed, accel = HUGE_VAL, takes;

	for (int i = 0; i < ex->machine->n_extra; i++)
		if (moves(&ex->along[i]))
			most =
			    fmax(most, fabs(ex->along[i].to - ex->along[i].at));
	if (most == 0)
		return 0;
	if (extrudes)
		return gcode_fail(ex, NULL, "bad-value",
		    "'E' and another axis do not move together where X, Y and "
		    "Z stand still");
	for (int i = 0; i < ex->machine->n_extra; i++) {
		const struct gcode_along *a = &ex->along[i];
		double r = fabs(a->to - a->at) / most;

		if (!moves(a))
			continue;
		v = fmin(v, a->velocity / r);
		accel = fmin(accel, a->accel / r);
	}
	accel = accel < HUGE_VAL ? accel : 0;
	if (gcode_stepper_check(ex, most, v, accel, &takes))
		return -1;
	for (int i = 0; i < ex->machine->n_extra; i++) {
		struct gcode_along *a = &ex->along[i];
		double r = fabs(a->to - a->at) / most;

		if (!moves(a))
			continue;
		gcode_stepper_to(ex, i, a->to, v * r, accel * r);
		a->at = a->to;
	}
	return gcode_dwell(ex, takes);
}

/* --- G92, SAVE_GCODE_STATE, RESUME
 * --------------------------------------------------------- */

/* all: G92 without a word */
int
gcode_along_origin(
    struct gcode_exec *ex, const struct gcode_line *line, bool *any)
{
	for (int i = 0; i < ex->machine->n_extra; i++) {
		struct gcode_along *a = &ex->along[i];
		double v;
		int has = word_of(ex, line, a, &v);

		if (has < 0)
			return -1;
		if (has > 0)
			a->base = a->to - v;
		*any |= has > 0;
	}
	return 0;
}

void
gcode_along_save(const struct gcode_exec *ex, struct gcode_saved *s)
{
	for (int i = 0; i < ex->machine->n_extra; i++)
		s->along[i] = (struct gcode_saved_along){
		    ex->along[i].letter, ex->along[i].base};
}

/* What has become an axis since then keeps its origin. */
void
gcode_along_restore(struct gcode_exec *ex, const struct gcode_saved *s)
{
	for (int i = 0; i < ex->machine->n_extra; i++)
		if (s->along[i].letter &&
		    s->along[i].letter == ex->along[i].letter)
			ex->along[i].base = s->along[i].base;
}

void
gcode_along_resume(const struct gcode_exec *ex, struct buf *out)
{
	for (int i = 0; i < ex->machine->n_extra; i++) {
		const struct gcode_along *a = &ex->along[i];
		const char *name = ex->machine->extra[i].name;

		if (!a->letter)
			continue;
		buf_addf(out,
		    "MANUAL_STEPPER STEPPER=\"%s\" SET_POSITION=%.6f\n"
		    "MANUAL_STEPPER STEPPER=\"%s\" GCODE_AXIS=%c "
		    "INSTANTANEOUS_CORNER_VELOCITY=%g",
		    name, a->at, name, a->letter, a->corner);
		if (a->velocity < HUGE_VAL)
			buf_addf(out, " LIMIT_VELOCITY=%g", a->velocity);
		if (a->accel < HUGE_VAL)
			buf_addf(out, " LIMIT_ACCEL=%g", a->accel);
		buf_addf(out, "\nG92 %c%.6f\n", a->letter, a->at - a->base);
	}
}

/* --- GCODE_AXIS= --------------------------------------------------------- */

static int
letter_of(struct gcode_exec *ex, const struct gcode_word *w, int motor)
{
	int c = w->value.n == 1 ? toupper((unsigned char)w->value.s[0]) : 0;

	if (!isupper(c) || strchr("XYZEFNIJKPRG", c))
		return gcode_fail(ex, w->value.s, "bad-value",
		    "'GCODE_AXIS' is a letter that G1, G2 and G3 have no other "
		    "use for, not '%.*s'",
		    (int)w->value.n, w->value.s);
	for (int i = 0; i < ex->machine->n_extra; i++)
		if (i != motor && ex->along[i].letter == c)
			return gcode_fail(ex, w->value.s, "bad-value",
			    "'%c' is manual_stepper '%s' already", c,
			    ex->machine->extra[i].name);
	return c;
}

int
gcode_along_register(
    struct gcode_exec *ex, const struct gcode_line *line, int motor)
{
	const struct gcode_word *w = gcode_word(line, "GCODE_AXIS");
	struct gcode_along *a = &ex->along[motor], now = {0};
	int c;

	if (w->value.n == 0) {
		gcode_barrier(ex);
		if (a->letter && a->ratio != 0)
			post(ex, motor, 0);
		if (a->letter)
			ex->manual[motor] = a->at;
		planner_cap_next(ex->planner, HUGE_VAL, HUGE_VAL, HUGE_VAL);
		a->letter = '\0';
		return 0;
	}
	c = letter_of(ex, w, motor);
	if (c < 0)
		return -1;
	now = (struct gcode_along){.letter = (char)c,
	    .velocity = HUGE_VAL,
	    .accel = HUGE_VAL,
	    .corner = 1};
	now.at = now.from = now.to = a->letter ? a->at : ex->manual[motor];
	if (gcode_number(ex, line, "LIMIT_VELOCITY", 1e-3, 1e6, &now.velocity) <
		0 ||
	    gcode_number(ex, line, "LIMIT_ACCEL", 1e-3, 1e9, &now.accel) < 0 ||
	    gcode_number(ex, line, "INSTANTANEOUS_CORNER_VELOCITY", 0, 1e6,
		&now.corner) < 0)
		return -1;
	gcode_barrier(ex);
	*a = now;
	post(ex, motor, 0);
	planner_cap_next(ex->planner, HUGE_VAL, HUGE_VAL, HUGE_VAL);
	return 0;
}

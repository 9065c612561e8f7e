/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arcs and their chords, by what is true of every arc. */
#include <stdlib.h>

#include "base/num.h"
#include "machine/gcode_arc.h"
#include "tests/unit/tap.h"

static uint64_t seed = 88172645463325252u;

static double
any(double low, double high)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

struct worst {
	double radius, angle, rise, end, length;
};

/* Walks along the chords; what they miss what they should be by. */
static void
walk(const struct gcode_arc *arc, const double start[3], double want,
    struct worst *w)
{
	double was[3] = {start[0], start[1], start[2]}, now[3];
	double angle = 0, length = 0, along;

	for (uint32_t k = 1; k <= arc->chords; k++) {
		double a0 = was[arc->a] - arc->centre[0];
		double b0 = was[arc->b] - arc->centre[1];
		double a1, b1, rise;

		gcode_arc_point(arc, k, now);
		a1 = now[arc->a] - arc->centre[0];
		b1 = now[arc->b] - arc->centre[1];
		angle += atan2(a0 * b1 - b0 * a1, a0 * a1 + b0 * b1);
		rise = (arc->target[arc->h] - start[arc->h]) * angle / want;
		w->radius = fmax(w->radius, fabs(hypot(a1, b1) - arc->radius));
		w->rise =
		    fmax(w->rise, fabs(now[arc->h] - start[arc->h] - rise));
		length +=
		    sqrt(pow(now[0] - was[0], 2) + pow(now[1] - was[1], 2) +
			 pow(now[2] - was[2], 2));
		for (int i = 0; i < 3; i++)
			was[i] = now[i];
	}
	along = hypot(arc->radius * want, arc->target[arc->h] - start[arc->h]);
	w->angle = fmax(w->angle, fabs(angle - want));
	w->length = fmax(w->length, fabs(length / along - 1));
	for (int i = 0; i < 3; i++)
		w->end = fmax(w->end, fabs(was[i] - arc->target[i]));
}

/* part: of a circle, 0: back to the start */
static void
one(int plane, bool clockwise, double part, uint32_t turns, struct worst *w)
{
	double start[3], target[3], offset[2], theta, c, s, want;
	double sign = clockwise ? -1 : 1;
	struct gcode_arc arc;

	for (int i = 0; i < 3; i++) {
		start[i] = floor(any(-2e5, 2e5)) / 1000;
		target[i] = start[i];
	}
	offset[0] = floor(any(-5e4, 5e4)) / 1000;
	offset[1] = floor(any(-5e4, 5e4)) / 1000 + 1e-3;
	gcode_arc_plane(&arc, plane);
	arc.turns = turns;
	theta = sign * part * 2 * NUM_PI;
	c = cos(theta);
	s = sin(theta);
	if (part > 0) {
		target[arc.a] += offset[0] - offset[0] * c + offset[1] * s;
		target[arc.b] += offset[1] - offset[0] * s - offset[1] * c;
	}
	target[arc.h] += any(-20, 20);
	want = sign * 2 * NUM_PI * (part > 0 ? turns + part : fmax(turns, 1));
	if (gcode_arc_set(&arc, start, target, offset, clockwise, 1, 1e-3)) {
		ok(false, "%u turns of radius %g", (unsigned)turns, arc.radius);
		return;
	}
	walk(&arc, start, want, w);
}

static void
test_turns(void)
{
	struct worst w = {0};

	for (int n = 0; n < 600; n++)
		one(17 + n % 3, n & 1, n % 4 ? any(0.01, 0.99) : 0,
		    (uint32_t)any(0, 6), &w);
	is_near(w.radius, 0, 1e-9, "every chord ends on the circle");
	is_near(w.angle, 0, 1e-6, "so many circles, and the part of one");
	is_near(w.rise, 0, 1e-6, "each circle rises as much as any other");
	is_near(w.end, 0, 0, "the last chord ends at the target");
	/* chord over arc is sin(x) / x, x^2 / 2 = 1e-3 / r of a radius that is
	 * hardly ever below a millimetre */
	is_near(w.length, 0, 1e-3, "the way is that of the helix");
}

static void
test_small(void)
{
	const double start[3] = {10, 10, 0}, end[3] = {10, 10, 1};
	const double offset[2] = {0.05, 0};
	struct worst w = {0};
	struct gcode_arc arc;

	gcode_arc_plane(&arc, 17);
	arc.turns = 5;
	is_int(gcode_arc_set(&arc, start, end, offset, false, 1, 0), 0,
	    "turns of less than a chord");
	walk(&arc, start, 10 * NUM_PI, &w);
	is_near(w.angle, 0, 1e-9, "are turned all the same");
	arc.turns = GCODE_ARC_CHORDS_MAX;
	is_int(gcode_arc_set(&arc, start, end, offset, false, 1, 0), -1,
	    "but not without an end");
}

int
main(void)
{
	test_turns();
	test_small();
	return done_testing();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* G2 and G3: an arc as chords. */
#include "machine/gcode_arc.h"

#include <math.h>

#include "base/num.h"

void
gcode_arc_plane(struct gcode_arc *arc, int number)
{
	arc->a = number == 19 ? 1 : 0;
	arc->b = number == 17 ? 1 : 2;
	arc->h = 3 - arc->a - arc->b;
	arc->turns = 0;
}

/* how far to turn; two points in one place are a whole turn, whatever the way
 * by the centre has rounded */
static double
turn(const struct gcode_arc *arc, const double start[3], const double target[3],
    bool clockwise)
{
	double r0a = -arc->offset[0], r0b = -arc->offset[1];
	double rta = target[arc->a] - arc->centre[0];
	double rtb = target[arc->b] - arc->centre[1];
	double theta = atan2(r0a * rtb - r0b * rta, r0a * rta + r0b * rtb);
	double whole = (clockwise ? -2 : 2) * NUM_PI;

	if (start[arc->a] == target[arc->a] && start[arc->b] == target[arc->b])
		return whole * (arc->turns ? arc->turns : 1);
	if (theta < 0)
		theta += 2 * NUM_PI;
	if (clockwise)
		theta -= 2 * NUM_PI;
	return theta + whole * arc->turns;
}

int
gcode_arc_set(struct gcode_arc *arc, const double start[3],
    const double target[3], const double offset[2], bool clockwise,
    double resolution, double tolerance)
{
	double along, up = target[arc->h] - start[arc->h], n;

	for (int i = 0; i < 3; i++)
		arc->target[i] = target[i];
	arc->start_h = start[arc->h];
	arc->offset[0] = offset[0];
	arc->offset[1] = offset[1];
	arc->centre[0] = start[arc->a] + offset[0];
	arc->centre[1] = start[arc->b] + offset[1];
	arc->radius = hypot(offset[0], offset[1]);
	arc->theta = turn(arc, start, target, clockwise);
	along = fabs(arc->radius * arc->theta);
	if (up != 0)
		along = hypot(along, up);
	n = floor(along / resolution);
	if (tolerance > 0) { /* sagitta r (1 - cos(step / 2)) */
		double lift = tolerance / arc->radius;

		n = lift < 1 ? ceil(fabs(arc->theta) / 2 / acos(1 - lift)) : 3;
	}
	if (arc->turns)
		n = fmax(n, ceil(8 * fabs(arc->theta) / (2 * NUM_PI)));
	if (!(n <= GCODE_ARC_CHORDS_MAX))
		return -1;
	arc->chords = n < 1 ? 1 : (uint32_t)n;
	return 0;
}

int
gcode_arc_centre(const struct gcode_arc *arc, const double start[3],
    const double target[3], double r, bool clockwise, double offset[2],
    double *gap)
{
	double da = target[arc->a] - start[arc->a];
	double db = target[arc->b] - start[arc->b];
	double half, height2, side;

	*gap = hypot(da, db);
	half = *gap / 2;
	height2 = r * r - half * half;
	/* written with so many decimals, half a turn may miss by a little */
	if (height2 < 0 && half - fabs(r) < 1e-3)
		height2 = 0;
	if (*gap == 0 || height2 < 0)
		return -1;
	/* from the middle of the chord, to the left or right of it */
	side = sqrt(height2) / *gap;
	if (clockwise == (r > 0))
		side = -side;
	offset[0] = da / 2 - side * db;
	offset[1] = db / 2 + side * da;
	return 0;
}

void
gcode_arc_point(const struct gcode_arc *arc, uint32_t k, double out[3])
{
	double part = (double)k / arc->chords;
	double c, s;

	if (k >= arc->chords) {
		for (int i = 0; i < 3; i++)
			out[i] = arc->target[i];
		return;
	}
	c = cos(arc->theta * part);
	s = sin(arc->theta * part);
	out[arc->a] = arc->centre[0] - arc->offset[0] * c + arc->offset[1] * s;
	out[arc->b] = arc->centre[1] - arc->offset[0] * s - arc->offset[1] * c;
	out[arc->h] =
	    arc->start_h + part * (arc->target[arc->h] - arc->start_h);
}

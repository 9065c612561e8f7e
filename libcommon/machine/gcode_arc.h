/* SPDX-License-Identifier: GPL-3.0-or-later */
/* G2 and G3: an arc, or a helix, as chords. */
#ifndef GANTRY_MACHINE_GCODE_ARC_H
#define GANTRY_MACHINE_GCODE_ARC_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The plane's axes are a and b, h stands upright on it: G17 X Y (Z), G18 X Z
 * (Y), G19 Y Z (X).  The turn is seen with a to the right and b upwards, in
 * G18 too.  The centre is start + (oa, ob); chords end on the circle around it
 * through the start, the last one at the target, whatever that misses the
 * circle by.
 *
 * turns are whole circles before the part of one that leads to the target; a
 * target at the start is one whole circle, or as many as turns says.
 */
struct gcode_arc {
	int a, b, h;
	double centre[2], offset[2]; /* offset: from the start to the centre */
	double theta;		     /* in all; > 0 counter-clockwise, rad */
	double radius;
	double start_h, target[3];
	uint32_t turns, chords;
};

#define GCODE_ARC_CHORDS_MAX 1000000

/* axes of G17, G18, G19; no turns */
void gcode_arc_plane(struct gcode_arc *, int number);

/*
 * Fills the arc from start to target with centre start + offset.  Chords are
 * resolution long (mm), or, when tolerance is above 0, as long as they may be
 * to stay within it of the circle (mm); with turns, which are to be seen, no
 * longer than an eighth of one.  0, or -1 when there are more than
 * GCODE_ARC_CHORDS_MAX of them.
 */
int gcode_arc_set(struct gcode_arc *, const double start[3],
    const double target[3], const double offset[2], bool clockwise,
    double resolution, double tolerance);

/*
 * The centre of the arc of radius |r| from start to target: below half a turn
 * when r > 0, above when r < 0.  0, or -1 when there is none (the points are
 * the same or further apart than 2 |r|; *gap is their distance).
 */
int gcode_arc_centre(const struct gcode_arc *, const double start[3],
    const double target[3], double r, bool clockwise, double offset[2],
    double *gap);

/* the end of chord k, 1..chords */
void gcode_arc_point(const struct gcode_arc *, uint32_t k, double out[3]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A delta's home position and reach, for printer.toolhead. */
#include <math.h>

#include "base/num.h"
#include "machine/macro_private.h"

static double
dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void
scaled(const double a[3], double by, double out[3])
{
	for (int i = 0; i < 3; i++)
		out[i] = a[i] * by;
}

/* where three spheres meet, the lower point: from the first one's centre, in
 * the axes ex to the second, ey toward the third, ez upright on both */
static void
trilateration(double s[3][3], const double r2[3], double out[3])
{
	double s21[3], s31[3], ex[3], ey[3], ez[3], t[3], d, i, j, x, y, z;

	for (int k = 0; k < 3; k++) {
		s21[k] = s[1][k] - s[0][k];
		s31[k] = s[2][k] - s[0][k];
	}
	d = sqrt(dot(s21, s21));
	scaled(s21, 1 / d, ex);
	i = dot(ex, s31);
	scaled(ex, i, t);
	for (int k = 0; k < 3; k++)
		t[k] = s31[k] - t[k];
	scaled(t, 1 / sqrt(dot(t, t)), ey);
	ez[0] = ex[1] * ey[2] - ex[2] * ey[1];
	ez[1] = ex[2] * ey[0] - ex[0] * ey[2];
	ez[2] = ex[0] * ey[1] - ex[1] * ey[0];
	j = dot(ey, s31);
	x = (r2[0] - r2[1] + d * d) / (2 * d);
	y = (r2[0] - r2[2] - x * x + (x - i) * (x - i) + j * j) / (2 * j);
	z = -sqrt(r2[0] - x * x - y * y);
	for (int k = 0; k < 3; k++)
		out[k] = s[0][k] + (ex[k] * x + (ey[k] * y + ez[k] * z));
}

/* how far from the middle the tower arms lean by that ratio */
static double
ratio_to_xy(double ratio, double arm, double half_step, double radius)
{
	return ratio * sqrt(arm * arm / (ratio * ratio + 1) -
			    half_step * half_step) +
	       half_step - radius;
}

static double
step_distance(struct macro_world *w, const char *s)
{
	double turn = macro_number(w, s, "rotation_distance", 40);
	double full = macro_number(w, s, "full_steps_per_rotation", 200);

	return turn / (full * macro_number(w, s, "microsteps", 16));
}

void
macro_make_delta(struct macro_world *w)
{
	static const char *const tower[] = {
	    "stepper_a", "stepper_b", "stepper_c"};
	static const double angle[] = {210, 330, 90};
	double radius = macro_number(w, "printer", "delta_radius", 0);
	double reach = macro_number(w, "printer", "print_radius", radius);
	double arm[3], arm2[3], s[3][3], top = 0, min_arm = 0, half = 0, xy;
	double first_end = macro_number(w, tower[0], "position_endstop", 0);

	w->delta = true;
	arm[0] = macro_number(w, tower[0], "arm_length", radius + 1);
	for (int i = 0; i < 3; i++) {
		double end =
		    macro_number(w, tower[i], "position_endstop", first_end);
		double a = macro_number(w, tower[i], "angle", angle[i]) *
			   (NUM_PI / 180);

		arm[i] = macro_number(w, tower[i], "arm_length", arm[0]);
		arm2[i] = arm[i] * arm[i];
		s[i][0] = cos(a) * radius;
		s[i][1] = sin(a) * radius;
		s[i][2] = end + sqrt(arm2[i] - radius * radius);
		top = i == 0 || end < top ? end : top;
		min_arm = i == 0 || arm[i] < min_arm ? arm[i] : min_arm;
		w->cone_start_z = i == 0 || s[i][2] - arm[i] < w->cone_start_z
				      ? s[i][2] - arm[i]
				      : w->cone_start_z;
		half = i == 0 || step_distance(w, tower[i]) * .5 < half
			   ? step_distance(w, tower[i]) * .5
			   : half;
	}
	trilateration(s, arm2, w->endstop);
	xy = ratio_to_xy(12, min_arm, half, radius);
	if (min_arm - radius < xy)
		xy = min_arm - radius;
	if (reach < xy)
		xy = reach;
	xy = sqrt(xy * xy);
	w->axis_min[0] = w->axis_min[1] = -xy;
	w->axis_max[0] = w->axis_max[1] = xy;
	w->axis_min[2] = macro_number(w, "printer", "minimum_z_position", 0);
	w->axis_max[2] = top;
}

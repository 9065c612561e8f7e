/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a machine can go, and how fast. */
#include "motion/reach.h"

#include <math.h>

#include "base/num.h"

#define EDGE 1e-9 /* of a triangle, as a part of it */

/* the radius at which towers run k times as fast as the head */
static double
tower_radius(double arm, double centre, double half_step, double k)
{
	return k * sqrt(arm * arm / (k * k + 1) - half_step * half_step) +
	       half_step - centre;
}

void
reach_delta(struct reach *r, double arm, double centre, double step_distance,
    double print_radius, const double endstop_z[3], const double arms[3],
    double min_z)
{
	double half = step_distance / 2, top = HUGE_VAL;

	r->kind = REACH_DELTA;
	r->arm = arm;
	r->centre = centre;
	r->slow = tower_radius(arm, centre, half, 3);
	r->very_slow = tower_radius(arm, centre, half, 6);
	r->radius = fmin(print_radius > 0 ? print_radius : centre,
	    fmin(arm - centre, tower_radius(arm, centre, half, 12)));
	r->cone_z = HUGE_VAL;
	for (int i = 0; i < 3; i++) {
		double high = endstop_z[i] +
			      sqrt(arms[i] * arms[i] - centre * centre) -
			      arms[i];

		r->cone_z = fmin(r->cone_z, high);
		top = fmin(top, endstop_z[i]);
	}
	for (int i = 0; i < 2; i++) {
		r->low[i] = -HUGE_VAL;
		r->high[i] = HUGE_VAL;
	}
	r->low[2] = min_z;
	r->high[2] = top;
}

static double
dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

void
reach_delta_home(const double angle_deg[3], double centre, const double arm[3],
    const double carriage_z[3], double out[3])
{
	double p[3][3], ex[3], ey[3], ez[3], to[3], d, i, j, x, y, z;

	for (int k = 0; k < 3; k++) {
		double g = angle_deg[k] * (NUM_PI / 180);

		p[k][0] = centre * cos(g);
		p[k][1] = centre * sin(g);
		p[k][2] = carriage_z[k];
	}
	/* the lower of the points that are as far from each as its arm is
	 * long, in axes along the first two and in the plane of all three */
	for (int k = 0; k < 3; k++) {
		ex[k] = p[1][k] - p[0][k];
		to[k] = p[2][k] - p[0][k];
	}
	d = sqrt(dot(ex, ex));
	for (int k = 0; k < 3; k++)
		ex[k] /= d;
	i = dot(ex, to);
	for (int k = 0; k < 3; k++)
		ey[k] = to[k] - i * ex[k];
	j = sqrt(dot(ey, ey));
	for (int k = 0; k < 3; k++)
		ey[k] /= j;
	for (int k = 0; k < 3; k++)
		ez[k] = ex[(k + 1) % 3] * ey[(k + 2) % 3] -
			ex[(k + 2) % 3] * ey[(k + 1) % 3];
	x = (arm[0] * arm[0] - arm[1] * arm[1] + d * d) / (2 * d);
	y = (arm[0] * arm[0] - arm[2] * arm[2] - x * x + (x - i) * (x - i) +
		j * j) /
	    (2 * j);
	z = -sqrt(fmax(arm[0] * arm[0] - x * x - y * y, 0));
	for (int k = 0; k < 3; k++)
		out[k] = p[0][k] + x * ex[k] + y * ey[k] + z * ez[k];
}

double
reach_radius(const struct reach *r, double z)
{
	double left;

	if (z <= r->cone_z)
		return r->radius;
	if (r->kind == REACH_ROTARY_DELTA) {
		left = r->high[2] - z;
		return fmin(r->radius, left > 0 ? left : 0);
	}
	left = r->arm - (z - r->cone_z);
	return fmin(r->radius,
	    r->centre - sqrt(fmax(r->arm * r->arm - left * left, 0)));
}

/* How high a vertical line through x, y meets the triangle of three anchors. */
static double
height_in(
    const double a[3], const double b[3], const double c[3], double x, double y)
{
	double area =
	    (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
	double u =
	    ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / area;
	double v =
	    ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / area;

	/* what is no number, of a triangle that stands upright, is outside */
	if (!(u >= -EDGE && v >= -EDGE && u + v <= 1 + EDGE))
		return -HUGE_VAL;
	return a[2] + u * (b[2] - a[2]) + v * (c[2] - a[2]);
}

/* The upper side of the hull is made of triangles, and none is higher. */
double
reach_top(const struct reach *r, double x, double y)
{
	double top = -HUGE_VAL;

	for (int i = 2; i < r->n_anchors; i++)
		for (int j = 1; j < i; j++)
			for (int k = 0; k < j; k++)
				top = fmax(
				    top, height_in(r->anchor[i], r->anchor[j],
					     r->anchor[k], x, y));
	return top;
}

static bool
in_cables(const struct reach *r, const double to[3], int *axis, double *low,
    double *high)
{
	double top = r->n_anchors ? reach_top(r, to[0], to[1]) : HUGE_VAL;

	if (to[2] <= top)
		return true;
	*axis = top > -HUGE_VAL ? 2 : -1;
	*low = -HUGE_VAL;
	*high = top;
	return false;
}

static bool
in_box(const struct reach *r, const double from[3], const double to[3],
    int *axis, double *low, double *high)
{
	for (int i = 0; i < 3; i++) {
		double top = r->high[i];

		if (i == 2 && r->kind == REACH_DELTESIAN) {
			double x = r->foot - fabs(to[0]);
			double left = r->arm * r->arm - x * x;

			top = fmin(top, r->arm_top - sqrt(fmax(left, 0)));
		}
		if (to[i] == from[i] || (to[i] >= r->low[i] && to[i] <= top))
			continue;
		*axis = i;
		*low = r->low[i];
		*high = top;
		return false;
	}
	return true;
}

bool
reach_allows(const struct reach *r, const double from[3], const double to[3],
    int *axis, double *low, double *high)
{
	if (!in_box(r, from, to, axis, low, high))
		return false;
	if (r->kind == REACH_WINCH)
		return in_cables(r, to, axis, low, high);
	if (r->kind != REACH_DELTA && r->kind != REACH_ROTARY_DELTA &&
	    r->kind != REACH_POLAR)
		return true;
	if (to[0] == 0 && to[1] == 0) /* towers go up together there */
		return true;
	*axis = -1;
	*low = 0;
	*high = r->kind == REACH_POLAR ? r->radius : reach_radius(r, to[2]);
	return hypot(to[0], to[1]) <= *high;
}

static void
cut(const struct reach *r, double *v, double *a, double factor)
{
	*v = fmin(*v, r->velocity * factor);
	*a = fmin(*a, r->accel * factor);
}

/* how near the straight line from p along dir comes to the centre */
static double
nearest(const double p[3], const double dir[3], double distance)
{
	double d2 = dir[0] * dir[0] + dir[1] * dir[1];
	double s = d2 > 0 ? -(p[0] * dir[0] + p[1] * dir[1]) / d2 : 0;

	s = fmax(0, fmin(s, distance));
	return hypot(p[0] + s * dir[0], p[1] + s * dir[1]);
}

double
reach_nearest(const double from[3], const double to[3])
{
	double dir[3] = {to[0] - from[0], to[1] - from[1], 0};

	return nearest(from, dir, 1);
}

void
reach_limit(void *ctx, const double start[3], const double dir[3],
    double distance, double *v, double *a)
{
	const struct reach *r = ctx;
	double x = start[0] + distance * dir[0];
	double y = start[1] + distance * dir[1], far, near;

	switch (r->kind) {
	case REACH_DELTA:
		far = fmax(hypot(start[0], start[1]), hypot(x, y));
		if (far > r->slow)
			cut(r, v, a, far > r->very_slow ? 0.25 : 0.5);
		break;
	case REACH_DELTESIAN:
		far = fmax(fabs(start[0]), fabs(x));
		if (far > r->slow)
			cut(r, v, a, far > r->very_slow ? 0.25 : 0.5);
		break;
	case REACH_ROTARY_DELTA:
		if (dir[2] != 0)
			*v = fmin(*v, r->z_velocity);
		break;
	case REACH_POLAR:
		if (r->angular_velocity <= 0)
			break;
		near = nearest(start, dir, distance);
		if (near > 0 && *v > r->angular_velocity * near)
			cut(r, v, a, r->angular_velocity * near / *v);
		far = hypot(dir[0], dir[1]); /* of it across the bed */
		if (near > 0 && r->angular_exact &&
		    *v * far > r->angular_velocity * near)
			*v = r->angular_velocity * near / far;
		break;
	case REACH_BOX:
		for (int i = 0; i < 2; i++) {
			double part = fabs(dir[i]);

			if (part == 0)
				continue;
			*v = fmin(*v, r->axis_velocity[i] / part);
			*a = fmin(*a, r->axis_accel[i] / part);
		}
		break;
	case REACH_WINCH:
		break;
	}
}

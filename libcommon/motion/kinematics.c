/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motor functions of every kind of machine. */
#include "motion/kinematics.h"

#include <string.h>

#define DEGREE 0.017453292519943295769

static const double linear_rows[][3][3] = {
    [KINEMATICS_CARTESIAN] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    [KINEMATICS_COREXY] = {{1, 1, 0}, {1, -1, 0}, {0, 0, 1}},
    [KINEMATICS_COREXZ] = {{1, 0, 1}, {0, 1, 0}, {1, 0, -1}},
    [KINEMATICS_HYBRID_COREXY] = {{1, -1, 0}, {0, 1, 0}, {0, 0, 1}},
    [KINEMATICS_HYBRID_COREXZ] = {{1, 0, -1}, {0, 1, 0}, {0, 0, 1}},
};

/* --- making one --------------------------------------------------------- */

static void
begin(struct kinematics *k, enum kinematics_kind kind, int n)
{
	memset(k, 0, sizeof(*k));
	k->kind = kind;
	k->n_motors = n;
}

void
kinematics_linear(struct kinematics *k, enum kinematics_kind kind)
{
	begin(k, kind, 3);
	memcpy(k->row, linear_rows[kind], sizeof(linear_rows[kind]));
}

/* r = A^T A of the rows, and its determinant */
static double
normal_matrix(const struct kinematics *k, double r[3][3])
{
	memset(r, 0, 9 * sizeof(double));
	for (int m = 0; m < k->n_motors; m++) {
		for (int i = 0; i < 3; i++) {
			for (int j = 0; j < 3; j++)
				r[i][j] += k->row[m][i] * k->row[m][j];
		}
	}
	return r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1]) -
	       r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0]) +
	       r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0]);
}

int
kinematics_generic(struct kinematics *k, int n, const double *row)
{
	double r[3][3];

	begin(k, KINEMATICS_GENERIC, n);
	for (int i = 0; i < n; i++)
		memcpy(k->row[i], row + 3 * i, sizeof(k->row[i]));
	return normal_matrix(k, r) > 1e-9 ? 0 : -1;
}

void
kinematics_delta(struct kinematics *k, double radius_mm, const double arm_mm[3],
    const double angle_deg[3])
{
	begin(k, KINEMATICS_DELTA, 3);
	k->radius = radius_mm;
	for (int i = 0; i < 3; i++) {
		k->arm2[i] = arm_mm[i] * arm_mm[i];
		k->anchor[i][0] = radius_mm * cos(angle_deg[i] * DEGREE);
		k->anchor[i][1] = radius_mm * sin(angle_deg[i] * DEGREE);
	}
}

void
kinematics_deltesian(
    struct kinematics *k, const double arm_mm[2], const double arm_x_mm[2])
{
	begin(k, KINEMATICS_DELTESIAN, 3);
	for (int i = 0; i < 2; i++) {
		k->arm2[i] = arm_mm[i] * arm_mm[i];
		k->arm_x[i] = arm_x_mm[i];
	}
	k->row[2][1] = 1;
}

void
kinematics_rotary_delta(struct kinematics *k, double shoulder_radius_mm,
    double shoulder_height_mm, const double upper_mm[3],
    const double lower_mm[3], const double angle_deg[3])
{
	begin(k, KINEMATICS_ROTARY_DELTA, 3);
	k->radius = shoulder_radius_mm;
	k->height = shoulder_height_mm;
	for (int i = 0; i < 3; i++) {
		k->upper[i] = upper_mm[i];
		k->arm2[i] = lower_mm[i] * lower_mm[i];
		k->cosine[i] = cos(angle_deg[i] * DEGREE);
		k->sine[i] = sin(angle_deg[i] * DEGREE);
	}
}

void
kinematics_polar(struct kinematics *k)
{
	begin(k, KINEMATICS_POLAR, 3);
	k->row[2][2] = 1;
}

void
kinematics_winch(struct kinematics *k, int n, const double *anchor_mm)
{
	begin(k, KINEMATICS_WINCH, n);
	for (int i = 0; i < n; i++)
		memcpy(k->anchor[i], anchor_mm + 3 * i, sizeof(k->anchor[i]));
}

/* --- forwards ----------------------------------------------------------- */

static bool
is_linear(const struct kinematics *k, int motor)
{
	return k->kind <= KINEMATICS_GENERIC ||
	       ((k->kind == KINEMATICS_DELTESIAN ||
		    k->kind == KINEMATICS_POLAR) &&
		   motor == 2);
}

bool
kinematics_on_bed(const struct kinematics *k, int motor)
{
	return k->bed && is_linear(k, motor) && k->row[motor][0] == 0 &&
	       k->row[motor][1] == 0;
}

bool
kinematics_weights(const struct kinematics *k, int motor, double weight[3])
{
	bool linear = is_linear(k, motor);

	for (int i = 0; linear && i < 3; i++)
		weight[i] = k->row[motor][i];
	return linear && !(k->bed && k->row[motor][2] != 0);
}

void
kinematics_carriage(
    const struct kinematics *k, int axis, double scale, double weight[3])
{
	weight[0] = weight[1] = weight[2] = 0;
	weight[axis] = scale;
	if (k->kind == KINEMATICS_HYBRID_COREXY && axis == 0)
		weight[1] = 1;
	else if (k->kind == KINEMATICS_HYBRID_COREXZ && axis == 0)
		weight[2] = 1;
}

/* sqrt(arm^2 - (x - ax)^2 - (y - ay)^2) */
static struct jet
reach(double arm2, struct jet x, double ax, struct jet y, double ay)
{
	struct jet s = jet_square(jet_scale(x, 1, -ax));

	s = jet_add(s, jet_square(jet_scale(y, 1, -ay)));
	return jet_sqrt(jet_scale(s, -1, arm2));
}

/*
 * In the plane of the arm's swing, u outwards and v upwards from the shoulder
 * to the effector's joint: the elbow is where a circle of the upper arm meets
 * one of the lower arm's projection.
 */
static struct jet
shoulder(const struct kinematics *k, int i, const struct jet p[3], double near)
{
	double c = k->cosine[i], s = k->sine[i];
	struct jet w = jet_sub(jet_scale(p[1], c, 0), jet_scale(p[0], s, 0));
	struct jet u =
	    jet_add(jet_scale(p[0], c, -k->radius), jet_scale(p[1], s, 0));
	struct jet v = jet_scale(p[2], 1, -k->height);
	struct jet lower2 = jet_scale(jet_square(w), -1, k->arm2[i]);
	double upper2 = k->upper[i] * k->upper[i];
	struct jet c1, c2, q, ex, ey;

	c1 = jet_add(jet_square(u), jet_square(v));
	c1 = jet_scale(jet_sub(c1, lower2), 1, upper2);
	c1 = jet_div(c1, jet_scale(v, 2, 0));
	c2 = jet_div(u, v);
	q = jet_scale(jet_square(c2), 1, 1);
	ex = jet_sqrt(jet_sub(jet_scale(q, upper2, 0), jet_square(c1)));
	ex = jet_add(jet_mul(c1, c2), ex);
	ey = jet_sub(jet_mul(c1, q), jet_mul(c2, ex));
	return jet_atan2(ey, ex, near);
}

static struct jet
on_flat_bed(
    const struct kinematics *k, int motor, const struct jet pos[3], double near)
{
	const double *a = k->anchor[motor], *r = k->row[motor];
	struct jet s, z = jet_const(0);

	switch (k->kind) {
	case KINEMATICS_DELTA:
		s = reach(k->arm2[motor], pos[0], a[0], pos[1], a[1]);
		return jet_add(s, pos[2]);
	case KINEMATICS_DELTESIAN:
		if (motor == 2)
			return pos[1];
		s = reach(k->arm2[motor], pos[0],
		    motor == 0 ? -k->arm_x[0] : k->arm_x[1], z, 0);
		return jet_add(s, pos[2]);
	case KINEMATICS_ROTARY_DELTA:
		return shoulder(k, motor, pos, near);
	case KINEMATICS_POLAR:
		if (motor == 2)
			return pos[2];
		if (motor == 0)
			return jet_atan2(pos[1], pos[0], near);
		return jet_sqrt(
		    jet_add(jet_square(pos[0]), jet_square(pos[1])));
	case KINEMATICS_WINCH:
		s = z;
		for (int i = 0; i < 3; i++)
			s = jet_add(s, jet_square(jet_scale(pos[i], 1, -a[i])));
		return jet_sqrt(s);
	default:
		s = jet_scale(pos[0], r[0], 0);
		s = jet_add(s, jet_scale(pos[1], r[1], 0));
		return jet_add(s, jet_scale(pos[2], r[2], 0));
	}
}

struct jet
kinematics_jet(
    const struct kinematics *k, int motor, const struct jet pos[3], double near)
{
	struct jet p[3];

	if (!k->bed)
		return on_flat_bed(k, motor, pos, near);
	p[0] = pos[0];
	p[1] = pos[1];
	p[2] = jet_add(pos[2], bed_jet(k->bed, pos));
	return on_flat_bed(k, motor, p, near);
}

double
kinematics_motor(
    const struct kinematics *k, int motor, const double pos[3], double near)
{
	struct jet p[3] = {
	    jet_const(pos[0]), jet_const(pos[1]), jet_const(pos[2])};

	return kinematics_jet(k, motor, p, near).v;
}

/* --- backwards ---------------------------------------------------------- */

/* Solves r x = b; r is symmetric and positive. */
static void
solve3(double r[3][3], const double b[3], double det, double x[3])
{
	for (int i = 0; i < 3; i++) {
		int j = (i + 1) % 3, l = (i + 2) % 3;

		x[i] = 0;
		for (int c = 0; c < 3; c++) {
			int d = (c + 1) % 3, e = (c + 2) % 3;

			x[i] += b[c] * (r[d][j] * r[e][l] - r[d][l] * r[e][j]) /
				det;
		}
	}
}

static int
linear_position(const struct kinematics *k, const double motor[], double pos[3])
{
	double r[3][3], b[3] = {0, 0, 0}, det = normal_matrix(k, r);

	for (int m = 0; m < k->n_motors; m++) {
		for (int i = 0; i < 3; i++)
			b[i] += k->row[m][i] * motor[m];
	}
	if (!(det > 1e-9))
		return -1;
	solve3(r, b, det, pos);
	return 0;
}

/* A point at distances sqrt(q) from three centres: side -1 is the lower one
 * when they go round anticlockwise seen from above, 1 the other. */
static int
trilaterate(double c[3][3], const double q[3], double side, double pos[3])
{
	double ex[3], ey[3], ez[3], t[3], d = 0, i = 0, j = 0, l = 0;
	double x, y, z;

	for (int n = 0; n < 3; n++) {
		ex[n] = c[1][n] - c[0][n];
		t[n] = c[2][n] - c[0][n];
		d += ex[n] * ex[n];
	}
	d = sqrt(d);
	for (int n = 0; n < 3; n++) {
		ex[n] /= d;
		i += ex[n] * t[n];
	}
	for (int n = 0; n < 3; n++) {
		ey[n] = t[n] - i * ex[n];
		l += ey[n] * ey[n];
	}
	l = sqrt(l);
	for (int n = 0; n < 3; n++) {
		ey[n] /= l;
		j += ey[n] * t[n];
	}
	for (int n = 0; n < 3; n++)
		ez[n] = ex[(n + 1) % 3] * ey[(n + 2) % 3] -
			ex[(n + 2) % 3] * ey[(n + 1) % 3];
	x = (q[0] - q[1] + d * d) / (2 * d);
	y = (q[0] - q[2] - x * x + (x - i) * (x - i) + j * j) / (2 * j);
	z = q[0] - x * x - y * y;
	if (!(z >= 0))
		return -1;
	z = side * sqrt(z);
	for (int n = 0; n < 3; n++)
		pos[n] = c[0][n] + x * ex[n] + y * ey[n] + z * ez[n];
	return 0;
}

static int
deltesian_position(
    const struct kinematics *k, const double motor[], double pos[3])
{
	double dx = k->arm_x[0] + k->arm_x[1], dz = motor[1] - motor[0];
	double w = hypot(dx, dz);
	double u = (w * w + k->arm2[0] - k->arm2[1]) / (2 * w);
	double e = k->arm2[0] - u * u;

	if (!(e >= 0))
		return -1;
	e = sqrt(e);
	pos[0] = (u * dx + e * dz) / w - k->arm_x[0];
	pos[1] = motor[2];
	pos[2] = (u * dz - e * dx) / w + motor[0];
	return 0;
}

static int
arms_position(const struct kinematics *k, const double motor[], double pos[3])
{
	double c[3][3], q[3];

	for (int i = 0; i < 3; i++) {
		double r;

		q[i] = k->arm2[i];
		if (k->kind == KINEMATICS_DELTA) {
			memcpy(c[i], k->anchor[i], sizeof(c[i]));
			c[i][2] = motor[i];
			continue;
		}
		r = k->radius + k->upper[i] * cos(motor[i]);
		c[i][0] = r * k->cosine[i];
		c[i][1] = r * k->sine[i];
		c[i][2] = k->height + k->upper[i] * sin(motor[i]);
	}
	return trilaterate(c, q, -1, pos);
}

/* Of both points the one that suits the other anchors better. */
static int
winch_position(const struct kinematics *k, const double motor[], double pos[3])
{
	double c[3][3], q[3], best = HUGE_VAL, p[3];

	for (int i = 0; i < 3; i++) {
		memcpy(c[i], k->anchor[i], sizeof(c[i]));
		q[i] = motor[i] * motor[i];
	}
	for (int side = -1; side <= 1; side += 2) {
		double off = 0;

		if (trilaterate(c, q, side, p) < 0)
			return -1;
		for (int i = 3; i < k->n_motors; i++)
			off += fabs(kinematics_motor(k, i, p, 0) - motor[i]);
		if (off < best)
			memcpy(pos, p, sizeof(p));
		best = fmin(off, best);
	}
	return 0;
}

static int
machine_position(
    const struct kinematics *k, const double motor[], double pos[3])
{
	switch (k->kind) {
	case KINEMATICS_DELTA:
	case KINEMATICS_ROTARY_DELTA:
		return arms_position(k, motor, pos);
	case KINEMATICS_WINCH:
		return winch_position(k, motor, pos);
	case KINEMATICS_DELTESIAN:
		return deltesian_position(k, motor, pos);
	case KINEMATICS_POLAR:
		pos[0] = motor[1] * cos(motor[0]);
		pos[1] = motor[1] * sin(motor[0]);
		pos[2] = motor[2];
		return 0;
	default:
		return linear_position(k, motor, pos);
	}
}

int
kinematics_position(
    const struct kinematics *k, const double motor[], double pos[3])
{
	if (machine_position(k, motor, pos) != 0)
		return -1;
	if (k->bed)
		pos[2] = bed_inverse(k->bed, pos);
	return 0;
}

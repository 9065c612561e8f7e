/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers that carry their first two derivatives along. */
#ifndef GANTRY_MOTION_JET_H
#define GANTRY_MOTION_JET_H

#include <math.h>

/* A value, its rate and the rate of its rate, by time. */
struct jet {
	double v, d, h;
};

static inline struct jet
jet_const(double v)
{
	return (struct jet){v, 0, 0};
}

static inline struct jet
jet_add(struct jet a, struct jet b)
{
	return (struct jet){a.v + b.v, a.d + b.d, a.h + b.h};
}

static inline struct jet
jet_sub(struct jet a, struct jet b)
{
	return (struct jet){a.v - b.v, a.d - b.d, a.h - b.h};
}

/* k a + b */
static inline struct jet
jet_scale(struct jet a, double k, double b)
{
	return (struct jet){k * a.v + b, k * a.d, k * a.h};
}

static inline struct jet
jet_mul(struct jet a, struct jet b)
{
	return (struct jet){a.v * b.v, a.v * b.d + a.d * b.v,
	    a.v * b.h + 2 * a.d * b.d + a.h * b.v};
}

static inline struct jet
jet_square(struct jet a)
{
	return (struct jet){
	    a.v * a.v, 2 * a.v * a.d, 2 * (a.v * a.h + a.d * a.d)};
}

/* f(a), when f, f' and f'' at a.v are known */
static inline struct jet
jet_chain(struct jet a, double f, double f1, double f2)
{
	return (struct jet){f, f1 * a.d, f1 * a.h + f2 * a.d * a.d};
}

static inline struct jet
jet_div(struct jet a, struct jet b)
{
	double r = 1 / b.v;

	return jet_mul(a, jet_chain(b, r, -r * r, 2 * r * r * r));
}

/* 0 below 0: out of reach, there is no motion */
static inline struct jet
jet_sqrt(struct jet a)
{
	double r = a.v > 0 ? sqrt(a.v) : 0;

	if (r == 0)
		return jet_const(0);
	return jet_chain(a, r, 0.5 / r, -0.25 / (r * a.v));
}

/* angle of (x, y) on the branch within pi of near; near itself at 0, 0 */
static inline struct jet
jet_atan2(struct jet y, struct jet x, double near)
{
	const double turn = 6.283185307179586476925;
	double q = x.v * x.v + y.v * y.v;
	struct jet a;

	if (q == 0)
		return jet_const(near);
	a.v = atan2(y.v, x.v);
	a.v += turn * rint((near - a.v) / turn);
	a.d = (x.v * y.d - y.v * x.d) / q;
	a.h = (x.v * y.h - y.v * x.h - 2 * a.d * (x.v * x.d + y.v * y.d)) / q;
	return a;
}

#endif

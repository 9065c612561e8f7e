/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input shapers as numbers: names, impulses, kernels, what they leave. */
#ifndef GANTRY_MOTION_SHAPER_DEF_H
#define GANTRY_MOTION_SHAPER_DEF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A shaper replaces the position x(t) of one axis by a weighted mean of its
 * own past and near future, so that a resonance of the machine is excited
 * several times and cancels itself.  Two kinds:
 *
 *   impulses   x_s(t) = sum_i a[i] x(t - (t[i] - centre_s))
 *   smooth     x_s(t) = int_{-width/2}^{width/2} w(u) x(t + offset_s - u) du
 *
 * Both leave uniform motion unchanged and have no net delay: the sum of a is
 * 1, centre_s = sum a[i] t[i]; the area of w is 1, offset_s = int u w(u) du.
 * Times are seconds, frequencies Hz, damping is the ratio zeta.
 *
 * Names are those of the configuration: zv mzv zvd ei 2hump_ei 3hump_ei, the
 * smooth_* ones, and families with arguments, ei(v_tol=0.02), mzv(n=5,t=1),
 * mzv(n=5,tau=1), mzv(4,0.9).  custom(0.25:0,0.5:0.5,0.25:1) names the impulses
 * themselves: amplitudes, and times in periods of the frequency.  Everything
 * here is pure and owns nothing.
 */
enum {
	SHAPER_IMPULSES_MAX = 10,
	SHAPER_COEFS_MAX = 9,
	SHAPER_NAME_MAX = 128,
	SHAPER_WHY_MAX = 160,
};

enum shaper_family {
	SHAPER_ZV,
	SHAPER_MZV,
	SHAPER_ZVD,
	SHAPER_EI,
	SHAPER_2HUMP_EI,
	SHAPER_3HUMP_EI,
	SHAPER_CUSTOM,
	SHAPER_SMOOTH_ZV,
	SHAPER_SMOOTH_MZV,
	SHAPER_SMOOTH_EI,
	SHAPER_SMOOTH_2HUMP_EI,
	SHAPER_SMOOTH_SI,
	SHAPER_SMOOTH_ZVD_EI,
	SHAPER_FAMILIES
};

/* a shaper without its frequency */
struct shaper_type {
	enum shaper_family family;
	char name[SHAPER_NAME_MAX]; /* as written */
	double tolerance;	    /* ei: residual it may leave, 0.05 */
	int n;			    /* mzv: impulses, 3; custom: as well */
	double duration;	    /* mzv: damped periods, 0.75 */
	double max_damping;	    /* the formulas hold below it */
	double min_freq_hz;	    /* lower ones smooth too much to search */
	double a[SHAPER_IMPULSES_MAX],
	    t[SHAPER_IMPULSES_MAX]; /* of a custom one */
};

/*
 * Reads a name of len bytes.  -1 with one line in why[SHAPER_WHY_MAX] (lower
 * case, no full stop) when it is none, or its arguments make none.
 */
int shaper_type_parse(
    const char *text, size_t len, struct shaper_type *out, char *why);

/* Every family's plain name, in the order of the enum; NULL ends. */
extern const char *const shaper_family_names[SHAPER_FAMILIES + 1];

struct shaper {
	int n; /* impulses; 0 of a smooth shaper */
	double a[SHAPER_IMPULSES_MAX];
	double t_s[SHAPER_IMPULSES_MAX]; /* t_s[0] = 0, rising */
	double centre_s;		 /* 0 of a smooth shaper */
	/* smooth: w(u) = sum_k c[k] (u / width)^k / width, k < n_coefs */
	int n_coefs; /* 0 of impulses */
	double c[SHAPER_COEFS_MAX];
	double width_s, offset_s;
};

/* freq_hz > 0, 0 <= damping <= type->max_damping, else -1.  A smooth shaper
 * has its damping built in. */
int shaper_make(const struct shaper_type *, double freq_hz, double damping,
    struct shaper *out);

/* How far it looks ahead of and behind the present, s. */
double shaper_ahead_s(const struct shaper *);
double shaper_behind_s(const struct shaper *);

/* Steps are made so far ahead of the board, and no further.  -1 with one line
 * in why[SHAPER_WHY_MAX] where the shaper looks on beyond that. */
#define SHAPER_AHEAD_MAX_S 0.2
int shaper_check_reach(
    const struct shaper_type *, double freq_hz, double damping, char *why);

/*
 * The ratio of what a mode of this frequency and damping rings after the
 * shaped motion to what it rings after the plain one (Singer and Seering,
 * 1990): the length of the vector sum of the decayed impulses.
 */
double shaper_residual(const struct shaper *, double freq_hz, double damping);

/*
 * How far the shaped path is off the corner, mm: the larger of a reversal at
 * accel and a 90 degree corner taken at scv and left at accel.
 */
double shaper_smoothing(
    const struct shaper *, double accel_mm_s2, double scv_mm_s);

/* The largest acceleration whose smoothing is at most limit_mm; 0 when the
 * corner at scv alone is beyond it. */
double shaper_max_accel(
    const struct shaper *, double limit_mm, double scv_mm_s);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two doubles in one register, for the innermost loops. */
#ifndef GANTRY_BASE_PAIR_H
#define GANTRY_BASE_PAIR_H

#include <stdint.h>

/*
 * + - * / and every function here are done on either lane by itself and round
 * as that on a double does: results are the same on every machine.  What the
 * compiler does not make of plain C has a form for each family of processors.
 */
typedef double pair __attribute__((vector_size(16)));
typedef int64_t pair_mask __attribute__((vector_size(16)));

#if defined(__SSE2__)
#include <emmintrin.h>
#else
#include <math.h>
#endif

static inline pair
pair_of(double a, double b)
{
	return (pair){a, b};
}

static inline pair
pair_both(double a)
{
	return (pair){a, a};
}

static inline pair
pair_load(const double from[2])
{
	return (pair){from[0], from[1]};
}

static inline void
pair_store(double to[2], pair p)
{
	to[0] = p[0];
	to[1] = p[1];
}

/* Of a where p is greater than q, of b where it is not. */
static inline pair
pair_where_greater(pair p, pair q, pair a, pair b)
{
#if defined(__SSE2__)
	pair m = _mm_cmpgt_pd(p, q);

	return _mm_or_pd(_mm_and_pd(m, a), _mm_andnot_pd(m, b));
#else
	pair_mask m = (pair_mask)(p > q);

	return (pair)((m & (pair_mask)a) | (~m & (pair_mask)b));
#endif
}

/* The greater one; q if either is no number. */
static inline pair
pair_max(pair p, pair q)
{
#if defined(__SSE2__)
	return _mm_max_pd(p, q);
#else
	return pair_where_greater(p, q, p, q);
#endif
}

/* The lesser one; q if either is no number. */
static inline pair
pair_min(pair p, pair q)
{
#if defined(__SSE2__)
	return _mm_min_pd(p, q);
#else
	return pair_where_greater(q, p, p, q);
#endif
}

static inline pair
pair_sqrt(pair p)
{
#if defined(__SSE2__)
	return _mm_sqrt_pd(p);
#else
	return pair_of(sqrt(p[0]), sqrt(p[1]));
#endif
}

static inline pair
pair_abs(pair p)
{
	return (pair)((pair_mask)p & INT64_MAX);
}

/* The first lanes of both. */
static inline pair
pair_firsts(pair p, pair q)
{
	return pair_of(p[0], q[0]);
}

/* The second lanes of both. */
static inline pair
pair_seconds(pair p, pair q)
{
	return pair_of(p[1], q[1]);
}

/* The lanes of the other one. */
static inline pair
pair_swap(pair p)
{
	return pair_of(p[1], p[0]);
}

/* Both lanes added up. */
static inline double
pair_sum(pair p)
{
	return p[0] + p[1];
}

#endif

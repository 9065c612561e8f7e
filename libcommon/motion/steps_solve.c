/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crossings of the midpoints in one piece of a motor's coordinate. */
#include <math.h>
#include <string.h>

#include "base/pair.h"
#include "motion/steps_motor.h"

/* A midpoint approached to within TOUCH counts as crossed; turning back over
 * the one crossed last needs TURN beyond it, mm (motion.md 3.2). */
#define TOUCH 1e-9
#define TURN  1e-8
/* A step and its reversal within this time cancel out, s. */
#define REVERSAL_S 0.000750
/* Rounding of times: less than this much of a piece is no rest of it, s. */
#define TIME_ROUNDING 1e-10
/* A root is this exact, s. */
#define NOTHING_S 2e-11

/* --- the step-dir-step filter ------------------------------------------- */

/*
 * cnt clocks in direction dir were written at clock[n].  The last pending
 * step and the first new one vanish together when they are a reversal that
 * never reached the full step.
 */
static void
append(struct step_motor *m, int cnt, int dir)
{
	struct step_encoder *e = &m->enc;
	double *c = e->clock + e->n;

	m->dir = dir;
	if (e->n > e->head && dir != e->dir) {
		if (!m->committed &&
		    c[0] - c[-1] < REVERSAL_S * m->clock_freq) {
			memmove(c - 1, c + 1, (cnt - 1) * sizeof(*c));
			e->n--;
			c--;
			cnt--;
			m->committed = true;
			if (e->windowed > e->n)
				e->windowed = e->n;
			if (e->windowed == e->n && e->n > e->head)
				e->windowed--;
			if (cnt == 0)
				return;
		}
		if (e->n > e->head) {
			int shift = (int)e->n;

			encode_all(e, c[0]);
			memmove(e->clock, e->clock + shift, cnt * sizeof(*c));
		}
	} else if (e->n > e->head && c[0] - c[-1] >= ENCODE_GAP) {
		int shift = (int)e->n;

		encode_all(e, c[0]);
		memmove(e->clock, e->clock + shift, cnt * sizeof(*c));
	}
	e->dir = dir;
	e->n += cnt;
	m->committed = false;
}

/* --- one part ----------------------------------------------------------- */

/* A part that only rises (dir 1) or only falls: from p, the path s(x) = (v +
 * h x) x in direction dir; above degree 2 it is the piece's from x0 on. */
struct part {
	double p, v, h;
	int dir;
	double sign;   /* dir */
	double clock;  /* of its start */
	double off, k; /* path to midpoint i from here: off + (k + i) d */
	double end;    /* evaluated up to here, s from its start */
	double x0, x1; /* all of it, s from the start of the piece */
	bool partial;  /* it goes on after end */
};

/*
 * Clocks of the next cnt midpoints, clamped to the part: two at a time, the
 * last one may be one too many.  Where rounding has taken a root away it slows
 * down to rest and what is found lies past the end; what is no number is the
 * start, from rest.
 */
static void
solve(struct step_motor *m, const struct part *pt, int cnt)
{
	double *restrict c = m->enc.clock + m->enc.n;
	double f = m->clock_freq;
	pair start = pair_both(pt->clock);
	pair end = pair_both(pt->clock + pt->end * f);
	pair a = pair_both(pt->off), b = pair_both(m->step_distance);
	pair k = pair_of(pt->k, pt->k + 1), two = pair_both(2);
	pair v = pair_both(pt->v), v2 = v * v;
	pair h4 = pair_both(4 * pt->h);
	pair f1 = pair_both(f / (pt->h == 0 ? pt->v : 0.5));

	for (int i = 0; i < cnt; i += 2) {
		pair at = a + k * b;

		k += two;
		if (pt->h != 0) {
			pair root = pair_max(v2 + h4 * at, pair_both(0));

			at = f1 * at / (v + pair_sqrt(root));
		} else {
			at *= f1;
		}
		at += start;
		pair_store(c + i, pair_min(pair_max(at, start), end));
	}
}

/* Value, slope and half of the second derivative. */
static inline void
evaluate(const struct step_piece *p, double x, double at[3])
{
	double v = p->c[p->degree], d = 0, h = 0;

	for (int i = p->degree - 1; i >= 0; i--) {
		h = h * x + d;
		d = d * x + v;
		v = v * x + p->c[i];
	}
	at[0] = v;
	at[1] = d;
	at[2] = h;
}

/*
 * Where a piece of higher degree takes the value y, above x and below hi: the
 * root of the parabola at x, mended by Newton's steps.  What one leaves is its
 * square times half of the second derivative over the first; rarely is that
 * not soon nothing, and bisection has to help.
 */
static double
next_root(const struct step_piece *p, int dir, double y, double x, double hi)
{
	double at[3], q, d, root, guess = hi, step;

	evaluate(p, x, at);
	q = (y - at[0]) * dir;
	if (!(q > 0))
		return x;
	d = at[1] * dir;
	root = d * d + 4 * at[2] * dir * q;
	d += sqrt(root > 0 ? root : 0);
	if (d > 0 && x + 2 * q / d < hi)
		guess = x + 2 * q / d;
	for (int i = 0; i < 3; i++) {
		evaluate(p, guess, at);
		step = (y - at[0]) / at[1];
		if (!(guess + step > x && guess + step <= hi))
			break;
		guess += step;
		if (fabs(at[2] * step * step) < NOTHING_S * (at[1] * dir))
			return guess;
	}
	return step_piece_root(p, y, x, hi, guess);
}

/* The same as solve() for it, from root to root. */
static void
solve_curve(struct step_motor *m, const struct part *pt, int cnt)
{
	struct step_piece *p = &m->piece;
	double *c = m->enc.clock + m->enc.n;
	double hi = pt->x1, x = p->root;
	double y_hi = step_piece_at(p, hi);

	for (int i = 0; i < cnt; i++) {
		double y =
		    m->anchor + pt->sign * ((pt->k + i) * m->step_distance);

		if ((y - y_hi) * pt->sign >= 0)
			x = hi;
		else
			x = next_root(p, pt->dir, y, x, hi);
		c[i] = pt->clock + (x - pt->x0) * m->clock_freq;
	}
	p->root = x;
}

/* And for a cubic, a plan's jerk, with all of that in one place. */
static void
solve_cubic(struct step_motor *m, const struct part *pt, int cnt)
{
	struct step_piece *p = &m->piece;
	double *c = m->enc.clock + m->enc.n;
	double hi = pt->x1, x = p->root, f = m->clock_freq, s = pt->sign;
	/* upwards from the grid's anchor */
	double a0 = s * (p->c[0] - m->anchor), a1 = s * p->c[1];
	double a2 = s * p->c[2], a3 = s * p->c[3];
	double y_hi = ((a3 * hi + a2) * hi + a1) * hi + a0;

	for (int i = 0; i < cnt; i++) {
		double y = (pt->k + i) * m->step_distance;
		double q = y - (((a3 * x + a2) * x + a1) * x + a0);
		double d = (3 * a3 * x + 2 * a2) * x + a1, h = 3 * a3 * x + a2;
		double root = d * d + 4 * h * q, u, slope, step;

		if (y >= y_hi) {
			x = hi;
		} else if (q > 0) {
			u = 2 * q / (d + sqrt(root > 0 ? root : 0));
			slope = d + (2 * h + 3 * a3 * u) * u;
			step = a3 * u * u * u / slope;
			h = fabs(h + 3 * a3 * u) * step * step;
			if (slope > 0 && h < NOTHING_S * slope &&
			    u - step > 0 && x + u - step < hi)
				x += u - step;
			else
				x = step_piece_root(
				    p, s * y + m->anchor, x, hi, x + u);
		}
		c[i] = pt->clock + (x - pt->x0) * f;
	}
	p->root = x;
}

/* The next cnt steps of the part. */
static void
make_steps(struct step_motor *m, struct part *pt, int cnt)
{
	encoder_room(&m->enc);
	if (m->piece.degree <= 2)
		solve(m, pt, cnt);
	else if (m->piece.degree == 3)
		solve_cubic(m, pt, cnt);
	else
		solve_curve(m, pt, cnt);
	m->index += pt->dir * cnt;
	pt->k += cnt;
	append(m, cnt, pt->dir);
	/* a long command in the making is not looked at each time */
	if (m->enc.n - m->enc.windowed >= ENCODE_BATCH)
		encode_steps(&m->enc);
}

static void
run_part(struct step_motor *m, struct part *pt)
{
	double d = m->step_distance;
	double travel = (pt->v + pt->h * pt->end) * pt->end;
	double first, reach;
	int64_t n;
	int most = ENCODE_BATCH;

	pt->off = pt->sign * (m->anchor - pt->p);
	pt->k = pt->sign * (double)m->index + 0.5;
	first = pt->off + pt->k * d;
	if (m->piece.degree > 2)
		travel = pt->sign *
			 (step_piece_at(&m->piece, pt->x0 + pt->end) - pt->p);
	if (m->dir == -pt->dir && first + TURN > travel)
		return;
	reach = pt->partial ? travel : travel + TOUCH;
	n = reach < first ? 0
			  : (int64_t)((reach - first) * m->steps_per_mm) + 1;
	if (pt->end * m->clock_freq >= ENCODE_GAP)
		most = 1;
	while (n > 0) {
		int cnt = n < most ? (int)n : most;

		make_steps(m, pt, cnt);
		n -= cnt;
	}
	/* at or past the full step: nothing takes it back */
	m->committed |= (m->dir == pt->dir) &
			(travel + TOUCH >= pt->off + (pt->k - 0.5) * d);
}

/* p, v, h and dir of the part from x0 to x1. */
static void
make_part(const struct step_piece *p, struct part *pt, double x1)
{
	if (p->degree > 2) {
		pt->p = step_piece_at(p, pt->x0);
		pt->v = pt->h = 0;
		pt->dir = step_piece_at(p, x1) < pt->p ? -1 : 1;
		pt->sign = pt->dir;
		return;
	}
	pt->p = p->c[0];
	pt->v = p->c[1];
	pt->h = p->c[2];
	if (p->part > 0) { /* it begins where it turns */
		pt->p += (pt->v + pt->h * pt->x0) * pt->x0;
		pt->v = 0;
	}
	pt->dir = pt->v < 0 || (pt->v == 0 && pt->h < 0) ? -1 : 1;
	pt->sign = pt->dir;
	pt->v *= pt->sign;
	pt->h *= pt->sign;
}

bool
step_piece_idle(const struct step_motor *m)
{
	const struct step_piece *p = &m->piece;
	double at = p->c[0] - m->anchor - (double)m->index * m->step_distance;
	double half = m->step_distance / 2 - TURN, reach = 0;

	for (int i = p->degree; i > 0; i--)
		reach = (reach + fabs(p->c[i])) * p->length;
	if (at + reach >= half || at - reach <= -half)
		return false;
	/* the full step, from where the last one is still taken back */
	return m->committed || m->dir * at + reach < -TURN;
}

bool
step_piece_run(struct step_motor *m, double x)
{
	struct step_piece *p = &m->piece;
	struct part pt;

	while (p->part < p->parts) {
		double end = p->part_end[p->part];

		if (end > p->length)
			end = p->length;
		pt.x0 = p->part > 0 ? p->part_end[p->part - 1] : 0;
		pt.x1 = end;
		if (x <= pt.x0)
			break;
		pt.partial = x < end - TIME_ROUNDING;
		pt.end = (pt.partial ? x : end) - pt.x0;
		pt.clock = m->clock_offset + (p->t0 + pt.x0) * m->clock_freq;
		make_part(p, &pt, end);
		if (p->degree > 2 || pt.v != 0 || pt.h != 0)
			run_part(m, &pt);
		if (pt.partial)
			break;
		p->part++;
		p->root = end;
	}
	return x >= p->length - TIME_ROUNDING;
}

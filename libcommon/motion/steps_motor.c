/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact step times of one motor, in closed form. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "motion/steps_motor.h"

/* A midpoint approached to within TOUCH counts as crossed; turning back over
 * the one crossed last needs TURN beyond it, mm (motion.md 3.2). */
#define TOUCH 1e-9
#define TURN  1e-8
/* A step and its reversal within this time cancel out, s. */
#define REVERSAL_S 0.000750
/* Rounding of times: less than this much of a phase is no rest of it, s. */
#define TIME_ROUNDING 1e-10

static step_command_fn emitted;

struct step_motor *
step_motor_new(struct motion_queue *q, const struct step_motor_setup *setup,
    const struct step_encoder_setup *enc)
{
	struct step_motor *m = xcalloc(1, sizeof(*m));

	m->queue = q;
	m->next = q->motors;
	q->motors = m;
	m->cursor = q->last;
	memcpy(m->coef, setup->coef, sizeof(m->coef));
	m->step_distance = setup->step_distance;
	m->committed = true;
	m->hold_s = enc->hold_s > 0 ? enc->hold_s : STEP_HOLD_S;
	if (m->hold_s < REVERSAL_S)
		m->hold_s = REVERSAL_S;
	m->max_error_s =
	    enc->max_error_s > 0 ? enc->max_error_s : STEP_MAX_ERROR_S;
	m->generated = -HUGE_VAL;
	m->exact = enc->exact;
	m->command = enc->command;
	m->ctx = enc->ctx;
	m->history = xcalloc(STEP_HISTORY, sizeof(*m->history));
	encoder_init(&m->enc);
	m->enc.emit = emitted;
	m->enc.ctx = m;
	step_motor_set_clock(m, 0, enc->clock_freq);
	return m;
}

void
step_motor_free(struct step_motor *m)
{
	struct step_motor **link;

	if (m == NULL)
		return;
	if (m->queue != NULL) {
		link = &m->queue->motors;
		while (*link != m)
			link = &(*link)->next;
		*link = m->next;
	}
	encoder_release(&m->enc);
	free(m->history);
	free(m);
}

void
step_motor_set_position(struct step_motor *m, const double pos[4])
{
	m->anchor = 0;
	for (int i = 0; i < 4; i++)
		m->anchor += m->coef[i] * pos[i];
	m->index = 0;
	m->dir = 0;
	m->committed = true;
	m->count_at_anchor = m->count;
	encoder_drop(&m->enc);
}

void
step_motor_set_clock(
    struct step_motor *m, double offset_ticks, double clock_freq)
{
	m->clock_offset = offset_ticks;
	m->clock_freq = clock_freq;
	m->enc.error = m->max_error_s * clock_freq;
}

void
step_motor_reset_clock(struct step_motor *m, uint64_t last_clock)
{
	m->enc.last = last_clock;
	m->enc.last_exact = m->enc.last_hi = (double)last_clock;
	m->enc.sent_dir = 0;
}

int64_t
step_motor_count(const struct step_motor *m)
{
	return m->count;
}

double
step_motor_coordinate(const struct step_motor *m)
{
	return m->anchor +
	       (double)(m->count - m->count_at_anchor) * m->step_distance;
}

const struct step_stats *
step_motor_stats(const struct step_motor *m)
{
	return &m->stats;
}

uint64_t
step_motor_done_clock(const struct step_motor *m)
{
	const struct step_encoder *e = &m->enc;
	double c = m->clock_offset + m->generated * m->clock_freq;

	if (e->n > e->head)
		c = e->clock[e->head];
	c -= e->error;
	return c > (double)e->last ? (uint64_t)c : e->last;
}

/* --- what leaves -------------------------------------------------------- */

static void
emitted(void *ctx, const struct step_command *cmd)
{
	struct step_motor *m = ctx;
	struct step_encoder *e = &m->enc;
	struct step_history *h = &m->history[m->n_history % STEP_HISTORY];

	if (m->exact != NULL) {
		for (int i = 0; i < cmd->count; i++) {
			double c = e->clock[e->head + i];

			m->exact(m->ctx, (c - m->clock_offset) / m->clock_freq,
			    cmd->dir);
		}
	}
	h->first_clock = cmd->first_clock;
	h->last_clock = cmd->last_clock;
	h->count_before = m->count;
	h->interval = cmd->interval;
	h->count = cmd->count;
	h->add = cmd->add;
	h->dir = cmd->dir;
	m->n_history++;
	m->count += cmd->dir * (int)cmd->count;
	m->stats.steps = e->steps;
	m->stats.commands = e->commands;
	m->stats.error_max_s = e->error_max / m->clock_freq;
	m->stats.error_sum_sq =
	    e->error_sum_sq / (m->clock_freq * m->clock_freq);
	m->stats.rate_max_hz = m->clock_freq / e->gap_min;
	m->command(m->ctx, cmd);
}

int
step_motor_count_at(const struct step_motor *m, uint64_t clock, int64_t *count)
{
	uint64_t oldest =
	    m->n_history > STEP_HISTORY ? m->n_history - STEP_HISTORY : 0;
	const struct step_history *h;
	uint64_t t;
	int64_t gap;

	*count = m->count;
	for (uint64_t n = m->n_history; n > oldest; n--) {
		h = &m->history[(n - 1) % STEP_HISTORY];
		*count = h->count_before;
		if (clock < h->first_clock)
			continue;
		t = h->first_clock;
		gap = h->interval;
		for (int i = 0; i < h->count && t <= clock; i++) {
			*count += h->dir;
			gap += h->add;
			t += gap;
		}
		return 0;
	}
	return oldest > 0 ? -1 : 0;
}

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

/* --- one phase ---------------------------------------------------------- */

/* path s(x) = (v + h x) x; the motor moves dir * w * s from p on */
struct phase {
	double p, w, v, h;
	int dir;
	double clock; /* of its start */
	double end;   /* evaluated up to here, s from its start */
	bool partial; /* it goes on after end */
};

/* Clocks of the next cnt midpoints, first and last clamped to the phase. */
static void
solve(struct step_motor *m, const struct phase *ph, int cnt)
{
	double *restrict c = m->enc.clock + m->enc.n;
	double f = m->clock_freq, clock = ph->clock;
	double limit = clock + ph->end * f;
	/* path to midpoint i: a + (k + i) b */
	double a = ph->dir * (m->anchor - ph->p) / ph->w;
	double b = m->step_distance / ph->w;
	double k = (double)(ph->dir * m->index) + 0.5;
	int i;

	if (ph->h == 0) {
		double g = f / ph->v;

		for (i = 0; i < cnt; i++)
			c[i] = clock + (a + (k + i) * b) * g;
	} else {
		double v = ph->v, v2 = v * v, h4 = 4 * ph->h, f2 = 2 * f;

		for (i = 0; i < cnt; i++) {
			double q = a + (k + i) * b;

			c[i] = clock + f2 * q / (v + sqrt(v2 + h4 * q));
		}
	}
	for (i = 0; i < cnt && c[i] < clock; i++)
		c[i] = clock;
	for (i = cnt - 1; i >= 0 && !(c[i] <= limit); i--)
		c[i] = limit;
}

static void
run_phase(struct step_motor *m, const struct phase *ph)
{
	double d = m->step_distance;
	double travel = ph->w * (ph->v + ph->h * ph->end) * ph->end;
	double off = ph->dir * (m->anchor - ph->p);
	double first = off + ((double)(ph->dir * m->index) + 0.5) * d;
	double reach = travel;
	double n;

	if (m->dir == -ph->dir) {
		if (first + TURN > travel)
			return;
	}
	if (!ph->partial)
		reach += TOUCH;
	n = floor((reach - first) / d) + 1;
	while (n >= 1) {
		int cnt = n < ENCODE_BATCH ? (int)n : ENCODE_BATCH;

		if (ph->end * m->clock_freq >= ENCODE_GAP)
			cnt = 1;
		encoder_room(&m->enc);
		solve(m, ph, cnt);
		m->index += ph->dir * cnt;
		append(m, cnt, ph->dir);
		if (m->enc.n - m->enc.head >= ENCODE_BATCH)
			encode_steps(&m->enc);
		n -= cnt;
	}
	/* at or past the full step: nothing takes it back */
	if (m->dir == ph->dir &&
	    travel + TOUCH >= off + (double)(ph->dir * m->index) * d)
		m->committed = true;
}

/* --- moves -------------------------------------------------------------- */

/* All steps of a move before time t; false when it goes on after t. */
static bool
run_move(struct step_motor *m, const struct queued_move *mv, double t)
{
	double p = 0, r = 0, start = mv->t0, s;
	struct phase ph;

	for (int i = 0; i < 4; i++) {
		p += m->coef[i] * mv->start[i];
		r += m->coef[i] * mv->dir[i];
	}
	if (r == 0)
		return queued_move_end(mv) <= t;
	ph.w = fabs(r);
	ph.dir = r < 0 ? -1 : 1;
	for (int i = 0; i < 3; i++) {
		double length = i == 0	 ? mv->accel_t
				: i == 1 ? mv->cruise_t
					 : mv->decel_t;

		if (length <= 0)
			continue;
		ph.v = i == 0 ? mv->start_v : mv->cruise_v;
		ph.h = i == 0 ? mv->accel / 2 : i == 1 ? 0 : -mv->accel / 2;
		s = (ph.v + ph.h * length) * length;
		if (i >= m->phase) {
			if (start >= t)
				return false;
			m->phase = i;
			ph.p = p;
			ph.clock = m->clock_offset + start * m->clock_freq;
			ph.partial = t - start < length - TIME_ROUNDING;
			ph.end = ph.partial ? t - start : length;
			run_phase(m, &ph);
			if (ph.partial)
				return false;
		}
		p += r * s;
		start += length;
	}
	return true;
}

void
step_motor_generate(struct step_motor *m, double t, bool flush)
{
	const struct motion_queue *q = m->queue;
	struct step_encoder *e = &m->enc;
	double clock = m->clock_offset + t * m->clock_freq;
	double due = clock - m->hold_s * m->clock_freq;

	while (m->cursor < q->last) {
		const struct queued_move *mv = queue_move(q, m->cursor);

		if (mv->t0 >= t || !run_move(m, mv, t))
			break;
		m->cursor++;
		m->phase = 0;
	}
	if (t > m->generated)
		m->generated = t;
	if (flush) {
		m->committed = true;
		encode_all(e, clock);
	} else if (e->n > e->head && e->clock[e->head] < due) {
		encode_until(e, due, clock);
	}
}

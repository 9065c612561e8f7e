/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact step times of one motor, in closed form. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "motion/steps_motor.h"
#include "proto/cubic.h"

/* A step and its reversal within this time cancel out, s. */
#define REVERSAL_S 0.000750

static step_command_fn emitted;

struct step_motor *
step_motor_new(struct motion_queue *q, const struct step_motor_setup *setup,
    const struct step_encoder_setup *enc)
{
	struct step_motor *m = xcalloc(1, sizeof(*m));

	m->queue = q;
	m->next = q->motors;
	q->motors = m;
	memcpy(m->coef, setup->coef, sizeof(m->coef));
	m->step_distance = setup->step_distance;
	m->steps_per_mm = 1 / setup->step_distance;
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
	m->follow_shaper = setup->follow_shaper;
	m->kinematics = setup->kinematics;
	m->kinematics_motor = setup->kinematics_motor;
	m->curve = m->kinematics != NULL && !kinematics_weights(m->kinematics,
						m->kinematics_motor, m->coef);
	m->on_bed =
	    m->curve && kinematics_on_bed(m->kinematics, m->kinematics_motor);
	step_motor_forget(m);
	encoder_init(&m->enc);
	m->enc.cubic = enc->cubic;
	m->enc.cubic_bits = enc->cubic_bits;
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
	step_filter_release(m);
	encoder_release(&m->enc);
	free(m->history);
	free(m);
}

void
step_motor_set_position(struct step_motor *m, const double pos[4])
{
	if (m->curve && m->kinematics != NULL) {
		m->anchor = kinematics_motor(
		    m->kinematics, m->kinematics_motor, pos, 0);
	} else {
		m->anchor = 0;
		for (int i = 0; i < 4; i++)
			m->anchor += m->coef[i] * pos[i];
	}
	m->index = 0;
	m->dir = 0;
	m->committed = true;
	m->count_at_anchor = m->count;
	encoder_drop(&m->enc);
	step_motor_forget(m);
}

void
step_motor_set_coef(struct step_motor *m, const double coef[4])
{
	memcpy(m->coef, coef, sizeof(m->coef));
	step_motor_forget(m);
}

void
step_motor_rewire(struct step_motor *m, const double coef[4],
    const double before[4], const double after[4])
{
	double ahead = step_motor_coordinate(m);

	for (int i = 0; i < 4; i++)
		ahead -= m->coef[i] * before[i];
	step_motor_set_coef(m, coef);
	step_motor_set_position(m, after);
	m->anchor += ahead;
}

void
step_motor_shift(struct step_motor *m, double by)
{
	m->anchor += by;
}

void
step_motor_set_advance(struct step_motor *m, double k, double smooth_time_s)
{
	double half = k != 0 ? smooth_time_s / 2 : 0;
	int done = 0;

	if (half != m->smooth_half) {
		m->smooth_half = half;
		step_motor_forget(m);
	}
	/* what no tap needs any more makes room */
	while (
	    done + 1 < m->n_advance && m->advance[done + 1].from <= m->cursor)
		done++;
	m->n_advance -= done;
	if (done > 0)
		memmove(m->advance, m->advance + done,
		    m->n_advance * sizeof(*m->advance));
	if (m->n_advance == m->cap_advance) {
		m->cap_advance = m->cap_advance * 2 + 4;
		m->advance = xreallocarray(
		    m->advance, m->cap_advance, sizeof(*m->advance));
	}
	m->advance[m->n_advance].from = m->queue->last;
	m->advance[m->n_advance++].k = k;
}

void
step_motor_set_model(
    struct step_motor *m, const struct step_advance_model *model)
{
	m->model = *model;
	step_motor_forget(m);
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
	h->add = cmd->cubic ? cmd->cubic_add : cmd->add;
	h->add2 = cmd->cubic_add2;
	h->cubic = cmd->cubic;
	h->dir = cmd->dir;
	m->n_history++;
	m->count += cmd->dir * (int)cmd->count;
	m->command(m->ctx, cmd);
}

/* Steps of a command at or before the clock, which is not before its first. */
static int
steps_until(
    const struct step_motor *m, const struct step_history *h, uint64_t clock)
{
	uint8_t bits = (uint8_t)m->enc.cubic_bits;
	struct cubic_steps c = {.wake = 0};
	uint64_t t = h->first_clock;
	int64_t gap = h->interval;
	int n = 0;

	cubic_load(&c, bits, 0, h->interval, h->add, h->add2);
	while (n < h->count && t <= clock) {
		n++;
		if (h->cubic) {
			cubic_next(&c, bits);
			t = h->first_clock + c.wake;
		} else {
			gap += h->add;
			t += gap;
		}
	}
	return n;
}

int
step_motor_count_at(const struct step_motor *m, uint64_t clock, int64_t *count)
{
	uint64_t oldest =
	    m->n_history > STEP_HISTORY ? m->n_history - STEP_HISTORY : 0;
	const struct step_history *h;

	*count = m->count;
	for (uint64_t n = m->n_history; n > oldest; n--) {
		h = &m->history[(n - 1) % STEP_HISTORY];
		*count = h->count_before;
		if (clock < h->first_clock)
			continue;
		*count += h->dir * steps_until(m, h, clock);
		return 0;
	}
	return oldest > 0 ? -1 : 0;
}

static void
add_up(struct step_motor *m)
{
	const struct step_encoder *e = &m->enc;

	m->stats.steps = e->steps;
	m->stats.commands = e->commands;
	m->stats.error_max_s = e->error_max / m->clock_freq;
	m->stats.error_sum_sq =
	    e->error_sum_sq / (m->clock_freq * m->clock_freq);
	m->stats.rate_max_hz = m->clock_freq / e->gap_min;
}

void
step_motor_generate(struct step_motor *m, double t, bool flush)
{
	struct step_encoder *e = &m->enc;
	double clock = m->clock_offset + t * m->clock_freq;
	double due = clock - m->hold_s * m->clock_freq;

	step_filter_run(m, t);
	if (t > m->generated)
		m->generated = t;
	if (flush) {
		m->committed = true;
		encode_all(e, clock);
	} else if (e->n > e->head && e->clock[e->head] < due) {
		encode_until(e, due, clock);
	}
	if (m->stats.commands != e->commands)
		add_up(m);
}

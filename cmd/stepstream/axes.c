/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The motors: set-up, committing motion, generating steps. */
#include "axes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "profile.h"

/* --- enable pins ------------------------------------------------------- */

void
axes_enable(struct axes_motor *m, double t)
{
	if (m->enabled)
		return;
	m->enabled = true;
	if (m->enable)
		mcu_output_set(m->enable, t, 1);
}

void
axes_disable(struct axes *a, const char *name, double t)
{
	for (int i = 0; i < a->n_motors; i++)
		if (!name || strcmp(a->motor[i].config->name, name) == 0)
			a->motor[i].enabled = false;
	/* a pin that several drivers share stays on while one is in use */
	for (int i = 0; i < a->n_motors; i++) {
		struct mcu_output *pin = a->motor[i].enable;
		bool used = false;

		for (int k = 0; k < a->n_motors; k++)
			used |=
			    a->motor[k].enable == pin && a->motor[k].enabled;
		if (pin && !used)
			mcu_output_set(pin, t, 0);
		if (!a->motor[i].enabled)
			a->homed &= ~a->motor[i].axes;
	}
}

bool
axes_any_enabled(const struct axes *a)
{
	for (int i = 0; i < a->n_motors; i++)
		if (a->motor[i].enabled)
			return true;
	return false;
}

/* --- motion ------------------------------------------------------------ */

/* Does motion in this direction turn it?  Sums of axes may cancel out. */
static bool
moves_motor(const struct axes_motor *m, const double dir[3])
{
	if (!m->curve)
		return m->coef[0] * dir[0] + m->coef[1] * dir[1] +
			   m->coef[2] * dir[2] !=
		       0;
	for (int i = 0; i < 3; i++)
		if ((m->follows_bed || m->axes >> i & 1) && dir[i] != 0)
			return true;
	return false;
}

void
axes_commit(struct axes *a, const struct plan_move *m, double t0)
{
	struct motion_segment_in in = profile_segment(m, t0);
	double on = t0 - axes_ahead(a) - ENABLE_LEAD_S;

	for (int i = 0; i < a->n_motors; i++) {
		struct axes_motor *k = &a->motor[i];

		if (!k->enabled && k->motor && !k->own &&
		    (k->pushes ? m->ratio_e != 0 : moves_motor(k, m->dir)))
			axes_enable(k, on);
	}
	for (int i = 0; i < 3; i++)
		a->pos[i] = m->start[i] + m->dir[i] * m->distance;
	a->pos[3] = m->start_e + m->ratio_e * m->distance;
	axes_queue(a, &in);
}

double
axes_ahead(const struct axes *a)
{
	double ahead, behind;

	motion_queue_reach(a->queue, &ahead, &behind);
	return ahead;
}

double
axes_free_time(const struct axes *a)
{
	return a->rest_time + axes_ahead(a);
}

/* A command that may still grow was kept back. */
double
axes_supplied(const struct axes *a)
{
	return a->until - STEP_HOLD_S;
}

bool
axes_advance_needs_rest(const struct axes *a, const char *extruder,
    double advance, double smooth_time)
{
	const struct axes_motor *m = axes_find_motor(a, extruder);

	/* without advance nothing is smoothed */
	return m && (m->advance != 0 ? m->smooth_time : 0) !=
			(advance != 0 ? smooth_time : 0);
}

void
axes_set_advance(
    struct axes *a, const char *extruder, double advance, double smooth_time)
{
	struct axes_motor *m = axes_find_motor(a, extruder);
	bool changed;

	if (!m)
		return;
	axes_settle(a);
	changed = m->advance != advance || m->smooth_time != smooth_time;
	m->advance = advance;
	m->smooth_time = smooth_time;
	if (changed)
		axes_stop_when_dry(a, m);
	if (m->motor)
		step_motor_set_advance(m->motor, advance, smooth_time);
}

int
axes_set_shaper(struct axes *a, int axis, const char *type, double freq,
    double damping, char *why)
{
	struct shaper_type t;
	struct shaper s;

	axes_settle(a);
	if (!(freq > 0)) {
		motion_queue_set_shaper(a->queue, axis, NULL);
		return 0;
	}
	if (shaper_type_parse(type, strlen(type), &t, why) != 0)
		return -1;
	if (shaper_make(&t, freq, damping, &s) != 0) {
		snprintf(why, SHAPER_WHY_MAX,
		    "%g Hz and damping %g are out of range for it", freq,
		    damping);
		return -1;
	}
	if (shaper_check_reach(&t, freq, damping, why) != 0)
		return -1;
	motion_queue_set_shaper(a->queue, axis, &s);
	return 0;
}

void
axes_set_position(struct axes *a, const double pos[4])
{
	axes_settle(a);
	memcpy(a->pos, pos, sizeof(a->pos));
	for (int i = 0; i < a->n_motors; i++)
		if (a->motor[i].motor && !a->motor[i].own)
			step_motor_set_position(a->motor[i].motor, pos);
}

void
axes_position(struct axes *a, double t, double pos[4])
{
	axes_settle(a);
	if (t >= a->end_time || motion_queue_position(a->queue, t, pos) != 0)
		memcpy(pos, a->pos, sizeof(a->pos));
}

void
axes_totals(struct axes *a, struct axes_totals *t)
{
	double sum = 0;

	axes_settle(a);
	memset(t, 0, sizeof(*t));
	for (int i = 0; i < a->n_motors; i++) {
		const struct axes_motor *m = &a->motor[i];
		const struct step_stats *s;

		t->steps += m->steps;
		t->commands += m->commands;
		if (!m->motor)
			continue;
		s = step_motor_stats(m->motor);
		t->steps += s->steps;
		t->commands += s->commands;
		sum += s->error_sum_sq;
		t->error_max_s = fmax(t->error_max_s, s->error_max_s);
		t->rate_max_hz = fmax(t->rate_max_hz, s->rate_max_hz);
	}
	if (t->steps > 0)
		t->error_rms_s = sqrt(sum / (double)t->steps);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the planner makes of the file: flow, step rates, real speeds. */
#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "lint.h"

#define SHORT_MOVE_S 0.001 /* a move this short is work for link and board */

static double
filament_area(const struct lint *l)
{
	int e = gcode_exec_extruder(l->exec);

	return e >= 0 && e < l->m->n_extruders ? l->m->extruder[e].filament_area
					       : 0;
}

/* the flow above the limit has to last, a corner of infill does not count */
static void
check_flow(
    struct lint *l, const struct plan_record *rec, double flow, double time)
{
	if (flow <= l->facts.max_flow) {
		l->over_flow_s = 0;
		l->over_flow_said = false;
		return;
	}
	l->over_flow_s += time;
	if (l->over_flow_s < l->facts.flow_time || l->over_flow_said)
		return;
	l->over_flow_said = true;
	finding_rec(l->f, RULE_FLOW, l->source, rec->line,
	    "%.3g mm3/s for %.2g s; the hotend melts %.3g mm3/s", flow,
	    l->over_flow_s, l->facts.max_flow);
}

/* V002: which motor steps how fast */
static void
check_step_rate(struct lint *l, const struct plan_record *rec)
{
	const struct plan_move *v = &rec->u.move;
	double motor[3] = {v->dir[0], v->dir[1], v->dir[2]};

	if (l->m->kinematics == MACHINE_KIN_COREXY) {
		motor[0] = v->dir[0] + v->dir[1];
		motor[1] = v->dir[0] - v->dir[1];
	}
	for (int i = 0; i < 3; i++) {
		const struct machine_rail *r = &l->m->rail[i];
		double rate;

		if (r->n_steppers == 0 || motor[i] == 0)
			continue;
		rate = fabs(motor[i]) * v->cruise_v /
		       l->m->stepper[r->stepper[0]].step_distance;
		if (rate <= l->facts.max_step_rate || rate <= l->step_rate_said)
			continue;
		l->step_rate_said = rate * 1.05;
		finding_rec(l->f, RULE_STEP_RATE, l->source, rec->line,
		    "'%s' needs %.0f steps/s, the board gives %.0f",
		    l->m->stepper[r->stepper[0]].name, rate,
		    l->facts.max_step_rate);
	}
}

void
check_record(struct lint *l, const struct plan_record *rec)
{
	double area = filament_area(l);
	const struct plan_move *v = &rec->u.move;
	double time, flow;

	if (rec->type == PLAN_SOURCE) {
		free(l->source);
		l->source = xstrdup(rec->u.text.s);
	}
	summary_record(&l->sum, rec, area);
	warm_record(l, rec, area);
	if (rec->type != PLAN_MOVE)
		return;
	time = v->accel_t + v->cruise_t + v->decel_t;
	if (time < SHORT_MOVE_S)
		l->short_moves++;
	if (l->facts.max_step_rate > 0)
		check_step_rate(l, rec);
	if (v->ratio_e <= 0 || time <= 0)
		return;
	flow = v->ratio_e * v->distance / time * area;
	if (v->dir[0] == 0 && v->dir[1] == 0)
		return;
	if (l->facts.max_flow > 0)
		check_flow(l, rec, flow, time);
}

void
check_plan_end(struct lint *l)
{
	double n = (double)l->sum.moves;

	l->sum.heating = l->warm.time.heating;
	l->sum.homing = l->warm.time.homing;
	if (n > 1000 && (double)l->short_moves > 0.2 * n)
		finding_at(l->f, RULE_SHORT_SEGMENTS, 0,
		    "%.0f %% of the moves take less than %g ms",
		    100.0 * (double)l->short_moves / n, SHORT_MOVE_S * 1e3);
	if (l->sum.beads > 100 && l->asked_s > 0 &&
	    l->sum.time > 2.5 * l->asked_s)
		finding_at(l->f, RULE_BELOW_SPEED, 0,
		    "the print takes %.0f s, at the speeds asked for it "
		    "would be %.0f s: acceleration rules it",
		    l->sum.time, l->asked_s);
}

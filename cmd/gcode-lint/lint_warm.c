/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Temperatures as they will be, by the model of the heaters (rules H). */
#include <math.h>
#include <string.h>

#include "lint.h"
#include "machine/tree.h"

#define FOLLOW_S    0.3	   /* heaters are asked no more often; s of the print */
#define MELT_J	    2.5e-3 /* J a mm3 and K: PLA and its kin, 1.25 g/cm3 */
#define ROOM	    22.0   /* deg C of the filament */
#define COLD_SLACK  2.0	   /* deg C: the model is no better */
#define BEHIND	    10.0   /* deg C off the target that count */
#define BEHIND_S    20.0   /* of beads that long */
#define CALM_S	    60.0   /* without a change: nothing will change */
#define LOAD_OVER_S 10.0   /* the block feels the mean of that long */
#define LOAD_SAME   1.5	   /* W */
#define OOZES_S	    90.0   /* waiting for another heater that long */

static double
power_of(const struct lint *l, int i)
{
	const char *name = l->m->heater[i].name;

	if (strncmp(name, "extruder", 8) == 0 && l->facts.heater_power > 0)
		return l->facts.heater_power;
	return tree_double(tree_section(machine_tree(l->m), name), "power", 0);
}

void
warm_begin(struct lint *l)
{
	struct lint_warm *w = &l->warm;

	*w = (struct lint_warm){.heater = -1};
	print_time_init(&w->time, l->m);
	w->time.roughly = true;
	if (l->m->n_extruders > 0)
		w->heater = l->m->extruder[0].heater;
	for (int i = 0; i < l->m->n_heaters; i++) {
		double power = power_of(l, i);

		if (power <= 0)
			continue;
		print_time_power(&w->time, i, power);
		if (i < 64)
			w->power_known |= 1ull << i;
	}
}

void
warm_release(struct lint *l)
{
	print_time_release(&l->warm.time);
}

static bool
power_known(const struct lint *l, int heater)
{
	return heater < 64 && l->warm.power_known >> heater & 1;
}

/* H009: what the machine's own watchdog will say */
static void
check_trouble(struct lint *l, const struct plan_record *rec)
{
	struct lint_warm *w = &l->warm;

	for (int i = 0; i < l->m->n_heaters && i < 64; i++) {
		struct print_time_warmth t;

		if (!power_known(l, i) || w->trouble_said >> i & 1)
			continue;
		print_time_heater(&w->time, i, &t);
		if (!t.trouble || (i == w->heater && w->unknown))
			continue;
		w->trouble_said |= 1ull << i;
		finding_rec(l->f, RULE_HEATER_VERIFY, l->source, rec->line,
		    "verify_heater stops the machine: '%s' is at about %.0f C "
		    "on its way to %g C, %s",
		    l->m->heater[i].name, t.temperature, t.target, t.trouble);
	}
}

/* H006: all the power does not hold the temperature */
static void
check_falls(struct lint *l, const struct plan_record *rec,
    const struct print_time_warmth *t)
{
	struct lint_warm *w = &l->warm;
	double below = l->m->heater[w->heater].verify_hysteresis;

	if (t->target != w->target) {
		w->target = t->target;
		w->settled = false;
	}
	if (fabs(t->temperature - t->target) < 2)
		w->settled = true;
	if (!w->settled || w->falls_said || !power_known(l, w->heater) ||
	    !t->at_limit || t->temperature > t->target - below)
		return;
	w->falls_said = true;
	finding_rec(l->f, RULE_HEATER_POWER, l->source, rec->line,
	    "melting %.3g mm3/s with the fan at %.0f %% cools the nozzle to "
	    "%.0f C, %g C are wanted and the heater gives all it has",
	    w->flow, l->sum.fan * 100, t->temperature, t->target);
}

/* Heaters at their targets under the same load stay there: no need to look. */
static bool
is_calm(struct lint *l, double load)
{
	struct lint_warm *w = &l->warm;
	struct print_time_warmth t;

	if (fabs(load - w->load) > LOAD_SAME) {
		w->calm_s = 0;
		return false;
	}
	if (w->calm_s < CALM_S)
		return false;
	if (w->calm_known)
		return true;
	for (int i = 0; i < l->m->n_heaters; i++) {
		print_time_heater(&w->time, i, &t);
		if (t.trouble || (t.target > 0 ? fabs(t.temperature - t.target)
					       : t.temperature - ROOM) > 1.5) {
			w->calm_s = 0;
			return false;
		}
	}
	w->calm_known = true;
	return true;
}

/* something was switched */
static void
disturbed(struct lint_warm *w)
{
	w->calm_s = 0;
	w->calm_known = w->fine = false;
}

/* the clock goes on to t of the group */
static void
follow(struct lint *l, const struct plan_record *rec, double t)
{
	struct lint_warm *w = &l->warm;
	struct print_time_warmth now;
	double dt = t - w->followed, load = 0;

	if (w->heater >= 0) {
		print_time_heater(&w->time, w->heater, &now);
		w->flow = dt > 0 ? w->melted / dt : 0;
		load = w->flow * MELT_J * fmax(now.temperature - ROOM, 0);
		w->mean_load +=
		    (load - w->mean_load) * fmin(dt / LOAD_OVER_S, 1);
		load = w->mean_load;
	}
	if (is_calm(l, load)) {
		print_time_coast(&w->time, t);
		w->followed = t;
		w->melted = 0;
		return;
	}
	if (w->calm_s == 0) {
		w->load = load;
		w->calm_known = false;
	}
	w->calm_s += dt;
	if (w->heater >= 0)
		print_time_load(&w->time, w->heater, load);
	print_time_follow(&w->time, t);
	w->followed = t;
	w->melted = 0;
	w->fine = false;
	if (w->heater >= 0 && !w->unknown) {
		print_time_heater(&w->time, w->heater, &now);
		check_falls(l, rec, &now);
	}
	check_trouble(l, rec);
}

/* H002: E moves; Klipper looks at the temperature, not at the target */
static void
check_cold(struct lint *l, const struct plan_record *rec,
    const struct print_time_warmth *t)
{
	double min = l->m->heater[l->warm.heater].min_extrude_temp;

	if (t->temperature >= min - COLD_SLACK ||
	    l->f->count[RULE_COLD_EXTRUSION])
		return;
	finding_rec(l->f, RULE_COLD_EXTRUSION, l->source, rec->line,
	    "E moves with the nozzle at about %.0f C on its way to %g C; "
	    "%g C is the least (min_extrude_temp): wait with M109",
	    t->temperature, t->target, min);
}

/* H005: the first bead without a wait, and layers on the way to a target */
static void
check_behind(struct lint *l, const struct plan_record *rec,
    const struct print_time_warmth *t, double time)
{
	struct lint_warm *w = &l->warm;
	double off = fabs(t->temperature - t->target);

	if (l->unwaited) {
		l->unwaited = false;
		w->behind_s = -HUGE_VAL;
		if (!l->f->count[RULE_COLD_EXTRUSION])
			finding_rec(l->f, RULE_HEAT_WAIT, l->source, rec->line,
			    "the print begins and nobody waited for the "
			    "nozzle: it is at about %.0f C, the target is "
			    "%g C",
			    t->temperature, t->target);
	}
	if (off < BEHIND ||
	    t->target < l->m->heater[w->heater].min_extrude_temp) {
		w->behind_s = 0;
		return;
	}
	w->behind_s += time;
	if (w->behind_s < BEHIND_S)
		return;
	w->behind_s = -HUGE_VAL;
	if (w->falls_said)
		return;
	finding_rec(l->f, RULE_HEAT_WAIT, l->source, rec->line,
	    "beads of %.0f s are printed at about %.0f C while the nozzle is "
	    "on its way to %g C: a wait is missing",
	    BEHIND_S, t->temperature, t->target);
}

static void
move(struct lint *l, const struct plan_record *rec, double area)
{
	const struct plan_move *v = &rec->u.move;
	double time = v->accel_t + v->cruise_t + v->decel_t;
	double end = rec->t + time;
	struct lint_warm *w = &l->warm;
	struct print_time_warmth t;
	bool still = v->dir[0] == 0 && v->dir[1] == 0;
	double min = 0;

	print_time_add(&w->time, rec);
	w->end = end;
	w->moving = true;
	w->idle_said = false;
	if (w->heater < 0)
		return;
	min = l->m->heater[w->heater].min_extrude_temp;
	if (v->ratio_e != 0 && !w->unknown && !(w->fine && !l->unwaited)) {
		print_time_heater(&w->time, w->heater, &t);
		check_cold(l, rec, &t);
		if (v->ratio_e > 0 && !still)
			check_behind(l, rec, &t, time);
		w->fine = t.temperature >= min &&
			  fabs(t.temperature - t.target) < BEHIND;
	}
	if (v->ratio_e > 0)
		w->melted += v->ratio_e * v->distance * area;
	if (end - w->followed >= FOLLOW_S)
		follow(l, rec, end);
}

/* H007: standing still with a nozzle from which filament drips */
static void
check_idle(struct lint *l, const struct plan_record *rec)
{
	struct lint_warm *w = &l->warm;
	struct print_time_warmth t;
	double idle;
	bool other = false;

	if (w->heater < 0 || w->unknown || w->idle_said)
		return;
	print_time_heater(&w->time, w->heater, &t);
	if (t.hopeless)
		return;
	idle = w->time.clock - fmax(w->moved, t.warm_since);
	if (rec->type == PLAN_HEATER_WAIT && !l->sum.any)
		other =
		    machine_heater_index(l->m, rec->u.wait.name) != w->heater;
	if (other && idle > OOZES_S) {
		finding_rec(l->f, RULE_HOT_IDLE, l->source, rec->line,
		    "waits for '%s' while the nozzle has been hot for %.0f s, "
		    "now %.0f C: it drips; heat it last",
		    rec->u.wait.name, idle, t.temperature);
		w->idle_said = true;
	} else if (idle > l->facts.hot_idle) {
		finding_rec(l->f, RULE_HOT_IDLE, l->source, rec->line,
		    "the nozzle stands still for %.0f s, at %.0f C; more "
		    "than %g s char filament",
		    idle, t.temperature, l->facts.hot_idle);
		w->idle_said = true;
	}
}

/* H006: a target beyond what the heater can hold */
static void
check_reaches(struct lint *l, const struct plan_record *rec)
{
	int i = machine_heater_index(l->m, rec->u.heater.name);
	double most;

	if (i < 0 || !power_known(l, i) || l->warm.reach_said >> i & 1)
		return;
	most = print_time_reaches(&l->warm.time, i);
	if (rec->u.heater.target <= most)
		return;
	l->warm.reach_said |= 1ull << i;
	finding_rec(l->f, RULE_HEATER_POWER, l->source, rec->line,
	    "'%s' to %g C: with its %g W it gets to about %.0f C at most",
	    rec->u.heater.name, rec->u.heater.target, power_of(l, i), most);
}

/* M008: by the model, the wait comes to no end */
static void
check_wait(struct lint *l, const struct plan_record *rec)
{
	struct print_time_warmth t;
	int i = machine_heater_index(l->m, rec->u.wait.name);

	if (i < 0)
		return;
	if (i == l->warm.heater)
		l->warm.unknown = false;
	print_time_heater(&l->warm.time, i, &t);
	if (!t.hopeless || l->f->count[RULE_HEATER_POWER] ||
	    l->f->count[RULE_HEATER_VERIFY] || l->f->count[RULE_UNBOUNDED_WAIT])
		return;
	finding_rec(l->f, RULE_UNBOUNDED_WAIT, l->source, rec->line,
	    "the wait for '%s' comes to no end: it stays at about %.0f C, "
	    "its target is %g C",
	    rec->u.wait.name, t.temperature, t.target);
}

static void
use_extruder(struct lint *l, const char *name)
{
	for (int i = 0; i < l->m->n_extruders; i++)
		if (strcmp(l->m->extruder[i].name, name) == 0)
			l->warm.heater = l->m->extruder[i].heater;
}

/* motion ends here */
static void
rest(struct lint *l, const struct plan_record *rec)
{
	struct lint_warm *w = &l->warm;

	if (w->moving) {
		follow(l, rec, w->end);
		w->moved = w->time.clock;
		w->moving = false;
	}
}

void
warm_record(struct lint *l, const struct plan_record *rec, double area)
{
	struct lint_warm *w = &l->warm;

	if (rec->type == PLAN_MOVE) {
		move(l, rec, area);
		return;
	}
	if (rec->type == PLAN_HEATER)
		check_reaches(l, rec);
	else if (rec->type == PLAN_EXTRUDER)
		use_extruder(l, rec->u.text.s);
	else if (rec->type != PLAN_DWELL && rec->type != PLAN_BARRIER &&
		 rec->type != PLAN_HEATER_WAIT && rec->type != PLAN_HOME &&
		 rec->type != PLAN_FAN && rec->type != PLAN_SET_POSITION &&
		 rec->type != PLAN_PAUSE && rec->type != PLAN_END)
		return;
	disturbed(w);
	if (rec->type != PLAN_FAN && rec->type != PLAN_HEATER)
		rest(l, rec);
	print_time_add(&w->time, rec);
	if (rec->type == PLAN_DWELL)
		follow(l, rec, rec->t + rec->u.dwell.duration);
	else if (rec->type != PLAN_HEATER && rec->type != PLAN_FAN)
		w->followed = 0;
	if (rec->type == PLAN_HOME)
		w->moved = w->time.clock;
	if (rec->type == PLAN_HEATER_WAIT) {
		check_trouble(l, rec);
		check_wait(l, rec);
	}
	if (rec->type == PLAN_HEATER_WAIT || rec->type == PLAN_DWELL)
		check_idle(l, rec);
}

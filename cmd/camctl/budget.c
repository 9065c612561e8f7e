/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The camera lives within its means, and within less while a print runs. */
#include "printing.h"
#include "server-private.h"

enum {
	OVER_S = 2,   /* so long over the budget: step down */
	UNDER_S = 10, /* so long well under it: step up */
};

static double
use_of(double used, double limit)
{
	return limit > 0 ? used / limit : 0;
}

static void
step(struct server *s, int level)
{
	s->level = level;
	s->over = s->under = 0;
	for (int i = 0; i < s->n_sites; i++)
		camera_step_down(s->site[i].camera, level);
}

/*
 * Half the rate costs about half, so a step up waits until half of the budget
 * would do; otherwise it would go up and down for ever.
 */
void
budget_tick(struct server *s)
{
	const struct server_budget *b;
	double cpu, band, worst;

	s->printing = false;
	for (int i = 0; i < s->config.n_print_signs && !s->printing; i++)
		s->printing = printing_now(s->config.print_signs[i]);
	b = s->printing ? &s->config.printing : &s->config.budget;
	cpu = use_of(s->cpu_now, b->cpu);
	band = use_of(s->bandwidth_now, b->bandwidth);
	worst = cpu > band ? cpu : band;
	if (worst > 1) {
		s->under = 0;
		if (++s->over >= OVER_S && s->level < STEP_LEVEL_MAX)
			step(s, s->level + 1);
		return;
	}
	s->over = 0;
	if (s->level > 0 && worst < 0.45 && ++s->under >= UNDER_S)
		step(s, s->level - 1);
	else if (worst >= 0.45)
		s->under = 0;
}

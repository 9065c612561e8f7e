/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far the screws of the bed are to be turned. */
#include "machine/screws.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "machine/tree.h"

/* pitch of coarse metric threads, ISO 261, mm */
static const struct {
	const char *size;
	double pitch_mm;
} thread[] = {{"M3", 0.5}, {"M4", 0.7}, {"M5", 0.8}, {"M6", 1.0}, {"M8", 1.25}};

static void
read_thread(const struct tree_section *c, struct machine_screws *s)
{
	const char *m;

	s->thread = tree_string(c, "screw_thread", "CW-M3");
	s->ccw = strncmp(s->thread, "CCW", 3) == 0;
	s->pitch_mm = thread[0].pitch_mm;
	m = strchr(s->thread, 'M');
	for (size_t i = 0; m && i < sizeof(thread) / sizeof(*thread); i++)
		if (strcmp(m, thread[i].size) == 0)
			s->pitch_mm = thread[i].pitch_mm;
}

int
machine_screws(const struct machine *m, struct machine_screws *s)
{
	const struct tree_section *c =
	    tree_section(machine_tree(m), "screws_tilt_adjust");
	char key[24], name[MACHINE_SCREW_NAME_SIZE];

	memset(s, 0, sizeof(*s));
	if (!c)
		return 0;
	read_thread(c, s);
	while (s->n < MACHINE_SCREWS_MAX) {
		struct machine_screw *k = &s->screw[s->n];

		snprintf(key, sizeof(key), "screw%d", s->n + 1);
		if (tree_doubles(c, key, k->at, 2) != 2)
			break;
		snprintf(
		    name, sizeof(name), "screw at %g,%g", k->at[0], k->at[1]);
		snprintf(key, sizeof(key), "screw%d_name", s->n + 1);
		snprintf(
		    k->name, sizeof(k->name), "%s", tree_string(c, key, name));
		s->n++;
	}
	return s->n;
}

int
machine_screw_base(const struct machine_screws *s, const double *z,
    enum machine_screw_turn turn)
{
	/* raised are those that are lower than it */
	int sign = (turn == MACHINE_SCREW_CW) != s->ccw ? 1 : -1, base = 0;

	for (int i = 1; i < s->n && turn != MACHINE_SCREW_EITHER; i++)
		if ((z[i] - z[base]) * sign > 0)
			base = i;
	return base;
}

struct machine_screw_way
machine_screw_way(const struct machine_screws *s, double raise)
{
	long minutes = lround(fabs(raise) / s->pitch_mm * 60);

	return (struct machine_screw_way){
	    .ccw = (raise < 0 && minutes > 0) != s->ccw,
	    .turns = (int)(minutes / 60),
	    .minutes = (int)(minutes % 60),
	};
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a twisted axis does to a probe beside the nozzle. */
#include "machine/twist.h"

#include <math.h>

#include "machine/tree.h"

#define POINTS_MAX 100

static double
along(const struct tree_section *s, const char *points, const char *from,
    const char *to, double at)
{
	double z[POINTS_MAX], start = tree_double(s, from, 0);
	double end = tree_double(s, to, 0), t;
	int n = tree_doubles(s, points, z, POINTS_MAX), i;

	if (n < 2 || !(start < end))
		return n == 1 ? z[0] : 0;
	t = (at - start) / (end - start) * (n - 1);
	i = (int)fmin(fmax(floor(t), 0), n - 2);
	return z[i] + (z[i + 1] - z[i]) * (t - i);
}

double
machine_twist(const struct machine *m, double x, double y)
{
	const struct tree_section *s =
	    tree_section(machine_tree(m), "axis_twist_compensation");

	if (!s)
		return 0;
	return along(s, "z_compensations", "compensation_start_x",
		   "compensation_end_x", x) +
	       along(s, "zy_compensations", "compensation_start_y",
		   "compensation_end_y", y);
}

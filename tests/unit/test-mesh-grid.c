/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a bed is probed: rows, circles, faulty regions, around a print. */
#include <math.h>
#include <string.h>

#include "motion/mesh_grid.h"
#include "tests/unit/tap.h"

static const char *why;

static struct mesh_grid_setup
plain(void)
{
	return (struct mesh_grid_setup){
	    .low = {10, 20}, .high = {210, 200}, .count = {4, 3}};
}

static bool
is_at(const struct mesh_grid *g, int i, double x, double y)
{
	return i < g->n_probes && fabs(g->probe[i].at[0] - x) < 1e-9 &&
	       fabs(g->probe[i].at[1] - y) < 1e-9;
}

static void
test_rows(void)
{
	struct mesh_grid_setup s = plain();
	struct mesh_grid g;

	is_int(mesh_grid_make(&g, &s, NULL, 0, &why), 0, "a grid of 4 by 3");
	is_int(g.n_probes, 12, "has 12 points");
	/* 200 / 3 in whole hundredths */
	is_near(g.step[0], 66.66, 1e-12, "a whole number of hundredths apart");
	is_near(g.high[0], 209.98, 1e-9, "which moves its end");
	ok(is_at(&g, 0, 10, 20) && is_at(&g, 3, 209.98, 20) &&
		is_at(&g, 4, 209.98, 110) && is_at(&g, 7, 10, 110) &&
		is_at(&g, 8, 10, 200),
	    "rows are probed to and fro");
	ok(g.probe[4].column == 3 && g.probe[4].row == 1,
	    "each knows its place");
	mesh_grid_release(&g);
	s.high[0] = 12.5;
	is_int(mesh_grid_make(&g, &s, NULL, 0, &why), -1,
	    "less than a millimetre apart is refused");
}

static void
test_round(void)
{
	struct mesh_grid_setup s = {
	    .round = true, .radius = 75.05, .origin = {5, 0}, .count = {5, 5}};
	struct mesh_grid g;
	double far = 0;

	is_int(mesh_grid_make(&g, &s, NULL, 0, &why), 0, "a round grid");
	/* 150 / 4 = 37.5; the corners and their neighbours are outside */
	is_int(g.n_probes, 13, "of 5 across has 13 points");
	for (int i = 0; i < g.n_probes; i++)
		far = fmax(far, hypot(g.probe[i].at[0] - 5, g.probe[i].at[1]));
	is_near(far, 75, 1e-9, "none beyond the radius");
	ok(is_at(&g, 0, 5, -75) && is_at(&g, 6, 5, 0),
	    "the first is in front, the seventh in the middle");
	mesh_grid_release(&g);
	s.count[0] = 4;
	is_int(mesh_grid_make(&g, &s, NULL, 0, &why), -1,
	    "an even number across is refused");
}

static void
test_faulty(void)
{
	struct mesh_grid_setup s = plain();
	struct mesh_grid g;

	/* around the point 76.66, 110 */
	s.faulty[0] = (struct mesh_region){{70, 100}, {90, 130}};
	s.n_faulty = 1;
	is_int(mesh_grid_make(&g, &s, NULL, 0, &why), 0, "a faulty region");
	is_int(g.n_probes, 15, "a point becomes four");
	ok(is_at(&g, 6, 90, 110) && is_at(&g, 7, 76.66, 100) &&
		is_at(&g, 8, 76.66, 130) && is_at(&g, 9, 70, 110),
	    "on its edges, on the way back from right to left");
	ok(g.probe[6].column == 1 && g.probe[9].column == 1 &&
		g.probe[9].row == 1,
	    "which are all that point");
	mesh_grid_release(&g);
	s.faulty[0] = (struct mesh_region){{0, 10}, {20, 30}};
	is_int(mesh_grid_make(&g, &s, NULL, 0, &why), 0, "one over the corner");
	ok(is_at(&g, 0, 10, 30) && is_at(&g, 1, 20, 20) && g.n_probes == 13,
	    "has two substitutes in the mesh: above, then right");
	mesh_grid_release(&g);
	s.faulty[0] = (struct mesh_region){{0, 0}, {300, 300}};
	is_int(mesh_grid_make(&g, &s, NULL, 0, &why), -1,
	    "without any it is an error");
	s.faulty[1] = (struct mesh_region){{200, 200}, {300, 300}};
	s.n_faulty = 2;
	is_int(mesh_grid_make(&g, &s, NULL, 0, &why), -1,
	    "regions may not overlap");
}

/* around a rectangle that is printed all over */
static int
around(struct mesh_grid *g, const struct mesh_grid_setup *s,
    const struct mesh_region *a)
{
	double corner[4][2] = {{a->low[0], a->low[1]}, {a->high[0], a->low[1]},
	    {a->high[0], a->high[1]}, {a->low[0], a->high[1]}};
	struct hulls print = {0};
	int result;

	hulls_add(&print, corner, 4, 0);
	result = mesh_grid_make(g, s, &print, 0, &why);
	hulls_release(&print);
	return result;
}

static void
test_adaptive(void)
{
	struct mesh_grid_setup s = {
	    .low = {30, 30}, .high = {200, 200}, .count = {7, 7}};
	struct mesh_region a = {{100, 90}, {140, 190}};
	struct mesh_grid g;

	/* 7 * 40 / 170 = 1.6: three at least; 7 * 100 / 170 = 4.1 */
	is_int(around(&g, &s, &a), 0, "around a print");
	ok(g.adaptive && g.count[0] == 3 && g.count[1] == 5,
	    "40 mm by 100 of 170 keep 3 and 5 of 7 points");
	ok(is_at(&g, 0, 100, 90) && is_at(&g, g.n_probes - 1, 140, 190),
	    "from corner to corner of it");
	mesh_grid_release(&g);
	s.count[0] = s.count[1] = 12;
	a.low[1] = 10;
	around(&g, &s, &a);
	ok(g.count[0] == 4 && g.count[1] == 12,
	    "beside more than six there are four");
	is_near(g.low[1], 30, 0, "and never more than the whole mesh");
	mesh_grid_release(&g);
	a = (struct mesh_region){{300, 300}, {310, 310}};
	is_int(around(&g, &s, &a), 0, "what is not on it");
	ok(!g.adaptive && g.count[0] == 12, "leaves the whole mesh");
	mesh_grid_release(&g);
	s = (struct mesh_grid_setup){
	    .round = true, .radius = 100, .count = {9, 9}};
	a = (struct mesh_region){{-20, -20}, {40, 20}};
	around(&g, &s, &a);
	/* 9 * 60 / 200 = 2.7 and 1.8: three; half the diagonal is 36.05 */
	ok(g.adaptive && g.count[0] == 3 && fabs(g.step[0] - 36.05) < 1e-9,
	    "a round one takes the circle around it");
	mesh_grid_release(&g);
	a.high[0] = 99;
	around(&g, &s, &a);
	/* six columns by three rows, less two that the circle cuts off */
	ok(g.count[0] == 9 && g.low[0] == -100 && g.n_probes == 16,
	    "or, if that leaves the bed, the whole one with fewer points");
	mesh_grid_release(&g);
}

/* two objects in opposite corners of the mesh */
static void
test_left_out(void)
{
	struct mesh_grid_setup s = {
	    .low = {0, 0}, .high = {200, 200}, .count = {5, 5}};
	double one[][2] = {{0, 0}, {40, 0}, {0, 40}};
	double two[][2] = {{170, 160}, {200, 200}, {230, 180}};
	struct hulls print = {0};
	struct mesh_grid g;

	hulls_add(&print, one, 3, 5);
	hulls_add(&print, two, 3, 5);
	/* nothing can be probed in the middle, and nothing has to be */
	s.faulty[0] = (struct mesh_region){{60, -10}, {140, 210}};
	s.n_faulty = 1;
	is_int(mesh_grid_make(&g, &s, &print, 0, &why), 0, "two objects");
	ok(g.adaptive && g.n_probes == 8 && is_at(&g, 0, 0, 0) &&
		is_at(&g, 3, 0, 50) && is_at(&g, 4, 200, 150) &&
		is_at(&g, 7, 200, 200),
	    "are probed where they stand, and not between");
	ok(g.wanted[0] && !g.wanted[2] && !g.wanted[12] && g.wanted[24],
	    "which the grid tells");
	ok(mesh_grid_covers(&g, (double[]){20, 49}) &&
		!mesh_grid_covers(&g, (double[]){60, 40}) &&
		!mesh_grid_covers(&g, (double[]){-1, 0}),
	    "a place is covered by four points");
	mesh_grid_release(&g);
	mesh_grid_make(&g, &s, &print, 12, &why);
	/* two of which have two substitutes each */
	is_int(g.n_probes, 16, "a margin takes cells beside them");
	mesh_grid_release(&g);
	hulls_release(&print);
}

int
main(void)
{
	test_rows();
	test_round();
	test_faulty();
	test_adaptive();
	test_left_out();
	return done_testing();
}

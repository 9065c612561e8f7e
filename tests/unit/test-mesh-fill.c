/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mesh around a print: what is left out, and what is put there instead. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "motion/bed.h"
#include "motion/hull.h"
#include "motion/mesh_fill.h"
#include "motion/mesh_grid.h"
#include "tests/unit/tap.h"

#define SIDE 9

static const char *why;
static uint64_t state = 88172645463325252u;

static double
chance(double low, double high)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return low + (high - low) * (double)(state >> 11) / 9007199254740992.0;
}

/* --- islands ---------------------------------------------------------------
 */

static void
test_islands(void)
{
	double a[][2] = {
	    {0, 0}, {10, 0}, {5, 5}, {10, 10}, {0, 10}, {5, 0}, {0, 0}};
	double b[][2] = {{14, 5}, {20, 5}};
	double c[][2] = {{40, 0}};
	double d[][2] = {{24, 4}, {30, 4}, {36, 4}};
	double low[2], high[2];
	struct hulls h = {0};

	hulls_add(&h, a, 7, 5);
	ok(h.n == 1 && h.v[0].n == 4, "a square has four corners");
	hulls_add(&h, c, 1, 5);
	is_int(h.n, 2, "a point far away is an island");
	hulls_add(&h, b, 2, 5);
	ok(h.n == 2, "what comes near to an island belongs to it");
	ok(hulls_bounds(&h, low, high) && low[0] == 0 && high[0] == 40 &&
		high[1] == 10,
	    "all of them have a rectangle");
	ok(hulls_touch(&h, (double[]){12, 4}, (double[]){13, 6}) &&
		hulls_touch(&h, (double[]){39, -1}, (double[]){41, 1}) &&
		!hulls_touch(&h, (double[]){21, 0}, (double[]){39, 10}) &&
		!hulls_touch(&h, (double[]){17, 8}, (double[]){20, 10}),
	    "the outline counts, not the rectangle");
	ok(!hulls_touch(&h, (double[]){2, 10}, (double[]){8, 12}),
	    "an edge in common is nothing");
	hulls_add(&h, d, 3, 5);
	is_int(h.n, 1, "a bridge makes one of three");
	hulls_release(&h);
}

static void
test_all_inside(void)
{
	struct hulls h = {0};
	double point[900][2];
	int lost = 0;
	size_t most = 0;

	for (int i = 0; i < 900; i++) {
		double p[1][2];

		for (int k = 0; k < 2; k++)
			point[i][k] = p[0][k] = chance(0, 1000);
		hulls_add(&h, p, 1, 1);
		most = h.n > most ? h.n : most;
	}
	for (int i = 0; i < 900; i++) {
		const double *p = point[i];

		lost += !hulls_touch(&h, (double[]){p[0] - 1e-6, p[1] - 1e-6},
		    (double[]){p[0] + 1e-6, p[1] + 1e-6});
	}
	ok(lost == 0 && most > 100, "no point is lost, whatever merges");
	ok(most <= 512, "islands have a limit");
	hulls_release(&h);
}

/* --- the plate -------------------------------------------------------------
 */

static void
test_plane(void)
{
	enum mesh_point point[SIDE * SIDE] = {MESH_OUTSIDE};
	double z[SIDE * SIDE], off = 0;
	struct mesh_fill f = {SIDE, SIDE, 30, 20, z, point};

	for (int i = 0; i < SIDE * SIDE; i++) {
		int x = i % SIDE, y = i / SIDE;

		point[i] = x < 3 && y < 4 ? MESH_FELT : MESH_LEFT_OUT;
		z[i] = point[i] == MESH_FELT ? 0.03 * x - 0.02 * y : 99;
	}
	point[SIDE * SIDE - 1] = MESH_OUTSIDE;
	is_int(mesh_fill(&f, &why), 0, "a corner of a bed is felt");
	for (int i = 0; i < SIDE * SIDE - 1; i++)
		off = fmax(off,
		    fabs(z[i] - 0.03 * (i % SIDE) + 0.02 * (double)(i / SIDE)));
	ok(off < 0.005, "a tilted bed goes on as it is tilted, to %g mm", off);
	ok(z[SIDE * SIDE - 1] == 99, "what is outside is left alone");
	ok(z[2 * SIDE + 1] == 0.03 - 0.02 * 2, "what was felt stays");
	memset(point, 0, sizeof(point));
	is_int(mesh_fill(&f, &why), -1, "nothing felt is nothing known");
	point[0] = MESH_FELT;
	z[0] = 0.25;
	for (int i = 1; i < SIDE * SIDE; i++)
		point[i] = MESH_LEFT_OUT;
	mesh_fill(&f, &why);
	is_near(z[SIDE * SIDE - 1], 0.25, 1e-6, "one point makes a level bed");
}

/* --- a print on a warped bed -----------------------------------------------
 */

static struct wave {
	double height, k[2], phase;
} wave[4];

/* uneven by some tenths of a millimetre over a third of the bed */
static double
warped(double x, double y)
{
	double z = 0;

	for (int i = 0; i < 4; i++)
		z += wave[i].height *
		     sin(wave[i].k[0] * x + wave[i].k[1] * y + wave[i].phase);
	return z;
}

static void
surface(const struct mesh_grid *g, bool whole, enum mesh_algorithm algorithm,
    struct bed *bed)
{
	static double z[MESH_GRID_MAX * MESH_GRID_MAX];
	static enum mesh_point point[MESH_GRID_MAX * MESH_GRID_MAX];
	int nx = g->count[0], n = nx * g->count[1];
	struct mesh_fill f = {
	    nx, g->count[1], g->step[0], g->step[1], z, point};
	struct mesh_setup setup = {.probed = z,
	    .nx = nx,
	    .ny = g->count[1],
	    .min_x = g->low[0],
	    .max_x = g->high[0],
	    .min_y = g->low[1],
	    .max_y = g->high[1],
	    .pps_x = 2,
	    .pps_y = 2,
	    .algorithm = algorithm,
	    .tension = 0.2};

	for (int i = 0; i < n; i++) {
		point[i] = whole || g->wanted[i] ? MESH_FELT : MESH_LEFT_OUT;
		z[i] = warped(g->low[0] + i % nx * g->step[0],
		    g->low[1] + (double)(i / nx) * g->step[1]);
	}
	if (mesh_fill(&f, &why) || mesh_make(&bed->mesh, &setup, &why))
		exit(1);
}

/* how far the surfaces of all points and of those probed are apart */
static double
apart(const struct mesh_grid *g, const struct hulls *print,
    enum mesh_algorithm algorithm)
{
	struct bed all = {0}, some = {0};
	double most = 0;

	surface(g, true, algorithm, &all);
	surface(g, false, algorithm, &some);
	for (double x = 0; x <= 220; x += 1.7)
		for (double y = 0; y <= 220; y += 1.7) {
			double p[3] = {x, y, 0.2};

			if (hulls_touch(print, (double[]){x - 1, y - 1},
				(double[]){x + 1, y + 1}))
				most = fmax(most, fabs(bed_offset(&all, p) -
						       bed_offset(&some, p)));
		}
	mesh_release(&all.mesh);
	mesh_release(&some.mesh);
	return most;
}

static void
put_object(struct hulls *print)
{
	double at[12][2], x = chance(20, 200), y = chance(20, 200);

	for (int i = 0; i < 12; i++) {
		at[i][0] = x + chance(-15, 15);
		at[i][1] = y + chance(-15, 15);
	}
	hulls_add(print, at, 12, 5);
}

static void
test_beds(enum mesh_algorithm algorithm, int count, const char *name)
{
	struct mesh_grid_setup s = {
	    .low = {0, 0}, .high = {220, 220}, .count = {count, count}};
	double worst = 0, sum = 0;
	long probed = 0, whole = 0;

	for (int n = 0; n < 200; n++) {
		struct hulls print = {0};
		struct mesh_grid g;
		double d;

		for (int i = 0; i < 4; i++)
			wave[i] = (struct wave){chance(0, 0.1),
			    {chance(-0.015, 0.015), chance(-0.015, 0.015)},
			    chance(0, 6.3)};
		for (int i = 0; i < 3; i++)
			put_object(&print);
		if (mesh_grid_make(&g, &s, &print, 0, &why))
			exit(1);
		d = apart(&g, &print, algorithm);
		worst = fmax(worst, d);
		sum += d;
		probed += g.n_probes;
		whole += g.count[0] * g.count[1];
		mesh_grid_release(&g);
		hulls_release(&print);
	}
	ok(probed < whole, "%s: of %ld points %ld are probed", name, whole,
	    probed);
	ok(worst < 0.01, "%s: %g mm at most, %g usually", name, worst,
	    sum / 200);
}

int
main(void)
{
	test_islands();
	test_all_inside();
	test_plane();
	test_beds(MESH_LAGRANGE, 6, "lagrange");
	test_beds(MESH_BICUBIC, 9, "bicubic");
	return done_testing();
}

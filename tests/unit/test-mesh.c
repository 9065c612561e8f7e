/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bed's height, and moves that follow it. */
#include <math.h>
#include <string.h>

#include "machine/gcode_exec.h"
#include "machine/tree.h"
#include "machine/twist.h"
#include "motion/bed.h"
#include "motion/mesh.h"
#include "tests/unit/gcode-machine.h"
#include "tests/unit/tap.h"

static double probed[5 * 5];

static struct mesh_setup
setup(enum mesh_algorithm algorithm, double (*height)(double, double))
{
	struct mesh_setup s = {.probed = probed,
	    .nx = 5,
	    .ny = 5,
	    .min_x = 10,
	    .max_x = 190,
	    .min_y = 10,
	    .max_y = 210,
	    .pps_x = 2,
	    .pps_y = 3,
	    .algorithm = algorithm,
	    .tension = 0.2};

	for (int y = 0; y < 5; y++)
		for (int x = 0; x < 5; x++)
			probed[y * 5 + x] = height(10 + 45 * x, 10 + 50 * y);
	return s;
}

static double
plane(double x, double y)
{
	return 0.001 * x - 0.002 * y + 0.1;
}

static double
bowl(double x, double y)
{
	return 2e-5 * (x - 90) * (x - 90) + 1e-5 * (y - 120) * (y - 120);
}

static double
waves(double x, double y)
{
	return 0.15 * sin(x / 25) * cos(y / 40);
}

/* how far the points of the mesh are from what was to be found */
static double
worst(const struct mesh *m, double (*height)(double, double))
{
	double w = 0;

	for (int j = 0; j < m->ny; j++)
		for (int i = 0; i < m->nx; i++)
			w = fmax(w,
			    fabs(m->z[j * m->nx + i] -
				 height(m->x0 + i * m->dx, m->y0 + j * m->dy)));
	return w;
}

static void
test_points(void)
{
	struct mesh_setup s = setup(MESH_LAGRANGE, bowl);
	const char *why;
	struct mesh m;

	ok(mesh_make(&m, &s, &why) == 0 && m.nx == 13 && m.ny == 17,
	    "points are put between the probed ones");
	ok(worst(&m, bowl) < 1e-12, "lagrange finds a polynomial again");
	is_near(mesh_z(&m, -50, 300), m.z[16 * 13], 0, "edges are held");
	mesh_release(&m);
	s = setup(MESH_DIRECT, plane);
	ok(mesh_make(&m, &s, &why) == 0 && m.nx == 5, "direct adds none");
	is_near(mesh_z(&m, 33, 77), plane(33, 77), 1e-12,
	    "a plane is a plane between them");
	mesh_release(&m);
	s = setup(MESH_BICUBIC, waves);
	ok(mesh_make(&m, &s, &why) == 0, "a bicubic mesh");
	is_near(mesh_z(&m, 55, 110), waves(55, 110), 1e-12,
	    "goes through the probed points");
	mesh_release(&m);
	s.nx = 3;
	ok(mesh_make(&m, &s, &why) == 0, "with three points it is lagrange");
	mesh_release(&m);
	s.nx = 3;
	s.ny = 7;
	ok(mesh_make(&m, &s, &why) == -1 && why, "with seven it is refused");
}

static void
test_fade(void)
{
	struct mesh_fade f = {1, 10, 0.05};
	struct mesh_setup s = setup(MESH_BICUBIC, waves);
	const char *why;
	struct mesh m;
	double w = 0;

	mesh_make(&m, &s, &why);
	is_near(mesh_factor(&f, 0.9), 1, 0, "no fading below");
	is_near(mesh_factor(&f, 5.5), 0.5, 1e-12, "half in the middle");
	is_near(mesh_factor(&f, 10), 0, 0, "all gone above");
	for (double z = 0.2; z < 14; z += 0.3) {
		double up = z + mesh_offset(&m, &f, 60, 70, mesh_factor(&f, z));

		w = fmax(w, fabs(mesh_inverse(&m, &f, 60, 70, up) - z));
	}
	ok(w < 1e-12, "the way back leads to the same height: %.1e", w);
	mesh_release(&m);
}

/* ---- moves over a bed of waves ---- */

static struct mesh surface;
static double off_surface;
static unsigned pieces;

static void
on_record(void *ctx, const struct plan_record *rec)
{
	const struct plan_move *m = &rec->u.move;

	(void)ctx;
	if (rec->type != PLAN_MOVE || (m->dir[0] == 0 && m->dir[1] == 0))
		return;
	pieces++;
	for (int i = 0; i <= 40; i++) {
		double s = m->distance * i / 40;
		double x = m->start[0] + s * m->dir[0];
		double y = m->start[1] + s * m->dir[1];
		double z = m->start[2] + s * m->dir[2];

		off_surface =
		    fmax(off_surface, fabs(z - 0.2 - mesh_z(&surface, x, y)));
	}
}

static void
complain(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)sink;
	(void)level;
	(void)place;
	printf("# %s [%s]\n", text, slug);
}

static void
run(const char *method, const char *gcode)
{
	struct diag_sink sink = {.emit = complain};
	struct gcode_options options = {.assume_ready = true};
	struct gcode_hooks hooks = {.record = on_record};
	struct machine *machine = test_machine();
	struct buf text = BUF_INIT;
	struct gcode_exec *ex;

	buf_addf(&text,
	    "bed_mesh: { method = \"%s\"; w: { algo = \"bicubic\"; "
	    "tension = 0.2; min_x = 10.0; max_x = 190.0; min_y = 10.0; "
	    "max_y = 210.0; x_count = 5; y_count = 5; mesh_x_pps = 2; "
	    "mesh_y_pps = 3; points = (",
	    method);
	for (int i = 0; i < 25; i++)
		buf_addf(&text, "%s%.9f%s",
		    i % 5 ? ", "
		    : i	  ? ", ("
			  : "(",
		    probed[i], i % 5 == 4 ? ")" : "");
	buf_adds(&text, "); }; };\n");
	machine->rail[2].position_min = -1;
	machine->tree =
	    tree_parse(text.data, text.len, "mesh.conf", TREE_AS_GIVEN, &sink);
	ex = gcode_exec_new(machine, &options, &hooks, NULL, &sink);
	gcode_exec_file(ex, "f", false);
	pieces = 0;
	off_surface = 0;
	gcode_exec_lines(ex, gcode, strlen(gcode));
	gcode_exec_end(ex);
	is_near(gcode_exec_state(ex)->last[2], 0.2, 1e-12,
	    "%s: the G-code is where it says", method);
	gcode_exec_free(ex);
	tree_free(machine->tree);
	test_machine_free(machine);
	buf_release(&text);
}

static void
test_moves(void)
{
	static const char gcode[] = "BED_MESH_PROFILE LOAD=w\n"
				    "G1 Z0.2 F6000\nG1 X180 Y200 F6000\n"
				    "G1 X20\nG1 X25 Y15\nG1 X230 Y20\n";
	struct mesh_setup s = setup(MESH_BICUBIC, waves);
	const char *why;

	mesh_make(&surface, &s, &why);
	run("smooth", gcode);
	ok(off_surface < 0.002 && pieces > 20,
	    "smooth: %u pieces, off the surface by %.5f mm at most", pieces,
	    off_surface);
	run("split", gcode);
	ok(off_surface > 0.01 && off_surface < 0.06,
	    "split: %u pieces, off the surface by %.5f mm", pieces,
	    off_surface);
	mesh_release(&surface);
}

static void
test_twist(void)
{
	static const char text[] =
	    "axis_twist_compensation: { z_compensations = [0.1, 0.0, -0.2]; "
	    "compensation_start_x = 20.0; compensation_end_x = 220.0; "
	    "zy_compensations = [0.05, 0.25]; "
	    "compensation_start_y = 0.0; compensation_end_y = 200.0; };\n";
	struct diag_sink sink = {.emit = complain};
	struct machine *machine = test_machine();

	is_near(machine_twist(machine, 70, 50), 0, 0, "no twist is known");
	machine->tree =
	    tree_parse(text, strlen(text), "twist.conf", TREE_AS_GIVEN, &sink);
	is_near(machine_twist(machine, 70, 50), 0.05 + 0.1, 1e-12,
	    "half way between two points of X, a quarter along Y");
	is_near(machine_twist(machine, 220, 0), -0.2 + 0.05, 1e-12,
	    "at their ends");
	is_near(machine_twist(machine, 230, 0), -0.22 + 0.05, 1e-12,
	    "and straight on beyond");
	tree_free(machine->tree);
	test_machine_free(machine);
}

/* --- as motors follow it ---------------------------------------------------
 */

static void
test_bed(void)
{
	static const double z[] = {
	    0.1, -0.2, 0.3, 0, 0.4, 0.1, -0.1, 0.2, -0.3, 0.2, 0, 0.1};
	struct mesh_setup setup = {.probed = z,
	    .nx = 4,
	    .ny = 3,
	    .min_x = 10,
	    .max_x = 100,
	    .min_y = 20,
	    .max_y = 80};
	struct bed b = {.fade = {1, 9, 0.05}};
	double meet = 0, rate = 0, bend = 0, back = 0, kink = 0;
	const char *why;

	is_int(mesh_make(&b.mesh, &setup, &why), 0, "a mesh of 4 x 3");
	for (int i = 0; i < 12; i++) {
		double p[3] = {10 + 30 * (i % 4), 20 + 30 * (i / 4), 0};

		meet = fmax(meet, fabs(bed_offset(&b, p) - z[i]));
	}
	ok(meet < 1e-12, "the surface meets all points of the mesh");
	for (int i = 0; i < 4000; i++) {
		double t = i * 0.03, h = 1e-3, v[3];
		struct jet p[3], j;

		for (int k = 0; k < 3; k++) {
			double x = t + (k - 1) * h;
			double at[3] = {x, 15 + 0.6 * x, 0.08 * x};

			v[k] = bed_offset(&b, at);
		}
		p[0] = (struct jet){t, 1, 0};
		p[1] = (struct jet){15 + 0.6 * t, 0.6, 0};
		p[2] = (struct jet){0.08 * t, 0.08, 0};
		j = bed_jet(&b, p);
		/* where two cells meet the second derivative jumps, at the
		 * edge and where it fades the first: not over them */
		if (fabs(v[2] - 2 * v[1] + v[0]) < 1e-8) {
			rate = fmax(rate, fabs((v[2] - v[0]) / 2 / h - j.d));
			bend = fmax(
			    bend, fabs((v[2] - 2 * v[1] + v[0]) / h / h - j.h));
		}
		if (t > 14 && t < 99)
			kink = fmax(kink, fabs(v[2] - 2 * v[1] + v[0]) / h);
		{
			double at[3] = {t, 15 + 0.6 * t, 0.08 * t};

			at[2] += bed_offset(&b, at);
			back = fmax(back, fabs(bed_inverse(&b, at) - 0.08 * t));
		}
	}
	ok(rate < 1e-8, "its slope is the slope (%.3g)", rate);
	ok(bend < 1e-6, "its bend is the bend (%.3g)", bend);
	ok(kink < 1e-4, "across cells the slope does not jump (%.3g)", kink);
	ok(back < 1e-9, "and the way back is found (%.3g)", back);
	mesh_release(&b.mesh);
}

int
main(void)
{
	test_points();
	test_fade();
	test_twist();
	test_moves();
	test_bed();
	return done_testing();
}

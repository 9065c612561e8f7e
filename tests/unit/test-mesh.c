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
static double off_surface, off_told;
static unsigned pieces, told_rows, told;

/* The plan has the points, for the last stage. */
static void
on_mesh(const struct plan_record *rec)
{
	const struct plan_doubles *z = &rec->u.mesh_row.z;

	if (rec->type == PLAN_MESH_USE) {
		told += rec->u.mesh_use.rows == (uint32_t)surface.ny &&
			rec->u.mesh_use.columns == (uint32_t)surface.nx &&
			rec->u.mesh_use.low[0] == surface.x0 &&
			rec->u.mesh_use.low[1] == surface.y0 &&
			rec->u.mesh_use.high[0] == 190 &&
			rec->u.mesh_use.high[1] == 210;
		return;
	}
	for (uint32_t i = 0; i < z->n; i++)
		off_told = fmax(off_told,
		    fabs(
			z->v[i] -
			surface.z[(long)rec->u.mesh_row.row * surface.nx + i]));
	told_rows += z->n == (uint32_t)surface.nx;
}

static void
on_record(void *ctx, const struct plan_record *rec)
{
	const struct plan_move *m = &rec->u.move;

	(void)ctx;
	if (rec->type == PLAN_MESH_ROW || rec->type == PLAN_MESH_USE)
		on_mesh(rec);
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
	pieces = told_rows = told = 0;
	off_surface = off_told = 0;
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
	ok(pieces == 4, "smooth: no move is cut");
	ok(told == 1 && told_rows == (unsigned)surface.ny && off_told < 1e-8,
	    "the last stage is told all points");
	run("split", gcode);
	ok(told + told_rows == 0 && off_surface > 0.01 && off_surface < 0.06,
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

int
main(void)
{
	test_points();
	test_fade();
	test_twist();
	test_moves();
	return done_testing();
}

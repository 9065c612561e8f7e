/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BED_MESH_*: moves follow the bed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/gcode_private.h"
#include "machine/tree.h"

/*
 * With method = "split" a move is looked at every move_check_distance and cut
 * where its correction has changed by split_delta_z, as the incumbent does:
 * its numbers, and its facets.  With "smooth" it is cut where the straight
 * line would leave the surface by more than a step of Z is high, so that the
 * path is the surface.
 */
#define SMOOTH_MM    0.002 /* off the surface, at most */
#define SMOOTH_CHECK 0.25  /* mm between two looks */

static bool
is_split(const struct gcode_exec *ex)
{
	return strcmp(tree_string(
			  tree_section(machine_tree(ex->machine), "bed_mesh"),
			  "method", "smooth"),
		   "split") == 0;
}

/* The machine was put somewhere: where is that in the G-code? */
void
gcode_read_back(struct gcode_exec *ex)
{
	struct gcode_mesh *g = &ex->mesh;
	const double *at = planner_position(ex->planner);

	memcpy(g->last, at, sizeof(g->last));
	if (g->mesh.z)
		g->last[2] = mesh_inverse(
		    &g->mesh, &g->fade, at[0] + g->x, at[1] + g->y, at[2]);
	memcpy(ex->st.last, g->last, 3 * sizeof(double));
	if (ex->skew.on)
		gcode_skew_inverse(&ex->skew, ex->st.last);
}

static double
offset_at(const struct gcode_mesh *g, const double p[4], double factor)
{
	return mesh_offset(
	    &g->mesh, &g->fade, p[0] + g->x, p[1] + g->y, factor);
}

/* the point at part of the way, with the correction */
static void
point_at(const double from[4], const double to[4], double part, double out[4])
{
	for (int i = 0; i < 4; i++)
		out[i] = from[i] == to[i] ? to[i]
					  : (1 - part) * from[i] + part * to[i];
}

static int
go_by(struct gcode_exec *ex, const double p[4], double dz, double speed)
{
	double to[4];

	memcpy(to, p, sizeof(to));
	to[2] += dz;
	return gcode_plan_to(ex, to, speed);
}

static int
split(struct gcode_exec *ex, const double to[4], double length, double factor,
    double speed)
{
	struct gcode_mesh *g = &ex->mesh;
	double dz = offset_at(g, g->last, factor), p[4];

	for (int k = 1; k * g->check < length; k++) {
		double here;

		point_at(g->last, to, k * g->check / length, p);
		here = offset_at(g, p, factor);
		if (fabs(here - dz) < g->delta_z)
			continue;
		dz = here;
		if (go_by(ex, p, dz, speed))
			return -1;
	}
	return go_by(ex, to, offset_at(g, to, factor), speed);
}

/*
 * Pieces grow while the surface between stays within reach of the straight
 * line: at each look the middle of the piece is compared, with some room for
 * what lies beside it.
 */
static int
smooth(struct gcode_exec *ex, const double to[4], double length, double factor,
    double speed)
{
	struct gcode_mesh *g = &ex->mesh;
	double start = 0, start_dz = offset_at(g, g->last, factor);
	double was = 0, was_dz = start_dz, p[4];

	for (int k = 1; k * SMOOTH_CHECK < length; k++) {
		double at = k * SMOOTH_CHECK, dz, middle, half;

		point_at(g->last, to, at / length, p);
		dz = offset_at(g, p, factor);
		half = (start + at) / 2;
		point_at(g->last, to, half / length, p);
		middle = offset_at(g, p, factor);
		if (fabs(middle - (start_dz + dz) / 2) > SMOOTH_MM * 0.3 &&
		    was > start) {
			point_at(g->last, to, was / length, p);
			if (go_by(ex, p, was_dz, speed))
				return -1;
			start = was;
			start_dz = was_dz;
		}
		was = at;
		was_dz = dz;
	}
	return go_by(ex, to, offset_at(g, to, factor), speed);
}

int
gcode_mesh_go(struct gcode_exec *ex, const double to[4], double speed)
{
	struct gcode_mesh *g = &ex->mesh;
	double factor = mesh_factor(&g->fade, to[2] + g->zfade), d[3], length;
	int r;

	for (int i = 0; i < 3; i++)
		d[i] = to[i] - g->last[i];
	length = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
	if (factor == 0 || (fabs(d[0]) < 1e-10 && fabs(d[1]) < 1e-10))
		r = go_by(ex, to, offset_at(g, to, factor), speed);
	else if (g->split)
		r = split(ex, to, length, factor, speed);
	else
		r = smooth(ex, to, length, factor, speed);
	if (!r)
		memcpy(g->last, to, sizeof(g->last));
	return r;
}

/* all numbers of a list of lists, at most max; how many */
static int
flatten(const struct tree_value *v, double *out, int max)
{
	int n = 0;

	if (v->type == TREE_INT || v->type == TREE_DOUBLE) {
		if (max > 0)
			*out = v->type == TREE_INT ? (double)v->i : v->d;
		return 1;
	}
	for (uint32_t i = 0; v->type == TREE_LIST && i < v->list.n; i++)
		n += flatten(
		    &v->list.item[i], out + (n < max ? n : max), max - n);
	return n;
}

static int
make(struct gcode_exec *ex, const struct tree_section *s, struct mesh *mesh,
    const char **why)
{
	const struct tree_entry *e = tree_entry(s, "points");
	const char *algorithm = tree_string(s, "algo", "lagrange");
	struct mesh_setup setup = {
	    .nx = tree_int(s, "x_count", 0),
	    .ny = tree_int(s, "y_count", 0),
	    .min_x = tree_double(s, "min_x", 0),
	    .max_x = tree_double(s, "max_x", 0),
	    .min_y = tree_double(s, "min_y", 0),
	    .max_y = tree_double(s, "max_y", 0),
	    .pps_x = tree_int(s, "mesh_x_pps", 0),
	    .pps_y = tree_int(s, "mesh_y_pps", 0),
	    .algorithm = !strcmp(algorithm, "bicubic")	? MESH_BICUBIC
			 : !strcmp(algorithm, "direct") ? MESH_DIRECT
							: MESH_LAGRANGE,
	    .tension = tree_double(s, "tension", 0.2),
	};
	int n = setup.nx * setup.ny, r = -1;
	double *z;

	(void)ex;
	*why = "it does not have as many points as it says";
	if (!e || setup.nx < 1 || setup.ny < 1 || setup.nx > MESH_POINTS_MAX ||
	    setup.ny > MESH_POINTS_MAX)
		return -1;
	z = xcalloc((size_t)n + 1, sizeof(*z));
	setup.probed = z;
	if (flatten(&e->value, z, n) == n)
		r = mesh_make(mesh, &setup, why);
	free(z);
	return r;
}

static void
use(struct gcode_exec *ex, const struct mesh *mesh)
{
	const struct tree_section *s =
	    tree_section(machine_tree(ex->machine), "bed_mesh");
	struct gcode_mesh *g = &ex->mesh;

	mesh_release(&g->mesh);
	g->mesh = *mesh;
	g->fade.start = tree_double(s, "fade_start", 1);
	g->fade.end = tree_double(s, "fade_end", 0);
	g->fade.target = 0;
	if (g->fade.end > g->fade.start)
		g->fade.target =
		    tree_double(s, "fade_target", rint(mesh->mean * 100) / 100);
	g->check = tree_double(s, "move_check_distance", 5);
	g->delta_z = tree_double(s, "split_delta_z", 0.025);
	g->split = is_split(ex);
}

int
gcode_mesh_resume(struct gcode_exec *ex, double stands[3], double to[3])
{
	struct gcode_mesh *g = &ex->mesh;
	const struct tree_section *s;
	double *at[] = {stands, to};
	char full[80];
	const char *why = "stepstream --mesh writes it, printerconf set puts "
			  "it there";
	struct mesh mesh;

	if (!g->probed)
		return 0;
	snprintf(full, sizeof(full), "bed_mesh %s", g->name);
	s = tree_section(machine_tree(ex->machine), full);
	if (!s || make(ex, s, &mesh, &why))
		return gcode_fail(ex, NULL, "bad-mesh",
		    "the print follows the mesh '%s' that was probed, and the "
		    "configuration does not have it: %s",
		    g->name, why);
	use(ex, &mesh);
	for (int i = 0; i < 2; i++)
		at[i][2] += mesh_offset(&g->mesh, &g->fade, at[i][0] + g->x,
		    at[i][1] + g->y,
		    mesh_factor(&g->fade, at[i][2] + g->zfade));
	return 0;
}

int
gcode_do_mesh_profile(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct tree *tree = machine_tree(ex->machine);
	const struct tree_section *s = NULL;
	char name[64], full[80];
	const char *why;
	struct mesh mesh;

	if (!gcode_text(line, "LOAD", name)) {
		gcode_note(ex, DIAG_NOTE, NULL, "unknown-command",
		    "BED_MESH_PROFILE is passed by without 'LOAD'");
		return 0;
	}
	snprintf(full, sizeof(full), "bed_mesh %s", name);
	if (tree)
		s = tree_section(tree, full);
	if (!s)
		return gcode_fail(ex, gcode_word(line, "LOAD")->value.s,
		    "unknown-name", "there is no saved mesh '%s'", name);
	if (make(ex, s, &mesh, &why))
		return gcode_fail(ex, gcode_word(line, "LOAD")->value.s,
		    "bad-mesh", "the mesh '%s' is of no use: %s", name, why);
	gcode_mesh_forget(ex);
	use(ex, &mesh);
	snprintf(ex->mesh.name, sizeof(ex->mesh.name), "%s", name);
	gcode_read_back(ex);
	return 0;
}

int
gcode_do_mesh_clear(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	gcode_mesh_forget(ex);
	mesh_release(&ex->mesh.mesh);
	gcode_read_back(ex);
	return 0;
}

int
gcode_do_mesh_offset(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct gcode_mesh *g = &ex->mesh;

	if (gcode_number(ex, line, "X", -1e4, 1e4, &g->x) < 0 ||
	    gcode_number(ex, line, "Y", -1e4, 1e4, &g->y) < 0 ||
	    gcode_number(ex, line, "ZFADE", -1e4, 1e4, &g->zfade) < 0)
		return -1;
	if (g->mesh.z)
		gcode_read_back(ex);
	if (g->probed)
		gcode_mesh_tell_offset(ex);
	return 0;
}

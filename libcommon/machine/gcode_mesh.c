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
 * With method = "smooth" the plan has the points of the mesh, and the last
 * stage adds their surface to Z.  With "split" a move is looked at every
 * move_check_distance and cut where its correction has changed by
 * split_delta_z, as the incumbent does: its numbers, and its facets.
 */

static bool
is_split(const struct gcode_exec *ex)
{
	return strcmp(tree_string(
			  tree_section(machine_tree(ex->machine), "bed_mesh"),
			  "method", "smooth"),
		   "split") == 0;
}

double
gcode_above_bed(const struct gcode_exec *ex, const double machine[3])
{
	return gcode_on_bed(ex) ? bed_inverse(&ex->mesh.bed, machine)
				: machine[2];
}

/* The machine was put somewhere: where is that in the G-code? */
void
gcode_read_back(struct gcode_exec *ex)
{
	struct gcode_mesh *g = &ex->mesh;
	const double *at = planner_position(ex->planner);

	memcpy(g->last, at, sizeof(g->last));
	if (g->cuts)
		g->last[2] = mesh_inverse(&g->bed.mesh, &g->bed.fade,
		    at[0] + g->bed.shift[0], at[1] + g->bed.shift[1], at[2]);
	memcpy(ex->st.last, g->last, 3 * sizeof(double));
	if (ex->skew.on)
		gcode_skew_inverse(&ex->skew, ex->st.last);
}

/* --- cuts ------------------------------------------------------------------
 */

static double
offset_at(const struct gcode_mesh *g, const double p[4], double factor)
{
	return mesh_offset(&g->bed.mesh, &g->bed.fade, p[0] + g->bed.shift[0],
	    p[1] + g->bed.shift[1], factor);
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
		ex->along_part = k * g->check / length;
		if (go_by(ex, p, dz, speed))
			return -1;
	}
	ex->along_part = 1;
	return go_by(ex, to, offset_at(g, to, factor), speed);
}

int
gcode_mesh_cut(struct gcode_exec *ex, const double to[4], double speed)
{
	struct gcode_mesh *g = &ex->mesh;
	double factor = mesh_factor(&g->bed.fade, to[2] + g->bed.shift[2]),
	       d[3], length;
	int r;

	for (int i = 0; i < 3; i++)
		d[i] = to[i] - g->last[i];
	length = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
	if (factor == 0 || (fabs(d[0]) < 1e-10 && fabs(d[1]) < 1e-10))
		r = go_by(ex, to, offset_at(g, to, factor), speed);
	else
		r = split(ex, to, length, factor, speed);
	if (!r)
		memcpy(g->last, to, sizeof(g->last));
	return r;
}

/* --- what is saved ---------------------------------------------------------
 */

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
make(const struct tree_section *s, struct mesh *mesh, const char **why)
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

/* [bed_mesh NAME] with the fade of [bed_mesh]; what is loaded stays as it is.
 * 0, or -1 and why. */
static int
read_saved(const struct gcode_exec *ex, const struct tree_section *saved,
    struct bed *out, const char **why)
{
	const struct tree_section *s =
	    tree_section(machine_tree(ex->machine), "bed_mesh");
	struct mesh_fade *f = &out->fade;

	memset(out, 0, sizeof(*out));
	if (make(saved, &out->mesh, why))
		return -1;
	memcpy(out->shift, ex->mesh.bed.shift, sizeof(out->shift));
	f->start = tree_double(s, "fade_start", 1);
	f->end = tree_double(s, "fade_end", 0);
	if (f->end > f->start)
		f->target = tree_double(
		    s, "fade_target", rint(out->mesh.mean * 100) / 100);
	if (bed_ready(out, why) == 0)
		return 0;
	bed_release(out);
	return -1;
}

static void
use(struct gcode_exec *ex, const struct bed *bed, const char *name)
{
	const struct tree_section *s =
	    tree_section(machine_tree(ex->machine), "bed_mesh");
	struct gcode_mesh *g = &ex->mesh;

	bed_release(&g->bed);
	g->bed = *bed;
	g->check = tree_double(s, "move_check_distance", 5);
	g->delta_z = tree_double(s, "split_delta_z", 0.025);
	g->cuts = is_split(ex);
	if (name != g->name)
		snprintf(g->name, sizeof(g->name), "%s", name);
}

/* --- what the last stage is told -------------------------------------------
 */

static void
tell_rows(struct gcode_exec *ex)
{
	const struct mesh *m = &ex->mesh.bed.mesh;
	struct plan_record rec = gcode_record(ex, PLAN_MESH_ROW);

	rec.u.mesh_row.z.n = (uint32_t)m->nx;
	for (int j = 0; j < m->ny; j++) {
		rec.u.mesh_row.row = (uint32_t)j;
		rec.u.mesh_row.z.v = m->z + (size_t)j * (size_t)m->nx;
		gcode_post(ex, &rec, NULL);
	}
}

/* The machine stands still there, at another Z of the plan; at a barrier. */
static void
tell_use(struct gcode_exec *ex, const double machine[3])
{
	const struct bed *b = &ex->mesh.bed;
	const struct mesh *m = &b->mesh;
	struct plan_record rec = gcode_record(ex, PLAN_MESH_USE);
	double at[4];

	memcpy(at, planner_position(ex->planner), sizeof(at));
	at[2] = gcode_above_bed(ex, machine);
	rec.u.mesh_use.z = at[2];
	if (gcode_on_bed(ex)) {
		snprintf(rec.u.mesh_use.name, sizeof(rec.u.mesh_use.name), "%s",
		    ex->mesh.name);
		rec.u.mesh_use.columns = (uint32_t)m->nx;
		rec.u.mesh_use.rows = (uint32_t)m->ny;
		rec.u.mesh_use.low[0] = m->x0;
		rec.u.mesh_use.low[1] = m->y0;
		rec.u.mesh_use.high[0] = m->x0 + (m->nx - 1) * m->dx;
		rec.u.mesh_use.high[1] = m->y0 + (m->ny - 1) * m->dy;
		rec.u.mesh_use.fade[0] = b->fade.start;
		rec.u.mesh_use.fade[1] = b->fade.end;
		rec.u.mesh_use.fade[2] = b->fade.target;
		memcpy(rec.u.mesh_use.shift, b->shift,
		    sizeof(rec.u.mesh_use.shift));
	}
	gcode_post(ex, &rec, NULL);
	gcode_exclude_reset(ex);
	planner_set_position(ex->planner, at);
	memcpy(ex->seen.from, at, sizeof(at));
	gcode_reach_bed(ex);
}

/* At rest: where the machine stands. */
static void
machine_place(struct gcode_exec *ex, double at[3])
{
	gcode_barrier(ex);
	memcpy(at, planner_position(ex->planner), 3 * sizeof(*at));
	if (gcode_on_bed(ex))
		at[2] += bed_offset(&ex->mesh.bed, at);
}

void
gcode_mesh_drop(struct gcode_exec *ex)
{
	bool told = gcode_on_bed(ex);
	double at[3];

	if (!ex->mesh.bed.mesh.z)
		return;
	if (told)
		machine_place(ex, at);
	bed_release(&ex->mesh.bed);
	ex->mesh.cuts = false;
	if (told)
		tell_use(ex, at);
	gcode_read_back(ex);
}

void
gcode_mesh_guess(struct gcode_exec *ex)
{
	const struct tree *tree = machine_tree(ex->machine);
	struct gcode_mesh *g = &ex->mesh;
	const struct tree_section *s;
	char full[80];
	const char *why;

	bed_release(&g->guess);
	memset(&g->guess, 0, sizeof(g->guess));
	snprintf(full, sizeof(full), "bed_mesh %s", g->name);
	s = g->probed && tree ? tree_section(tree, full) : NULL;
	if (s && read_saved(ex, s, &g->guess, &why))
		memset(&g->guess, 0, sizeof(g->guess));
	gcode_reach_bed(ex);
}

/* --- going on after a stop ------------------------------------------------ */

int
gcode_mesh_resume(struct gcode_exec *ex, double stands[3], double to[3])
{
	struct gcode_mesh *g = &ex->mesh;
	const struct tree_section *s;
	char full[80];
	const char *why = "stepstream --mesh writes it, printerconf set puts "
			  "it there";
	struct bed bed;

	if (g->probed) {
		snprintf(full, sizeof(full), "bed_mesh %s", g->name);
		s = tree_section(machine_tree(ex->machine), full);
		if (!s || read_saved(ex, s, &bed, &why))
			return gcode_fail(ex, NULL, "bad-mesh",
			    "the print follows the mesh '%s' that was probed, "
			    "and the configuration does not have it: %s",
			    g->name, why);
		use(ex, &bed, g->name);
	} else if (!gcode_on_bed(ex)) {
		return 0; /* all of it is in the plan's Z */
	}
	stands[2] += bed_offset(&g->bed, stands);
	to[2] += bed_offset(&g->bed, to);
	return 0;
}

/* --- commands --------------------------------------------------------------
 */

/* In this plan a mesh that was probed goes by the name that it was saved by,
 * whatever the configuration has of that name; 1: done, 0: it is another. */
static int
load_felt(struct gcode_exec *ex, const char *name)
{
	struct gcode_mesh *g = &ex->mesh;

	if (g->felt.columns == 0 || (strcmp(name, g->felt.name) != 0 &&
					strcmp(name, g->felt.saved) != 0))
		return 0;
	if (!g->probed) {
		gcode_mesh_drop(ex);
		gcode_mesh_felt(ex);
	}
	return 1;
}

static int
profile_aside(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct gcode_mesh *g = &ex->mesh;
	char name[64];

	if (gcode_text(line, "SAVE", name) && g->probed) {
		memcpy(g->felt.saved, name, sizeof(name));
		return 0;
	}
	gcode_note(ex, DIAG_NOTE, NULL, "unknown-command",
	    "BED_MESH_PROFILE is passed by: there is no 'LOAD', nor 'SAVE' of "
	    "a mesh that was probed");
	return 0;
}

int
gcode_do_mesh_profile(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct tree *tree = machine_tree(ex->machine);
	const struct tree_section *s = NULL;
	char name[64], full[80];
	double machine[3];
	const char *why;
	struct bed bed;

	if (!gcode_text(line, "LOAD", name))
		return profile_aside(ex, line);
	if (load_felt(ex, name))
		return 0;
	snprintf(full, sizeof(full), "bed_mesh %s", name);
	if (tree)
		s = tree_section(tree, full);
	if (!s)
		return gcode_fail(ex, gcode_word(line, "LOAD")->value.s,
		    "unknown-name", "there is no saved mesh '%s'", name);
	if (read_saved(ex, s, &bed, &why))
		return gcode_fail(ex, gcode_word(line, "LOAD")->value.s,
		    "bad-mesh", "the mesh '%s' is of no use: %s", name, why);
	gcode_mesh_forget(ex);
	machine_place(ex, machine);
	use(ex, &bed, name);
	if (!ex->mesh.cuts) {
		tell_rows(ex);
		tell_use(ex, machine);
	}
	gcode_read_back(ex);
	return 0;
}

int
gcode_do_mesh_clear(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	gcode_mesh_forget(ex);
	gcode_mesh_drop(ex);
	return 0;
}

int
gcode_do_mesh_offset(struct gcode_exec *ex, const struct gcode_line *line)
{
	double shift[3], machine[3];
	struct gcode_mesh *g = &ex->mesh;

	memcpy(shift, g->bed.shift, sizeof(shift));
	if (gcode_number(ex, line, "X", -1e4, 1e4, &shift[0]) < 0 ||
	    gcode_number(ex, line, "Y", -1e4, 1e4, &shift[1]) < 0 ||
	    gcode_number(ex, line, "ZFADE", -1e4, 1e4, &shift[2]) < 0)
		return -1;
	if (gcode_on_bed(ex))
		machine_place(ex, machine);
	memcpy(g->bed.shift, shift, sizeof(shift));
	memcpy(g->guess.shift, shift, sizeof(shift));
	if (gcode_on_bed(ex))
		tell_use(ex, machine);
	if (g->bed.mesh.z)
		gcode_read_back(ex);
	if (g->probed)
		gcode_mesh_tell_offset(ex);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which points BED_MESH_CALIBRATE means: as configured, or around a print. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "machine/gcode_private.h"
#include "machine/print_time.h"
#include "machine/tree.h"

/* one or two numbers with a comma between, as in MESH_MIN=10,20 */
static int
read_pair(struct gcode_exec *ex, const struct gcode_line *line, const char *key,
    double out[2])
{
	char text[64], *end = text;
	double v[2];
	int n = 0;

	if (!gcode_text(line, key, text))
		return 0;
	for (char *s = text; n < 2; s = end + 1) {
		size_t len = strcspn(s, ",");

		end = s + len;
		while (len && *s == ' ')
			s++, len--;
		if (num_parse_double(s, len, &v[n]) != 0)
			break;
		n++;
		if (!*end)
			break;
	}
	if (n == 0 || *end)
		return gcode_fail(ex, gcode_word(line, key)->value.s,
		    "bad-number", "'%s' is no pair of numbers: %s", key, text);
	out[0] = v[0];
	out[1] = v[n - 1];
	return n;
}

static void
read_faulty(const struct tree_section *s, struct mesh_grid_setup *out)
{
	for (int i = 1; i <= MESH_GRID_REGIONS; i++) {
		struct mesh_region *r = &out->faulty[out->n_faulty];
		char key[40];

		snprintf(key, sizeof(key), "faulty_region_%d_min", i);
		if (tree_doubles(s, key, r->low, 2) != 2)
			continue;
		snprintf(key, sizeof(key), "faulty_region_%d_max", i);
		if (tree_doubles(s, key, r->high, 2) == 2)
			out->n_faulty++;
	}
}

static void
configured(const struct tree_section *s, struct mesh_grid_setup *out)
{
	double count[2] = {3, 3};

	memset(out, 0, sizeof(*out));
	out->radius = tree_double(s, "mesh_radius", 0);
	out->round = out->radius > 0;
	tree_doubles(s, "mesh_origin", out->origin, 2);
	tree_doubles(s, "mesh_min", out->low, 2);
	tree_doubles(s, "mesh_max", out->high, 2);
	if (tree_doubles(s, "probe_count", count, 2) == 1)
		count[1] = count[0];
	for (int i = 0; i < 2; i++)
		out->count[i] = out->round ? tree_int(s, "round_probe_count", 5)
					   : (int)count[i];
	read_faulty(s, out);
}

/* what the command itself says; 0 or -1 */
static int
commanded(struct gcode_exec *ex, const struct gcode_line *line,
    struct mesh_grid_setup *out)
{
	double count[2] = {out->count[0], out->count[1]};
	double radius = out->radius;

	if (read_pair(ex, line, "MESH_MIN", out->low) < 0 ||
	    read_pair(ex, line, "MESH_MAX", out->high) < 0 ||
	    read_pair(ex, line, "MESH_ORIGIN", out->origin) < 0 ||
	    read_pair(ex, line, "PROBE_COUNT", count) < 0 ||
	    gcode_number(ex, line, "MESH_RADIUS", 0.1, 1e4, &radius) < 0 ||
	    gcode_number(ex, line, "ROUND_PROBE_COUNT", 3, MESH_GRID_MAX,
		out->round ? &count[0] : &(double){0}) < 0)
		return -1;
	out->radius = radius;
	for (int i = 0; i < 2; i++)
		out->count[i] =
		    count[i] > 0 && count[i] < 1e6 ? (int)count[i] : 0;
	return 0;
}

/* s to probe all points of it, from where the head is */
static void
on_record(void *ctx, const struct plan_record *rec)
{
	print_time_add(ctx, rec);
}

static double
takes(const struct gcode_exec *ex, const struct gcode_line *line,
    const struct mesh_grid *g)
{
	struct gcode_hooks hooks = {.record = on_record};
	struct print_time time;
	struct gcode_exec *s = gcode_twin(ex, &hooks, &time);
	double total;

	print_time_init(&time, ex->machine);
	/* it stands where it is believed to stand */
	memcpy(time.pos, planner_position(ex->planner), sizeof(time.pos));
	for (int i = 0; i < 3; i++)
		time.placed[i] = true;
	gcode_probe_mesh(s, line, g);
	gcode_exec_end(s);
	total = print_time_total(&time);
	gcode_exec_free(s);
	print_time_release(&time);
	return total;
}

/* what leaving points out is worth */
static void
compare(struct gcode_exec *ex, const struct gcode_line *line,
    const struct mesh_grid_setup *setup, const struct mesh_grid *g)
{
	struct mesh_grid whole;
	const char *why;

	ex->probing.points += g->n_probes;
	if (!g->adaptive || mesh_grid_make(&whole, setup, NULL, 0, &why)) {
		ex->probing.whole += g->n_probes;
		return;
	}
	ex->probing.whole += whole.n_probes;
	ex->probing.saved_s += takes(ex, line, &whole) - takes(ex, line, g);
	mesh_grid_release(&whole);
}

int
gcode_mesh_grid(struct gcode_exec *ex, const struct gcode_line *line,
    struct mesh_grid *grid)
{
	const struct tree_section *s =
	    tree_section(machine_tree(ex->machine), "bed_mesh");
	double margin = tree_double(s, "adaptive_margin", 0), adaptive = 0;
	struct mesh_grid_setup setup;
	struct hulls print = {0};
	const char *why;
	int result;

	configured(s, &setup);
	if (commanded(ex, line, &setup) ||
	    gcode_number(ex, line, "ADAPTIVE", 0, 1, &adaptive) < 0 ||
	    gcode_number(ex, line, "ADAPTIVE_MARGIN", 0, 1000, &margin) < 0)
		return -1;
	if (adaptive != 0 && !gcode_print(ex, GCODE_OBJECTS, &print))
		adaptive = 0;
	result = mesh_grid_make(
	    grid, &setup, adaptive != 0 ? &print : NULL, margin, &why);
	hulls_release(&print);
	if (result)
		return gcode_fail(
		    ex, NULL, "bad-mesh", "no mesh can be probed: %s", why);
	if (ex->machine->probe.pin.name)
		compare(ex, line, &setup, grid);
	return 0;
}

static bool
is_inside(const struct mesh_region *r, const double at[2])
{
	return at[0] >= r->low[0] && at[0] <= r->high[0] &&
	       at[1] >= r->low[1] && at[1] <= r->high[1];
}

int
gcode_mesh_zero(struct gcode_exec *ex, const struct mesh_grid *g, double at[2])
{
	const struct tree_section *s =
	    tree_section(machine_tree(ex->machine), "bed_mesh");
	struct mesh_grid_setup setup;
	struct mesh_region all;

	if (tree_doubles(s, "zero_reference_position", at, 2) != 2)
		return 0;
	configured(s, &setup);
	for (int i = 0; i < 2; i++) {
		all.low[i] = g->low[i];
		all.high[i] = g->high[i];
	}
	if ((setup.round ? hypot(at[0] - (g->low[0] + g->high[0]) / 2,
			       at[1] - (g->low[1] + g->high[1]) / 2) <=
			       (g->high[0] - g->low[0]) / 2
			 : is_inside(&all, at)) &&
	    mesh_grid_covers(g, at))
		return 0;
	for (int i = 0; i < setup.n_faulty; i++)
		if (is_inside(&setup.faulty[i], at))
			return gcode_fail(ex, NULL, "bad-mesh",
			    "zero_reference_position, X %.2f Y %.2f mm, is in "
			    "a faulty region",
			    at[0], at[1]);
	return 1;
}

int
gcode_do_mesh_calibrate(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct mesh_grid g;
	int r;

	if (!tree_section(machine_tree(ex->machine), "bed_mesh")) {
		gcode_note(ex, DIAG_NOTE, NULL, "unknown-command",
		    "BED_MESH_CALIBRATE is passed by: there is no [bed_mesh]");
		return 0;
	}
	if (gcode_mesh_grid(ex, line, &g))
		return -1;
	if (!ex->machine->probe.pin.name) {
		gcode_note(ex, DIAG_NOTE, NULL, "unknown-command",
		    "BED_MESH_CALIBRATE is passed by, nothing is probed; it "
		    "means %d points, %d x %d, X %.2f..%.2f, Y %.2f..%.2f "
		    "mm%s",
		    g.n_probes, g.count[0], g.count[1], g.low[0], g.high[0],
		    g.low[1], g.high[1],
		    g.adaptive ? ", around the print" : "");
		r = 0;
	} else {
		r = gcode_probe_mesh(ex, line, &g);
	}
	mesh_grid_release(&g);
	return r;
}

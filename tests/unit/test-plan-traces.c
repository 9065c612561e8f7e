/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recorded plans: every trapezoid, with its time, point and speeds. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "io/file.h"
#include "machine/gcode_exec.h"
#include "machine/tree.h"
#include "tests/unit/gcode-machine.h"
#include "tests/unit/tap.h"

#define TRACES	 "../shared/reference/traces"
#define WITHIN_S 1e-9

static const char *const cases[] = {"01_line_from_rest", "02_corners",
    "03_polyline20", "04_zigzag_infill", "05_arcs", "06_extrude_pa",
    "07_shaper_zv", "07_shaper_mzv", "07_shaper_zvd", "07_shaper_ei",
    "07_shaper_2hump_ei", "07_shaper_3hump_ei", "08_corexy_diag",
    "08b_corexy_shaped", "09_delta", "10_bedmesh_bicubic",
    "10_bedmesh_lagrange", "11_extrude_only", "12_z_limits", "13_m220_m221",
    "14_home_x", "15_exclude_object", "16_midstream_changes", "17_sds_filter",
    "18_slow_steps", "19_mixed_path", "k1_corexz", "k2_hybrid_corexy",
    "k3_hybrid_corexz", "k4_deltesian", "k5_rotary_delta", "k6_polar",
    "k7_winch", "k8_generic_cartesian"};

struct row {
	double t, accel_t, cruise_t, decel_t;
	double start[3], dir[3];
	double start_v, cruise_v, accel;
};

struct rows {
	struct row row[2000];
	size_t n, next;
};

static struct rows want[2]; /* toolhead, extruder */
static double anchor;	    /* recorded time of the group's begin */
static bool anchored;
static double worst_t, worst_other;
static unsigned extra;

static double
number(json_t *root, const char *group, const char *key)
{
	return json_number_value(
	    json_object_get(json_object_get(root, group), key));
}

static const struct {
	const char *name;
	enum machine_kinematics kinematics;
} kinematics[] = {
    {"cartesian", MACHINE_KIN_CARTESIAN},
    {"corexy", MACHINE_KIN_COREXY},
    {"corexz", MACHINE_KIN_COREXZ},
    {"hybrid_corexy", MACHINE_KIN_HYBRID_COREXY},
    {"hybrid_corexz", MACHINE_KIN_HYBRID_COREXZ},
    {"delta", MACHINE_KIN_DELTA},
    {"deltesian", MACHINE_KIN_DELTESIAN},
    {"rotary_delta", MACHINE_KIN_ROTARY_DELTA},
    {"polar", MACHINE_KIN_POLAR},
    {"winch", MACHINE_KIN_WINCH},
    {"generic_cartesian", MACHINE_KIN_GENERIC_CARTESIAN},
};

/* the dimensions that limits follow from */
static void
load_kinematics(struct machine *m, json_t *root)
{
	static struct machine_stepper stepper[3];
	const char *name =
	    json_string_value(json_object_get(root, "kinematics"));

	for (size_t i = 0; i < sizeof(kinematics) / sizeof(*kinematics); i++)
		if (strcmp(name, kinematics[i].name) == 0)
			m->kinematics = kinematics[i].kinematics;
	m->stepper = stepper;
	m->delta_radius = number(root, "delta", "delta_radius_mm");
	m->print_radius = m->delta_radius;
	m->max_angular_velocity =
	    number(root, "limits", "max_angular_velocity_rad_s");
	m->shoulder_radius = number(root, "rotary_delta", "shoulder_radius_mm");
	m->slow_ratio = 3;
	for (int i = 0; i < 3; i++) {
		stepper[i].step_distance = 1 / 80.0;
		m->tower[i].stepper = i;
		m->tower[i].arm_length =
		    m->delta_radius > 0 ? number(root, "delta", "arm_length_mm")
					: 217;
		m->tower[i].arm_x_length = 160;
		m->tower[i].upper_arm_length = 170;
		m->tower[i].lower_arm_length = 320;
		m->rail[i].position_endstop =
		    strcmp(name, "delta") == 0
			? number(root, "delta", "endstop_z_mm")
		    : strstr(name, "delt") ? 300
					   : 0;
	}
}

static void
load_machine(struct machine *m, const char *dir)
{
	char path[300];
	json_t *root;

	snprintf(path, sizeof(path), TRACES "/%s/machine.json", dir);
	root = json_load_file(path, 0, NULL);
	if (!root)
		BUG("cannot read %s", path);
	m->max_velocity = number(root, "limits", "max_velocity_mm_s");
	m->max_accel = number(root, "limits", "max_accel_mm_s2");
	m->max_z_velocity = number(root, "limits", "max_z_velocity_mm_s");
	m->max_z_accel = number(root, "limits", "max_z_accel_mm_s2");
	if (m->max_z_velocity == 0) { /* a winch has none there */
		m->max_z_velocity = m->max_velocity;
		m->max_z_accel = m->max_accel;
	}
	m->minimum_cruise_ratio =
	    number(root, "limits", "minimum_cruise_ratio");
	m->square_corner_velocity =
	    number(root, "limits", "square_corner_velocity_mm_s");
	m->extruder->pressure_advance =
	    number(root, "extruder", "pressure_advance_s");
	if (json_object_get(root, "arcs"))
		m->arc_resolution = number(root, "arcs", "mm_per_arc_segment");
	for (int i = 0; i < 3; i++) {
		m->rail[i].position_min = -1000;
		m->rail[i].position_max = 1000;
	}
	load_kinematics(m, root);
	json_decref(root);
}

/* the mesh as a configuration has it */
static struct tree *
load_mesh(const char *dir, struct diag_sink *sink)
{
	char path[300];
	struct buf text = BUF_INIT;
	json_t *root, *mesh, *row, *z;
	struct tree *tree = NULL;
	size_t i, k;

	snprintf(path, sizeof(path), TRACES "/%s/machine.json", dir);
	root = json_load_file(path, 0, NULL);
	mesh = json_object_get(root, "bed_mesh");
	if (mesh) {
		buf_addf(&text,
		    "bed_mesh: { method = \"split\"; fade_start = 1.0;\n"
		    "fade_end = 10.0; ref: { algo = \"%s\"; tension = 0.2;\n"
		    "min_x = 10.0; max_x = 190.0; min_y = 10.0;\n"
		    "max_y = 190.0; x_count = 5; y_count = 5;\n"
		    "mesh_x_pps = 2; mesh_y_pps = 2; points = (",
		    json_string_value(json_object_get(mesh, "algorithm")));
		json_array_foreach(
		    json_object_get(mesh, "probed_z_mm_rows_by_y"), i, row)
		{
			buf_adds(&text, i ? ", (" : "(");
			json_array_foreach(row, k, z) buf_addf(&text, "%s%.4f",
			    k ? ", " : "", json_number_value(z));
			buf_adds(&text, ")");
		}
		buf_adds(&text, "); }; };\n");
		tree = tree_parse(
		    text.data, text.len, "mesh.conf", TREE_AS_GIVEN, sink);
	}
	json_decref(root);
	buf_release(&text);
	return tree;
}

static void
load_rows(const char *dir)
{
	char path[300], line[1000];
	FILE *fp;

	snprintf(path, sizeof(path), TRACES "/%s/plan.csv", dir);
	fp = fopen(path, "r");
	want[0].n = want[1].n = want[0].next = want[1].next = 0;
	while (fp && fgets(line, sizeof(line), fp)) {
		struct rows *w = &want[strncmp(line, "extruder", 8) == 0];
		struct row *r = &w->row[w->n];

		if (sscanf(strchr(line, ',') + 1,
			"%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf",
			&r->t, &r->accel_t, &r->cruise_t, &r->decel_t,
			&r->start[0], &r->start[1], &r->start[2], &r->dir[0],
			&r->dir[1], &r->dir[2], &r->start_v, &r->cruise_v,
			&r->accel) == 13)
			w->n++;
	}
	if (fp)
		fclose(fp);
	/* the homing moves themselves are the last stage's */
	if (strncmp(dir, "14", 2) == 0)
		want[0].next = want[0].n - 1;
}

static void
note(double *worst, double a, double b)
{
	double d = fabs(a - b);

	if (!(d <= *worst)) /* nan too */
		*worst = d;
}

static void
compare(struct rows *w, const struct row *got)
{
	const struct row *r = &w->row[w->next++];

	if (w->next > w->n) {
		extra++;
		return;
	}
	/* a group begins when the recording's host was ready for it */
	if (!anchored)
		anchor = r->t - got->t;
	anchored = true;
	note(&worst_t, anchor + got->t, r->t);
	note(&worst_t, got->accel_t, r->accel_t);
	note(&worst_t, got->cruise_t, r->cruise_t);
	note(&worst_t, got->decel_t, r->decel_t);
	for (int i = 0; i < 3; i++) {
		note(&worst_other, got->start[i], r->start[i]);
		note(&worst_other, got->dir[i], r->dir[i]);
	}
	note(&worst_other, got->start_v, r->start_v);
	note(&worst_other, got->cruise_v, r->cruise_v);
	note(&worst_other, got->accel, r->accel);
}

static void
on_record(void *ctx, const struct plan_record *rec)
{
	const struct plan_move *m = &rec->u.move;
	double ratio = m->ratio_e;
	struct row got = {rec->t, m->accel_t, m->cruise_t, m->decel_t,
	    {m->start[0], m->start[1], m->start[2]},
	    {m->dir[0], m->dir[1], m->dir[2]}, m->start_v, m->cruise_v,
	    m->accel};

	(void)ctx;
	if (rec->type == PLAN_BARRIER)
		anchored = false;
	if (rec->type != PLAN_MOVE)
		return;
	if (m->dir[0] != 0 || m->dir[1] != 0 || m->dir[2] != 0)
		compare(&want[0], &got);
	if (ratio == 0)
		return;
	got.start[0] = m->start_e;
	got.start[1] = got.start[2] = got.dir[2] = 0;
	got.dir[0] = 1;
	got.dir[1] = m->advance;
	got.start_v *= ratio;
	got.cruise_v *= ratio;
	got.accel *= ratio;
	compare(&want[1], &got);
}

static void
complain(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)sink;
	(void)level;
	printf("# %s:%u: %s [%s]\n", place->file, place->line, text, slug);
}

static void
run_case(const char *dir)
{
	struct diag_sink sink = {.emit = complain};
	struct gcode_options options = {.assume_ready = true};
	struct gcode_hooks hooks = {.record = on_record};
	struct machine *machine = test_machine();
	struct buf text = BUF_INIT;
	struct gcode_exec *ex;
	const char *name;
	char path[300];
	int fd;

	load_machine(machine, dir);
	machine->tree = load_mesh(dir, &sink);
	load_rows(dir);
	snprintf(path, sizeof(path), TRACES "/%s/input.gcode", dir);
	fd = file_open_input(path, &name);
	if (fd < 0 || file_read_all(fd, &text, 1 << 20))
		BUG("cannot read %s", path);
	close(fd);
	ex = gcode_exec_new(machine, &options, &hooks, NULL, &sink);
	gcode_exec_file(ex, path, false);
	worst_t = worst_other = extra = 0;
	anchored = false;
	gcode_exec_lines(ex, text.data, text.len);
	gcode_exec_end(ex);
	ok(!gcode_exec_failed(ex) && !extra && want[0].next == want[0].n &&
		want[1].next == want[1].n && worst_t < WITHIN_S &&
		worst_other < 1e-9,
	    "%s: %zu trapezoids, times within %.1e s, the rest %.1e", dir,
	    want[0].n + want[1].n, worst_t, worst_other);
	if (extra || want[0].next < want[0].n || want[1].next < want[1].n)
		printf("# toolhead %zu of %zu, extruder %zu of %zu\n",
		    want[0].next, want[0].n, want[1].next, want[1].n);
	gcode_exec_free(ex);
	buf_release(&text);
	tree_free(machine->tree);
	test_machine_free(machine);
}

int
main(void)
{
	if (access(TRACES, R_OK)) {
		ok(true, "recorded plans # SKIP no recordings here");
		return done_testing();
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run_case(cases[i]);
	return done_testing();
}

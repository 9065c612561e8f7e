/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recorded motion: every step, in its direction, at its time. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/xalloc.h"
#include "motion/steps.h"
#include "tests/unit/steps-record.h"
#include "tests/unit/tap.h"

#define TRACES	 "../shared/reference/traces"
#define FREQ	 16e6
#define WITHIN_S 0.05e-6

static const char *const cases[] = {"01_line_from_rest", "02_corners",
    "03_polyline20", "04_zigzag_infill", "05_arcs", "06_extrude_pa",
    "07_shaper_zv", "07_shaper_mzv", "07_shaper_zvd", "07_shaper_ei",
    "07_shaper_2hump_ei", "07_shaper_3hump_ei", "08_corexy_diag",
    "08b_corexy_shaped", "11_extrude_only", "12_z_limits", "13_m220_m221",
    "14_home_x", "15_exclude_object", "16_midstream_changes", "17_sds_filter",
    "18_slow_steps", "19_mixed_path", "09_delta", "k1_corexz",
    "k2_hybrid_corexy", "k3_hybrid_corexz", "k4_deltesian", "k5_rotary_delta",
    "k6_polar", "k7_winch", "k8_generic_cartesian", "k9_idex",
    "10_bedmesh_bicubic", "10_bedmesh_lagrange"};

/* the motors of a machine in the order of motion/kinematics.h */
static const struct {
	const char *name;
	enum kinematics_kind kind;
	const char *motors[4];
} machines[] = {
    {"cartesian", KINEMATICS_CARTESIAN,
	{"stepper_x", "stepper_y", "stepper_z", "dual_carriage"}},
    {"corexy", KINEMATICS_COREXY, {"stepper_x", "stepper_y", "stepper_z"}},
    {"corexz", KINEMATICS_COREXZ, {"stepper_x", "stepper_y", "stepper_z"}},
    {"hybrid_corexy", KINEMATICS_HYBRID_COREXY,
	{"stepper_x", "stepper_y", "stepper_z"}},
    {"hybrid_corexz", KINEMATICS_HYBRID_COREXZ,
	{"stepper_x", "stepper_y", "stepper_z"}},
    {"generic_cartesian", KINEMATICS_GENERIC,
	{"stepper a", "stepper b", "stepper c"}},
    {"delta", KINEMATICS_DELTA, {"stepper_a", "stepper_b", "stepper_c"}},
    {"deltesian", KINEMATICS_DELTESIAN,
	{"stepper_left", "stepper_right", "stepper_y"}},
    {"rotary_delta", KINEMATICS_ROTARY_DELTA,
	{"stepper_a", "stepper_b", "stepper_c"}},
    {"polar", KINEMATICS_POLAR, {"stepper_bed", "stepper_arm", "stepper_z"}},
    {"winch", KINEMATICS_WINCH,
	{"stepper_a", "stepper_b", "stepper_c", "stepper_d"}},
};

/* SET_PRESSURE_ADVANCE before the extruder move of this number */
static const struct {
	const char *dir;
	int move;
	double k;
} advances[] = {{"06_extrude_pa", 0, 0.05}, {"16_midstream_changes", 1, 0.04},
    {"16_midstream_changes", 3, 0.02}};

struct motor {
	const char *name;     /* in the recording */
	double step_distance; /* 0: there is none */
	struct motion_queue *queue;
	struct step_motor *motor;
	struct steps_record got;
	double *want_t;
	int8_t *want_dir;
	size_t n_want, want_commands;
	double end[4]; /* of the move fed last */
	bool moved;
};

#define MOTORS	 5
#define EXTRUDER 4

static struct motor motor[MOTORS];
static struct kinematics kinematics;
static struct motion_queue *queue[2]; /* toolhead, extruder */
static double exact_freq;
static size_t unknown; /* recorded steps of motors that are not here */
static uint64_t all_commands, all_want_commands;

static struct motor *
find(const char *name)
{
	for (int i = 0; i < MOTORS; i++) {
		if (motor[i].name && strcmp(motor[i].name, name) == 0)
			return &motor[i];
	}
	return NULL;
}

static const char *
path_of(const char *dir, const char *file)
{
	static char path[300];

	snprintf(path, sizeof(path), TRACES "/%s/%s", dir, file);
	return path;
}

static void
load_shapers(json_t *all)
{
	static const char *const axes[3] = {"x", "y", "z"};

	for (int i = 0; i < 3; i++) {
		json_t *s = json_object_get(all, axes[i]);
		const char *name =
		    json_string_value(json_object_get(s, "type"));
		struct shaper_type type;
		struct shaper shaper;
		char why[SHAPER_WHY_MAX];

		if (name == NULL)
			continue;
		if (shaper_type_parse(name, strlen(name), &type, why) < 0 ||
		    shaper_make(&type,
			json_number_value(json_object_get(s, "freq_hz")),
			json_number_value(json_object_get(s, "damping_ratio")),
			&shaper) < 0) {
			ok(false, "shaper %s", name);
			continue;
		}
		motion_queue_set_shaper(queue[0], i, &shaper);
	}
}

static double
number(json_t *of, const char *key)
{
	return json_number_value(json_object_get(of, key));
}

/* Arms, towers and anchors of a machine, by the keys of its motors. */
static void
load_kinematics(json_t *root, enum kinematics_kind kind)
{
	static const double rows[3][3] = {{1, 1, 0}, {0.5, -1, 0}, {0, 0, 1}};
	double arm[4], arm_x[4], upper[4], lower[4], angle[4], anchor[4][3];
	json_t *steppers = json_object_get(root, "steppers"), *more;

	for (int i = 0; i < 4; i++) {
		json_t *s = motor[i].name == NULL
				? NULL
				: json_object_get(steppers, motor[i].name);

		arm[i] = number(s, "arm_mm");
		arm_x[i] = number(s, "arm_x_mm");
		upper[i] = number(s, "upper_arm_mm");
		lower[i] = number(s, "lower_arm_mm");
		angle[i] = number(s,
		    kind == KINEMATICS_DELTA ? "tower_angle_deg" : "angle_deg");
		for (int k = 0; k < 3; k++)
			anchor[i][k] = json_number_value(
			    json_array_get(json_object_get(s, "anchor_mm"), k));
	}
	switch (kind) {
	case KINEMATICS_GENERIC:
		kinematics_generic(&kinematics, 3, &rows[0][0]);
		break;
	case KINEMATICS_DELTA:
		more = json_object_get(root, "delta");
		kinematics_delta(
		    &kinematics, number(more, "delta_radius_mm"), arm, angle);
		break;
	case KINEMATICS_DELTESIAN:
		kinematics_deltesian(&kinematics, arm, arm_x);
		break;
	case KINEMATICS_ROTARY_DELTA:
		more = json_object_get(root, "rotary_delta");
		kinematics_rotary_delta(&kinematics,
		    number(more, "shoulder_radius_mm"),
		    number(more, "shoulder_height_mm"), upper, lower, angle);
		break;
	case KINEMATICS_POLAR:
		kinematics_polar(&kinematics);
		break;
	case KINEMATICS_WINCH:
		kinematics_winch(&kinematics, 4, &anchor[0][0]);
		break;
	default:
		kinematics_linear(&kinematics, kind);
		break;
	}
}

static void
load_machine(const char *dir)
{
	json_t *root = json_load_file(path_of(dir, "machine.json"), 0, NULL);
	const char *kin =
	    json_string_value(json_object_get(root, "kinematics"));
	json_t *steppers = json_object_get(root, "steppers");
	int n = 0;

	exact_freq = number(json_object_get(root, "clock_hz"), "exact.csv.gz");
	while (kin != NULL && strcmp(machines[n].name, kin) != 0)
		n++;
	memset(motor, 0, sizeof(motor));
	for (int i = 0; i < MOTORS; i++) {
		json_t *s;

		motor[i].name =
		    i == EXTRUDER ? "extruder" : machines[n].motors[i];
		motor[i].queue = queue[i == EXTRUDER];
		if (motor[i].name == NULL)
			continue;
		s = json_object_get(steppers, motor[i].name);
		if (s != NULL)
			motor[i].step_distance =
			    1 / number(s, "steps_per_unit");
	}
	load_kinematics(root, machines[n].kind);
	load_shapers(json_object_get(root, "input_shaper"));
	json_decref(root);
}

static void
load_exact(const char *dir)
{
	gzFile f = gzopen(path_of(dir, "exact.csv.gz"), "rb");
	char line[120], *dirs, *clock;

	while (f != NULL && gzgets(f, line, sizeof(line)) != NULL) {
		struct motor *m;

		line[strcspn(line, ",")] = '\0';
		dirs = line + strlen(line) + 1;
		m = find(line);
		if (m == NULL) {
			unknown += strcmp(line, "stepper") != 0;
			continue;
		}
		if (m->n_want % 4096 == 0) {
			m->want_t = xreallocarray(
			    m->want_t, m->n_want + 4096, sizeof(double));
			m->want_dir = xrealloc(m->want_dir, m->n_want + 4096);
		}
		m->want_dir[m->n_want] = (int8_t)strtol(dirs, &clock, 10);
		m->want_t[m->n_want++] = strtod(clock + 1, NULL) / exact_freq;
	}
	gzclose(f);
	f = gzopen(path_of(dir, "wire.csv.gz"), "rb");
	while (f != NULL && gzgets(f, line, sizeof(line)) != NULL) {
		struct motor *m;

		line[strcspn(line, ",")] = '\0';
		m = find(line);
		if (m != NULL)
			m->want_commands++;
	}
	gzclose(f);
}

/* To the end of what the motor may still do. */
static void
finish(struct motor *m)
{
	double ahead, behind;

	motion_queue_reach(m->queue, &ahead, &behind);
	step_motor_generate(
	    m->motor, motion_queue_end(m->queue) + behind, true);
}

static void
advance(const char *dir, int move)
{
	for (size_t i = 0; i < sizeof(advances) / sizeof(advances[0]); i++) {
		if (strcmp(advances[i].dir, dir) != 0 ||
		    advances[i].move != move)
			continue;
		if (move <= 1)
			finish(&motor[EXTRUDER]);
		step_motor_set_advance(
		    motor[EXTRUDER].motor, advances[i].k, 0.040);
	}
}

/* Where the plan does not continue, the position was set anew. */
static void
anchor(int extruder, const struct motion_segment_in *in)
{
	double pos[4] = {in->start[0], in->start[1], in->start[2], in->start_e};

	for (int i = 0; i < MOTORS; i++) {
		struct motor *m = &motor[i];
		bool jump = !m->moved;

		if (m->motor == NULL || (i == EXTRUDER) != extruder)
			continue;
		for (int k = 0; k < 4; k++)
			jump |= fabs(m->end[k] - pos[k]) > 1e-6;
		if (jump) {
			finish(m);
			step_motor_set_position(m->motor, pos);
		}
		m->moved = true;
		for (int k = 0; k < 3; k++)
			m->end[k] = pos[k] + in->distance * in->dir[k];
		m->end[3] = in->start_e + in->distance * in->ratio_e;
	}
}

static bool
parse_row(const char *line, bool extruder, struct motion_segment_in *in)
{
	double v[13];
	char *p = strchr(line, ',');

	for (int i = 0; i < 13; i++) {
		if (p == NULL)
			return false;
		v[i] = strtod(p + 1, &p);
		p = strchr(p, ',');
	}
	memset(in, 0, sizeof(*in));
	in->t0 = v[0];
	in->accel_t = v[1];
	in->cruise_t = v[2];
	in->decel_t = v[3];
	in->start_v = fabs(v[10]);
	in->cruise_v = fabs(v[11]);
	in->accel = fabs(v[12]);
	in->distance =
	    (in->start_v + in->cruise_v) / 2 * in->accel_t +
	    in->cruise_v * in->cruise_t +
	    (in->cruise_v - in->accel * in->decel_t / 2) * in->decel_t;
	if (extruder) {
		in->start_e = v[4];
		in->ratio_e = v[11] < 0 ? -1 : 1;
		in->advance = v[8] != 0;
		return true;
	}
	memcpy(in->start, v + 4, sizeof(in->start));
	memcpy(in->dir, v + 7, sizeof(in->dir));
	return true;
}

/* Before moves 0, 1 and 2: the second carriage alone, mirrored, a copy. */
static void
carriages(int move)
{
	static const double scale[3][2] = {{0, 1}, {1, -1}, {1, 1}};
	double coef[4] = {0, 0, 0, 0};

	for (int i = 0; i < 2; i++) {
		struct motor *m =
		    i == 0 ? find("stepper_x") : find("dual_carriage");

		finish(m);
		coef[0] = scale[move][i];
		step_motor_set_coef(m->motor, coef);
		m->moved = false;
	}
}

/* piece: how much time is generated at once, s */
static void
run(const char *dir, double piece)
{
	FILE *f = fopen(path_of(dir, "plan.csv"), "r");
	char line[400];
	double done[2] = {0, 0}, ahead, behind;
	int moves[2] = {0, 0};

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		bool extruder = strncmp(line, "extruder", 8) == 0;
		struct motion_segment_in in;

		if (strncmp(line, "queue", 5) == 0 ||
		    !parse_row(line, extruder, &in))
			continue;
		if (!extruder && strcmp(dir, "k9_idex") == 0)
			carriages(moves[0]);
		anchor(extruder, &in);
		if (extruder)
			advance(dir, moves[1]);
		moves[extruder]++;
		motion_queue_reach(queue[extruder], &ahead, &behind);
		motion_queue_add(queue[extruder], &in);
		while (done[extruder] + piece + ahead <
		       motion_queue_end(queue[extruder])) {
			done[extruder] += piece;
			for (int i = 0; i < MOTORS; i++) {
				if (motor[i].motor != NULL &&
				    motor[i].queue == queue[extruder])
					step_motor_generate(motor[i].motor,
					    done[extruder], false);
			}
			motion_queue_expire(queue[extruder], done[extruder]);
		}
	}
	if (f != NULL)
		fclose(f);
	for (int i = 0; i < MOTORS; i++) {
		if (motor[i].motor != NULL)
			finish(&motor[i]);
	}
}

/* Two recordings are less exact: their solver stops at 1e-9 rad, or mm. */
static double
recorded_within(const char *dir, const struct motor *m)
{
	if (strcmp(dir, "k5_rotary_delta") == 0)
		return 0.2e-6;
	if (strcmp(dir, "10_bedmesh_lagrange") == 0 && m == &motor[2])
		return 0.08e-6;
	return WITHIN_S;
}

static void
compare(const char *dir, struct motor *m)
{
	double worst = 0, sum = 0, max, mean_sq;
	double within = recorded_within(dir, m);
	size_t wrong = 0, late = 0, n = m->n_want;
	const char *why;

	if (n == 0 && m->got.n == 0)
		return;
	for (size_t i = 0; i < n && i < m->got.n; i++) {
		double d = fabs(m->got.t[i] - m->want_t[i]);

		wrong += m->got.dir[i] != m->want_dir[i];
		late += d > within;
		worst = fmax(worst, d);
		sum += d * d;
	}
	printf("# %s %s: %zu steps, largest %.4f us, rms %.4f us\n", dir,
	    m->name, n, worst * 1e6, sqrt(sum / (double)n) * 1e6);
	is_int(m->got.n, n, "%s %s: every step exists", dir, m->name);
	is_int(wrong, 0, "%s %s: in the same direction", dir, m->name);
	if (strcmp(dir, "19_mixed_path") == 0 && m == &motor[EXTRUDER]) {
		/* comes to rest within 1e-9 mm of a midpoint */
		ok(late <= 5 && worst < 3e-6,
		    "%s %s: within 0.05 us but for "
		    "stops on a midpoint",
		    dir, m->name);
	} else {
		ok(late == 0, "%s %s: within %g us", dir, m->name,
		    within * 1e6);
	}
	why = steps_record_verify(&m->got, STEP_MAX_ERROR_S, &max, &mean_sq);
	ok(why == NULL, "%s %s: encoded within the bound (%s)", dir, m->name,
	    why ? why : "12.5 us, half the gap");
	printf("# %s %s: encoded largest %.3f us, rms %.3f us, "
	       "%llu commands, recorded %zu, ratio %.3f\n",
	    dir, m->name, max * 1e6, sqrt(mean_sq) * 1e6,
	    (unsigned long long)m->got.commands, m->want_commands,
	    (double)m->got.commands / (double)m->want_commands);
	all_commands += m->got.commands;
	all_want_commands += m->want_commands;
}

static void
test_case(const char *dir, double piece)
{
	size_t steps = 0;

	queue[0] = motion_queue_new();
	queue[1] = motion_queue_new();
	load_machine(dir);
	load_exact(dir);
	for (int i = 0; i < MOTORS; i++) {
		struct motor *m = &motor[i];
		struct step_motor_setup setup = {
		    .coef = {0, 0, 0, i == EXTRUDER},
		    .step_distance = m->step_distance,
		    .kinematics = i < kinematics.n_motors ? &kinematics : NULL,
		    .kinematics_motor = i};
		struct step_encoder_setup enc = {.clock_freq = FREQ,
		    .hold_s = 1e9,
		    .command = steps_record_command,
		    .exact = steps_record_exact,
		    .ctx = &m->got};

		steps_record_init(&m->got, FREQ);
		if (m->step_distance == 0)
			continue;
		m->motor = step_motor_new(m->queue, &setup, &enc);
	}
	run(dir, piece);
	for (int i = 0; i < MOTORS; i++) {
		compare(dir, &motor[i]);
		steps += motor[i].n_want;
		step_motor_free(motor[i].motor);
		steps_record_release(&motor[i].got);
		free(motor[i].want_t);
		free(motor[i].want_dir);
	}
	motion_queue_free(queue[0]);
	motion_queue_free(queue[1]);
	ok(steps > 80 && unknown == 0, "%s: all of %zu recorded steps compared",
	    dir, steps);
}

int
main(void)
{
	if (access(TRACES, R_OK) != 0) {
		tap_skip("recorded traces", "no " TRACES);
		return done_testing();
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(cases[i], 0.25);
	printf("# all: %llu commands, recorded %llu, ratio %.3f\n",
	    (unsigned long long)all_commands,
	    (unsigned long long)all_want_commands,
	    (double)all_commands / (double)all_want_commands);
	ok((double)all_commands <= 1.05 * (double)all_want_commands,
	    "no more than 1.05 x the recorded commands at half their error");
	return done_testing();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No motor of any machine is asked for more than its curve allows. */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "machine/drive.h"
#include "machine/gcode_exec.h"
#include "machine/motor.h"
#include "tests/unit/plan-path.h"
#include "tests/unit/tap.h"

#define POINTS	 80
#define SAMPLE_S 0.001
#define GRAVITY	 9.81
#define RATE	 14000. /* steps/s, where it is the board that limits */
#define PULSES	 8000.	/* or what a motor's pulses leave time for */

static uint64_t seed;

static double
uniform(double low, double high)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

/* Where each machine is sent: a box, or a ring around the middle. */
static const struct kind {
	const char *name, *file;
	enum machine_kinematics kinematics;
	double low[3], high[3];
	double radius; /* 0: all of the box */
} kinds[] = {
    {"cartesian", "rails", MACHINE_KIN_CARTESIAN, {0, 0, 0}, {230, 230, 200},
	0},
    {"corexy", "rails", MACHINE_KIN_COREXY, {0, 0, 0}, {230, 230, 200}, 0},
    {"corexz", "rails", MACHINE_KIN_COREXZ, {0, 0, 0}, {230, 230, 200}, 0},
    {"hybrid_corexy", "rails", MACHINE_KIN_HYBRID_COREXY, {0, 0, 0},
	{230, 230, 200}, 0},
    {"hybrid_corexz", "rails", MACHINE_KIN_HYBRID_COREXZ, {0, 0, 0},
	{230, 230, 200}, 0},
    {"generic_cartesian", "generic_cartesian", MACHINE_KIN_GENERIC_CARTESIAN,
	{1, 1, 1}, {230, 230, 200}, 0},
    {"idex", "idex", MACHINE_KIN_CARTESIAN, {-50, 0, 0}, {150, 230, 200}, 0},
    {"delta", "delta", MACHINE_KIN_DELTA, {-165, -165, 0}, {165, 165, 120},
	155},
    {"deltesian", "deltesian", MACHINE_KIN_DELTESIAN, {-56, 5, 1},
	{56, 195, 60}, 0},
    {"rotary_delta", "rotary_delta", MACHINE_KIN_ROTARY_DELTA, {-90, -90, 1},
	{90, 90, 60}, 90},
    {"polar", "polar", MACHINE_KIN_POLAR, {-200, -200, 1}, {200, 200, 90}, 200},
    {"winch", "winch", MACHINE_KIN_WINCH, {-300, -300, 0}, {300, 300, 200}, 0},
};

/* --- a path and its plan ------------------------------------------------- */

static void
plan(const struct machine *m, const struct buf *gcode, struct path *p)
{
	struct gcode_options options = {.assume_ready = true};
	struct gcode_hooks hooks = {.record = path_record};
	struct diag_sink quiet = {NULL, {0, 0, 0}};
	struct gcode_exec *ex;

	memset(p, 0, sizeof(*p));
	ex = gcode_exec_new(m, &options, &hooks, p, &quiet);
	gcode_exec_lines(ex, gcode->data, gcode->len);
	gcode_exec_end(ex);
	gcode_exec_free(ex);
}

/* speed, and acceleration along the way, at x into a move; how far it is */
static double
move_at(const struct plan_move *m, double x, double *v, double *a)
{
	double y = fmax(fmin(x - m->accel_t, m->cruise_t), 0);
	double z = fmax(x - m->accel_t - y, 0);
	double first = fmin(x, m->accel_t);

	*a = x < m->accel_t ? m->accel : z > 0 ? -m->accel : 0;
	*v = z > 0 ? m->cruise_v - m->accel * z : m->start_v + m->accel * first;
	return (m->start_v + m->accel * first / 2) * first + m->cruise_v * y +
	       (m->cruise_v - m->accel * z / 2) * z;
}

static struct machine *
load(const struct kind *kind, double volts)
{
	struct diag_sink quiet = {NULL, {0, 0, 0}};
	struct machine *m;
	char path[100];

	snprintf(path, sizeof(path), "tests/cases/kinematics/motors/%s.cfg",
	    kind->file);
	m = machine_load(path, &quiet);
	if (!m)
		return NULL;
	m->kinematics = kind->kinematics;
	/* as fast as motors are */
	m->max_velocity = m->max_z_velocity = 3000;
	m->max_accel = m->max_z_accel = 20000;
	m->max_x_velocity = m->max_y_velocity = HUGE_VAL;
	m->max_x_accel = m->max_y_accel = HUGE_VAL;
	m->max_angular_velocity = 0;
	for (int i = 0; i < m->n_motors; i++)
		m->motor[i].drive.voltage = volts - 1;
	return m;
}

/* --- the axes ------------------------------------------------------------- */

/* the gradient of a motor's coordinate, by differences */
static void
gradient(
    const struct kinematics *k, int motor, const double p[3], double out[3])
{
	const double h = 1e-4;
	double near = kinematics_motor(k, motor, p, 0);

	for (int i = 0; i < 3; i++) {
		double a[3] = {p[0], p[1], p[2]}, b[3] = {p[0], p[1], p[2]};

		a[i] -= h;
		b[i] += h;
		out[i] = (kinematics_motor(k, motor, b, near) -
			     kinematics_motor(k, motor, a, near)) /
			 (2 * h);
	}
}

/* what motors push so that the head feels f: the least squares of it */
static void
forces(double r[][3], int n, const double f[3], double *push)
{
	double s[3][3] = {{0}}, y[3], det = 0;

	for (int i = 0; i < 9 * n; i++)
		s[i % 9 / 3][i % 3] += r[i / 9][i % 9 / 3] * r[i / 9][i % 3];
	for (int i = 0; i < 3; i++) {
		int j = (i + 1) % 3, k = (i + 2) % 3;
		double c[3];

		for (int a = 0; a < 3; a++) {
			int b = (a + 1) % 3, d = (a + 2) % 3;

			c[a] = s[j][b] * s[k][d] - s[j][d] * s[k][b];
		}
		if (i == 0)
			det = s[0][0] * c[0] + s[0][1] * c[1] + s[0][2] * c[2];
		y[i] = (c[0] * f[0] + c[1] * f[1] + c[2] * f[2]) / det;
	}
	for (int i = 0; i < n; i++)
		push[i] = r[i][0] * y[0] + r[i][1] * y[1] + r[i][2] * y[2];
}

struct use {
	double most;   /* of the torque that a motor may give */
	double steps;  /* of the board's */
	double pulses; /* of a motor's */
};

/* one motor at q' v and q'' v^2 + q' a with so much to push */
static double
share_of(const struct machine *m, const struct machine_motor *mm, double rate,
    double accel, double push)
{
	const struct torque_axis *a = &mm->axis;
	double own = mm->own + torque_rotor_mass(&mm->motor, a);
	double omega = fabs(rate) * 2 * NUM_PI / a->rotation_distance;
	double have =
	    m->torque_share * torque_force(a, torque_at(&mm->motor, &mm->drive,
						  omega, TORQUE_LOWER));

	return (fabs(push + own * accel / 1000) + a->friction) / have;
}

static const struct machine_motor *
data_of(const struct machine *m, int stepper)
{
	for (int i = 0; i < m->n_motors; i++)
		if (m->motor[i].stepper == stepper)
			return &m->motor[i];
	return NULL;
}

/* what moves along the axes together; polar: each motor has its own */
static void
masses(const struct machine *m, double mass[3])
{
	static const double rails[3] = {.4, 1, 1.8}, tower[3] = {.3, .3, .3};
	static const double deltesian[3] = {.5, 1, .5}, none[3];
	static const double generic[3] = {.4, .4, 1.8};
	const double *from =
	    m->kinematics == MACHINE_KIN_POLAR		     ? none
	    : m->kinematics == MACHINE_KIN_DELTESIAN	     ? deltesian
	    : m->kinematics == MACHINE_KIN_GENERIC_CARTESIAN ? generic
	    : m->kinematics < MACHINE_KIN_DELTA		     ? rails
							     : tower;

	memcpy(mass, from, 3 * sizeof(*mass));
}

/* of two carriages on X */
static bool
is_second(const struct machine *m, int stepper)
{
	int second = machine_second_carriage(m, MACHINE_X);

	return second >= 0 && m->carriage[second].rail.n_steppers > 0 &&
	       m->carriage[second].rail.stepper[0] == stepper;
}

static void
look(const struct machine *m, const struct machine_drive *d,
    const struct plan_move *b, double s, double v, double a, struct use *use)
{
	double row[KINEMATICS_MOTORS][3], push[KINEMATICS_MOTORS] = {0};
	double p[3], f[3], mass[3], steps = 0;
	const struct kinematics *k = &d->kinematics;
	bool towers = m->kinematics >= MACHINE_KIN_DELTA &&
		      m->kinematics <= MACHINE_KIN_WINCH;

	masses(m, mass);
	for (int i = 0; i < 3; i++) {
		p[i] = b->start[i] + s * b->dir[i];
		f[i] = mass[i] * b->dir[i] * a / 1000;
	}
	if (towers)
		f[2] += mass[2] * GRAVITY;
	for (int i = 0; i < k->n_motors; i++)
		gradient(k, i, p, row[i]);
	if (mass[0] > 0)
		forces(row, k->n_motors, f, push);
	for (int i = 0; i < m->n_steppers; i++) {
		const struct machine_motor *mm = data_of(m, i);
		int motor = machine_drive_motor(d, i);
		bool second = motor < 0 && is_second(m, i);
		double q1, q2, q0[3], at[3][3], h = 1e-3, load, used, rate, *g;

		if (second) /* alone, it has what the first has alone */
			motor = 0;
		if (motor < 0)
			continue;
		g = row[motor];
		q1 = g[0] * b->dir[0] + g[1] * b->dir[1] + g[2] * b->dir[2];
		for (int j = 0; j < 3; j++) {
			for (int c = 0; c < 3; c++)
				at[j][c] = p[c] + (j - 1) * h * b->dir[c];
			q0[j] =
			    kinematics_motor(k, motor, at[j], j ? q0[0] : 0);
		}
		q2 = (q0[0] + q0[2] - 2 * q0[1]) / (h * h);
		rate = fabs(q1 * v) / m->stepper[i].step_distance;
		use->pulses = fmax(use->pulses, rate / PULSES);
		steps += rate;
		load = push[motor];
		if (m->kinematics == MACHINE_KIN_POLAR && motor > 0)
			load = mm->axis.mass * (q1 * a + q2 * v * v) / 1000;
		used = share_of(m, mm, q1 * v, q1 * a + q2 * v * v, load);
		use->most = fmax(use->most, used);
	}
	use->steps = fmax(use->steps, steps / RATE);
}

static double
run(const struct kind *kind, const struct buf *gcode, double volts, double rate,
    struct use *use)
{
	struct machine *m = load(kind, volts);
	struct machine_drive d;
	struct path p;
	double end;
	int at = 0;

	memset(use, 0, sizeof(*use));
	if (!m)
		return 0;
	m->mcu[0].max_step_rate = rate;
	for (int i = 0; i < m->n_steppers && rate > 0; i++)
		m->stepper[i].step_pulse_duration = 0.5 / PULSES;
	machine_drive_init(&d, m);
	plan(m, gcode, &p);
	for (double t = 0; p.n && t < p.end; t += SAMPLE_S) {
		double v, a, s;

		while (at + 1 < p.n && t >= p.t0[at + 1])
			at++;
		s = move_at(&p.move[at], t - p.t0[at], &v, &a);
		look(m, &d, &p.move[at], s, v, a, use);
	}
	end = p.end;
	path_free(&p);
	machine_free(m);
	return end;
}

/* Long ways and short ones, all directions, as fast as it goes and slower. */
static void
draw(const struct kind *kind, struct buf *b)
{
	double p[3] = {0, 0, 0}, q[3] = {0, 0, 0};

	for (int i = 0; i < POINTS; i++) {
		double reach = i % 2 && i > 1 ? 6 : HUGE_VAL;

		do
			for (int a = 0; a < 3; a++) {
				double low = fmax(kind->low[a], p[a] - reach);
				double high = fmin(kind->high[a], p[a] + reach);

				q[a] = p[a];
				if (a < 2 || i % 8 == 0)
					q[a] = uniform(low, high);
			}
		while (kind->radius > 0 && hypot(q[0], q[1]) > kind->radius);
		memcpy(p, q, sizeof(p));
		buf_addf(b,
		    i == 0 ? "SET_KINEMATIC_POSITION X=%.3f Y=%.3f Z=%.3f ;%g\n"
			   : "G1 X%.3f Y%.3f Z%.3f F%.0f\n",
		    p[0], p[1], p[2], i % 3 ? 180000 : exp(uniform(7, 11)));
	}
}

static void
test_kind(const struct kind *kind)
{
	struct buf gcode = BUF_INIT;
	struct use low, high, slow;
	double t24, t48, t_slow;

	draw(kind, &gcode);
	t24 = run(kind, &gcode, 24, 0, &low);
	t48 = run(kind, &gcode, 48, 0, &high);
	t_slow = run(kind, &gcode, 48, RATE, &slow);
	ok(low.most <= 1.001 && high.most <= 1.001 && high.most > .6,
	    "%s: no motor gives more than it may (%.3f, %.3f)", kind->name,
	    low.most, high.most);
	ok(t48 > 0 && t48 < .97 * t24, "%s: 24 V take %.2f s, 48 V %.2f s",
	    kind->name, t24, t48);
	ok(slow.steps <= 1 + 1e-6 && slow.pulses <= 1 + 1e-6 &&
		fmax(slow.pulses, slow.steps) > .5 && t_slow > t48,
	    "%s: nor have board or motor more steps than they can (%.3f, %.3f)",
	    kind->name, slow.steps, slow.pulses);
	buf_release(&gcode);
}

/* --- filament --------------------------------------------------------------
 */

#define DT     2e-5
#define WINDOW 1000 /* of DT: H */
#define PUSHES 400

/* lines of changing flow, travel, retractions, wipes */
static void
draw_filament(struct buf *b)
{
	double x = 100, y = 100;

	buf_addf(b, "SET_KINEMATIC_POSITION X=100 Y=100 Z=1\nM83\n");
	for (int i = 0; i < PUSHES; i++) {
		double d = exp(uniform(0, 4)), turn = uniform(0, 6.3);
		double nx = fmin(fmax(x + d * cos(turn), 0), 230);
		double ny = fmin(fmax(y + d * sin(turn), 0), 230);
		double e = uniform(0, .25) * hypot(nx - x, ny - y);

		if (uniform(0, 1) < .1)
			buf_addf(b,
			    "G1 E-2 F12000\nG1 X%.3f Y%.3f F30000\n"
			    "G1 E2 F12000\n",
			    x = nx, y = ny);
		else
			buf_addf(b, "G1 X%.3f Y%.3f E%.5f F%.0f\n", x = nx,
			    y = ny, i % 9 ? e : -.2 * e, uniform(600, 30000));
	}
}

/* e + K e' and its integral at multiples of DT, from H before to H after */
struct pushed {
	double *f, *sum;
	int n;
};

static void
push(const struct path *p, double k, struct pushed *out)
{
	double e = p->move[0].start_e, kept = 0, sum = 0, pushed = 0;
	int at = 0;

	out->n = (int)(p->end / DT) + 2 * WINDOW + 2;
	out->f = xcalloc(out->n, sizeof(double));
	out->sum = xcalloc(out->n, sizeof(double));
	for (int i = 0; i < out->n; i++) {
		double t = (i - WINDOW) * DT, v = 0, a, s = 0;
		const struct plan_move *m = &p->move[at];

		while (at + 1 < p->n && t >= p->t0[at + 1]) {
			kept += m->advance ? m->ratio_e * m->distance : 0;
			m = &p->move[++at];
		}
		if (t >= 0 && t < p->end)
			s = move_at(m, t - p->t0[at], &v, &a);
		else if (t >= 0)
			s = m->distance;
		e = m->start_e + m->ratio_e * s;
		pushed = m->advance ? m->ratio_e * s : 0;
		out->f[i] = e + (m->advance ? k * m->ratio_e * v : 0);
		out->sum[i] = sum + k * (kept + pushed);
		sum += e * DT;
	}
}

/* the part of its torque that the extruder's motor gives at most */
static double
worst_push(const struct machine *m, const struct path *p, double k)
{
	const struct machine_motor *mm = data_of(m, m->extruder[0].stepper);
	double h = WINDOW * DT, most = 0;
	struct pushed f;

	push(p, k, &f);
	for (int i = WINDOW; i + WINDOW < f.n; i += 7) {
		double v =
		    (f.sum[i + WINDOW] + f.sum[i - WINDOW] - 2 * f.sum[i]) /
		    (h * h);
		double a =
		    (f.f[i + WINDOW] + f.f[i - WINDOW] - 2 * f.f[i]) / (h * h);

		most = fmax(most, share_of(m, mm, v, a, 0));
	}
	free(f.f);
	free(f.sum);
	return most;
}

static double
run_filament(const struct buf *gcode, double volts, double k, double *most)
{
	struct machine *m = load(&kinds[0], volts);
	struct path p;
	double end;

	*most = 0;
	if (!m)
		return 0;
	for (int i = 0; i < m->n_motors; i++)
		if (!m->motor[i].pushes)
			m->motor[i].has_motor = false;
	m->extruder[0].pressure_advance = k;
	m->extruder[0].pressure_advance_smooth_time = 2 * WINDOW * DT;
	m->extruder[0].max_extrude_ratio = 1;
	m->extruder[0].max_extrude_only_velocity = 200;
	m->extruder[0].max_extrude_only_accel = 5000;
	plan(m, gcode, &p);
	end = p.end;
	if (k > 0) {
		*most = worst_push(m, &p, k);
	} else {
		for (int i = 0; i < p.n; i++) {
			const struct plan_move *b = &p.move[i];
			double r = fabs(b->ratio_e);

			*most = fmax(*most,
			    share_of(m, data_of(m, m->extruder[0].stepper),
				r * b->cruise_v, r * b->accel, 0));
		}
	}
	path_free(&p);
	machine_free(m);
	return end;
}

static void
test_filament(double k)
{
	struct buf gcode = BUF_INIT;
	double low, high, t24, t48;

	seed = 99;
	draw_filament(&gcode);
	t24 = run_filament(&gcode, 24, k, &low);
	t48 = run_filament(&gcode, 48, k, &high);
	ok(low <= 1.002 && high <= 1.002 && low > .25,
	    "the extruder's motor gives no more than it may, K %g (%.3f, %.3f)",
	    k, low, high);
	ok(t48 > 0 && t48 < .99 * t24, "and on 48 V it is %.2f s, not %.2f",
	    t48, t24);
	buf_release(&gcode);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		seed = 4711 + i;
		test_kind(&kinds[i]);
	}
	test_filament(0);
	test_filament(.02);
	test_filament(.05);
	test_filament(.3);
	return done_testing();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heaters against a block of metal: they settle, and faults are noticed. */
#include "machine/heater.h"
#include "tests/unit/tap.h"

#define REPORT_S 0.3
#define AMBIENT	 25.0

/* Two lumps (hardware.md 8.4): a block that is heated and loses heat to the
 * air, and a sensor that follows it. */
struct model {
	double block, sensor, watts, k;
	double t;
};

static struct machine_heater
hotend(enum machine_control control)
{
	return (struct machine_heater){
	    .name = (char[]){"extruder"},
	    .control = control,
	    .pid_kp = 21.527,
	    .pid_ki = 1.063,
	    .pid_kd = 108.982,
	    .max_delta = 2,
	    .max_power = 1,
	    .smooth_time = 1,
	    .verify_max_error = 120,
	    .verify_check_gain_time = 20,
	    .verify_hysteresis = 5,
	    .verify_heating_gain = 2,
	};
}

static void
run_model(struct model *m, double power)
{
	for (int i = 0; i < 30; i++) {
		double dt = REPORT_S / 30;

		m->block += (m->watts * power - m->k * (m->block - AMBIENT)) *
			    dt / 16.7;
		m->sensor += (m->block - m->sensor) * 0.22 * dt;
	}
	m->t += REPORT_S;
}

/* Runs for so long; the time of the complaint, or -1. */
static double
run_heater(struct heater *h, struct model *m, double seconds)
{
	double end = m->t + seconds, next = m->t;
	const char *why = NULL;

	while (m->t < end) {
		run_model(m, heater_reading(h, m->t, m->sensor));
		if (m->t < next)
			continue;
		next += 1;
		if (!heater_verify(h, m->t, &why))
			return m->t;
	}
	return -1;
}

static void
test_pid(void)
{
	struct machine_heater c = hotend(MACHINE_PID);
	struct model m = {AMBIENT, AMBIENT, 40, 0.068, 0};
	struct heater h;
	double took = 0, most = 0, least = 1e9;

	heater_init(&h, &c);
	ok(!heater_busy(&h), "without a target nobody waits");
	heater_set_target(&h, 200);
	ok(heater_busy(&h), "with one somebody does");
	while (heater_busy(&h) && took < 600) {
		if (run_heater(&h, &m, REPORT_S) >= 0)
			break;
		took += REPORT_S;
	}
	ok(took > 60 && took < 240, "200 C are reached after %.0f s", took);
	is_near(h.smoothed, 200, 1.0, "within a degree");
	run_heater(&h, &m, 120);
	for (int i = 0; i < 400; i++) {
		run_heater(&h, &m, REPORT_S);
		most = fmax(most, h.smoothed);
		least = fmin(least, h.smoothed);
	}
	ok(most - least < 0.5, "and kept: %.2f to %.2f", least, most);
	heater_set_target(&h, 0);
	is_near(heater_reading(&h, m.t, m.sensor), 0, 0,
	    "target 0 is no power at once");
}

/* By hand: one reading after another, the numbers of the formula. */
static void
test_formula(void)
{
	struct machine_heater c = hotend(MACHINE_PID);
	struct heater h;
	double kp = 21.527 / 255, ki = 1.063 / 255, kd = 108.982 / 255;
	double power;

	heater_init(&h, &c);
	heater_set_target(&h, 200);
	heater_reading(&h, 10, 199);
	h.integral = 100;
	h.slope = 0;
	power = heater_reading(&h, 10.3, 199.1);
	/* dt 0.3 < smooth_time: slope (0 * 0.7 + 0.1) / 1 */
	is_near(power, kp * 0.9 + ki * (100 + 0.9 * 0.3) - kd * 0.1, 1e-12,
	    "P e + I int - D slope");
	is_near(h.integral, 100.27, 1e-12, "the integral went on");
	power = heater_reading(&h, 10.6, 150);
	is_near(power, 1, 0, "far below it is full power");
	is_near(h.integral, 100.27, 1e-12, "and the integral stands still");
}

static void
test_watermark(void)
{
	struct machine_heater c = hotend(MACHINE_WATERMARK);
	struct model m = {AMBIENT, AMBIENT, 40, 0.068, 0};
	struct heater h;

	heater_init(&h, &c);
	heater_set_target(&h, 100);
	is_near(run_heater(&h, &m, 600), -1, 0, "a watermark heater is fine");
	is_near(h.smoothed, 100, 12, "around its target");
	heater_reading(&h, m.t, 102.5);
	is_near(heater_reading(&h, m.t + 1, 99), 0, 0,
	    "off stays off down to the lower mark");
	is_near(heater_reading(&h, m.t + 2, 97.9), 1, 0, "then it is on");
	is_near(heater_reading(&h, m.t + 3, 101.9), 1, 0,
	    "and stays so up to the upper one");
}

static void
test_faults(void)
{
	struct machine_heater c = hotend(MACHINE_PID);
	struct model m = {AMBIENT, AMBIENT, 0, 0.068, 0};
	struct heater h;
	double at;

	heater_init(&h, &c);
	heater_set_target(&h, 200);
	at = run_heater(&h, &m, 600);
	ok(at > 20 && at < 60, "a heater without power: noticed at %.0f s", at);

	m = (struct model){AMBIENT, AMBIENT, 40, 0.068, 0};
	heater_init(&h, &c);
	heater_set_target(&h, 200);
	is_near(run_heater(&h, &m, 300), -1, 0, "a good one is let go on");
	m.watts = 0; /* the wire comes off */
	at = run_heater(&h, &m, 600) - 300;
	ok(at > 5 && at < 90, "a wire that comes off: noticed after %.0f s",
	    at);

	m = (struct model){AMBIENT, AMBIENT, 40, 0.068, 0};
	heater_init(&h, &c);
	heater_set_target(&h, 200);
	run_heater(&h, &m, 300);
	heater_set_target(&h, 150);
	is_near(run_heater(&h, &m, 600), -1, 0,
	    "cooling down to a lower target is no fault");
}

int
main(void)
{
	test_formula();
	test_pid();
	test_watermark();
	test_faults();
	return done_testing();
}

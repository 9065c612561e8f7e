/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks: torque against speed, steps, figures of motors. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "machine/hardware.h"
#include "machine/homing_load.h"
#include "motion/shaper_def.h"

/* plan with half of the lower bound; nine tenths of the upper is too much */
#define SHARE_WARN  0.5
#define SHARE_ERROR 0.9
/* how much a shaper may round a corner */
#define SMOOTHING_MM 0.12

static const struct tree_section *
section_of(const struct hardware *c, const char *kind, const char *name)
{
	char full[300];

	if (kind)
		snprintf(full, sizeof(full), "%s %s", kind, name);
	else
		snprintf(full, sizeof(full), "%s", name);
	return tree_section(c->t, full);
}

/* Both motors of a belt that crosses the axes carry the head: half of it
 * each, and all of its diagonal. */
static bool
crosses(const struct machine *m, int rail)
{
	switch (m->kinematics) {
	case MACHINE_KIN_COREXY:
		return rail != MACHINE_Z;
	case MACHINE_KIN_COREXZ:
		return rail != MACHINE_Y;
	case MACHINE_KIN_HYBRID_COREXY:
	case MACHINE_KIN_HYBRID_COREXZ:
		return rail == MACHINE_X;
	default:
		return false;
	}
}

static bool
extruder_load(const struct machine *m, int stepper, struct motor_load *load)
{
	for (int i = 0; i < m->n_extruders; i++) {
		if (m->extruder[i].stepper != stepper)
			continue;
		load->speed = m->extruder[i].max_extrude_only_velocity;
		load->accel = m->extruder[i].max_extrude_only_accel;
		load->speed_key = "max_extrude_only_velocity";
		load->accel_key = "max_extrude_only_accel";
		return true;
	}
	return false;
}

bool
motor_load(const struct machine *m, const struct machine_motor *mm,
    struct motor_load *load)
{
	int rail = machine_rail_index(m, mm->stepper);
	int share = rail >= 0 ? m->rail[rail].n_steppers : 1;

	load->axis = mm->axis;
	load->per_axis = 1;
	if (rail < 0)
		return extruder_load(m, mm->stepper, load);
	load->speed = rail == MACHINE_Z	  ? m->max_z_velocity
		      : rail == MACHINE_Y ? m->max_y_velocity
					  : m->max_x_velocity;
	load->accel = rail == MACHINE_Z	  ? m->max_z_accel
		      : rail == MACHINE_Y ? m->max_y_accel
					  : m->max_x_accel;
	load->speed_key = rail == MACHINE_Z ? "max_z_velocity" : "max_velocity";
	load->accel_key = rail == MACHINE_Z ? "max_z_accel" : "max_accel";
	if (load->speed > m->max_velocity)
		load->speed = m->max_velocity;
	if (load->accel > m->max_accel)
		load->accel = m->max_accel;
	load->axis.mass /= share;
	if (m->kinematics >= MACHINE_KIN_DELTA &&
	    m->kinematics != MACHINE_KIN_GENERIC_CARTESIAN)
		return false; /* the motor's speed is not the head's */
	if (crosses(m, rail)) {
		load->per_axis = sqrt(2);
		load->axis.mass /= 2;
		load->speed *= load->per_axis;
		load->accel *= load->per_axis;
	}
	return true;
}

static void
check_speed(struct hardware *c, const struct machine_motor *mm,
    const struct motor_load *load)
{
	const struct tree_section *s = tree_section(
	    c->t, *load->speed_key == 'm' && strstr(load->speed_key, "extrude")
		      ? mm->name
		      : "printer");
	double turn = mm->axis.rotation_distance / (2 * NUM_PI);
	double low =
	    turn * torque_speed(&mm->motor, &mm->drive, .5, TORQUE_LOWER);
	double high =
	    turn * torque_speed(&mm->motor, &mm->drive, .5, TORQUE_UPPER);
	enum diag_level level = load->speed > high ? DIAG_ERROR : DIAG_WARNING;

	if (load->speed <= low)
		return;
	hardware_finding(c, level, s, load->speed_key, "hw-speed",
	    "'%s' takes %s to %.0f mm/s; on %g V it has half of its torque up "
	    "to %.0f mm/s (at best %.0f)",
	    load->speed_key, mm->name, load->speed, mm->voltage, low, high);
}

static void
check_accel(struct hardware *c, const struct machine_motor *mm,
    const struct motor_load *load)
{
	double warn = torque_acceleration(&mm->motor, &mm->drive, &load->axis,
	    load->speed, SHARE_WARN, TORQUE_LOWER);
	double most = torque_acceleration(&mm->motor, &mm->drive, &load->axis,
	    load->speed, SHARE_ERROR, TORQUE_UPPER);

	if (load->accel <= warn)
		return;
	hardware_finding(c, load->accel > most ? DIAG_ERROR : DIAG_WARNING,
	    tree_section(c->t, "printer"), load->accel_key, "hw-accel",
	    "'%s' is %.0f mm/s2; at %.0f mm/s on %g V half the torque of %s "
	    "gives %.0f mm/s2, %.0f %% of the most it has gives %.0f",
	    load->accel_key, load->accel / load->per_axis,
	    load->speed / load->per_axis, mm->voltage, mm->name,
	    warn / load->per_axis, 100 * SHARE_ERROR, most / load->per_axis);
}

/* Figures of a motor that contradict each other are mistyped. */
static void
check_figures(struct hardware *c, const struct machine_motor *mm)
{
	const struct torque_motor *m = &mm->motor;
	const struct tree_section *s = section_of(c, "motor", mm->name);
	double volts = m->resistance * m->rated_current;
	double tau_ms = 1000 * m->inductance / m->resistance;
	double emf = m->holding_torque / (2 * m->rated_current);

	if (volts < 1.2 || volts > 6.5)
		hardware_finding(c, DIAG_WARNING, s, "resistance", "hw-motor",
		    "%s: resistance x rated current is %.2f V, of such motors "
		    "1.5 to 6 V",
		    mm->name, volts);
	if (tau_ms < .6 || tau_ms > 3.5)
		hardware_finding(c, DIAG_WARNING, s, "inductance", "hw-motor",
		    "%s: inductance / resistance is %.2f ms, of such motors "
		    "0.6 to 3.5 ms",
		    mm->name, tau_ms);
	if (m->holding_torque < .1 || m->holding_torque > 1.1)
		hardware_finding(c, DIAG_WARNING, s, "holding_torque",
		    "hw-motor",
		    "%s: the holding torque is %g N m, of such motors 0.1 to 1",
		    mm->name, m->holding_torque);
	else if (emf < .055 || emf > .34)
		hardware_finding(c, DIAG_WARNING, s, "holding_torque",
		    "hw-motor",
		    "%s: torque / (2 x current) is %.3f V s, of such motors "
		    "0.06 to 0.33",
		    mm->name, emf);
	if (m->full_steps != c->m->stepper[mm->stepper].full_steps_per_rotation)
		hardware_finding(c, DIAG_ERROR, tree_section(c->t, mm->name),
		    "full_steps_per_rotation", "hw-steps",
		    "%s makes %d full steps a turn, its motor %d", mm->name,
		    c->m->stepper[mm->stepper].full_steps_per_rotation,
		    m->full_steps);
}

/* The shaper of an axis allows that much before the print is rounded. */
static void
check_shaper(struct hardware *c, int axis)
{
	const char *type = c->m->shaper[axis].type;
	double freq = c->m->shaper[axis].freq, most;
	char key[] = "shaper_freq_x";
	char why[SHAPER_WHY_MAX];
	struct shaper_type family;
	struct shaper shaper;

	if (freq <= 0 || !type ||
	    shaper_type_parse(type, strlen(type), &family, why) ||
	    shaper_make(&family, freq, c->m->shaper[axis].damping, &shaper))
		return;
	key[12] = (char)('x' + axis);
	most = shaper_max_accel(
	    &shaper, SMOOTHING_MM, c->m->square_corner_velocity);
	if (c->m->max_accel > most)
		hardware_finding(c, DIAG_WARNING,
		    tree_section(c->t, "input_shaper"), key, "hw-shaper",
		    "'max_accel' is %.0f mm/s2; %s at %.1f Hz rounds corners "
		    "by more than %.2f mm above %.0f mm/s2",
		    c->m->max_accel, type, freq, SMOOTHING_MM, most);
}

/* Steps per second while X, Y and the extruder all run as fast as allowed */
static void
check_step_rate(struct hardware *c)
{
	const char *model =
	    tree_string(tree_section(c->t, "board"), "model", "");
	double rate = 0, budget = 0;

	if (c->avr)
		budget = 60e3;
	else if (strstr(model, "4.2.") || strstr(model, "F103"))
		budget = 500e3;
	else if (c->m8p || strstr(model, "H723"))
		budget = 5e6;
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < c->m->rail[i].n_steppers; k++) {
			int st = c->m->rail[i].stepper[k];

			if (st >= 0)
				rate += c->m->max_velocity /
					c->m->stepper[st].step_distance;
		}
	if (budget > 0 && rate > budget)
		hardware_finding(c, DIAG_ERROR, tree_section(c->t, "printer"),
		    "max_velocity", "hw-step-rate",
		    "'max_velocity' of %g mm/s is %.0f steps/s of X and Y, "
		    "the board makes %.0f",
		    c->m->max_velocity, rate, budget);
}

/* No planner slows these. */
static void
check_homing(struct hardware *c)
{
	struct homing_load load[HOMING_LOADS_MAX];
	int n = homing_loads(c->m, load);

	for (int i = 0; i < n; i++) {
		const char *name = load[i].section;
		const struct tree_section *s = tree_section(c->t, name);
		struct buf text = BUF_INIT;

		homing_load_text(&load[i], &text);
		hardware_finding(c, DIAG_WARNING,
		    s ? s : section_of(c, "carriage", name), load[i].key,
		    "hw-homing", "%s", text.data);
		buf_release(&text);
	}
}

void
hardware_motors(struct hardware *c)
{
	int without = 0;

	for (int i = 0; i < c->m->n_motors; i++) {
		const struct machine_motor *mm = &c->m->motor[i];
		struct motor_load load;

		if (!mm->has_motor) {
			without++;
			continue;
		}
		check_figures(c, mm);
		if (mm->voltage <= 0) {
			without++;
			continue;
		}
		if (!motor_load(c->m, mm, &load))
			continue;
		check_speed(c, mm, &load);
		if (mm->has_axis)
			check_accel(c, mm, &load);
	}
	without += c->m->n_steppers - c->m->n_motors;
	if (without)
		hardware_finding(c, DIAG_NOTE, NULL, NULL, "hw-unknown",
		    "%d of %d motors have no data or no supply in the "
		    "configuration: their speed and torque are not checked",
		    without, c->m->n_steppers);
	check_homing(c);
	for (int i = 0; i < MACHINE_AXES; i++)
		check_shaper(c, i);
	check_step_rate(c);
}

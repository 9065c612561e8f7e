/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motors, drivers and rails of the configured steppers. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "machine/build.h"
#include "machine/motor.h"

/* [KIND NAME], or NULL */
static struct tree_section *
named(const struct tree *t, const char *kind, const char *name)
{
	char full[300];

	snprintf(full, sizeof(full), "%s %s", kind, name);
	return tree_section(t, full);
}

static struct tree_section *
driver_section(const struct tree *t, const char *stepper)
{
	static const char *const chips[] = {
	    "tmc5160", "tmc2209", "tmc2208", "tmc2240", "tmc2130", "tmc2660"};

	for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
		struct tree_section *s = named(t, chips[i], stepper);

		if (s)
			return s;
	}
	return NULL;
}

/* [motor stepper_z1], or that of stepper_z */
static struct tree_section *
motor_section(const struct tree *t, const char *stepper)
{
	struct tree_section *s = named(t, "motor", stepper);
	size_t len = strlen(stepper);
	char base[64];

	while (len && stepper[len - 1] >= '0' && stepper[len - 1] <= '9')
		len--;
	if (s || len == strlen(stepper) || len >= sizeof(base))
		return s;
	memcpy(base, stepper, len);
	base[len] = '\0';
	return named(t, "motor", base);
}

static void
take_motor(struct tree *t, struct machine_motor *mm, struct tree_section *s,
    const struct machine_stepper *st)
{
	const struct motor_model *db = NULL;
	struct torque_motor *m = &mm->motor;

	mm->model = tree_string(s, "model", NULL);
	if (mm->model) {
		db = motor_find(mm->model);
		if (!db && !tree_given(s, "resistance")) {
			const char *near = motor_nearest(mm->model);

			tree_error(t, s, "model", "config-unknown",
			    near ? "there is no motor '%s'; '%s' was meant?"
				 : "there is no motor '%s' in the table: give "
				   "its figures",
			    mm->model, near);
		}
	}
	m->resistance = tree_double(s, "resistance", db ? db->resistance : 0);
	m->inductance =
	    tree_double(s, "inductance", db ? db->inductance : 0) / 1000;
	m->holding_torque =
	    tree_double(s, "holding_torque", db ? db->holding_torque : 0);
	m->rated_current =
	    tree_double(s, "rated_current", db ? db->rated_current : 0);
	m->rotor_inertia =
	    tree_double(s, "rotor_inertia", db ? db->inertia : 0) * 1e-7;
	m->full_steps = tree_int(s, "full_steps_per_rotation",
	    db ? db->full_steps : st->full_steps_per_rotation);
	mm->has_motor = m->resistance > 0 && m->inductance > 0 &&
			m->holding_torque > 0 && m->rated_current > 0;
	mm->count = tree_int(s, "count", 1);
}

/* The rail of a key "supply" somewhere, or of the board. */
const char *
build_rail_name(const struct tree *t, const struct tree_section *a,
    const struct tree_section *b, const char *board_key)
{
	const struct tree_section *board = tree_section(t, "board");
	const char *name = tree_string(a, "supply", NULL);

	if (!name)
		name = tree_string(b, "supply", NULL);
	if (!name)
		name = tree_string(board, board_key, NULL);
	return name ? name : tree_string(board, "supply", NULL);
}

static void
take_rail(struct tree *t, struct machine_motor *mm, struct tree_section *motor,
    struct tree_section *driver)
{
	struct tree_section *rail;

	mm->rail = build_rail_name(t, motor, driver, "motor_supply");
	if (!mm->rail)
		return;
	rail = named(t, "supply", mm->rail);
	if (!rail) {
		tree_error(t, motor ? motor : driver, "supply",
		    "config-conflict", "there is no supply '%s'", mm->rail);
		return;
	}
	mm->voltage = tree_double(rail, "voltage", 0);
	mm->drive.voltage = mm->voltage - MOTOR_VOLTS_LOST;
}

/* an extruder, or what turns with one */
static bool
pushes(const struct machine *m, int stepper)
{
	for (int i = 0; i < m->n_extruders; i++)
		if (m->extruder[i].stepper == stepper)
			return true;
	for (int i = 0; i < m->n_extra; i++)
		if (m->extra[i].stepper == stepper)
			return !m->extra[i].manual;
	return false;
}

static void
build_motor(struct tree *t, struct machine *m, int i)
{
	struct machine_motor *mm = &m->motor[m->n_motors];
	const struct machine_stepper *st = &m->stepper[i];
	struct tree_section *s = motor_section(t, st->name);
	struct tree_section *d = driver_section(t, st->name);

	if (!s && !d)
		return;
	m->n_motors++;
	mm->stepper = i;
	mm->name = st->name;
	mm->count = 1;
	mm->pushes = pushes(m, i);
	if (s)
		take_motor(t, mm, s, st);
	mm->chip = d ? d->schema->name : tree_string(s, "driver", NULL);
	mm->driver = driver_find(tree_string(d, "module", NULL), mm->chip);
	mm->sense_resistor = tree_double(d, "sense_resistor", 0);
	mm->drive.current =
	    tree_double(s, "current", tree_double(d, "run_current", 0)) /
	    mm->count;
	take_rail(t, mm, s, d);
	mm->has_motor &= mm->drive.current > 0;
	mm->axis.rotation_distance = st->rotation_distance / st->gear_ratio;
	mm->axis.mass = tree_double(s, "moved_mass", 0);
	mm->axis.friction = tree_double(s, "friction", mm->pushes ? 20 : 2);
	mm->axis.efficiency = tree_double(s, "efficiency", 1);
	mm->own = tree_double(s, "own_mass", 0);
	if (st->radians) { /* N mm and kg mm2 are to rad what N and kg are to
			    * mm */
		mm->axis.friction =
		    1000 * tree_double(s, "friction_torque", .1);
		mm->own = 100 * tree_double(s, "own_inertia", 0);
	}
	mm->has_axis = mm->axis.mass > 0 && !st->radians;
}

void
build_motors(struct tree *t, struct machine *m)
{
	m->motor = build_alloc(t, (size_t)m->n_steppers, sizeof(*m->motor));
	for (int i = 0; i < m->n_steppers; i++)
		build_motor(t, m, i);
}

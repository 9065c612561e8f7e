/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks: rails, what they feed, what braking motors give back. */
#include <math.h>
#include <string.h>

#include "machine/build.h"
#include "machine/hardware.h"

#define SUPPLY_SHARE 0.85
#define MOTOR_WATTS  5 /* of mechanical work, a motor in motion */
#define M8P_BED_A    10
#define M8P_BOARD_A  12
#define BOARD_RAIL_V 26.4 /* 24 V and a tenth */
#define HIGH_RAIL_V  30
#define TMC5160_RAIL 55 /* V that braking may lift it to */

struct rail {
	const struct tree_section *s;
	double volts, watts, bed_watts;
};

#define RAILS_MAX 32
struct rails {
	struct rail rail[RAILS_MAX];
	int n;
};

static struct rail *
find(struct rails *r, const char *name)
{
	for (int i = 0; name && i < r->n; i++)
		if (strcmp(r->rail[i].s->suffix, name) == 0)
			return &r->rail[i];
	return NULL;
}

/* A thing that belongs on the board's rail is not on the motors' one. */
static void
feed(struct hardware *c, struct rails *r, const struct tree_section *s,
    const char *board_key, double watts, double amps)
{
	const char *name = build_rail_name(c->t, s, NULL, board_key);
	struct rail *rail = find(r, name);

	if (tree_given(s, "supply") && !rail) {
		hardware_finding(c, DIAG_ERROR, s, "supply", "config-conflict",
		    "there is no supply '%s'", name);
		return;
	}
	if (!rail)
		return;
	if (rail->volts > BOARD_RAIL_V ||
	    strcmp(tree_string(rail->s, "for", "any"), "motors") == 0)
		hardware_finding(c, DIAG_ERROR, s, "supply", "hw-heater-rail",
		    "'%s' is on the rail '%s' of %g V: heaters, fans and "
		    "logic belong on 12 or 24 V",
		    s->name, name, rail->volts);
	rail->watts += watts + amps * rail->volts;
}

static void
consumers(struct hardware *c, struct rails *r)
{
	for (const struct tree_section *s = c->t->section; s; s = s->next) {
		double watts =
		    tree_double(s, "power", 0) * tree_double(s, "max_power", 1);
		double amps = tree_double(s, "current", 0);
		bool heater = tree_entry(s, "heater_pin") != NULL;

		if (strcmp(s->schema->name, "supply") == 0 ||
		    strcmp(s->schema->name, "motor") == 0 ||
		    strncmp(s->schema->name, "tmc", 3) == 0)
			continue;
		if (heater || watts > 0 || amps > 0 ||
		    (*s->name && tree_given(s, "supply") &&
			strcmp(s->name, "board") != 0))
			feed(c, r, s,
			    strcmp(s->name, "heater_bed") ? "supply"
							  : "bed_supply",
			    watts, amps);
	}
	for (int i = 0; i < c->m->n_motors; i++) {
		const struct machine_motor *mm = &c->m->motor[i];
		struct rail *rail = find(r, mm->rail);
		double amps = mm->drive.current;

		if (rail)
			rail->watts += mm->count *
				       (2 * amps * amps * mm->motor.resistance +
					   MOTOR_WATTS);
	}
}

static void
budget(struct hardware *c, const struct rail *r)
{
	double most = tree_double(r->s, "current", 0);
	double amps = r->watts / r->volts;

	if (most > 0 && amps > most * SUPPLY_SHARE)
		hardware_finding(c, amps > most ? DIAG_ERROR : DIAG_WARNING,
		    r->s, "current", "hw-power",
		    "the rail '%s' needs %.1f A with everything on, it gives "
		    "%g A",
		    r->s->suffix, amps, most);
	if (c->m8p && r->volts <= BOARD_RAIL_V && amps > M8P_BOARD_A)
		hardware_finding(c, DIAG_WARNING, r->s, NULL, "hw-power",
		    "the rail '%s' needs %.1f A with everything on, the board "
		    "carries %d A",
		    r->s->suffix, amps, M8P_BOARD_A);
}

static void
check_bed(struct hardware *c, struct rails *r)
{
	const struct tree_section *s = tree_section(c->t, "heater_bed");
	const struct rail *rail =
	    find(r, build_rail_name(c->t, s, NULL, "bed_supply"));
	double amps;

	if (!c->m8p || !s || !rail)
		return;
	amps = tree_double(s, "power", 0) / rail->volts;
	if (amps > M8P_BED_A)
		hardware_finding(c, DIAG_WARNING, s, "power", "hw-power",
		    "the bed takes %.1f A, the board switches %d A", amps,
		    M8P_BED_A);
}

/* What is left of the energy of motion after the windings had their share,
 * when the axis brakes as hard as it may. */
static double
braking_joule(const struct hardware *c, const struct machine_motor *mm)
{
	struct motor_load load;
	double v, mass, heat, time;

	if (!mm->has_motor || !mm->has_axis || !motor_load(c->m, mm, &load) ||
	    load.accel <= 0)
		return 0;
	v = load.speed / 1000;
	mass = load.axis.mass + torque_rotor_mass(&mm->motor, &load.axis);
	time = load.speed / load.accel;
	heat = 2 * mm->drive.current * mm->drive.current *
	       mm->motor.resistance * time;
	return .5 * mass * v * v - heat;
}

static void
check_braking(struct hardware *c, const struct rail *r)
{
	double farad = tree_double(r->s, "capacitance", 0) * 1e-6;
	double most = 0, lifted;
	const char *name = NULL;

	if (r->volts < HIGH_RAIL_V ||
	    strcmp(tree_string(r->s, "brake_chopper", "no"), "yes") == 0)
		return;
	for (int i = 0; i < c->m->n_motors; i++) {
		const struct machine_motor *mm = &c->m->motor[i];
		double e = braking_joule(c, mm);

		if (mm->rail && strcmp(mm->rail, r->s->suffix) == 0 &&
		    e > most) {
			most = e;
			name = mm->name;
		}
	}
	if (most <= 0)
		return;
	if (farad <= 0) {
		hardware_finding(c, DIAG_NOTE, r->s, NULL, "hw-unknown",
		    "braking %s gives back %.3f J; how far that lifts the "
		    "rail '%s' depends on its 'capacitance', which is not "
		    "given",
		    name, most, r->s->suffix);
		return;
	}
	lifted = sqrt(r->volts * r->volts + 2 * most / farad);
	if (lifted > TMC5160_RAIL)
		hardware_finding(c, DIAG_ERROR, r->s, "capacitance",
		    "hw-braking",
		    "braking %s gives back %.3f J, which lifts the rail '%s' "
		    "from %g to %.0f V; %.0f uF keep it below %d V",
		    name, most, r->s->suffix, r->volts, lifted,
		    ceil(2 * most /
			 (TMC5160_RAIL * TMC5160_RAIL - r->volts * r->volts) *
			 1e6),
		    TMC5160_RAIL);
}

void
hardware_supplies(struct hardware *c)
{
	struct rails r = {.n = 0};
	const struct tree_section *s = NULL;

	while ((s = tree_next(c->t, s, "supply")) && r.n < RAILS_MAX) {
		r.rail[r.n].s = s;
		r.rail[r.n++].volts = tree_double(s, "voltage", 0);
	}
	if (r.n == 0) {
		hardware_finding(c, DIAG_NOTE, NULL, NULL, "hw-unknown",
		    "no supply is configured: rails, budgets and drivers' "
		    "voltages are not checked");
		return;
	}
	consumers(c, &r);
	for (int i = 0; i < r.n; i++) {
		budget(c, &r.rail[i]);
		check_braking(c, &r.rail[i]);
	}
	check_bed(c, &r);
}

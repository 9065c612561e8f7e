/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a stepper motor can pull at which speed, and so what an axis can do. */
#ifndef GANTRY_MOTION_TORQUE_H
#define GANTRY_MOTION_TORQUE_H

#include <stdbool.h>

/*
 * The textbook model of a hybrid stepper on a current-controlled driver: a
 * resistance and an inductance in series with a back-EMF of K_t omega.  Below
 * the corner speed the driver holds the current and torque is flat; above it
 * the voltage is the limit.  Two bounds are given: the lower one keeps the
 * current in quadrature (no field weakening), the upper one lets the load
 * angle go, as an open-loop stepper does up to pull-out.  The truth lies
 * between; detent torque, iron loss and resonance are left out, so plan with
 * half to 70 % of the lower bound.
 *
 * Currents are RMS with both phases on, as nameplates and run_current say.
 */
struct torque_motor {
	double resistance;     /* ohm, of a phase */
	double inductance;     /* H, of a phase */
	double holding_torque; /* N m */
	double rated_current;  /* A */
	double rotor_inertia;  /* kg m2 */
	int full_steps;	       /* for one turn */
};

struct torque_drive {
	double current; /* A RMS */
	double voltage; /* V that reach the motor: rail less what is lost */
};

enum torque_bound {
	TORQUE_LOWER,
	TORQUE_UPPER,
};

/* N m per A of peak current, and V per rad/s */
double torque_constant(const struct torque_motor *);
/* N m at omega rad/s of the shaft */
double torque_at(const struct torque_motor *, const struct torque_drive *,
    double omega, enum torque_bound);
/* rad/s up to which the full current flows; 0 if it never does. */
double torque_corner(const struct torque_motor *, const struct torque_drive *);
/* The greatest rad/s at which the torque is still share of that at rest. */
double torque_speed(const struct torque_motor *, const struct torque_drive *,
    double share, enum torque_bound);

/* What the motor drives, in mm of travel. */
struct torque_axis {
	double rotation_distance; /* mm for a turn of the shaft, gears done */
	double mass;		  /* kg */
	double friction;	  /* N */
	double efficiency;	  /* 0..1 */
};

/* N at the carriage for a torque at the shaft, and the mass (kg) that the
 * rotor adds to it */
double torque_force(const struct torque_axis *, double torque);
double torque_rotor_mass(
    const struct torque_motor *, const struct torque_axis *);
/* mm/s2 at a speed of mm/s, using that share of the torque; never below 0. */
double torque_acceleration(const struct torque_motor *,
    const struct torque_drive *, const struct torque_axis *, double speed,
    double share, enum torque_bound);

#endif

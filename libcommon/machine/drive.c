/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steppers of the configuration as motors of the kinematics. */
#include "machine/drive.h"

#include <math.h>
#include <string.h>

/* An axis may have to travel so much more than its range. */
#define TRAVEL 1.5
/* A polar arm is homed from this near to the centre, mm. */
#define CENTRE_MM 0.001

static const enum kinematics_kind linear[] = {
    [MACHINE_KIN_CARTESIAN] = KINEMATICS_CARTESIAN,
    [MACHINE_KIN_COREXY] = KINEMATICS_COREXY,
    [MACHINE_KIN_COREXZ] = KINEMATICS_COREXZ,
    [MACHINE_KIN_HYBRID_COREXY] = KINEMATICS_HYBRID_COREXY,
    [MACHINE_KIN_HYBRID_COREXZ] = KINEMATICS_HYBRID_COREXZ,
};

/* --- the laws ------------------------------------------------------------ */

static void
towers(struct kinematics *k, const struct machine *m)
{
	double arm[3], angle[3], upper[3], foot[3];

	for (int i = 0; i < 3; i++) {
		const struct machine_tower *t = &m->tower[i];

		arm[i] = m->kinematics == MACHINE_KIN_ROTARY_DELTA
			     ? t->lower_arm_length
			     : t->arm_length;
		upper[i] = t->upper_arm_length;
		angle[i] = t->angle_deg;
		foot[i] = t->arm_x_length;
	}
	if (m->kinematics == MACHINE_KIN_DELTA)
		kinematics_delta(k, m->delta_radius, arm, angle);
	else if (m->kinematics == MACHINE_KIN_DELTESIAN)
		kinematics_deltesian(k, arm, foot);
	else
		kinematics_rotary_delta(k, m->shoulder_radius,
		    m->shoulder_height, upper, arm, angle);
}

static void
winch(struct kinematics *k, const struct machine *m)
{
	double anchor[3 * MACHINE_TOWERS];

	for (int i = 0; i < m->n_towers; i++)
		memcpy(anchor + 3 * i, m->tower[i].anchor, 3 * sizeof(double));
	kinematics_winch(k, m->n_towers, anchor);
}

static void
generic(struct kinematics *k, const struct machine *m)
{
	double row[3 * KINEMATICS_MOTORS] = {0};
	int n = 0;

	for (int i = 0; i < m->n_steppers && n < KINEMATICS_MOTORS; i++) {
		const struct machine_stepper *s = &m->stepper[i];

		for (int t = 0; t < s->n_terms; t++) {
			const struct machine_carriage *c =
			    &m->carriage[s->term[t].carriage];
			bool dual =
			    c->dual ||
			    (c->primary >= 0 && m->carriage[c->primary].dual);

			/* a second carriage rests until it is called */
			if (!dual)
				row[3 * n + c->axis] += s->term[t].factor;
		}
		n += s->n_terms > 0;
	}
	kinematics_generic(k, n, row);
}

void
machine_drive_init(struct machine_drive *d, const struct machine *m)
{
	memset(d, 0, sizeof(*d));
	d->machine = m;
	for (int i = 0; i < MACHINE_AXES; i++)
		d->rail[i] = &m->rail[i];
	switch (m->kinematics) {
	case MACHINE_KIN_NONE:
		break;
	case MACHINE_KIN_DELTA:
	case MACHINE_KIN_DELTESIAN:
	case MACHINE_KIN_ROTARY_DELTA:
		towers(&d->kinematics, m);
		break;
	case MACHINE_KIN_POLAR:
		kinematics_polar(&d->kinematics);
		break;
	case MACHINE_KIN_WINCH:
		winch(&d->kinematics, m);
		break;
	case MACHINE_KIN_GENERIC_CARTESIAN:
		generic(&d->kinematics, m);
		break;
	default:
		kinematics_linear(&d->kinematics, linear[m->kinematics]);
		break;
	}
}

/* --- steppers and motors ------------------------------------------------- */

int
machine_drive_motor(const struct machine_drive *d, int stepper)
{
	const struct machine *m = d->machine;
	int rail = machine_rail_index(m, stepper), n = 0;

	switch (m->kinematics) {
	case MACHINE_KIN_NONE:
		return -1;
	case MACHINE_KIN_POLAR:
		if (stepper == m->bed_stepper)
			return 0;
		return rail == 0 ? 1 : rail;
	case MACHINE_KIN_WINCH:
		for (int i = 0; i < m->n_towers; i++)
			if (m->tower[i].stepper == stepper)
				return i;
		return -1;
	case MACHINE_KIN_GENERIC_CARTESIAN:
		if (m->stepper[stepper].n_terms == 0)
			return -1;
		for (int i = 0; i < stepper; i++)
			n += m->stepper[i].n_terms > 0;
		return n < KINEMATICS_MOTORS ? n : -1;
	default:
		return rail;
	}
}

int
machine_drive_rail(const struct machine_drive *d, int motor)
{
	switch (d->machine->kinematics) {
	case MACHINE_KIN_DELTA:
	case MACHINE_KIN_DELTESIAN:
	case MACHINE_KIN_ROTARY_DELTA:
		return motor;
	case MACHINE_KIN_POLAR:
		return motor == 1 ? 0 : motor == 2 ? 2 : -1;
	default:
		return -1;
	}
}

double
machine_drive_home(const struct machine_drive *d, int motor)
{
	const struct machine *m = d->machine;
	int rail = machine_drive_rail(d, motor);
	const struct kinematics *k = &d->kinematics;
	double at, top[3] = {0, 0, 0};

	if (rail < 0)
		return 0;
	at = d->rail[rail]->position_endstop;
	top[2] = at;
	switch (m->kinematics) {
	case MACHINE_KIN_DELTA:
		return at + sqrt(k->arm2[motor] - k->radius * k->radius);
	case MACHINE_KIN_DELTESIAN:
		if (motor == 2)
			return at;
		return at +
		       sqrt(k->arm2[motor] - k->arm_x[motor] * k->arm_x[motor]);
	case MACHINE_KIN_ROTARY_DELTA:
		return kinematics_motor(k, motor, top, 0);
	default:
		return at;
	}
}

uint32_t
machine_drive_axes(const struct machine_drive *d, int motor)
{
	double w[3];

	if (kinematics_weights(&d->kinematics, motor, w))
		return (w[0] != 0 ? 1u : 0) | (w[1] != 0 ? 2u : 0) |
		       (w[2] != 0 ? 4u : 0);
	if (d->machine->kinematics == MACHINE_KIN_POLAR)
		return 1u | 2u;
	if (d->machine->kinematics == MACHINE_KIN_DELTESIAN)
		return 1u | 4u;
	return 7u;
}

int
machine_second_carriage(const struct machine *m, int axis)
{
	for (int i = 0; i < m->n_carriages; i++)
		if (m->carriage[i].dual && m->carriage[i].axis == axis)
			return i;
	return -1;
}

/* --- homing -------------------------------------------------------------- */

static struct machine_homing *
begin(struct machine_homing *h, uint32_t axes, const double home[3])
{
	h->axes = axes;
	h->n = 0;
	memcpy(h->home, home, sizeof(h->home));
	memcpy(h->from, home, sizeof(h->from));
	return h;
}

static double
range_before(const struct machine_rail *r)
{
	return r->homing_positive_dir ? r->position_min - r->position_endstop
				      : r->position_max - r->position_endstop;
}

/* One axis after the other. */
static int
one_by_one(const struct machine_drive *d, uint32_t axes, const double home[3],
    struct machine_homing *out)
{
	int n = 0;

	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct machine_rail *r = d->rail[i];
		struct machine_homing *h;

		if (!(axes >> i & 1))
			continue;
		h = begin(&out[n++], 1u << i, home);
		h->rail[h->n++] = i;
		h->home[i] = r->position_endstop;
		h->from[i] = h->home[i] + TRAVEL * range_before(r);
	}
	return n;
}

/* All carriages at once, up from far below. */
static int
towers_up(const struct machine_drive *d, const double home[3],
    struct machine_homing *out)
{
	const struct kinematics *k = &d->kinematics;
	struct machine_homing *h = begin(out, 7, home);
	double arm2 = fmax(k->arm2[0], fmax(k->arm2[1], k->arm2[2]));

	for (int i = 0; i < 3; i++)
		h->rail[h->n++] = i;
	h->from[2] = -1; /* shoulders cannot turn further */
	if (k->kind == KINEMATICS_DELTA)
		h->from[2] =
		    -TRAVEL * sqrt(arm2 - pow(d->machine->print_radius, 2));
	return 1;
}

static int
deltesian(const struct machine_drive *d, uint32_t axes, const double home[3],
    struct machine_homing *out)
{
	const struct machine_rail *y = d->rail[2];
	struct machine_homing *h;
	int n = 0;

	if (axes & 5) {
		h = begin(&out[n++], 5, home);
		h->rail[h->n++] = 0;
		h->rail[h->n++] = 1;
		h->from[2] = h->home[2] - TRAVEL * h->home[2];
	}
	if (axes & 2) {
		h = begin(&out[n++], 2, home);
		h->rail[h->n++] = 2;
		h->from[1] = h->home[1] + TRAVEL * range_before(y);
	}
	return n;
}

/* The bed turns to 0 where it is: the arm alone has an end stop. */
static int
polar(const struct machine_drive *d, uint32_t axes, const double home[3],
    struct machine_homing *out)
{
	const struct machine_rail *z = d->rail[2];
	struct machine_homing *h;
	int n = 0;

	if (axes & 3) {
		const struct machine_rail *arm = d->rail[0];

		h = begin(&out[n++], 3, home);
		h->rail[h->n++] = 0;
		h->from[0] = fmax(h->home[0] + range_before(arm), CENTRE_MM);
	}
	if (axes & 4) {
		h = begin(&out[n++], 4, home);
		h->rail[h->n++] = 2;
		h->from[2] = h->home[2] + TRAVEL * range_before(z);
	}
	return n;
}

int
machine_drive_homings(const struct machine_drive *d, uint32_t axes,
    const double home[3], struct machine_homing out[MACHINE_AXES])
{
	switch (d->machine->kinematics) {
	case MACHINE_KIN_DELTA:
	case MACHINE_KIN_ROTARY_DELTA:
		return towers_up(d, home, out);
	case MACHINE_KIN_DELTESIAN:
		return deltesian(d, axes, home, out);
	case MACHINE_KIN_POLAR:
		return polar(d, axes, home, out);
	default:
		return one_by_one(d, axes, home, out);
	}
}

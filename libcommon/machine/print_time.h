/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a print takes in all: motion, heat and homing. */
#ifndef GANTRY_MACHINE_PRINT_TIME_H
#define GANTRY_MACHINE_PRINT_TIME_H

#include "machine/machine.h"
#include "wire/plan.h"

/*
 * A plan has the time of its motion.  What the machine waits for is reckoned
 * here: heaters as bodies of machine/thermal.h under the control of
 * machine/heater.h, homing as two passes from where the axis stands (a third
 * of its range away, when nobody knows).  Pauses take no time.
 */
struct print_time_heater;

struct print_time {
	const struct machine *machine;
	struct print_time_heater *heater;
	double clock; /* s, as far as heaters were followed */
	double group; /* s, motion of the group so far */
	double base;  /* clock at the begin of that motion */
	double tail;  /* s that shaped motion goes on after its end */
	bool roughly; /* set it: waits to some seconds are enough, quickly */
	bool begun, waiting;
	bool rested;	/* it came to rest amid the group */
	double reading; /* clock of the next reading of the sensors */
	double fan;
	uint64_t random;
	double pos[3];	 /* where it is, as far as that can be known */
	double shift[3]; /* that less where it is believed to be */
	bool placed[3];
	/* of two carriages on an axis the one that is not the head */
	struct {
		int primary;  /* the head is the second: 1 */
		double pos;   /* where the other one is */
		double scale; /* of the head's way that it goes along */
	} beside[3];
	uint32_t homed;
	/* s, of the total */
	double motion, heating, homing, probing, starting;
};

void print_time_init(struct print_time *, const struct machine *);
void print_time_release(struct print_time *);
void print_time_add(struct print_time *, const struct plan_record *);
/* Everything so far, s. */
double print_time_total(const struct print_time *);

/*
 * The heaters on the way, by their index.  Between two events they are
 * followed only as far as somebody asks: t as in the records of the group.
 */
struct print_time_warmth {
	double temperature; /* deg C, as the machine reads it */
	double target;
	double warm_since;   /* clock; inf: below min_extrude_temp */
	const char *trouble; /* why verify_heater stops the machine, or NULL */
	bool hopeless;	     /* a wait for this target never ended */
	bool at_limit;	     /* it gives all the power that it may */
};
void print_time_follow(struct print_time *, double t);
/* The same where the caller knows that nothing changes until then. */
void print_time_coast(struct print_time *, double t);
void print_time_heater(
    const struct print_time *, int heater, struct print_time_warmth *);
/* Its power, where the configuration tells it; what melting takes from it. */
void print_time_power(struct print_time *, int heater, double power_w);
void print_time_load(struct print_time *, int heater, double load_w);
/* Where its temperature ends with all its power, deg C. */
double print_time_reaches(const struct print_time *, int heater);

#endif

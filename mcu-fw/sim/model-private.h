/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the model, shared by its files alone. */
#ifndef GANTRY_SIM_MODEL_PRIVATE_H
#define GANTRY_SIM_MODEL_PRIVATE_H

#include "machine/drive.h"
#include "machine/thermal.h"
#include "mcu-fw/board/sim/sim.h"
#include "mcu-fw/sim/model.h"

#define RATE_STEPS 8 /* the peak rate is of so many steps in a row */

struct motor {
	struct model *model;
	const struct machine_stepper *config;
	const struct sim_pin *dir, *enable;
	bool step_level; /* the level whose edge is a step */
	bool dir_invert, enable_invert;
	bool is_extruder;
	int number;	/* in the kinematics; -1: it moves no axis */
	int extruder;	/* whose nozzle it feeds; -1 */
	int64_t at;	/* steps from where it was switched on */
	int64_t lo, hi; /* where the rail ends; INT64_MIN, _MAX: nowhere */
	uint64_t steps, blocked, unpowered, cold;
	uint64_t last_tick, shortest; /* of RATE_STEPS steps */
	uint64_t ring[RATE_STEPS];
	int heater; /* of an extruder; -1 */
};

struct axis {
	struct model *model;
	const struct machine_rail *config;
	int motor; /* whose carriage it is, when the switch is there; -1 */
	bool jam, stuck;
};

/* The second head on an axis (IDEX). */
struct carriage {
	struct model *model;
	const struct machine_carriage *config; /* NULL: there is none */
	const struct motor *motor;
	double weight[MACHINE_AXES]; /* of the motor: own axis, the others */
	bool second[MACHINE_AXES];   /* theirs is of the second carriage, too */
	double start;		     /* where it is switched on */
	double begun;		     /* the motor's coordinate there */
};

/* What triggers at the bed; a BLTouch only while its pin is out. */
struct probe {
	struct model *model;
	const struct machine_probe *config;
	bool out, level;
	uint64_t rose; /* clock of the last pulse's begin */
};

/*
 * Two lumps: the block that is heated, and the sensor that follows it.
 *
 *	C dTb/dt = P on - k (Tb - Ta),   dTs/dt = (Tb - Ts) / tau
 */
struct heater {
	struct model *model;
	const struct machine_heater *config;
	const struct machine_sensor *sensor;
	const struct thermal_body *body;
	double block, sense, peak;
	bool level, on, dead, stuck, is_short, is_open;
	uint64_t at, on_ticks, last_on;
};

struct fan {
	struct model *model;
	const char *name;
	bool level, invert;
	uint64_t at, on_ticks;
	double duty, peak; /* of the last half second */
};

struct model {
	const struct machine *machine;
	struct model_options options;
	struct motor *motor;
	int n_motors;
	struct axis axis[MACHINE_AXES];
	struct heater *heater; /* heaters, then mere sensors */
	int n_heaters;
	struct fan *fan;
	int n_fans;
	int part_fan;	  /* -1: none */
	struct laid laid; /* all of it, when that is asked for */
	struct laid *pen; /* of each extruder */
	struct carriage carriage[MACHINE_AXES]; /* second ones, by axis */
	struct probe probe;
	struct frame *frame; /* NULL: stiff, and nobody listens */
	uint64_t random;
	uint64_t last_step, last_host;
	double mm_per_step[MACHINE_AXES];
	struct machine_drive drive;
	double begun[KINEMATICS_MOTORS]; /* coordinates at switch-on */
	int lead[KINEMATICS_MOTORS];	 /* stepper that speaks for each */
	/* of sums of axes: X, Y, Z by motor */
	double inverse[MACHINE_AXES][KINEMATICS_MOTORS];
	bool linear;
	double low[MACHINE_AXES], high[MACHINE_AXES]; /* nothing goes beyond */
};

/* motion.c */
void motion_begin(struct model *);
void motion_position(const struct model *, double pos[MACHINE_AXES]);
double motion_filament(const struct motor *);
bool motion_triggered(const struct axis *);

/* beside.c */
void beside_begin(struct model *);
/* Where the second carriage of an axis is. */
double beside_position(const struct carriage *);
/* Where this extruder's nozzle is: on the second carriage if it is not the
 * first extruder. */
void beside_nozzle(const struct model *, int extruder, double pos[]);

/* thermal.c */
int thermal_begin(struct model *, struct diag_sink *);
void thermal_advance(struct heater *);
void thermal_fan_advance(struct fan *);

/* faults.c */
int faults_begin(struct model *, struct diag_sink *);

/* The pin of the main board that is meant; NULL when none is configured. */
struct sim_pin *model_pin(const struct model *, const struct machine_pin *);
double model_seconds(uint64_t ticks);
double model_random(struct model *); /* about normal, deviation 1 */

#endif

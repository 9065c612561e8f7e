/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The motors: committed motion becomes steps on the board. */
#ifndef STEPSTREAM_AXES_H
#define STEPSTREAM_AXES_H

#include <stdbool.h>
#include <stdint.h>

#include "io/crew.h"
#include "machine/drive.h"
#include "machine/machine.h"
#include "mcu.h"
#include "motion/shaper_def.h"
#include "motion/steps.h"
#include "wire/plan.h"

/*
 * What is committed here will be executed; what may still change waits in the
 * line (line.h).  Positions are X, Y, Z of the machine and E of the active
 * extruder, mm; times are on the print clock.
 */
struct axes_motor {
	const struct machine_stepper *config;
	struct mcu_stepper *stepper;
	struct mcu_output *enable; /* NULL: always on */
	struct step_motor *motor;  /* NULL: it follows nothing now */
	double step_distance;
	double coef[4];	  /* on X, Y, Z, E */
	bool curve;	  /* no sum of these: see number */
	bool follows_bed; /* that is why */
	/* among the motors of the kinematics, -1: it says nothing of where
	 * the head is; as configured, and now */
	int base_number, number;
	int second;    /* the axis on whose second carriage it is; -1 */
	uint32_t axes; /* that it moves, PLAN_X | ... */
	bool pushes;   /* filament */
	int extruder;  /* its index, -1: none */
	int follows;   /* the extruder whose E it turns with, -1: none */
	bool enabled;
	double advance, smooth_time; /* of what pushes */
	struct machine_advance law;  /* ... too */
	struct motion_queue *own;    /* of a manual stepper */
	double own_pos;		     /* where it goes */
	double own_at;		     /* ... and stood after a loss */
	double own_speed, own_accel; /* of its last way */
	double along;		     /* mm that it goes for a mm of path */
	bool goes_along;
	struct mcu_endstop *own_stop; /* NULL: none */
	uint64_t last_clock;
	int64_t bias; /* the board's position counter - step_motor_count() */
	/* of a further motor on a rail, that has a switch of its own; NULL */
	struct mcu_endstop *own_switch;
	double switch_time;	  /* when it triggered; NaN: with the rail's */
	int64_t counted, moved;	  /* before a homing move, and in it */
	uint64_t steps, commands; /* of motors before this one */
};

/* The second carriage of an axis. */
struct axes_dual {
	int second;  /* in machine.carriage; -1: there is none */
	int primary; /* 0 or 1: which one the head is */
	double scale[2];
	struct mcu_endstop *endstop[2];
};

struct axes {
	const struct machine *machine;
	struct mcu *mcu;
	struct motion_queue *queue;
	struct machine_drive drive;
	double max_error_s;
	struct axes_motor *motor;
	int n_motors, n_own; /* n_own: on time lines of their own */
	struct mcu_endstop *endstop[MACHINE_AXES]; /* by rail */
	struct axes_dual dual[MACHINE_AXES];
	struct mcu_endstop *probe; /* NULL: none */
	double pos[4];		   /* where committed motion ends */
	double end_time;	   /* when */
	uint32_t homed;		   /* PLAN_X | ... */
	int extruder;		   /* the active one, -1: none */
	double rest_time;	   /* filtered motion has ended by then */
	double own_end;		   /* manual steppers have come to rest */
	/* the steps in the making (axes-steps.c) */
	struct crew *crew;
	bool ahead;   /* they may be, while other things are done */
	bool working; /* they are */
	double since, until;
	int turns;
	bool rest;
	double horizon; /* commands to hand over, made so far; NaN: none */
};

void axes_init(
    struct axes *, const struct machine *, struct mcu *, double max_error_s);
/* The board is configured: reads its counters.  0, or -1 failed. */
int axes_begin(struct axes *);
void axes_release(struct axes *);

/* The move begins at t0 and cannot be taken back any more. */
void axes_commit(struct axes *, const struct plan_move *, double t0);
/* Steps of committed motion up to t, or as near to it as filters allow, go to
 * the board; rest: it ends at rest and nothing follows for now. */
void axes_generate(struct axes *, double t, bool rest);
/* ... have gone to the board: nothing is in the making. */
void axes_settle(struct axes *);
/* How long before a move its first step may be due, s: filters look ahead. */
double axes_ahead(const struct axes *);
/* Steps up to that time have gone to the board; some beyond it, perhaps. */
double axes_supplied(const struct axes *);
/* When motion from rest may begin: filters reach back from its start. */
double axes_free_time(const struct axes *);
/* The machine stands there now, says whoever knows. */
void axes_set_position(struct axes *, const double pos[4]);
/* Where it was at a time not long ago, or is to be. */
void axes_position(struct axes *, double t, double pos[4]);
/* --- axes-setup.c -------------------------------------------------------- */

void axes_select_extruder(struct axes *, int index);
/* By the name of its section, or the last word of it; NULL. */
struct axes_motor *axes_find_motor(const struct axes *, const char *name);
/* At rest: what pushes follows that extruder, -1: none. */
void axes_follow(
    struct axes *, struct axes_motor *, int extruder, double rotation_distance);
/* At rest: nothing moves, but Z is counted from that bed on; NULL: flat.  It
 * has to outlive its use. */
void axes_set_bed(struct axes *, const struct bed *);
/* At rest: one of two carriages; pos: of the head on the axis. */
void axes_set_carriage(
    struct axes *, int axis, int which, enum plan_carriage_mode, double pos);
void axes_make_motor(struct axes *, struct axes_motor *, struct motion_queue *);
void axes_drop_motor(struct axes_motor *);
/*
 * A motor without steps slows down with the machine's own acceleration, if the
 * firmware can; all in the same time, so that the head stays on its line, and
 * the extruder in proportion.
 */
void axes_stop_when_dry(const struct axes *, const struct axes_motor *);

/* --- axes-extra.c -------------------------------------------------------- */

/* The way of a motor by itself, from t on; when it is there. */
double axes_move_alone(
    struct axes *, struct axes_motor *, const struct plan_record *, double t);
/* The same until an end stop stops it: steps are the caller's. */
double axes_begin_alone(struct axes *, struct axes_motor *,
    const struct plan_record *, double t, double *speed);
/* An end stop has stopped it; 0, or -1 failed. */
int axes_stopped_alone(struct axes *, struct axes_motor *);
/* After axes_recover(): such motors go on to where they were to be, from t on;
 * the plan goes on when those are there that go along with its moves. */
void axes_bring_back(struct axes *, double t);
/* It stands there, says who knows. */
void axes_place_alone(struct axes_motor *, double to);
/* The move is committed, from t0 on: so are those beside the axes that go along
 * with it. */
void axes_go_along(struct axes *, const struct plan_move *, double t0);

/* --- axes.c -------------------------------------------------------------- */

/* Pressure advance of an extruder's motor, from the next move on; whether the
 * machine has to be at rest for it. */
bool axes_advance_needs_rest(const struct axes *, const char *extruder,
    double advance, double smooth_time);
void axes_set_advance(
    struct axes *, const char *extruder, double advance, double smooth_time);
/* Another law, at rest. */
void axes_set_law(
    struct axes *, const char *extruder, const struct machine_advance *);
/* At rest.  freq 0: none.  -1: there is no such shaper, one line in why. */
int axes_set_shaper(struct axes *, int axis, const char *type, double freq,
    double damping, char *why);

/* All motors or, by its name, one; at print time t. */
void axes_disable(struct axes *, const char *name, double t);
bool axes_any_enabled(const struct axes *);

/* --- axes-board.c: where the board has got to -------------------------- */

/* Does the end stop of this rail stop that motor? */
bool axes_stops(const struct axes *, int rail, const struct axes_motor *);
/* A driver gets this long between its enable pin and its first step. */
#define ENABLE_LEAD_S 0.050
void axes_enable(struct axes_motor *, double t);
/* Motors that stop at the end stop of a rail are about to home. */
void axes_begin_rail(struct axes *, int rail, double t);
/* Steps a second of the busiest motor on a straight way at speed v. */
double axes_step_rate(
    const struct axes *, const double from[3], const double to[3], double v);

/*
 * The end stops of a homing move have stopped their motors, at these times:
 * the head was at `home` where all have triggered; axes that were not homed
 * are where their motors say.  at_rest: where it stands.  0, or -1 failed.
 */
int axes_stopped(struct axes *, const struct machine_homing *,
    const double trigger_time[], double at_rest[3]);
/* The same for the probe: no place is told, where it triggered is asked. */
int axes_probed(struct axes *, double trigger_time, double at_trigger[3],
    double at_rest[3]);
/* The rails whose motors the probe stops; how many. */
int axes_probe_rails(const struct axes *, int rail[MACHINE_AXES]);
/* Has any motor of this rail moved since then? */
bool axes_rail_moved(const struct axes *, int rail);

/* Steps were lost on the way to the board, which has done what it got: where
 * everything stands, E too.  Motion begins anew from there; what moves by
 * itself waits for axes_bring_back().  0 or -1. */
int axes_recover(struct axes *, double pos[4]);

/* Back from what the motors have: x, y, z of coordinates c[motor]. */
void axes_inverse(const struct axes *, const double *c, double xyz[3]);

/* Has the board made all steps that were sent?  0, or -1 failed. */
int axes_confirm(struct axes *, bool *all);

/* --- axes-left.c: a board that failed or was left, after mcu_survey() ------
 */

struct axes_left {
	double pos[4];
	uint32_t lost; /* axes whose motors were too fast to keep their place */
	const char *fastest;
	double speed;
};
/* Can the counters of one session be used in the next one? */
bool axes_counted(const struct axes *);
/* The coordinate of a motor at which its counter is 0, in this session. */
double axes_zero(const struct axes_motor *);
/* zero: of each motor, NaN: unknown; NULL: as in this session.  0 or -1. */
int axes_left(struct axes *, const double *zero, struct axes_left *);
/* The first time at which the steps were to be those that were made. */
double axes_moment(const struct axes *, double from, double to);

struct axes_totals {
	uint64_t steps, commands;
	double error_max_s, error_rms_s, rate_max_hz;
};
void axes_totals(struct axes *, struct axes_totals *);

/* --- axes-steps.c, for its neighbours --------------------------------------
 */
void axes_begin_steps(struct axes *);
void axes_end_steps(struct axes *);
void axes_queue(struct axes *, const struct motion_segment_in *);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the executor: what the files of machine/gcode_*.c share. */
#ifndef GANTRY_MACHINE_GCODE_PRIVATE_H
#define GANTRY_MACHINE_GCODE_PRIVATE_H

#include "base/buf.h"
#include "machine/gcode_exec.h"
#include "motion/bed.h"
#include "motion/effort.h"
#include "motion/hull.h"
#include "motion/mesh_grid.h"
#include "motion/planner.h"
#include "motion/reach.h"
#include "motion/scurve.h"

/*
 * Events wait in a queue beside the moves of the look-ahead: each knows how
 * many moves were accepted before it, and goes out when these have.
 */
struct gcode_event {
	uint64_t after; /* moves */
	struct plan_record rec;
	char *text; /* ours; rec.u.text.s points to it */
};

/* origin of a manual stepper that is an axis, by its number in machine.extra */
struct gcode_saved_along {
	char letter; /* NUL: it was none */
	double base;
};

struct gcode_saved { /* SAVE_GCODE_STATE */
	char *name;
	struct gcode_state state;
	struct gcode_saved_along *along;
};

#define GCODE_SAVED_MAX	  64
#define GCODE_UNKNOWN_MAX 200

struct gcode_unknown { /* names that were told already */
	char *name[GCODE_UNKNOWN_MAX];
	int n;
};

struct gcode_extruder_state {
	double e; /* where it stands, mm, and its highest; G-code */
	double max_e, exclude_offset;
	double advance, smooth_time;
	struct machine_advance law;
};

struct gcode_shaper_state {
	char type[PLAN_LONG_NAME_SIZE]; /* NUL to the end: compared as bytes */
	double freq, damping;
};

/* how the file marks its layers and objects */
enum gcode_label {
	GCODE_LABEL_NONE,
	GCODE_LABEL_COMMENT, /* comments of a slicer */
	GCODE_LABEL_COMMAND, /* M486, EXCLUDE_OBJECT_START */
};

/* Objects that are left out; offset is G-code less machine, mm. */
struct gcode_exclude {
	char **name;
	size_t n, alloc;
	bool active;  /* offsets may differ from 0 */
	bool inside;  /* the object at hand is left out */
	bool skipped; /* moves of it were */
	double offset[4], adjust;
	double last_real[4], last_skipped[4]; /* targets, G-code */
	double max_skipped;		      /* E */
};

/*
 * A bed that is not flat; .bed.mesh.z NULL: none is loaded.  The last stage
 * follows it: the planner's Z is above the bed, and no move is cut.  Or moves
 * are cut as the incumbent does: then the planner's Z is the machine's.
 */
struct gcode_mesh {
	struct bed bed; /* .shift of what was probed, too */
	bool cuts;
	double check, delta_z; /* of the cuts */
	bool probed; /* by this plan: the last stage follows that mesh */
	/* What the configuration has of its name, .mesh.z NULL: nothing.  What
	 * is found will be about as steep. */
	struct bed guess;
	char name[64];	/* of what is loaded, or was probed */
	double last[4]; /* of cuts: where the machine is, before them */
	/* what was probed last in this plan, .columns 0: nothing; and what else
	 * it was called since, by SAVE */
	struct {
		char name[64], saved[64];
		uint32_t columns, rows;
		double low[2], high[2];
	} felt;
};

/* axes that are not square: tangents of what they lean */
struct gcode_skew {
	bool on;
	double xy, xz, yz;
};

/* Names of objects are long, and differ at their ends; more is cut. */
#define GCODE_OBJECT_MAX 256

struct gcode_area {
	double low[2], high[2];
};

/* an object that EXCLUDE_OBJECT_DEFINE has told of */
struct gcode_outline {
	char name[GCODE_OBJECT_MAX];
	double (*at)[2]; /* none: it has no polygon */
	size_t n, alloc;
};
struct gcode_outlines {
	struct gcode_outline *v;
	size_t n, alloc;
};

/* the carriages of an axis that has two (IDEX) */
struct gcode_dual {
	int second;  /* in machine.carriage; -1: there is none */
	int primary; /* 0 or 1: the head's */
	int mode[2]; /* enum plan_carriage_mode */
	double scale[2], offset[2];
	bool homed; /* both */
};

struct gcode_saved_dual { /* SAVE_DUAL_CARRIAGE_STATE */
	char *name;
	struct gcode_dual dual[3];
	double at[4];
};

/* a manual stepper that is an axis of G1; by its number in machine.extra */
struct gcode_along {
	char letter;		/* NUL: it is none */
	double base;		/* G92 */
	double from, to;	/* of the line at hand */
	double at;		/* where the moves so far have brought it */
	double before;		/* the last of them */
	double ratio;		/* mm for a mm of path, as the plan has it */
	double velocity, accel; /* HUGE_VAL: any */
	double corner;		/* what it may change by at once, mm/s */
};

/* PROBE_CALIBRATE and its like, between begin and ACCEPT */
enum gcode_paper_for {
	GCODE_PAPER_NONE,
	GCODE_PAPER_TELL,    /* how high the nozzle is */
	GCODE_PAPER_ENDSTOP, /* position_endstop */
	GCODE_PAPER_PROBE,   /* z_offset */
};
#define GCODE_PAPER_TRIES 100
struct gcode_paper {
	enum gcode_paper_for what;
	double speed;
	double tried[GCODE_PAPER_TRIES]; /* heights */
	int n;
};

struct gcode_exec {
	const struct machine *machine;
	struct gcode_options options;
	struct gcode_hooks hooks;
	void *ctx;
	struct diag_sink *sink;

	/* where we read */
	struct diag_place place;
	const char *line_start, *chunk_end;
	struct gcode_line line;
	char *marked_file, *macro; /* of the last ;@ mark, NULL: none */
	uint64_t lines;
	bool failed, stopped;
	struct homing_load *weak; /* and not told yet, n_weak of them */
	int n_weak;
	bool overlong; /* told, nothing is planned any more */
	bool paused;   /* and not resumed */

	/* coordinates */
	struct gcode_state st;
	struct gcode_saved *saved;
	size_t n_saved, saved_alloc;
	uint32_t homed;
	double low[3], high[3]; /* where an axis may go; empty when unhomed */
	int plane;		/* 17, 18, 19 */
	bool retracted;
	double retract_length, retract_speed;
	double unretract_extra, unretract_speed;

	struct gcode_dual dual[3];
	struct gcode_saved_dual *saved_dual;
	size_t n_saved_dual, saved_dual_alloc;
	double *manual; /* where manual steppers stand, mm */
	/* the extruder that each extruder, then each extruder_stepper, turns
	 * with; NULL: none */
	const char **follows;

	/* motion */
	struct reach reach;
	struct effort *effort; /* NULL: motors are not looked at */
	bool shaped;	       /* no box: every move is looked at in full */
	bool in_parts;	       /* lines are cut for the sake of limits */
	struct planner *planner;
	struct scurve *scurve; /* NULL: trapezoids */
	struct planner_limits limits;
	struct gcode_exec_move seen; /* for the move hook */
	struct plan_record move;     /* the record being handed out */
	uint64_t accepted, emitted, slices;
	double t;	/* end of what was handed out, since the barrier */
	double total_t; /* of the groups before */
	double moving_t;
	double filament, distance;
	double max_e; /* highest of the targets: how far it is drawn back */
	struct gcode_exclude exclude;
	struct gcode_outlines outlines;
	struct gcode_probing probing;
	struct gcode_paper paper;
	struct gcode_along *along;
	double along_part; /* of the line that the next move ends at */
	bool goes_along;   /* any of them */
	struct gcode_skew skew;
	struct gcode_mesh mesh;
	struct gcode_event *event;
	size_t first_event, n_events, event_alloc;

	struct gcode_shaper_state shaper[3];
	bool unshaped[3]; /* DISABLE_INPUT_SHAPER */

	/* heat */
	int extruder;
	struct gcode_extruder_state *extruders;
	double *target; /* by heater */
	bool *warm;	/* has been told to melt, and not cooled since */
	double *fan;	/* 0..1, by fan */
	bool hot;	/* warm[] of the extruder in use */

	/* slicer's comments and labels */
	bool layer_comments, layer_pending;
	uint32_t layer;
	double layer_z;
	enum gcode_label labels;
	char object[GCODE_OBJECT_MAX];
	char number[24];	       /* of that (M486); "": it has none */
	char spoken[GCODE_OBJECT_MAX]; /* what a comment calls the next one */
	struct gcode_called *called;   /* names that numbers have (M486) */
	size_t n_called, alloc_called;

	struct gcode_unknown unknown;
};

/* Tells once of an argument that is unknown, and near one that is not. */
void gcode_look_at_keys(struct gcode_exec *, const struct gcode_line *);
typedef int gcode_command_fn(struct gcode_exec *, const struct gcode_line *);

/* ---- gcode_exec.c ---- */
/* An error of the current line at a place in it (NULL: at its begin); -1. */
int gcode_fail(struct gcode_exec *, const char *at, const char *slug,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void gcode_note(struct gcode_exec *, enum diag_level, const char *at,
    const char *slug, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* A number by key: 1 = set, 0 = absent, -1 = reported. */
int gcode_number(struct gcode_exec *, const struct gcode_line *,
    const char *key, double min, double max, double *out);
/* Text by key, NULL when absent; cut to 63 bytes, valid until the next. */
const char *gcode_text(
    const struct gcode_line *, const char *key, char out[64]);
/* NAME= of an object; false: there is none */
bool gcode_object_name(const struct gcode_line *, char out[GCODE_OBJECT_MAX]);
void gcode_place_mark(struct gcode_exec *, struct gcode_view comment, bool own);

/* ---- gcode_record.c ---- */
void gcode_emit_move(
    void *ctx, const struct planner_move *, const struct planner_profile *);
/* a part of a move, perhaps the last one */
void gcode_emit_slice(void *ctx, const struct planner_move *,
    const struct planner_profile *, bool last);
struct plan_record gcode_record(const struct gcode_exec *, enum plan_type);
/* After the moves accepted so far; text may be NULL and is copied. */
void gcode_post(struct gcode_exec *, struct plan_record *, const char *text);
void gcode_to_rest(struct gcode_exec *);
void gcode_barrier(struct gcode_exec *);
/* 0, or -1 reported: the plan would last too long */
int gcode_dwell(struct gcode_exec *, double seconds);
void gcode_events_free(struct gcode_exec *);

/* ---- gcode_motion.c ---- */
int gcode_linear(struct gcode_exec *, const struct gcode_move *);
int gcode_circular(struct gcode_exec *, const struct gcode_move *);
gcode_command_fn gcode_do_move, gcode_do_arc, gcode_do_plane;
gcode_command_fn gcode_do_retract, gcode_do_unretract;
gcode_command_fn gcode_do_set_retraction;
/* To target in planner coordinates; checks, plans, remembers. */
int gcode_go(struct gcode_exec *, const double target[4], double speed);
/* The same where G-code and machine differ. */
int gcode_go_machine(struct gcode_exec *, const double target[4],
    const double machine[4], double speed);
/* One straight move of the planner, checked. */
int gcode_plan_to(struct gcode_exec *, const double to[4], double speed);
/* The same without checks of range, for homing. */
void gcode_go_unchecked(
    struct gcode_exec *, const double target[4], double speed);
void gcode_set_limits(struct gcode_exec *);
void gcode_set_homed(struct gcode_exec *, uint32_t axes);
void gcode_use_extruder(struct gcode_exec *, int index);

/* ---- gcode_area.c ---- */
/*
 * Where in X and Y (as the planner counts) it will be printed, to be released;
 * false: nobody knows.  Objects alone: the outlines of those that are defined;
 * or, read ahead, the lowest layer of labelled objects, of layers that the
 * slicer marks, of anything.  Everything: with skirts and brims around them.
 */
enum gcode_area_of {
	GCODE_OBJECTS,
	GCODE_EVERYTHING,
};
bool gcode_print(struct gcode_exec *, enum gcode_area_of, struct hulls *);
/* the rectangle around it */
bool gcode_area(struct gcode_exec *, enum gcode_area_of, struct gcode_area *);
void gcode_outlines_free(struct gcode_exec *);
/* Another executor that goes on from where this one is, silently; to be
 * freed. */
struct gcode_exec *gcode_twin(
    const struct gcode_exec *, const struct gcode_hooks *, void *ctx);
gcode_command_fn gcode_do_object_define;

/* ---- gcode_purge.c ---- */
gcode_command_fn gcode_do_line_purge, gcode_do_logo_purge;
gcode_command_fn gcode_do_smart_park;

/* ---- gcode_effort.c ---- */
/* NULL when nothing is known of the motors; to be freed. */
struct effort *gcode_effort(const struct machine *);
/* Limits of moves from now on, by the extruder in use, what turns with it and
 * its pressure advance. */
void gcode_effort_extruder(struct gcode_exec *);
/* A turn of that motor, counted as in follows, is so many mm of filament. */
void gcode_effort_turn(struct gcode_exec *, int pusher, double distance);

/* ---- gcode_reach.c ---- */
void gcode_reach_init(struct gcode_exec *);
/* Another bed is followed, or none. */
void gcode_reach_bed(struct gcode_exec *);
uint32_t gcode_reach_home(
    const struct gcode_exec *, uint32_t axes, double pos[3]);

/* ---- gcode_parts.c ---- */
/* Whether lines are cut for the sake of limits that differ along them; then
 * planner_add() is to be left to the other. */
bool gcode_has_parts(const struct gcode_exec *);
enum planner_result gcode_plan_parts(
    struct gcode_exec *, const double to[4], double speed, double *value);

/* ---- gcode_skew.c: in place ---- */
void gcode_skew_apply(const struct gcode_skew *, double p[3]);
void gcode_skew_inverse(const struct gcode_skew *, double p[3]);
gcode_command_fn gcode_do_set_skew, gcode_do_skew_profile;
gcode_command_fn gcode_do_calc_skew, gcode_do_get_skew;

/* ---- gcode_mesh.c ---- */
/* Where the planner stands is not where the G-code is. */
static inline bool
gcode_differs(const struct gcode_exec *ex)
{
	return ex->mesh.cuts || ex->skew.on;
}
/* The last stage follows a bed that is known here. */
static inline bool
gcode_on_bed(const struct gcode_exec *ex)
{
	return ex->mesh.bed.mesh.z && !ex->mesh.cuts;
}
void gcode_read_back(struct gcode_exec *);
/* Z as the planner counts it of a place of the machine. */
double gcode_above_bed(const struct gcode_exec *, const double machine[3]);
int gcode_mesh_cut(struct gcode_exec *, const double to[4], double speed);
/* The mesh that is probed is about that of its name in the configuration; or
 * none is probed any more. */
void gcode_mesh_guess(struct gcode_exec *);
/* No mesh is loaded any more; what was probed is another matter. */
void gcode_mesh_drop(struct gcode_exec *);
/* To go on after the lines so far: the mesh that they have probed is taken from
 * the configuration, and what it adds to Z there is added; 0, or -1 reported.
 */
int gcode_mesh_resume(struct gcode_exec *, double stands[3], double to[3]);
gcode_command_fn gcode_do_mesh_profile, gcode_do_mesh_clear;
gcode_command_fn gcode_do_mesh_offset;

/* ---- gcode_mesh_grid.c ---- */
/* The points that BED_MESH_CALIBRATE means; 0, or -1 reported.  To be
 * released. */
int gcode_mesh_grid(
    struct gcode_exec *, const struct gcode_line *, struct mesh_grid *);
/* The mesh is to be zero somewhere beside it: 1, and where to probe; 0, or -1
 * reported. */
int gcode_mesh_zero(
    struct gcode_exec *, const struct mesh_grid *, double at[2]);
gcode_command_fn gcode_do_mesh_calibrate;

/* ---- gcode_home.c ---- */
/* These axes are about to be homed; or the bed is to be probed. */
void gcode_check_homing(struct gcode_exec *, uint32_t axes, bool probes);
gcode_command_fn gcode_do_home, gcode_do_set_position, gcode_do_motors_off;
gcode_command_fn gcode_do_stepper_enable;

/* ---- gcode_carriage.c ---- */
void gcode_carriages_init(struct gcode_exec *);
void gcode_carriages_ready(struct gcode_exec *);
void gcode_carriages_free(struct gcode_exec *);
void gcode_carriages_moved(struct gcode_exec *);
/* home() homes the one that is the head. */
void gcode_carriages_home(
    struct gcode_exec *, int axis, void (*home)(struct gcode_exec *, int));
double gcode_carriage_endstop(const struct gcode_exec *, int axis);
gcode_command_fn gcode_do_dual_carriage, gcode_do_save_carriages;
gcode_command_fn gcode_do_restore_carriages;

/* ---- gcode_probe.c ---- */
int gcode_probe_mesh(
    struct gcode_exec *, const struct gcode_line *, const struct mesh_grid *);
/* What was probed in this plan does not count any more. */
void gcode_mesh_forget(struct gcode_exec *);
void gcode_mesh_tell_offset(struct gcode_exec *);
/* What was probed last counts (again). */
void gcode_mesh_felt(struct gcode_exec *);
gcode_command_fn gcode_do_probe, gcode_do_probe_accuracy;

/* Its parts: the record as configured or as the line has it; the nozzle goes
 * above a place, at z from rest; the head goes down from there. */
int gcode_probe_read(struct gcode_exec *, const struct gcode_line *,
    double samples, struct plan_record *);
int gcode_probe_go(struct gcode_exec *, const double nozzle[2], double z,
    double speed, double lift_speed);
int gcode_probe_post(struct gcode_exec *, struct plan_record *);
void gcode_probe_tell_method(struct gcode_exec *, const struct gcode_line *);

/* The bed is felt, as the line or else the configuration has it. */
int gcode_probe_for(
    struct gcode_exec *, const struct gcode_line *, uint32_t what);

/* ---- gcode_screws.c ---- */
gcode_command_fn gcode_do_screws_tilt;

/* ---- gcode_paper.c ---- */
gcode_command_fn gcode_do_manual_probe, gcode_do_endstop_calibrate;
gcode_command_fn gcode_do_probe_calibrate, gcode_do_testz;
gcode_command_fn gcode_do_accept, gcode_do_abort;
gcode_command_fn gcode_do_apply_probe, gcode_do_apply_endstop;

/* ---- gcode_along.c ---- */
int gcode_along_read(struct gcode_exec *, const struct gcode_line *);
void gcode_along_forget(struct gcode_exec *);
void gcode_along_undo(struct gcode_exec *);
int gcode_along_next(struct gcode_exec *, double distance);
int gcode_along_alone(struct gcode_exec *, bool extrudes, double speed);
int gcode_along_origin(
    struct gcode_exec *, const struct gcode_line *, bool *any);
void gcode_along_save(const struct gcode_exec *, struct gcode_saved *);
void gcode_along_restore(struct gcode_exec *, const struct gcode_saved *);
void gcode_along_resume(const struct gcode_exec *, struct buf *);
int gcode_along_register(
    struct gcode_exec *, const struct gcode_line *, int motor);

/* ---- gcode_motor.c ---- */
void gcode_stepper_to(
    struct gcode_exec *, int i, double to, double speed, double accel);
/* from rest to rest, s; 0, or -1 reported: that is too long, or slow */
int gcode_stepper_check(
    struct gcode_exec *, double d, double speed, double accel, double *takes);
void gcode_motors_init(struct gcode_exec *);
void gcode_motors_free(struct gcode_exec *);
gcode_command_fn gcode_do_manual_stepper, gcode_do_force_move;
gcode_command_fn gcode_do_sync_extruder, gcode_do_rotation_distance;

/* ---- gcode_heat.c ---- */
gcode_command_fn gcode_do_extruder_heat, gcode_do_extruder_wait;
gcode_command_fn gcode_do_bed_heat, gcode_do_bed_wait;
gcode_command_fn gcode_do_chamber_heat, gcode_do_chamber_wait;
gcode_command_fn gcode_do_set_heater, gcode_do_heaters_off;
gcode_command_fn gcode_do_temperature_wait;
gcode_command_fn gcode_do_fan, gcode_do_fan_off, gcode_do_fan_speed;
gcode_command_fn gcode_do_pin;

/* ---- gcode_modes.c ---- */
gcode_command_fn gcode_do_absolute, gcode_do_relative, gcode_do_absolute_e;
gcode_command_fn gcode_do_relative_e, gcode_do_set_origin;
gcode_command_fn gcode_do_speed_factor, gcode_do_extrude_factor;
gcode_command_fn gcode_do_offset, gcode_do_save, gcode_do_restore;
gcode_command_fn gcode_do_resume, gcode_do_clear_pause;
int gcode_pause_keep(struct gcode_exec *);
/* What was saved there, too, but for the origins of manual steppers. */
void gcode_states_copy(struct gcode_exec *, const struct gcode_exec *from);

/* ---- gcode_advance.c: pushers are extruders, then [extruder_stepper]s ---- */
/* EXTRUDER= of the line, or the one in use; -1: reported */
int gcode_pusher_of(struct gcode_exec *, const struct gcode_line *);
const char *gcode_pusher_name(const struct gcode_exec *, int);
void gcode_pusher_configured(const struct machine *, int,
    struct machine_advance *, double *advance, double *smooth_time);
gcode_command_fn gcode_do_pressure_advance;
gcode_command_fn gcode_do_enable_shaper, gcode_do_disable_shaper;

/* ---- gcode_tune.c ---- */
void gcode_post_shaper(struct gcode_exec *, int axis);
gcode_command_fn gcode_do_acceleration, gcode_do_velocity_limit;
gcode_command_fn gcode_do_input_shaper;
gcode_command_fn gcode_do_tool, gcode_do_activate_extruder;

/* ---- gcode_comment.c ---- */
void gcode_comment(struct gcode_exec *, struct gcode_view comment);
void gcode_layer_move(struct gcode_exec *, const double target[4]);
void gcode_object_begin(struct gcode_exec *, struct gcode_view name);
void gcode_object_end(struct gcode_exec *);
gcode_command_fn gcode_do_object_start, gcode_do_object_end;

/* ---- gcode_exclude.c ---- */
void gcode_exclude_update(struct gcode_exec *);
void gcode_exclude_add(struct gcode_exec *, const char *name);
void gcode_exclude_remove(struct gcode_exec *, const char *name);
void gcode_exclude_reset(struct gcode_exec *);
void gcode_exclude_free(struct gcode_exec *);
bool gcode_excludes(const struct gcode_exec *, const char *name);
/* One of this name may begin later. */
void gcode_object_told(struct gcode_exec *, const char *name);
int gcode_exclude_go(struct gcode_exec *, const double target[4], double speed);
gcode_command_fn gcode_do_exclude;

/* ---- gcode_m486.c ---- */
gcode_command_fn gcode_do_m486;
void gcode_called_free(struct gcode_exec *);

/* ---- gcode_commands.c ---- */
int gcode_command(struct gcode_exec *, const struct gcode_line *);
/* The machine has no such section, "[fan]": whether that is yet to be told.  A
 * file that cools nothing does so in each layer. */
bool gcode_first_lack(struct gcode_exec *, const char *section);
void gcode_unknown_free(struct gcode_exec *);

#endif

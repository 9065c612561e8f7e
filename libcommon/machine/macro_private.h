/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the world of macros: what the files of machine/macro_*.c share. */
#ifndef GANTRY_MACHINE_MACRO_PRIVATE_H
#define GANTRY_MACHINE_MACRO_PRIVATE_H

#include <uthash.h>

#include "base/arena.h"
#include "lang/gcode.h"
#include "lang/jinja.h"
#include "lang/klippercfg.h"
#include "machine/gcode_state.h"
#include "machine/macro.h"
#include "machine/macro_line.h"
#include "machine/tree.h"

/* a template of the configuration, compiled */
struct macro_template {
	const char *name; /* "gcode_macro START:gcode" */
	const struct klippercfg_option *option;
	struct jinja_template *tpl;
	const uint32_t *start; /* of its lines, in the option's value */
	uint32_t *indent; /* of each in its file, UINT32_MAX: not yet found */
	uint32_t n_starts;
	struct macro_template *next;
};

struct macro_def {
	const char *section; /* "gcode_macro Start" */
	const char *object;  /* "Start", as MACRO= and printer[] have it */
	const char *name;    /* "START" */
	const char *rename;
	const char *description;
	struct diag_place place;
	struct macro_template *t;
	struct arena arena; /* of vars */
	struct jj_value vars;
	bool running;
	bool called; /* by the job that is checked */
};

struct macro_delayed {
	const char *name;
	struct macro_template *t;
	double wake; /* on the clock of the plan, s */
	bool armed, inside, again, initial;
	double again_in;
	unsigned order;
};

struct macro_heater {
	const char *name;  /* "extruder", "heater_bed", "heater_generic x" */
	const char *alias; /* "x" */
	bool extruder, known;
	bool live; /* as a running machine says it is */
	double temperature, target;
	double min_temp, max_temp, min_extrude_temp;
	double pressure_advance, smooth_time;
	double e; /* where an extruder that is not active stands */
};

struct macro_level {	   /* fans, pins, servos, temperature fans */
	const char *name;  /* "fan", "fan_generic x", "output_pin x" */
	const char *alias; /* "x" */
	double value, scale, max_power, off_below;
	double min_width, max_width, max_angle; /* servo */
	double target;				/* temperature_fan */
	bool enabled;				/* filament sensors */
};

struct macro_leds {
	const char *name, *alias;
	unsigned n;
	double (*colour)[4];
};

struct macro_saved {
	char *name;
	struct gcode_state state;
	struct macro_saved *next;
};

struct macro_mesh {
	const char *name;
	double min[2], max[2];
	unsigned nx, ny;
	double *z; /* nx * ny, NULL: not known */
	struct macro_mesh *next;
};

enum macro_kind {
	MK_STATIC, /* fields of a table */
	MK_HEATER,
	MK_FAN,
	MK_PIN,
	MK_TEMPERATURE_FAN,
	MK_FILAMENT,
	MK_LEDS,
	MK_MACRO,
	MK_TOOLHEAD,
	MK_GCODE_MOVE,
	MK_CONFIGFILE,
	MK_HEATERS,
	MK_PRINT_STATS,
	MK_SDCARD,
	MK_PAUSE,
	MK_DISPLAY,
	MK_EXCLUDE,
	MK_IDLE,
	MK_MESH,
	MK_APPLIED,
	MK_SAVED,
	MK_RETRACTION,
	MK_STEPPERS,
	MK_DUAL,
	MK_TMC,
	MK_LIVE, /* only from a snapshot */
};

struct macro_object { /* of printer[...] */
	const char *name;
	enum macro_kind kind;
	unsigned index;
	const char *fields; /* MK_STATIC: see macro_status.c */
};

struct macro_command;
typedef int (*macro_builtin)(struct macro_world *, struct macro_line *);

struct macro_builtin_row {
	const char *name;
	macro_builtin run;   /* NULL: nothing to follow */
	const char *section; /* that makes it exist, NULL: always there */
	bool macros_only;    /* means nothing to a machine */
};

struct macro_command {
	char *name;
	const struct macro_builtin_row *builtin; /* or */
	struct macro_def *macro;
	UT_hash_handle hh;
};

/* a template whose lines are running */
struct macro_frame {
	struct macro_frame *outer;
	const struct macro_template *t;
	const char *title; /* "START", for the chain of calls */
	struct diag_place called;
	const char *called_text;
	size_t called_len;
};

struct macro_line_place { /* where a line of a rendered text was written */
	size_t pos;	  /* in the template's text */
};

struct macro_world {
	unsigned flags;
	struct macro_hooks hook;
	void *ctx;
	struct diag_sink *sink;
	struct arena arena; /* names and what stays */
	char *path, *folder;
	struct klippercfg **cfg; /* printer.cfg, or the macro files */
	unsigned n_cfg;
	struct tree *tree;
	bool klipper;	 /* it is a printer.cfg */
	bool has_addons; /* sections that nobody here knows */
	struct jinja *j;
	struct macro_command *command;	/* by name */
	struct macro_command *stranger; /* told: nobody has them */
	struct macro_def *macro;
	unsigned n_macros;
	struct macro_template *template, **template_tail;
	struct macro_delayed *delayed;
	unsigned n_delayed;
	bool broken; /* something was reported at load */
	/* configfile */
	struct jj_value config, settings; /* shared dicts */
	/* objects of printer[...] */
	struct macro_object *object;
	unsigned n_objects;
	struct jj_value by_name; /* dict: name to index */
	struct jj_value *cache;	 /* of this render, by index */
	uint64_t *cached, render;
	struct jj_value extra; /* dict: snapshot, object to fields */
	struct arena extra_arena;
	int (*ask)(struct macro_world *, void *);
	void *ask_data;
	bool asking;
	bool machine; /* the state is one of a machine that runs */
	bool fresh;   /* and of where this template stands */
	/* running */
	struct macro_frame *frame;
	unsigned depth;
	struct diag_place place; /* of the line that runs */
	const char *raw;	 /* the stream's line, whole */
	size_t raw_len;
	struct macro_line *line;
	bool failed, failed_inside, shut;
	const char *shut_why;
	struct buf said;
	struct macro_clock *moves; /* their time; NULL: none yet */
	double waited_s;	   /* dwells */
	unsigned timers;
	bool homing;	    /* inside homing_override */
	unsigned scan_mask; /* which of G0..G3 are the machine's own */
	/* the printer */
	struct gcode_state g;
	struct macro_saved *saved;
	unsigned homed; /* bits of axes */
	double axis_min[3], axis_max[3], endstop[3];
	bool delta;
	double cone_start_z;
	double max_velocity, max_accel, square_corner, cruise_ratio;
	struct macro_heater *heater;
	unsigned n_heaters;
	int extruder; /* active, -1: none */
	struct macro_level *level;
	unsigned n_levels;
	struct macro_leds *leds;
	unsigned n_leds;
	struct macro_mesh *mesh;    /* profiles */
	struct macro_mesh *mesh_on; /* active */
	double mesh_area[4];
	const char *mesh_name;
	bool paused, pause_sent;
	char *message;
	double progress;
	char *sd_file;
	bool sd_active, sd_paused;
	char *sd_text;
	const char *sd_name; /* for places */
	uint32_t sd_line;
	size_t sd_pos, sd_len;
	const char *print_state;
	int64_t layer, layers; /* -1: none */
	struct arena exclude_arena;
	struct jj_value exclude_objects, excluded;
	char *exclude_current;
	bool idle; /* no motion yet */
	double idle_timeout;
	double retract[4]; /* length, speed, extra, speed back */
	bool retracted, z_tilt, qgl;
	bool probed; /* by BED_MESH_CALIBRATE, since the last reset */
	int dual;    /* active carriage */
	const char *dual_mode[2];
	struct arena saved_arena;
	struct jj_value saved_vars;
	const char *saved_path;
	bool saved_dirty;
	double *tmc_current;
};

/* ---- macro_status.c ---- */
/* printer[object] as a template sees it; JJ_MISSING: it has none */
struct jj_value macro_look_up(
    struct macro_world *, const char *object, size_t len);
bool macro_stale(const struct macro_world *);

/* ---- macro_clock.c ---- */
/* a straight move at the speed of w->g */
void macro_clock_move(
    struct macro_world *, const double from[4], const double to[4]);
/* G2 (clockwise) or G3 around from + offset, in X and Y */
void macro_clock_arc(struct macro_world *, const double from[4],
    const double to[4], const double offset[2], bool clockwise, double turns);
/* the machine comes to rest, and waits */
void macro_clock_rest(struct macro_world *, double wait_s);
double macro_now(const struct macro_world *); /* planned time, s */
void macro_clock_free(struct macro_world *);

/* ---- macro_load.c ---- */
struct klippercfg_option *macro_option(
    const struct macro_world *, const char *section, const char *option);
const char *macro_text(
    const struct macro_world *, const char *section, const char *option);
double macro_number(const struct macro_world *, const char *section,
    const char *option, double fallback);
bool macro_has_section(const struct macro_world *, const char *section);
void macro_load_error(struct macro_world *, const struct diag_place *,
    const char *slug, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void macro_place_of(
    const struct macro_template *, size_t pos, struct diag_place *);
bool macro_literal_ok(struct jj_value);
struct macro_template *macro_template(struct macro_world *, const char *section,
    const struct klippercfg_option *);
/* vars copied to a fresh arena of the macro's */
void macro_keep_vars(struct macro_def *, struct jj_value vars);

/* ---- macro_settings.c ---- */
void macro_make_config(struct macro_world *);

/* ---- macro_status.c, macro_objects.c ---- */
void macro_make_objects(struct macro_world *);
void macro_add_object(struct macro_world *, const char *name, enum macro_kind,
    unsigned index, const char *fields);
void macro_index_objects(struct macro_world *);
/* does the stream say what that field is, so that a snapshot is older? */
bool macro_follows(const char *object, const char *field);
/* what a snapshot says from now on, and into what is followed */
void macro_keep_extra(struct macro_world *, struct jj_value all);
void macro_apply(struct macro_world *);
void macro_take_saved(struct macro_world *, struct jj_value variables);
struct jj_value macro_printer(struct macro_world *);
void macro_forget_status(struct macro_world *);
struct jj_value macro_status(struct macro_world *, const struct macro_object *);

/* ---- macro_machine.c: the state at the start ---- */
void macro_make_machine(struct macro_world *);
void macro_make_delta(struct macro_world *);
struct macro_mesh *macro_mesh_new(struct macro_world *, const char *name);
void macro_read_saved(struct macro_world *);
struct macro_heater *macro_find_heater(struct macro_world *, const char *name);
struct macro_level *macro_find_level(
    struct macro_world *, const char *kind, const char *name);

/* ---- macro_snapshot.c ---- */
void macro_apply_snapshot(struct macro_world *);

/* ---- macro_run.c ---- */
/* all of it; -1 when it cannot be read */
int macro_read_file(const char *path, struct buf *text);
int macro_error(struct macro_world *, const char *slug, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void macro_respond(struct macro_world *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* a line that a command runs inside itself: followed, not passed on */
int macro_inner(struct macro_world *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int macro_dispatch(struct macro_world *, const char *s, size_t n);
int macro_run_template(struct macro_world *, const struct macro_template *,
    const char *title, struct macro_def *, struct macro_line *);
int macro_run_sd(struct macro_world *);
void macro_context(
    struct macro_world *, struct macro_def *, struct macro_line *);
struct macro_command *macro_find_command(
    struct macro_world *, const char *name);
void macro_register(struct macro_world *);
extern const struct macro_builtin_row macro_builtins[];

/* ---- parameters of commands ---- */
int macro_get_double(struct macro_world *, const struct macro_line *,
    const char *key, double *out); /* 1 there, 0 not, -1 reported */
int macro_get_int(struct macro_world *, const struct macro_line *,
    const char *key, int64_t *out);
const char *macro_need(
    struct macro_world *, const struct macro_line *, const char *key);

/* ---- for the commands (macro_commands.h) ---- */
void macro_moved(struct macro_world *, const double from[4]);
void macro_reset_objects(struct macro_world *);

#endif

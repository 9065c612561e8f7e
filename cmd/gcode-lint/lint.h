/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checker: one pass over a file, a bounded memory of it. */
#ifndef GCODE_LINT_LINT_H
#define GCODE_LINT_LINT_H

#include <stdbool.h>
#include <stdint.h>

#include "facts.h"
#include "findings.h"
#include "flow.h"
#include "habits.h"
#include "heightmap.h"
#include "lang/gcode.h"
#include "machine/gcode_exec.h"
#include "machine/print_time.h"
#include "objects.h"
#include "summary.h"

/*
 * lint_line() is fed every line once.  The line itself is looked at first
 * (lint_line.c), then the executor of gcode-plan carries it out and calls back
 * with each move (lint_move.c, lint_extrude.c) and with what the planner made
 * of it (lint_plan.c).  What only the end can tell is judged by lint_end().
 */
struct lint_region { /* what the slicer says is being printed */
	bool purge;  /* before the first layer, or marked as custom */
	bool support;
};

struct lint_saved { /* SAVE_GCODE_STATE */
	char name[32];
	uint32_t line;
};
#define LINT_SAVED_MAX 32

#define LINT_TARGETS 8

struct lint_mode { /* the part goes on in another mode of E */
	uint32_t line;
	uint32_t from; /* where filament first moved in it */
	bool relative;
};
#define LINT_MODES 32

struct lint_used { /* a target that a layer was printed with */
	double target;
	uint32_t line;
};

/*
 * The heaters by model: the same as gcode-plan reckons waits with, told the
 * configured power and what melting takes.  Followed with the records of the
 * plan; between events a look every third of a second of the print.
 */
struct lint_warm {
	struct print_time time;
	int heater;   /* of the extruder in use; -1: none */
	bool unknown; /* something that is not to be seen has heated it */
	uint64_t power_known, trouble_said, reach_said; /* by heater */
	double followed, end;				/* time of the group */
	double melted, flow; /* mm3 since then; mm3/s */
	bool fine; /* warm enough and near the target, since the last look */
	bool moving, settled, falls_said, idle_said;
	double moved;	     /* clock when the last motion ended */
	double target;	     /* that was settled at */
	double behind_s;     /* of beads far from the target */
	double mean_load;    /* W */
	double calm_s, load; /* so long under about that load */
	bool calm_known;     /* and all heaters are at their targets */
};

struct lint {
	struct findings *f;
	const struct machine *m;
	struct lint_facts facts;   /* of the machine and the options */
	struct lint_header header; /* what the slicer wrote down */
	struct gcode_exec *exec;
	struct diag_sink sink; /* the executor's complaints */

	/* the line in work */
	struct gcode_line parsed;
	struct gcode_move words; /* of G0 to G3; has = 0: another line */
	const char *s;
	size_t n; /* without CR and LF */
	uint32_t line;
	bool complained; /* about this line: the executor's words add nothing */
	bool not_homed, cold; /* the executor refused it for that */

	/* the file so far */
	bool any_number, any_checksum, any_crlf;
	uint64_t commands;
	bool last_was_move; /* the last command: G0 to G3 */
	uint32_t last_command;
	bool cut_off; /* the file stops in mid-print */
	struct lint_saved saved[LINT_SAVED_MAX];
	int n_saved;

	/* motion */
	bool any_move, any_feedrate, motors_off, homed_z, mode_set;
	bool any_bead;	    /* something was extruded on the way */
	bool part_extruded; /* and it was no purge */
	bool first_layer_done;
	uint32_t first_print_line, last_print_line;
	double print_z, max_print_z, first_print_z;
	uint32_t park_line; /* a travel after the last bead, before a lift */
	bool lifted;
	bool other_known; /* a known command since the last bead */
	double raised_said;
	double fastest_said;
	struct heightmap map;
	bool purge_said, head_said, receptacle_said, beside_said;
	bool mesh_made, mesh_adaptive;
	double bead_min[2], bead_max[2]; /* first layer */
	bool resumed;			 /* the print begins in mid-air */

	/* extrusion */
	double e_high;	  /* most filament that was ever out */
	double prime_sum; /* unretracted beyond what was retracted */
	uint64_t beads, beads_below_step;
	uint32_t mode_bad, mode_good; /* signs of the wrong mode of E */
	bool mode_said, g0_said;
	struct lint_mode bead_mode[LINT_MODES];
	int n_bead_modes;
	struct lint_mode e_mode; /* of the last moves of filament */
	struct flow flow;
	struct habits habits;
	double e_unit; /* mm: the last decimal of E */
	bool coarse_said, arc_off_said;

	/* heat, nozzle and bed */
	bool heat_changed; /* since the last bead */
	bool extruder_waited, bed_waited;
	bool unwaited; /* the first bead came before a wait */
	struct lint_warm warm;
	double told[2]; /* by M104, M140 */
	uint32_t told_line[2];
	double bead_target[2];
	struct lint_used used[2][LINT_TARGETS];
	int n_used[2];

	/* objects */
	struct objects objects;
	bool objects_declared, late_said;

	/* the plan */
	char *source; /* file that lines of records count in; NULL: this */
	struct summary sum;
	bool sum_detailed, sum_gridded; /* as in it; outlive the file */
	double asked_s;			/* time at the speeds asked for */
	uint64_t short_moves;
	double over_flow_s, step_rate_said;
	bool over_flow_said;
};

void lint_init(struct lint *, struct findings *, const struct machine *,
    const struct lint_facts *);
void lint_release(struct lint *);

void lint_begin(struct lint *, const char *file);
/* n bytes with the newline; the byte behind them must be readable. */
void lint_line(struct lint *, const char *s, size_t n);
/* newline_missing: the last line had none */
void lint_end(struct lint *, bool newline_missing);

/* The configuration itself; counts as of the file in work. */
void lint_machine(struct lint *);
void lint_macros(struct lint *, const char *config);

/* --- the parts, each in the file lint_*.c of its kind ------------------- */
void check_bytes(struct lint *);
void check_words(struct lint *);
void check_text(struct lint *);
void check_command(struct lint *);
void check_command_done(struct lint *);
void check_origin(struct lint *);
void check_acceleration(struct lint *);
void check_velocity_limit(struct lint *);
void check_homing(struct lint *);
void check_told(struct lint *);
void check_heat_wait(struct lint *);
void check_temperature_wait(struct lint *);
void check_heat_bead(struct lint *);
void check_heat_layer(struct lint *);
void check_heat_end(struct lint *);
void check_move(struct lint *, const struct gcode_exec_move *);
/* way: mm in the plane, de: mm of filament */
void check_bead(
    struct lint *, const struct gcode_exec_move *, double way, double de);
void check_in_place(struct lint *, const struct gcode_exec_move *, double de);
void check_e_mode(struct lint *, bool on_the_way);
void check_extrude_end(struct lint *);
/* was this bead of the part in a mode that the slicer did not write in? */
bool lint_wrong_mode(const struct lint *, int i);
void check_habit_line(struct lint *);
void check_habit_move(struct lint *, const struct gcode_exec_move *);
void check_habit_end(struct lint *);
void check_clearance(struct lint *, const struct gcode_exec_move *);
void check_surface(struct lint *, const struct gcode_exec_move *);
bool over_receptacle(const struct lint *, const double at[3]);
void check_arc(struct lint *);
void check_record(struct lint *, const struct plan_record *);
void warm_begin(struct lint *);
void warm_release(struct lint *);
/* area: mm2 of filament */
void warm_record(struct lint *, const struct plan_record *, double area);
void check_plan_end(struct lint *);
void check_object_command(struct lint *);
void check_object_bead(struct lint *, const double to[4]);
void check_object_end(struct lint *);
void check_end(struct lint *, bool newline_missing);
/* a complaint of the executor becomes a finding */
void check_complaint(struct diag_sink *, enum diag_level,
    const struct diag_place *, const char *slug, const char *text);

#endif

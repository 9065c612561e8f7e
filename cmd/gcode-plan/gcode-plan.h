/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of gcode-plan share. */
#ifndef GANTRY_CMD_GCODE_PLAN_H
#define GANTRY_CMD_GCODE_PLAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "io/progress.h"
#include "machine/gcode_exec.h"
#include "machine/machine.h"
#include "machine/print_time.h"
#include "wire/plan.h"

/* ---- input.c: bytes from files and terminals to the executor ---- */
struct input {
	struct gcode_exec *exec;
	struct diag_sink *sink;
	double idle_s; /* quiet that long: motion comes to rest; < 0: default */
	bool quiet;    /* no progress */
	bool whole;    /* pipes are read to their end by who looks ahead */
	struct source *now;
	struct progress progress;
	/* hands on what the executor has made; 0, or -1 to stop */
	int (*flush)(void *ctx, bool rest);
	void *ctx;
};

enum input_result {
	INPUT_DONE,
	INPUT_FAILED,  /* an error of the G-code, reported */
	INPUT_STOPPED, /* M112, or flush() said so */
	INPUT_SIGNAL,
	INPUT_UNREADABLE, /* reported */
	INPUT_UNOPENED,	  /* reported */
};

/* path NULL or "-": standard input */
enum input_result input_read(struct input *, const char *path);
/* What the rest of the file has, for gcode_options.ahead; ctx: the input. */
int input_ahead(void *ctx, struct buf *);

/* ---- summary.c ---- */
struct summary_heater {
	char name[64];
	double target; /* highest */
};

#define SUMMARY_HEATERS 16

struct summary {
	const struct machine *machine;
	double density;			    /* g/cm3 */
	double low[3], high[3];		    /* where it extrudes, mm */
	double reach_low[3], reach_high[3]; /* where it goes */
	double extruding_mm, travel_mm;	    /* of path */
	double extruding_s, travel_s, still_s;
	double pushed_mm; /* filament, without what was drawn back */
	double peak_speed, peak_flow; /* mm/s, mm3/s */
	uint32_t peak_speed_line, peak_flow_line;
	uint32_t layers, objects, pauses, homings;
	double top_z;
	uint64_t retractions;
	uint32_t retracting_line; /* of the record before; 0: none */
	struct summary_heater heater[SUMMARY_HEATERS];
	int n_heaters;
	int waits;
	struct print_time time;	      /* with what the machine waits for */
	unsigned long long slowed;    /* moves, by what motors can do */
	struct gcode_probing probing; /* of meshes */
	double jerk;		      /* mm/s3; 0: none */
	double jerk_costs_s, plain_s; /* more than without it */
	struct plan_end end;
};

void summary_init(struct summary *, const struct machine *, double density);
void summary_release(struct summary *);
void summary_add(struct summary *, const struct plan_record *);
void summary_text(const struct summary *, struct buf *);
/* what the profile costs; one line */
void summary_jerk(const struct summary *, struct buf *);
void summary_json(const struct summary *, struct buf *);

/* ---- objects.c ---- */
struct object {
	char *name;
	double low[3], high[3]; /* where it extrudes, mm; low > high: nowhere */
	double time_s, filament_mm;
};

struct objects { /* {0} is empty */
	struct object *object;
	size_t n, alloc;
	size_t current;	 /* from 1; 0 outside of objects */
	double drawn_mm; /* how far filament is drawn back */
};

void objects_release(struct objects *);
void objects_add(struct objects *, const struct plan_record *);
struct object *objects_find(const struct objects *, const char *name);
void objects_text(const struct objects *, struct buf *);
void objects_json(const struct objects *, struct buf *);

/* ---- exclude.c: how many of these names no object has, reported ---- */
int exclude_check(const struct objects *, const struct opt_strings *names,
    const char *file, enum diag_level, struct diag_sink *);
/* The same by reading files beforehand; 0 when they can be read once only. */
int exclude_check_files(const struct machine *, const struct opt_strings *names,
    int argc, char **argv, struct diag_sink *);

/* ---- json.c: a record as one line of JSON ---- */
void record_json(struct buf *, const struct plan_record *);

#endif

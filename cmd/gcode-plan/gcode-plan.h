/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of gcode-plan share. */
#ifndef GANTRY_CMD_GCODE_PLAN_H
#define GANTRY_CMD_GCODE_PLAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "io/progress.h"
#include "machine/gcode_exec.h"
#include "machine/machine.h"
#include "wire/plan.h"

/* ---- input.c: bytes from files and terminals to the executor ---- */
struct input {
	struct gcode_exec *exec;
	double idle_s; /* quiet that long: motion comes to rest; < 0: default */
	bool quiet;    /* no progress */
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
	struct summary_heater heater[SUMMARY_HEATERS];
	int n_heaters;
	int waits;
	struct plan_end end;
};

void summary_init(struct summary *, const struct machine *, double density);
void summary_add(struct summary *, const struct plan_record *);
void summary_text(const struct summary *, struct buf *);
void summary_json(const struct summary *, struct buf *);

/* ---- json.c: a record as one line of JSON ---- */
void record_json(struct buf *, const struct plan_record *);

#endif

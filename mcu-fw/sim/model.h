/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine behind the pins: carriage, endstops, heaters, fans. */
#ifndef GANTRY_SIM_MODEL_H
#define GANTRY_SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "machine/machine.h"
#include "mcu-fw/sim/frame.h"
#include "mcu-fw/sim/laid.h"

/*
 * The model watches the pins that the configuration names and lets the ones
 * that the firmware reads follow.  Coordinates are the configured ones: an
 * endstop triggers where position_endstop says.  It never looks into the
 * firmware, and knows the time from sim_clock.
 */
struct model;

enum model_fault_kind {
	FAULT_LINK,	   /* value: probability of each byte */
	FAULT_LINK_DELAY,  /* value: s that the wire holds its bytes */
	FAULT_SHORT,	   /* of a thermistor */
	FAULT_OPEN,	   /* its wire is off */
	FAULT_HEATER_DEAD, /* the cartridge is off */
	FAULT_HEATER_ON,   /* the switch conducts for ever */
	FAULT_JAM,	   /* an endstop never triggers */
	FAULT_STUCK,	   /* it always does */
	FAULT_BROWNOUT,	   /* the chip restarts */
};

struct model_fault {
	enum model_fault_kind kind;
	char *target; /* heater or axis; NULL: the first */
	double value;
	double at_s;
	bool done;
};

struct model_options {
	struct model_fault *fault;
	int n_faults;
	uint64_t seed;
	bool has_start;
	double start[3];
	bool keep_laid; /* a picture is wanted */
	double warp;	/* mm: how high the bed is at its sides */
	struct frame_mode resonance[FRAME_MODES_MAX];
	int n_resonances;
	double sensor_clock_percent; /* how fast it goes */
};

/*
 * NAME[:TARGET][:VALUE][@SECONDS], as --fault takes it.  0, or -1 after
 * reporting to the sink.
 */
int model_fault_parse(
    const char *text, struct model_fault *, struct diag_sink *);

/* Names and connects the pins: before sim_begin().  NULL after reporting. */
struct model *model_new(
    const struct machine *, const struct model_options *, struct diag_sink *);
void model_free(struct model *);

/* Nothing has moved lately and no heater is on. */
bool model_at_rest(const struct model *);
/* When a byte came from the host, for the report. */
void model_host_spoke(struct model *);

/* What was laid down; laid_finish() has been called. */
const struct laid *model_laid(struct model *);
/* The report: one JSON object and a newline. */
void model_report(struct model *, struct buf *out);
/* Each fault that was seen, a line each. */
void model_warn(struct model *, void (*say)(const char *text));

#endif

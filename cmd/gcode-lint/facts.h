/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known beforehand: of the machine, and by the slicer's comments. */
#ifndef GCODE_LINT_FACTS_H
#define GCODE_LINT_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "lang/gcode.h"
#include "machine/machine.h"

struct lint_box { /* mm */
	double min[3], max[3];
};

struct lint_macro {   /* a macro that the configuration names */
	char *name;   /* upper-case */
	char **param; /* upper-case; what its template reads */
	int n_params;
	bool any; /* reads rawparams or params as a whole: takes anything */
};

/* Of the machine; 0 and NULL: the configuration does not say. */
struct lint_facts {
	double max_flow;      /* mm3/s of melt */
	double flow_time;     /* s above it before it counts */
	double max_step_rate; /* steps/s of one motor */
	double spool;	      /* mm of filament left */
	double heater_power;  /* W of the hotend */
	double arc_tolerance; /* mm */
	double hot_idle;      /* s */
	const char *printer;  /* as slicers call it */
	bool arcs_off;	      /* a printer.cfg without [gcode_arcs] */
	bool has_mesh;
	double mesh_min[2], mesh_max[2]; /* mm */
	double head_min[2], head_max[2]; /* mm from the nozzle */
	double head_z;			 /* mm from the nozzle's tip up */
	double gantry_height;		 /* mm; 0: not said */
	bool has_head, has_bed, has_receptacle, any_clearance;
	double bed_min[2], bed_max[2]; /* mm */
	struct lint_box receptacle;    /* up to its rim */
	struct lint_box *keep_out;
	int n_keep_out;
	const char **known; /* commands of somebody else */
	int n_known;
	struct lint_macro *macro;
	int n_macros;
};

void facts_init(struct lint_facts *);
/* what the configuration says */
void facts_of_machine(struct lint_facts *, const struct machine *);
/* by enum rule: what would have to be told for it to be checked, or NULL */
void facts_missing(
    const struct lint_facts *, const struct machine *, const char **lacks);
void facts_release(struct lint_facts *);
/* "X0,Y0,X1,Y1" or "X0,Y0,Z0,X1,Y1,Z1": 0 or -1 */
int facts_keep_out(struct lint_facts *, const char *text);
void facts_known(struct lint_facts *, const char *name);
bool facts_knows(const struct lint_facts *, struct gcode_view name);
const struct lint_macro *facts_macro(
    const struct lint_facts *, struct gcode_view name);
/* The macros in the files that the configuration names; what cannot be read
 * is the sink's. */
void facts_load_macros(
    struct lint_facts *, const struct machine *, struct diag_sink *);

/* --- the slicer's comments ------------------------------------------------ */
#define HEADER_TEMPERATURES 16

struct lint_temperatures {
	double v[HEADER_TEMPERATURES];
	int n;
};

struct lint_header {
	char slicer[48];
	char printer[64];
	char filament[32];
	double nozzle, filament_diameter; /* mm; 0: not said */
	double layer_height, first_layer_height;
	double max_z;	   /* of the print, mm */
	uint32_t n_layers; /* as announced */
	int relative_e;	   /* 1, 0; -1: not said */
	struct lint_temperatures nozzle_temp, bed_temp;

	/* where the print is */
	uint32_t layers; /* layer comments so far */
	double z;	 /* ";Z:" of this layer; -1: not said */
	bool layer_new;	 /* a layer comment, no bead since */
	uint64_t type;	 /* hash of the feature */
	double width, height;
	int unsteady; /* beads to come whose flow may vary */
	bool custom;  /* the user's own G-code, between layers */
};

void header_init(struct lint_header *);
/* text behind the semicolon.  True when the kind of beads has changed. */
bool header_comment(struct lint_header *, struct gcode_view text);
/* the key of the kind of beads to come, and what they should take; mm of
 * filament a mm of path, 0 unknown */
uint64_t header_kind(const struct lint_header *);
double header_expected(const struct lint_header *, double filament_area);

#endif

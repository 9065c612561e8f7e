/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of gcode-lint: one row each. */
#ifndef GCODE_LINT_RULES_H
#define GCODE_LINT_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

/*
 * Order and names are those of the catalogue: F the file, S state, G
 * geometry, H heat, E extrusion, V speed, A arcs, O objects and mesh, M
 * macros, K the machine, R resuming.
 */
enum rule {
	/* F */
	RULE_BAD_WORD,
	RULE_UNKNOWN_COMMAND,
	RULE_IGNORED_COMMAND,
	RULE_DUPLICATE_WORD,
	RULE_BAD_BYTE,
	RULE_TRUNCATED,
	RULE_NO_END,
	RULE_CHECKSUM,
	RULE_LINE_ENDING,
	RULE_PLACEHOLDER,
	RULE_UNQUOTED_SPACE,
	RULE_UNKNOWN_NAME,
	/* S */
	RULE_NOT_HOMED,
	RULE_EXTRUSION_MODE,
	RULE_STATE_UNBALANCED,
	RULE_RETRACT_BOUNDARY,
	RULE_RELATIVE_LEFT_ON,
	RULE_ORIGIN_SHIFTED,
	RULE_NO_FEEDRATE,
	RULE_MOTORS_OFF,
	/* G */
	RULE_OUT_OF_RANGE,
	RULE_ARC_OUT_OF_RANGE,
	RULE_BELOW_BED,
	RULE_LIFT_TOO_HIGH,
	RULE_TRAVEL_THROUGH_PART,
	RULE_TRAVEL_BEFORE_LIFT,
	RULE_KEEP_OUT,
	RULE_FIRST_LAYER_HEIGHT,
	RULE_LAYER_STEP,
	RULE_PURGE_ON_PART,
	RULE_RECEPTACLE,
	RULE_HEAD_MEETS_PART,
	RULE_BESIDE_BED,
	/* H */
	RULE_TOO_HOT,
	RULE_COLD_EXTRUSION,
	RULE_HEATER_LEFT_ON,
	RULE_MATERIAL_TEMPERATURE,
	RULE_HEAT_WAIT,
	RULE_HEATER_POWER,
	RULE_HOT_IDLE,
	RULE_TEMPERATURE_DIFFERS,
	RULE_HEATER_VERIFY,
	/* E */
	RULE_TOO_THICK,
	RULE_EXTRUDE_ONLY_LENGTH,
	RULE_FLOW,
	RULE_TRAVEL_EXTRUDES,
	RULE_RETRACT_DRIFT,
	RULE_E_RESOLUTION,
	RULE_FILAMENT_LEFT,
	RULE_UNEVEN_FLOW,
	RULE_BLOB,
	/* V */
	RULE_FEEDRATE_LIMIT,
	RULE_STEP_RATE,
	RULE_BELOW_SPEED,
	RULE_SHORT_SEGMENTS,
	RULE_ACCEL_LIMIT,
	/* A */
	RULE_ARC_RADIUS,
	RULE_ARC_NO_CENTRE,
	RULE_ARC_COARSE,
	/* O */
	RULE_OBJECT_LATE,
	RULE_OBJECT_PAIRS,
	RULE_OBJECT_POLYGON,
	RULE_MESH_AREA,
	/* M */
	RULE_RESTART_IN_PRINT,
	RULE_MACRO_PARAMETER,
	RULE_UNBOUNDED_WAIT,
	/* K */
	RULE_WRONG_PRINTER,
	/* R */
	RULE_RESUME_PROLOGUE,
	RULE_RESUME_POINT,
	N_RULES
};

struct rule_row {
	const char *slug;
	const char *id; /* of the catalogue */
	enum diag_level level;
	const char *sentence; /* what is wrong when it fires */
};

/* by enum rule */
extern const struct rule_row diag_table[];

/* -1 when no rule has this slug or id */
int rule_find(const char *slug, size_t len);
const char *rule_nearest(const char *slug);

#endif

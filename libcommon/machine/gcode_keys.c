/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arguments that are misspelt: what nobody asks for goes unseen otherwise. */
#include <string.h>

#include "base/diag.h"
#include "machine/gcode_private.h"

#define SHORTEST 4 /* letters: near what is shorter is everything */
#define LONGEST	 64

/*
 * All that a command here, or its namesake of the incumbent, knows.  One list
 * for all of them: an argument of another command is rather a thing of some
 * other firmware than a slip.
 */
static const char *const keys[] = {"ACCEL", "ACCEL_TO_DECEL", "ADAPTIVE",
    "ADAPTIVE_MARGIN", "ADVANCE", "ALGORITHM", "AMOUNT", "AXIS",
    "BICUBIC_TENSION", "CARRIAGE", "CENTER", "CHIP", "CLEAR", "CURRENT",
    "CURRENT_LAYER", "DAMPING_RATIO", "DAMPING_RATIO_X", "DAMPING_RATIO_Y",
    "DAMPING_RATIO_Z", "DIRECTION", "DISTANCE", "DURATION", "ENABLE",
    "EXTRUDER", "E_ADJUST", "FACTOR", "FLOW", "FORCE", "FREQ_END", "FREQ_START",
    "GCODE_AXIS", "HEATER", "HEIGHT", "HORIZONTAL_MOVE_Z", "INDEX",
    "INSTANTANEOUS_CORNER_VELOCITY", "LAYER", "LENGTH", "LIFT_SPEED",
    "LIMIT_ACCEL", "LIMIT_VELOCITY", "LOAD", "MACRO", "MARGIN", "MAXIMUM",
    "MAX_DEVIATION", "MESH_MAX", "MESH_MIN", "MESH_ORIGIN", "MESH_PPS",
    "MESH_RADIUS", "METHOD", "MINIMUM", "MINIMUM_CRUISE_RATIO", "MODE",
    "MOTION_QUEUE", "MOVE", "MOVE_SPEED", "NAME", "NOTE", "OBJECT", "OFFSET",
    "POLYGON", "PREFIX", "PROBE_COUNT", "PROBE_SPEED", "PROFILE", "REMOVE",
    "RESET", "RETRACT", "RETRACT_LENGTH", "RETRACT_SPEED", "ROUND_PROBE_COUNT",
    "SAMPLES", "SAMPLES_RESULT", "SAMPLES_TOLERANCE",
    "SAMPLES_TOLERANCE_RETRIES", "SAMPLE_RETRACT_DIST", "SAVE", "SENSOR",
    "SET_POSITION", "SHAPER_FREQ_X", "SHAPER_FREQ_Y", "SHAPER_FREQ_Z",
    "SHAPER_TYPE", "SHAPER_TYPE_X", "SHAPER_TYPE_Y", "SHAPER_TYPE_Z", "SIZE",
    "SMOOTH_TIME", "SPEED", "SQUARE_CORNER_VELOCITY", "START", "STEPPER",
    "STOP_ON_ENDSTOP", "SYNC", "TARGET", "TIME_OFFSET", "TIP_DISTANCE",
    "TOTAL_LAYER", "TYPE", "UNRETRACT_EXTRA_LENGTH", "UNRETRACT_SPEED", "VALUE",
    "VARIABLE", "VELOCITY", "X_ADJUST", "Y_ADJUST", "ZFADE", "Z_ADJUST"};

#define N_KEYS (int)(sizeof(keys) / sizeof(*keys))

static bool
is_known(const char *key)
{
	for (int i = 0; i < N_KEYS; i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

void
gcode_look_at_keys(struct gcode_exec *ex, const struct gcode_line *line)
{
	for (size_t i = 0; i < line->n_words; i++) {
		struct gcode_view v = line->word[i].key;
		char key[LONGEST];
		const char *near;

		if (v.n < SHORTEST || v.n >= sizeof(key))
			continue;
		for (size_t k = 0; k < v.n; k++)
			key[k] = v.s[k] >= 'a' && v.s[k] <= 'z'
				     ? (char)(v.s[k] - 'a' + 'A')
				     : v.s[k];
		key[v.n] = '\0';
		near = is_known(key) ? NULL : diag_nearest(key, keys, N_KEYS);
		if (near && gcode_first_lack(ex, key))
			gcode_note(ex, DIAG_WARNING, v.s, "unknown-argument",
			    "'%s' is unknown and passed by; is it '%s'?", key,
			    near);
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of gcode-lint: one row each. */
#include "rules.h"

#include <string.h>
#include <strings.h>

const struct rule_row diag_table[] = {
    {"bad-word", "F001", DIAG_ERROR, "a word or number cannot be read"},
    {"unknown-command", "F002", DIAG_ERROR,
	"nobody on this machine knows the command"},
    {"ignored-command", "F002", DIAG_WARNING,
	"the machine answers the command with a message and goes on"},
    {"duplicate-word", "F003", DIAG_ERROR,
	"a word stands twice, or two commands stand on one line"},
    {"bad-byte", "F004", DIAG_ERROR,
	"a NUL, a control byte, text that is no UTF-8 or a line too long"},
    {"truncated", "F004", DIAG_ERROR, "the file ends in mid-line"},
    {"no-end", "F005", DIAG_WARNING, "the file stops in the middle of a print"},
    {"checksum", "F006", DIAG_WARNING,
	"line numbers or checksums are present, or wrong"},
    {"line-ending", "F007", DIAG_NOTE,
	"lines end in CR LF, or the file begins with a byte order mark"},
    {"placeholder", "F008", DIAG_ERROR,
	"a slicer's placeholder was not filled in"},
    {"unquoted-space", "F009", DIAG_ERROR,
	"a parameter of an extended command has blanks but no quotes"},
    {"unknown-name", "F010", DIAG_ERROR,
	"a heater, fan, pin or extruder that the machine has not"},
    {"bad-pragma", "F011", DIAG_WARNING,
	"a comment for gcode-lint that it does not understand"},
    {"line-missing", "F012", DIAG_WARNING,
	"something that stands everywhere else in the file is missing"},

    {"not-homed", "S001", DIAG_ERROR, "an axis moves before it was homed"},
    {"extrusion-mode", "S002", DIAG_ERROR,
	"E is read as absolute where it was written as relative, or the other "
	"way round"},
    {"state-unbalanced", "S003", DIAG_ERROR,
	"a saved state is never restored, or was never saved"},
    {"retract-boundary", "S004", DIAG_WARNING,
	"a retraction is not undone before the print goes on"},
    {"relative-left-on", "S005", DIAG_WARNING,
	"relative mode is still on where a layer begins"},
    {"origin-shifted", "S006", DIAG_WARNING,
	"G92 moves the origin of X, Y or Z in mid-print"},
    {"no-feedrate", "S007", DIAG_WARNING,
	"the first move has no feed rate of its own"},
    {"motors-off", "S008", DIAG_ERROR,
	"motion after the motors were switched off, without homing"},

    {"out-of-range", "G001", DIAG_ERROR, "a move ends outside the travel"},
    {"arc-out-of-range", "G002", DIAG_ERROR,
	"an arc leaves the travel between its ends"},
    {"below-bed", "G003", DIAG_ERROR, "extrusion below the bed"},
    {"lift-too-high", "G004", DIAG_ERROR,
	"a lift after the last layer goes above the travel"},
    {"travel-through-part", "G005", DIAG_ERROR,
	"a travel crosses what was printed below its top"},
    {"travel-before-lift", "G006", DIAG_WARNING,
	"the head parks before it lifts off the part"},
    {"keep-out", "G007", DIAG_ERROR, "a move enters a keep-out zone"},
    {"first-layer-height", "G008", DIAG_WARNING,
	"the first layer does not suit the nozzle"},
    {"layer-step", "G009", DIAG_WARNING,
	"a layer is too thick for the nozzle, or lies below one before it"},
    {"purge-on-part", "G010", DIAG_ERROR,
	"purging or wiping runs across the part"},
    {"receptacle", "G011", DIAG_ERROR,
	"nozzle or head meet the receptacle for waste"},
    {"head-meets-part", "G012", DIAG_ERROR,
	"the tool head or its gantry meets what was printed"},
    {"beside-bed", "G013", DIAG_ERROR,
	"a bead lies beside the surface that can be printed on"},

    {"too-hot", "H001", DIAG_ERROR,
	"a target is outside what the heater may have"},
    {"cold-extrusion", "H002", DIAG_ERROR,
	"extrusion while the target is below min_extrude_temp"},
    {"heater-left-on", "H003", DIAG_ERROR, "a heater is on at the end"},
    {"material-temperature", "H004", DIAG_WARNING,
	"the temperature does not suit the material named in the file"},
    {"heat-wait", "H005", DIAG_WARNING,
	"a wait for no target, or a print that begins without a wait"},
    {"heater-power", "H006", DIAG_WARNING,
	"flow and fan ask for more heat than the heater gives"},
    {"hot-idle", "H007", DIAG_WARNING,
	"the hot nozzle stands still for too long"},

    {"temperature-differs", "H008", DIAG_ERROR,
	"a temperature is not the one that the slicer wrote down"},
    {"heater-verify", "H009", DIAG_ERROR,
	"a heater is too slow for verify_heater, which stops the machine"},

    {"too-thick", "E001", DIAG_ERROR,
	"a move extrudes more than max_extrude_cross_section"},
    {"extrude-only-length", "E002", DIAG_ERROR,
	"an extrusion on the spot is longer than "
	"max_extrude_only_distance"},
    {"flow", "E003", DIAG_WARNING, "the flow is above what the hotend melts"},
    {"travel-extrudes", "E004", DIAG_WARNING,
	"a travel extrudes, or a printing move pulls back"},
    {"retract-drift", "E005", DIAG_WARNING,
	"retractions and their returns differ in sum"},
    {"e-resolution", "E006", DIAG_WARNING,
	"most moves extrude less than a motor step"},
    {"filament-left", "E007", DIAG_NOTE,
	"the print needs more filament than the spool holds"},

    {"uneven-flow", "E008", DIAG_ERROR,
	"a move extrudes far more or less than others of its kind"},
    {"blob", "E009", DIAG_ERROR,
	"filament is pushed on the spot with no retraction before it"},

    {"feedrate-limit", "V001", DIAG_WARNING,
	"a feed rate is above what the machine does"},
    {"step-rate", "V002", DIAG_ERROR,
	"a motor needs more steps a second than its board can give"},
    {"below-speed", "V003", DIAG_WARNING,
	"much of the print runs slower than asked for"},
    {"short-segments", "V004", DIAG_NOTE, "many moves are very short at speed"},
    {"accel-limit", "V005", DIAG_WARNING,
	"a command raises a limit above the configured one"},

    {"arc-radius", "A001", DIAG_ERROR,
	"the ends of an arc have different radii"},
    {"arc-no-centre", "A002", DIAG_ERROR,
	"an arc names no centre and no radius"},
    {"arc-coarse", "A003", DIAG_WARNING,
	"the chords of an arc leave it too far"},
    {"arc-off", "A004", DIAG_WARNING,
	"arcs are used and Klipper's configuration has them off"},

    {"object-late", "O001", DIAG_ERROR,
	"objects are defined after the start that needs them"},
    {"object-pairs", "O002", DIAG_ERROR,
	"the begin and the end of an object do not match"},
    {"object-polygon", "O003", DIAG_WARNING,
	"an object prints outside its own polygon"},
    {"mesh-area", "O004", DIAG_WARNING,
	"the mesh does not cover the first layer"},

    {"restart-in-print", "M004", DIAG_ERROR,
	"a command restarts the machine in mid-print"},
    {"macro-parameter", "M007", DIAG_ERROR,
	"a macro is handed a parameter that it does not read"},
    {"unbounded-wait", "M008", DIAG_WARNING, "a wait may never end"},
    {"macro-undefined", "M001", DIAG_ERROR,
	"a macro reads a name or field that does not exist"},
    {"macro-types", "M002", DIAG_ERROR, "a macro compares text with a number"},
    {"macro-stale", "M003", DIAG_WARNING,
	"a macro reads state that it has changed above"},
    {"macro-circle", "M005", DIAG_WARNING,
	"macros call each other in a circle"},
    {"macro-old-name", "M006", DIAG_WARNING,
	"a macro uses a name that is no longer given"},
    {"macro-broken", "M009", DIAG_ERROR, "a macro cannot be read"},

    {"wrong-printer", "K001", DIAG_ERROR,
	"the file was sliced for another machine"},
    {"machine-profile", "K002", DIAG_ERROR,
	"figures of the configuration that cannot be right together"},
    {"motor-drive", "K003", DIAG_WARNING,
	"voltage, current, chopper and speed of a motor do not fit"},

    {"resume-prologue", "R001", DIAG_ERROR,
	"a resumed print homes through the part or lacks heat"},
    {"resume-point", "R002", DIAG_ERROR,
	"a resumed print does not set its state before it moves"},
};
_Static_assert(
    sizeof(diag_table) / sizeof(diag_table[0]) == N_RULES, "one row a rule");

int
rule_find(const char *slug, size_t len)
{
	for (int i = 0; i < N_RULES; i++)
		if ((strlen(diag_table[i].slug) == len &&
			memcmp(diag_table[i].slug, slug, len) == 0) ||
		    (len == 4 && strncasecmp(diag_table[i].id, slug, 4) == 0))
			return i;
	return -1;
}

const char *
rule_nearest(const char *slug)
{
	const char *names[N_RULES];

	for (int i = 0; i < N_RULES; i++)
		names[i] = diag_table[i].slug;
	return diag_nearest(slug, names, N_RULES);
}

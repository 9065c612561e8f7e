/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The executor's complaints become findings. */
#include <ctype.h>
#include <string.h>

#include "lint.h"

static const struct {
	const char *slug;
	enum rule rule;
} complaints[] = {
    {"bad-number", RULE_BAD_WORD},
    {"bad-value", RULE_BAD_WORD},
    {"bad-line", RULE_BAD_WORD},
    {"missing-argument", RULE_BAD_WORD},
    {"bad-shaper", RULE_BAD_WORD},
    {"bad-target", RULE_TOO_HOT},
    {"bad-arc", RULE_ARC_RADIUS},
    {"cold-extrude", RULE_COLD_EXTRUSION},
    {"extrude-length", RULE_EXTRUDE_ONLY_LENGTH},
    {"extrude-ratio", RULE_TOO_THICK},
    {"inches", RULE_UNKNOWN_COMMAND},
    {"no-extruder", RULE_UNKNOWN_NAME},
    {"no-fan", RULE_UNKNOWN_NAME},
    {"no-heater", RULE_UNKNOWN_NAME},
    {"unknown-name", RULE_UNKNOWN_NAME},
};

static enum rule
range_rule(const struct lint *l, const char *text)
{
	if (l->words.has && l->words.number >= 2)
		return RULE_ARC_OUT_OF_RANGE;
	if (l->part_extruded && !(l->words.has & 1u << GCODE_E) &&
	    strchr(text, 'Z') && l->words.has & 1u << GCODE_Z)
		return RULE_LIFT_TOO_HIGH;
	return RULE_OUT_OF_RANGE;
}

static enum rule
rule_of(const struct lint *l, enum diag_level level, const char *slug,
    const char *text)
{
	if (strcmp(slug, "out-of-range") == 0)
		return range_rule(l, text);
	if (strcmp(slug, "not-homed") == 0)
		return l->motors_off ? RULE_MOTORS_OFF : RULE_NOT_HOMED;
	if (strcmp(slug, "unknown-command") == 0)
		return l->parsed.kind == GCODE_CLASSIC &&
			       l->parsed.letter == 'M'
			   ? RULE_IGNORED_COMMAND
			   : RULE_UNKNOWN_COMMAND;
	if (level != DIAG_ERROR)
		return RULE_IGNORED_COMMAND;
	for (size_t i = 0; i < sizeof(complaints) / sizeof(*complaints); i++)
		if (strcmp(complaints[i].slug, slug) == 0)
			return complaints[i].rule;
	return RULE_BAD_WORD;
}

void
check_complaint(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	struct lint *l =
	    (struct lint *)((char *)sink - offsetof(struct lint, sink));
	const char *at = NULL;
	size_t n = 0;
	enum rule r;

	if (l->complained)
		return;
	if (l->parsed.kind != GCODE_BLANK && !l->words.has &&
	    facts_knows(&l->facts, l->parsed.name))
		return;
	r = rule_of(l, level, slug ? slug : "", text);
	if (place && place->col > 0 && place->col <= l->n) {
		at = l->s + place->col - 1;
		while (n < l->n - (place->col - 1) &&
		       !isspace((unsigned char)at[n]) && at[n] != ';')
			n++;
	}
	l->not_homed = l->not_homed || (slug && !strcmp(slug, "not-homed"));
	l->cold = l->cold || (slug && !strcmp(slug, "cold-extrude"));
	finding(l->f, r, at, n, "%s", text);
}

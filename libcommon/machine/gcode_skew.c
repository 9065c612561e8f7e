/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SET_SKEW, SKEW_PROFILE: axes that are not square to each other. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "machine/gcode_private.h"
#include "machine/tree.h"

/*
 * The G-code's square coordinates become those of axes that lean: X by xy a
 * mm of Y and by xz a mm of Z, Y by yz a mm of Z.  A square A B C D that was
 * printed and measured tells how much: by its diagonals and one side.
 */
void
gcode_skew_apply(const struct gcode_skew *k, double p[3])
{
	p[0] -= p[1] * k->xy + p[2] * (k->xz - k->xy * k->yz);
	p[1] -= p[2] * k->yz;
}

void
gcode_skew_inverse(const struct gcode_skew *k, double p[3])
{
	p[0] += p[1] * k->xy + p[2] * k->xz;
	p[1] += p[2] * k->yz;
}

/* "AC,BD,AD" in mm; 1 = *tangent is set, 0 = no such word, -1 = reported */
static int
measured(struct gcode_exec *ex, const struct gcode_line *line, const char *key,
    double *tangent)
{
	const struct gcode_word *w = gcode_word(line, key);
	double v[3], side, cosine;
	const char *s, *end;

	if (!w)
		return 0;
	s = w->value.s;
	end = s + w->value.n;
	for (int i = 0; i < 3; i++) {
		const char *comma = s;

		while (comma < end && *comma != ',')
			comma++;
		if (num_parse_decimal(s, (size_t)(comma - s), &v[i]) ||
		    v[i] <= 0 || (comma == end) != (i == 2))
			return gcode_fail(ex, w->key.s, "bad-number",
			    "'%s' is not three lengths, AC,BD,AD", key);
		s = comma + 1;
	}
	side = sqrt(2 * v[0] * v[0] + 2 * v[1] * v[1] - 4 * v[2] * v[2]) / 2;
	cosine = (v[0] * v[0] - side * side - v[2] * v[2]) / (2 * side * v[2]);
	if (!(fabs(cosine) < 0.5))
		return gcode_fail(ex, w->key.s, "bad-value",
		    "'%s': these lengths are not of a square", key);
	*tangent = tan(NUM_PI / 2 - acos(cosine));
	return 1;
}

int
gcode_do_set_skew(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct gcode_skew k = ex->skew;
	double clear = 0;

	if (gcode_number(ex, line, "CLEAR", 0, 1, &clear) < 0)
		return -1;
	if (clear != 0)
		k = (struct gcode_skew){false, 0, 0, 0};
	if (measured(ex, line, "XY", &k.xy) < 0 ||
	    measured(ex, line, "XZ", &k.xz) < 0 ||
	    measured(ex, line, "YZ", &k.yz) < 0)
		return -1;
	k.on = k.xy != 0 || k.xz != 0 || k.yz != 0;
	ex->skew = k; /* the next move takes the difference */
	if (ex->mesh.cuts)
		memcpy(ex->mesh.last, planner_position(ex->planner),
		    2 * sizeof(double));
	return 0;
}

int
gcode_do_skew_profile(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct tree *tree = machine_tree(ex->machine);
	const struct tree_section *s = NULL;
	char name[64], full[80];

	if (!gcode_text(line, "LOAD", name)) {
		gcode_note(ex, DIAG_NOTE, NULL, "unknown-command",
		    "SKEW_PROFILE is passed by without 'LOAD'");
		return 0;
	}
	snprintf(full, sizeof(full), "skew_correction %s", name);
	if (tree)
		s = tree_section(tree, full);
	if (!s)
		return gcode_fail(ex, gcode_word(line, "LOAD")->value.s,
		    "unknown-name", "there is no skew profile '%s'", name);
	ex->skew.xy = tree_double(s, "xy_skew", 0);
	ex->skew.xz = tree_double(s, "xz_skew", 0);
	ex->skew.yz = tree_double(s, "yz_skew", 0);
	ex->skew.on = ex->skew.xy != 0 || ex->skew.xz != 0 || ex->skew.yz != 0;
	return 0;
}

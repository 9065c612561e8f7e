/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SET_SKEW, SKEW_PROFILE: axes that are not square to each other. */
#include <math.h>
#include <stdarg.h>
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

/* What lengths of a square A B C D say: AC, BD and AD in mm.  0, or -1: they
 * are not of one. */
static int
lean(const double v[3], double *tangent)
{
	double side =
	    sqrt(2 * v[0] * v[0] + 2 * v[1] * v[1] - 4 * v[2] * v[2]) / 2;
	double cosine =
	    (v[0] * v[0] - side * side - v[2] * v[2]) / (2 * side * v[2]);

	if (!(fabs(cosine) < 0.5))
		return -1;
	*tangent = tan(NUM_PI / 2 - acos(cosine));
	return 0;
}

/* "AC,BD,AD" in mm; 1 = *tangent is set, 0 = no such word, -1 = reported */
static int
measured(struct gcode_exec *ex, const struct gcode_line *line, const char *key,
    double *tangent)
{
	const struct gcode_word *w = gcode_word(line, key);
	const char *s, *end;
	double v[3];

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
	if (lean(v, tangent))
		return gcode_fail(ex, w->key.s, "bad-value",
		    "'%s': these lengths are not of a square", key);
	return 1;
}

/* From now on; the next move takes the difference. */
static void
take(struct gcode_exec *ex, struct gcode_skew k)
{
	k.on = k.xy != 0 || k.xz != 0 || k.yz != 0;
	ex->skew = k;
	if (ex->mesh.cuts)
		memcpy(ex->mesh.last, planner_position(ex->planner),
		    2 * sizeof(double));
}

__attribute__((format(printf, 2, 3))) static void
tell(struct gcode_exec *ex, const char *fmt, ...)
{
	struct plan_record rec = gcode_record(ex, PLAN_MESSAGE);
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	gcode_post(ex, &rec, text.data);
	buf_release(&text);
}

static void
tell_angle(struct gcode_exec *ex, const char *what, double tangent)
{
	double angle = atan(tangent);

	tell(ex, "%s skew %.6f rad, %.2f degrees", what, angle,
	    angle * 180 / NUM_PI);
}

int
gcode_do_calc_skew(struct gcode_exec *ex, const struct gcode_line *line)
{
	static const char *const keys[] = {"AC", "BD", "AD"};
	double v[3], tangent;

	for (int i = 0; i < 3; i++) {
		int has = gcode_number(ex, line, keys[i], 1e-3, 1e5, &v[i]);

		if (has < 0)
			return -1;
		if (!has)
			return gcode_fail(ex, NULL, "missing-argument",
			    "'%s' is missing", keys[i]);
	}
	if (lean(v, &tangent))
		return gcode_fail(
		    ex, NULL, "bad-value", "these lengths are not of a square");
	tell_angle(ex, "measured", tangent);
	return 0;
}

int
gcode_do_get_skew(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	tell_angle(ex, "XY", ex->skew.xy);
	tell_angle(ex, "XZ", ex->skew.xz);
	tell_angle(ex, "YZ", ex->skew.yz);
	return 0;
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
	take(ex, k);
	return 0;
}

/* As what printerconf set takes. */
static void
save(struct gcode_exec *ex, const char *name)
{
	static const char pair[3][3] = {"xy", "xz", "yz"};
	double k[3] = {ex->skew.xy, ex->skew.xz, ex->skew.yz};

	for (int i = 0; i < 3; i++)
		tell(
		    ex, "skew_correction.%s.%s_skew=%.9f", name, pair[i], k[i]);
}

int
gcode_do_skew_profile(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct tree *tree = machine_tree(ex->machine);
	const struct tree_section *s = NULL;
	char name[64], full[80];

	if (gcode_text(line, "SAVE", name)) {
		save(ex, name);
		return 0;
	}
	if (!gcode_text(line, "LOAD", name)) {
		gcode_note(ex, DIAG_NOTE, NULL, "unknown-command",
		    "SKEW_PROFILE is passed by without 'LOAD' or 'SAVE'");
		return 0;
	}
	snprintf(full, sizeof(full), "skew_correction %s", name);
	if (tree)
		s = tree_section(tree, full);
	if (!s)
		return gcode_fail(ex, gcode_word(line, "LOAD")->value.s,
		    "unknown-name", "there is no skew profile '%s'", name);
	take(ex,
	    (struct gcode_skew){true, tree_double(s, "xy_skew", 0),
		tree_double(s, "xz_skew", 0), tree_double(s, "yz_skew", 0)});
	return 0;
}

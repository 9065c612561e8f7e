/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines that are missing, told by what stands around them (rule F012). */
#include <math.h>

#include "lint.h"

#define XY_ROUNDING 0.0015 /* mm: ends of a move with three decimals */
#define E_UNIT_MIN  1e-6   /* mm: more decimals are noise */

/* do these lines follow the habits of the slicer? */
static bool
outside(const struct lint *l)
{
	return l->header.custom || l->f->mark_macro ||
	       (l->header.layers == 0 && l->header.type != 0);
}

/* how fine the numbers of E are: the tenth that all are a multiple of */
static void
learn_unit(struct lint *l)
{
	double v;

	if (!(l->words.has & 1u << GCODE_E))
		return;
	v = fabs(l->words.v[GCODE_E]);
	while (l->e_unit > E_UNIT_MIN &&
	       fabs(v / l->e_unit - rint(v / l->e_unit)) > 1e-3)
		l->e_unit /= 10;
}

void
check_habit_line(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;
	double f;

	if (outside(l)) {
		habits_outside(&l->habits);
	} else if (l->words.has) {
		learn_unit(l);
		if (l->words.has & 1u << GCODE_F)
			habits_speed(&l->habits, l->line, l->words.v[GCODE_F]);
	} else if (p->kind == GCODE_CLASSIC && l->last_was_move) {
		const struct gcode_word *w = gcode_letter(p, 'F');

		if (w && gcode_word_double(w, &f) == 1)
			habits_speed(&l->habits, l->line, f);
	} else if ((p->kind == GCODE_CLASSIC && p->letter == 'M' &&
		       p->number == 204) ||
		   gcode_view_is(p->name, "SET_VELOCITY_LIMIT")) {
		habits_accel(&l->habits, l->line);
	} else {
		habits_other(&l->habits);
	}
}

void
check_habit_move(struct lint *l, const struct gcode_exec_move *m)
{
	double way = hypot(m->to[0] - m->from[0], m->to[1] - m->from[1]);
	double nozzle = l->header.nozzle > 0 ? l->header.nozzle
			: l->m->n_extruders > 0
			    ? l->m->extruder[0].nozzle_diameter
			    : 0.4;
	double de = m->to[3] - m->from[3];
	struct habit_bead b;

	if (outside(l) || (way <= 1e-6 && fabs(de) <= 1e-6 &&
			      fabs(m->to[2] - m->from[2]) <= 1e-6))
		return;
	if (way <= 1e-6 && fabs(de) > 1e-6) {
		habits_spot(&l->habits, l->line, de);
	} else if (way <= 1e-6 || de <= 1e-6) {
		habits_travel(&l->habits, 1.5 * nozzle);
	} else {
		b = (struct habit_bead){.line = l->line,
		    .from = {m->from[0], m->from[1]},
		    .to = {m->to[0], m->to[1]},
		    .way = hypot(way, m->to[2] - m->from[2]),
		    .filament = de,
		    .kind = header_kind(&l->header),
		    .type = l->header.type,
		    .arc = m->arc || l->header.unsteady > 0};
		b.tolerance = XY_ROUNDING / b.way + 1.1 * l->e_unit / de;
		habits_bead(&l->habits, &b);
	}
}

static void
tell(void *ctx, uint32_t line, enum habit habit, double v)
{
	struct lint *l = ctx;

	switch (habit) {
	case HABIT_SPEED_NEW:
	case HABIT_SPEED_SPOT:
		finding_at(l->f, RULE_LINE_MISSING, line,
		    "F%g is set although it is set already, as nowhere else: "
		    "a travel is missing before this line",
		    v);
		break;
	case HABIT_SPEED_USED:
		finding_at(l->f, RULE_LINE_MISSING, line,
		    "nothing moved at F%g, which was set before, as nowhere "
		    "else: a move is missing before this line",
		    v);
		break;
	case HABIT_ACCEL_USED:
		finding_at(l->f, RULE_LINE_MISSING, line,
		    "nothing moved since the acceleration was set before, as "
		    "nowhere else: a move is missing before this line");
		break;
	case HABIT_PUSH_USED:
		finding_at(l->f, RULE_LINE_MISSING, line,
		    "filament comes out again and is pulled back at once, as "
		    "nowhere else: a bead is missing before this line");
		break;
	case HABIT_RUN_EVEN:
		finding_at(l->f, RULE_LINE_MISSING, line,
		    "extrudes %.3g times as much a mm as the beads beside it, "
		    "as nowhere else: a move is missing before this line",
		    v);
		break;
	default:
		finding_at(l->f, RULE_LINE_MISSING, line,
		    "a path of a kind that closes everywhere else stays open "
		    "by %.2f mm: a bead is missing behind this line",
		    v);
		break;
	}
}

void
check_habit_end(struct lint *l)
{
	habits_end(&l->habits, tell, l);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What will be printed: where objects stand, or the first layer lies. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "machine/gcode_private.h"

#define SAME_LAYER_MM 0.001
#define OBJECTS_MAX   4096

/* --- EXCLUDE_OBJECT_DEFINE --------------------------------------------- */

static struct gcode_outline *
outline(struct gcode_exec *ex, const char *name)
{
	struct gcode_outlines *o = &ex->outlines;

	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->v[i].name, name) == 0)
			return &o->v[i];
	if (o->n == OBJECTS_MAX)
		return NULL;
	ALLOC_GROW(o->v, o->n + 1, o->alloc);
	o->v[o->n] =
	    (struct gcode_outline){.area = {.low = {HUGE_VAL, HUGE_VAL},
				       .high = {-HUGE_VAL, -HUGE_VAL}}};
	memcpy(o->v[o->n].name, name, sizeof(o->v[0].name));
	return &o->v[o->n++];
}

static void
widen(struct gcode_area *a, double x, double y)
{
	a->low[0] = fmin(a->low[0], x);
	a->low[1] = fmin(a->low[1], y);
	a->high[0] = fmax(a->high[0], x);
	a->high[1] = fmax(a->high[1], y);
}

static void
join(struct gcode_area *a, const struct gcode_area *b)
{
	widen(a, b->low[0], b->low[1]);
	widen(a, b->high[0], b->high[1]);
}

/* "[[10,20],[30.5,20]]": the numbers in turn are X and Y; 0 or -1 */
static int
read_polygon(struct gcode_exec *ex, struct gcode_view v, struct gcode_area *a)
{
	double p[2];
	int n = 0;

	for (size_t i = 0; i < v.n;) {
		size_t len = strcspn(v.s + i, "[], \t\n");

		if (len > v.n - i)
			len = v.n - i;
		if (len == 0) {
			i++;
			continue;
		}
		if (num_parse_double(v.s + i, len, &p[n & 1]) != 0)
			return -1;
		if (n++ & 1)
			widen(a, p[0] + ex->st.base[0], p[1] + ex->st.base[1]);
		i += len;
	}
	return n & 1 ? -1 : 0;
}

int
gcode_do_object_define(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct gcode_word *w = gcode_word(line, "POLYGON");
	struct gcode_outline *o;
	char name[64] = "";

	if (gcode_word(line, "RESET"))
		ex->outlines.n = 0;
	if (!gcode_text(line, "NAME", name) || !w)
		return 0;
	o = outline(ex, name);
	if (o && read_polygon(ex, w->value, &o->area))
		return gcode_fail(ex, w->value.s, "bad-value",
		    "'POLYGON' of '%s' is no list of points: "
		    "[[x,y],[x,y],...]",
		    name);
	return 0;
}

static bool
from_outlines(const struct gcode_exec *ex, struct gcode_area *out)
{
	bool found = false;

	for (size_t i = 0; i < ex->outlines.n; i++) {
		const struct gcode_outline *o = &ex->outlines.v[i];

		if (o->area.low[0] > o->area.high[0] ||
		    gcode_excludes(ex, o->name))
			continue;
		join(out, &o->area);
		found = true;
	}
	return found;
}

/* --- reading ahead ----------------------------------------------------- */

enum {
	IN_OBJECT,
	IN_LAYER,
	ANYWHERE,
	N_SORTS
};

struct scan {
	struct gcode_exec *exec;
	struct {
		double z;
		struct gcode_area area;
	} lowest[N_SORTS];
};

static void
note(struct scan *s, int sort, const struct gcode_exec_move *m)
{
	struct gcode_area *a = &s->lowest[sort].area;

	if (m->to[2] > s->lowest[sort].z + SAME_LAYER_MM)
		return;
	if (m->to[2] < s->lowest[sort].z - SAME_LAYER_MM) {
		s->lowest[sort].z = m->to[2];
		*a = (struct gcode_area){
		    {HUGE_VAL, HUGE_VAL}, {-HUGE_VAL, -HUGE_VAL}};
	}
	widen(a, m->from[0], m->from[1]);
	widen(a, m->to[0], m->to[1]);
}

static void
on_move(void *ctx, const struct gcode_exec_move *m)
{
	struct scan *s = ctx;

	if (m->to[3] <= m->from[3] ||
	    (m->to[0] == m->from[0] && m->to[1] == m->from[1]))
		return;
	note(s, ANYWHERE, m);
	if (s->exec->layer > 0)
		note(s, IN_LAYER, m);
	if (s->exec->object[0])
		note(s, IN_OBJECT, m);
}

static void
say_nothing(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)sink;
	(void)level;
	(void)place;
	(void)slug;
	(void)text;
}

/* another executor that goes on from where this one is */
static struct gcode_exec *
twin(const struct gcode_exec *ex, struct diag_sink *sink, struct scan *ctx)
{
	struct gcode_options options = {
	    .keep_going = true,
	    .assume_ready = true,
	    .arc_tolerance = ex->options.arc_tolerance,
	};
	struct gcode_hooks hooks = {.move = on_move};
	struct gcode_exec *s =
	    gcode_exec_new(ex->machine, &options, &hooks, ctx, sink);

	s->st = ex->st;
	s->plane = ex->plane;
	s->labels = ex->labels;
	planner_set_position(s->planner, s->st.last);
	memcpy(s->seen.from, s->st.last, sizeof(s->seen.from));
	for (size_t i = 0; i < ex->exclude.n; i++)
		gcode_exclude_add(s, ex->exclude.name[i]);
	return s;
}

/* the rest of the input, planned for nothing but its moves */
static bool
from_ahead(
    struct gcode_exec *ex, enum gcode_area_of what, struct gcode_area *out)
{
	struct diag_sink quiet = {.emit = say_nothing};
	struct buf rest = BUF_INIT;
	struct scan s = {0};
	const char *next = memchr(
	    ex->line_start, '\n', (size_t)(ex->chunk_end - ex->line_start));
	bool found = false;

	if (!ex->options.ahead || !next)
		return false;
	buf_add(&rest, next + 1, (size_t)(ex->chunk_end - next - 1));
	if (ex->options.ahead(ex->options.ahead_ctx, &rest) == 0) {
		buf_adds(&rest, "\n");
		for (int i = 0; i < N_SORTS; i++)
			s.lowest[i].z = HUGE_VAL;
		s.exec = twin(ex, &quiet, &s);
		gcode_exec_lines(s.exec, rest.data, rest.len);
		gcode_exec_free(s.exec);
		for (int i = what == GCODE_OBJECTS ? IN_OBJECT : IN_LAYER;
		     i < N_SORTS && !found; i++) {
			found = isfinite(s.lowest[i].z);
			if (found)
				join(out, &s.lowest[i].area);
		}
	}
	buf_release(&rest);
	return found;
}

bool
gcode_area(
    struct gcode_exec *ex, enum gcode_area_of what, struct gcode_area *out)
{
	bool found;

	*out =
	    (struct gcode_area){{HUGE_VAL, HUGE_VAL}, {-HUGE_VAL, -HUGE_VAL}};
	found = from_outlines(ex, out);
	if (found && what == GCODE_OBJECTS)
		return true;
	return from_ahead(ex, what, out) || found;
}

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
#define ISLAND_MM     5.0  /* nearer to one another they are one */
#define PATH_MAX_N    4096 /* points of a path that are kept at a time */

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
	o->v[o->n] = (struct gcode_outline){0};
	memcpy(o->v[o->n].name, name, sizeof(o->v[0].name));
	return &o->v[o->n++];
}

static void
forget(struct gcode_outlines *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->v[i].at);
	o->n = 0;
}

void
gcode_outlines_free(struct gcode_exec *ex)
{
	forget(&ex->outlines);
	free(ex->outlines.v);
}

/* "[[10,20],[30.5,20]]": the numbers in turn are X and Y; 0 or -1 */
static int
read_polygon(
    struct gcode_exec *ex, struct gcode_view v, struct gcode_outline *o)
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
		if (n++ & 1) {
			ALLOC_GROW(o->at, o->n + 1, o->alloc);
			for (int k = 0; k < 2; k++)
				o->at[o->n][k] = p[k] + ex->st.base[k];
			o->n++;
		}
		i += len;
	}
	return n & 1 ? -1 : 0;
}

int
gcode_do_object_define(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct gcode_word *w = gcode_word(line, "POLYGON");
	struct gcode_outline *o;
	char name[GCODE_OBJECT_MAX];

	if (gcode_word(line, "RESET"))
		forget(&ex->outlines);
	if (!gcode_object_name(line, name))
		return 0;
	gcode_object_told(ex, name);
	if (!w)
		return 0;
	o = outline(ex, name);
	if (o && read_polygon(ex, w->value, o))
		return gcode_fail(ex, w->value.s, "bad-value",
		    "'POLYGON' of '%s' is no list of points: "
		    "[[x,y],[x,y],...]",
		    name);
	return 0;
}

static void
from_outlines(const struct gcode_exec *ex, struct hulls *out)
{
	for (size_t i = 0; i < ex->outlines.n; i++) {
		const struct gcode_outline *o = &ex->outlines.v[i];

		if (!gcode_excludes(ex, o->name))
			hulls_add(out, o->at, o->n, ISLAND_MM);
	}
}

/* --- reading ahead ----------------------------------------------------- */

enum {
	IN_OBJECT,
	IN_LAYER,
	ANYWHERE,
	N_SORTS
};

/* what the lowest layer has, path by path */
struct lowest {
	double z;
	struct hulls hulls;
	double (*path)[2];
	size_t n, alloc;
};

struct scan {
	struct gcode_exec *exec;
	struct lowest lowest[N_SORTS];
};

static void
end_path(struct lowest *l)
{
	hulls_add(&l->hulls, l->path, l->n, ISLAND_MM);
	l->n = 0;
}

static void
add_point(struct lowest *l, const double p[2])
{
	ALLOC_GROW(l->path, l->n + 1, l->alloc);
	memcpy(l->path[l->n++], p, sizeof(*l->path));
}

static void
note(struct lowest *l, const struct gcode_exec_move *m)
{
	if (m->to[2] > l->z + SAME_LAYER_MM)
		return;
	if (m->to[2] < l->z - SAME_LAYER_MM) {
		l->z = m->to[2];
		l->n = 0;
		hulls_release(&l->hulls);
	}
	if (l->n == 0 || l->n >= PATH_MAX_N ||
	    memcmp(l->path[l->n - 1], m->from, sizeof(*l->path)) != 0) {
		end_path(l);
		add_point(l, m->from);
	}
	add_point(l, m->to);
}

static void
on_move(void *ctx, const struct gcode_exec_move *m)
{
	struct scan *s = ctx;

	if (m->to[3] <= m->from[3] ||
	    (m->to[0] == m->from[0] && m->to[1] == m->from[1]))
		return;
	note(&s->lowest[ANYWHERE], m);
	if (s->exec->layer > 0)
		note(&s->lowest[IN_LAYER], m);
	if (s->exec->object[0])
		note(&s->lowest[IN_OBJECT], m);
}

struct gcode_exec *
gcode_twin(
    const struct gcode_exec *ex, const struct gcode_hooks *hooks, void *ctx)
{
	static struct diag_sink quiet = {.emit = diag_ignore};
	struct gcode_options options = {
	    .keep_going = true,
	    .assume_ready = true,
	    .arc_tolerance = ex->options.arc_tolerance,
	};
	struct gcode_exec *s =
	    gcode_exec_new(ex->machine, &options, hooks, ctx, &quiet);

	s->st = ex->st;
	s->plane = ex->plane;
	s->labels = ex->labels;
	gcode_states_copy(s, ex);
	planner_set_position(s->planner, s->st.last);
	memcpy(s->seen.from, s->st.last, sizeof(s->seen.from));
	for (size_t i = 0; i < ex->exclude.n; i++)
		gcode_exclude_add(s, ex->exclude.name[i]);
	return s;
}

/* the first sort of all that has anything */
static bool
choose(struct scan *s, enum gcode_area_of what, struct hulls *out)
{
	for (int i = what == GCODE_OBJECTS ? IN_OBJECT : IN_LAYER; i < N_SORTS;
	     i++) {
		struct hulls *h = &s->lowest[i].hulls;

		end_path(&s->lowest[i]);
		for (size_t k = 0; k < h->n; k++)
			hulls_add(out, h->v[k].at, h->v[k].n, ISLAND_MM);
		if (h->n > 0)
			return true;
	}
	return false;
}

/* the rest of the input, planned for nothing but its moves */
static bool
from_ahead(struct gcode_exec *ex, enum gcode_area_of what, struct hulls *out)
{
	struct gcode_hooks hooks = {.move = on_move};
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
		s.exec = gcode_twin(ex, &hooks, &s);
		gcode_exec_lines(s.exec, rest.data, rest.len);
		gcode_exec_free(s.exec);
		found = choose(&s, what, out);
	}
	for (int i = 0; i < N_SORTS; i++) {
		hulls_release(&s.lowest[i].hulls);
		free(s.lowest[i].path);
	}
	buf_release(&rest);
	return found;
}

bool
gcode_print(struct gcode_exec *ex, enum gcode_area_of what, struct hulls *out)
{
	*out = (struct hulls){0};
	from_outlines(ex, out);
	if (out->n == 0 || what != GCODE_OBJECTS)
		from_ahead(ex, what, out);
	return out->n > 0;
}

bool
gcode_area(
    struct gcode_exec *ex, enum gcode_area_of what, struct gcode_area *out)
{
	struct hulls hulls;
	bool found = gcode_print(ex, what, &hulls);

	hulls_bounds(&hulls, out->low, out->high);
	hulls_release(&hulls);
	return found;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Following the bed: meshes and the objects on it. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/jinja_json.h"
#include "machine/macro_commands.h"
#include "machine/macro_private.h"

/* ---- meshes ---- */

static int
two(const char *s, double out[2])
{
	char *end;

	if (!s)
		return 0;
	out[0] = strtod(s, &end);
	if (end == s)
		return 0;
	while (*end == ' ' || *end == ',')
		end++;
	s = end;
	out[1] = strtod(s, &end);
	return end == s ? 1 : 2;
}

/* the mesh's height where we stand, without its fading */
static double
height(const struct macro_mesh *m, double x, double y)
{
	double u, v, fx, fy;
	unsigned i, k;

	if (!m || !m->z || m->nx < 2 || m->ny < 2)
		return 0;
	u = (x - m->min[0]) / (m->max[0] - m->min[0]) * (m->nx - 1);
	v = (y - m->min[1]) / (m->max[1] - m->min[1]) * (m->ny - 1);
	u = u > 0 ? u : 0;
	v = v > 0 ? v : 0;
	u = u < m->nx - 1 ? u : m->nx - 1;
	v = v < m->ny - 1 ? v : m->ny - 1;
	i = (unsigned)u < m->nx - 2 ? (unsigned)u : m->nx - 2;
	k = (unsigned)v < m->ny - 2 ? (unsigned)v : m->ny - 2;
	fx = u - i;
	fy = v - k;
	return (m->z[k * m->nx + i] * (1 - fx) + m->z[k * m->nx + i + 1] * fx) *
		   (1 - fy) +
	       (m->z[(k + 1) * m->nx + i] * (1 - fx) +
		   m->z[(k + 1) * m->nx + i + 1] * fx) *
		   fy;
}

/* the tool head stays; what the G-code calls its height changes */
static void
use_mesh(struct macro_world *w, struct macro_mesh *m)
{
	double x = w->g.last[0], y = w->g.last[1];

	w->g.last[2] += height(w->mesh_on, x, y) - height(m, x, y);
	w->mesh_on = m;
	w->mesh_name = m ? m->name : "";
}

/* the area around the objects, for ADAPTIVE=1 */
static bool
around_objects(struct macro_world *w, double min[2], double max[2])
{
	const struct jj_list *all = w->exclude_objects.u.l;
	double lo[2] = {HUGE_VAL, HUGE_VAL}, hi[2] = {-HUGE_VAL, -HUGE_VAL};
	double margin = macro_number(w, "bed_mesh", "adaptive_margin", 0);

	for (uint32_t i = 0; i < all->n; i++) {
		struct jj_value p = jj_get(w->j, all->v[i], "polygon", 7);

		for (uint32_t k = 0; p.kind == JJ_LIST && k < p.u.l->n; k++)
			for (int a = 0; a < 2; a++) {
				struct jj_value c = p.u.l->v[k];
				double v;

				if (c.kind != JJ_LIST || c.u.l->n < 2)
					continue;
				c = c.u.l->v[a];
				v = c.kind == JJ_INT ? (double)c.u.i : c.u.f;
				lo[a] = v < lo[a] ? v : lo[a];
				hi[a] = v > hi[a] ? v : hi[a];
			}
	}
	if (lo[0] == HUGE_VAL)
		return false;
	for (int a = 0; a < 2; a++) {
		min[a] = lo[a] - margin > min[a] ? lo[a] - margin : min[a];
		max[a] = hi[a] + margin < max[a] ? hi[a] + margin : max[a];
	}
	return true;
}

static void
mesh_area(struct macro_world *w, struct macro_line *l, struct macro_mesh *m,
    bool adaptive)
{
	double count[2] = {3, 3};
	unsigned n[2];

	two(macro_text(w, "bed_mesh", "mesh_min"), m->min);
	two(macro_text(w, "bed_mesh", "mesh_max"), m->max);
	if (two(macro_text(w, "bed_mesh", "probe_count"), count) == 1)
		count[1] = count[0];
	two(macro_line_get(l, "MESH_MIN"), m->min);
	two(macro_line_get(l, "MESH_MAX"), m->max);
	if (two(macro_line_get(l, "PROBE_COUNT"), count) == 1)
		count[1] = count[0];
	if (adaptive)
		around_objects(w, m->min, m->max);
	for (int a = 0; a < 2; a++) {
		n[a] =
		    count[a] >= 2 && count[a] < 1000 ? (unsigned)count[a] : 3;
		/* points lie on hundredths of a millimetre */
		m->max[a] = m->min[a] +
			    floor((m->max[a] - m->min[a]) / (n[a] - 1) * 100) /
				100 * (n[a] - 1);
	}
	m->nx = n[0];
	m->ny = n[1];
}

int
macro_cmd_mesh(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_line_get(l, "PROFILE");
	const char *adaptive = macro_line_get(l, "ADAPTIVE");
	bool around =
	    adaptive && strcmp(adaptive, "0") != 0 && w->exclude_objects.u.l->n;
	struct macro_mesh *m;

	if (!name)
		name = "default";
	m = macro_mesh_new(w, around ? "adaptive-0" : name);
	free(m->z);
	m->z = NULL;
	mesh_area(w, l, m, around);
	use_mesh(w, m);
	/* the way of the probe ends above its last point, row by row */
	w->g.last[0] = m->ny % 2 ? m->max[0] : m->min[0];
	w->g.last[1] = m->max[1];
	w->g.last[2] = macro_number(w, "bed_mesh", "horizontal_move_z", 5);
	w->probed = true;
	w->idle = false;
	macro_respond(w, "// Mesh Bed Leveling Complete");
	if (!around)
		macro_respond(w,
		    "// Bed Mesh state has been saved to profile [%s]\n"
		    "// for the current session.  The SAVE_CONFIG command "
		    "will\n// update the printer config file and restart the "
		    "printer.",
		    name);
	return 0;
}

int
macro_cmd_mesh_clear(struct macro_world *w, struct macro_line *l)
{
	(void)l;
	use_mesh(w, NULL);
	/* in batch mode no probe triggers: it went all the way, and where the
	 * steppers were not asked the tool head never left its home */
	if (w->probed && w->flags & MACRO_ASSUME)
		memcpy(w->g.last,
		    (double[]){w->endstop[0], w->endstop[1], w->axis_min[2]},
		    3 * sizeof(double));
	w->probed = false;
	return 0;
}

int
macro_cmd_mesh_profile(struct macro_world *w, struct macro_line *l)
{
	const char *load = macro_line_get(l, "LOAD");
	const char *save = macro_line_get(l, "SAVE");
	const char *gone = macro_line_get(l, "REMOVE");
	struct macro_mesh *m;

	if (save && w->mesh_on) {
		m = macro_mesh_new(w, save);
		if (m != w->mesh_on) {
			struct macro_mesh *next = m->next;
			const char *name = m->name;

			free(m->z);
			*m = *w->mesh_on;
			m->z = NULL;
			m->next = next;
			m->name = name;
		}
	}
	if (load) {
		for (m = w->mesh; m && strcmp(m->name, load) != 0; m = m->next)
			;
		if (!m)
			return macro_error(
			    w, "mesh", "bed_mesh: Unknown profile [%s]", load);
		use_mesh(w, m);
	}
	if (gone)
		for (struct macro_mesh **p = &w->mesh; *p; p = &(*p)->next) {
			m = *p;
			if (strcmp(m->name, gone) != 0 || m == w->mesh_on)
				continue;
			*p = m->next;
			free(m->z);
			free(m);
			break;
		}
	return 0;
}

/* ---- objects ---- */

static void
keep_objects(
    struct macro_world *w, struct jj_value objects, struct jj_value excluded)
{
	struct arena fresh;

	arena_init(&fresh);
	w->exclude_objects = jj_copy(&fresh, objects, JJ_SHARED);
	w->excluded = jj_copy(&fresh, excluded, JJ_SHARED);
	arena_release(&w->exclude_arena);
	w->exclude_arena = fresh;
}

void
macro_reset_objects(struct macro_world *w)
{
	jinja_begin(w->j);
	keep_objects(w, jj_list_new(w->j, 0), jj_list_new(w->j, 0));
	free(w->exclude_current);
	w->exclude_current = NULL;
}

static const char *
name_of(struct macro_world *w, struct jj_value object)
{
	struct jj_value v = jj_get(w->j, object, "name", 4);

	return v.kind == JJ_STR ? v.u.s->data : "";
}

static char *
upper(const char *s)
{
	char *up = xstrdup(s);

	for (char *p = up; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 32);
	return up;
}

/* in the order of their names */
static int
add_object(struct macro_world *w, struct jj_value object)
{
	struct jj_value all = jj_list_new(w->j, w->exclude_objects.u.l->n + 1);
	const struct jj_list *old = w->exclude_objects.u.l;
	uint32_t i = 0;

	if (old->n >= 20000)
		return macro_error(
		    w, "limit", "more than 20000 objects are defined");
	for (; i < old->n &&
	       strcmp(name_of(w, old->v[i]), name_of(w, object)) <= 0;
	     i++)
		jj_append(w->j, all, old->v[i]);
	jj_append(w->j, all, object);
	for (; i < old->n; i++)
		jj_append(w->j, all, old->v[i]);
	keep_objects(w, all, w->excluded);
	return 0;
}

static bool
is_defined(struct macro_world *w, const char *name)
{
	const struct jj_list *all = w->exclude_objects.u.l;

	for (uint32_t i = 0; i < all->n; i++)
		if (strcmp(name_of(w, all->v[i]), name) == 0)
			return true;
	return false;
}

static int
json_field(
    struct macro_world *w, struct jj_value o, const char *key, const char *text)
{
	json_t *root = json_loads(text, JSON_DECODE_ANY, NULL);

	if (!root)
		return macro_error(w, "parameter",
		    "the value of %s is not JSON: '%s'", key, text);
	jj_put(w->j, o, key, jj_from_json(w->j, root));
	json_decref(root);
	return 0;
}

static int
define(struct macro_world *w, struct macro_line *l, const char *name)
{
	struct jj_value o;
	char *up = upper(name);
	int status = 0;

	jinja_begin(w->j);
	o = jj_dict_new(w->j);
	jj_put(w->j, o, "name", jj_strz(w->j, up));
	free(up);
	for (size_t i = 0; i < l->n_params && !status; i++) {
		const char *key = l->param[i].key, *v = l->param[i].value;
		struct buf text = BUF_INIT;

		if (strcmp(key, "CENTER") == 0) {
			buf_addf(&text, "[%s]", v);
			status = json_field(w, o, "center", text.data);
		} else if (strcmp(key, "POLYGON") == 0) {
			status = json_field(w, o, "polygon", v);
		} else if (strcmp(key, "NAME") != 0) {
			jj_put(w->j, o, key, jj_strz(w->j, v));
		}
		buf_release(&text);
	}
	return status ? status : add_object(w, o);
}

int
macro_cmd_define_object(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_line_get(l, "NAME");
	const char *reset = macro_line_get(l, "RESET");

	if (reset && strcmp(reset, "0") != 0) {
		macro_reset_objects(w);
		return 0;
	}
	return name ? define(w, l, name) : 0;
}

int
macro_cmd_start_object(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_need(w, l, "NAME");
	char *up;

	if (!name)
		return -1;
	up = upper(name);
	free(w->exclude_current);
	w->exclude_current = up;
	if (is_defined(w, up))
		return 0;
	l->n_params = 0;
	return define(w, l, up);
}

int
macro_cmd_end_object(struct macro_world *w, struct macro_line *l)
{
	(void)l;
	free(w->exclude_current);
	w->exclude_current = NULL;
	return 0;
}

int
macro_cmd_exclude(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_line_get(l, "NAME");
	const char *reset = macro_line_get(l, "RESET");
	struct jj_value all;
	char *up = name ? upper(name) : NULL;

	if (!up && macro_line_get(l, "CURRENT") && w->exclude_current)
		up = xstrdup(w->exclude_current);
	jinja_begin(w->j);
	all = jj_list_new(w->j, 4);
	for (uint32_t i = 0; i < w->excluded.u.l->n; i++) {
		struct jj_value v = w->excluded.u.l->v[i];

		if (up ? strcmp(v.u.s->data, up) != 0 : !reset)
			jj_append(w->j, all, v);
	}
	if (up && !reset)
		jj_append(w->j, all, jj_strz(w->j, up));
	keep_objects(w, w->exclude_objects, all);
	free(up);
	return 0;
}

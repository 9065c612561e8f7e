/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dropping the moves of an object, and the way past it. */
#include "exclude.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "profile.h"
#include "session.h"

#define NAMES_MAX  4096 /* more are not known */
#define NAMES_SAID 12
#define NEAR_MM	   1e-9
#define PUSH_MM_S  25.0 /* until the plan has drawn back once */
#define PUSH_MM_S2 500.0

void
exclude_init(struct session *s)
{
	struct exclude *x = &s->exclude;
	size_t n = (size_t)s->machine->n_extruders + 1;

	x->high = xcalloc(n, sizeof(*x->high));
	x->plan_high = xcalloc(n, sizeof(*x->plan_high));
	x->committed = xstrdup("");
	x->travel_speed = s->machine->max_velocity;
	x->push_speed = PUSH_MM_S;
}

void
exclude_release(struct session *s)
{
	struct exclude *x = &s->exclude;

	for (size_t i = 0; i < x->n; i++)
		free(x->object[i].name);
	free(x->object);
	buf_release(&x->say);
	for (; x->back_at < x->n_back; x->back_at++)
		line_drop_text(&x->back[x->back_at]);
	free(x->back);
	free(x->committed);
	free(x->high);
	free(x->plan_high);
}

/* --- what objects there are ---------------------------------------------- */

static struct exclude_object *
find(const struct exclude *x, const char *name)
{
	for (size_t i = 0; *name && i < x->n; i++)
		if (strcasecmp(x->object[i].name, name) == 0)
			return &x->object[i];
	return NULL;
}

static bool
is_excluded(const struct exclude *x, const char *name)
{
	const struct exclude_object *o = find(x, name);

	return o && o->excluded;
}

bool
exclude_only_tells(const struct plan_record *r)
{
	return r->type == PLAN_OBJECT_TOLD || r->type == PLAN_OBJECT_LEFT;
}

void
exclude_learn(struct session *s, const struct plan_record *r)
{
	struct exclude *x = &s->exclude;
	const char *name = r->u.text.s;
	struct exclude_object *o;

	if ((r->type != PLAN_OBJECT && !exclude_only_tells(r)) || !*name)
		return;
	o = find(x, name);
	if (!o && x->n == NAMES_MAX)
		return;
	if (!o) {
		ALLOC_GROW(x->object, x->n + 1, x->alloc);
		o = &x->object[x->n++];
		*o = (struct exclude_object){.name = xstrdup(name)};
	}
	if (exclude_only_tells(r))
		o->left = r->type == PLAN_OBJECT_LEFT;
}

static const char *
unknown(struct exclude *x, const char *name)
{
	buf_clear(&x->say);
	buf_addf(&x->say,
	    "no object is called '%s' in what was read so far: ", name);
	if (x->n == 0)
		buf_adds(&x->say, "none is labelled");
	for (size_t i = 0; i < x->n && i < NAMES_SAID; i++)
		buf_addf(&x->say, "%s'%s'", i ? ", " : "there are ",
		    x->object[i].name);
	if (x->n > NAMES_SAID)
		buf_addf(&x->say, " and %zu more", x->n - NAMES_SAID);
	return x->say.data;
}

const char *
exclude_ask(struct session *s, const char *name)
{
	struct exclude *x = &s->exclude;
	struct exclude_object *o = find(x, name);

	if (!*name)
		return "'object' has to name one";
	if (!o)
		return unknown(x, name);
	if (o->excluded || o->left)
		return "it is excluded already";
	o->excluded = true;
	x->asked = true;
	return NULL;
}

void
exclude_list(struct session *s, struct buf *out)
{
	const struct exclude *x = &s->exclude;
	struct json j;

	json_begin(&j, out);
	json_object(&j, NULL);
	json_bool(&j, "ok", true);
	json_array(&j, "objects");
	for (size_t i = 0; i < x->n; i++) {
		const struct exclude_object *o = &x->object[i];

		json_object(&j, NULL);
		json_string(&j, "name", o->name);
		json_bool(&j, "printing", strcasecmp(o->name, s->object) == 0);
		json_bool(&j, "excluded", o->excluded || o->left);
		json_close(&j);
	}
	json_close(&j);
	json_close(&j);
	json_newline(&j);
}

void
exclude_json(const struct session *s, struct json *j)
{
	const struct exclude *x = &s->exclude;

	json_array(j, "excluded");
	for (size_t i = 0; i < x->n; i++)
		if (x->object[i].excluded || x->object[i].left)
			json_string(j, NULL, x->object[i].name);
	json_close(j);
}

/* --- giving one up -------------------------------------------------------- */

bool
exclude_wants(const struct session *s)
{
	return s->exclude.asked && !s->paused;
}

static int
extruder(const struct session *s)
{
	return s->axes.extruder < 0 ? 0 : s->axes.extruder;
}

/* --- taking back --------------------------------------------------------- */

/* Records [i, tail) of the line will be read again, before what was taken
 * back earlier. */
static void
take_back(struct session *s, size_t i)
{
	struct exclude *x = &s->exclude;
	size_t n = s->line.tail - i, rest = x->n_back - x->back_at;
	struct plan_record *v = xcalloc(n + rest + 1, sizeof(*v));

	line_take(&s->line, i, v);
	if (rest > 0)
		memcpy(v + n, x->back + x->back_at, rest * sizeof(*v));
	free(x->back);
	x->back = v;
	x->back_at = 0;
	x->n_back = x->back_alloc = n + rest;
}

/* Where such an object begins in the line; its end when none does. */
static size_t
find_begin(const struct session *s)
{
	const struct line *l = &s->line;

	for (size_t i = l->head; i != l->tail; i++) {
		const struct plan_record *r = line_at(l, i);

		if (r->type == PLAN_OBJECT &&
		    is_excluded(&s->exclude, r->u.text.s))
			return i;
	}
	return l->tail;
}

int
exclude_now(struct session *s)
{
	struct exclude *x = &s->exclude;
	bool here = is_excluded(x, x->committed);
	size_t begin = find_begin(s);
	int e = extruder(s);

	x->asked = false;
	if (!here && begin == s->line.tail)
		return 0; /* it is still upstream, or past */
	if (!here && line_stops_before(&s->line, begin)) {
		take_back(s, begin);
		if (session_drain(s) != 0)
			return -1;
	} else {
		/* whoever pauses and resumes meanwhile has to wait */
		do {
			line_brake(&s->line);
			if (session_run(s, (double)INFINITY, -1) != 0)
				return -1;
		} while (!line_resting(&s->line));
		take_back(s, s->line.head);
		if (!s->paused)
			line_resume(&s->line);
		x->skip_t = s->line.plan_t;
	}
	/* what is read again counts again */
	x->high[e] = fmax(x->high[e], s->axes.pos[3]);
	x->plan_high[e] = x->high[e];
	x->inside = here;
	x->skipped = here;
	memcpy(x->plan_pos, s->axes.pos, sizeof(x->plan_pos));
	return 0;
}

bool
exclude_next(struct session *s, struct plan_record *r)
{
	struct exclude *x = &s->exclude;

	if (x->back_at == x->n_back)
		return false;
	*r = x->back[x->back_at++];
	return true;
}

/* --- the way past it ------------------------------------------------------ */

/* E alone, from rest to rest. */
static int
push(struct session *s, double mm)
{
	struct plan_record r = {.type = PLAN_MOVE, .line = s->input.line};
	struct plan_move *m = &r.u.move;

	if (fabs(mm) < NEAR_MM)
		return 0;
	memcpy(m->start, s->axes.pos, sizeof(m->start));
	m->start_e = s->axes.pos[3];
	m->ratio_e = mm < 0 ? -1 : 1;
	profile_from_rest(m, fabs(mm), s->exclude.push_speed, PUSH_MM_S2);
	line_stop(&s->line);
	line_push(&s->line, &r);
	return session_drain(s);
}

/* Up first, down last. */
static int
travel(struct session *s, const double to[3])
{
	bool up = to[2] > s->axes.pos[2];
	double by[3];

	memcpy(by, to, sizeof(by));
	if (up)
		memcpy(by, s->axes.pos, 2 * sizeof(*by));
	else
		by[2] = s->axes.pos[2];
	if (session_move_to(s, by, s->exclude.travel_speed) != 0)
		return -1;
	return session_move_to(s, to, s->exclude.travel_speed);
}

/* The head is where the plan says it is at plan time t. */
static int
rejoin(struct session *s, const double to[4], double t)
{
	struct exclude *x = &s->exclude;
	struct line *l = &s->line;
	int e = extruder(s);
	double pos[4], more, at;

	if (session_drain(s) != 0)
		return -1;
	x->skipped = false;
	at = (t - l->plan_t) / l->factor + l->last_t;
	x->high[e] = fmax(x->high[e], s->axes.pos[3]);
	/* how much further the plan is drawn back there */
	more = (x->plan_high[e] - to[3]) - (x->high[e] - s->axes.pos[3]);
	if (push(s, -fmax(more, 0)) != 0 || travel(s, to) != 0 ||
	    push(s, -fmin(more, 0)) != 0)
		return -1;
	memcpy(pos, s->axes.pos, sizeof(pos));
	x->left_out += to[3] - pos[3];
	pos[3] = to[3];
	axes_set_position(&s->axes, pos);
	x->high[e] = x->plan_high[e];
	line_go_on(l, t, at, session_soonest(s));
	return 0;
}

/* --- what comes ------------------------------------------------------------
 */

static void
note_speeds(struct exclude *x, const struct plan_move *m)
{
	if (m->ratio_e == 0 && (m->dir[0] != 0 || m->dir[1] != 0))
		x->travel_speed = m->cruise_v;
	else if (m->ratio_e < 0 && m->dir[0] == 0 && m->dir[1] == 0)
		x->push_speed = m->cruise_v;
}

static int
filter_move(struct session *s, const struct plan_record *r)
{
	struct exclude *x = &s->exclude;
	const struct plan_move *m = &r->u.move;
	double from[4] = {m->start[0], m->start[1], m->start[2], m->start_e};
	int e = extruder(s);

	if (!x->inside && x->skipped && rejoin(s, from, r->t) != 0)
		return -1;
	for (int i = 0; i < 3; i++)
		x->plan_pos[i] = m->start[i] + m->dir[i] * m->distance;
	x->plan_pos[3] = m->start_e + m->ratio_e * m->distance;
	x->plan_high[e] = fmax(x->plan_high[e], x->plan_pos[3]);
	note_speeds(x, m);
	if (!x->inside)
		return 0;
	x->skipped = true;
	return 1;
}

static void
begin_object(struct session *s, struct plan_record *r)
{
	struct exclude *x = &s->exclude;

	x->inside = is_excluded(x, r->u.text.s);
	if (x->inside && !x->skipped)
		x->skip_t = r->t;
}

/* A place is told: dropped or not, E counts on from there. */
static void
count_from(struct session *s, double e)
{
	struct exclude *x = &s->exclude;
	int i = extruder(s);

	x->plan_high[i] += e - x->plan_pos[3];
	x->high[i] = x->plan_high[i];
}

int
exclude_filter(struct session *s, struct plan_record *r)
{
	struct exclude *x = &s->exclude;

	switch (r->type) {
	case PLAN_MOVE:
		return filter_move(s, r);
	case PLAN_OBJECT:
		begin_object(s, r);
		break;
	case PLAN_DWELL:
		return x->inside;
	case PLAN_BARRIER:
		x->skip_t = 0;
		return 0;
	case PLAN_END:
		if (x->skipped)
			x->left_out += x->plan_pos[3] - s->axes.pos[3];
		return 0;
	case PLAN_HOME:
	case PLAN_SET_POSITION:
	case PLAN_EXTRUDER:
	case PLAN_CARRIAGE:
	case PLAN_FOLLOW:
	case PLAN_STEPPER:
	case PLAN_PROBE:
	case PLAN_MESH:
	case PLAN_MESH_OFFSET:
	case PLAN_MESH_USE:
		if (x->skipped && rejoin(s, x->plan_pos, r->t) != 0)
			return -1;
		if (r->type == PLAN_SET_POSITION)
			count_from(s, r->u.set.e);
		return 0;
	default:
		break;
	}
	/* what happens beside the moves does not wait for them */
	if (x->skipped && r->t > x->skip_t)
		r->t = x->skip_t;
	return 0;
}

void
exclude_committed(struct session *s, const struct plan_record *r)
{
	struct exclude *x = &s->exclude;
	int e = extruder(s);

	if (r->type == PLAN_OBJECT) {
		free(x->committed);
		x->committed = xstrdup(r->u.text.s);
	} else if (r->type == PLAN_MOVE) {
		x->high[e] = fmax(x->high[e], s->axes.pos[3]);
	}
}

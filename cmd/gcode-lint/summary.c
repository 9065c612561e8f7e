/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The print in numbers, gathered from the records of its plan. */
#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/json.h"

void
summary_init(struct summary *s)
{
	*s = (struct summary){0};
}

static size_t
kept(const struct summary *s)
{
	return s->gridded || s->n_layers == 0 ? s->n_layers : 1;
}

void
summary_release(struct summary *s)
{
	for (size_t i = 0; i < s->n_objects; i++) {
		free(s->object[i].name);
		beads_release(&s->object[i].beads);
	}
	for (size_t i = 0; i < kept(s); i++)
		beads_release(&s->layer[i].beads);
	free(s->object);
	free(s->layer);
	summary_init(s);
}

struct summary
summary_take(struct summary *s)
{
	struct summary out = *s;

	summary_init(s);
	return out;
}

static void
begin_layer(struct summary *s, double z, uint32_t line)
{
	struct layer_sum *l;

	if (s->gridded || !s->layer)
		ALLOC_GROW(s->layer, s->n_layers + 1, s->layer_alloc);
	s->n_layers++;
	l = &s->layer[kept(s) - 1];
	*l = (struct layer_sum){.z = z, .line = line};
	beads_init(&l->beads);
}

static void
begin_object(struct summary *s, const char *name, uint32_t line)
{
	struct object_sum *o;

	s->at_object = 0;
	if (!name || !*name)
		return;
	for (size_t i = 0; i < s->n_objects; i++) {
		if (strcmp(s->object[i].name, name) == 0) {
			s->at_object = i + 1;
			return;
		}
	}
	if (s->n_objects == SUMMARY_OBJECTS_MAX)
		return;
	ALLOC_GROW(s->object, s->n_objects + 1, s->object_alloc);
	o = &s->object[s->n_objects++];
	*o = (struct object_sum){.name = xstrdup(name), .line = line};
	beads_init(&o->beads);
	s->at_object = s->n_objects;
}

/* the layer and the object in work; NULL: none */
static struct beads *
in_work(struct summary *s, int which)
{
	if (which == 0)
		return s->n_layers ? &s->layer[kept(s) - 1].beads : NULL;
	return s->at_object ? &s->object[s->at_object - 1].beads : NULL;
}

static void
add_bead(struct summary *s, const struct plan_move *v, double time,
    uint32_t line, double area)
{
	double flow = v->ratio_e * v->cruise_v * area;
	double now[3] = {s->now[0], s->now[1], s->fan};

	for (int i = 0; i < 3; i++) {
		double a = v->start[i], b = a + v->dir[i] * v->distance;

		if (!s->any)
			s->min[i] = s->max[i] = a;
		s->min[i] = fmin(s->min[i], fmin(a, b));
		s->max[i] = fmax(s->max[i], fmax(a, b));
	}
	s->any = true;
	s->beads++;
	if (flow > s->max_flow) {
		s->max_flow = flow;
		s->max_flow_line = line;
	}
	for (int i = 0; s->detailed && i < 2; i++)
		if (in_work(s, i))
			beads_add(
			    in_work(s, i), v, time, now, s->gridded && i == 0);
}

static void
add_move(struct summary *s, const struct plan_record *rec, double area)
{
	const struct plan_move *v = &rec->u.move;
	double time = v->accel_t + v->cruise_t + v->decel_t;
	double filament = v->ratio_e * v->distance;
	bool still = v->dir[0] == 0 && v->dir[1] == 0 && v->dir[2] == 0;

	s->moves++;
	s->time += time;
	s->filament += filament;
	if (!still) {
		s->max_speed = fmax(s->max_speed, v->cruise_v);
		s->max_accel = fmax(s->max_accel, v->accel);
	}
	for (int i = 0; s->detailed && i < 2; i++) {
		struct beads *b = in_work(s, i);

		if (b) {
			b->time += time;
			b->filament += filament;
		}
	}
	if (!still && v->ratio_e > 0)
		add_bead(s, v, time, rec->line, area);
}

static void
add_target(struct summary *s, const char *name, double target)
{
	int bed = strcmp(name, "heater_bed") == 0;

	if (!bed && strncmp(name, "extruder", 8) != 0)
		return;
	s->now[bed] = target;
	if (target <= 0)
		return;
	if (s->target[bed][0] == 0 || target < s->target[bed][0])
		s->target[bed][0] = target;
	s->target[bed][1] = fmax(s->target[bed][1], target);
}

void
summary_record(struct summary *s, const struct plan_record *rec, double area)
{
	switch (rec->type) {
	case PLAN_MOVE:
		add_move(s, rec, area);
		break;
	case PLAN_DWELL:
		s->time += rec->u.dwell.duration;
		for (int i = 0; i < 2; i++)
			if (in_work(s, i))
				in_work(s, i)->time += rec->u.dwell.duration;
		break;
	case PLAN_LAYER:
		begin_layer(s, rec->u.layer.z, rec->line);
		break;
	case PLAN_OBJECT:
		begin_object(s, rec->u.text.s, rec->line);
		break;
	case PLAN_HEATER:
		add_target(s, rec->u.heater.name, rec->u.heater.target);
		break;
	case PLAN_FAN:
		if (strcmp(rec->u.value.name, "fan") == 0)
			s->fan = rec->u.value.value;
		break;
	default:
		break;
	}
}

/* --- words ---------------------------------------------------------------- */

static void
add_time(struct buf *out, double s)
{
	long t = (long)(s + 0.5);

	if (t >= 3600)
		buf_addf(out, "%ld h %02ld min %02ld s", t / 3600, t / 60 % 60,
		    t % 60);
	else if (t >= 60)
		buf_addf(out, "%ld min %02ld s", t / 60, t % 60);
	else
		buf_addf(out, "%.1f s", s);
}

static void
add_range(struct buf *out, const char *what, const double v[2])
{
	if (v[1] <= 0)
		return;
	buf_addf(out, "  %-14s", what);
	if (v[0] < v[1])
		buf_addf(out, "%g to ", v[0]);
	buf_addf(out, "%g C\n", v[1]);
}

void
summary_print(const struct summary *s, struct buf *out, const char *file)
{
	buf_addf(out, "%s:\n  %-14s", file, "time");
	add_time(out, s->time);
	buf_adds(out, ", and ");
	add_time(out, s->heating + s->homing);
	buf_adds(out, " to heat and home\n");
	buf_addf(out, "  %-14s%.2f m\n", "filament", s->filament / 1000);
	buf_addf(out, "  %-14s%zu\n", "layers", s->n_layers);
	buf_addf(out, "  %-14s%llu, %llu of them beads\n", "moves",
	    (unsigned long long)s->moves, (unsigned long long)s->beads);
	if (s->any)
		buf_addf(out,
		    "  %-14sX %.2f to %.2f, Y %.2f to %.2f, Z %.2f to "
		    "%.2f mm\n",
		    "extents", s->min[0], s->max[0], s->min[1], s->max[1],
		    s->min[2], s->max[2]);
	buf_addf(out, "  %-14s%.2f mm3/s (line %u)\n", "peak flow", s->max_flow,
	    s->max_flow_line);
	buf_addf(out, "  %-14s%.1f mm/s, %.0f mm/s2\n", "peak speed",
	    s->max_speed, s->max_accel);
	add_range(out, "nozzle", s->target[0]);
	add_range(out, "bed", s->target[1]);
	for (size_t i = 0; i < s->n_objects; i++) {
		buf_addf(out, "  %-14s'%s': ", i ? "" : "objects",
		    s->object[i].name);
		add_time(out, s->object[i].beads.time);
		buf_addf(out, ", %.2f m\n", s->object[i].beads.filament / 1000);
	}
}

static void
json_range(struct json *j, const char *key, const double v[2])
{
	json_array(j, key);
	json_fixed(j, NULL, v[0], 2);
	json_fixed(j, NULL, v[1], 2);
	json_close(j);
}

void
summary_json(const struct summary *s, struct buf *out, const char *file)
{
	static const char *const axis[] = {"x", "y", "z"};
	struct json j;

	json_begin(&j, out);
	json_object(&j, NULL);
	json_string(&j, "format", "gcode-lint-summary");
	json_int(&j, "version", 1);
	json_string(&j, "file", file);
	json_fixed(&j, "time", s->time, 3);
	json_fixed(&j, "heating", s->heating, 1);
	json_fixed(&j, "homing", s->homing, 1);
	json_fixed(&j, "filament", s->filament, 3);
	json_int(&j, "layers", (int64_t)s->n_layers);
	json_int(&j, "moves", (int64_t)s->moves);
	json_int(&j, "beads", (int64_t)s->beads);
	json_object(&j, "extents");
	for (int i = 0; i < 3 && s->any; i++) {
		double v[2] = {s->min[i], s->max[i]};

		json_range(&j, axis[i], v);
	}
	json_close(&j);
	json_fixed(&j, "peak_flow", s->max_flow, 4);
	json_int(&j, "peak_flow_line", s->max_flow_line);
	json_fixed(&j, "peak_speed", s->max_speed, 3);
	json_range(&j, "nozzle", s->target[0]);
	json_range(&j, "bed", s->target[1]);
	json_array(&j, "objects");
	for (size_t i = 0; i < s->n_objects; i++) {
		json_object(&j, NULL);
		json_string(&j, "name", s->object[i].name);
		json_fixed(&j, "time", s->object[i].beads.time, 3);
		json_fixed(&j, "filament", s->object[i].beads.filament, 3);
		json_close(&j);
	}
	json_close(&j);
	json_close(&j);
	json_newline(&j);
}

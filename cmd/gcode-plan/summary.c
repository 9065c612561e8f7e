/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plan amounts to. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "cmd/gcode-plan/gcode-plan.h"
#include "lang/json.h"

void
summary_init(struct summary *s, const struct machine *machine, double density)
{
	memset(s, 0, sizeof(*s));
	s->machine = machine;
	s->density = density;
	print_time_init(&s->time, machine);
	for (int i = 0; i < 3; i++) {
		s->low[i] = s->reach_low[i] = HUGE_VAL;
		s->high[i] = s->reach_high[i] = -HUGE_VAL;
	}
}

void
summary_release(struct summary *s)
{
	print_time_release(&s->time);
}

static inline void
widen(double low[3], double high[3], const double p[3])
{
	for (int i = 0; i < 3; i++) {
		low[i] = p[i] < low[i] ? p[i] : low[i];
		high[i] = p[i] > high[i] ? p[i] : high[i];
	}
}

static void
add_move(struct summary *s, const struct plan_record *rec)
{
	const struct plan_move *m = &rec->u.move;
	double time = m->accel_t + m->cruise_t + m->decel_t;
	double end[3];

	for (int i = 0; i < 3; i++)
		end[i] = m->start[i] + m->distance * m->dir[i];
	widen(s->reach_low, s->reach_high, end);
	if (m->dir[0] == 0 && m->dir[1] == 0) {
		/* a move may come in slices */
		s->retractions +=
		    m->ratio_e < 0 && s->retracting_line != rec->line;
		s->retracting_line = m->ratio_e < 0 ? rec->line : 0;
		s->still_s += time;
		return;
	}
	s->retracting_line = 0;
	if (m->cruise_v > s->peak_speed * (1 + 1e-9)) {
		s->peak_speed = m->cruise_v;
		s->peak_speed_line = rec->line;
	}
	if (m->advance) {
		double flow = m->ratio_e * m->cruise_v;

		widen(s->low, s->high, m->start);
		widen(s->low, s->high, end);
		s->extruding_mm += m->distance;
		s->extruding_s += time;
		s->pushed_mm += m->ratio_e * m->distance;
		/* the first of many that differ by rounding */
		if (flow > s->peak_flow * (1 + 1e-9)) {
			s->peak_flow = flow;
			s->peak_flow_line = rec->line;
		}
	} else {
		s->travel_mm += m->distance;
		s->travel_s += time;
	}
}

static void
add_heater(struct summary *s, const char *name, double target)
{
	int i = 0;

	while (i < s->n_heaters && strcmp(s->heater[i].name, name) != 0)
		i++;
	if (i == SUMMARY_HEATERS)
		return;
	if (i == s->n_heaters) {
		snprintf(
		    s->heater[i].name, sizeof(s->heater[i].name), "%s", name);
		s->n_heaters++;
	}
	if (target > s->heater[i].target)
		s->heater[i].target = target;
}

void
summary_add(struct summary *s, const struct plan_record *rec)
{
	print_time_add(&s->time, rec);
	switch (rec->type) {
	case PLAN_MOVE:
		add_move(s, rec);
		break;
	case PLAN_LAYER:
		s->layers = rec->u.layer.index;
		if (rec->u.layer.z > s->top_z)
			s->top_z = rec->u.layer.z;
		break;
	case PLAN_HEATER:
		add_heater(s, rec->u.heater.name, rec->u.heater.target);
		break;
	case PLAN_HEATER_WAIT:
		s->waits++;
		break;
	case PLAN_HOME:
		s->homings++;
		break;
	case PLAN_PAUSE:
		s->pauses++;
		break;
	case PLAN_OBJECT:
		s->objects += rec->u.text.s[0] != '\0';
		break;
	case PLAN_END:
		s->end = rec->u.end;
		break;
	default:
		break;
	}
}

static double
filament_area(const struct summary *s)
{
	return s->machine->n_extruders ? s->machine->extruder[0].filament_area
				       : 0;
}

static double
mass_g(const struct summary *s)
{
	return s->end.filament * filament_area(s) / 1000 * s->density;
}

static void
put_time(struct buf *out, double t)
{
	unsigned long long tenths = (unsigned long long)(t * 10 + 0.5);

	buf_addf(out, "%llu:%02llu:%02llu.%llu", tenths / 36000,
	    tenths / 600 % 60, tenths / 10 % 60, tenths % 10);
}

static void
row(struct buf *out, const char *name)
{
	buf_addf(out, "%-10s ", name);
}

static void
put_extent(struct buf *out, const double low[3], const double high[3])
{
	if (low[0] > high[0]) {
		buf_adds(out, "nothing\n");
		return;
	}
	buf_addf(out, "X %.2f..%.2f, Y %.2f..%.2f, Z %.2f..%.2f mm\n", low[0],
	    high[0], low[1], high[1], low[2], high[2]);
}

static void
text_motion(const struct summary *s, struct buf *out)
{
	row(out, "path");
	buf_addf(out, "%.2f m extruding, %.2f m travelling\n",
	    s->extruding_mm / 1000, s->travel_mm / 1000);
	row(out, "prints");
	put_extent(out, s->low, s->high);
	row(out, "reaches");
	put_extent(out, s->reach_low, s->reach_high);
	row(out, "speed");
	buf_addf(out, "up to %.1f mm/s (line %u)\n", s->peak_speed,
	    s->peak_speed_line);
	row(out, "flow");
	buf_addf(out, "up to %.2f mm3/s (line %u), %.2f on the average\n",
	    s->peak_flow * filament_area(s), s->peak_flow_line,
	    s->extruding_s > 0
		? s->pushed_mm * filament_area(s) / s->extruding_s
		: 0);
}

void
summary_jerk(const struct summary *s, struct buf *out)
{
	row(out, "profile");
	buf_addf(out,
	    "s-curve of %.0f mm/s3: %.1f s (%.1f %%) more than trapezoids\n",
	    s->jerk, s->jerk_costs_s,
	    s->plain_s > 0 ? 100 * s->jerk_costs_s / s->plain_s : 0);
}

void
summary_text(const struct summary *s, struct buf *out)
{
	row(out, "time");
	put_time(out, print_time_total(&s->time));
	buf_adds(out, " in all: ");
	put_time(out, s->end.duration);
	buf_adds(out, " in motion, about ");
	put_time(out, s->time.heating);
	buf_adds(out, " heating, ");
	put_time(out, s->time.homing);
	buf_adds(out, " homing");
	if (s->time.probing > 0) {
		buf_adds(out, ", ");
		put_time(out, s->time.probing);
		buf_adds(out, " probing");
	}
	if (s->pauses)
		buf_addf(out, ", besides %u pauses", s->pauses);
	buf_addc(out, '\n');
	row(out, "of motion");
	put_time(out, s->extruding_s);
	buf_adds(out, " extruding, ");
	put_time(out, s->travel_s);
	buf_adds(out, " travelling, ");
	put_time(out, s->still_s);
	buf_adds(out, " of Z or E alone\n");
	if (s->jerk > 0)
		summary_jerk(s, out);
	if (s->slowed) {
		row(out, "motors");
		buf_addf(out, "too weak for %llu moves, which are slower\n",
		    s->slowed);
	}
	if (s->probing.points > 0) {
		row(out, "mesh");
		buf_addf(out, "%ld points are probed", s->probing.points);
		if (s->probing.points < s->probing.whole) {
			buf_addf(out,
			    " of %ld, around the print: ", s->probing.whole);
			put_time(out, s->probing.saved_s);
			buf_adds(out, " saved");
		}
		buf_addc(out, '\n');
	}
	row(out, "filament");
	buf_addf(out, "%.3f m, %.2f cm3, %.2f g at %g g/cm3\n",
	    s->end.filament / 1000, s->end.filament * filament_area(s) / 1000,
	    mass_g(s), s->density);
	row(out, "layers");
	buf_addf(out, "%u, up to Z %.2f mm\n", s->layers, s->top_z);
	text_motion(s, out);
	row(out, "heat");
	for (int i = 0; i < s->n_heaters; i++)
		buf_addf(out, "%s%s to %g C", i ? ", " : "", s->heater[i].name,
		    s->heater[i].target);
	buf_adds(out, s->n_heaters ? "\n" : "none\n");
	row(out, "lines");
	buf_addf(out, "%llu, %llu moves, %llu retractions\n",
	    (unsigned long long)s->end.lines, (unsigned long long)s->end.moves,
	    (unsigned long long)s->retractions);
}

static void
json_extent(
    struct json *j, const char *key, const double low[3], const double high[3])
{
	static const char *const axis[] = {"x", "y", "z"};

	if (low[0] > high[0]) {
		json_null(j, key);
		return;
	}
	json_object(j, key);
	for (int i = 0; i < 3; i++) {
		json_array(j, axis[i]);
		json_fixed(j, NULL, low[i], 4);
		json_fixed(j, NULL, high[i], 4);
		json_close(j);
	}
	json_close(j);
}

static void
json_amounts(struct json *j, const struct summary *s)
{
	json_fixed(j, "time_s", s->end.duration, 6);
	json_fixed(j, "total_s", print_time_total(&s->time), 3);
	json_fixed(j, "heating_s", s->time.heating, 3);
	json_fixed(j, "homing_s", s->time.homing, 3);
	json_fixed(j, "probing_s", s->time.probing, 3);
	if (s->probing.points > 0) {
		json_int(j, "mesh_points", s->probing.points);
		json_int(j, "mesh_points_whole", s->probing.whole);
		json_fixed(j, "probing_saved_s", s->probing.saved_s, 3);
	}
	json_fixed(j, "extruding_s", s->extruding_s, 6);
	json_fixed(j, "travel_s", s->travel_s, 6);
	json_fixed(j, "still_s", s->still_s, 6);
	if (s->jerk > 0) {
		json_fixed(j, "jerk_mm_s3", s->jerk, 0);
		json_fixed(j, "jerk_costs_s", s->jerk_costs_s, 6);
	}
	json_int(j, "moves_slowed_by_motors", (int64_t)s->slowed);
	json_int(j, "homings", s->homings);
	json_int(j, "heater_waits", s->waits);
	json_int(j, "pauses", s->pauses);
	json_fixed(j, "filament_mm", s->end.filament, 4);
	json_fixed(j, "filament_mm3", s->end.filament * filament_area(s), 3);
	json_fixed(j, "filament_g", mass_g(s), 3);
	json_int(j, "layers", s->layers);
	json_fixed(j, "top_z_mm", s->top_z, 4);
	json_fixed(j, "extruding_mm", s->extruding_mm, 3);
	json_fixed(j, "travel_mm", s->travel_mm, 3);
	json_int(j, "retractions", (int64_t)s->retractions);
	json_fixed(j, "peak_speed_mm_s", s->peak_speed, 3);
	json_int(j, "peak_speed_line", s->peak_speed_line);
	json_fixed(j, "peak_flow_mm3_s", s->peak_flow * filament_area(s), 4);
	json_int(j, "peak_flow_line", s->peak_flow_line);
}

void
summary_json(const struct summary *s, struct buf *out)
{
	struct json j;

	json_begin(&j, out);
	json_object(&j, NULL);
	json_amounts(&j, s);
	json_extent(&j, "prints_mm", s->low, s->high);
	json_extent(&j, "reaches_mm", s->reach_low, s->reach_high);
	json_object(&j, "heaters");
	for (int i = 0; i < s->n_heaters; i++)
		json_fixed(&j, s->heater[i].name, s->heater[i].target, 2);
	json_close(&j);
	json_int(&j, "lines", (int64_t)s->end.lines);
	json_int(&j, "moves", (int64_t)s->end.moves);
	json_close(&j);
	json_newline(&j);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How to go on in the middle of a print. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "machine/gcode_private.h"

/* Above what is printed, mm. */
#define LIFT_MM 5
/* Pressed out before the print goes on, mm of filament at mm/min. */
#define PURGE_MM     12
#define PURGE_F	     150
#define RETRACT_MM   1.0
#define RETRACT_F    1800
#define EDGE_MM	     3
#define TRAVEL_MM_S  100
#define SENSOR_BELOW 2	  /* deg C under the target counts as there */
#define RHOMBUS_MM   1000 /* long enough that rounding does not count */
#define LOOSE_DEG_C  150  /* the nozzle lets go of what it stands in */

static void
put(struct buf *out, const char *head, double v, const char *tail)
{
	char text[NUM_DOUBLE_MAX];
	/* numbers of G-code have no exponent, and a micron is enough */
	double rounded = rint(v * 1e5) / 1e5;

	if (fabs(rounded) < 1e-4)
		rounded = 0;
	num_format_double(text, rounded);
	buf_addf(out, "%s%s%s", head, text, tail);
}

/* A cold nozzle sticks to the print: it is warm before it leaves. */
static void
loosen(const struct gcode_exec *ex, struct buf *out)
{
	const struct machine_heater *h;
	double target;
	int i;

	if (ex->extruder < 0)
		return;
	i = ex->machine->extruder[ex->extruder].heater;
	h = &ex->machine->heater[i];
	target = fmin(ex->target[i] - SENSOR_BELOW, LOOSE_DEG_C);
	if (target <= 0)
		return;
	buf_addf(out, "SET_HEATER_TEMPERATURE HEATER=\"%s\"", h->name);
	put(out, " TARGET=", ex->target[i], "\n");
	buf_addf(out, "TEMPERATURE_WAIT SENSOR=\"%s\"", h->name);
	put(out, " MINIMUM=", target, "\n");
}

static void
heat(const struct gcode_exec *ex, struct buf *out, bool extruders)
{
	const struct machine *m = ex->machine;

	for (int wait = 0; wait < 2; wait++)
		for (int i = 0; i < m->n_heaters; i++) {
			const char *name = m->heater[i].name;
			bool melts = isfinite(m->heater[i].min_extrude_temp);

			if (ex->target[i] <= 0 || melts != extruders)
				continue;
			if (!wait)
				buf_addf(out,
				    "SET_HEATER_TEMPERATURE HEATER=\"%s\"",
				    name);
			else
				buf_addf(out, "TEMPERATURE_WAIT SENSOR=\"%s\"",
				    name);
			put(out, wait ? " MINIMUM=" : " TARGET=",
			    ex->target[i] - wait * SENSOR_BELOW, "\n");
		}
}

/* of an extruder, or an extruder_stepper, where it is not as configured */
static void
pressure(const struct gcode_exec *ex, int i, struct buf *out)
{
	const struct gcode_extruder_state *e = &ex->extruders[i];
	const char *name = gcode_pusher_name(ex, i);
	struct machine_advance law;
	double advance, smooth;
	bool bends = e->law.law != MACHINE_ADVANCE_LINEAR;

	gcode_pusher_configured(ex->machine, i, &law, &advance, &smooth);
	if (e->law.shaped != law.shaped)
		buf_addf(out, "%s_INPUT_SHAPER EXTRUDER=\"%s\"\n",
		    e->law.shaped ? "ENABLE" : "DISABLE", name);
	if (e->advance == advance && e->smooth_time == smooth &&
	    e->law.linear == law.linear && e->law.offset == law.offset &&
	    e->law.velocity == law.velocity &&
	    e->law.time_offset == law.time_offset)
		return;
	buf_addf(out, "SET_PRESSURE_ADVANCE EXTRUDER=\"%s\"", name);
	put(out, " ADVANCE=", bends ? e->law.linear : e->advance, "");
	if (bends) {
		put(out, " OFFSET=", e->law.offset, "");
		put(out, " VELOCITY=", e->law.velocity, "");
	}
	if (e->law.time_offset != law.time_offset)
		put(out, " TIME_OFFSET=", e->law.time_offset, "");
	put(out, " SMOOTH_TIME=", e->smooth_time, "\n");
}

static void
tune(const struct gcode_exec *ex, struct buf *out)
{
	static const char axis[] = "XYZ";
	const struct machine *m = ex->machine;

	put(out, "SET_VELOCITY_LIMIT VELOCITY=", ex->limits.velocity, "");
	put(out, " ACCEL=", ex->limits.accel, "");
	put(out, " SQUARE_CORNER_VELOCITY=", ex->limits.square_corner_velocity,
	    "");
	put(out, " MINIMUM_CRUISE_RATIO=", ex->limits.minimum_cruise_ratio,
	    "\n");
	for (int i = 0; i < m->n_extruders + m->n_extra; i++)
		pressure(ex, i, out);
	for (int i = 0; i < 3; i++) {
		const struct gcode_shaper_state *s = &ex->shaper[i];

		if (s->freq == m->shaper[i].freq &&
		    (s->freq == 0 || !m->shaper[i].type ||
			strcmp(s->type, m->shaper[i].type) == 0))
			continue;
		buf_addf(out, "SET_INPUT_SHAPER SHAPER_TYPE_%c=\"%s\"", axis[i],
		    s->type);
		buf_addf(out, " SHAPER_FREQ_%c", axis[i]);
		put(out, "=", s->freq, "");
		buf_addf(out, " DAMPING_RATIO_%c", axis[i]);
		put(out, "=", s->damping, "\n");
	}
	for (int i = 0; i < 3; i++)
		if (ex->unshaped[i])
			buf_addf(
			    out, "DISABLE_INPUT_SHAPER AXIS=%c\n", axis[i]);
}

static void
outputs(const struct gcode_exec *ex, struct buf *out)
{
	const struct machine *m = ex->machine;

	for (int i = 0; i < m->n_fans; i++) {
		const char *name = m->fan[i].name;
		const char *bare = strchr(name, ' ');

		if (ex->fan[i] <= 0)
			continue;
		if (strcmp(name, "fan") == 0) {
			put(out, "M106 S", ex->fan[i] * 255, "\n");
			continue;
		}
		buf_addf(
		    out, "SET_FAN_SPEED FAN=\"%s\"", bare ? bare + 1 : name);
		put(out, " SPEED=", ex->fan[i], "\n");
	}
}

/* the corner of the machine that is furthest from what was printed */
static void
purge_place(const struct gcode_exec *ex, const double low[3],
    const double high[3], double at[2])
{
	const struct reach *r = &ex->reach;
	double best = -1, middle[2];

	for (int i = 0; i < 2; i++)
		middle[i] = low[i] <= high[i] ? (low[i] + high[i]) / 2 : 0;
	for (int k = 0; k < 4; k++) {
		double p[2], d;

		for (int i = 0; i < 2; i++) {
			bool ends =
			    r->kind != REACH_WINCH && isfinite(r->low[i]);
			double edge = ends ? r->low[i] : -r->radius * 0.7;
			double far = ends ? r->high[i] : r->radius * 0.7;

			p[i] = k >> i & 1 ? far - EDGE_MM : edge + EDGE_MM;
		}
		d = hypot(p[0] - middle[0], p[1] - middle[1]);
		if (d > best) {
			best = d;
			memcpy(at, p, sizeof(p));
		}
	}
}

static void
set_position(const struct gcode_exec *ex, const double stands[3],
    const char *clear, const char *comment, double lift_z, struct buf *out)
{
	const struct machine *m = ex->machine;

	put(out, "SET_KINEMATIC_POSITION X=", stands[0], "");
	put(out, " Y=", stands[1], "");
	put(out, " Z=", stands[2], clear);
	buf_addf(out, " ; %s\n", comment);
	if (lift_z > stands[2]) {
		put(out, "G1 Z", lift_z, "");
		put(out, " F", fmin(m->max_z_velocity, 10) * 60, "\n");
	}
}

/* What has kept its place is not homed.  Where nobody knows, that is believed
 * for Z, unless it homes upwards. */
static void
find_axes(const struct gcode_exec *ex, const double at[3], uint32_t kept,
    double lift_z, struct buf *out)
{
	static const char *const clear[] = {
	    " CLEAR=XY", " CLEAR=Y", " CLEAR=X", ""};
	static const char *const home[] = {
	    "G28 X Y\n", "G28 Y\n", "G28 X\n", ""};
	bool upwards = ex->reach.kind == REACH_DELTA ||
		       ex->reach.kind == REACH_ROTARY_DELTA;
	uint32_t xy = kept & (PLAN_X | PLAN_Y);

	if (upwards && kept != (PLAN_X | PLAN_Y | PLAN_Z)) {
		buf_adds(out, "G28 ; upwards, away from the print\n");
		return;
	}
	if (!(kept & PLAN_Z) && ex->reach.kind == REACH_BOX &&
	    ex->machine->rail[2].homing_positive_dir) {
		buf_adds(out, "G28 Z ; upwards, away from the print\n");
		buf_adds(out, "G28 X Y\n");
		return;
	}
	set_position(ex, at, clear[xy],
	    kept & PLAN_Z ? "as the motors have counted" : "Z is believed",
	    lift_z, out);
	buf_adds(out, home[xy]);
}

/* Axes that lean, as the diagonals of a rhombus tell it. */
static void
lean(const struct gcode_exec *ex, struct buf *out)
{
	const struct gcode_skew *k = &ex->skew;
	const struct {
		const char *word;
		double tangent;
	} planes[] = {{" XY=", k->xy}, {" XZ=", k->xz}, {" YZ=", k->yz}};

	if (!k->on)
		return;
	buf_adds(out, "SET_SKEW");
	for (int i = 0; i < 3; i++) {
		double t = planes[i].tangent, cosine = t / sqrt(1 + t * t);

		put(out, planes[i].word, RHOMBUS_MM * sqrt(2 * (1 + cosine)),
		    ",");
		put(out, "", RHOMBUS_MM * sqrt(2 * (1 - cosine)), ",");
		put(out, "", RHOMBUS_MM, "");
	}
	buf_adds(out, "\n");
}

/* It stands where it was above the bed: from here on that is known again. */
static void
follow_bed(const struct gcode_exec *ex, struct buf *out)
{
	const struct gcode_mesh *g = &ex->mesh;
	const double *shift = g->bed.shift;

	if (!g->bed.mesh.z)
		return;
	buf_addf(out, "BED_MESH_PROFILE LOAD=\"%s\"\n", g->name);
	if (shift[0] == 0 && shift[1] == 0 && shift[2] == 0)
		return;
	put(out, "BED_MESH_OFFSET X=", shift[0], "");
	put(out, " Y=", shift[1], "");
	put(out, " ZFADE=", shift[2], "\n");
}

/* the coordinates and modes that the rest of the file counts on */
static void
restore(const struct gcode_exec *ex, struct buf *out)
{
	static const char axis[] = "XYZ";
	const struct gcode_state *st = &ex->st;
	bool moved = false;

	for (int i = 0; i < 3; i++)
		if (st->offset[i] != 0) {
			buf_addf(out, "SET_GCODE_OFFSET %c", axis[i]);
			put(out, "=", st->offset[i], "\n");
		}
	if (fabs(st->extrude_factor - 1) > 1e-9)
		put(out, "M221 S", st->extrude_factor * 100, "\n");
	buf_adds(out, "G92");
	for (int i = 0; i < 3; i++)
		moved = moved || fabs(st->base[i] - st->offset[i]) > 1e-9;
	for (int i = 0; moved && i < 3; i++) {
		buf_addf(out, " %c", axis[i]);
		put(out, "", gcode_state_position(st, i), "");
	}
	put(out, " E", gcode_state_position(st, 3), "\n");
	/* M220 rescales the F before it, so that F comes last */
	if (fabs(st->speed_factor * 60 - 1) > 1e-9)
		put(out, "M220 S", st->speed_factor * 6000, "\n");
	put(out, "G1 F", st->speed / st->speed_factor, "\n");
	buf_adds(out, st->absolute ? "G90\n" : "G91\n");
	buf_adds(out, st->absolute_e ? "M82\n" : "M83\n");
	gcode_along_resume(ex, out);
	if (ex->plane != 17)
		buf_addf(out, "G%d\n", ex->plane);
}

static void
go_back(const struct gcode_exec *ex, const double to[3], struct buf *out)
{
	put(out, "G1 X", to[0], "");
	put(out, " Y", to[1], "");
	put(out, " F", TRAVEL_MM_S * 60, "\n");
	outputs(ex, out);
	put(out, "G1 Z", to[2], " F300\n");
}

/* How far filament is drawn back: as the file has it, which has counted on
 * through objects that are left out; and really. */
static void
drawn_back(const struct gcode_exec *ex, double *file, double *real)
{
	const struct gcode_exclude *x = &ex->exclude;

	*file = fmax(fmax(ex->max_e, x->max_skipped) - ex->st.last[3], 0);
	*real = x->skipped ? ex->max_e - x->last_real[3] : *file - x->adjust;
	*real = fmax(*real, 0);
}

/* Presses filament out, aside, goes back, and is drawn back as far as then. */
static void
purge_and_return(const struct gcode_exec *ex, const double to[3],
    const double low[3], const double high[3], struct buf *out)
{
	double counted, back, draw, at[2];

	drawn_back(ex, &counted, &back);
	draw = fmax(back, RETRACT_MM);
	purge_place(ex, low, high, at);
	put(out, "G1 X", at[0], "");
	put(out, " Y", at[1], "");
	put(out, " F", TRAVEL_MM_S * 60, "\n");
	heat(ex, out, true);
	put(out, "G1 E", PURGE_MM, "");
	put(out, " F", PURGE_F, "\n");
	if (ex->retracted)
		buf_adds(out, "G10\n");
	else
		put(out, "G1 E", -draw, " F1800\n");
	go_back(ex, to, out);
	if (!ex->retracted && draw > back)
		put(out, "G1 E", draw - back, " F1800\n");
}

/* Names are what a slicer has taken from files: with quotes of their own. */
static void
put_name(struct buf *out, const char *command, const char *name)
{
	buf_addf(out, "%s NAME=\"", command);
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *name == '\n' || *name == '\r' ? ' ' : *name);
	}
	buf_adds(out, "\"\n");
}

/* So that they can be given up before they begin; those that were stay so. */
static void
tell_objects(const struct gcode_exec *ex, struct buf *out)
{
	for (size_t i = 0; i < ex->outlines.n; i++)
		put_name(out, "EXCLUDE_OBJECT_DEFINE", ex->outlines.v[i].name);
	for (size_t i = 0; i < ex->exclude.n; i++)
		put_name(out, "EXCLUDE_OBJECT", ex->exclude.name[i]);
}

/* Labels of the kind that the file has. */
static void
begin_object(const struct gcode_exec *ex, const char *name, struct buf *out)
{
	if (ex->labels == GCODE_LABEL_COMMENT)
		buf_addf(out, "; printing object %s\n", name);
	else
		put_name(out, "EXCLUDE_OBJECT_START", name);
}

static void
end_object(const struct gcode_exec *ex, const char *name, struct buf *out)
{
	if (ex->labels == GCODE_LABEL_COMMENT)
		buf_addf(out, "; stop printing object %s\n", name);
	else
		buf_adds(out, "EXCLUDE_OBJECT_END\n");
}

/* The object at hand, by what it is left out by, if it is. */
static const char *
object(const struct gcode_exec *ex)
{
	bool number = ex->exclude.inside && !gcode_excludes(ex, ex->object);

	return number ? ex->number : ex->object;
}

/* The file has counted on through an object that is left out, and does so here:
 * within one nothing moves. */
static void
count_on(const struct gcode_exec *ex, struct buf *out)
{
	const struct gcode_exclude *x = &ex->exclude;
	const double *to = ex->st.last;
	bool behind = !x->inside && x->n > 0;
	double counted, back;

	drawn_back(ex, &counted, &back);
	if (x->inside)
		begin_object(ex, object(ex), out);
	if (x->offset[0] == 0 && x->offset[1] == 0 && x->offset[2] == 0 &&
	    back == counted)
		return;
	if (behind)
		begin_object(ex, x->name[0], out);
	put(out, "G1 X", to[0], "");
	put(out, " Y", to[1], "");
	put(out, " Z", to[2], "");
	if (back != counted)
		put(out, " E", back - counted, "");
	put(out, " F", TRAVEL_MM_S * 60, "\n");
	if (behind)
		end_object(ex, x->name[0], out);
}

/* The layer at hand begins again, and its object. */
static void
begin_layer(const struct gcode_exec *ex, struct buf *out)
{
	if (ex->layer_comments)
		buf_adds(out, ";LAYER_CHANGE\n");
	put(out, ";Z:", ex->layer_z - ex->st.base[2], "\n");
	buf_addf(out, ";@layer %u ", (unsigned)ex->layer - 1);
	put(out, "", ex->layer_z, "\n");
	if (!ex->exclude.inside && ex->object[0])
		begin_object(ex, ex->object, out);
}

int
gcode_exec_resume(struct gcode_exec *ex, const struct gcode_stands *stands,
    const double low[3], const double high[3], struct buf *out)
{
	double from[3], to[3], lift_z;

	memcpy(from, stands->at, sizeof(from));
	memcpy(to, planner_position(ex->planner), sizeof(to));
	if (gcode_mesh_resume(ex, from, to))
		return -1;
	if (!stands->above_bed)
		from[2] = stands->at[2];
	if (ex->skew.on)
		gcode_skew_inverse(&ex->skew, to);
	lift_z = fmax(fmax(from[2], to[2]), high[2]) + LIFT_MM;
	if (lift_z > ex->reach.high[2])
		lift_z = ex->reach.high[2];
	heat(ex, out, false);
	loosen(ex, out);
	find_axes(ex, from, stands->kept, lift_z, out);
	tune(ex, out);
	if (ex->extruder > 0)
		buf_addf(out, "ACTIVATE_EXTRUDER EXTRUDER=\"%s\"\n",
		    ex->machine->extruder[ex->extruder].name);
	buf_adds(out, "G90\nM83\n");
	put(out, "G1 Z", lift_z, " F600\n");
	lean(ex,
	    out); /* away from the switches, where X 0 may be out of reach */
	if (ex->extruder >= 0 && ex->hot)
		purge_and_return(ex, to, low, high, out);
	else
		go_back(ex, to, out);
	follow_bed(ex, out);
	tell_objects(ex, out);
	count_on(ex, out);
	restore(ex, out);
	if (ex->layer)
		begin_layer(ex, out);
	return 0;
}

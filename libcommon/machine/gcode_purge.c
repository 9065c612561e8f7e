/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LINE_PURGE, VORON_PURGE, SMART_PARK: beside what will be printed. */
#include <math.h>
#include <string.h>

#include "machine/gcode_private.h"
#include "machine/tree.h"

#define BEAD_MM	    1.0	 /* half as wide is a line of purged filament */
#define EDGE_MM	    5.0	 /* from the edge where nobody knows the print */
#define RUN_ON_MM   10.0 /* behind the end, to tear the thread */
#define OVER_MM	    2.0	 /* above a zone */
#define RETRACT_V   35.0 /* mm/s */
#define SHORTEST_MM 15.0
#define RATIO_SAFE  0.98 /* of the thickest line that is allowed */
#define KEEP_OUT    32

struct rect {
	double low[2], high[2];
};

/* What has to be known to put something on the bed. */
struct site {
	struct gcode_area print; /* low > high: unknown */
	struct rect bed;
	struct rect keep_out[KEEP_OUT]; /* widened by the head */
	int n_keep_out;
	double top; /* of the highest zone */
};

struct purge {
	double amount, length, margin, height, flow, tip, retract, size;
};

static bool
touch(const struct rect *a, const double low[2], const double high[2])
{
	return a->low[0] < high[0] && a->high[0] > low[0] &&
	       a->low[1] < high[1] && a->high[1] > low[1];
}

/* --- the site ---------------------------------------------------------- */

/* what may be printed on: the bed's edges, within reach */
static void
find_bed(const struct gcode_exec *ex, struct rect *bed)
{
	const struct tree_section *c =
	    tree_section(machine_tree(ex->machine), "clearance");
	double radius = ex->reach.radius * 0.7; /* a square in the disc */
	double v[2];

	for (int i = 0; i < 2; i++) {
		bed->low[i] = fmax(ex->reach.low[i], -1e4);
		bed->high[i] = fmin(ex->reach.high[i], 1e4);
		if (ex->shaped && radius > 0) {
			bed->low[i] = fmax(bed->low[i], -radius);
			bed->high[i] = fmin(bed->high[i], radius);
		}
	}
	if (tree_doubles(c, "bed_min", v, 2) == 2)
		for (int i = 0; i < 2; i++)
			bed->low[i] = fmax(bed->low[i], v[i]);
	if (tree_doubles(c, "bed_max", v, 2) == 2)
		for (int i = 0; i < 2; i++)
			bed->high[i] = fmin(bed->high[i], v[i]);
}

static void
find_keep_out(const struct gcode_exec *ex, struct site *s, double z)
{
	const struct tree *t = machine_tree(ex->machine);
	const struct tree_section *c = tree_section(t, "clearance"), *k = NULL;
	double head[4] = {tree_double(c, "head_x_max", 0),
	    tree_double(c, "head_y_max", 0), tree_double(c, "head_x_min", 0),
	    tree_double(c, "head_y_min", 0)};
	double low[3], high[3];

	while (t && (k = tree_next(t, k, "keep_out"))) {
		struct rect *r = &s->keep_out[s->n_keep_out];

		if (s->n_keep_out == KEEP_OUT ||
		    tree_doubles(k, "min", low, 3) != 3 ||
		    tree_doubles(k, "max", high, 3) != 3 || high[2] < z)
			continue;
		s->n_keep_out++;
		s->top = fmax(s->top, high[2]);
		for (int i = 0; i < 2; i++) {
			r->low[i] = low[i] - head[i] - BEAD_MM;
			r->high[i] = high[i] + head[2 + i] + BEAD_MM;
		}
	}
}

static void
find_site(struct gcode_exec *ex, struct site *s, double z)
{
	memset(s, 0, sizeof(*s));
	gcode_area(ex, GCODE_EVERYTHING, &s->print);
	find_bed(ex, &s->bed);
	find_keep_out(ex, s, z);
}

static bool
is_known(const struct site *s)
{
	return s->print.low[0] <= s->print.high[0];
}

/* on the bed, beside the print, and clear of what stands there */
static bool
is_free(const struct site *s, const double low[2], const double high[2])
{
	for (int i = 0; i < 2; i++)
		if (low[i] < s->bed.low[i] || high[i] > s->bed.high[i])
			return false;
	if (is_known(s)) {
		struct rect print;

		memcpy(&print, &s->print, sizeof(print));
		if (touch(&print, low, high))
			return false;
	}
	for (int i = 0; i < s->n_keep_out; i++)
		if (touch(&s->keep_out[i], low, high))
			return false;
	return true;
}

static bool
way_is_clear(const struct site *s, const double a[2], const double b[2])
{
	for (int k = 0; k < s->n_keep_out; k++) {
		const struct rect *r = &s->keep_out[k];
		double t0 = 0, t1 = 1;

		for (int i = 0; i < 2; i++) {
			double d = b[i] - a[i];

			if (fabs(d) < 1e-9) {
				if (a[i] <= r->low[i] || a[i] >= r->high[i])
					t1 = -1;
				continue;
			}
			t0 = fmax(t0, fmin((r->low[i] - a[i]) / d,
					  (r->high[i] - a[i]) / d));
			t1 = fmin(t1, fmax((r->low[i] - a[i]) / d,
					  (r->high[i] - a[i]) / d));
		}
		if (t0 < t1)
			return false;
	}
	return true;
}

/* --- moves ------------------------------------------------------------- */

static int
go(struct gcode_exec *ex, double x, double y, double z, double v)
{
	double to[4] = {x, y, z, ex->st.last[3]};

	return gcode_go(ex, to, v);
}

/* E of which G-code's coordinates know nothing */
static int
extrude(struct gcode_exec *ex, double x, double y, double e, double v)
{
	double to[4] = {x, y, ex->st.last[2], ex->st.last[3] + e};

	if (gcode_go(ex, to, v))
		return -1;
	ex->st.base[3] += e;
	return 0;
}

static int
lift(struct gcode_exec *ex, double z)
{
	if (ex->st.last[2] >= z)
		return 0;
	return go(ex, ex->st.last[0], ex->st.last[1], z,
	    ex->limits.z_velocity < 1e4 ? ex->limits.z_velocity : 10);
}

static int
no_room(struct gcode_exec *ex, const char *what)
{
	gcode_note(ex, DIAG_WARNING, NULL, "no-room",
	    "there is no room for %s beside the print: it is left out", what);
	return 0;
}

/* Straight, around a corner, or over it. */
static int
travel(struct gcode_exec *ex, const struct site *s, const double to[2])
{
	const double *at = ex->st.last;
	double z = at[2], v = ex->limits.velocity;
	double corner[2][2] = {{at[0], to[1]}, {to[0], at[1]}};

	if (way_is_clear(s, at, to))
		return go(ex, to[0], to[1], z, v);
	for (int i = 0; i < 2; i++)
		if (way_is_clear(s, at, corner[i]) &&
		    way_is_clear(s, corner[i], to))
			return go(ex, corner[i][0], corner[i][1], z, v) ||
				       go(ex, to[0], to[1], z, v)
				   ? -1
				   : 0;
	if (s->top + OVER_MM <= ex->reach.high[2])
		return lift(ex, s->top + OVER_MM) ||
			       go(ex, to[0], to[1], ex->st.last[2], v)
			   ? -1
			   : 0;
	return gcode_fail(ex, NULL, "no-room",
	    "no way leads to X%.1f Y%.1f around the keep-out zones", to[0],
	    to[1]);
}

/* --- parameters -------------------------------------------------------- */

static int
read_purge(
    struct gcode_exec *ex, const struct gcode_line *line, struct purge *p)
{
	*p = (struct purge){.amount = 30,
	    .length = 30,
	    .margin = 10,
	    .height = 0.8,
	    .flow = 12,
	    .retract = 0.5,
	    .size = 10};
	if (gcode_number(ex, line, "AMOUNT", 0.1, 1000, &p->amount) < 0)
		return -1;
	p->length = p->amount;
	if (gcode_number(ex, line, "LENGTH", 1, 1000, &p->length) < 0 ||
	    gcode_number(ex, line, "MARGIN", 1, 500, &p->margin) < 0 ||
	    gcode_number(ex, line, "HEIGHT", 0.05, 10, &p->height) < 0 ||
	    gcode_number(ex, line, "FLOW", 0.1, 500, &p->flow) < 0 ||
	    gcode_number(ex, line, "TIP_DISTANCE", 0, 100, &p->tip) < 0 ||
	    gcode_number(ex, line, "RETRACT", 0, 100, &p->retract) < 0 ||
	    gcode_number(ex, line, "SIZE", 2, 200, &p->size) < 0)
		return -1;
	if (ex->extruder < 0)
		return gcode_fail(ex, NULL, "no-extruder",
		    "the machine has no [extruder] to purge");
	return 0;
}

/* mm of filament a mm of line, at most what the extruder allows */
static double
ratio_of(const struct gcode_exec *ex, double wanted)
{
	return fmin(wanted,
	    RATIO_SAFE * ex->machine->extruder[ex->extruder].max_extrude_ratio);
}

static double
speed_of(const struct gcode_exec *ex, const struct purge *p, double ratio)
{
	return p->flow /
	       (ratio * ex->machine->extruder[ex->extruder].filament_area);
}

/* to the start, down, and the tip filled */
static int
begin(struct gcode_exec *ex, const struct site *s, const struct purge *p,
    const double at[2])
{
	double fill =
	    p->flow / ex->machine->extruder[ex->extruder].filament_area;

	if (lift(ex, 2 * p->height) || travel(ex, s, at) ||
	    go(ex, at[0], at[1], p->height, ex->limits.velocity))
		return -1;
	return p->tip > 0 ? extrude(ex, at[0], at[1], p->tip, fill) : 0;
}

static int
retract(struct gcode_exec *ex, double by)
{
	if (by == 0)
		return 0;
	return extrude(ex, ex->st.last[0], ex->st.last[1], by, RETRACT_V);
}

/* --- LINE_PURGE -------------------------------------------------------- */

/* along an axis, from x and y on */
struct line_place {
	int axis;
	double at[2];
};

static bool
place_is_free(const struct site *s, const struct line_place *p, double length)
{
	double low[2], high[2];

	for (int i = 0; i < 2; i++) {
		low[i] = p->at[i] - BEAD_MM;
		high[i] = p->at[i] + (i == p->axis ? length : 0) + BEAD_MM;
	}
	return is_free(s, low, high);
}

/* in front, to the left, to the right, behind; in the middle, else moved
 * along as far as the bed goes */
static bool
find_line(const struct site *s, const struct purge *p, double length,
    struct line_place *out)
{
	for (int side = 0; side < 4; side++) {
		int axis = side == 1 || side == 2, across = 1 - axis;
		bool before = side < 2;
		double room[2] = {s->bed.low[axis] + BEAD_MM,
		    s->bed.high[axis] - BEAD_MM - length};
		double middle;

		if (is_known(s)) {
			out->at[across] =
			    before ? s->print.low[across] - p->margin
				   : s->print.high[across] + p->margin;
			middle = (s->print.low[axis] + s->print.high[axis] -
				     length) /
				 2;
		} else {
			out->at[across] = before
					      ? s->bed.low[across] + EDGE_MM
					      : s->bed.high[across] - EDGE_MM;
			middle = (room[0] + room[1]) / 2;
		}
		if (room[1] < room[0])
			continue;
		out->axis = axis;
		out->at[axis] = fmin(fmax(middle, room[0]), room[1]);
		if (place_is_free(s, out, length))
			return true;
		for (int end = 0; end < 2; end++) {
			out->at[axis] = room[end];
			if (place_is_free(s, out, length))
				return true;
		}
	}
	return false;
}

/* Nearer to the print where there is no room, then shorter. */
static bool
make_room(const struct site *s, struct purge *p, struct line_place *place)
{
	double least = fmin(SHORTEST_MM, p->length);

	for (; p->length >= least; p->length *= 0.8) {
		struct purge nearer = *p;

		for (; nearer.margin > BEAD_MM; nearer.margin /= 2)
			if (find_line(s, &nearer, p->length, place))
				return true;
	}
	return false;
}

int
gcode_do_line_purge(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct line_place place;
	struct purge p;
	struct site s;
	double ratio, end[2], on[2], v;

	if (read_purge(ex, line, &p))
		return -1;
	find_site(ex, &s, p.height);
	ratio = ratio_of(ex, p.amount / p.length);
	/* thinner is longer */
	p.length = p.amount / ratio;
	if (!make_room(&s, &p, &place))
		return no_room(ex, "LINE_PURGE");
	memcpy(end, place.at, sizeof(end));
	end[place.axis] += p.length;
	memcpy(on, end, sizeof(on));
	on[place.axis] =
	    fmin(on[place.axis] + RUN_ON_MM, ex->reach.high[place.axis]);
	v = speed_of(ex, &p, ratio);
	if (begin(ex, &s, &p, place.at) ||
	    extrude(ex, end[0], end[1], p.length * ratio, v) ||
	    retract(ex, -p.retract))
		return -1;
	if (way_is_clear(&s, end, on) &&
	    go(ex, on[0], on[1], p.height, ex->limits.velocity))
		return -1;
	return lift(ex, 2 * p.height);
}

/* --- VORON_PURGE ------------------------------------------------------- */

/* the corner of a square beside a corner of the print: front left first */
static bool
find_square(const struct site *s, const struct purge *p, double at[2])
{
	for (int k = 0; k < 4; k++) {
		double low[2], high[2];

		for (int i = 0; i < 2; i++) {
			bool before = !(k >> i & 1);

			if (is_known(s))
				at[i] = before ? s->print.low[i] - p->margin -
						     (i ? 0 : p->size)
					       : s->print.high[i] + p->margin -
						     (i ? p->size : 0);
			else
				at[i] =
				    before ? s->bed.low[i] + EDGE_MM
					   : s->bed.high[i] - EDGE_MM - p->size;
			at[i] = fmax(at[i], s->bed.low[i] + BEAD_MM);
			at[i] = fmin(at[i], s->bed.high[i] - BEAD_MM - p->size);
			low[i] = at[i] - BEAD_MM;
			high[i] = at[i] + p->size + BEAD_MM;
		}
		if (is_free(s, low, high))
			return true;
	}
	return false;
}

int
gcode_do_logo_purge(struct gcode_exec *ex, const struct gcode_line *line)
{
	/* three strokes: from, to, in parts of the size, and their share */
	static const double stroke[3][5] = {{0, .5, .289, 1, .25},
	    {.789, 1, .211, 0, .5}, {.711, 0, 1, .5, .25}};
	struct purge p;
	struct site s;
	double at[2], z, pushed;

	if (read_purge(ex, line, &p))
		return -1;
	find_site(ex, &s, p.height);
	if (!find_square(&s, &p, at))
		return no_room(ex, "VORON_PURGE");
	z = p.height;
	pushed = 0;
	for (int i = 0; i < 3; i++) {
		double a[2] = {at[0] + stroke[i][0] * p.size,
		    at[1] + stroke[i][1] * p.size};
		double b[2] = {at[0] + stroke[i][2] * p.size,
		    at[1] + stroke[i][3] * p.size};
		double d = hypot(b[0] - a[0], b[1] - a[1]);
		double r = ratio_of(ex, p.amount * stroke[i][4] / d);

		if (i == 0
			? begin(ex, &s, &p, a)
			: lift(ex, 2 * z) ||
			      go(ex, a[0], a[1], 2 * z, ex->limits.velocity) ||
			      go(ex, a[0], a[1], z, ex->limits.velocity) ||
			      retract(ex, p.retract))
			return -1;
		if (extrude(ex, b[0], b[1], d * r, speed_of(ex, &p, r)) ||
		    retract(ex, -p.retract))
			return -1;
		pushed += d * r;
	}
	if (pushed < 0.99 * p.amount)
		gcode_note(ex, DIAG_WARNING, NULL, "no-room",
		    "VORON_PURGE pushes %.1f of %.1f mm: the strokes would be "
		    "thicker than max_extrude_cross_section allows",
		    pushed, p.amount);
	return lift(ex, 2 * z);
}

/* --- SMART_PARK -------------------------------------------------------- */

int
gcode_do_smart_park(struct gcode_exec *ex, const struct gcode_line *line)
{
	double height = 10, margin = 10, at[2];
	struct site s;

	if (gcode_number(ex, line, "HEIGHT", 0, 1000, &height) < 0 ||
	    gcode_number(ex, line, "MARGIN", 0, 500, &margin) < 0)
		return -1;
	find_site(ex, &s, height);
	if (lift(ex, height))
		return -1;
	for (int k = 0; k < 4; k++) {
		for (int i = 0; i < 2; i++) {
			if (!is_known(&s))
				at[i] = (s.bed.low[i] + s.bed.high[i]) / 2;
			else
				at[i] = k >> i & 1 ? s.print.high[i] + margin
						   : s.print.low[i] - margin;
			at[i] = fmin(fmax(at[i], s.bed.low[i]), s.bed.high[i]);
		}
		if (way_is_clear(&s, at, at))
			break;
		if (k == 3)
			return no_room(ex, "SMART_PARK");
	}
	if (travel(ex, &s, at))
		return -1;
	return go(ex, at[0], at[1], height, ex->limits.velocity);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Test motion as G-code. */
#include "motion.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/num.h"
#include "io/file.h"
#include "machine/machine.h"

#define START_Z_MM 20
#define TROUGH_S   1e-6 /* too short to be felt */
#define TROUGH_MM  1e-7 /* and yet a move */
#define LEG_MIN_S  1e-7
#define LEG_MIN_MM 1e-8
/* speed asked for where acceleration alone decides, over what is reached */
#define SPEED_ROOM_MM_S 1

void
motion_line(struct motion *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&m->out, fmt, ap);
	va_end(ap);
	buf_addc(&m->out, '\n');
}

void
motion_note(struct motion *m, const char *fmt, ...)
{
	va_list ap;

	buf_adds(&m->out, "; ");
	va_start(ap, fmt);
	buf_vaddf(&m->out, fmt, ap);
	va_end(ap);
	buf_addc(&m->out, '\n');
}

static int
read_config(struct motion *m, const char *path)
{
	struct machine *machine;

	for (int i = 0; i < 3; i++) {
		m->low[i] = -HUGE_VAL;
		m->high[i] = HUGE_VAL;
		m->at[i] = i == 2 ? START_Z_MM : 0;
	}
	machine = machine_load(path, cli_sink());
	if (!machine)
		return -1;
	for (int i = 0; i < 3; i++) {
		m->low[i] = machine->rail[i].position_min;
		m->high[i] = machine->rail[i].position_max;
		if (i < 2)
			m->at[i] = (m->low[i] + m->high[i]) / 2;
	}
	m->max_v = machine->max_velocity;
	m->max_accel = machine->max_accel;
	m->max_z_v = machine->max_z_velocity;
	m->max_z_accel = machine->max_z_accel;
	m->cruise_ratio = machine->minimum_cruise_ratio;
	machine_free(machine);
	return 0;
}

static void
read_place(struct motion *m, const char *text)
{
	for (int i = 0; i < 3; i++) {
		size_t n = strcspn(text, ",");

		if (num_parse_decimal(text, n, &m->at[i]) ||
		    fabs(m->at[i]) > 1e5 || (text[n] == ',') == (i == 2))
			cli_die(EXIT_BAD_USAGE,
			    "--at: '%s' is not a place X,Y,Z", text);
		text += n + (i < 2);
	}
}

int
motion_begin(
    struct motion *m, const struct motion_options *o, const char *title)
{
	memset(m, 0, sizeof(*m));
	if (read_config(m, o->config) != 0)
		return EXIT_CONFIG;
	if (o->at)
		read_place(m, o->at);
	motion_note(m, "%s", title);
	if (!o->no_home)
		motion_line(m, "G28");
	motion_line(m, "G90");
	motion_line(m, "SET_INPUT_SHAPER SHAPER_FREQ_X=0 SHAPER_FREQ_Y=0");
	motion_line(m, "SET_VELOCITY_LIMIT MINIMUM_CRUISE_RATIO=0");
	motion_line(m, "G1 Z%.3f F%.0f", m->at[2], 600.0);
	motion_line(m, "G1 X%.3f Y%.3f F%.0f", m->at[0], m->at[1],
	    o->travel_speed * 60);
	motion_rest(m, 0.5);
	return EXIT_DONE;
}

void
motion_rest(struct motion *m, double s)
{
	motion_line(m, "G4 P%.0f", s * 1000);
}

int
motion_check(
    const struct motion *m, const double direction[3], double from, double to)
{
	for (int i = 0; i < 3; i++) {
		double a = m->at[i] + direction[i] * from;
		double b = m->at[i] + direction[i] * to;

		if (fmin(a, b) >= m->low[i] - 1e-9 &&
		    fmax(a, b) <= m->high[i] + 1e-9)
			continue;
		cli_warn("the test moves %c from %.2f to %.2f mm, beyond %.2f "
			 "to %.2f",
		    "xyz"[i], fmin(a, b), fmax(a, b), m -> low[i],
		    m -> high[i]);
		return -1;
	}
	return 0;
}

int
motion_check_z(
    const struct motion *m, const double direction[3], const struct command *c)
{
	double v = fabs(direction[2]) * c->max_v;
	double a = fabs(direction[2]) * c->max_accel;

	if (direction[2] == 0 || m->max_z_v <= 0 ||
	    (v <= m->max_z_v && a <= m->max_z_accel))
		return 0;
	cli_warn("the test moves z by up to %.1f mm/s and %.0f mm/s2, beyond "
		 "printer.max_z_velocity %g mm/s and max_z_accel %g mm/s2: "
		 "raise them for it, or lower --accel-per-hz, "
		 "--sweeping-accel and --freq-end",
	    v, a, m->max_z_v, m->max_z_accel);
	return -1;
}

void
motion_go(struct motion *m, const double direction[3], double to_mm,
    double speed_mm_s, double accel_mm_s2)
{
	if (accel_mm_s2 != m->accel)
		motion_line(m, "M204 S%.9f", accel_mm_s2);
	m->accel = accel_mm_s2;
	buf_adds(&m->out, "G1");
	for (int i = 0; i < 3; i++)
		if (direction[i] != 0)
			buf_addf(&m->out, " %c%.12f", "XYZ"[i],
			    m -> at[i] + direction[i] * to_mm);
	if (speed_mm_s != m->speed)
		buf_addf(&m->out, " F%.9f", speed_mm_s * 60);
	m->speed = speed_mm_s;
	buf_addc(&m->out, '\n');
}

/* A part of a segment that goes one way. */
struct leg {
	double from, to;     /* mm */
	double from_v, to_v; /* mm/s, without its sign */
	double accel;	     /* mm/s2, without */
	double left_out_s;   /* before it, all but standing */
};

struct legs {
	const struct command *c;
	size_t at;
	double pos, v; /* where the next one begins, with its sign */
};

static bool
next_part(struct legs *l, struct leg *g)
{
	const struct command *c = l->c;
	double a, end_v, pos = l->pos;

	if (l->at == c->n)
		return false;
	a = c->segment[l->at].accel_mm_s2;
	end_v =
	    l->at + 1 < c->n ? c->segment[l->at + 1].start_v_mm_s : c->end_v;
	if (l->v * end_v < 0)
		end_v = 0; /* it turns round: the way back is another */
	else
		l->at++;
	l->pos += (end_v * end_v - l->v * l->v) / (2 * a);
	*g = (struct leg){pos, l->pos, fabs(l->v), fabs(end_v), fabs(a), 0};
	l->v = end_v;
	return true;
}

/* Leaves out what a planner would not see, or what it would take for a corner
 * because the digits of so short a move do not tell its direction. */
static bool
next_leg(struct legs *l, struct leg *g)
{
	double left_out_s = 0;

	while (next_part(l, g)) {
		double took_s = fabs(g->to_v - g->from_v) / g->accel;

		g->left_out_s = left_out_s;
		if (fabs(g->to - g->from) < LEG_MIN_MM)
			left_out_s += took_s;
		else if (took_s > LEG_MIN_S)
			return true;
	}
	return false;
}

static bool
same_way(const struct leg *a, const struct leg *b)
{
	return (a->to < a->from) == (b->to < b->from);
}

/*
 * Where speed falls and rises again without a turn, nothing would make a
 * planner slow down but a move at that speed.  The move takes time of its own,
 * and so did what was left out: so much faster than it should be goes the
 * trough that braking to it and speeding up behind it are shorter by just
 * that.  There are thousands of them in a sweep, and what they are late adds
 * up.
 */
static void
trough(struct motion *m, const double direction[3], struct leg *g,
    const struct leg *behind)
{
	double change = 1 / g->accel + 1 / behind->accel;
	double slow = g->to_v - behind->left_out_s / change;
	double some = fmax(g->to_v * TROUGH_S, TROUGH_MM), early;

	some = fmin(some, fabs(behind->to - behind->from) / 2);
	slow = slow / 2 + sqrt(slow * slow / 4 + some / change);
	/* it has braked to that a little earlier */
	early = (slow * slow - g->to_v * g->to_v) / (2 * g->accel);
	early = fmin(fmax(early, 0), some);
	g->to -= copysign(early, behind->to - behind->from);
	motion_go(m, direction, g->to, fmax(g->from_v, g->to_v), g->accel);
	/* the larger acceleration, for no bend may be seen in it */
	motion_go(m, direction,
	    g->to + copysign(some, behind->to - behind->from), slow,
	    fmax(g->accel, behind->accel));
}

/*
 * Legs become moves whose F is the speed they must reach; two from one
 * standstill to the next, as of a pulse that stands alone, become one.
 */
void
motion_command(
    struct motion *m, const double direction[3], const struct command *c)
{
	struct legs legs = {.c = c};
	double v = c->end_v;
	struct leg g, next;

	for (bool more = next_leg(&legs, &g); more; g = next) {
		bool alike;

		more = next_leg(&legs, &next);
		alike = more && same_way(&g, &next);
		if (alike && g.from_v == 0 && next.to_v == 0 &&
		    g.accel == next.accel) {
			motion_go(m, direction, next.to,
			    g.to_v + SPEED_ROOM_MM_S, g.accel);
			more = next_leg(&legs, &next);
		} else if (alike && g.to_v < g.from_v &&
			   next.to_v > next.from_v) {
			trough(m, direction, &g, &next);
		} else {
			motion_go(m, direction, g.to, fmax(g.from_v, g.to_v),
			    g.accel);
		}
	}
	if (v != 0) {
		double brake = m->max_accel > 0 ? m->max_accel : 3000;

		motion_go(m, direction, legs.pos + v * fabs(v) / (2 * brake),
		    fabs(v), brake);
	}
}

void
motion_record(struct motion *m, const char *name, const char *note)
{
	motion_line(m, "M400");
	if (note)
		motion_line(
		    m, "ACCELEROMETER_MEASURE NAME=%s NOTE=\"%s\"", name, note);
	else
		motion_line(m, "ACCELEROMETER_MEASURE NAME=%s", name);
}

int
motion_end(struct motion *m, const struct motion_options *o)
{
	struct file_output *f;
	int status = EXIT_DONE;

	if (m->max_v > 0)
		motion_line(m,
		    "SET_VELOCITY_LIMIT VELOCITY=%g ACCEL=%g "
		    "MINIMUM_CRUISE_RATIO=%g",
		    m->max_v, m->max_accel, m->cruise_ratio);
	motion_line(m, "M400");
	f = file_create(o->output);
	if (!f || file_put(f, m->out.data, m->out.len) != 0) {
		cli_warn("%s: %s", o->output ? o->output : "<stdout>",
		    strerror(errno));
		if (f)
			file_abandon(f);
		status = EXIT_IO;
	} else if (file_commit(f) != 0) {
		cli_warn("%s: %s", o->output ? o->output : "<stdout>",
		    strerror(errno));
		status = EXIT_IO;
	}
	buf_release(&m->out);
	return status;
}

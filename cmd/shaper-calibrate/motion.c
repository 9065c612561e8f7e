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
#define TROUGH_S   2e-7 /* too short to be felt */
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
			buf_addf(&m->out, " %c%.9f", "XYZ"[i],
			    m -> at[i] + direction[i] * to_mm);
	if (speed_mm_s != m->speed)
		buf_addf(&m->out, " F%.9f", speed_mm_s * 60);
	m->speed = speed_mm_s;
	buf_addc(&m->out, '\n');
}

/*
 * Segments become moves: from one standstill to the next where a pulse stands
 * alone; else each segment is a move whose F is the speed it must reach, one
 * that turns round is cut there, and a trough of speed gets a move of its own.
 */
void
motion_command(
    struct motion *m, const double direction[3], const struct command *c)
{
	double pos = 0, v = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct command_segment *s = &c->segment[i];
		double dt = s->end_s - (i ? s[-1].end_s : 0);
		double a = s->accel_mm_s2, end_v, speed;

		end_v = i + 1 < c->n ? s[1].start_v_mm_s : c->end_v;
		/* two quarters, from rest to rest: one move */
		if (v == 0 && end_v != 0 && i + 1 < c->n &&
		    (i + 2 < c->n ? s[2].start_v_mm_s : c->end_v) == 0 &&
		    s[1].accel_mm_s2 == -a) {
			pos += a * dt * dt;
			motion_go(m, direction, pos,
			    fabs(end_v) + SPEED_ROOM_MM_S, fabs(a));
			v = 0;
			i++;
			continue;
		}
		if (v * end_v < 0) {
			motion_go(m, direction, pos - v * v / (2 * a), fabs(v),
			    fabs(a));
			pos -= v * v / (2 * a);
			v = 0;
		}
		pos += (end_v * end_v - v * v) / (2 * a);
		speed = fmax(fabs(v), fabs(end_v));
		motion_go(m, direction, pos, speed, fabs(a));
		/* where speed falls and rises again without a turn, nothing
		 * would make a planner slow down but a move at that speed */
		if (fabs(end_v) < fabs(v) && i + 1 < c->n && end_v != 0 &&
		    s[1].accel_mm_s2 * end_v > 0) {
			/* the segment behind it is as much shorter */
			double some = fmax(fabs(end_v) * TROUGH_S, 1e-7);

			motion_go(m, direction, pos + copysign(some, end_v),
			    fabs(end_v), fabs(a));
		}
		v = end_v;
	}
	if (v != 0) {
		double brake = m->max_accel > 0 ? m->max_accel : 3000;

		motion_go(m, direction, pos + v * fabs(v) / (2 * brake),
		    fabs(v), brake);
	}
}

void
motion_record(struct motion *m, const char *name)
{
	motion_line(m, "M400");
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Telling how it goes: status file, journal, progress, summary. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "io/file.h"
#include "session.h"

#define WRITE_NS 500000000ll /* of the host, between two snapshots */

/* Motion done so far, waits not counted, s. */
static double
moved(const struct session *s, double now)
{
	double t = s->group_moved;

	if (s->line.started)
		t += fmax(0, fmin(now, s->axes.end_time) - s->line.offset);
	return t;
}

static double
fraction(const struct session *s, double now)
{
	if (s->fraction >= 0)
		return s->fraction;
	if (s->total_s > 0)
		return fmin(moved(s, now) / s->total_s, 1);
	return -1;
}

/* Seconds of motion still to come; -1: nobody knows. */
static double
left(const struct session *s, double now)
{
	double f = fraction(s, now), done = moved(s, now);

	if (s->total_s > 0)
		return fmax(s->total_s - done, 0);
	if (f < 0.01 || done <= 0)
		return -1;
	return done * (1 - f) / f;
}

static void
json_heaters(const struct session *s, struct json *j)
{
	json_object(j, "heaters");
	for (int i = 0; i < s->machine->n_heaters; i++) {
		const struct heater *h = &s->heater[i].heater;

		json_object(j, h->config->name);
		if (h->seen)
			json_fixed(j, "temperature", h->smoothed, 2);
		else
			json_null(j, "temperature");
		json_fixed(j, "target", h->target, 2);
		json_fixed(j, "power", h->power, 3);
		json_close(j);
	}
	json_close(j);
	json_object(j, "sensors");
	for (int i = 0; i < s->machine->n_sensors; i++)
		if (s->sensor[i].seen)
			json_fixed(j, s->sensor[i].config->name,
			    s->sensor[i].temperature, 2);
	json_close(j);
}

static void
json_outputs(const struct session *s, struct json *j)
{
	json_object(j, "fans");
	for (int i = 0; i < s->machine->n_fans; i++)
		json_fixed(j, s->fan[i].config->name, s->fan[i].speed, 4);
	json_close(j);
	json_object(j, "pins");
	for (int i = 0; i < s->machine->n_outputs; i++)
		json_fixed(j, s->pin[i].config->name, s->pin[i].value, 4);
	json_close(j);
}

/* What another session needs, to know where it all stands. */
static void
json_motors(const struct session *s, struct json *j)
{
	json_int(j, "board", mcu_configuration(s->mcu));
	json_object(j, "motors");
	for (int i = 0; i < s->axes.n_motors && axes_counted(&s->axes); i++) {
		const struct axes_motor *m = &s->axes.motor[i];

		if (!m->motor || m->own)
			continue;
		json_object(j, m->config->name);
		json_fixed(j, "zero", axes_zero(m), 9);
		json_close(j);
	}
	json_close(j);
}

static void
json_left(const struct session *s, struct json *j)
{
	char kept[4];

	if (!s->left.asked)
		return;
	salvage_axes(s->left.kept, kept);
	if (s->left.known)
		json_string(j, "kept", kept);
	if (s->left.why.len > 0)
		json_string(j, "kept_why", s->left.why.data);
}

static void
json_motion(struct session *s, struct json *j, double now)
{
	char homed[4];
	double pos[4];

	axes_position(&s->axes, now, pos);
	if (s->left.known)
		memcpy(pos, s->left.pos, sizeof(pos));
	salvage_axes(s->axes.homed, homed);
	json_array(j, "position");
	for (int i = 0; i < 4; i++)
		json_fixed(j, NULL, pos[i], 4);
	json_close(j);
	json_string(j, "homed", homed);
	if (s->axes.extruder >= 0)
		json_string(
		    j, "extruder", s->machine->extruder[s->axes.extruder].name);
	json_fixed(j, "speed_factor", s->line.factor, 4);
	json_bool(j, "above_bed", s->axes.drive.kinematics.bed != NULL);
	json_left(s, j);
	json_motors(s, j);
}

void
report_status_json(struct session *s, double now, struct buf *out)
{
	const struct mcu_stats *link = mcu_stats(s->mcu);
	double f = fraction(s, now), rest = left(s, now);
	struct json j;

	json_begin(&j, out);
	json_object(&j, NULL);
	json_fixed(&j, "t", fmax(now - s->began, 0), 3);
	json_string(&j, "state", s->state);
	json_string(&j, "source", s->source);
	json_int(&j, "line", s->reached.line);
	json_array(&j, "line_position");
	for (int i = 0; i < 4; i++)
		json_fixed(&j, NULL, s->reached.pos[i], 4);
	json_close(&j);
	json_int(&j, "layer", s->layer);
	json_fixed(&j, "layer_z", s->layer_z, 4);
	if (f >= 0)
		json_fixed(&j, "progress", f, 4);
	json_fixed(&j, "print_time", moved(s, now), 2);
	if (rest >= 0)
		json_fixed(&j, "time_left", rest, 0);
	json_string(&j, "message", s->message);
	json_string(&j, "object", s->object);
	exclude_json(s, &j);
	json_motion(s, &j, now);
	json_heaters(s, &j);
	json_outputs(s, &j);
	json_object(&j, "link");
	json_int(&j, "bytes_sent", (int64_t)link->bytes_sent);
	json_int(&j, "retransmits", (int64_t)link->retransmits);
	json_fixed(&j, "round_trip", link->round_trip_s, 6);
	json_close(&j);
	json_int(&j, "late", (int64_t)(s->line.late + link->late_shifts));
	json_close(&j);
	json_newline(&j);
}

static void
replace(const char **path, const struct buf *text)
{
	if (!*path || file_replace(*path, text->data, text->len) == 0)
		return;
	cli_warn("cannot write '%s': %s; going on without it", *path,
	    strerror(errno));
	*path = NULL;
}

void
report_write(struct session *s, double now, bool last)
{
	struct buf text = BUF_INIT;
	int64_t ns = clock_monotonic_ns();

	if (!s->options.status_path && !s->options.journal_path)
		return;
	if (!last && ns - s->written_ns < WRITE_NS)
		return;
	s->written_ns = ns;
	report_status_json(s, now, &text);
	replace(&s->options.status_path, &text);
	replace(&s->options.journal_path, &text);
	buf_release(&text);
}

static void
add_time(struct buf *b, double seconds)
{
	long t = lround(seconds);

	if (t >= 3600)
		buf_addf(b, "%ld:%02ld:%02ld", t / 3600, t / 60 % 60, t % 60);
	else
		buf_addf(b, "%ld:%02ld", t / 60, t % 60);
}

void
report_progress(struct session *s, double now)
{
	struct buf b = BUF_INIT;
	double rest = left(s, now);

	if (!s->progress.enabled)
		return;
	buf_adds(&b, s->state);
	if (rest >= 0) {
		buf_adds(&b, "  left ");
		add_time(&b, rest);
	}
	if (s->layer > 0)
		buf_addf(
		    &b, "  layer %u z %.2f", (unsigned)s->layer, s->layer_z);
	for (int i = 0; i < s->machine->n_heaters; i++) {
		const struct heater *h = &s->heater[i].heater;

		if (h->seen && (h->target > 0 || h->smoothed > 40))
			buf_addf(&b, "  %s %.0f/%.0f", h->config->name,
			    h->smoothed, h->target);
	}
	progress_show(&s->progress, fraction(s, now), b.data);
	buf_release(&b);
}

/* --- the end ----------------------------------------------------------- */

static const char *
outcome(const struct session *s)
{
	static const char *const names[] = {[STOP_NONE] = "done",
	    [STOP_SIGNAL] = "interrupted",
	    [STOP_CANCEL] = "cancelled",
	    [STOP_UPSTREAM] = "cut-off",
	    [STOP_REFUSED] = "refused",
	    [STOP_EMERGENCY] = "emergency-stop",
	    [STOP_HEAT] = "heater-fault",
	    [STOP_BOARD] = "board-fault"};

	return names[s->stop];
}

static void
summary_event(
    struct session *s, double now, double real_s, const struct axes_totals *t)
{
	const struct mcu_stats *link = mcu_stats(s->mcu);
	struct json *j = session_event(s, now, "end");

	json_string(j, "outcome", outcome(s));
	if (s->why.len > 0)
		json_string(j, "why", s->why.data);
	json_fixed(j, "real_time", real_s, 3);
	json_int(j, "line", s->reached.line);
	json_fixed(j, "filament", s->end.filament - s->exclude.left_out, 3);
	json_int(j, "layers", s->layer);
	json_array(j, "position");
	for (int i = 0; i < 4; i++)
		json_fixed(j, NULL, s->axes.pos[i], 4);
	json_close(j);
	json_int(j, "steps", (int64_t)t->steps);
	json_int(j, "commands", (int64_t)t->commands);
	json_fixed(j, "step_rate_max", t->rate_max_hz, 0);
	json_fixed(j, "step_error_max", t->error_max_s, 9);
	json_fixed(j, "step_error_rms", t->error_rms_s, 9);
	json_int(j, "bytes_sent", (int64_t)link->bytes_sent);
	json_int(j, "retransmits", (int64_t)link->retransmits);
	json_int(j, "late", (int64_t)(s->line.late + link->late_shifts));
	events_close(&s->events);
}

/* As three decimals show it: no -0.000. */
static double
shown(double mm)
{
	return rint(mm * 1000) / 1000 + 0.0;
}

static void
summary_text(
    struct session *s, double run_s, double real_s, const struct axes_totals *t)
{
	const struct mcu_stats *link = mcu_stats(s->mcu);
	bool offline = mcu_kind(s->mcu) == MCU_OFFLINE;
	struct buf b = BUF_INIT;

	buf_adds(&b, "time ");
	add_time(&b, run_s);
	if (mcu_kind(s->mcu) != MCU_LIVE) {
		buf_addf(&b, " simulated in %.2f s", real_s);
		if (real_s > 0)
			buf_addf(&b, " (%.0f x)", run_s / real_s);
	}
	buf_addf(&b, ", filament %.1f mm, %u layers\n",
	    s->end.filament - s->exclude.left_out, (unsigned)s->layer);
	buf_addf(&b,
	    "position X%.3f Y%.3f Z%.3f E%.3f, %llu steps in %llu commands, "
	    "peak %.0f steps/s, within %.1f us (rms %.1f)\n",
	    shown(s->axes.pos[0]), shown(s->axes.pos[1]), shown(s->axes.pos[2]),
	    shown(s->axes.pos[3]), (unsigned long long)t->steps,
	    (unsigned long long)t->commands, t->rate_max_hz,
	    t->error_max_s * 1e6, t->error_rms_s * 1e6);
	buf_addf(&b, "link %llu bytes in %llu frames",
	    (unsigned long long)link->bytes_sent,
	    (unsigned long long)link->frames_sent);
	if (!offline)
		buf_addf(&b, ", load %.1f %%, %llu sent again, %llu late",
		    100 * link->wire_busy_s / fmax(run_s, 1e-3),
		    (unsigned long long)link->retransmits,
		    (unsigned long long)(s->line.late + link->late_shifts));
	buf_addc(&b, '\n');
	fwrite(b.data, 1, b.len, stderr);
	buf_release(&b);
}

void
report_summary(struct session *s)
{
	double now = session_now(s), run_s = fmax(now - s->began, 0);
	double real_s = (double)(clock_monotonic_ns() - s->began_ns) * 1e-9;
	struct axes_totals t;

	axes_totals(&s->axes, &t);
	s->state = outcome(s);
	progress_clear(&s->progress);
	report_write(s, now, true);
	summary_event(s, now, real_s, &t);
	if (!s->options.quiet)
		summary_text(s, run_s, real_s, &t);
}

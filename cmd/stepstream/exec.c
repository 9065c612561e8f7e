/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carrying out the records of a plan. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "probe.h"
#include "screws.h"
#include "session.h"
#include "surface.h"

/* The line holds this much motion, s; reading goes on below the lower. */
#define AHEAD_S	      2.5
#define AHEAD_RECORDS 20000
#define QUIET_MS      100  /* of the input: what is there may begin */
#define PATIENCE_MS   2000 /* simulated time stands still for so long */
#define POLL_MS	      50   /* for signals and requests meanwhile */
#define WAIT_STEP_S   0.250
#define OFFLINE_CHUNK 1024
#define MOTORS_OFF_S  0.100

static bool
offline(const struct session *s)
{
	return mcu_kind(s->mcu) == MCU_OFFLINE;
}

/* --- what is wrong with a record --------------------------------------- */

enum complaint {
	UNKNOWN_HEATER,
	UNKNOWN_FAN,
	UNKNOWN_PIN,
	UNKNOWN_EXTRUDER,
	UNKNOWN_STEPPER,
	NO_CARRIAGE,
	NO_PROBE,
	NO_ENDSTOP,
	NOT_HOMED,
	NOT_DRIVEN,
	BAD_SHAPER,
	BAD_JOURNAL,
};

static const struct {
	const char *slug, *before, *after;
} diag_table[] = {
    {"unknown-heater", "no heater", "in the configuration"},
    {"unknown-fan", "no fan", "in the configuration"},
    {"unknown-pin", "no output pin", "in the configuration"},
    {"unknown-extruder", "no extruder", "in the configuration"},
    {"unknown-stepper", "no such stepper as", "in the configuration"},
    {"no-carriage", "axis", "has no second carriage"},
    {"no-probe", "no", "with a pin in the configuration"},
    {"no-endstop", "axis", "has no endstop to home to"},
    {"not-homed", "axis",
	"is to move after the idle timeout has lost its position: home first"},
    {"not-driven", "", ""}, /* by session_supports() */
    {"bad-shaper", "no input shaper", "with these numbers"},
    {"bad-journal", "", ""}, /* by journal.c */
};

static int
refuse(struct session *s, const struct plan_record *r, enum complaint c,
    const char *name)
{
	struct diag_place place = {
	    .file = *s->source ? s->source : s->input.name, .line = r->line};

	diag_report(s->sink, DIAG_ERROR, &place, diag_table[c].slug,
	    "%s '%s' %s", diag_table[c].before, name, diag_table[c].after);
	session_stop(s, STOP_REFUSED, EXIT_BAD_DATA,
	    "the plan does not fit this machine");
	return -1;
}

static int
find_extruder(const struct session *s, const char *name)
{
	for (int i = 0; i < s->machine->n_extruders; i++)
		if (strcmp(s->machine->extruder[i].name, name) == 0)
			return i;
	return -1;
}

static bool
pushes(const struct session *s, const char *name)
{
	const struct axes_motor *m = axes_find_motor(&s->axes, name);

	return m ? m->pushes : find_extruder(s, name) >= 0;
}

/* Of what moves by itself; a stop at an end stop needs one. */
static int
check_stepper(struct session *s, const struct plan_record *r)
{
	const struct axes_motor *m =
	    axes_find_motor(&s->axes, r->u.stepper.name);
	uint32_t how = r->u.stepper.how & (PLAN_STEPPER_TRY - 1);
	bool stops = how == PLAN_STEPPER_HIT || how == PLAN_STEPPER_FREE;

	if (!m || (r->u.stepper.how != PLAN_STEPPER_BY && !m->own))
		return refuse(s, r, UNKNOWN_STEPPER, r->u.stepper.name);
	if (stops && !m->own_stop)
		return refuse(s, r, NO_ENDSTOP, r->u.stepper.name);
	return 0;
}

static int
check_motors(struct session *s, const struct plan_record *r)
{
	char axis[2] = {r->u.carriage.axis == PLAN_X ? 'x' : 'y', '\0'};
	const struct axes_motor *m;

	switch (r->type) {
	case PLAN_CARRIAGE:
		if (s->axes.dual[*axis - 'x'].second < 0)
			return refuse(s, r, NO_CARRIAGE, axis);
		return 0;
	case PLAN_FOLLOW:
		m = axes_find_motor(&s->axes, r->u.follow.name);
		if (!m || !m->pushes)
			return refuse(s, r, UNKNOWN_STEPPER, r->u.follow.name);
		if (*r->u.follow.motion &&
		    find_extruder(s, r->u.follow.motion) < 0)
			return refuse(
			    s, r, UNKNOWN_EXTRUDER, r->u.follow.motion);
		return 0;
	case PLAN_STEPPER:
		return check_stepper(s, r);
	case PLAN_ALONG:
		m = axes_find_motor(&s->axes, r->u.along.name);
		return m && m->own
			   ? 0
			   : refuse(s, r, UNKNOWN_STEPPER, r->u.along.name);
	case PLAN_PROBE:
		return s->axes.probe ? 0 : refuse(s, r, NO_PROBE, "probe");
	default:
		return 0;
	}
}

/* What the names of a record mean here, before anything is done. */
static int
check_names(struct session *s, const struct plan_record *r)
{
	const struct machine *m = s->machine;

	switch (r->type) {
	case PLAN_HEATER:
		if (machine_heater_index(m, r->u.heater.name) < 0)
			return refuse(s, r, UNKNOWN_HEATER, r->u.heater.name);
		break;
	case PLAN_FAN:
		if (machine_fan_index(m, r->u.value.name) < 0)
			return refuse(s, r, UNKNOWN_FAN, r->u.value.name);
		break;
	case PLAN_PIN:
		if (machine_output_index(m, r->u.value.name) < 0)
			return refuse(s, r, UNKNOWN_PIN, r->u.value.name);
		break;
	case PLAN_EXTRUDER:
		if (find_extruder(s, r->u.text.s) < 0)
			return refuse(s, r, UNKNOWN_EXTRUDER, r->u.text.s);
		break;
	case PLAN_ADVANCE:
		if (!pushes(s, r->u.advance.extruder))
			return refuse(
			    s, r, UNKNOWN_EXTRUDER, r->u.advance.extruder);
		break;
	case PLAN_LAW:
		if (!pushes(s, r->u.law.extruder))
			return refuse(
			    s, r, UNKNOWN_EXTRUDER, r->u.law.extruder);
		break;
	default:
		return check_motors(s, r);
	}
	return 0;
}

/* --- what takes its time ----------------------------------------------- */

static bool
warm(const struct plan_record *r, const struct heater *h)
{
	if (isinf(r->u.wait.min) && isinf(r->u.wait.max))
		return !heater_busy(h);
	return h->seen && h->smoothed >= r->u.wait.min &&
	       h->smoothed <= r->u.wait.max;
}

static int
wait_sensor(struct session *s, const struct plan_record *r)
{
	for (int i = 0; i < s->machine->n_sensors; i++) {
		const struct sensor_unit *u = &s->sensor[i];

		if (strcmp(u->config->name, r->u.wait.name) != 0)
			continue;
		while (!u->seen || u->temperature < r->u.wait.min ||
		       u->temperature > r->u.wait.max)
			if (session_wait(s, session_now(s) + WAIT_STEP_S) != 0)
				return -1;
		return 0;
	}
	return refuse(s, r, UNKNOWN_HEATER, r->u.wait.name);
}

static int
wait_heat(struct session *s, const struct plan_record *r)
{
	int i = machine_heater_index(s->machine, r->u.wait.name), result = 0;

	if (i < 0 && (offline(s) || s->machine->n_sensors == 0))
		return refuse(s, r, UNKNOWN_HEATER, r->u.wait.name);
	if (offline(s))
		return 0; /* nobody can say how warm it is */
	session_state(s, "heating");
	if (i < 0)
		result = wait_sensor(s, r);
	while (i >= 0 && result == 0 && !warm(r, &s->heater[i].heater))
		result = session_wait(s, session_now(s) + WAIT_STEP_S);
	if (result == 0)
		session_state(s, "printing");
	return result;
}

static int
motors_off(struct session *s, const char *name)
{
	double t = fmax(session_now(s), s->axes.own_end);

	/* shapers go on behind the end of the plan */
	t = fmax(t, s->axes.rest_time) + MOTORS_OFF_S;
	axes_disable(&s->axes, *name ? name : NULL, t);
	return session_wait(s, t);
}

static int
set_position(struct session *s, const struct plan_record *r)
{
	double pos[4];

	memcpy(pos, r->u.set.pos, sizeof(r->u.set.pos));
	pos[3] = r->u.set.e;
	axes_set_position(&s->axes, pos);
	s->axes.homed = r->u.set.axes;
	s->lost = false;
	session_note_place(s);
	return 0;
}

static int
select_extruder(struct session *s, const struct plan_record *r)
{
	axes_select_extruder(&s->axes, find_extruder(s, r->u.text.s));
	return 0;
}

static int
set_shaper(struct session *s, const struct plan_record *r)
{
	char why[SHAPER_WHY_MAX];

	for (int i = 0; i < MACHINE_AXES; i++)
		if (r->u.shaper.axis == 1u << i &&
		    axes_set_shaper(&s->axes, i, r->u.shaper.type,
			r->u.shaper.freq, r->u.shaper.damping, why) != 0)
			return refuse(s, r, BAD_SHAPER, r->u.shaper.type);
	return 0;
}

/* Has the operator pressed Enter at the terminal? */
static bool
entered(int tty)
{
	struct pollfd p = {.fd = tty, .events = POLLIN};
	char text[256];

	return poll(&p, 1, 0) > 0 && read(tty, text, sizeof(text)) > 0;
}

/* The plan waits for the operator, who speaks through the control socket or
 * sits at the terminal; a simulated one is always quick. */
static int
wait_operator(struct session *s)
{
	static const char ask[] = "paused; press Enter to go on\n";
	int tty, result = 0;

	if (mcu_kind(s->mcu) != MCU_LIVE && !s->control)
		return 0;
	tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0 && !s->control) {
		session_stop(s, STOP_REFUSED, EXIT_NO,
		    "line %u pauses the print, but there is neither --control "
		    "nor a terminal to end the pause",
		    s->input.line);
		return -1;
	}
	progress_clear(&s->progress);
	if (tty >= 0 && write(tty, ask, sizeof(ask) - 1) < 0)
		cli_warn("paused; press Enter to go on");
	s->paused = true;
	session_state(s, "paused");
	while (s->paused && result == 0) {
		if (tty >= 0 && entered(tty))
			s->paused = false;
		result = session_wait(s, session_now(s) + WAIT_STEP_S);
	}
	if (tty >= 0)
		close(tty);
	if (result == 0)
		session_state(s, "printing");
	return result;
}

static int
home(struct session *s, const struct plan_record *r)
{
	struct machine_homing h[MACHINE_AXES];
	int n = machine_drive_homings(
	    &s->axes.drive, r->u.home.axes, r->u.home.pos, h);

	for (int i = 0; i < n; i++) {
		for (int k = 0; k < h[i].n; k++) {
			char name[2] = {(char)('x' + h[i].rail[k]), '\0'};

			if (!s->axes.endstop[h[i].rail[k]])
				return refuse(s, r, NO_ENDSTOP, name);
		}
	}
	return session_home(s, r->u.home.axes, r->u.home.pos);
}

/* Another head may be above another height of the bed. */
static int
set_carriage(struct session *s, const struct plan_record *r)
{
	double to[3];

	memcpy(to, s->axes.pos, sizeof(to));
	to[r->u.carriage.axis == PLAN_X ? 0 : 1] = r->u.carriage.pos;
	surface_flat(s);
	axes_set_carriage(&s->axes, r->u.carriage.axis == PLAN_X ? 0 : 1,
	    (int)r->u.carriage.index,
	    (enum plan_carriage_mode)r->u.carriage.mode, r->u.carriage.pos);
	surface_follow(s);
	return session_move_to(s, to, s->machine->max_z_velocity);
}

static void
set_law(struct session *s, const struct plan_record *r)
{
	static const enum machine_advance_law law[] = {
	    [PLAN_LAW_LINEAR] = MACHINE_ADVANCE_LINEAR,
	    [PLAN_LAW_TANH] = MACHINE_ADVANCE_TANH,
	    [PLAN_LAW_RECIPR] = MACHINE_ADVANCE_RECIPR};

	axes_set_law(&s->axes, r->u.law.extruder,
	    &(struct machine_advance){
		.law = law[r->u.law.law],
		.linear = r->u.law.linear,
		.offset = r->u.law.offset,
		.velocity = r->u.law.velocity,
		.time_offset = r->u.law.time_offset,
		.shaped = r->u.law.shaped,
	    });
}

/* The machine stands still now. */
static int
at_rest(struct session *s, const struct plan_record *r)
{
	switch (r->type) {
	case PLAN_HOME:
		return home(s, r);
	case PLAN_SET_POSITION:
		return set_position(s, r);
	case PLAN_HEATER_WAIT:
		return wait_heat(s, r);
	case PLAN_MOTORS_OFF:
		return motors_off(s, r->u.text.s);
	case PLAN_EXTRUDER:
		return select_extruder(s, r);
	case PLAN_SHAPER:
		return set_shaper(s, r);
	case PLAN_ADVANCE:
		session_record(s, r, session_now(s));
		return 0;
	case PLAN_LAW:
		set_law(s, r);
		return 0;
	case PLAN_CARRIAGE:
		return set_carriage(s, r);
	case PLAN_FOLLOW:
		axes_follow(&s->axes,
		    axes_find_motor(&s->axes, r->u.follow.name),
		    find_extruder(s, r->u.follow.motion),
		    r->u.follow.rotation_distance);
		return 0;
	case PLAN_STEPPER:
		return session_stepper(s, r);
	case PLAN_PROBE:
	case PLAN_MESH:
	case PLAN_MESH_OFFSET:
		return probe_record(s, r);
	case PLAN_MESH_ROW:
	case PLAN_MESH_USE:
		return surface_record(s, r);
	case PLAN_ALONG: /* what it does by itself has to end first */
		if (session_wait(s, s->axes.own_end) != 0)
			return -1;
		if (offline(s)) /* nothing has waited */
			s->axes.end_time =
			    fmax(s->axes.end_time, s->axes.own_end);
		session_record(s, r, session_now(s));
		return 0;
	case PLAN_CALIBRATED:
		probe_calibrated(s, r);
		return 0;
	case PLAN_SCREWS:
		return screws_record(s, r);
	case PLAN_PAUSE:
		return wait_operator(s);
	case PLAN_STOP:
		session_stop(s, STOP_EMERGENCY, EXIT_NO,
		    "emergency stop (M112) in line %u", r->line);
		return -1;
	default:
		return 0;
	}
}

/* --- the line of motion and events ------------------------------------- */

static bool
has_room(const struct session *s)
{
	double end = line_end(&s->line);

	if (line_count(&s->line) >= AHEAD_RECORDS)
		return false;
	if (!s->line.started)
		return end < AHEAD_S;
	return end < mcu_now(s->mcu) + AHEAD_S;
}

/* Runs until there is room in the line, or offline so that it stays short. */
static int
make_room(struct session *s)
{
	if (offline(s)) {
		if (line_count(&s->line) < OFFLINE_CHUNK)
			return 0;
		if (!s->line.started)
			line_start(&s->line, session_soonest(s));
		return session_run(s, 0, -1);
	}
	if (has_room(s))
		return 0;
	if (!s->line.started)
		line_start(&s->line, session_soonest(s));
	/* down to half, so that work comes in larger portions */
	while (!exclude_wants(s) &&
	       (line_end(&s->line) > mcu_now(s->mcu) + AHEAD_S / 2 ||
		   line_count(&s->line) >= AHEAD_RECORDS))
		if (session_run(s, (double)INFINITY, -1) != 0)
			return -1;
	return 0;
}

/* Above a bed that plan and machine know of the height was reckoned by either,
 * perhaps of another place while X and Y were not homed. */
static int
place_on_bed(struct session *s, double z)
{
	double to[3];

	memcpy(to, s->axes.pos, sizeof(to));
	to[2] = z;
	if (session_drain(s) != 0)
		return -1;
	return session_move_to(s, to, s->machine->max_z_velocity);
}

/* Where the plan begins is where an axis stands that nobody has homed. */
static int
place_unhomed(struct session *s, const struct plan_record *r)
{
	const struct plan_move *m = &r->u.move;
	double pos[4];
	bool differs = false;

	if (!line_empty(&s->line) || s->line.v > 0)
		return 0;
	if (s->bed_known && s->axes.homed & PLAN_Z &&
	    fabs(s->axes.pos[2] - m->start[2]) > 1e-6 &&
	    place_on_bed(s, m->start[2]) != 0)
		return -1;
	memcpy(pos, s->axes.pos, sizeof(pos));
	for (int i = 0; i < 3; i++) {
		char name[2] = {(char)('x' + i), '\0'};

		if (s->lost && m->dir[i] != 0)
			return refuse(s, r, NOT_HOMED, name);
		if (fabs(pos[i] - m->start[i]) > 1e-9 &&
		    !(s->axes.homed >> i & 1)) {
			pos[i] = m->start[i];
			differs = true;
		}
	}
	if (fabs(pos[3] - m->start_e) > 1e-9) {
		pos[3] = m->start_e;
		differs = true;
	}
	if (differs) {
		if (session_drain(s) != 0)
			return -1;
		axes_set_position(&s->axes, pos);
	}
	return 0;
}

/* Before the clock of a group starts things happen one after the other. */
static int
begin_with(struct session *s, const struct plan_record *r)
{
	double now = session_now(s);
	bool output = r->type == PLAN_FAN || r->type == PLAN_PIN;

	session_record(s, r, output ? now + MOTORS_OFF_S : now);
	session_do_due(s, now);
	return 0;
}

/* Does it build on where the motors are? */
static bool
counts(const struct plan_record *r)
{
	switch (r->type) {
	case PLAN_HOME:
	case PLAN_PROBE:
	case PLAN_MESH:
	case PLAN_MOTORS_OFF:
		return true;
	default:
		return false;
	}
}

/* The board has made every step, those of motors beside the axes too; when some
 * were lost the latter are on their way once more. */
static int
all_made(struct session *s)
{
	do {
		if (session_wait(s, s->axes.own_end) != 0 ||
		    session_confirm(s) != 0)
			return -1;
	} while (!offline(s) && s->axes.own_end > session_now(s));
	return 0;
}

static int
stand_for(struct session *s, const struct plan_record *r)
{
	if (session_drain(s) != 0 || (counts(r) && session_confirm(s) != 0) ||
	    at_rest(s, r) != 0)
		return -1;
	session_reached(s, r->line);
	return 0;
}

/* The clock of its group has not started. */
static bool
is_first(const struct session *s, const struct plan_record *r)
{
	return !s->line.started && line_empty(&s->line) && r->t == 0;
}

static int
carry_out(struct session *s, const struct plan_record *r)
{
	switch (r->type) {
	case PLAN_MOVE:
		if ((s->axes.homed != 7 || line_empty(&s->line)) &&
		    place_unhomed(s, r) != 0)
			return -1;
		break;
	case PLAN_ALONG:
		if (!axes_find_motor(&s->axes, r->u.along.name)->goes_along)
			return stand_for(s, r);
		/* fall through */
	case PLAN_DWELL:
	case PLAN_HEATER:
	case PLAN_FAN:
	case PLAN_PIN:
	case PLAN_LAYER:
	case PLAN_PROGRESS:
	case PLAN_MESSAGE:
	case PLAN_OBJECT:
	case PLAN_REPORT:
	case PLAN_SOURCE:
		if (is_first(s, r) && r->type != PLAN_DWELL)
			return begin_with(s, r);
		break;
	case PLAN_STEPPER:
		if (r->u.stepper.how != PLAN_STEPPER_TO &&
		    r->u.stepper.how != PLAN_STEPPER_IS)
			return stand_for(s, r);
		if (is_first(s, r)) {
			session_record(s, r, session_soonest(s));
			return 0;
		}
		break;
	case PLAN_END:
		s->end = r->u.end;
		s->ended = true;
		return session_drain(s) != 0 ? -1 : all_made(s);
	case PLAN_BARRIER:
		if (session_drain(s) != 0)
			return -1;
		s->group_moved += r->t;
		line_stop(&s->line);
		return 0;
	case PLAN_SYNC:
		if (session_drain(s) != 0)
			return -1;
		session_reached(s, r->line);
		return 0;
	case PLAN_ADVANCE:
		if (!axes_advance_needs_rest(&s->axes, r->u.advance.extruder,
			r->u.advance.advance, r->u.advance.smooth_time))
			break;
		/* fall through */
	default:
		return stand_for(s, r);
	}
	line_push(&s->line, r);
	return make_room(s);
}

static int
take_record(struct session *s, struct plan_record *r)
{
	int dropped;

	if (check_names(s, r) != 0)
		return -1;
	exclude_learn(s, r);
	if (exclude_only_tells(r))
		return 0;
	dropped = exclude_filter(s, r);
	if (dropped != 0)
		return dropped < 0 ? -1 : 0;
	return carry_out(s, r);
}

/* --- the plan ---------------------------------------------------------- */

/* More of the plan, however long that takes. */
static int
wait_input(struct session *s)
{
	int64_t since = clock_monotonic_ns();

	if (offline(s)) {
		input_fill(&s->input, -1);
		return session_run(s, 0, -1);
	}
	if (mcu_kind(s->mcu) == MCU_SIMULATED) {
		/* time stands still while upstream is busy, so it does not
		 * matter how fast that is; when it rests, what is here is
		 * brought to its end */
		bool idle = line_empty(&s->line) && s->line.v == 0;

		if (input_fill(&s->input, idle ? POLL_MS : PATIENCE_MS))
			return 0;
		if (idle) {
			report_write(s, mcu_now(s->mcu), false);
			return session_run(s, mcu_now(s->mcu), -1);
		}
		if (!s->line.started)
			line_start(&s->line, session_soonest(s));
		return session_drain(s);
	}
	while (!exclude_wants(s) && !input_fill(&s->input, 0)) {
		if (!s->line.started && !line_empty(&s->line) &&
		    clock_monotonic_ns() - since > QUIET_MS * 1000000ll)
			line_start(&s->line, session_soonest(s));
		if (session_run(
			s, mcu_now(s->mcu) + QUIET_MS * 1e-3, s->input.fd) != 0)
			return -1;
	}
	return 0;
}

static int
cut_off(struct session *s)
{
	if (s->input.error != 0) {
		struct diag_place place = {.file = s->input.name};

		diag_report(s->sink, DIAG_ERROR, &place, NULL, "%s",
		    strerror(s->input.error));
	}
	session_stop(s, STOP_UPSTREAM, s->input.error ? EXIT_IO : EXIT_BAD_DATA,
	    "the plan was cut off");
	return -1;
}

int
session_execute(struct session *s)
{
	struct plan_record rec;

	session_state(s, "printing");
	for (;;) {
		if (exclude_wants(s) && exclude_now(s) != 0)
			return -1;
		if (exclude_next(s, &rec)) {
			int result = take_record(s, &rec);

			line_drop_text(&rec);
			if (result != 0)
				return -1;
			continue;
		}
		switch (input_next(&s->input, &rec)) {
		case PLAN_OK:
			if (take_record(s, &rec) != 0)
				return -1;
			break;
		case PLAN_NEED_MORE:
			if (wait_input(s) != 0)
				return -1;
			break;
		case PLAN_ENDED:
			return 0;
		case PLAN_FAILED:
			return cut_off(s);
		}
	}
}

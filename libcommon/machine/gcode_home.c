/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Homing, setting positions, motors off. */
#include <string.h>

#include "machine/gcode_private.h"
#include "machine/homing_load.h"

static const char *const axis_key[] = {"X", "Y", "Z"};

/* the planner goes on from where the state says we are */
static void
stand(struct gcode_exec *ex)
{
	gcode_exclude_reset(ex);
	planner_set_position(ex->planner, ex->st.last);
	memcpy(ex->seen.from, ex->st.last, sizeof(ex->seen.from));
	if (gcode_differs(ex))
		gcode_read_back(ex);
}

/* says where the machine is, without moving */
static void
set_position(struct gcode_exec *ex, const double pos[3], uint32_t homed)
{
	struct plan_record rec = gcode_record(ex, PLAN_SET_POSITION);

	gcode_barrier(ex);
	memcpy(ex->st.last, pos, 3 * sizeof(double));
	ex->st.last[2] = gcode_above_bed(ex, pos);
	memcpy(rec.u.set.pos, ex->st.last, sizeof(rec.u.set.pos));
	rec.u.set.axes = homed;
	rec.u.set.e = ex->st.last[3];
	gcode_post(ex, &rec, NULL);
	gcode_set_homed(ex, homed);
	stand(ex);
	gcode_carriages_moved(ex);
}

/* Each is told once. */
void
gcode_check_homing(struct gcode_exec *ex, uint32_t axes, bool probes)
{
	int left = 0;

	for (int i = 0; i < ex->n_weak; i++) {
		const struct homing_load *l = &ex->weak[i];
		struct buf text = BUF_INIT;

		if (!(l->axes & axes) || l->probes != probes) {
			ex->weak[left++] = *l;
			continue;
		}
		homing_load_text(l, &text);
		gcode_note(
		    ex, DIAG_WARNING, NULL, "weak-motor", "%s", text.data);
		buf_release(&text);
	}
	ex->n_weak = left;
}

/* the end stops of these axes, one after the other */
static void
home_all(struct gcode_exec *ex, uint32_t axes)
{
	struct plan_record rec = gcode_record(ex, PLAN_HOME);
	double pos[3];

	axes = gcode_reach_home(ex, axes, pos);
	if (ex->reach.kind == REACH_WINCH) { /* it has none */
		set_position(ex, pos, ex->homed | axes);
		return;
	}
	gcode_check_homing(ex, axes, false);
	gcode_barrier(ex);
	rec.u.home.axes = axes;
	memcpy(rec.u.home.pos, pos, sizeof(rec.u.home.pos));
	for (int i = 0; i < 3; i++)
		if (axes >> i & 1)
			gcode_state_homed(&ex->st, i, pos[i]);
	gcode_post(ex, &rec, NULL);
	if (axes & PLAN_Z)
		ex->st.last[2] = gcode_above_bed(ex, pos);
	gcode_set_homed(ex, ex->homed | axes);
	stand(ex);
}

static void
home_one(struct gcode_exec *ex, int axis)
{
	home_all(ex, 1u << axis);
}

static void
home(struct gcode_exec *ex, uint32_t axes)
{
	if (ex->dual[0].second < 0 && ex->dual[1].second < 0) {
		home_all(ex, axes);
		return;
	}
	for (int i = 0; i < 3; i++) {
		if (!(axes >> i & 1))
			continue;
		if (ex->dual[i].second < 0)
			home_one(ex, i);
		else
			gcode_carriages_home(ex, i, home_one);
	}
}

static void
lift_to(struct gcode_exec *ex, double z)
{
	double target[4];

	memcpy(target, ex->st.last, sizeof(target));
	target[2] = z;
	gcode_go_unchecked(ex, target, ex->machine->safe_z_hop_speed);
}

/* Z has a place on the bed where it may be homed, and air to get there */
static int
home_safely(struct gcode_exec *ex, uint32_t axes)
{
	const struct machine *m = ex->machine;
	double before[2] = {ex->st.last[0], ex->st.last[1]}, target[4];
	uint32_t homed = ex->homed;

	if (m->safe_z_hop > 0) {
		if (!(homed & PLAN_Z)) { /* count from where it is */
			double pos[3] = {before[0], before[1], 0};

			set_position(ex, pos, homed | PLAN_Z);
			lift_to(ex, m->safe_z_hop);
			gcode_to_rest(ex);
			gcode_set_homed(ex, homed);
		} else if (ex->st.last[2] < m->safe_z_hop) {
			lift_to(ex, m->safe_z_hop);
		}
	}
	if (axes & (PLAN_X | PLAN_Y))
		home(ex, axes & (PLAN_X | PLAN_Y));
	if (!(axes & PLAN_Z))
		return 0;
	if ((ex->homed & (PLAN_X | PLAN_Y)) != (PLAN_X | PLAN_Y))
		return gcode_fail(ex, NULL, "not-homed",
		    "'Z' is homed at a place on the bed: home 'X' and 'Y' "
		    "first");
	memcpy(target, ex->st.last, sizeof(target));
	target[0] = m->home_xy[0];
	target[1] = m->home_xy[1];
	gcode_go_unchecked(ex, target, m->safe_z_speed);
	home(ex, PLAN_Z);
	if (m->safe_z_hop > 0 && ex->st.last[2] < m->safe_z_hop)
		lift_to(ex, m->safe_z_hop);
	if (m->safe_z_move_to_previous && !(axes & (PLAN_X | PLAN_Y))) {
		memcpy(target, ex->st.last, sizeof(target));
		target[0] = before[0];
		target[1] = before[1];
		gcode_go_unchecked(ex, target, m->safe_z_speed);
	}
	return 0;
}

int
gcode_do_home(struct gcode_exec *ex, const struct gcode_line *line)
{
	uint32_t axes = 0;

	for (int i = 0; i < 3; i++)
		if (gcode_word(line, axis_key[i]))
			axes |= 1u << i;
	if (!axes)
		axes = PLAN_X | PLAN_Y | PLAN_Z;
	if (ex->machine->has_safe_z_home)
		return home_safely(ex, axes);
	home(ex, axes);
	return 0;
}

int
gcode_do_set_position(struct gcode_exec *ex, const struct gcode_line *line)
{
	uint32_t homed = PLAN_X | PLAN_Y | PLAN_Z;
	double pos[3];
	char clear[64];

	for (int i = 0; i < 3; i++) {
		pos[i] = ex->st.last[i];
		if (gcode_number(ex, line, axis_key[i], -1e6, 1e6, &pos[i]) < 0)
			return -1;
	}
	if (gcode_text(line, "CLEAR", clear))
		for (int i = 0; i < 3; i++)
			if (strchr(clear, "XYZ"[i]) || strchr(clear, "xyz"[i]))
				homed &= ~(1u << i);
	set_position(ex, pos, homed);
	return 0;
}

int
gcode_do_motors_off(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct plan_record rec = gcode_record(ex, PLAN_MOTORS_OFF);

	(void)line;
	/* the frame calms down before it is let go */
	if (gcode_dwell(ex, 0.1))
		return -1;
	gcode_barrier(ex);
	gcode_post(ex, &rec, "");
	(void)gcode_dwell(ex, 0.1);
	gcode_set_homed(ex, 0);
	return 0;
}

static int
find_stepper(const struct gcode_exec *ex, const char *name)
{
	for (int i = 0; i < ex->machine->n_steppers; i++)
		if (strcmp(ex->machine->stepper[i].name, name) == 0)
			return i;
	return -1;
}

int
gcode_do_stepper_enable(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct plan_record rec = gcode_record(ex, PLAN_MOTORS_OFF);
	double enable = 1;
	char name[64];

	if (!gcode_text(line, "STEPPER", name))
		return gcode_fail(
		    ex, NULL, "missing-argument", "'STEPPER' is missing");
	if (find_stepper(ex, name) < 0)
		return gcode_fail(ex, gcode_word(line, "STEPPER")->value.s,
		    "unknown-name", "the machine has no stepper '%s'", name);
	if (gcode_number(ex, line, "ENABLE", 0, 1, &enable) < 0)
		return -1;
	if (enable != 0) /* it is switched on by its next move */
		return 0;
	gcode_barrier(ex);
	gcode_post(ex, &rec, name);
	return 0;
}

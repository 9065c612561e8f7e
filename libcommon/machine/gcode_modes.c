/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modes, origins, factors, limits: what later moves are under. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/gcode_private.h"

static const char *const axis_key[] = {"X", "Y", "Z", "E"};

int
gcode_do_absolute(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	ex->st.absolute = true;
	return 0;
}

int
gcode_do_relative(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	ex->st.absolute = false;
	return 0;
}

int
gcode_do_absolute_e(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	ex->st.absolute_e = true;
	return 0;
}

int
gcode_do_relative_e(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	ex->st.absolute_e = false;
	return 0;
}

int
gcode_do_set_origin(struct gcode_exec *ex, const struct gcode_line *line)
{
	double v[4];
	int has[4];
	bool any = false;

	if (ex->goes_along && gcode_along_origin(ex, line, &any))
		return -1;
	for (int i = 0; i < 4; i++) {
		has[i] = gcode_number(ex, line, axis_key[i], -1e9, 1e9, &v[i]);
		if (has[i] < 0)
			return -1;
		any |= has[i] > 0;
	}
	for (int i = 0; i < 4; i++)
		if (!any)
			gcode_state_set(&ex->st, i, 0);
		else if (has[i])
			gcode_state_set(&ex->st, i, v[i]);
	return 0;
}

static int
percent(struct gcode_exec *ex, const struct gcode_line *line, double *out)
{
	*out = 100;
	if (gcode_number(ex, line, "S", 0, 1e5, out) < 0)
		return -1;
	if (*out <= 0)
		return gcode_fail(ex, gcode_word(line, "S")->value.s,
		    "bad-value", "'S' must be above 0 %%");
	return 0;
}

int
gcode_do_speed_factor(struct gcode_exec *ex, const struct gcode_line *line)
{
	double s;

	if (percent(ex, line, &s))
		return -1;
	gcode_state_speed_factor(&ex->st, s);
	return 0;
}

int
gcode_do_extrude_factor(struct gcode_exec *ex, const struct gcode_line *line)
{
	double s;

	if (percent(ex, line, &s))
		return -1;
	gcode_state_extrude_factor(&ex->st, s);
	return 0;
}

/* MOVE=1 goes where the new coordinates say, at MOVE_SPEED */
static int
move_speed(struct gcode_exec *ex, const struct gcode_line *line, double *speed)
{
	double move = 0;

	*speed = ex->st.speed;
	if (gcode_number(ex, line, "MOVE", 0, 1, &move) < 0 ||
	    gcode_number(ex, line, "MOVE_SPEED", 1e-3, 1e5, speed) < 0)
		return -1;
	return move != 0;
}

int
gcode_do_offset(struct gcode_exec *ex, const struct gcode_line *line)
{
	double target[4], offset[4], speed;
	struct gcode_state *st = &ex->st;
	int move;

	memcpy(target, st->last, sizeof(target));
	memcpy(offset, st->offset, sizeof(offset));
	for (int i = 0; i < 4; i++) {
		double by = 0;
		char key[16];

		snprintf(key, sizeof(key), "%s_ADJUST", axis_key[i]);
		if (gcode_number(ex, line, axis_key[i], -1e5, 1e5, &offset[i]) <
			0 ||
		    gcode_number(ex, line, key, -1e5, 1e5, &by) < 0)
			return -1;
		offset[i] += by;
		target[i] += offset[i] - st->offset[i];
	}
	move = move_speed(ex, line, &speed);
	if (move < 0 || (move && gcode_go(ex, target, speed)))
		return -1;
	for (int i = 0; i < 4; i++)
		gcode_state_offset(st, i, offset[i]);
	return 0;
}

static struct gcode_saved *
find_saved(struct gcode_exec *ex, const char *name)
{
	for (size_t i = 0; i < ex->n_saved; i++)
		if (strcmp(ex->saved[i].name, name) == 0)
			return &ex->saved[i];
	return NULL;
}

static struct gcode_saved *
new_saved(struct gcode_exec *ex, const char *name)
{
	struct gcode_saved *s;

	ALLOC_GROW(ex->saved, ex->n_saved + 1, ex->saved_alloc);
	s = &ex->saved[ex->n_saved++];
	s->name = xstrdup(name);
	s->along = xcalloc((size_t)ex->machine->n_extra + 1, sizeof(*s->along));
	return s;
}

void
gcode_states_copy(struct gcode_exec *ex, const struct gcode_exec *from)
{
	for (size_t i = 0; i < from->n_saved; i++)
		new_saved(ex, from->saved[i].name)->state =
		    from->saved[i].state;
}

static int
save(struct gcode_exec *ex, const char *name)
{
	struct gcode_saved *s = find_saved(ex, name);

	if (!s && ex->n_saved >= GCODE_SAVED_MAX)
		return gcode_fail(ex, NULL, "bad-value",
		    "more than %d states are saved", GCODE_SAVED_MAX);
	if (!s)
		s = new_saved(ex, name);
	s->state = ex->st;
	gcode_along_save(ex, s);
	return 0;
}

int
gcode_do_save(struct gcode_exec *ex, const struct gcode_line *line)
{
	char name[64];

	if (!gcode_text(line, "NAME", name))
		snprintf(name, sizeof(name), "default");
	return save(ex, name);
}

/* speed 0: as it was; < 0: without a move back */
static int
restore(struct gcode_exec *ex, const char *name, double speed)
{
	const struct gcode_saved *s = find_saved(ex, name);
	double target[4];

	if (!s)
		return gcode_fail(
		    ex, NULL, "unknown-name", "no state '%s' was saved", name);
	memcpy(target, s->state.last, 3 * sizeof(double));
	target[3] = ex->st.last[3];
	if (speed == 0)
		speed = s->state.speed;
	/* the origin of E follows before the move, which leaves E alone */
	gcode_state_restore(&ex->st, &s->state);
	gcode_along_restore(ex, s);
	return speed > 0 ? gcode_go(ex, target, speed) : 0;
}

int
gcode_do_restore(struct gcode_exec *ex, const struct gcode_line *line)
{
	double speed;
	char name[64];
	int move;

	if (!gcode_text(line, "NAME", name))
		snprintf(name, sizeof(name), "default");
	move = move_speed(ex, line, &speed);
	if (move < 0)
		return -1;
	if (!move)
		speed = -1;
	else if (!gcode_word(line, "MOVE_SPEED"))
		speed = 0;
	return restore(ex, name, speed);
}

/* PAUSE keeps where and how the job stood, RESUME goes back there. */
int
gcode_pause_keep(struct gcode_exec *ex)
{
	if (ex->paused)
		return 0;
	ex->paused = true;
	return save(ex, "PAUSE_STATE");
}

int
gcode_do_resume(struct gcode_exec *ex, const struct gcode_line *line)
{
	double speed = ex->machine->recover_velocity;

	if (gcode_number(ex, line, "VELOCITY", 1e-3, 1e5, &speed) < 0)
		return -1;
	if (!ex->paused)
		return 0;
	ex->paused = false;
	return restore(ex, "PAUSE_STATE", speed);
}

int
gcode_do_clear_pause(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	ex->paused = false;
	return 0;
}

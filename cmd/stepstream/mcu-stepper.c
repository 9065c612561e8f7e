/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motors: from step commands to queue_step. */
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "mcu-private.h"
#include "proto/vlq.h"

/* The bytes with which every command of one motor begins. */
static uint8_t
head_of(const struct dict_message *m, uint8_t oid, uint8_t head[8])
{
	memcpy(head, m->head, m->head_len);
	return (uint8_t)(vlq_put(head + m->head_len, oid) - head);
}

struct mcu_stepper *
mcu_add_stepper(struct mcu *mcu, const struct machine_stepper *config)
{
	struct mcu_stepper *s = xcalloc(1, sizeof(*s));
	const char *purpose = "drive a stepper motor";

	mcu_new_object(mcu, &s->base, false);
	mcu->stepper[mcu->n_steppers] = s;
	mcu->step_queue[mcu->n_steppers++] = &s->base.queue;
	s->invert_dir = config->dir.invert;
	mcu_use_pin(mcu, &config->step, false);
	mcu_use_pin(mcu, &config->dir, false);
	mcu_need(mcu, MCU_CMD_SET_NEXT_STEP_DIR, purpose);
	mcu_need(mcu, MCU_CMD_RESET_STEP_CLOCK, purpose);
	if (!mcu_need(mcu, MCU_CMD_QUEUE_STEP, purpose))
		return s;
	s->head_len =
	    head_of(mcu->command[MCU_CMD_QUEUE_STEP], s->base.oid, s->head);
	if (mcu->command[MCU_CMD_QUEUE_STEP_CUBIC])
		s->cubic_head_len =
		    head_of(mcu->command[MCU_CMD_QUEUE_STEP_CUBIC], s->base.oid,
			s->cubic_head);
	if (mcu->command[MCU_CMD_CONFIG_STEPPER])
		mcu_config_line(mcu, &mcu->config_text,
		    "config_stepper oid=%d step_pin=%s dir_pin=%s "
		    "invert_step=%d step_pulse_ticks=%u",
		    s->base.oid, config->step.name, config->dir.name,
		    config->step.invert,
		    mcu_ticks(mcu, config->step_pulse_duration));
	else if (mcu_need(mcu, MCU_CMD_CONFIG_STEPPER_OLD, purpose))
		mcu_config_line(mcu, &mcu->config_text,
		    "config_stepper oid=%d step_pin=%s dir_pin=%s "
		    "invert_step=%d",
		    s->base.oid, config->step.name, config->dir.name,
		    config->step.invert);
	mcu_config_line(mcu, &mcu->restart_text,
	    "reset_step_clock oid=%d clock=0", s->base.oid);
	return s;
}

static struct msgq *
queue_of(struct mcu_stepper *s)
{
	return s->base.mcu->parted ? &s->fresh : &s->base.queue;
}

void
mcu_stepper_stop_when_dry(struct mcu_stepper *s, double below_s, double stop_s)
{
	struct mcu *mcu = s->base.mcu;

	if (!mcu->command[MCU_CMD_STEPPER_STOP_WHEN_DRY])
		return;
	if (mcu->configured)
		MCU_SEND(mcu, &s->base.queue, 0, s->last_clock,
		    MCU_CMD_STEPPER_STOP_WHEN_DRY, s->base.oid,
		    mcu_ticks(mcu, below_s), mcu_ticks(mcu, stop_s));
	else
		mcu_config_line(mcu, &mcu->config_text,
		    "stepper_stop_when_dry oid=%d below=%u stop_ticks=%u",
		    s->base.oid, mcu_ticks(mcu, below_s),
		    mcu_ticks(mcu, stop_s));
	if (stop_s > mcu->dry_stop_s)
		mcu->dry_stop_s = stop_s;
}

double
mcu_dry_stop_s(const struct mcu *mcu)
{
	return mcu->dry_stop_s;
}

static void
set_direction(struct mcu_stepper *s, int8_t dir)
{
	struct mcu *mcu = s->base.mcu;

	/* min_clock 0 here: takes no entry of the board's move queue */
	MCU_SEND(mcu, queue_of(s), 0, s->last_clock, MCU_CMD_SET_NEXT_STEP_DIR,
	    s->base.oid, (uint32_t)((dir > 0) ^ s->invert_dir));
	s->dir = dir;
}

void
mcu_stepper_command(void *stepper, const struct step_command *c)
{
	struct mcu_stepper *s = stepper;
	uint64_t gap = c->first_clock - s->last_clock;
	struct msgq *q;
	struct msg *m;
	uint8_t *p;

	if ((uint32_t)gap != (c->cubic ? c->first : c->interval))
		BUG("step interval %u for a gap of %llu ticks",
		    c->cubic ? c->first : c->interval, (unsigned long long)gap);
	if (c->dir != s->dir)
		set_direction(s, c->dir);
	q = queue_of(s);
	m = msgq_begin(q);
	if (c->cubic) {
		memcpy(m->data, s->cubic_head, sizeof(s->cubic_head));
		p = vlq_put(m->data + s->cubic_head_len, c->first);
		p = vlq_put(p, c->interval);
		p = vlq_put(p, c->count);
		p = vlq_put(p, (uint32_t)c->cubic_add);
		p = vlq_put(p, (uint32_t)c->cubic_add2);
	} else {
		memcpy(m->data, s->head, sizeof(s->head));
		p = vlq_put(m->data + s->head_len, c->interval);
		p = vlq_put(p, c->count);
		p = vlq_put(p, (uint32_t)(int32_t)c->add);
	}
	m->len = (uint32_t)(p - m->data);
	m->min_clock = 1; /* takes an entry */
	m->req_clock = gap >= MCU_LONG_GAP ? c->first_clock : s->last_clock;
	msgq_commit(q, m);
	s->last_clock = c->last_clock;
	s->sent += c->dir * (int64_t)c->count;
}

static void
stepper_response(
    struct mcu_object *o, enum mcu_response rsp, const struct dict_value *v)
{
	struct mcu_stepper *s = (struct mcu_stepper *)o;

	(void)rsp;
	s->position = (int32_t)v[1].num;
	s->position_seen = true;
}

int
mcu_stepper_position(struct mcu_stepper *s, int32_t *position)
{
	struct mcu *mcu = s->base.mcu;

	if (!mcu->live) {
		*position = (int32_t)s->sent;
		return 0;
	}
	s->base.response = stepper_response;
	s->position_seen = false;
	if (mcu_live_query(mcu, MCU_CMD_STEPPER_GET_POSITION, s->base.oid,
		&s->position_seen) != 0)
		return -1;
	*position = s->invert_dir ? -s->position : s->position;
	return 0;
}

bool
mcu_steps_lost(struct mcu *mcu)
{
	return mcu->live && mcu_live_steps_lost(mcu);
}

void
mcu_part(struct mcu *mcu)
{
	mcu->parted = true;
	for (int i = 0; i < mcu->n_steppers; i++)
		msgq_leave_room(&mcu->stepper[i]->fresh);
}

void
mcu_collect(struct mcu *mcu)
{
	mcu->parted = false;
	for (int i = 0; i < mcu->n_steppers; i++) {
		struct mcu_stepper *s = mcu->stepper[i];

		msgq_move(&s->base.queue, &s->fresh);
	}
}

void
mcu_drop_steps(struct mcu *mcu)
{
	for (int i = 0; i < mcu->n_steppers; i++)
		msgq_clear(&mcu->stepper[i]->base.queue);
	if (mcu->live)
		mcu_live_drop_steps(mcu);
}

void
mcu_stepper_restart(struct mcu_stepper *s)
{
	MCU_SEND(s->base.mcu, &s->base.queue, 0, 0, MCU_CMD_RESET_STEP_CLOCK,
	    s->base.oid, 0);
	s->last_clock = 0;
	s->dir = 0;
	mcu_flush(s->base.mcu, 0);
}

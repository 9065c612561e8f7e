/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps: one short event each, everything rare moved into load_next(). */
#include "mcu-fw/core/stepper.h"

#include <stddef.h>

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/core/trsync.h"

#define LATE_TICKS (HAL_CLOCK_FREQ / 1000)

struct step_move {
	struct move node;
	uint32_t interval;
	uint16_t count;
	int16_t add;
	uint8_t dir;
};

/*
 *	step k of a move:  t(k) = t(0) + k interval + add k (k - 1) / 2
 *
 * `base` is the exact time of the last step.  Three shapes of the event, by
 * the pulse: waited for inside the event, ended by an event of its own, or
 * none where each edge is a step.  The first one keeps base in waketime.
 */
struct stepper {
	struct timer t;
	uint32_t interval;
	int16_t add;
	uint16_t count; /* steps of this move still to come */
	struct hal_out step_pin, dir_pin;
	uint32_t base;
	uint32_t pulse_ticks;
	enum timer_result (*event)(struct timer *);
	struct move_queue queue;
	struct trsync_signal signal;
	uint32_t position; /* where the loaded move ends */
	uint8_t dir, next_dir;
	bool idle_level; /* of the step pin */
	bool active;	 /* the timer is in the list */
	bool need_reset; /* steps are dropped until there is a time base */
};

static const uint8_t kind;

static enum timer_result load_next(struct stepper *);

/* --- the three events --------------------------------------------------- */

/* AVR: 42 cycles from edge to edge of the pulse */
static enum timer_result
step_inline_event(struct timer *t)
{
	struct stepper *s = (struct stepper *)t;
	uint16_t count;

	hal_out_toggle(s->step_pin);
	count = (uint16_t)(s->count - 1);
	s->count = count;
	if (count) {
		t->waketime += s->interval;
		s->interval += (uint32_t)(int32_t)s->add;
		HAL_PULSE_HOLD(s->pulse_ticks);
		hal_out_toggle(s->step_pin);
		return TIMER_AGAIN;
	}
	HAL_PULSE_HOLD(s->pulse_ticks);
	hal_out_toggle(s->step_pin);
	s->base = t->waketime;
	return load_next(s);
}

/* A step that had to wait for the direction: then on from its own time. */
static enum timer_result
step_deferred_event(struct timer *t)
{
	struct stepper *s = (struct stepper *)t;

	t->waketime = s->base;
	t->func = s->event;
	return s->event(t);
}

/* base is the last step: when is the next one, not before `earliest`? */
static enum timer_result
plan_next(struct stepper *s, uint32_t earliest)
{
	if (s->count == 0)
		return load_next(s);
	s->base += s->interval;
	s->interval += (uint32_t)(int32_t)s->add;
	s->t.waketime = ticks_before(s->base, earliest) ? earliest : s->base;
	return TIMER_AGAIN;
}

static enum timer_result
step_edge_event(struct timer *t)
{
	struct stepper *s = (struct stepper *)t;

	hal_out_toggle(s->step_pin);
	s->count--;
	return plan_next(s, hal_ticks() + s->pulse_ticks);
}

static enum timer_result step_split_event(struct timer *);

static enum timer_result
unstep_event(struct timer *t)
{
	struct stepper *s = (struct stepper *)t;

	hal_out_toggle(s->step_pin);
	t->func = step_split_event;
	return plan_next(s, t->waketime + s->pulse_ticks);
}

static enum timer_result
step_split_event(struct timer *t)
{
	struct stepper *s = (struct stepper *)t;

	hal_out_toggle(s->step_pin);
	s->count--;
	t->func = unstep_event;
	t->waketime = hal_ticks() + s->pulse_ticks;
	return TIMER_AGAIN;
}

/* --- moves -------------------------------------------------------------- */

/* base is the last step; interrupts are off. */
static enum timer_result
load_next(struct stepper *s)
{
	struct step_move *m = move_pop(&s->queue);
	uint32_t earliest;

	if (!m) {
		s->active = false;
		return TIMER_DONE;
	}
	s->base += m->interval;
	s->interval = m->interval + (uint32_t)(int32_t)m->add;
	s->add = m->add;
	s->count = m->count;
	s->position += m->dir ? m->count : -(uint32_t)m->count;
	s->t.waketime = s->base;
	s->t.func = s->event;
	if (s->active) {
		earliest = hal_ticks();
		if (ticks_before(s->base + LATE_TICKS, earliest))
			shutdown(STR_STEP_PAST);
		if (m->dir != s->dir || s->event != step_inline_event)
			earliest += s->pulse_ticks;
		if (ticks_before(s->base, earliest)) {
			s->t.waketime = earliest;
			if (s->event == step_inline_event)
				s->t.func = step_deferred_event;
		}
	}
	if (m->dir != s->dir) {
		s->dir = m->dir;
		hal_out_toggle(s->dir_pin);
	}
	move_free(m);
	return TIMER_AGAIN;
}

void
command_queue_step(uint32_t *args)
{
	struct stepper *s = stepper_get((uint8_t)args[0]);
	struct step_move *m = move_new();
	uint8_t irq;

	m->interval = args[1];
	m->count = (uint16_t)args[2];
	m->add = (int16_t)args[3];
	m->dir = s->next_dir;
	if (m->count == 0)
		shutdown(STR_STEP_COUNT);
	irq = hal_irq_save();
	if (s->need_reset) {
		move_free(m);
	} else {
		move_push(&s->queue, &m->node);
		if (!s->active) {
			load_next(s);
			s->active = true;
			sched_add(&s->t);
		}
	}
	hal_irq_restore(irq);
}

void
command_set_next_step_dir(uint32_t *args)
{
	stepper_get((uint8_t)args[0])->next_dir = args[1] & 1;
}

void
command_reset_step_clock(uint32_t *args)
{
	struct stepper *s = stepper_get((uint8_t)args[0]);
	uint8_t irq = hal_irq_save();

	if (s->active)
		shutdown(STR_STEP_ACTIVE);
	s->base = args[1];
	s->need_reset = false;
	hal_irq_restore(irq);
}

static uint32_t
current_position(const struct stepper *s)
{
	return s->dir ? s->position - s->count : s->position + s->count;
}

void
command_stepper_get_position(uint32_t *args)
{
	struct stepper *s = stepper_get((uint8_t)args[0]);
	uint8_t irq = hal_irq_save();
	uint32_t position = current_position(s);

	hal_irq_restore(irq);
	RESPOND(stepper_position, args[0], position);
}

/* At once; interrupts are off. */
static void
stop(struct stepper *s)
{
	struct move *m;

	sched_del(&s->t);
	s->position = current_position(s);
	s->count = 0;
	s->active = false;
	s->base = 0;
	s->dir = s->next_dir = 0;
	s->need_reset = true;
	hal_out_write(s->dir_pin, false);
	if (s->event != step_edge_event)
		hal_out_write(s->step_pin, s->idle_level);
	while ((m = move_pop(&s->queue)))
		move_free(m);
}

static void
on_trigger(struct trsync_signal *signal)
{
	stop((struct stepper *)(void *)((char *)signal -
					offsetof(struct stepper, signal)));
}

void
command_stepper_stop_on_trigger(uint32_t *args)
{
	struct stepper *s = stepper_get((uint8_t)args[0]);

	trsync_sign_up(trsync_get((uint8_t)args[1]), &s->signal, on_trigger);
}

/* --- the object --------------------------------------------------------- */

struct stepper *
stepper_get(uint8_t oid)
{
	return oid_get(oid, &kind);
}

void
command_config_stepper(uint32_t *args)
{
	struct stepper *s = oid_new((uint8_t)args[0], &kind, sizeof(*s));
	int8_t invert = (int8_t)args[3];

	s->idle_level = invert > 0;
	s->pulse_ticks = args[4];
	if (invert < 0)
		s->event = step_edge_event;
	else if (s->pulse_ticks <= HAL_PULSE_INLINE)
		s->event = step_inline_event;
	else
		s->event = step_split_event;
	s->step_pin = hal_out_setup((uint16_t)args[1], s->idle_level);
	s->dir_pin = hal_out_setup((uint16_t)args[2], false);
	move_queue_init(&s->queue);
	move_request(sizeof(struct step_move));
}

void
stepper_init(void)
{
}

void
stepper_shutdown(void)
{
	struct stepper *s;
	uint8_t next = 0;

	while ((s = oid_next(&next, &kind))) {
		stop(s);
		s->signal.func = 0;
	}
}

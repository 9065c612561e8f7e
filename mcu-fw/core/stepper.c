/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps: one short event each, everything rare moved into load_next(). */
#include "mcu-fw/core/stepper.h"

#include "mcu-fw/core/command.h"

#define LATE_TICKS (HAL_CLOCK_FREQ / 1000)

static const uint8_t kind;

/* --- the three events --------------------------------------------------- */

static enum timer_result
end_of_move(struct stepper *s)
{
	HAL_PULSE_HOLD(s->pulse_ticks);
	hal_out_toggle(s->step_pin);
	s->base = s->t.waketime;
	return stepper_load_next(s);
}

/* AVR: at most 700 cycles, when it loads a move */
static enum timer_result
step_inline_event(struct timer *t)
{
	struct stepper *s = (struct stepper *)t;

	hal_out_toggle(s->step_pin);
	if (--s->count == 0)
		return end_of_move(s);
	t->waketime += s->interval;
	s->interval += (uint32_t)(int32_t)s->add;
	HAL_PULSE_HOLD(s->pulse_ticks);
	hal_out_toggle(s->step_pin);
	return TIMER_AGAIN;
}

/* AVR: at most 550 cycles, when it loads a move */
static enum timer_result
step_cubic_event(struct timer *t)
{
	struct stepper *s = (struct stepper *)t;

	hal_out_toggle(s->step_pin);
	if (--s->count == 0)
		return end_of_move(s);
	cubic_next(&s->cubic, CUBIC_FRACTION_DEFAULT);
	t->waketime = s->cubic.wake;
	HAL_PULSE_HOLD(s->pulse_ticks);
	hal_out_toggle(s->step_pin);
	return TIMER_AGAIN;
}

/*
 * A step that had to wait for the direction: then on from its own time.
 * AVR: at most 230 cycles
 */
static enum timer_result
step_deferred_event(struct timer *t)
{
	struct stepper *s = (struct stepper *)t;

	t->waketime = s->base;
	t->func = s->is_cubic ? step_cubic_event : step_inline_event;
	return t->func(t);
}

/* base is the last step: when is the next one, not before `earliest`? */
static enum timer_result
plan_next(struct stepper *s, uint32_t earliest)
{
	if (s->count == 0)
		return stepper_load_next(s);
	if (s->is_cubic) {
		cubic_next(&s->cubic, CUBIC_FRACTION_DEFAULT);
		s->base = s->cubic.wake;
		s->interval = 0;
	} else {
		s->base += s->interval;
		s->interval += (uint32_t)(int32_t)s->add;
	}
	s->t.waketime = ticks_before(s->base, earliest) ? earliest : s->base;
	return TIMER_AGAIN;
}

/* AVR: at most 750 cycles, when it loads a move */
static enum timer_result
step_edge_event(struct timer *t)
{
	struct stepper *s = (struct stepper *)t;

	hal_out_toggle(s->step_pin);
	s->count--;
	return plan_next(s, hal_ticks() + s->pulse_ticks);
}

static enum timer_result step_split_event(struct timer *);

/* AVR: at most 700 cycles, when it loads a move */
static enum timer_result
unstep_event(struct timer *t)
{
	struct stepper *s = (struct stepper *)t;

	hal_out_toggle(s->step_pin);
	t->func = step_split_event;
	return plan_next(s, t->waketime + s->pulse_ticks);
}

/* AVR: at most 120 cycles */
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

#ifdef HAL_TICKS_LOW
/*
 * Where 32 bits are slow: a step behind a long gap has time, even if the one
 * before was as late as may be; the time of one behind a short gap is told by
 * its lower half.
 */
static bool
has_time(const struct stepper *s, const struct step_move *m)
{
	const uint16_t long_gap = 0x4000;
	int16_t left = (int16_t)((uint16_t)s->base - HAL_TICKS_LOW);

	_Static_assert(LATE_TICKS + HAL_PULSE_INLINE < 0x4000, "long_gap");
	return s->event == step_inline_event &&
	       (m->first >= long_gap || left > HAL_PULSE_INLINE);
}
#else
static bool
has_time(const struct stepper *s, const struct step_move *m)
{
	(void)s;
	(void)m;
	return false;
}
#endif

/* Does the step have to wait, because the pulse or the direction is young? */
static void
hold_back(struct stepper *s, bool turns)
{
	uint32_t earliest = hal_ticks();

	if (ticks_before(s->base + LATE_TICKS, earliest))
		shutdown(STR_STEP_PAST);
	if (turns || s->event != step_inline_event)
		earliest += s->pulse_ticks;
	if (!ticks_before(s->base, earliest))
		return;
	s->t.waketime = earliest;
	if (s->event == step_inline_event)
		s->t.func = step_deferred_event;
}

#ifdef HAL_STEP_SHORT
/* No interval on the way reaches the limit, and a cubic's add and add2 keep
 * within 16 bits. */
static bool
is_short(const struct step_move *m)
{
	int32_t rise, end;

	if (!m->is_cubic)
		return m->first < HAL_STEP_SHORT &&
		       (m->add <= 0 || (uint32_t)m->add * m->count <
					   HAL_STEP_SHORT - m->first);
	if (m->add != (int16_t)m->add || m->add2 != (int16_t)m->add2)
		return false;
	end = m->add + m->add2 * m->count;
	if (end != (int16_t)end || m->interval >= HAL_STEP_SHORT << 8)
		return false;
	rise = end > m->add ? end : m->add;
	return rise <= 0 ||
	       (uint32_t)rise * m->count < (HAL_STEP_SHORT << 8) - m->interval;
}

static enum timer_result (*event_of(const struct step_move *m))(struct timer *)
{
	if (!m->is_short)
		return m->is_cubic ? step_cubic_event : step_inline_event;
	return m->is_cubic ? stepper_cubic_event : stepper_short_event;
}

/* Of a pair, count has lost both when the first was made. */
static uint16_t
steps_left(const struct stepper *s)
{
	return s->count + (s->t.func == stepper_cubic_second);
}
#else
static enum timer_result (*event_of(const struct step_move *m))(struct timer *)
{
	return m->is_cubic ? step_cubic_event : step_inline_event;
}

static uint16_t
steps_left(const struct stepper *s)
{
	return s->count;
}

static bool
is_short(const struct step_move *m)
{
	(void)m;
	return false;
}
#endif

void
stepper_measure(struct step_move *m)
{
	m->is_short = is_short(m);
}

static void
load_shape(struct stepper *s, const struct step_move *m)
{
	s->is_cubic = m->is_cubic;
	s->t.func = s->event;
	if (s->event == step_inline_event)
		s->t.func = event_of(m);
	if (m->is_cubic) {
		s->interval = m->first; /* for stepper_gap() alone */
		s->cubic.wake = s->base;
		cubic_load(&s->cubic, CUBIC_FRACTION_DEFAULT, m->first,
		    m->interval, m->add, m->add2);
	} else {
		s->add = (int16_t)m->add;
		s->interval = m->first + (uint32_t)m->add;
	}
	s->base += m->first;
}

static void
load(struct stepper *s, const struct step_move *m)
{
	load_shape(s, m);
	s->count = m->count;
	s->position += m->dir ? m->count : -(uint32_t)m->count;
	s->t.waketime = s->base;
	if (s->active && !has_time(s, m))
		hold_back(s, m->dir != s->dir);
	if (m->dir != s->dir) {
		s->dir = m->dir;
		hal_out_toggle(s->dir_pin);
	}
}

/* No more moves: goes on to a stop of its own, or stands.  Apart, so that the
 * load of a move does not save the registers that this takes. */
static __attribute__((noinline)) enum timer_result
run_dry(struct stepper *s)
{
	struct step_move m;

	if (s->dry && dry_stop_next(s->dry, &m)) {
		/* what the host sends does not fit any more */
		s->need_reset = true;
		m.dir = s->dir;
		load(s, &m);
		return TIMER_AGAIN;
	}
	if (s->dry && s->dry->state == DRY_STOPPED)
		sched_wake(TASK_stepper);
	s->active = false;
	return TIMER_DONE;
}

static __attribute__((noinline)) void
loaded_last(struct stepper *s, const struct step_move *m)
{
	dry_stop_last(s->dry, m);
	sched_wake(TASK_stepper);
}

/* base is the last step; interrupts are off. */
enum timer_result
stepper_load_next(struct stepper *s)
{
	struct step_move *m = move_pop(&s->queue);

	if (!m)
		return run_dry(s);
	load(s, m);
	if (s->dry) {
		s->dry->state = DRY_NONE;
		if (!s->queue.first)
			loaded_last(s, m);
	}
	move_free(m);
	return TIMER_AGAIN;
}

/* With stepper_stop_when_dry a step of the past is not the end of it all: it is
 * dropped like those behind it, and the host is told. */
static bool
comes_too_late(struct stepper *s, const struct step_move *m)
{
	if (!s->dry || s->active ||
	    !ticks_before(s->base + m->first, hal_ticks()))
		return false;
	s->need_reset = true;
	s->dry->made = 0;
	s->dry->state = DRY_STOPPED;
	sched_wake(TASK_stepper);
	return true;
}

static void
queue_move(uint8_t oid, struct step_move *m)
{
	struct stepper *s = stepper_get(oid);
	uint8_t irq;

	m->dir = s->next_dir;
	stepper_measure(m);
	if (m->count == 0)
		shutdown(STR_STEP_COUNT);
	irq = hal_irq_save();
	if (s->need_reset || comes_too_late(s, m)) {
		move_free(m);
	} else {
		move_push(&s->queue, &m->node);
		if (!s->active) {
			stepper_load_next(s);
			s->active = true;
			sched_add(&s->t);
		}
	}
	hal_irq_restore(irq);
}

void
command_queue_step(uint32_t *args)
{
	struct step_move *m = move_new();

	m->first = args[1];
	m->count = (uint16_t)args[2];
	m->add = (int16_t)args[3];
	m->is_cubic = false;
	queue_move((uint8_t)args[0], m);
}

void
command_queue_step_cubic(uint32_t *args)
{
	struct step_move *m = move_new();

	m->first = args[1];
	m->interval = args[2];
	m->count = (uint16_t)args[3];
	m->add = (int32_t)args[4];
	m->add2 = (int32_t)args[5];
	m->is_cubic = true;
	queue_move((uint8_t)args[0], m);
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
	s->need_reset = s->cut = false;
	hal_irq_restore(irq);
}

uint32_t
stepper_position(const struct stepper *s)
{
	uint16_t left = steps_left(s);

	return s->dir ? s->position - left : s->position + left;
}

void
command_stepper_get_position(uint32_t *args)
{
	struct stepper *s = stepper_get((uint8_t)args[0]);
	uint8_t irq = hal_irq_save();
	uint32_t position = stepper_position(s);

	hal_irq_restore(irq);
	RESPOND(stepper_position, args[0], position);
}

/* At once; interrupts are off. */
static void
stop(struct stepper *s)
{
	struct move *m;

	sched_del(&s->t);
	s->position = stepper_position(s);
	s->count = 0;
	s->t.func = s->event;
	s->active = false;
	s->base = 0;
	s->dir = s->next_dir = 0;
	s->need_reset = true;
	if (s->dry)
		s->dry->state = DRY_NONE;
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

bool
stepper_is(const void *k)
{
	return k == &kind;
}

uint32_t
stepper_gap(const struct stepper *s)
{
	uint32_t gap = s->interval;

	if (!s->active && !s->cut)
		return 0;
	if (!s->is_cubic)
		gap -= (uint32_t)(int32_t)s->add;
	else if (gap == 0 ||
		 (s->event == step_inline_event && s->t.waketime != s->base))
		gap = s->cubic.interval >> CUBIC_FRACTION_DEFAULT;
	return gap ? gap : 1;
}

uint32_t
stepper_sum(uint32_t h, const struct stepper *s,
    uint32_t (*sum)(uint32_t h, const void *data, uint8_t n))
{
	h = sum(h, &s->step_pin, sizeof(s->step_pin));
	h = sum(h, &s->dir_pin, sizeof(s->dir_pin));
	h = sum(h, &s->pulse_ticks, sizeof(s->pulse_ticks));
	return sum(h, &s->event, sizeof(s->event));
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
command_stepper_stop_when_dry(uint32_t *args)
{
	struct stepper *s = stepper_get((uint8_t)args[0]);
	uint8_t irq;

	if (!s->dry)
		s->dry = memory_new(sizeof(*s->dry));
	irq = hal_irq_save();
	s->dry->state = DRY_NONE;
	s->dry->below = args[1] < DRY_BELOW_MAX ? args[1] : DRY_BELOW_MAX;
	s->dry->stop_ticks = args[2];
	hal_irq_restore(irq);
}

/* Plans the stops of those that may need one, tells of those that were. */
void
stepper_task(void)
{
	struct stepper *s;
	uint8_t next = 0;

	while ((s = oid_next(&next, &kind))) {
		if (!s->dry)
			continue;
		if (s->dry->state == DRY_WANTED)
			dry_stop_plan(s->dry);
		if (s->dry->state != DRY_STOPPED)
			continue;
		if (RESPOND(stepper_ran_dry, next - 1u, s->base, s->dry->made,
			s->position))
			s->dry->state = DRY_NONE;
		else
			sched_wake(TASK_stepper);
	}
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
		/* all moves were freed at once: freeing them again would
		 * make a ring of the free list */
		move_queue_init(&s->queue);
		if (s->active) {
			s->interval = stepper_gap(s);
			s->add = 0;
			s->is_cubic = false;
			s->cut = true;
		}
		stop(s);
		s->signal.func = 0;
	}
}

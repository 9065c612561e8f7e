/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a motor slows down that got no more moves. */
#include "mcu-fw/core/dry_stop.h"

#include "mcu-fw/core/sched.h"
#include "mcu-fw/core/stepper.h"

#define STEPS_MIN 4 /* fewer are no stop */
#define STEPS_MAX 0xffff

/* The gap before the last step, in 24.8; 0: slow enough, or none. */
static uint32_t
last_gap(const struct step_move *m, uint32_t below)
{
	uint32_t n = m->count - 1u, gap = m->first;

	if (m->is_cubic && n > 0) {
		gap = m->interval + (n - 1) * (uint32_t)m->add +
		      ((n - 1) * (n - 2) >> 1) * (uint32_t)m->add2;
		return gap >> 8 < below ? gap : 0;
	}
	gap += n * (uint32_t)m->add;
	return gap < below ? gap << 8 : 0;
}

/* Only for a move that is the last of its queue. */
void
dry_stop_last(struct dry_stop *d, const struct step_move *m)
{
	d->gap = last_gap(m, d->below);
	d->state = d->gap ? DRY_WANTED : DRY_NONE;
}

/*
 * The first cubic goes from gap to gap sqrt(2) in K/2 steps, with the right
 * slope where it begins and the right height where it ends:
 *
 *	add = gap / (2 K),  add2 = 1.3137 gap / K^2
 *
 * The second is the same from gap sqrt(2) and K/2 on.
 */
void
dry_stop_plan(struct dry_stop *d)
{
	uint8_t irq = hal_irq_save();
	uint32_t gap = d->gap, steps, slope, rise;
	bool wanted = d->state == DRY_WANTED;

	hal_irq_restore(irq);
	if (!wanted || gap < 1 << 8)
		return;
	steps = (d->stop_ticks / (gap >> 8)) >> 1;
	if (steps > STEPS_MAX)
		steps = STEPS_MAX;
	if (steps < STEPS_MIN)
		return;
	slope = gap < 1ul << 25 ? (gap << 7) / steps : (gap / steps) << 7;
	/* 1.3137 * 512 = 673; the rest of the division is worth its while */
	rise = (slope / steps) * 673 + (slope % steps) * 673 / steps;
	irq = hal_irq_save();
	if (d->state == DRY_WANTED && d->gap == gap) {
		d->steps = (uint16_t)steps;
		d->add[0] = slope;
		d->add[1] = (slope >> 6) * 181; /* 2 sqrt(2) */
		d->add2[0] = rise;
		d->add2[1] = (rise >> 5) * 181; /* 4 sqrt(2) */
		d->segment = 0;
		d->made = 0;
		d->state = DRY_PLANNED;
	}
	hal_irq_restore(irq);
}

static uint32_t
shift(uint32_t v, int8_t left)
{
	return left >= 0 ? v << left : v >> -left;
}

/* What n steps lose by the bits of add2 that are shifted out is given to add:
 * (n - 1) / 2 of them a step. */
static uint32_t
lost(uint32_t v, int8_t left, uint32_t n)
{
	uint8_t right = (uint8_t)-left;

	if (left >= 0)
		return 0;
	return (v & (((uint32_t)1 << right) - 1)) * (n - 1) >> (right + 1);
}

/* Instead of the load of a move; measured on an AVR: an event that ends in this
 * or in dry_stop_last() takes 1850 cycles at most. */
bool
dry_stop_next(struct dry_stop *d, struct step_move *m)
{
	uint8_t half = d->segment & 1, octave = d->segment >> 1;
	uint32_t add, add2, n;
	int8_t left;

	if (d->state != DRY_PLANNED && d->state != DRY_STOPPING)
		return false;
	d->state = DRY_STOPPING;
	n = d->steps >> ++d->segment;
	if (n == 0) {
		d->state = DRY_STOPPED;
		return false;
	}
	add = shift(d->add[half], (int8_t)(3 * octave - 8));
	left = (int8_t)(5 * octave - 16);
	add2 = shift(d->add2[half], left);
	add += lost(d->add2[half], left, n);
	m->is_cubic = true;
	m->count = (uint16_t)n;
	m->first = d->gap >> 8;
	m->interval = d->gap + add;
	m->add = (int32_t)(add + add2);
	m->add2 = (int32_t)add2;
	stepper_measure(m);
	d->gap += n * add + (n * (n - 1) >> 1) * add2;
	d->made = (uint16_t)(d->made + n);
	return true;
}

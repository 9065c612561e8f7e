/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Executes step commands as a chip does and holds them against the truth. */
#include "tests/unit/steps-record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "proto/cubic.h"

void
steps_record_init(struct steps_record *r, double freq)
{
	memset(r, 0, sizeof(*r));
	r->freq = freq;
}

void
steps_record_release(struct steps_record *r)
{
	free(r->t);
	free(r->dir);
	free(r->clock);
	free(r->clock_dir);
}

void
steps_record_exact(void *ctx, double t, int dir)
{
	struct steps_record *r = ctx;

	if (r->n == r->cap) {
		r->cap = r->cap * 2 + 1024;
		r->t = xreallocarray(r->t, r->cap, sizeof(*r->t));
		r->dir = xreallocarray(r->dir, r->cap, sizeof(*r->dir));
	}
	r->t[r->n] = t;
	r->dir[r->n++] = (int8_t)dir;
}

static void
decoded(struct steps_record *r, uint32_t now)
{
	if (r->n_clock == r->cap_clock) {
		r->cap_clock = r->cap_clock * 2 + 1024;
		r->clock =
		    xreallocarray(r->clock, r->cap_clock, sizeof(*r->clock));
		r->clock_dir = xreallocarray(
		    r->clock_dir, r->cap_clock, sizeof(*r->clock_dir));
	}
	if (now < r->now)
		r->high += (uint64_t)1 << 32;
	r->now = now;
	r->clock[r->n_clock] = r->high + now;
	r->clock_dir[r->n_clock++] = (int8_t)r->latched;
}

static void
breach(struct steps_record *r, const char *what)
{
	if (r->trouble == NULL)
		r->trouble = what;
}

/* As a chip executes it: interval += add between steps, all modulo 2^32. */
void
steps_record_command(void *ctx, const struct step_command *c)
{
	struct steps_record *r = ctx;
	uint32_t interval = c->interval, now = r->now;

	r->commands++;
	if (c->count == 0)
		breach(r, "count is 0");
	if (c->dir_changed)
		r->latched = c->dir;
	if (r->latched != c->dir)
		breach(r, "direction was not announced");
	/* skipped wraps of the clock: only the absolute clocks tell */
	if (c->first_clock - (r->high + r->now) >= (uint64_t)1 << 32) {
		if (c->count != 1)
			breach(r, "a long gap does not travel alone");
		r->high = (c->first_clock - 1) & ~(uint64_t)0xffffffff;
		if ((uint32_t)c->first_clock != (uint32_t)(now + interval))
			breach(r, "interval modulo 2^32 is wrong");
		if ((uint32_t)c->first_clock == 0)
			r->high += (uint64_t)1 << 32;
		r->now = 0;
	}
	if (c->cubic) {
		struct cubic_steps s = {.wake = now};

		cubic_load(&s, (uint8_t)r->cubic_bits, c->first, interval,
		    c->cubic_add, c->cubic_add2);
		for (int i = 0; i < c->count; i++) {
			decoded(r, s.wake);
			if (i == 0 &&
			    r->clock[r->n_clock - 1] != c->first_clock)
				breach(r, "first_clock is not the first step");
			cubic_next(&s, (uint8_t)r->cubic_bits);
		}
	}
	for (int i = 0; i < c->count && !c->cubic; i++) {
		if (c->count > 1 && interval >= (uint32_t)1 << 31)
			breach(r, "interval of 2^31 or more in a segment");
		now += interval;
		decoded(r, now);
		interval += (uint32_t)c->add;
		if (i == 0 && r->clock[r->n_clock - 1] != c->first_clock)
			breach(r, "first_clock is not what the chip does");
	}
	if (r->clock[r->n_clock - 1] != c->last_clock)
		breach(r, "last_clock is not what the chip does");
}

const char *
steps_record_verify(const struct steps_record *r, double max_error_s,
    double *max, double *mean_sq)
{
	static char text[120];
	double sum = 0;

	*max = *mean_sq = 0;
	if (r->trouble != NULL)
		return r->trouble;
	if (r->n != r->n_clock) {
		snprintf(text, sizeof(text), "%zu steps became %zu", r->n,
		    r->n_clock);
		return text;
	}
	for (size_t i = 0; i < r->n; i++) {
		double d = (double)r->clock[i] / r->freq - r->t[i];
		double w = max_error_s;

		if (i > 0)
			w = fmin(w, (r->t[i] - r->t[i - 1]) / 2);
		if (i + 1 < r->n)
			w = fmin(w, (r->t[i + 1] - r->t[i]) / 2);
		if (w * r->freq < 1)
			w = 1 / r->freq;
		if (fabs(d) > w + 1e-12 + 1e-15 * r->t[i] ||
		    r->dir[i] != r->clock_dir[i] ||
		    (i > 0 && r->clock[i] <= r->clock[i - 1])) {
			snprintf(text, sizeof(text),
			    "step %zu at %.9f is %.9f off, allowed %.9f", i,
			    r->t[i], d, w);
			return text;
		}
		*max = fmax(*max, fabs(d));
		sum += d * d;
	}
	if (r->n > 0)
		*mean_sq = sum / (double)r->n;
	return NULL;
}

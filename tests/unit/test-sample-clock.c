/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sensors whose clocks drift, boards that answer late, memory that ran over. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "cmd/stepstream/sample-clock.h"
#include "tests/unit/tap.h"

#define FREQ 180e6
#define RATE 3207.9

enum {
	SECONDS = 650,
};

struct sensor {
	double wander; /* part of its rate, over 150 s */
	double lost;   /* samples, when a third is over */
	int late;      /* every so many answers are 4 ms late */
};

/* when sample n is taken, s, by steps of one answer */
static double
taken_s(const struct sensor *s, double n)
{
	double w = 2 * NUM_PI / 150, t = n / RATE;

	return t + s->wander / w * (1 - cos(w * t));
}

/* answers as a board gives them: whole samples, ten times a second */
static void
listen(const struct sensor *s, struct sample_clock *c)
{
	memset(c, 0, sizeof(*c));
	for (int i = 1; i < 10 * SECONDS; i++) {
		double now = i * 0.1 + 0.0137 * (i % 7), n = now * RATE;
		bool over = s->lost > 0 && now > SECONDS / 3.0;
		struct sample_point p = {
		    .took = 3000 + 40 * (i % 5), .overflows = over};

		/* the last sample before now */
		for (int k = 0; k < 6; k++)
			n += (now - taken_s(s, n)) * RATE;
		n = floor(n) - (over ? s->lost : 0);
		p.n = n + 0.5;
		p.clock = now * FREQ + p.took / 2;
		if (s->late && i % s->late == 0) {
			p.took += 0.004 * FREQ;
			p.clock += 0.004 * FREQ;
		}
		sample_clock_add(c, &p);
	}
}

/* the farthest that any sample's time is off, ms */
static double
farthest_ms(const struct sensor *s, struct sample_clock *c)
{
	double far = 0, cut = SECONDS / 3.0;
	size_t hint = 0;

	if (sample_clock_solve(c) != 0)
		return HUGE_VAL;
	for (double n = 0; n < SECONDS * RATE - 1000; n += 37) {
		double t = sample_clock_at(c, n, &hint) / FREQ;
		double want = taken_s(s, n);

		/* within one answer of the cut nobody knows where it is */
		if (s->lost > 0 && fabs(want - cut) < 0.3)
			continue;
		if (s->lost > 0 && want > cut)
			want = taken_s(s, n + s->lost);
		far = fmax(far, fabs(t - want) * 1e3);
	}
	return far;
}

static void
check(const struct sensor *s, double limit_ms, const char *what)
{
	struct sample_clock c;
	double far;

	listen(s, &c);
	far = farthest_ms(s, &c);
	ok(far < limit_ms, "%s: off by %.3f ms at most", what, far);
	sample_clock_release(&c);
}

int
main(void)
{
	struct sample_clock c = {0};
	struct sample_point p = {100, 1e6, 3000, 0};

	check(&(struct sensor){0}, 0.1, "an even clock");
	/* one line through this is 40 ms off */
	check(&(struct sensor){.wander = 0.002}, 0.2, "one that wanders");
	check(
	    &(struct sensor){.wander = 0.002, .late = 9}, 0.2, "late answers");
	check(&(struct sensor){.wander = 0.002, .lost = 53}, 0.2,
	    "a memory that ran over");
	ok(sample_clock_solve(&c) != 0, "no answers are no clock");
	sample_clock_add(&c, &p);
	ok(sample_clock_solve(&c) != 0, "nor is one");
	sample_clock_add(&c, &p);
	is_int(c.n, 1, "an answer that says nothing new is left out");
	p.n += 320;
	p.clock += 0.1 * FREQ;
	sample_clock_add(&c, &p);
	ok(sample_clock_solve(&c) == 0, "two are");
	{
		size_t hint = 0;

		is_near(sample_clock_at(&c, 740, &hint), 1e6 + 0.2 * FREQ, 1,
		    "and go on beyond both");
	}
	sample_clock_release(&c);
	return done_testing();
}

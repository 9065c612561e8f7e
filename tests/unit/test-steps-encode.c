/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands stay inside their windows, whatever the clocks, and none could
 * be longer. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "motion/steps_encode.h"
#include "tests/unit/steps-record.h"
#include "tests/unit/tap.h"

#define FREQ  16e6
#define ERROR (STEP_MAX_ERROR_S * FREQ)

static uint64_t seed;

/* xorshift: the same numbers everywhere */
static double
uniform(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (double)(seed >> 11) / 9007199254740992.0;
}

static struct step_encoder enc;
static struct steps_record rec;
static bool cubic; /* third-order commands, on fewer steps */

static void
begin(uint64_t s)
{
	seed = s * 0x9e3779b97f4a7c15u + 1;
	steps_record_init(&rec, FREQ);
	encoder_init(&enc);
	enc.error = ERROR;
	enc.emit = steps_record_command;
	enc.ctx = &rec;
	enc.dir = 1;
	enc.cubic = cubic;
	enc.cubic_bits = rec.cubic_bits = 8;
}

static void
end(const char *what)
{
	double max, mean_sq;
	const char *why;

	encode_all(&enc, HUGE_VAL);
	why = steps_record_verify(&rec, STEP_MAX_ERROR_S, &max, &mean_sq);
	ok(why == NULL, "%s (%s)", what, why ? why : "decoded");
	ok(why != NULL || fabs(max * FREQ - enc.error_max) < 1e-3,
	    "%s: the reported error is the true one", what);
	printf("# %s: %zu steps, %llu commands, largest %.3f us, rms %.3f us\n",
	    what, rec.n, (unsigned long long)rec.commands, max * 1e6,
	    sqrt(mean_sq) * 1e6);
	encoder_release(&enc);
	steps_record_release(&rec);
}

static void
step(double clock, int dir)
{
	steps_record_exact(&rec, clock / FREQ, dir);
	if (enc.n > enc.head &&
	    (dir != enc.dir || clock - enc.clock[enc.n - 1] >= ENCODE_GAP))
		encode_all(&enc, clock);
	enc.dir = dir;
	encoder_room(&enc);
	enc.clock[enc.n++] = clock;
	if (enc.n - enc.head >= ENCODE_BATCH)
		encode_steps(&enc);
}

static void
test_random(void)
{
	double c = 4e6;

	begin(1);
	for (int i = 0; i < (cubic ? 20000 : 200000); i++) {
		double u = uniform();

		c += 20 + pow(uniform(), 4) * 1e5;
		step(c, u < 0.02 ? -1 : 1);
	}
	end("random gaps");

	begin(2);
	for (int i = 0; i < (cubic ? 20000 : 100000); i++) {
		c += 1 + uniform() * 3;
		step(c, uniform() < 0.5 ? -1 : 1);
	}
	end("dense reversals");

	begin(3);
	c = 1000;
	for (int i = 0; i < (cubic ? 7000 : 70000); i++) {
		c += 1;
		step(c, 1);
	}
	if (!cubic)
		is_int(rec.commands, 2, "a full command leaves before the end");
	end("one tick apart");

	begin(4);
	c = 1000;
	for (int i = 0; i < 5000; i++) {
		c += exp(uniform() * 24);
		step(c, uniform() < 0.1 ? -1 : 1);
	}
	end("gaps from one tick to 2^34");

	begin(5);
	c = 4294967296.0 - 500000;
	for (int i = 0; i < 3000; i++) {
		c += 333.25 + 100 * sin(i * 0.01);
		step(c, 1);
	}
	end("across the wrap of the clock");
}

static void
test_smooth(void)
{
	begin(6);
	for (int i = 1; i < (cubic ? 20000 : 100000); i++)
		step(1e6 + i * 1234.567, 1);
	end("steady speed");

	begin(7);
	for (int i = 0; i < (cubic ? 20000 : 100000); i++)
		step(1e6 + 1e5 * sqrt(i + 0.5), 1);
	end("from rest");

	begin(8);
	for (int i = 0; i < (cubic ? 10000 : 40000); i++)
		step(1e6 + i * 900 + 80000 * sin(i * 0.003), 1);
	end("swinging speed");
}

/* Clocks on a cubic are one command, whatever its end. */
static void
test_cubic(void)
{
	begin(10);
	for (int i = 0; i < 300; i++)
		step(1e6 + 5000.0 * i - 9 * i * i + 0.011 * i * i * i, 1);
	encode_all(&enc, HUGE_VAL);
	is_int(rec.commands, 1, "300 steps on a cubic are one command");
	ok(rec.n_clock == 300 && rec.trouble == NULL, "and 300 steps (%s)",
	    rec.trouble ? rec.trouble : "in order");
	encoder_release(&enc);
	steps_record_release(&rec);
}

/* --- no longer command exists ------------------------------------------- */

/* Steps that some (interval, add) reaches, over all adds. */
static int
brute(const double *clock, int n, double base)
{
	double error = enc.error - 2e-3; /* twice what windows lose */
	int best = 0;

	for (int add = -32768; add <= 32767; add++) {
		double min = -HUGE_VAL, max = HUGE_VAL;
		int k;

		for (k = 1; k <= n; k++) {
			double p = 0.5 * k * (k - 1) * add;

			min = fmax(min, (clock[k - 1] - error - base - p) / k);
			max = fmin(max, (clock[k - 1] + error - base - p) / k);
			if (floor(max) < min)
				break;
		}
		if (k - 1 > best)
			best = k - 1;
	}
	return best;
}

static const double *brute_clock;
static int brute_left, brute_short;
static double brute_base;

static void
brute_check(void *ctx, const struct step_command *c)
{
	(void)ctx;
	if (c->count < brute(brute_clock, brute_left, brute_base))
		brute_short++;
	brute_clock += c->count;
	brute_left -= c->count;
	brute_base = (double)c->last_clock;
}

static void
test_longest(const char *what, double (*clock)(int i), int n, double error)
{
	double *c = calloc(n, sizeof(*c));

	begin(9);
	enc.error = error;
	for (int i = 0; i < n; i++)
		c[i] = clock(i);
	brute_clock = c;
	brute_left = n;
	brute_base = 0;
	brute_short = 0;
	enc.emit = brute_check;
	for (int i = 0; i < n; i++)
		step(c[i], 1);
	encode_all(&enc, HUGE_VAL);
	is_int(brute_short, 0,
	    "%s, %g ticks: no slope reaches further, of all 65536", what,
	    error);
	encoder_release(&enc);
	steps_record_release(&rec);
	free(c);
}

static double
clock_jitter(int i)
{
	return 1e6 + i * 2000.0 + 900 * uniform();
}

static double
clock_ramp(int i)
{
	return 1e6 + 5e4 * sqrt(i + 0.5);
}

static double
clock_corner(int i)
{
	return 1e6 + i * 1777.3 + (i % 37) * 30.0 + 50 * uniform();
}

/* Where whole numbers decide, not the windows. */
static double
clock_steady(int i)
{
	return 1e6 + i * 1500.3;
}

static double
clock_swing(int i)
{
	return 1e6 + i * 1500.0 + 20000 * sin(i * 0.02);
}

int
main(void)
{
	test_random();
	test_smooth();
	cubic = true;
	test_random();
	test_smooth();
	test_cubic();
	cubic = false;
	test_longest("jitter", clock_jitter, 20, ERROR);
	test_longest("ramp", clock_ramp, 60, ERROR);
	test_longest("corners", clock_corner, 40, ERROR);
	test_longest("swing", clock_swing, 60, ERROR);
	test_longest("long ramp", clock_ramp, 90, 5 * ERROR);
	test_longest("long swing", clock_swing, 90, 2.5 * ERROR);
	for (double error = 1.1; error < 30; error *= 3) {
		test_longest("steady", clock_steady, 70, error);
		test_longest("swing", clock_swing, 40, error);
	}
	return done_testing();
}

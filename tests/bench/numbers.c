/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bench row: the numbers of a sliced file, ours against strtod(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"

enum {
	NUMBERS = 100000,
	ROUNDS = 50,
	WIDTH = 16
};

static char text[NUMBERS][WIDTH];
static size_t len[NUMBERS];

static double
ns_each(double (*pass)(void), double *sum)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = clock_cpu_ns(), took;

		*sum = pass();
		took = clock_cpu_ns() - start;
		best = took < best ? took : best;
	}
	return (double)best / NUMBERS;
}

static double
ours(void)
{
	double sum = 0, v = 0;

	for (int i = 0; i < NUMBERS; i++) {
		if (num_parse_decimal(text[i], len[i], &v))
			abort();
		sum += v;
	}
	return sum;
}

static double
libc(void)
{
	double sum = 0;

	for (int i = 0; i < NUMBERS; i++)
		sum += strtod(text[i], NULL);
	return sum;
}

int
main(void)
{
	double a, b, own_ns, libc_ns;
	uint32_t x = 1;

	/* coordinates with three decimals, extrusion with five */
	for (int i = 0; i < NUMBERS; i++) {
		x = x * 1664525 + 1013904223;
		if (i % 3 == 2)
			snprintf(text[i], WIDTH, "%u.%05u", x >> 31,
			    (x >> 8) % 100000);
		else
			snprintf(text[i], WIDTH, "%u.%03u", (x >> 24) % 220,
			    (x >> 8) % 1000);
		len[i] = strlen(text[i]);
	}
	own_ns = ns_each(ours, &a);
	libc_ns = ns_each(libc, &b);
	printf(
	    "one number of a G-code line\t%.1f ns\tthe same sum as strtod(), "
	    "%.1f ns: %s\n",
	    own_ns, libc_ns, a == b ? "yes" : "NO");
	return a == b ? 0 : 1;
}

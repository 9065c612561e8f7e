/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings of RepRapFirmware: no time, g, the rate in the last line. */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "data-private.h"

enum {
	SAMPLES_MAX = 1 << 20, /* the firmware writes at most 65535 */
};

struct duet {
	int axes, to[3];
	float *a; /* axes a sample */
	size_t n, alloc;
	double rate_hz;
};

/* "Sample,X,Z" */
static int
header(
    const struct data_reader *r, const char *text, size_t len, struct duet *d)
{
	const char *p = text + strlen("Sample,"), *end = text + len;

	while (p < end) {
		int axis = *p >= 'X' && *p <= 'Z' ? *p - 'X' : -1;

		if (axis < 0 || d->axes == 3 || (p + 1 < end && p[1] != ','))
			return input_error(r->in, (size_t)(p - text) + 1,
			    "format", "an axis X, Y or Z is missing here");
		d->to[d->axes++] = axis;
		p += p + 1 < end ? 2 : 1;
	}
	if (d->axes == 0)
		return input_error(r->in, len + 1, "format",
		    "an axis X, Y or Z is missing here");
	return 0;
}

/* "Rate 1344, overflows 0" */
static int
rate(const struct data_reader *r, const char *text, size_t len, struct duet *d)
{
	const char *from = text + strlen("Rate "), *end = text + len;
	const char *stop = memchr(from, ',', (size_t)(end - from));

	if (num_parse_double(
		from, (size_t)((stop ? stop : end) - from), &d->rate_hz) ||
	    !(d->rate_hz >= 1 && d->rate_hz <= 1e6))
		return input_error(r->in, strlen("Rate ") + 1, "number",
		    "'%.*s' is not a rate in Hz",
		    (int)((stop ? stop : end) - from), from);
	return 0;
}

static int
row(struct data_reader *r, const char *text, size_t len, bool whole,
    struct duet *d)
{
	double v[4];

	if (data_fields(r->in, text, len, whole, d->axes + 1, v) != 0)
		return -1;
	if (v[0] != (double)d->n)
		return input_error(r->in, 1, "time-order",
		    "sample %g where %zu belongs", v[0], d->n);
	if (d->n == SAMPLES_MAX)
		return input_error(
		    r->in, 1, "range", "more than %d samples", SAMPLES_MAX);
	ALLOC_GROW(d->a, (d->n + 1) * (size_t)d->axes, d->alloc);
	for (int k = 0; k < d->axes; k++) {
		if (!(v[k + 1] > -100 && v[k + 1] < 100))
			return input_error(
			    r->in, 1, "range", "%g is beyond 100 g", v[k + 1]);
		d->a[d->n * (size_t)d->axes + (size_t)k] = (float)v[k + 1];
	}
	d->n++;
	return 0;
}

static int
hand_on(struct data_reader *r, const struct duet *d)
{
	if (r->h->begin(r->h, NULL) != 0)
		return -1;
	for (size_t i = 0; i < d->n; i++) {
		double a[3] = {0};

		for (int k = 0; k < d->axes; k++)
			a[d->to[k]] =
			    (double)d->a[i * (size_t)d->axes + (size_t)k] *
			    GRAVITY_MM_S2;
		if (data_emit(r, (double)i / d->rate_hz, a) != 0)
			return -1;
	}
	return data_flush(r) != 0 ? -1 : r->h->end(r->h);
}

int
data_read_duet(struct data_reader *r, const char *text, size_t len)
{
	struct duet d = {0};
	bool whole;
	int status = header(r, text, len, &d), more;

	while (status == 0 &&
	       (more = input_next(r->in, &text, &len, &whole)) != 0) {
		if (more < 0)
			status = -1;
		else if (len == 0 || *text == '#')
			continue;
		else if (d.rate_hz > 0)
			status = input_error(
			    r->in, 1, "format", "more lines after the rate");
		else if (len > 5 && memcmp(text, "Rate ", 5) == 0)
			status = rate(r, text, len, &d);
		else
			status = row(r, text, len, whole, &d);
	}
	if (status == 0 && d.rate_hz == 0)
		status = input_error(r->in, 0, "truncated",
		    "the last line, 'Rate N, overflows M', is missing");
	if (status == 0)
		status = hand_on(r, &d);
	free(d.a);
	return status;
}

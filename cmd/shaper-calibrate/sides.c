/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two recordings side by side: belts A and B, or before and after. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "belts.h"
#include "cli/cli.h"

/* peaks of less than this of the highest are not compared */
#define LEAST	 0.1
#define APART_HZ 4.0

/* modes are compared where both could be fitted, peaks where not */
static void
modes_as_peaks(const struct side *s, struct peaks *p)
{
	memset(p, 0, sizeof(*p));
	for (int k = 0; k < s->id.modes.n; k++) {
		const struct mode *m = &s->id.modes.mode[k];
		struct response h = modes_response(&s->id.modes, m->freq_hz);

		p->v[p->n++] = (struct peak){m->freq_hz, hypot(h.re, h.im)};
	}
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Usual distances count, wild ones do not: the median and half again the
 * middle half's spread, at most 10 Hz. */
static double
pair_limit(const struct peaks *a, const struct peaks *b)
{
	double d[PEAKS_MAX * PEAKS_MAX];
	size_t n = 0;

	for (int i = 0; i < a->n; i++)
		for (int k = 0; k < b->n; k++)
			d[n++] = fabs(a->v[i].freq_hz - b->v[k].freq_hz);
	if (n == 0)
		return 0;
	qsort(d, n, sizeof(*d), compare);
	return fmin(10, d[n / 2] + 1.5 * (d[3 * n / 4] - d[n / 4])) + 1;
}

/* likeness, less what pairs and lone peaks take away */
static double
health_of(const struct sides *s)
{
	const struct peaks *a = &s->side[0].peaks, *b = &s->side[1].peaks;
	double health = s->similarity, top = 1e-300;
	int pair[PEAKS_MAX], pairs = 0;
	bool paired_b[PEAKS_MAX] = {false};

	peaks_pair(a, b, pair_limit(a, b), pair);
	for (int i = 0; i < a->n; i++)
		top = fmax(top, a->v[i].height);
	for (int i = 0; i < b->n; i++)
		top = fmax(top, b->v[i].height);
	for (int i = 0; i < a->n; i++) {
		if (pair[i] >= 0) {
			pairs++;
			paired_b[pair[i]] = true;
		}
	}
	if (pairs >= 2)
		health *= 2.0 / pairs;
	for (int i = 0; i < a->n; i++)
		if (pair[i] < 0)
			health -= 30 * a->v[i].height / top;
	for (int k = 0; k < b->n; k++)
		if (!paired_b[k])
			health -= 30 * b->v[k].height / top;
	return fmin(fmax(health, 0), 100);
}

const char *
belts_verdict(double health)
{
	return health > 70   ? "excellent"
	       : health > 55 ? "good"
	       : health > 45 ? "acceptable"
	       : health > 30 ? "perhaps a problem"
	       : health > 15 ? "probably a problem"
			     : "a problem";
}

int
sides_load(struct sides *s, char *const path[2],
    const struct identify_options options[2])
{
	int status;

	memset(s, 0, sizeof(*s));
	for (int i = 0; i < 2; i++) {
		struct recording_options o = {
		    .spectrogram = true, .identify = &options[i]};

		status = recordings_load(&s->list, path[i], &o, cli_sink());
		if (status != EXIT_DONE)
			return status;
		if (s->list.n != i + 1) {
			cli_warn("%s: %d recordings instead of one", path[i],
			    s->list.n - i);
			return EXIT_BAD_DATA;
		}
	}
	for (int i = 0; i < 2; i++) {
		struct side *side = &s->side[i];

		side->r = &s->list.v[i];
		spectrum_copy(&side->shown, &side->r->spectrum);
		peaks_find(&side->shown, side->shown.psd[AXIS_SUM], LEAST,
		    APART_HZ, 10, 200, &side->peaks);
		side->id = *side->r->identified;
		side->fitted = side->id.result == IDENTIFY_MODES;
	}
	for (int i = 0; i < 2; i++) {
		if (s->side[0].fitted && s->side[1].fitted)
			modes_as_peaks(&s->side[i], &s->side[i].modes);
		else
			s->side[i].modes = s->side[i].peaks;
	}
	s->similarity = peaks_similarity(&s->side[0].shown, &s->side[1].shown);
	s->limit_hz = pair_limit(&s->side[0].modes, &s->side[1].modes);
	peaks_pair(&s->side[0].modes, &s->side[1].modes, s->limit_hz, s->pair);
	s->health = health_of(s);
	return EXIT_DONE;
}

void
sides_release(struct sides *s)
{
	for (int i = 0; i < 2; i++)
		spectrum_release(&s->side[i].shown);
	recordings_release(&s->list);
}

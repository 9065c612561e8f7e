/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peaks of a curve, and how alike two curves are. */
#include "peaks.h"

#include <math.h>
#include <string.h>

static double
top_of(const struct spectrum *s, const double *c, size_t k, double *height)
{
	double l = log(c[k - 1] + 1e-300), m = log(c[k] + 1e-300);
	double r = log(c[k + 1] + 1e-300), bend = l - 2 * m + r, at;

	at = bend < 0 ? 0.5 * (l - r) / bend : 0;
	*height = exp(m - 0.25 * (l - r) * at);
	return s->freq_hz[k] +
	       at * 0.5 * (s->freq_hz[k + 1] - s->freq_hz[k - 1]);
}

static bool
room(const struct peaks *p, double f, double apart)
{
	for (int i = 0; i < p->n; i++)
		if (fabs(p->v[i].freq_hz - f) < apart)
			return false;
	return true;
}

void
peaks_find(const struct spectrum *s, const double *c, double least,
    double apart, double min_hz, double max_hz, struct peaks *p)
{
	double highest = 0;

	memset(p, 0, sizeof(*p));
	for (size_t k = 0; k < s->n; k++)
		if (s->freq_hz[k] >= min_hz && s->freq_hz[k] <= max_hz)
			highest = fmax(highest, c[k]);
	while (p->n < PEAKS_MAX) {
		struct peak best = {0, 0};

		for (size_t k = 1; k + 1 < s->n; k++) {
			double f, height;

			if (s->freq_hz[k] < min_hz || s->freq_hz[k] > max_hz ||
			    c[k] < least * highest || c[k] <= c[k - 1] ||
			    c[k] < c[k + 1] || c[k] <= best.height)
				continue;
			f = top_of(s, c, k, &height);
			if (room(p, f, apart))
				best = (struct peak){f, height};
		}
		if (best.height <= 0)
			break;
		p->v[p->n++] = best;
	}
	for (int i = 0; i < p->n; i++)
		for (int k = i + 1; k < p->n; k++)
			if (p->v[k].freq_hz < p->v[i].freq_hz) {
				struct peak t = p->v[i];

				p->v[i] = p->v[k];
				p->v[k] = t;
			}
}

double
peaks_similarity(const struct spectrum *a, const struct spectrum *b)
{
	enum {
		POINTS = 500
	};
	double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0, r;

	for (int i = 0; i < POINTS; i++) {
		double f = 200.0 * i / (POINTS - 1);
		double x = spectrum_at(a, a->psd[AXIS_SUM], f);
		double y = spectrum_at(b, b->psd[AXIS_SUM], f);

		sa += x;
		sb += y;
		aa += x * x;
		bb += y * y;
		ab += x * y;
	}
	r = (ab - sa * sb / POINTS) /
	    sqrt((aa - sa * sa / POINTS) * (bb - sb * sb / POINTS));
	return r > 0 ? fmin(100 * r, 100) : 0;
}

void
peaks_pair(const struct peaks *a, const struct peaks *b, double limit_hz,
    int pair[PEAKS_MAX])
{
	bool taken[PEAKS_MAX] = {false};

	for (int i = 0; i < PEAKS_MAX; i++)
		pair[i] = -1;
	for (;;) {
		double least = limit_hz;
		int at = -1, with = -1;

		for (int i = 0; i < a->n; i++)
			for (int k = 0; k < b->n; k++) {
				double d =
				    fabs(a->v[i].freq_hz - b->v[k].freq_hz);

				if (pair[i] < 0 && !taken[k] && d <= least) {
					least = d;
					at = i;
					with = k;
				}
			}
		if (at < 0)
			return;
		pair[at] = with;
		taken[with] = true;
	}
}

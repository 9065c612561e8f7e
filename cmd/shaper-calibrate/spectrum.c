/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power spectral densities: the four curves of one recording. */
#include "spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void
spectrum_alloc(struct spectrum *s, size_t n)
{
	memset(s, 0, sizeof(*s));
	s->n = n;
	s->freq_hz = xcalloc(n ? n : 1, sizeof(double));
	for (int i = 0; i < CURVES; i++)
		s->psd[i] = xcalloc(n ? n : 1, sizeof(double));
}

void
spectrum_copy(struct spectrum *to, const struct spectrum *from)
{
	spectrum_alloc(to, from->n);
	memcpy(to->freq_hz, from->freq_hz, from->n * sizeof(double));
	for (int i = 0; i < CURVES; i++)
		memcpy(to->psd[i], from->psd[i], from->n * sizeof(double));
	to->step_hz = from->step_hz;
	to->has_axes = from->has_axes;
	to->normalised = from->normalised;
}

void
spectrum_release(struct spectrum *s)
{
	free(s->freq_hz);
	for (int i = 0; i < CURVES; i++)
		free(s->psd[i]);
	memset(s, 0, sizeof(*s));
}

void
spectrum_cut(struct spectrum *s, double max_hz)
{
	while (s->n > 0 && s->freq_hz[s->n - 1] > max_hz)
		s->n--;
}

void
spectrum_normalise(struct spectrum *s)
{
	for (size_t k = 0; k < s->n; k++) {
		double f = s->freq_hz[k], scale = 1 / (f + 0.1);
		double r = 10 / (f + 0.1); /* 10: twice the lowest, 5 Hz */

		if (f < 10)
			scale *= exp(1 - r * r);
		for (int i = 0; i < CURVES; i++)
			s->psd[i][k] *= scale;
	}
	s->normalised = true;
}

double
spectrum_at(const struct spectrum *s, const double *curve, double f)
{
	size_t lo = 0, hi = s->n;
	double span;

	if (s->n == 0)
		return 0;
	/* the last bin at or below f */
	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (s->freq_hz[mid] <= f)
			lo = mid;
		else
			hi = mid;
	}
	if (f <= s->freq_hz[lo] || lo + 1 == s->n)
		return curve[lo];
	span = s->freq_hz[lo + 1] - s->freq_hz[lo];
	return curve[lo] +
	       (curve[lo + 1] - curve[lo]) * (f - s->freq_hz[lo]) / span;
}

size_t
spectrum_peak(const struct spectrum *s, const double *curve, double min_hz)
{
	size_t best = 0;
	double top = -1;

	for (size_t k = 0; k < s->n; k++) {
		if (s->freq_hz[k] >= min_hz && curve[k] > top) {
			top = curve[k];
			best = k;
		}
	}
	return best;
}

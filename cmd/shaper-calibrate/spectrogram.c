/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power over time and frequency, in a fixed amount of memory. */
#include "spectrogram.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void
spectrogram_init(struct spectrogram *s, size_t bins)
{
	memset(s, 0, sizeof(*s));
	s->bins = bins;
	s->each = 1;
	s->power = xcalloc(bins * SPECTROGRAM_COLUMNS, sizeof(float));
}

void
spectrogram_release(struct spectrogram *s)
{
	free(s->power);
	memset(s, 0, sizeof(*s));
}

static void
halve(struct spectrogram *s)
{
	for (size_t c = 0; c < SPECTROGRAM_COLUMNS / 2; c++) {
		const float *a = s->power + 2 * c * s->bins;

		for (size_t k = 0; k < s->bins; k++)
			s->power[c * s->bins + k] = (a[k] + a[s->bins + k]) / 2;
	}
	s->columns = SPECTROGRAM_COLUMNS / 2;
	s->each *= 2;
}

void
spectrogram_add(struct spectrogram *s, const double *power)
{
	float *column;

	if (s->part == 0) {
		if (s->columns == SPECTROGRAM_COLUMNS)
			halve(s);
		column = s->power + s->columns++ * s->bins;
		memset(column, 0, s->bins * sizeof(*column));
	}
	column = s->power + (s->columns - 1) * s->bins;
	for (size_t k = 0; k < s->bins; k++)
		column[k] += (float)(power[k] / (double)s->each);
	s->part = (s->part + 1) % s->each;
}

void
spectrogram_finish(struct spectrogram *s, double scale)
{
	for (size_t c = 0; c < s->columns; c++) {
		double fix = c + 1 == s->columns && s->part
				 ? (double)s->each / (double)s->part
				 : 1;

		for (size_t k = 0; k < s->bins; k++)
			s->power[c * s->bins + k] *= (float)(fix * 2 / scale);
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power over time and frequency, in a fixed amount of memory. */
#ifndef GANTRY_SHAPER_SPECTROGRAM_H
#define GANTRY_SHAPER_SPECTROGRAM_H

#include <stddef.h>

/*
 * At most SPECTROGRAM_COLUMNS columns: when they are full, neighbours are
 * averaged and each column stands for twice as many segments from then on.
 */
enum {
	SPECTROGRAM_COLUMNS = 1024,
};

struct spectrogram {
	size_t bins, columns;
	size_t each;  /* segments a full column stands for */
	size_t part;  /* segments in the last, unfinished column */
	float *power; /* column major, (mm/s2)^2/Hz once scaled */
	double step_hz, step_s, start_s;
};

void spectrogram_init(struct spectrogram *, size_t bins);
void spectrogram_release(struct spectrogram *);
void spectrogram_add(struct spectrogram *, const double *power);
/* divides by scale and drops nothing: the last column may be partial */
void spectrogram_finish(struct spectrogram *, double scale);

#endif

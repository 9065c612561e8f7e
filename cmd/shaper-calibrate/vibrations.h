/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A speed scan: how loud the machine is at every speed and angle. */
#ifndef GANTRY_SHAPER_VIBRATIONS_H
#define GANTRY_SHAPER_VIBRATIONS_H

#include <stddef.h>

#include "recording.h"

enum {
	SCAN_ANGLES = 360, /* of the map: one a degree */
	SCAN_PER_SPEED = 6,
	SCAN_BANDS_MAX = 32,
};

struct band {
	double from, to, level;
};

struct scan {
	bool corexy;
	int n_speeds;
	double *speed; /* mm/s, rising */
	double angle[2];
	double *energy[2]; /* at the two measured angles, by speed */
	/* the map: rows of angles, columns of speeds */
	size_t columns;
	double low_speed, high_speed;
	float *map;
	double *least, *most, *metric; /* over the angles, by column */
	double *by_angle;	       /* SCAN_ANGLES */
	int n_avoid;
	double avoid[SCAN_BANDS_MAX];
	int n_good;
	struct band good[SCAN_BANDS_MAX];
	double symmetry; /* percent */
	double motor_freq_hz;
	struct spectrum motor; /* mean over all speeds and angles */
};

double scan_column_speed(const struct scan *, size_t column);
void scan_release(struct scan *);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line along which a recording moves. */
#include "direction.h"

#include <math.h>

#include "base/num.h"

void
direction_shares(const struct track *t, double along[3])
{
	double sum = 0;

	for (int k = 0; k < 3; k++) {
		double mean = 0, power = 0;

		for (size_t i = 0; i < t->n; i++)
			mean += (double)t->a[k][i] / (double)t->n;
		for (size_t i = 0; i < t->n; i++)
			power += pow((double)t->a[k][i] - mean, 2);
		along[k] = power;
		sum += power;
	}
	for (int k = 0; k < 3 && sum > 0; k++)
		along[k] /= sum;
}

/* Largest eigenvector of the covariance, by repeated squaring in effect. */
void
direction_main(const struct track *t, double d[3])
{
	double mean[3] = {0}, c[3][3] = {{0}}, v[3];

	for (int k = 0; k < 3; k++) {
		for (size_t i = 0; i < t->n; i++)
			mean[k] += (double)t->a[k][i];
		mean[k] /= (double)t->n;
	}
	for (size_t i = 0; i < t->n; i++)
		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 3; k++)
				c[j][k] += ((double)t->a[j][i] - mean[j]) *
					   ((double)t->a[k][i] - mean[k]);
	for (int k = 0; k < 3; k++)
		v[k] = c[k][k];
	for (int round = 0; round < 200; round++) {
		double w[3] = {0}, length = 0;

		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 3; k++)
				w[j] += c[j][k] * v[k];
		for (int k = 0; k < 3; k++)
			length += w[k] * w[k];
		length = sqrt(length);
		for (int k = 0; k < 3 && length > 0; k++)
			v[k] = w[k] / length;
	}
	for (int k = 0; k < 3; k++)
		d[k] = v[k];
	/* the larger component is positive */
	for (int k = 0; k < 3; k++)
		if (fabs(d[k]) > 0.5 && d[k] < 0) {
			for (int j = 0; j < 3; j++)
				d[j] = -d[j];
			break;
		}
}

void
direction_snap(double d[3])
{
	double best = cos(25 * NUM_PI / 180), found[3] = {d[0], d[1], d[2]};

	for (int i = 1; i < 27; i++) {
		double v[3] = {i % 3, i / 3 % 3, i / 9}, length = 0, dot = 0;

		for (int k = 0; k < 3; k++) {
			v[k] = v[k] > 1 ? -1 : v[k];
			length += v[k] * v[k];
		}
		for (int k = 0; k < 3; k++)
			dot += v[k] * d[k] / sqrt(length);
		if (length > 2 || dot <= best)
			continue;
		best = dot;
		for (int k = 0; k < 3; k++)
			found[k] = v[k] / sqrt(length);
	}
	for (int k = 0; k < 3; k++)
		d[k] = found[k];
}

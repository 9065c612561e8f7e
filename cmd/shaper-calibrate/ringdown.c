/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modes from free decays: what rings on when the motors stand. */
#include "ringdown.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

#define DECAY_S	   0.28 /* of each stretch that is fitted */
#define BRAKING_S  0.03 /* left out at its begin */
#define BLOCKS	   6	/* of it; each is quieter than the one before */
#define LOWEST_HZ  8.0
#define HIGHEST_HZ 200.0
#define SECOND_MIN 0.05 /* of the first one's height */

enum {
	DECAYS_MAX = 32,
	SWINGS_MAX = 2,
	COLUMNS = 2 * SWINGS_MAX + 1,
};

/* f and damping of each swing; sizes follow by linear least squares */
struct fit {
	int n;
	double f[SWINGS_MAX], z[SWINGS_MAX], height[SWINGS_MAX];
	double cost;
};

struct signal {
	const double *y;
	size_t n;
	double dt;
};

static int
solve(int n, double a[COLUMNS][COLUMNS + 1])
{
	for (int i = 0; i < n; i++) {
		int top = i;

		for (int k = i + 1; k < n; k++)
			if (fabs(a[k][i]) > fabs(a[top][i]))
				top = k;
		if (!(fabs(a[top][i]) > 0))
			return -1;
		for (int j = 0; j <= n; j++) {
			double t = a[i][j];

			a[i][j] = a[top][j];
			a[top][j] = t;
		}
		for (int k = 0; k < n; k++) {
			double r = a[k][i] / a[i][i];

			for (int j = i; j <= n && k != i; j++)
				a[k][j] -= r * a[i][j];
		}
	}
	return 0;
}

/* The best sizes for these frequencies and dampings, and what they leave. */
static double
evaluate(const struct signal *s, struct fit *f)
{
	double a[COLUMNS][COLUMNS + 1] = {{0}}, yy = 0, left;
	int n = 2 * f->n + 1;

	for (size_t i = 0; i < s->n; i++) {
		double g[COLUMNS], t = (double)i * s->dt;

		for (int k = 0; k < f->n; k++) {
			double w = 2 * NUM_PI * f->f[k];
			double d = w * sqrt(1 - f->z[k] * f->z[k]);
			double e = exp(-f->z[k] * w * t);

			g[2 * k] = e * cos(d * t);
			g[2 * k + 1] = e * sin(d * t);
		}
		g[2 * f->n] = 1;
		for (int p = 0; p < n; p++) {
			for (int q = 0; q < n; q++)
				a[p][q] += g[p] * g[q];
			a[p][n] += g[p] * s->y[i];
		}
		yy += s->y[i] * s->y[i];
	}
	{
		double b[COLUMNS];

		for (int p = 0; p < n; p++)
			b[p] = a[p][n];
		if (solve(n, a) != 0)
			return f->cost = HUGE_VAL;
		left = yy;
		for (int p = 0; p < n; p++)
			left -= b[p] * a[p][n] / a[p][p];
	}
	for (int k = 0; k < f->n; k++)
		f->height[k] = hypot(a[2 * k][n] / a[2 * k][2 * k],
		    a[2 * k + 1][n] / a[2 * k + 1][2 * k + 1]);
	return f->cost = fmax(left, 0);
}

/* Down the slope, one coordinate after the other in shrinking steps; a smooth
 * problem of at most four unknowns needs no more. */
static void
descend(const struct signal *s, struct fit *f)
{
	double step_f = 1, step_z = 0.02;

	evaluate(s, f);
	while (step_f > 1e-5) {
		bool better = false;

		for (int k = 0; k < 2 * f->n; k++) {
			for (int sign = -1; sign <= 1; sign += 2) {
				struct fit t = *f;

				if (k % 2 == 0)
					t.f[k / 2] += sign * step_f;
				else
					t.z[k / 2] += sign * step_z;
				t.z[k / 2] =
				    fmin(fmax(t.z[k / 2], 0.0005), 0.5);
				if (t.f[k / 2] < LOWEST_HZ ||
				    t.f[k / 2] > HIGHEST_HZ ||
				    !(evaluate(s, &t) < f->cost))
					continue;
				*f = t;
				better = true;
			}
		}
		if (!better) {
			step_f /= 2;
			step_z /= 2;
		}
	}
}

/* one more swing where it helps most */
static void
add_swing(const struct signal *s, struct fit *f)
{
	struct fit best = *f, t = *f;

	best.cost = HUGE_VAL;
	t.n++;
	for (double hz = LOWEST_HZ; hz <= HIGHEST_HZ; hz += 1) {
		t.f[f->n] = hz;
		t.z[f->n] = 0.03;
		if (f->n > 0 && fabs(hz - f->f[0]) < 3)
			continue;
		evaluate(s, &t);
		if (t.cost < best.cost)
			best = t;
	}
	*f = best;
	descend(s, f);
}

static void
fit_decay(const struct signal *s, struct fit *out)
{
	double n = (double)s->n;
	struct fit one = {0}, two;

	add_swing(s, &one);
	two = one;
	add_swing(s, &two);
	*out = one;
	if (n * log(two.cost / one.cost) + 4 * log(n) < -10 &&
	    two.height[1] > SECOND_MIN * two.height[0] &&
	    two.height[0] > SECOND_MIN * two.height[1] &&
	    fabs(two.f[0] - two.f[1]) > 3 && two.z[0] < 0.3 && two.z[1] < 0.3)
		*out = two;
}

static double
power(const double *y, size_t n)
{
	double sum = 0, sq = 0;

	for (size_t i = 0; i < n; i++)
		sum += y[i];
	for (size_t i = 0; i < n; i++)
		sq += pow(y[i] - sum / (double)n, 2);
	return sq / (double)n;
}

/* Does it only fade?  The power of its begin, else 0. */
static double
fades(const double *y, size_t n, double floor_power)
{
	size_t block = n / BLOCKS;
	double first = power(y, block), last = first;

	if (first < 30 * floor_power)
		return 0;
	for (size_t b = 1; b < BLOCKS; b++) {
		double p = power(y + b * block, block);

		if (p > last + 6 * floor_power)
			return 0;
		last = p;
	}
	return last < first / 6 ? first : 0;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* the quietest twentieth of all blocks: the sensor's noise */
static double
noise_floor(const double *y, size_t n, size_t block)
{
	size_t count = n / block;
	double *p = xcalloc(count + 1, sizeof(*p)), v;

	for (size_t b = 0; b < count; b++)
		p[b] = power(y + b * block, block);
	qsort(p, count, sizeof(*p), compare);
	v = p[count / 20];
	free(p);
	return v + 1e-9;
}

/* the loudest stretches that fade, none over another */
static int
find_decays(const double *y, size_t n, size_t length, size_t *start)
{
	double floor_power = noise_floor(y, n, length / BLOCKS);
	size_t steps = n > length ? (n - length) / 2 : 0;
	double *first = xcalloc(steps + 1, sizeof(*first));
	int found = 0;

	for (size_t i = 0; i < steps; i++)
		first[i] = fades(y + 2 * i, length, floor_power);
	while (found < DECAYS_MAX) {
		size_t top = 0;

		for (size_t i = 0; i < steps; i++)
			if (first[i] > first[top])
				top = i;
		if (steps == 0 || first[top] <= 0)
			break;
		start[found++] = 2 * top;
		for (size_t i = 0; i < steps; i++)
			if (2 * i + length > 2 * top &&
			    2 * i < 2 * top + length)
				first[i] = 0;
	}
	free(first);
	return found;
}

/* the mean of the swing near a frequency over the decays that have it */
static void
combine(const struct fit *f, int n, double want_hz, struct mode *m)
{
	double sf = 0, sz = 0, ff = 0, zz = 0, h = 0, c = 0;

	for (int i = 0; i < n; i++)
		for (int j = 0; j < f[i].n; j++) {
			if (fabs(f[i].f[j] - want_hz) > 0.1 * want_hz)
				continue;
			c++;
			sf += f[i].f[j];
			sz += f[i].z[j];
			ff += f[i].f[j] * f[i].f[j];
			zz += f[i].z[j] * f[i].z[j];
			h += f[i].height[j];
			break;
		}
	*m = (struct mode){.freq_hz = sf / c, .damping = sz / c};
	m->gain = h / c;
	m->coherence = c / n;
	if (c > 1) {
		m->sd_freq_hz =
		    sqrt(fmax(0, ff / c - sf / c * sf / c) / (c - 1));
		m->sd_damping =
		    sqrt(fmax(0, zz / c - sz / c * sz / c) / (c - 1));
	}
}

static void
summarise(const struct fit *f, int n, struct modes *out)
{
	int twice = 0;
	double total = 0;

	for (int i = 0; i < n; i++)
		twice += f[i].n == 2;
	for (int i = 0; i < n && out->n < (twice * 2 > n ? 2 : 1); i++) {
		if (f[i].n == 1 && twice * 2 > n)
			continue;
		for (int k = 0; k < f[i].n && k < (twice * 2 > n ? 2 : 1); k++)
			combine(f, n, f[i].f[k], &out->mode[out->n++]);
	}
	if (out->n == 2 && out->mode[0].freq_hz > out->mode[1].freq_hz) {
		struct mode m = out->mode[0];

		out->mode[0] = out->mode[1];
		out->mode[1] = m;
	}
	for (int k = 0; k < out->n; k++) {
		struct mode *m = &out->mode[k];

		m->weight = m->gain / (m->freq_hz * m->freq_hz);
		total += m->weight;
	}
	for (int k = 0; k < out->n; k++) {
		out->mode[k].weight /= total;
		out->mode[k].c0 = out->mode[k].gain = out->mode[k].weight;
	}
	out->explained = 1;
	out->misfit = 1;
}

int
ringdown_fit(
    const struct track *t, double fs_hz, const double d[3], struct modes *out)
{
	double dt = (double)t->factor / fs_hz;
	size_t length = (size_t)(DECAY_S / dt), start[DECAYS_MAX];
	double *y = xcalloc(t->n + 1, sizeof(*y));
	size_t skip = (size_t)(BRAKING_S / dt);
	struct fit fit[DECAYS_MAX];
	int n;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < t->n; i++)
		for (int k = 0; k < 3; k++)
			y[i] += d[k] * (double)t->a[k][i];
	n = find_decays(y, t->n, length, start);
	for (int i = 0; i < n; i++) {
		/* the loudest begin lies in the braking itself */
		struct signal s = {y + start[i] + skip, length - skip, dt};

		fit_decay(&s, &fit[i]);
	}
	free(y);
	if (n >= 2)
		summarise(fit, n, out);
	return n;
}

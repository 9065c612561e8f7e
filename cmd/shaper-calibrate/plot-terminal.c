/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plot for the terminal: the spectrum in blocks, the modes under it. */
#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plot.h"

enum {
	COLUMNS = 66,
	ROWS = 12,
};

#define TOP_HZ	200.0
#define DECADES 4.0

/* an eighth of a cell a step */
static const char *const blocks[9] = {" ", "\342\226\201", "\342\226\202",
    "\342\226\203", "\342\226\204", "\342\226\205", "\342\226\206",
    "\342\226\207", "\342\226\210"};

/* the highest of what falls into each column */
static double
columns_of(const struct spectrum *s, double out[COLUMNS])
{
	double top = 0;

	for (int c = 0; c < COLUMNS; c++) {
		double from = TOP_HZ * c / COLUMNS;
		double to = TOP_HZ * (c + 1) / COLUMNS;

		out[c] = spectrum_at(s, s->psd[AXIS_SUM], (from + to) / 2);
		for (size_t k = 0; k < s->n; k++)
			if (s->freq_hz[k] >= from && s->freq_hz[k] < to)
				out[c] = fmax(out[c], s->psd[AXIS_SUM][k]);
		top = fmax(top, out[c]);
	}
	return top;
}

static void
put_row(const double *height, int row, bool utf8)
{
	for (int c = 0; c < COLUMNS; c++) {
		double fill = height[c] * ROWS - row;
		int eighths = fill >= 1	  ? 8
			      : fill <= 0 ? 0
					  : (int)(fill * 8 + 0.5);

		if (utf8)
			fputs(blocks[eighths], stdout);
		else
			putchar(eighths >= 6 ? '#' : eighths >= 2 ? '.' : ' ');
	}
	putchar('\n');
}

static void
put_marks(const struct analysis *a)
{
	char line[COLUMNS + 32];

	for (int k = 0; a->n_sets > 0 && k < a->sets[0].n; k++) {
		const struct mode *m = &a->sets[0].mode[k];
		int at = (int)(m->freq_hz / TOP_HZ * COLUMNS);

		if (at < 0 || at >= COLUMNS)
			continue;
		memset(line, ' ', sizeof(line));
		snprintf(line + at, sizeof(line) - (size_t)at,
		    "^ %.1f Hz, damping %.3f", m->freq_hz, m->damping);
		printf("#        %s\n", line);
	}
}

void
plot_terminal(const struct analysis *a)
{
	const struct recording *r = &a->recordings.v[0];
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	double v[COLUMNS], top = columns_of(&r->spectrum, v);
	double high = ceil(log10(fmax(top, 1e-20)));

	for (int c = 0; c < COLUMNS; c++)
		v[c] = (log10(fmax(v[c], 1e-20)) - high + DECADES) / DECADES;
	printf("# %s, (mm/s2)^2/Hz, X + Y + Z\n", r->name);
	for (int row = ROWS - 1; row >= 0; row--) {
		if (row == ROWS - 1 || (row + 1) % 3 == 0)
			printf("# 1e%-3.0f |",
			    high - DECADES + DECADES * (row + 1) / ROWS);
		else
			printf("#       |");
		put_row(v, row, utf8);
	}
	printf("#       +");
	for (int c = 0; c < COLUMNS; c++)
		putchar((c * 8) / COLUMNS != ((c - 1) * 8) / COLUMNS || c == 0
			    ? '+'
			    : '-');
	printf("\n#        ");
	for (int i = 0; i < 8; i++)
		printf("%-*d",
		    (COLUMNS * (i + 1) + 7) / 8 - (COLUMNS * i + 7) / 8,
		    i * 25);
	printf("200 Hz\n");
	put_marks(a);
}

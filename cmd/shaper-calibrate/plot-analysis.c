/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of an analysis: spectra, response, shapers, numbers. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "chart.h"
#include "cli/cli.h"
#include "plot.h"

#define WIDTH  960
#define HEIGHT 640
#define TOP_HZ 200
#define POINTS 801

static const char *const curve_names[CURVES] = {"X", "Y", "Z", "X + Y + Z"};

static int
finish(struct page *p, const char *path)
{
	if (page_finish(p) == 0)
		return 0;
	cli_warn("%s: %s", path, strerror(errno));
	return -1;
}

/* whole decades that hold the summed curves of all recordings */
static void
decades(const struct analysis *a, double *lo, double *hi)
{
	double top = 0;

	for (int i = 0; i < a->recordings.n; i++) {
		const struct spectrum *s = &a->recordings.v[i].spectrum;

		for (size_t k = 0; k < s->n && s->freq_hz[k] <= TOP_HZ; k++)
			top = fmax(top, s->psd[AXIS_SUM][k]);
	}
	*hi = pow(10, ceil(log10(fmax(top, 1e-6))));
	*lo = *hi / 1e6;
}

static void
draw_spectra(const struct analysis *a, const struct chart *c)
{
	for (int i = 0; i < a->recordings.n; i++) {
		const struct spectrum *s = &a->recordings.v[i].spectrum;
		bool alone = a->recordings.n == 1 && s->has_axes;

		for (int k = alone ? AXIS_X : AXIS_SUM; k < CURVES; k++)
			chart_curve(c, s->freq_hz, s->psd[k], s->n,
			    k == AXIS_SUM ? 1.6 : 1, false,
			    alone ? chart_axis[k] : chart_series[i % 8]);
	}
	for (int k = 0; a->n_sets == 1 && k < a->sets[0].n; k++) {
		char text[64];

		snprintf(
		    text, sizeof(text), "%.1f Hz", a->sets[0].mode[k].freq_hz);
		chart_mark(
		    c, a->sets[0].mode[k].freq_hz, chart_black, text, k % 3);
	}
}

static void
legend_spectra(const struct analysis *a, struct page *p, double x, double y)
{
	bool alone =
	    a->recordings.n == 1 && a->recordings.v[0].spectrum.has_axes;

	for (int i = 0; i < (alone ? CURVES : a->recordings.n) && i < 10;
	     i++, y += 14) {
		const char *name =
		    alone ? curve_names[i] : a->recordings.v[i].name;
		const char *slash = strrchr(name, '/');

		page_sample(p, x, y - 3, alone && i < 3 ? 1 : 1.6, false,
		    alone ? chart_axis[i] : chart_series[i % 8]);
		page_text(p, x + 28, y, ANCHOR_LEFT, 9, false, chart_black,
		    slash ? slash + 1 : name);
	}
}

static void
draw_shapers(const struct analysis *a, const struct chart *c,
    const struct analysis_row *r, int n)
{
	double *x = xcalloc(POINTS, sizeof(*x)),
	       *y = xcalloc(POINTS, sizeof(*y));
	double z = analysis_damping(a);

	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < n; i++) {
			struct shaper s;

			if (r[i].best != (pass == 1))
				continue;
			shaper_make(r[i].type, r[i].freq_hz, r[i].damping, &s);
			for (int k = 0; k < POINTS; k++) {
				x[k] = (double)TOP_HZ * k / (POINTS - 1);
				y[k] = shaper_residual(&s, x[k], z);
			}
			chart_curve(c, x, y, POINTS, pass ? 2.4 : 1, !pass,
			    chart_series[i % 8]);
		}
	}
	free(x);
	free(y);
}

/* measured response as dots, the fit as a line, scaled to its peak */
static double
draw_response(const struct analysis *a, const struct chart *c)
{
	const struct identified *id = NULL;
	double *x, *y, top = 0;

	for (int i = 0; i < a->recordings.n && !id; i++) {
		id = a->recordings.v[i].identified;
		if (id && (id->result != IDENTIFY_MODES || id->frf.n == 0))
			id = NULL;
	}
	if (!id)
		return 0;
	x = xcalloc(id->frf.n + POINTS, sizeof(*x));
	y = xcalloc(id->frf.n + POINTS, sizeof(*y));
	for (int k = 0; k < POINTS; k++) {
		struct response h;

		x[k] = (double)TOP_HZ * k / (POINTS - 1);
		h = modes_response(&id->modes, x[k]);
		y[k] = hypot(h.re, h.im);
		top = fmax(top, y[k]);
	}
	for (int k = 0; k < POINTS; k++)
		y[k] /= top * 1.05;
	chart_curve(c, x, y, POINTS, 1.2, false, chart_grey);
	{
		size_t n = 0;

		for (size_t g = 0; g < id->frf.n; g += 2) {
			double xx = id->frf.xx[g];

			if (id->frf.freq_hz[g] > id->command.freq_end_hz ||
			    xx <= 0)
				continue;
			x[n] = id->frf.freq_hz[g];
			y[n++] = hypot(id->frf.re[g], id->frf.im[g]) / xx /
				 (top * 1.05);
		}
		chart_dots(c, x, y, n, 0.9, chart_grey, 0.5);
	}
	free(x);
	free(y);
	return top;
}

static void
legend_shapers(struct page *p, double x, double y, const struct analysis_row *r,
    int n, double amplification)
{
	char text[160];

	page_text(p, x, y, ANCHOR_LEFT, 9, true, chart_black,
	    "shaper, what it leaves, smoothing, max accel");
	for (int i = 0; i < n; i++) {
		y += 15;
		page_sample(p, x, y - 3, r[i].best ? 2.4 : 1, !r[i].best,
		    chart_series[i % 8]);
		snprintf(text, sizeof(text),
		    "%s %.1f Hz: %.1f %%, %.3f mm, %.0f", r[i].type->name,
		    r[i].freq_hz, r[i].left * 100, r[i].smoothing,
		    floor(r[i].max_accel / 10) * 10);
		page_text(
		    p, x + 28, y, ANCHOR_LEFT, 9, r[i].best, chart_black, text);
	}
	if (amplification > 0) {
		y += 18;
		page_sample(p, x, y - 3, 1.2, false, chart_grey);
		snprintf(text, sizeof(text),
		    "response: measured, fitted; peak %.1f times",
		    amplification);
		page_text(
		    p, x + 28, y, ANCHOR_LEFT, 9, false, chart_black, text);
	}
}

static void
verdict(const struct analysis *a, struct page *p, double x, double y)
{
	struct analysis_answer answer = analysis_answer(a);
	char text[200];

	if (!answer.name) {
		page_text(p, x, y, ANCHOR_LEFT, 12, true, chart_axis[0],
		    "no clear resonance");
		page_text(
		    p, x, y + 15, ANCHOR_LEFT, 9, false, chart_black, a->why);
		return;
	}
	snprintf(
	    text, sizeof(text), "%s at %.1f Hz", answer.name, answer.freq_hz);
	page_text(p, x, y, ANCHOR_LEFT, 14, true, chart_black, text);
	if (a->confidence)
		snprintf(text, sizeof(text), "damping %.3f, confidence %s",
		    answer.damping, a->confidence);
	else
		snprintf(text, sizeof(text), "by the spectra%s",
		    a->method == ANALYSIS_INCUMBENT ? ", as the incumbent does"
						    : "");
	page_text(p, x, y + 16, ANCHOR_LEFT, 9, false, chart_black, text);
	for (int k = 0; a->n_sets > 0 && k < a->sets[0].n; k++) {
		const struct mode *m = &a->sets[0].mode[k];

		snprintf(text, sizeof(text),
		    "mode %.2f Hz, damping %.4f, weight %.0f %%", m->freq_hz,
		    m->damping, m->weight * 100);
		page_text(p, x, y + 34 + 13 * k, ANCHOR_LEFT, 9, false,
		    chart_black, text);
	}
}

int
plot_analysis(const struct analysis *a, const char *path)
{
	struct page *p = page_new(path, WIDTH, HEIGHT);
	struct chart top = {p, 62, 50, 600, 230, 0, TOP_HZ, 1, 10, true};
	struct chart low = {p, 62, 330, 600, 250, 0, TOP_HZ, 0, 1, false};
	struct analysis_row r[SCORE_TYPES_MAX];
	char title[256];
	double amplification;
	int n;

	if (!p)
		return -1;
	n = analysis_rows(a, r);
	snprintf(title, sizeof(title), "Resonances: %s%s",
	    strrchr(a->recordings.v[0].name, '/')
		? strrchr(a->recordings.v[0].name, '/') + 1
		: a->recordings.v[0].name,
	    a->recordings.n > 1 ? " and others" : "");
	page_text(p, 62, 28, ANCHOR_LEFT, 14, true, chart_black, title);
	decades(a, &top.y0, &top.y1);
	chart_begin(&top, NULL, "density, (mm/s\302\262)\302\262/Hz");
	draw_spectra(a, &top);
	legend_spectra(a, p, 690, 62);
	chart_begin(&low, "frequency, Hz", "left of a mode's vibration");
	amplification = draw_response(a, &low);
	draw_shapers(a, &low, r, n);
	legend_shapers(p, 690, 345, r, n, amplification);
	verdict(a, p, 690, 200);
	return finish(p, path);
}

/* decibels between the level that a twentieth is below and the top */
static void
levels(const struct spectrogram *g, double *lo, double *hi)
{
	double top = 0, sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < g->columns * g->bins; i++) {
		double v = (double)g->power[i];

		top = fmax(top, v);
		if (v > 0) {
			sum += log10(v);
			n++;
		}
	}
	*hi = ceil(log10(fmax(top, 1e-20)));
	*lo = fmax(floor(n ? sum / (double)n : -20) - 1, *hi - 8);
}

int
plot_spectrogram(const struct analysis *a, const char *path)
{
	const struct recording *r = &a->recordings.v[0];
	const struct spectrogram *g = &r->spectrogram;
	struct page *p;
	struct chart c = {NULL, 62, 50, 780, 500, 0, TOP_HZ, 0, 1, false};
	double lo, hi;
	char low[32], high[32], title[256];
	float *v;
	size_t bins;

	if (!g->power || g->columns < 2) {
		cli_warn(
		    "%s: there is no time in it for a spectrogram", r->name);
		return -1;
	}
	p = page_new(path, WIDTH, 610);
	if (!p)
		return -1;
	c.page = p;
	c.y1 = g->start_s + g->step_s * (double)g->columns;
	bins = (size_t)fmin((double)g->bins, TOP_HZ / g->step_hz);
	c.x1 = (double)bins * g->step_hz;
	levels(g, &lo, &hi);
	v = xcalloc(bins * g->columns, sizeof(*v));
	for (size_t t = 0; t < g->columns; t++)
		for (size_t k = 0; k < bins; k++) {
			double level = log10(
			    fmax((double)g->power[t * g->bins + k], 1e-20));

			v[(g->columns - 1 - t) * bins + k] =
			    (float)((level - lo) / (hi - lo));
		}
	snprintf(title, sizeof(title), "Spectrogram: %s",
	    strrchr(r->name, '/') ? strrchr(r->name, '/') + 1 : r->name);
	page_text(p, 62, 28, ANCHOR_LEFT, 14, true, chart_black, title);
	chart_begin(&c, "frequency, Hz", "time, s");
	chart_image(&c, v, bins, g->columns);
	snprintf(low, sizeof(low), "1e%.0f", lo);
	snprintf(high, sizeof(high), "1e%.0f", hi);
	chart_image_scale(
	    &c, low, high, "(mm/s\302\262)\302\262/Hz, X + Y + Z");
	for (int k = 0; a->n_sets > 0 && k < a->sets[0].n; k++) {
		char text[32];

		snprintf(
		    text, sizeof(text), "%.1f Hz", a->sets[0].mode[k].freq_hz);
		chart_mark(&c, a->sets[0].mode[k].freq_hz,
		    (struct colour){1, 1, 1}, text, k % 3);
	}
	free(v);
	return finish(p, path);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of two recordings side by side, and of a speed scan. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "chart.h"
#include "cli/cli.h"
#include "plot.h"

#define TOP_HZ 200

static int
finish(struct page *p, const char *path)
{
	if (page_finish(p) == 0)
		return 0;
	cli_warn("%s: %s", path, strerror(errno));
	return -1;
}

static void
side_legend(const struct sides *s, const char *const names[2], struct page *p,
    double x, double y)
{
	char text[160];

	for (int i = 0; i < 2; i++, y += 15) {
		const char *name = s->side[i].r->name;
		const char *slash = strrchr(name, '/');

		page_sample(p, x, y - 3, 1.6, false, chart_series[i * 3]);
		snprintf(text, sizeof(text), "%s: %s", names[i],
		    slash ? slash + 1 : name);
		page_text(
		    p, x + 28, y, ANCHOR_LEFT, 9, false, chart_black, text);
	}
	y += 12;
	for (int i = 0; i < s->side[0].modes.n; i++) {
		if (s->pair[i] < 0)
			continue;
		snprintf(text, sizeof(text), "%c: %.2f Hz and %.2f Hz, %+.2f",
		    'a' + i, s->side[0].modes.v[i].freq_hz,
		    s->side[1].modes.v[s->pair[i]].freq_hz,
		    s->side[1].modes.v[s->pair[i]].freq_hz -
			s->side[0].modes.v[i].freq_hz);
		page_text(p, x, y, ANCHOR_LEFT, 9, false, chart_black, text);
		y += 14;
	}
	snprintf(text, sizeof(text), "similarity %.1f %%", s->similarity);
	page_text(p, x, y + 8, ANCHOR_LEFT, 11, true, chart_black, text);
}

/* pairs have letters, lone ones a question mark */
static void
mark_modes(const struct sides *s, const struct chart *c)
{
	bool taken[PEAKS_MAX] = {false};
	char text[32];

	for (int i = 0; i < s->side[0].modes.n; i++) {
		bool paired = s->pair[i] >= 0;

		if (paired)
			taken[s->pair[i]] = true;
		snprintf(text, sizeof(text), "%c", paired ? 'a' + i : '?');
		chart_mark(
		    c, s->side[0].modes.v[i].freq_hz, chart_series[0], text, 0);
		if (paired)
			chart_mark(c, s->side[1].modes.v[s->pair[i]].freq_hz,
			    chart_series[3], text, 1);
	}
	for (int k = 0; k < s->side[1].modes.n; k++)
		if (!taken[k])
			chart_mark(c, s->side[1].modes.v[k].freq_hz,
			    chart_series[3], "?", 1);
}

/* one against the other, frequency by frequency: equal ones lie on the
 * diagonal */
static void
draw_cross(const struct sides *s, const struct chart *c, double top)
{
	enum {
		N = 400
	};
	double x[N], y[N], line[2] = {0, top};

	chart_curve(c, line, line, 2, 1, true, chart_grey);
	for (int i = 0; i < N; i++) {
		double f = (double)TOP_HZ * i / (N - 1);

		x[i] = spectrum_at(
		    &s->side[0].shown, s->side[0].shown.psd[AXIS_SUM], f);
		y[i] = spectrum_at(
		    &s->side[1].shown, s->side[1].shown.psd[AXIS_SUM], f);
	}
	chart_curve(c, x, y, N, 1, false, chart_series[4]);
	chart_dots(c, x, y, N, 1.5, chart_series[4], 0.7);
}

int
plot_sides(const struct sides *s, const char *const names[2], const char *title,
    const char *path)
{
	struct page *p = page_new(path, 960, 660);
	struct chart c = {p, 66, 50, 590, 260, 0, TOP_HZ, 0, 1, false};
	struct chart cross = {p, 66, 370, 240, 240, 0, 1, 0, 1, false};
	struct chart log_c = {p, 380, 370, 276, 240, 0, TOP_HZ, 0, 1, true};
	double top = 0;

	if (!p)
		return -1;
	for (int i = 0; i < 2; i++)
		for (size_t k = 0; k < s->side[i].shown.n; k++)
			if (s->side[i].shown.freq_hz[k] <= TOP_HZ)
				top = fmax(
				    top, s->side[i].shown.psd[AXIS_SUM][k]);
	c.y1 = cross.x1 = cross.y1 = chart_top(fmax(top * 1.02, 1e-6));
	log_c.y1 = pow(10, ceil(log10(fmax(top, 1e-6))));
	log_c.y0 = log_c.y1 / 1e6;
	page_text(p, 66, 28, ANCHOR_LEFT, 14, true, chart_black, title);
	chart_begin(&c, "frequency, Hz", NULL);
	page_text(p, 66, 44, ANCHOR_LEFT, 9, false, chart_grey,
	    "density, (mm/s\302\262)\302\262/Hz, X + Y + Z");
	chart_begin(&log_c, "frequency, Hz", NULL);
	for (int i = 0; i < 2; i++) {
		const struct spectrum *sp = &s->side[i].shown;

		chart_curve(&c, sp->freq_hz, sp->psd[AXIS_SUM], sp->n, 1.6,
		    false, chart_series[i * 3]);
		chart_curve(&log_c, sp->freq_hz, sp->psd[AXIS_SUM], sp->n, 1.2,
		    false, chart_series[i * 3]);
	}
	mark_modes(s, &c);
	chart_begin(&cross, names[0], NULL);
	page_text_up(
	    p, cross.x - 52, cross.y + cross.h / 2, 10, chart_black, names[1]);
	draw_cross(s, &cross, cross.x1);
	side_legend(s, names, p, 690, 70);
	return finish(p, path);
}

/* energies as heights of 0..1 for the picture of the map */
static float *
map_picture(const struct scan *s)
{
	float *v = xcalloc(SCAN_ANGLES * s->columns, sizeof(*v)), top = 0;

	for (size_t i = 0; i < SCAN_ANGLES * s->columns; i++)
		top = s->map[i] > top ? s->map[i] : top;
	for (size_t a = 0; a < SCAN_ANGLES; a++)
		for (size_t k = 0; k < s->columns; k++)
			v[(SCAN_ANGLES - 1 - a) * s->columns + k] =
			    sqrtf(s->map[a * s->columns + k] / top);
	return v;
}

static void
scan_speeds(const struct scan *s, struct page *p)
{
	struct chart c = {
	    p, 62, 50, 560, 210, s->low_speed, s->high_speed, 0, 1, false};
	double *x = xcalloc(s->columns, sizeof(*x)), top = 0;

	for (size_t i = 0; i < s->columns; i++) {
		x[i] = scan_column_speed(s, i);
		top = fmax(top, s->most[i]);
	}
	c.y1 = chart_top(fmax(top * 1.02, 1e-6));
	for (int i = 0; i < s->n_good; i++)
		if (s->good[i].to - s->good[i].from >= 5)
			chart_band(&c, s->good[i].from, s->good[i].to,
			    chart_series[2], 0.15);
	chart_begin(&c, "speed, mm/s", NULL);
	page_text(p, 62, 44, ANCHOR_LEFT, 9, false, chart_grey,
	    "energy, (mm/s\302\262)\302\262: loudest and calmest angle; green: "
	    "good speeds");
	chart_curve(&c, x, s->most, s->columns, 1.6, false, chart_series[3]);
	chart_curve(&c, x, s->least, s->columns, 1.2, false, chart_series[0]);
	for (int i = 0; i < s->n_avoid; i++) {
		char text[32];

		snprintf(text, sizeof(text), "avoid %.0f", s->avoid[i]);
		chart_mark(&c, s->avoid[i], chart_series[3], text, i % 3);
	}
	free(x);
}

int
plot_scan(const struct scan *s, const char *path)
{
	struct page *p = page_new(path, 960, 660);
	struct chart map = {
	    p, 62, 320, 560, 280, s->low_speed, s->high_speed, 0, 360, false};
	struct chart motor = {p, 730, 320, 200, 280, 0, 300, 0, 1, false};
	struct chart angle = {p, 730, 50, 200, 210, 0, 360, 0, 1, false};
	double top = 0, x[SCAN_ANGLES];
	char text[64];
	float *v;

	if (!p)
		return -1;
	page_text(p, 62, 28, ANCHOR_LEFT, 14, true, chart_black,
	    "Vibration over speed and angle");
	scan_speeds(s, p);
	v = map_picture(s);
	chart_begin(&map, "speed, mm/s", "angle, degrees");
	chart_image(&map, v, s->columns, SCAN_ANGLES);
	chart_image_scale(&map, "calm", "loud", "");
	free(v);
	for (int i = 0; i < SCAN_ANGLES; i++) {
		x[i] = i;
		top = fmax(top, s->by_angle[i]);
	}
	angle.y1 = chart_top(fmax(top * 1.02, 1e-6));
	chart_begin(&angle, "angle, degrees", NULL);
	chart_curve(
	    &angle, x, s->by_angle, SCAN_ANGLES, 1.4, false, chart_series[4]);
	snprintf(text, sizeof(text), "symmetry %.1f %%", s->symmetry);
	page_text(p, 730, 44, ANCHOR_LEFT, 9, true, chart_black, text);
	top = 0;
	for (size_t k = 0; k < s->motor.n && s->motor.freq_hz[k] <= 300; k++)
		top = fmax(top, s->motor.psd[AXIS_SUM][k]);
	motor.y1 = chart_top(fmax(top * 1.02, 1e-6));
	chart_begin(&motor, "frequency, Hz", NULL);
	chart_curve(&motor, s->motor.freq_hz, s->motor.psd[AXIS_SUM],
	    s->motor.n, 1.2, false, chart_series[1]);
	snprintf(text, sizeof(text), "motors %.1f Hz", s->motor_freq_hz);
	chart_mark(&motor, s->motor_freq_hz, chart_black, text, 0);
	return finish(p, path);
}

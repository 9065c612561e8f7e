/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures: pages in SVG, PNG or PDF, with charts on them. */
#ifndef GANTRY_SHAPER_CHART_H
#define GANTRY_SHAPER_CHART_H

#include <stdbool.h>
#include <stddef.h>

/* The only user of cairo; built where it is there. */
struct page;

/* path ends in .svg, .png or .pdf, else NULL with one line on stderr; size in
 * points */
struct page *page_new(const char *path, double width, double height);
/* writes the file at once and frees: 0, or -1 with errno */
int page_finish(struct page *);

struct colour {
	double r, g, b;
};

extern const struct colour chart_black, chart_grey, chart_axis[4],
    chart_series[8];

enum page_anchor {
	ANCHOR_LEFT,
	ANCHOR_MIDDLE,
	ANCHOR_RIGHT,
};

void page_text(struct page *, double x, double y, enum page_anchor, double size,
    bool bold, struct colour, const char *text);
void page_text_up(struct page *, double x, double y, double size, struct colour,
    const char *text); /* rotated, centred */
void page_line(struct page *, double x0, double y0, double x1, double y1,
    double width, struct colour);
/* a short sample of a line, as in a legend */
void page_sample(struct page *, double x, double y, double width, bool dashed,
    struct colour);

/* a frame on the page that maps values to places */
struct chart {
	struct page *page;
	double x, y, w, h;     /* of the frame on the page */
	double x0, x1, y0, y1; /* values at its edges */
	bool log_y;
};

/* frame, grid, numbers; labels may be NULL */
void chart_begin(
    const struct chart *, const char *x_label, const char *y_label);
/* a second scale at the right edge, 0 to top in percent */
void chart_right_percent(const struct chart *, double top, const char *label);
double chart_place_x(const struct chart *, double v);
double chart_place_y(const struct chart *, double v);
void chart_curve(const struct chart *, const double *x, const double *y,
    size_t n, double width, bool dashed, struct colour);
void chart_dots(const struct chart *, const double *x, const double *y,
    size_t n, double radius, struct colour, double opacity);
/* a vertical line with words at its top */
void chart_mark(
    const struct chart *, double x, struct colour, const char *text, int row);
/* a band between two x */
void chart_band(
    const struct chart *, double x0, double x1, struct colour, double opacity);
/* values 0..1 row by row from the top, as a picture that fills the frame */
void chart_image(
    const struct chart *, const float *v, size_t columns, size_t rows);
/* the scale of chart_image() beside it */
void chart_image_scale(
    const struct chart *, const char *low, const char *high, const char *label);

/* next nice number at or above v: 1, 2 or 5 times a power of ten */
double chart_nice(double v);
/* the same in finer steps, for the end of a scale */
double chart_top(double v);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures: pages in SVG, PNG or PDF, with charts on them. */
#include "chart.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "io/file.h"

#define PNG_SCALE 2.0 /* pixels a point */

const struct colour chart_black = {.13, .13, .15};
const struct colour chart_grey = {.55, .55, .58};
const struct colour chart_axis[4] = {
    {.84, .15, .16}, {.17, .63, .17}, {.12, .47, .71}, {.25, .25, .28}};
const struct colour chart_series[8] = {{.12, .47, .71}, {1, .5, .05},
    {.17, .63, .17}, {.84, .15, .16}, {.58, .4, .74}, {.55, .34, .29},
    {.89, .47, .76}, {.5, .5, .5}};

struct page {
	cairo_surface_t *surface;
	cairo_t *cr;
	struct buf out;
	const char *path;
	bool png;
};

static cairo_status_t
append(void *ctx, const unsigned char *data, unsigned len)
{
	buf_add(ctx, data, len);
	return CAIRO_STATUS_SUCCESS;
}

struct page *
page_new(const char *path, double width, double height)
{
	const char *dot = strrchr(path, '.');
	struct page *p = xcalloc(1, sizeof(*p));

	p->path = path;
	if (dot && strcmp(dot, ".svg") == 0) {
		p->surface = cairo_svg_surface_create_for_stream(
		    append, &p->out, width, height);
	} else if (dot && strcmp(dot, ".pdf") == 0) {
		p->surface = cairo_pdf_surface_create_for_stream(
		    append, &p->out, width, height);
	} else if (dot && strcmp(dot, ".png") == 0) {
		p->png = true;
		p->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24,
		    (int)(width * PNG_SCALE), (int)(height * PNG_SCALE));
	} else {
		cli_warn(
		    "'%s' ends neither in .svg nor in .png nor in .pdf", path);
		free(p);
		return NULL;
	}
	p->cr = cairo_create(p->surface);
	if (p->png)
		cairo_scale(p->cr, PNG_SCALE, PNG_SCALE);
	cairo_set_source_rgb(p->cr, 1, 1, 1);
	cairo_paint(p->cr);
	cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_ROUND);
	return p;
}

int
page_finish(struct page *p)
{
	int status;

	cairo_show_page(p->cr);
	if (p->png)
		cairo_surface_write_to_png_stream(p->surface, append, &p->out);
	cairo_destroy(p->cr);
	cairo_surface_finish(p->surface);
	cairo_surface_destroy(p->surface);
	status =
	    file_replace(p->path, p->out.data ? p->out.data : "", p->out.len);
	buf_release(&p->out);
	free(p);
	return status;
}

static void
paint(struct page *p, struct colour c, double opacity)
{
	cairo_set_source_rgba(p->cr, c.r, c.g, c.b, opacity);
}

static void
font(struct page *p, double size, bool bold)
{
	cairo_select_font_face(p->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
	    bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(p->cr, size);
}

void
page_text(struct page *p, double x, double y, enum page_anchor anchor,
    double size, bool bold, struct colour c, const char *text)
{
	cairo_text_extents_t e;

	font(p, size, bold);
	cairo_text_extents(p->cr, text, &e);
	if (anchor == ANCHOR_MIDDLE)
		x -= e.x_advance / 2;
	else if (anchor == ANCHOR_RIGHT)
		x -= e.x_advance;
	paint(p, c, 1);
	cairo_move_to(p->cr, x, y);
	cairo_show_text(p->cr, text);
}

void
page_text_up(struct page *p, double x, double y, double size, struct colour c,
    const char *text)
{
	cairo_text_extents_t e;

	cairo_save(p->cr);
	font(p, size, false);
	cairo_text_extents(p->cr, text, &e);
	paint(p, c, 1);
	cairo_translate(p->cr, x, y);
	cairo_rotate(p->cr, -NUM_PI / 2);
	cairo_move_to(p->cr, -e.x_advance / 2, 0);
	cairo_show_text(p->cr, text);
	cairo_restore(p->cr);
}

void
page_line(struct page *p, double x0, double y0, double x1, double y1,
    double width, struct colour c)
{
	cairo_set_line_width(p->cr, width);
	paint(p, c, 1);
	cairo_move_to(p->cr, x0, y0);
	cairo_line_to(p->cr, x1, y1);
	cairo_stroke(p->cr);
}

static void
dash(struct page *p, bool dashed)
{
	static const double pattern[2] = {4, 3};

	cairo_set_dash(p->cr, pattern, dashed ? 2 : 0, 0);
}

void
page_sample(struct page *p, double x, double y, double width, bool dashed,
    struct colour c)
{
	dash(p, dashed);
	page_line(p, x, y, x + 22, y, width, c);
	dash(p, false);
}

double
chart_nice(double v)
{
	double ten = pow(10, floor(log10(v)));

	return v <= ten * 1.0000001	  ? ten
	       : v <= 2 * ten * 1.0000001 ? 2 * ten
	       : v <= 5 * ten * 1.0000001 ? 5 * ten
					  : 10 * ten;
}

double
chart_top(double v)
{
	static const double steps[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10};
	double ten = pow(10, floor(log10(v)));
	int k = 0;

	while (steps[k] * ten < v * 0.9999999)
		k++;
	return steps[k] * ten;
}

double
chart_place_x(const struct chart *c, double v)
{
	return c->x + (v - c->x0) / (c->x1 - c->x0) * c->w;
}

double
chart_place_y(const struct chart *c, double v)
{
	double f = c->log_y ? (log10(fmax(v, 1e-30)) - log10(c->y0)) /
				  (log10(c->y1) - log10(c->y0))
			    : (v - c->y0) / (c->y1 - c->y0);

	return c->y + c->h * (1 - fmin(fmax(f, -0.05), 1.05));
}

static void
tick_text(double v, bool log_y, char *out, size_t size)
{
	if (log_y)
		snprintf(out, size, "1e%.0f", log10(v));
	else
		snprintf(out, size, "%g", fabs(v) < 1e-12 ? 0 : v);
}

static void
grid_y(const struct chart *c)
{
	double step = chart_nice((c->y1 - c->y0) / 6);
	char text[32];

	for (double v = c->log_y ? c->y0 : ceil(c->y0 / step) * step;
	     v <= c->y1 * (c->log_y ? 1.01 : 1) + step * 1e-9;
	     v = c->log_y ? v * 10 : v + step) {
		double y = chart_place_y(c, v);

		page_line(c->page, c->x, y, c->x + c->w, y, 0.5,
		    (struct colour){.88, .88, .9});
		tick_text(v, c->log_y, text, sizeof(text));
		page_text(c->page, c->x - 6, y + 3, ANCHOR_RIGHT, 9, false,
		    chart_black, text);
	}
}

void
chart_begin(const struct chart *c, const char *x_label, const char *y_label)
{
	/* room for a number of six digits beside each other */
	double step = chart_nice((c->x1 - c->x0) / fmax(c->w / 50, 2));
	char text[32];

	grid_y(c);
	for (double v = ceil(c->x0 / step - 1e-9) * step;
	     v <= c->x1 + step * 1e-9; v += step) {
		double x = chart_place_x(c, v);

		page_line(c->page, x, c->y, x, c->y + c->h, 0.5,
		    (struct colour){.88, .88, .9});
		if (!x_label)
			continue;
		tick_text(v, false, text, sizeof(text));
		page_text(c->page, x, c->y + c->h + 13, ANCHOR_MIDDLE, 9, false,
		    chart_black, text);
	}
	cairo_set_line_width(c->page->cr, 0.9);
	paint(c->page, chart_grey, 1);
	cairo_rectangle(c->page->cr, c->x, c->y, c->w, c->h);
	cairo_stroke(c->page->cr);
	if (x_label)
		page_text(c->page, c->x + c->w / 2, c->y + c->h + 27,
		    ANCHOR_MIDDLE, 10, false, chart_black, x_label);
	if (y_label)
		page_text_up(c->page, c->x - 38, c->y + c->h / 2, 10,
		    chart_black, y_label);
}

void
chart_right_percent(const struct chart *c, double top, const char *label)
{
	for (int i = 0; i <= 5; i++) {
		char text[32];

		snprintf(text, sizeof(text), "%g %%", i * top * 20);
		page_text(c->page, c->x + c->w + 5,
		    c->y + c->h * (1 - i / 5.0) + 3, ANCHOR_LEFT, 9, false,
		    chart_black, text);
	}
	page_text_up(
	    c->page, c->x + c->w + 46, c->y + c->h / 2, 10, chart_black, label);
}

static void
clip(const struct chart *c)
{
	cairo_save(c->page->cr);
	cairo_rectangle(c->page->cr, c->x, c->y, c->w, c->h);
	cairo_clip(c->page->cr);
}

void
chart_curve(const struct chart *c, const double *x, const double *y, size_t n,
    double width, bool dashed, struct colour colour)
{
	clip(c);
	cairo_set_line_width(c->page->cr, width);
	dash(c->page, dashed);
	paint(c->page, colour, 1);
	for (size_t i = 0; i < n; i++)
		cairo_line_to(c->page->cr, chart_place_x(c, x[i]),
		    chart_place_y(c, y[i]));
	cairo_stroke(c->page->cr);
	dash(c->page, false);
	cairo_restore(c->page->cr);
}

void
chart_dots(const struct chart *c, const double *x, const double *y, size_t n,
    double radius, struct colour colour, double opacity)
{
	clip(c);
	paint(c->page, colour, opacity);
	for (size_t i = 0; i < n; i++) {
		cairo_arc(c->page->cr, chart_place_x(c, x[i]),
		    chart_place_y(c, y[i]), radius, 0, 2 * NUM_PI);
		cairo_fill(c->page->cr);
	}
	cairo_restore(c->page->cr);
}

void
chart_mark(const struct chart *c, double v, struct colour colour,
    const char *text, int row)
{
	double x = chart_place_x(c, v), y = c->y + 12 + 12 * row;

	if (v < c->x0 || v > c->x1)
		return;
	dash(c->page, true);
	page_line(c->page, x, y + 3, x, c->y + c->h, 0.8, colour);
	dash(c->page, false);
	page_text(c->page, x + 3, y, ANCHOR_LEFT, 9, false, colour, text);
}

void
chart_band(const struct chart *c, double x0, double x1, struct colour colour,
    double opacity)
{
	clip(c);
	paint(c->page, colour, opacity);
	cairo_rectangle(c->page->cr, chart_place_x(c, x0), c->y,
	    chart_place_x(c, x1) - chart_place_x(c, x0), c->h);
	cairo_fill(c->page->cr);
	cairo_restore(c->page->cr);
}

/* dark blue over green to yellow, even in lightness */
static uint32_t
heat(double v)
{
	static const double stop[][3] = {{.27, .0, .33}, {.28, .24, .54},
	    {.19, .41, .56}, {.13, .57, .55}, {.21, .72, .47}, {.57, .84, .27},
	    {.99, .91, .14}};
	double at = fmin(fmax(v, 0), 1) * 6;
	int k = at >= 6 ? 5 : (int)at;
	uint32_t pixel = 0;

	for (int i = 0; i < 3; i++)
		pixel =
		    pixel << 8 |
		    (uint32_t)(255 * (stop[k][i] + (at - k) * (stop[k + 1][i] -
								  stop[k][i])));
	return pixel;
}

static void
picture(const struct chart *c, const float *v, size_t columns, size_t rows,
    double x, double w)
{
	cairo_surface_t *s = cairo_image_surface_create(
	    CAIRO_FORMAT_RGB24, (int)columns, (int)rows);
	size_t stride = (size_t)cairo_image_surface_get_stride(s);
	unsigned char *data = cairo_image_surface_get_data(s);
	cairo_t *cr = c->page->cr;

	for (size_t r = 0; r < rows; r++)
		for (size_t k = 0; k < columns; k++) {
			uint32_t pixel = heat((double)v[r * columns + k]);

			memcpy(data + r * stride + 4 * k, &pixel, 4);
		}
	cairo_surface_mark_dirty(s);
	cairo_save(cr);
	cairo_translate(cr, x, c->y);
	cairo_scale(cr, w / (double)columns, c->h / (double)rows);
	cairo_set_source_surface(cr, s, 0, 0);
	cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_GOOD);
	cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
	cairo_rectangle(cr, 0, 0, (double)columns, (double)rows);
	cairo_fill(cr);
	cairo_restore(cr);
	cairo_surface_destroy(s);
}

void
chart_image(const struct chart *c, const float *v, size_t columns, size_t rows)
{
	picture(c, v, columns, rows, c->x, c->w);
}

void
chart_image_scale(
    const struct chart *c, const char *low, const char *high, const char *label)
{
	float v[64];

	for (int i = 0; i < 64; i++)
		v[i] = 1 - (float)i / 63;
	picture(c, v, 1, 64, c->x + c->w + 12, 12);
	page_text(c->page, c->x + c->w + 28, c->y + 9, ANCHOR_LEFT, 9, false,
	    chart_black, high);
	page_text(c->page, c->x + c->w + 28, c->y + c->h, ANCHOR_LEFT, 9, false,
	    chart_black, low);
	page_text_up(
	    c->page, c->x + c->w + 38, c->y + c->h / 2, 9, chart_black, label);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The PNG sheet, through cairo where configure found it. */
#include "mcu-fw/sim/canvas.h"

#include "config.h"

#ifdef HAVE_CAIRO

#include <cairo.h>
#include <errno.h>
#include <stdlib.h>

#include "base/xalloc.h"

struct png {
	struct canvas canvas;
	cairo_surface_t *surface;
	cairo_t *cr;
};

static void
set_colour(struct png *p, uint32_t rgb)
{
	cairo_set_source_rgb(p->cr, (rgb >> 16 & 255) / 255.0,
	    (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
}

static void
png_line(struct canvas *c, uint32_t rgb, double width, const double a[2],
    const double b[2])
{
	struct png *p = (struct png *)c;

	set_colour(p, rgb);
	cairo_set_line_width(p->cr, width);
	cairo_move_to(p->cr, a[0], a[1]);
	cairo_line_to(p->cr, b[0], b[1]);
	cairo_stroke(p->cr);
}

static void
png_polygon(struct canvas *c, uint32_t rgb, const double (*xy)[2], int n)
{
	struct png *p = (struct png *)c;
	int i;

	set_colour(p, rgb);
	for (i = 0; i < n; i++)
		cairo_line_to(p->cr, xy[i][0], xy[i][1]);
	cairo_close_path(p->cr);
	cairo_fill(p->cr);
}

static void
png_text(struct canvas *c, uint32_t rgb, double size, enum canvas_anchor where,
    const double at[2], const char *s)
{
	struct png *p = (struct png *)c;
	cairo_text_extents_t ext;

	set_colour(p, rgb);
	cairo_set_font_size(p->cr, size);
	cairo_text_extents(p->cr, s, &ext);
	cairo_move_to(p->cr, at[0] - ext.x_advance * (int)where / 2, at[1]);
	cairo_show_text(p->cr, s);
}

static cairo_status_t
append(void *out, const unsigned char *data, unsigned n)
{
	buf_add(out, data, n);
	return CAIRO_STATUS_SUCCESS;
}

static int
png_finish(struct canvas *c, struct buf *out)
{
	struct png *p = (struct png *)c;
	cairo_status_t st = cairo_status(p->cr);

	if (st == CAIRO_STATUS_SUCCESS)
		st = cairo_surface_write_to_png_stream(p->surface, append, out);
	cairo_destroy(p->cr);
	cairo_surface_destroy(p->surface);
	free(p);
	if (st == CAIRO_STATUS_SUCCESS)
		return 0;
	errno = ENOMEM; /* nothing else can go wrong in memory */
	return -1;
}

static const struct canvas_ops png_ops = {
    png_line, png_polygon, png_text, png_finish};

struct canvas *
canvas_png(int width, int height)
{
	struct png *p = xcalloc(1, sizeof(*p));

	p->canvas.ops = &png_ops;
	p->surface =
	    cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
	p->cr = cairo_create(p->surface);
	cairo_set_source_rgb(p->cr, 1, 1, 1);
	cairo_paint(p->cr);
	cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_ROUND);
	cairo_select_font_face(p->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
	    CAIRO_FONT_WEIGHT_NORMAL);
	return &p->canvas;
}

#else

struct canvas *
canvas_png(int width, int height)
{
	(void)width;
	(void)height;
	return 0;
}

#endif

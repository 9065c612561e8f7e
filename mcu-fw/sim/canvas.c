/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SVG sheet: our own writer, lines of one style share one path. */
#include "mcu-fw/sim/canvas.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/xalloc.h"

struct svg {
	struct canvas canvas;
	struct buf body;
	/* the open path */
	bool open;
	uint32_t rgb;
	int width_100; /* hundredths of a pixel */
	int x, y;      /* the pen, tenths of a pixel */
};

/* far outside the sheet is as good as anywhere outside */
static int
tenths(double v)
{
	v = v < -1e5 ? -1e5 : v > 1e5 ? 1e5 : v;
	return (int)(v * 10 + (v < 0 ? -0.5 : 0.5));
}

/* a number in tenths, in as few bytes as it takes */
static void
add_tenths(struct buf *b, int v, bool first)
{
	unsigned u = (unsigned)(v < 0 ? -v : v);

	if (v < 0)
		buf_addc(b, '-');
	else if (!first)
		buf_addc(b, ' ');
	if (u % 10)
		buf_addf(b, u >= 10 ? "%u.%u" : "%.0u.%u", u / 10, u % 10);
	else
		buf_addf(b, "%u", u / 10);
}

static void
close_path(struct svg *s)
{
	if (s->open)
		buf_adds(&s->body, "\"/>\n");
	s->open = false;
}

static void
svg_line(struct canvas *c, uint32_t rgb, double width, const double a[2],
    const double b[2])
{
	struct svg *s = (struct svg *)c;
	int w = (int)(width * 100 + 0.5);
	int x0 = tenths(a[0]), y0 = tenths(a[1]);
	int x1 = tenths(b[0]), y1 = tenths(b[1]);

	if (!s->open || rgb != s->rgb || w != s->width_100) {
		close_path(s);
		buf_addf(&s->body,
		    "<path stroke=\"#%06x\" stroke-width=\"%g\" d=\"",
		    (unsigned)rgb, w / 100.0);
		s->open = true;
		s->rgb = rgb;
		s->width_100 = w;
		s->x = s->y = INT_MIN;
	}
	if (x0 != s->x || y0 != s->y) {
		buf_addc(&s->body, 'M');
		add_tenths(&s->body, x0, true);
		add_tenths(&s->body, y0, false);
	}
	buf_addc(&s->body, 'l');
	add_tenths(&s->body, x1 - x0, true);
	add_tenths(&s->body, y1 - y0, false);
	s->x = x1;
	s->y = y1;
}

static void
svg_polygon(struct canvas *c, uint32_t rgb, const double (*xy)[2], int n)
{
	struct svg *s = (struct svg *)c;
	int i;

	close_path(s);
	buf_addf(&s->body, "<path stroke=\"none\" fill=\"#%06x\" d=\"M",
	    (unsigned)rgb);
	for (i = 0; i < n; i++) {
		add_tenths(&s->body, tenths(xy[i][0]), i == 0);
		add_tenths(&s->body, tenths(xy[i][1]), false);
	}
	buf_adds(&s->body, "z\"/>\n");
}

static void
svg_text(struct canvas *c, uint32_t rgb, double size, enum canvas_anchor where,
    const double at[2], const char *text)
{
	static const char *const anchor[] = {"start", "middle", "end"};
	struct svg *s = (struct svg *)c;

	close_path(s);
	buf_addf(&s->body,
	    "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%g\" fill=\"#%06x\" "
	    "text-anchor=\"%s\">",
	    at[0], at[1], size, (unsigned)rgb, anchor[where]);
	for (; *text; text++) {
		switch (*text) {
		case '<':
			buf_adds(&s->body, "&lt;");
			break;
		case '&':
			buf_adds(&s->body, "&amp;");
			break;
		default: /* control bytes have no place in XML */
			buf_addc(
			    &s->body, (unsigned char)*text < ' ' ? '?' : *text);
		}
	}
	buf_adds(&s->body, "</text>\n");
}

static int
svg_finish(struct canvas *c, struct buf *out)
{
	struct svg *s = (struct svg *)c;

	close_path(s);
	buf_add(out, s->body.data, s->body.len);
	buf_adds(out, "</g>\n</svg>\n");
	buf_release(&s->body);
	free(s);
	return 0;
}

static const struct canvas_ops svg_ops = {
    svg_line, svg_polygon, svg_text, svg_finish};

struct canvas *
canvas_svg(int width, int height)
{
	struct svg *s = xcalloc(1, sizeof(*s));

	s->canvas.ops = &svg_ops;
	buf_init(&s->body);
	buf_addf(&s->body,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	    "height=\"%d\" viewBox=\"0 0 %d %d\">\n"
	    "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n"
	    "<g fill=\"none\" stroke-linecap=\"round\" "
	    "font-family=\"sans-serif\">\n",
	    width, height, width, height, width, height);
	return &s->canvas;
}

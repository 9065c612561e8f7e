/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws the beads from the bottom up and from back to front. */
#include "mcu-fw/sim/picture.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "io/file.h"
#include "mcu-fw/sim/canvas.h"

#define SHEET_W	    1200
#define SHEET_H	    900
#define MARGIN	    24
#define HEAD	    64	 /* px, title above the view */
#define FOOT	    40	 /* px, figures below */
#define PLAN	    200	 /* px, the bed from above */
#define AZIMUTH	    24.0 /* degrees, the camera right of the front */
#define ELEVATION   33.0 /* degrees above the bed */
#define PLATE	    12.0 /* mm of bed around the object */
#define PIECE	    2.0	 /* mm: beads are cut so that they sort and hide */
#define SAME_LEVEL  0.04 /* mm: lower steps belong to one layer */
#define PURGE	    0.55 /* mm: skirts and purge lines stay below */
#define CELL	    0.25 /* mm, map of what has plastic above it */
#define ROOF	    0.7	 /* mm: plastic so far above is no wall */
#define CELLS_MAX   4000 /* cells each way */
#define PIECES_MAX  20000000
#define INK	    0x333333
#define PAPER_LINE  0xd5d9de
#define PAPER_PLATE 0xeef1f4

/* a short straight bit of a bead */
struct piece {
	float x0, y0, x1, y1, z;
	float width, height; /* mm */
	float depth;	     /* away from the camera, mm */
	uint32_t level;
	float open, wall; /* parts of it with nothing, with plastic above */
};

struct view {
	double cos_a, sin_a, cos_e, sin_e;
	double scale, at[2]; /* px */
};

struct heights { /* plastic above each cell of the bed */
	float *z;
	int nx, ny;
	double x, y;
};

struct drawing {
	struct piece *v;
	size_t n, alloc;
	double lo[3], hi[3]; /* of the object */
	unsigned levels;
	struct view view;
};

static void
project(const struct view *v, double x, double y, double z, double out[2])
{
	double across = v->cos_a * x + v->sin_a * y;
	double away = v->cos_a * y - v->sin_a * x;

	out[0] = v->at[0] + v->scale * across;
	out[1] = v->at[1] - v->scale * (away * v->sin_e + z * v->cos_e);
}

static int
by_z(const void *pa, const void *pb)
{
	const struct piece *a = pa, *b = pb;

	return (a->z > b->z) - (a->z < b->z);
}

static int
by_level_and_depth(const void *pa, const void *pb)
{
	const struct piece *a = pa, *b = pb;

	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	return (a->depth < b->depth) - (a->depth > b->depth);
}

/* Cuts the beads; width holds the cross-section until heights are known. */
static int
cut_pieces(struct drawing *d, const struct laid *l)
{
	const struct laid_segment *s;

	for (s = l->v; s < l->v + l->n; s++) {
		double dx = (double)s->x1 - (double)s->x0;
		double dy = (double)s->y1 - (double)s->y0;
		double len = hypot(dx, dy);
		int i, k = (int)ceil(len / PIECE);

		if (len <= 0)
			continue;
		if (d->n + (size_t)k > PIECES_MAX)
			return -1;
		ALLOC_GROW(d->v, d->n + (size_t)k, d->alloc);
		for (i = 0; i < k; i++) {
			struct piece *p = &d->v[d->n++];

			p->x0 = (float)((double)s->x0 + dx * i / k);
			p->y0 = (float)((double)s->y0 + dy * i / k);
			p->x1 = (float)((double)s->x0 + dx * (i + 1) / k);
			p->y1 = (float)((double)s->y0 + dy * (i + 1) / k);
			p->z = (s->z0 + s->z1) / 2;
			p->open = p->wall = 0;
			p->width = (float)((double)s->filament_mm *
					   l->filament_area / len);
		}
	}
	return 0;
}

static double
clamp(double v, double lo, double hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/* The object: what stands higher than skirts and purge lines do. */
static void
find_object(struct drawing *d, bool with_width)
{
	double top = (double)d->v[d->n - 1].z;
	double from = top > PURGE ? PURGE : -1e9;
	size_t i;
	int k;

	for (k = 0; k < 3; k++) {
		d->lo[k] = (double)INFINITY;
		d->hi[k] = -(double)INFINITY;
	}
	for (i = 0; i < d->n; i++) {
		const struct piece *p = &d->v[i];
		double half = with_width ? (double)p->width / 2 : 0;
		double x = (double)p->x0, y = (double)p->y0;

		if ((double)p->z < from)
			continue;
		d->lo[0] = fmin(d->lo[0], x - half);
		d->hi[0] = fmax(d->hi[0], x + half);
		d->lo[1] = fmin(d->lo[1], y - half);
		d->hi[1] = fmax(d->hi[1], y + half);
		d->hi[2] = fmax(d->hi[2], (double)p->z);
	}
	d->lo[2] = 0;
}

static bool
near_object(const struct drawing *d, const struct piece *p)
{
	double x = (double)p->x0, y = (double)p->y0;

	return x >= d->lo[0] - PLATE && x <= d->hi[0] + PLATE &&
	       y >= d->lo[1] - PLATE && y <= d->hi[1] + PLATE;
}

/* Finds the layers, and with their height the width of each bead. */
static void
find_levels(struct drawing *d)
{
	double below = 0, z = -1, height = 0.2;
	unsigned level = 0;
	size_t i;

	for (i = 0; i < d->n; i++) {
		struct piece *p = &d->v[i];

		if (near_object(d, p) &&
		    (level == 0 || (double)p->z > z + SAME_LEVEL)) {
			below = level == 0 ? 0 : z;
			level++;
			z = (double)p->z;
			height = clamp(z - below, 0.05, 0.6);
		}
		p->level = level;
		p->height = (float)height;
		p->width = (float)clamp((double)p->width / height, 0.2, 1.5);
	}
	d->levels = level;
}

static float *
height_at(const struct heights *h, double x, double y)
{
	int i = (int)((x - h->x) / CELL), j = (int)((y - h->y) / CELL);

	if (x < h->x || y < h->y || i >= h->nx || j >= h->ny)
		return NULL;
	return &h->z[(size_t)j * (size_t)h->nx + (size_t)i];
}

static void
open_heights(struct drawing *d, struct heights *h)
{
	h->x = d->lo[0] - 1;
	h->y = d->lo[1] - 1;
	h->nx = (int)clamp((d->hi[0] + 1 - h->x) / CELL + 1, 1, CELLS_MAX);
	h->ny = (int)clamp((d->hi[1] + 1 - h->y) / CELL + 1, 1, CELLS_MAX);
	h->z = xcalloc((size_t)h->nx * (size_t)h->ny, sizeof(*h->z));
}

/* Marks the cells under the piece: five places along, three across. */
static void
cover(const struct heights *h, const struct piece *p)
{
	double dx = (double)(p->x1 - p->x0), dy = (double)(p->y1 - p->y0);
	double half = (double)p->width / 2 / hypot(dx, dy);
	int i, j;

	for (i = 0; i <= 4; i++) {
		for (j = -1; j <= 1; j++) {
			float *z = height_at(h,
			    (double)p->x0 + dx * i / 4 - dy * half * j,
			    (double)p->y0 + dy * i / 4 + dx * half * j);

			if (z)
				*z = p->z;
		}
	}
}

/*
 * What lies above the piece, in nine places: nothing (a top), the next layer
 * (a wall), a roof further up (shadow).  Shares, so that slopes shade softly.
 */
static void
look_up(const struct heights *h, struct piece *p)
{
	double dx = (double)(p->x1 - p->x0), dy = (double)(p->y1 - p->y0);
	double third = (double)p->width / 3 / hypot(dx, dy);
	int i, j;

	for (i = 0; i < 3; i++) {
		for (j = -1; j <= 1; j++) {
			const float *z = height_at(h,
			    (double)p->x0 + dx * i / 2 - dy * third * j,
			    (double)p->y0 + dy * i / 2 + dx * third * j);

			if (!z || *z <= 0)
				p->open += 1.0f / 9;
			else if (*z - p->z < (float)ROOF)
				p->wall += 1.0f / 9;
		}
	}
}

/*
 * From the top down: the map holds the lowest plastic seen so far in each
 * cell, so a piece knows how far above it the next one lies.
 */
static void
find_faces(struct drawing *d)
{
	struct heights h;
	size_t end, begin, i;

	open_heights(d, &h);
	for (end = d->n; end > 0; end = begin) {
		for (begin = end; begin > 0; begin--)
			if (d->v[begin - 1].level != d->v[end - 1].level)
				break;
		for (i = begin; i < end; i++)
			look_up(&h, &d->v[i]);
		for (i = begin; i < end; i++)
			cover(&h, &d->v[i]);
	}
	free(h.z);
}

static void
fit_view(struct drawing *d)
{
	struct view *v = &d->view;
	double lo[2] = {(double)INFINITY, (double)INFINITY},
	       hi[2] = {-(double)INFINITY, -(double)INFINITY};
	double px[2], room[2] = {SHEET_W - 2 * MARGIN - 60,
			  SHEET_H - HEAD - FOOT - MARGIN};
	int i, k;

	v->cos_a = cos(AZIMUTH * NUM_PI / 180);
	v->sin_a = sin(AZIMUTH * NUM_PI / 180);
	v->cos_e = cos(ELEVATION * NUM_PI / 180);
	v->sin_e = sin(ELEVATION * NUM_PI / 180);
	v->scale = 1;
	for (i = 0; i < 8; i++) {
		bool up = i & 4;
		double edge = up ? 0 : PLATE;

		project(v, i & 1 ? d->hi[0] + edge : d->lo[0] - edge,
		    i & 2 ? d->hi[1] + edge : d->lo[1] - edge,
		    up ? d->hi[2] : 0, px);
		for (k = 0; k < 2; k++) {
			lo[k] = fmin(lo[k], px[k]);
			hi[k] = fmax(hi[k], px[k]);
		}
	}
	v->scale = fmin(room[0] / (hi[0] - lo[0]), room[1] / (hi[1] - lo[1]));
	v->at[0] = SHEET_W / 2.0 - v->scale * (lo[0] + hi[0]) / 2;
	v->at[1] = HEAD + room[1] / 2 - v->scale * (lo[1] + hi[1]) / 2;
	for (i = 0; i < (int)d->n; i++) {
		struct piece *p = &d->v[i];

		p->depth = (float)(v->cos_a * (double)(p->y0 + p->y1) / 2 -
				   v->sin_a * (double)(p->x0 + p->x1) / 2);
	}
}

/* The plate around the object with a line each 10 mm, figures on two edges. */
static void
draw_plate(
    const struct drawing *d, const struct picture_info *info, struct canvas *c)
{
	double lo[2], hi[2], xy[4][2], a[2], b[2];
	char word[32];
	int i, k;

	for (k = 0; k < 2; k++) {
		lo[k] =
		    fmax(d->lo[k] - PLATE, fmin(info->bed_min[k], d->lo[k]));
		hi[k] =
		    fmin(d->hi[k] + PLATE, fmax(info->bed_max[k], d->hi[k]));
	}
	for (i = 0; i < 4; i++)
		project(&d->view, i == 1 || i == 2 ? hi[0] : lo[0],
		    i < 2 ? lo[1] : hi[1], 0, xy[i]);
	c->ops->polygon(c, PAPER_PLATE, (const double(*)[2])xy, 4);
	for (k = 0; k < 2; k++) {
		for (i = (int)ceil(lo[k] / 10) * 10; i <= hi[k]; i += 10) {
			project(&d->view, k ? hi[0] : i, k ? i : lo[1], 0, a);
			project(&d->view, k ? lo[0] : i, k ? i : hi[1], 0, b);
			c->ops->line(c, PAPER_LINE, 1.2, a, b);
			snprintf(word, sizeof(word), "%s%d", k ? "Y" : "X", i);
			a[0] += k ? 8 : -2;
			a[1] += k ? 6 : 18;
			c->ops->text(c, 0x8a929b, 13,
			    k ? CANVAS_START : CANVAS_MIDDLE, a, word);
		}
	}
}

static uint32_t
mix(double f, double light)
{
	/* from the bed up: blue, green, yellow */
	static const double stop[3][3] = {
	    {52, 101, 176}, {58, 176, 140}, {247, 196, 72}};
	int k = f < 0.5 ? 0 : 1;
	double g = clamp(f * 2 - k, 0, 1);
	uint32_t rgb = 0;
	int i;

	for (i = 0; i < 3; i++) {
		double v = stop[k][i] + (stop[k + 1][i] - stop[k][i]) * g;

		rgb = rgb << 8 | (uint32_t)clamp(v * light + 0.5, 0, 255);
	}
	return rgb;
}

/*
 * Light from the upper left front: tops are brightest, then what faces the
 * front (its beads run along X), then the right side.  Every other layer is
 * a little darker, so that one can count them.
 */
static uint32_t
shade(const struct drawing *d, const struct piece *p)
{
	double dx = (double)(p->x1 - p->x0), dy = (double)(p->y1 - p->y0);
	double along = fabs(dx) / hypot(dx, dy);
	double light = (double)p->open * (0.98 + 0.06 * along) +
		       (double)p->wall * (0.52 + 0.30 * along) +
		       (double)(1 - p->open - p->wall) * 0.76;

	if (p->level % 2)
		light -= 0.05;
	light = floor(light * 50 + 0.5) / 50;
	return mix(sqrt((double)p->z / fmax(d->hi[2], 1)), light);
}

/* How thick the box of width and height around the piece looks, px. */
static double
thickness(const struct view *v, const struct piece *p)
{
	double dx = (double)(p->x1 - p->x0), dy = (double)(p->y1 - p->y0);
	double len = hypot(dx, dy), along[2], side[2], up, n, across;

	dx /= len;
	dy /= len;
	along[0] = v->cos_a * dx + v->sin_a * dy;
	along[1] = (v->cos_a * dy - v->sin_a * dx) * v->sin_e;
	side[0] = v->sin_a * dx - v->cos_a * dy;
	side[1] = (v->cos_a * dx + v->sin_a * dy) * v->sin_e;
	n = hypot(along[0], along[1]);
	across = fabs(along[0] * side[1] - along[1] * side[0]) / n;
	up = fabs(along[0]) * v->cos_e / n;
	return v->scale * (across * (double)p->width + up * (double)p->height);
}

/*
 * Visits the pixels of a stroke in `steps` along and three lanes across; with
 * mark set covers them.  Returns whether one was still bare.
 */
static bool
touch(uint8_t *covered, const double a[2], const double b[2], double thick,
    bool mark)
{
	double dx = b[0] - a[0], dy = b[1] - a[1], len = hypot(dx, dy);
	int steps = (int)len + 1, lanes = (int)(thick * 0.9) + 1, i, j;
	bool bare = false;

	for (i = 0; i <= steps; i++) {
		for (j = 0; j <= lanes; j++) {
			double s = (double)i / steps;
			double o = thick * 0.9 * ((double)j / lanes - 0.5);
			double x = a[0] + dx * s, y = a[1] + dy * s;

			if (len > 0) {
				x -= dy / len * o;
				y += dx / len * o;
			}
			if (x < 0 || y < 0 || x >= SHEET_W || y >= SHEET_H)
				continue;
			bare |= !covered[(int)y * SHEET_W + (int)x];
			if (mark)
				covered[(int)y * SHEET_W + (int)x] = 1;
		}
	}
	return bare;
}

static void
ends(const struct view *v, const struct piece *p, double a[2], double b[2])
{
	/* the middle of the bead, not its top */
	double z = (double)p->z - (double)p->height / 2;

	project(v, (double)p->x0, (double)p->y0, z, a);
	project(v, (double)p->x1, (double)p->y1, z, b);
}

static void
draw_object(struct drawing *d, struct canvas *c)
{
	uint8_t *covered = xcalloc(SHEET_W, SHEET_H);
	uint8_t *seen = xcalloc(d->n, 1);
	double a[2], b[2];
	size_t i;

	qsort(d->v, d->n, sizeof(*d->v), by_level_and_depth);
	for (i = d->n; i-- > 0;) { /* from the top: what hides the rest */
		const struct piece *p = &d->v[i];
		double thick = thickness(&d->view, p);

		ends(&d->view, p, a, b);
		seen[i] = touch(covered, a, b, thick, false);
		if (seen[i])
			touch(covered, a, b, thick, true);
	}
	for (i = 0; i < d->n; i++) {
		const struct piece *p = &d->v[i];
		double thick = thickness(&d->view, p);

		if (!seen[i] || !near_object(d, p))
			continue;
		ends(&d->view, p, a, b);
		c->ops->line(
		    c, shade(d, p), floor(thick * 4 + 0.5) / 4 + 0.25, a, b);
	}
	free(covered);
	free(seen);
}

/* The whole bed from above, in the upper right corner. */
static void
draw_plan(
    const struct drawing *d, const struct picture_info *info, struct canvas *c)
{
	uint8_t *covered = xcalloc(SHEET_W, SHEET_H);
	double size[2] = {info->bed_max[0] - info->bed_min[0],
	    info->bed_max[1] - info->bed_min[1]};
	double k = PLAN / fmax(size[0], size[1]);
	double x0 = SHEET_W - MARGIN - size[0] * k, y1 = MARGIN + size[1] * k;
	double xy[4][2] = {{x0, y1 - size[1] * k},
	    {x0 + size[0] * k, y1 - size[1] * k}, {x0 + size[0] * k, y1},
	    {x0, y1}};
	double at[2] = {x0 + size[0] * k / 2, y1 + 18}, a[2], b[2];
	char word[64];
	size_t i;
	int j;

	c->ops->polygon(c, PAPER_PLATE, (const double(*)[2])xy, 4);
	for (i = 0; i < d->n; i++) {
		const struct piece *p = &d->v[i];
		double w = fmax((double)p->width * k, 1);

		a[0] = x0 + ((double)p->x0 - info->bed_min[0]) * k;
		a[1] = y1 - ((double)p->y0 - info->bed_min[1]) * k;
		b[0] = x0 + ((double)p->x1 - info->bed_min[0]) * k;
		b[1] = y1 - ((double)p->y1 - info->bed_min[1]) * k;
		if (a[0] < x0 - MARGIN || a[1] > y1 + MARGIN)
			continue; /* far beside the bed */
		if (touch(covered, a, b, 1, true))
			c->ops->line(c, mix(0.2, 1), w, a, b);
	}
	free(covered);
	for (j = 0; j < 4; j++)
		c->ops->line(c, 0x8a929b, 1.2, xy[j], xy[(j + 1) % 4]);
	snprintf(word, sizeof(word), "bed %g x %g mm", size[0], size[1]);
	c->ops->text(c, 0x8a929b, 13, CANVAS_MIDDLE, at, word);
}

static void
draw_words(const struct drawing *d, const struct laid *l,
    const struct picture_info *info, struct canvas *c)
{
	double title[2] = {MARGIN, MARGIN + 16};
	double foot[2] = {MARGIN, SHEET_H - 16};
	double filament = 0, span = l->v[l->n - 1].t - l->v[0].t;
	long s = lround(span);
	char word[160];
	size_t i;

	for (i = 0; i < l->n; i++)
		filament += (double)l->v[i].filament_mm;
	c->ops->text(c, INK, 22, CANVAS_START, title,
	    info->title ? info->title : "what was laid down");
	snprintf(word, sizeof(word),
	    "%.1f x %.1f x %.1f mm, %u layers, %.2f m of filament, "
	    "laid down in %ld:%02ld:%02ld",
	    d->hi[0] - d->lo[0], d->hi[1] - d->lo[1], d->hi[2], d->levels,
	    filament / 1000, s / 3600, s / 60 % 60, s % 60);
	c->ops->text(c, INK, 16, CANVAS_START, foot, word);
}

static int
has_ending(const char *path, const char *ending)
{
	size_t n = strlen(path), m = strlen(ending);

	return n > m && strcmp(path + n - m, ending) == 0;
}

static struct canvas *
new_canvas(const char *path, struct diag_sink *sink)
{
	struct diag_place place = {path, 0, 0};
	struct canvas *c = NULL;

	if (has_ending(path, ".svg"))
		c = canvas_svg(SHEET_W, SHEET_H);
	else if (!has_ending(path, ".png"))
		diag_report(sink, DIAG_ERROR, &place, NULL,
		    "a picture ends in '.svg' or '.png'");
	else if (!(c = canvas_png(SHEET_W, SHEET_H)))
		diag_report(sink, DIAG_ERROR, &place, NULL,
		    "built without cairo, which PNG needs; use '.svg'");
	return c;
}

int
picture_check_name(const char *path, struct diag_sink *sink)
{
	struct buf out = BUF_INIT;
	struct canvas *c = new_canvas(path, sink);

	if (!c)
		return -1;
	c->ops->finish(c, &out);
	buf_release(&out);
	return 0;
}

int
picture_write(const char *path, const struct laid *l,
    const struct picture_info *info, struct diag_sink *sink)
{
	struct diag_place place = {path, 0, 0};
	struct drawing d = {0};
	struct buf out = BUF_INIT;
	struct canvas *c;
	int rc = -1;

	if (cut_pieces(&d, l) < 0 || d.n == 0) {
		diag_report(sink, DIAG_ERROR, &place, NULL, "%s",
		    d.n ? "too much to draw: more than 40 km of beads"
			: "nothing to draw: no filament was laid down");
		goto out;
	}
	c = new_canvas(path, sink);
	if (!c)
		goto out;
	qsort(d.v, d.n, sizeof(*d.v), by_z);
	find_object(&d, false);
	find_levels(&d);
	find_object(&d, true);
	find_faces(&d);
	fit_view(&d);
	draw_plate(&d, info, c);
	draw_object(&d, c);
	draw_plan(&d, info, c);
	draw_words(&d, l, info, c);
	rc = c->ops->finish(c, &out);
	if (rc == 0)
		rc = file_replace(path, out.data, out.len);
	if (rc < 0)
		diag_report(sink, DIAG_ERROR, &place, NULL, "cannot write: %s",
		    strerror(errno));
out:
	buf_release(&out);
	free(d.v);
	return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sheet to draw on: lines, polygons, words; as SVG or as PNG. */
#ifndef GANTRY_SIM_CANVAS_H
#define GANTRY_SIM_CANVAS_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Points are pixels, y downwards; colours are 0xrrggbb.  The sheet is white.
 * canvas_finish() appends the finished file to out and frees the canvas.
 */
struct canvas;

enum canvas_anchor {
	CANVAS_START,
	CANVAS_MIDDLE,
	CANVAS_END,
};

struct canvas_ops {
	void (*line)(struct canvas *, uint32_t rgb, double width,
	    const double a[2], const double b[2]);
	void (*polygon)(
	    struct canvas *, uint32_t rgb, const double (*xy)[2], int n);
	void (*text)(struct canvas *, uint32_t rgb, double size,
	    enum canvas_anchor, const double at[2], const char *s);
	/* -1 with errno when the file could not be made */
	int (*finish)(struct canvas *, struct buf *out);
};

struct canvas {
	const struct canvas_ops *ops;
};

struct canvas *canvas_svg(int width, int height);

/* NULL when built without cairo. */
struct canvas *canvas_png(int width, int height);

#endif

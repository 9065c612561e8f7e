/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Letters and boxes on a YUYV picture: the clock and the placeholder. */
#ifndef GANTRY_CAMCTL_DRAW_H
#define GANTRY_CAMCTL_DRAW_H

#include <stddef.h>
#include <stdint.h>

/* Even width; pixels are pairs of Y U Y V, rows without gaps. */
struct canvas {
	uint8_t *yuyv;
	int width, height;
};

struct colour {
	uint8_t y, u, v;
};

void canvas_init(struct canvas *, int width, int height); /* black */
void canvas_release(struct canvas *);
size_t canvas_bytes(const struct canvas *);

/* Everything is clipped; x and width count whole pairs of pixels. */
void draw_box(struct canvas *, int x, int y, int w, int h, struct colour);
/* a soft vertical fall from one colour to another over the whole canvas */
void draw_fall(struct canvas *, struct colour top, struct colour bottom);

/* Capital letters, digits and marks of 5x7 points, each scale x scale
 * pixels; small letters are shown as capitals, others as a box. */
void draw_text(
    struct canvas *, int x, int y, int scale, struct colour, const char *);
int draw_text_width(int scale, const char *);

/* The picture that stands in while there is none: a name and a reason. */
void draw_placeholder(struct canvas *, const char *name, const char *reason);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small alphabet and boxes, enough to say what is wrong in a picture. */
#include "draw.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum {
	GLYPH_W = 5,
	GLYPH_H = 7,
	ADVANCE = GLYPH_W + 1,
};

/* rows from the top, bit 4 is the left point */
static const struct {
	char c;
	uint8_t row[GLYPH_H];
} glyph[] = {
    {' ', {0}},
    {'0', {0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e}},
    {'1', {0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e}},
    {'2', {0x0e, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1f}},
    {'3', {0x0e, 0x11, 0x01, 0x06, 0x01, 0x11, 0x0e}},
    {'4', {0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02}},
    {'5', {0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e}},
    {'6', {0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e}},
    {'7', {0x1f, 0x01, 0x02, 0x04, 0x04, 0x08, 0x08}},
    {'8', {0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e}},
    {'9', {0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c}},
    {'A', {0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11}},
    {'B', {0x1e, 0x11, 0x11, 0x1e, 0x11, 0x11, 0x1e}},
    {'C', {0x0e, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0e}},
    {'D', {0x1e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1e}},
    {'E', {0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f}},
    {'F', {0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x10}},
    {'G', {0x0e, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0e}},
    {'H', {0x11, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11}},
    {'I', {0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e}},
    {'J', {0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0c}},
    {'K', {0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11}},
    {'L', {0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f}},
    {'M', {0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11}},
    {'N', {0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11}},
    {'O', {0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}},
    {'P', {0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10}},
    {'Q', {0x0e, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0d}},
    {'R', {0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11}},
    {'S', {0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e}},
    {'T', {0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04}},
    {'U', {0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}},
    {'V', {0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04}},
    {'W', {0x11, 0x11, 0x11, 0x15, 0x15, 0x1b, 0x11}},
    {'X', {0x11, 0x11, 0x0a, 0x04, 0x0a, 0x11, 0x11}},
    {'Y', {0x11, 0x11, 0x0a, 0x04, 0x04, 0x04, 0x04}},
    {'Z', {0x1f, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1f}},
    {'.', {0, 0, 0, 0, 0, 0x0c, 0x0c}},
    {',', {0, 0, 0, 0, 0x0c, 0x04, 0x08}},
    {':', {0, 0x0c, 0x0c, 0, 0x0c, 0x0c, 0}},
    {';', {0, 0x0c, 0x0c, 0, 0x0c, 0x04, 0x08}},
    {'-', {0, 0, 0, 0x1f, 0, 0, 0}},
    {'+', {0, 0x04, 0x04, 0x1f, 0x04, 0x04, 0}},
    {'_', {0, 0, 0, 0, 0, 0, 0x1f}},
    {'=', {0, 0, 0x1f, 0, 0x1f, 0, 0}},
    {'/', {0x01, 0x01, 0x02, 0x04, 0x08, 0x10, 0x10}},
    {'(', {0x02, 0x04, 0x08, 0x08, 0x08, 0x04, 0x02}},
    {')', {0x08, 0x04, 0x02, 0x02, 0x02, 0x04, 0x08}},
    {'\'', {0x04, 0x04, 0x08, 0, 0, 0, 0}},
    {'"', {0x0a, 0x0a, 0, 0, 0, 0, 0}},
    {'!', {0x04, 0x04, 0x04, 0x04, 0x04, 0, 0x04}},
    {'?', {0x0e, 0x11, 0x01, 0x06, 0x04, 0, 0x04}},
    {'%', {0x18, 0x19, 0x02, 0x04, 0x08, 0x13, 0x03}},
    {'#', {0x0a, 0x0a, 0x1f, 0x0a, 0x1f, 0x0a, 0x0a}},
    {'@', {0x0e, 0x11, 0x17, 0x15, 0x17, 0x10, 0x0e}},
    {'*', {0, 0x15, 0x0e, 0x1f, 0x0e, 0x15, 0}},
    {'<', {0x02, 0x04, 0x08, 0x10, 0x08, 0x04, 0x02}},
    {'>', {0x08, 0x04, 0x02, 0x01, 0x02, 0x04, 0x08}},
    {'[', {0x0e, 0x08, 0x08, 0x08, 0x08, 0x08, 0x0e}},
    {']', {0x0e, 0x02, 0x02, 0x02, 0x02, 0x02, 0x0e}},
};
static const uint8_t unknown[GLYPH_H] = {
    0x1f, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1f};

void
canvas_init(struct canvas *c, int width, int height)
{
	c->width = (width + 1) & ~1;
	c->height = height;
	c->yuyv = xmalloc(canvas_bytes(c));
	draw_box(c, 0, 0, c->width, c->height, (struct colour){16, 128, 128});
}

void
canvas_release(struct canvas *c)
{
	free(c->yuyv);
	c->yuyv = NULL;
}

size_t
canvas_bytes(const struct canvas *c)
{
	return (size_t)c->width * c->height * 2;
}

static int
clip(int v, int max)
{
	return v < 0 ? 0 : v > max ? max : v;
}

void
draw_box(struct canvas *c, int x, int y, int w, int h, struct colour k)
{
	int x1 = clip(x + w, c->width) & ~1, y1 = clip(y + h, c->height);

	x = clip(x, c->width) & ~1;
	for (y = clip(y, c->height); y < y1; y++) {
		uint8_t *p = c->yuyv + ((size_t)y * c->width + x) * 2;

		for (int i = x; i < x1; i += 2, p += 4) {
			p[0] = p[2] = k.y;
			p[1] = k.u;
			p[3] = k.v;
		}
	}
}

void
draw_fall(struct canvas *c, struct colour a, struct colour b)
{
	for (int y = 0; y < c->height; y++) {
		int n = c->height, m = n - y;

		draw_box(c, 0, y, c->width, 1,
		    (struct colour){(uint8_t)((a.y * m + b.y * y) / n),
			(uint8_t)((a.u * m + b.u * y) / n),
			(uint8_t)((a.v * m + b.v * y) / n)});
	}
}

static const uint8_t *
rows_of(char ch)
{
	ch = (char)toupper((unsigned char)ch);
	for (size_t i = 0; i < sizeof(glyph) / sizeof(glyph[0]); i++)
		if (glyph[i].c == ch)
			return glyph[i].row;
	return unknown;
}

/* luma point by point, so that letters are sharp at odd places too */
static void
dot(struct canvas *c, int x, int y, int size, struct colour k)
{
	for (int j = clip(y, c->height); j < clip(y + size, c->height); j++) {
		for (int i = clip(x, c->width); i < clip(x + size, c->width);
		     i++) {
			uint8_t *p = c->yuyv + ((size_t)j * c->width + i) * 2;

			p[0] = k.y;
			p[i & 1 ? -1 : 1] = k.u;
			p[i & 1 ? 1 : 3] = k.v;
		}
	}
}

void
draw_text(
    struct canvas *c, int x, int y, int scale, struct colour k, const char *s)
{
	for (; *s; s++, x += ADVANCE * scale) {
		const uint8_t *row = rows_of(*s);

		for (int j = 0; j < GLYPH_H; j++)
			for (int i = 0; i < GLYPH_W; i++)
				if (row[j] >> (GLYPH_W - 1 - i) & 1)
					dot(c, x + i * scale, y + j * scale,
					    scale, k);
	}
}

int
draw_text_width(int scale, const char *s)
{
	size_t n = strlen(s);

	return n ? (int)n * ADVANCE * scale - scale : 0;
}

static int
fitting(const struct canvas *c, int scale, const char *s)
{
	while (scale > 1 && draw_text_width(scale, s) > c->width * 9 / 10)
		scale--;
	return scale;
}

static void
centred(struct canvas *c, int y, int scale, struct colour k, const char *s)
{
	draw_text(
	    c, (c->width - draw_text_width(scale, s)) / 2, y, scale, k, s);
}

/* the reason in lines that fit, broken at blanks */
static void
paragraph(struct canvas *c, int y, int scale, struct colour k, const char *s)
{
	int room = c->width * 9 / 10 / (ADVANCE * scale);
	char line[256];

	if (room < 8)
		room = 8;
	if (room > (int)sizeof(line) - 1)
		room = (int)sizeof(line) - 1;
	while (*s) {
		int n = (int)strlen(s);

		if (n > room) {
			n = room;
			while (n > 0 && s[n] != ' ')
				n--;
			if (!n)
				n = room;
		}
		memcpy(line, s, (size_t)n);
		line[n] = '\0';
		centred(c, y, scale, k, line);
		y += (GLYPH_H + 4) * scale;
		s += n;
		while (*s == ' ')
			s++;
	}
}

void
draw_placeholder(struct canvas *c, const char *name, const char *reason)
{
	const struct colour dim = {150, 134, 122}, amber = {178, 60, 158};
	int small = c->width / 320 < 1 ? 1 : c->width / 320;
	int big = fitting(c, small * 3, name);
	int mid = c->height / 2;

	draw_fall(
	    c, (struct colour){44, 134, 124}, (struct colour){22, 132, 126});
	centred(c, mid - (GLYPH_H + 6) * big, big,
	    (struct colour){225, 128, 128}, name);
	draw_box(c, c->width / 2 - 24 * small, mid - 2 * small, 48 * small,
	    small < 2 ? 2 : small, amber);
	paragraph(c, mid + 8 * small, fitting(c, small, ""), dim, reason);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fast road through the lines of a print. */
#include <string.h>

#include "lang/gcode.h"

/* fewer digits than 2^53 has: exact, and so is the power of ten */
#define DIGITS_MAX 15

static const double ten_to[DIGITS_MAX + 1] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6,
    1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/* 1 + axis of a letter */
static const uint8_t axis_of[256] = {
    ['X'] = 1 + GCODE_X,
    ['Y'] = 1 + GCODE_Y,
    ['Z'] = 1 + GCODE_Z,
    ['E'] = 1 + GCODE_E,
    ['F'] = 1 + GCODE_F,
    ['I'] = 1 + GCODE_I,
    ['J'] = 1 + GCODE_J,
    ['K'] = 1 + GCODE_K,
    ['R'] = 1 + GCODE_R,
};

/* One rounding, in the division: the same as num_parse_decimal(). */
static inline const char *
scan_number(const char *p, double *out)
{
	bool negative = *p == '-';
	uint64_t mantissa = 0;
	const char *first;
	int scale = 0;
	unsigned d;

	p += negative;
	first = p;
	while ((d = (unsigned char)*p - (unsigned)'0') <= 9) {
		mantissa = mantissa * 10 + d;
		p++;
	}
	if (*p == '.') {
		const char *dot = p++;

		while ((d = (unsigned char)*p - (unsigned)'0') <= 9) {
			mantissa = mantissa * 10 + d;
			p++;
		}
		scale = (int)(p - dot) - 1;
		first++;
	}
	if (p == first || p - first > DIGITS_MAX)
		return NULL;
	*out = (double)mantissa / ten_to[scale];
	if (negative)
		*out = -*out;
	return p;
}

const char *
gcode_scan_move(struct gcode_move *m, const char *s, const char *end)
{
	const char *p = s + 3;
	unsigned has = 0, twice = 0;

	if (end - s < 4 || s[0] != 'G' || s[1] < '0' || s[1] > '3' ||
	    s[2] != ' ')
		return NULL;
	m->number = s[1] - '0';
	m->comment = NULL;
	for (;;) {
		unsigned axis = axis_of[(unsigned char)*p];

		if (axis) {
			p = scan_number(p + 1, &m->v[axis - 1]);
			if (!p)
				return NULL;
			twice |= has & 1u << (axis - 1);
			has |= 1u << (axis - 1);
		} else if (*p == ' ') {
			p++;
		} else if (*p == '\n') {
			break;
		} else if (*p == '\r' && p[1] == '\n') {
			p++;
			break;
		} else if (*p == ';') {
			m->comment = p + 1;
			p = memchr(p, '\n', (size_t)(end - p));
			if (!p)
				return NULL;
			break;
		} else {
			return NULL;
		}
	}
	m->has = has;
	m->twice = twice;
	return p < end ? p + 1 : NULL;
}

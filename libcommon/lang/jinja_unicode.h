/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of characters beyond ASCII; ranges are sorted. */
#ifndef GANTRY_LANG_JINJA_UNICODE_H
#define GANTRY_LANG_JINJA_UNICODE_H

#include <stdint.h>

struct jj_range {
	uint32_t first, last;
};

struct jj_case { /* every stride-th of first..last moves by delta */
	uint32_t first, last, stride;
	int32_t delta;
};

struct jj_special {
	uint32_t from, to[3];
};

struct jj_char_name { /* sorted by name */
	const char *name;
	uint32_t c;
};

extern const struct jj_range jj_alpha[], jj_unprintable[], jj_space[];
extern const struct jj_range jj_decimal[], jj_digit[], jj_numeric[];
extern const struct jj_case jj_to_upper[], jj_to_lower[];
extern const struct jj_special jj_special_upper[];
extern const struct jj_char_name jj_char_name[];
extern const unsigned jj_n_alpha, jj_n_unprintable, jj_n_space;
extern const unsigned jj_n_decimal, jj_n_digit, jj_n_numeric;
extern const unsigned jj_n_to_upper, jj_n_to_lower;
extern const unsigned jj_n_special_upper, jj_n_char_name;

#endif

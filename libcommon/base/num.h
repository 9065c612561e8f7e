/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict numbers: the whole text or nothing, no locale, limits checked. */
#ifndef GANTRY_BASE_NUM_H
#define GANTRY_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUM_PI 3.14159265358979323846

/*
 * Decimal text: optional sign, digits with an optional dot (leading or
 * trailing allowed).  No exponent, hex, inf, nan or blanks.  Correctly
 * rounded (mantissa < 2^53 over 10^k, k <= 22; longer text takes the exact
 * slow path).  0 on success, -1 when the n bytes are not such a number.
 */
int num_parse_decimal(const char *s, size_t n, double *out);

/* As above, but a decimal exponent is allowed (configuration, text twins). */
int num_parse_double(const char *s, size_t n, double *out);

/* Decimal digits with an optional sign; -1 on anything else or overflow. */
int num_parse_int(const char *s, size_t n, int64_t *out);
int num_parse_uint(const char *s, size_t n, uint64_t *out);

/* Shortest text that reads back as the same double; returns its length.
 * out needs NUM_DOUBLE_MAX bytes.  -0 prints "0"; never inf or nan (BUG). */
#define NUM_DOUBLE_MAX 32
size_t num_format_double(char *out, double v);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict numbers. */
#include "base/num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

/* exact powers of ten: the largest below 2^53 times a power of two is 1e22 */
static const double ten_to[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
    1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22};

#define DIGITS_MAX 400 /* more digits than any double needs */

/* The text was checked before; strtod() is correctly rounded in glibc and the
 * locale's numeric part is always "C" here. */
static int
slow(const char *s, size_t n, double *out)
{
	char text[DIGITS_MAX + 1];

	if (n > DIGITS_MAX)
		return -1;
	memcpy(text, s, n);
	text[n] = '\0';
	*out = strtod(text, NULL);
	return isfinite(*out) ? 0 : -1;
}

int
num_parse_decimal(const char *s, size_t n, double *out)
{
	const char *p = s, *end = s + n;
	uint64_t mantissa = 0;
	int digits = 0, scale = 0;
	bool negative = false, dot = false;

	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	for (; p < end; p++) {
		unsigned d = (unsigned char)*p - (unsigned)'0';

		if (d <= 9) {
			if (digits < 19)
				mantissa = mantissa * 10 + d;
			digits++;
			scale += dot;
		} else if (*p == '.' && !dot) {
			dot = true;
		} else {
			return -1;
		}
	}
	if (!digits)
		return -1;
	if (digits >= 19 || mantissa >= (uint64_t)1 << 53 || scale > 22)
		return slow(s, n, out);
	*out = (double)mantissa / ten_to[scale];
	if (negative)
		*out = -*out;
	return 0;
}

int
num_parse_double(const char *s, size_t n, double *out)
{
	size_t mark = 0;
	int64_t exponent;
	double part;

	while (mark < n && s[mark] != 'e' && s[mark] != 'E')
		mark++;
	if (mark == n)
		return num_parse_decimal(s, n, out);
	if (num_parse_decimal(s, mark, &part) ||
	    num_parse_int(s + mark + 1, n - mark - 1, &exponent) ||
	    exponent > 400 || exponent < -400)
		return -1;
	return slow(s, n, out);
}

int
num_parse_uint(const char *s, size_t n, uint64_t *out)
{
	uint64_t v = 0;

	if (!n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned char)s[i] - (unsigned)'0';

		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return -1;
		v = v * 10 + d;
	}
	*out = v;
	return 0;
}

int
num_parse_int(const char *s, size_t n, int64_t *out)
{
	bool negative = false;
	uint64_t v;

	if (n && (*s == '-' || *s == '+')) {
		negative = *s == '-';
		s++;
		n--;
	}
	if (num_parse_uint(s, n, &v) || v > (uint64_t)INT64_MAX + negative)
		return -1;
	*out = negative ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
}

size_t
num_format_double(char *out, double v)
{
	int n = 0;

	if (!isfinite(v))
		BUG("formatting a number that is not finite");
	if (v == 0) { /* no "-0" */
		memcpy(out, "0", 2);
		return 1;
	}
	for (int digits = 15; digits <= 17; digits++) {
		n = snprintf(out, NUM_DOUBLE_MAX, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
	return (size_t)n;
}

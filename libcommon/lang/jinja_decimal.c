/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Doubles as decimals, exactly, where 128 bits are enough for it. */
#include <math.h>

#include "lang/jinja_private.h"

/*
 * v is m / 2^s with whole m < 2^53.  With v * 10^d = m * 10^d / 2^s in whole
 * numbers of 128 bits, rounding and comparing are exact: no printf(3) and no
 * strtod(3), which take most of a render otherwise.  Where the compiler has
 * no such numbers, or v is too large or too small, the caller does it the
 * long way.
 */
#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

static const uint64_t ten[] = {1ull, 10ull, 100ull, 1000ull, 10000ull,
    100000ull, 1000000ull, 10000000ull, 100000000ull, 1000000000ull,
    10000000000ull, 100000000000ull, 1000000000000ull, 10000000000000ull,
    100000000000000ull, 1000000000000000ull, 10000000000000000ull,
    100000000000000000ull, 1000000000000000000ull, 10000000000000000000ull};

/* m and s of v > 0 */
static void
split(double v, uint64_t *m, int *s)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	*m = (bits & ((1ull << 52) - 1)) | 1ull << 52;
	*s = 1075 - (int)(bits >> 52);
}

/* n / 2^s, half to even */
static uint64_t
shifted(wide n, int s)
{
	uint64_t q = (uint64_t)(n >> s);
	wide rest = n - ((wide)q << s), half = (wide)1 << (s - 1);

	return q + (rest > half || (rest == half && (q & 1)));
}

bool
jj_scaled(double v, int64_t d, uint64_t *q)
{
	uint64_t m;
	int s;

	if (v == 0 && d >= 0) {
		*q = 0;
		return true;
	}
	/* the whole stays below 2^53: q / 10^d is then one rounding */
	if (d < 0 || d > 15 || !(v >= 1e-12) ||
	    !(v < 9e15 / (double)ten[d < 0 || d > 15 ? 0 : d]))
		return false;
	split(v, &m, &s);
	if (s < 1)
		return false;
	*q = shifted((wide)m * ten[d], s);
	return true;
}

/* the shortest digits that read back as v: 15 always come back as they are,
 * 17 are always enough */
int
jj_digits17(double v, char *digits, int *exponent)
{
	uint64_t m, q;
	int s, e, n;

	if (!(v >= 0.01) || !(v < 1e15))
		return 0;
	split(v, &m, &s);
	if (s < 1 || s > 59 || m == 1ull << 52)
		return 0;
	for (e = -2; e < 15 &&
		     v >= (e < 0 ? (e == -2 ? 0.1 : 1.0) : (double)ten[e + 1]);)
		e++;
	for (n = 15; n <= 17; n++) {
		int d = n - 1 - e;
		wide whole = (wide)m * ten[d], back, off;

		q = shifted(whole, s);
		back = (wide)q << s;
		off = back > whole ? back - whole : whole - back;
		/* within half a step of v? The ends belong to an even one */
		if (2 * off < ten[d] || (2 * off == ten[d] && !(m & 1)))
			break;
	}
	if (n > 17)
		return 0;
	if (q == ten[n]) { /* 9.99...: one digit more before the point */
		q /= 10;
		e++;
	}
	for (int i = n; i; q /= 10)
		digits[--i] = (char)('0' + q % 10);
	while (n > 1 && digits[n - 1] == '0')
		n--;
	*exponent = e;
	return n;
}

#else

bool
jj_scaled(double v, int64_t d, uint64_t *q)
{
	(void)v;
	(void)d;
	(void)q;
	return false;
}

int
jj_digits17(double v, char *digits, int *exponent)
{
	(void)v;
	(void)digits;
	(void)exponent;
	return 0;
}
#endif

/* q / 10^d with d decimals */
size_t
jj_put_scaled(char *out, uint64_t q, unsigned d)
{
	char text[24];
	size_t at = sizeof(text);

	for (unsigned i = 0; i < d; i++, q /= 10)
		text[--at] = (char)('0' + q % 10);
	if (d)
		text[--at] = '.';
	do
		text[--at] = (char)('0' + q % 10);
	while (q /= 10);
	memcpy(out, text + at, sizeof(text) - at);
	return sizeof(text) - at;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integers: 64 bits as long as they fit, any size beyond. */
#include <math.h>
#include <string.h>

#include "lang/jinja_private.h"

/* A number is refused beyond this many bits: nothing of a macro needs it. */
#define BITS_MAX 65536

static struct jj_big *
big_new(struct jinja *j, uint32_t n)
{
	struct jj_big *b;

	if (n > BITS_MAX / 32 + 2)
		jj_fail(j, "OverflowError",
		    "an integer beyond the limit of %d bits", BITS_MAX);
	b = jj_alloc(j, sizeof(*b) + n * sizeof(b->d[0]));
	b->n = n;
	return b;
}

/* the digits of any integer; those of small ones go to room */
struct view {
	const uint32_t *d;
	uint32_t n;
	bool neg;
	uint32_t room[2];
};

static void
digits(struct jj_value v, struct view *w)
{
	uint64_t m;

	if (v.kind == JJ_BIG) {
		w->d = v.u.big->d;
		w->n = v.u.big->n;
		w->neg = v.u.big->neg;
		return;
	}
	w->neg = v.kind == JJ_INT && v.u.i < 0;
	m = v.kind == JJ_BOOL ? v.u.b : (uint64_t)v.u.i;
	if (w->neg)
		m = 0 - m;
	w->room[0] = (uint32_t)m;
	w->room[1] = (uint32_t)(m >> 32);
	w->d = w->room;
	w->n = w->room[1] ? 2 : w->room[0] ? 1 : 0;
}

struct jj_value
jj_big_norm(struct jinja *j, struct jj_big *b)
{
	uint64_t m;

	(void)j;
	while (b->n && !b->d[b->n - 1])
		b->n--;
	if (b->n > 2)
		return jj_ptr(JJ_BIG, b);
	m = b->n > 1 ? (uint64_t)b->d[1] << 32 : 0;
	if (b->n)
		m |= b->d[0];
	if (m <= (uint64_t)INT64_MAX + b->neg)
		return jj_int(b->neg ? (int64_t)(0 - m) : (int64_t)m);
	return jj_ptr(JJ_BIG, b);
}

static int
cmp_mag(const struct view *a, const struct view *b)
{
	if (a->n != b->n)
		return a->n > b->n ? 1 : -1;
	for (uint32_t i = a->n; i-- > 0;)
		if (a->d[i] != b->d[i])
			return a->d[i] > b->d[i] ? 1 : -1;
	return 0;
}

static struct jj_big *
add_mag(struct jinja *j, const struct view *a, const struct view *b)
{
	uint32_t n = a->n > b->n ? a->n : b->n;
	struct jj_big *r = big_new(j, n + 1);
	uint64_t carry = 0;

	for (uint32_t i = 0; i <= n; i++) {
		carry += i < a->n ? a->d[i] : 0;
		carry += i < b->n ? b->d[i] : 0;
		r->d[i] = (uint32_t)carry;
		carry >>= 32;
	}
	return r;
}

/* a >= b */
static struct jj_big *
sub_mag(struct jinja *j, const struct view *a, const struct view *b)
{
	struct jj_big *r = big_new(j, a->n);
	int64_t carry = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		carry += (int64_t)a->d[i] - (i < b->n ? b->d[i] : 0);
		r->d[i] = (uint32_t)carry;
		carry >>= 32;
	}
	return r;
}

static struct jj_value
add(struct jinja *j, struct view *a, struct view *b)
{
	struct jj_big *r;
	int c;

	if (a->neg == b->neg) {
		r = add_mag(j, a, b);
		r->neg = a->neg;
		return jj_big_norm(j, r);
	}
	c = cmp_mag(a, b);
	r = c >= 0 ? sub_mag(j, a, b) : sub_mag(j, b, a);
	r->neg = c >= 0 ? a->neg : b->neg;
	return jj_big_norm(j, r);
}

struct jj_value
jj_int_add(struct jinja *j, struct jj_value a, struct jj_value b)
{
	struct view x, y;

	digits(a, &x);
	digits(b, &y);
	return add(j, &x, &y);
}

struct jj_value
jj_int_sub(struct jinja *j, struct jj_value a, struct jj_value b)
{
	struct view x, y;

	digits(a, &x);
	digits(b, &y);
	y.neg = !y.neg;
	return add(j, &x, &y);
}

struct jj_value
jj_int_neg(struct jinja *j, struct jj_value a)
{
	return jj_int_sub(j, jj_int(0), a);
}

struct jj_value
jj_int_mul(struct jinja *j, struct jj_value a, struct jj_value b)
{
	struct view x, y;
	struct jj_big *r;

	digits(a, &x);
	digits(b, &y);
	r = big_new(j, x.n + y.n);
	j->steps += (uint64_t)x.n * y.n / 16;
	for (uint32_t i = 0; i < x.n; i++) {
		uint64_t carry = 0;

		for (uint32_t k = 0; k < y.n; k++) {
			carry += (uint64_t)x.d[i] * y.d[k] + r->d[i + k];
			r->d[i + k] = (uint32_t)carry;
			carry >>= 32;
		}
		r->d[i + y.n] = (uint32_t)carry;
	}
	r->neg = x.neg != y.neg;
	return jj_big_norm(j, r);
}

/* q and the remainder of a / d in place of a */
static uint32_t
div_small(uint32_t *q, const uint32_t *a, uint32_t n, uint32_t d)
{
	uint64_t rest = 0;

	for (uint32_t i = n; i-- > 0;) {
		rest = rest << 32 | a[i];
		q[i] = (uint32_t)(rest / d);
		rest %= d;
	}
	return (uint32_t)rest;
}

static void
shift_left(uint32_t *to, const uint32_t *from, uint32_t n, unsigned by)
{
	uint32_t carry = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t d = (uint64_t)from[i] << by | carry;

		to[i] = (uint32_t)d;
		carry = (uint32_t)(d >> 32);
	}
	to[n] = carry;
}

/* one digit of the quotient; u has n + 1 digits from at, v has n >= 2 */
static uint32_t
div_step(uint32_t *u, const uint32_t *v, uint32_t n)
{
	uint64_t top = (uint64_t)u[n] << 32 | u[n - 1];
	uint64_t q = top / v[n - 1], r = top % v[n - 1], carry = 0;
	int64_t borrow = 0;

	while (q >> 32 || q * v[n - 2] > (r << 32 | u[n - 2])) {
		q--;
		r += v[n - 1];
		if (r >> 32)
			break;
	}
	for (uint32_t i = 0; i <= n; i++) {
		carry += i < n ? q * v[i] : 0;
		borrow += (int64_t)u[i] - (int64_t)(uint32_t)carry;
		u[i] = (uint32_t)borrow;
		borrow >>= 32;
		carry >>= 32;
	}
	if (borrow < 0) { /* one too many: add back */
		q--;
		carry = 0;
		for (uint32_t i = 0; i <= n; i++) {
			carry += (uint64_t)u[i] + (i < n ? v[i] : 0);
			u[i] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	return (uint32_t)q;
}

/* magnitudes: schoolbook division (Knuth, volume 2, algorithm D) */
static void
divmod_mag(struct jinja *j, const struct view *a, const struct view *b,
    struct jj_big **q, struct jj_big **r)
{
	struct jj_big *u, *v;
	unsigned shift = 0;

	*q = big_new(j, a->n ? a->n : 1);
	j->steps += (uint64_t)a->n * b->n / 16;
	if (cmp_mag(a, b) < 0) {
		*r = big_new(j, a->n);
		memcpy((*r)->d, a->d, a->n * sizeof(uint32_t));
		return;
	}
	if (b->n == 1) {
		*r = big_new(j, 1);
		(*r)->d[0] = div_small((*q)->d, a->d, a->n, b->d[0]);
		return;
	}
	while (!(b->d[b->n - 1] << shift >> 31))
		shift++;
	u = big_new(j, a->n + 1);
	v = big_new(j, b->n + 1);
	shift_left(u->d, a->d, a->n, shift);
	shift_left(v->d, b->d, b->n, shift);
	for (uint32_t i = a->n - b->n + 1; i-- > 0;)
		(*q)->d[i] = div_step(u->d + i, v->d, b->n);
	*r = u;
	for (uint32_t i = 0; i < b->n; i++)
		u->d[i] =
		    u->d[i] >> shift |
		    (shift ? (uint32_t)((uint64_t)u->d[i + 1] << (32 - shift))
			   : 0);
	u->n = b->n;
}

void
jj_int_divmod(struct jinja *j, struct jj_value a, struct jj_value b,
    struct jj_value *q, struct jj_value *r)
{
	struct view x, y;
	struct jj_big *bq, *br;
	struct jj_value vq, vr;

	digits(a, &x);
	digits(b, &y);
	divmod_mag(j, &x, &y, &bq, &br);
	bq->neg = x.neg != y.neg;
	br->neg = x.neg;
	vq = jj_big_norm(j, bq);
	vr = jj_big_norm(j, br);
	if (jj_int_sign(vr) && x.neg != y.neg) { /* toward minus infinity */
		vq = jj_int_sub(j, vq, jj_int(1));
		vr = jj_int_add(j, vr, b);
	}
	if (q)
		*q = vq;
	if (r)
		*r = vr;
}

struct jj_value
jj_int_pow(struct jinja *j, struct jj_value a, uint64_t n)
{
	struct jj_value r = jj_int(1);
	unsigned bits = jj_int_bits(a);

	if (bits > 1 && n > BITS_MAX)
		jj_fail(j, "OverflowError",
		    "an integer beyond the limit of %d bits", BITS_MAX);
	for (; n; n >>= 1) {
		if (n & 1)
			r = jj_int_mul(j, r, a);
		if (n > 1)
			a = jj_int_mul(j, a, a);
	}
	return r;
}

int
jj_int_sign(struct jj_value v)
{
	struct view w;

	digits(v, &w);
	return w.n ? (w.neg ? -1 : 1) : 0;
}

int
jj_int_cmp(struct jj_value a, struct jj_value b)
{
	struct view x, y;
	int c;

	digits(a, &x);
	digits(b, &y);
	if (x.neg != y.neg)
		return x.n || y.n ? (x.neg ? -1 : 1) : 0;
	c = cmp_mag(&x, &y);
	return x.neg ? -c : c;
}

unsigned
jj_int_bits(struct jj_value v)
{
	struct view w;
	unsigned n;

	digits(v, &w);
	if (!w.n)
		return 0;
	n = (w.n - 1) * 32;
	for (uint32_t top = w.d[w.n - 1]; top; top >>= 1)
		n++;
	return n;
}

/* bits from..from+63 of a magnitude, and whether any below is set */
static uint64_t
bits_at(const struct view *w, unsigned from, bool *sticky)
{
	uint64_t m = 0;

	for (unsigned i = 0; i < from / 32 && i < w->n; i++)
		*sticky |= w->d[i] != 0;
	if (from % 32 && from / 32 < w->n)
		*sticky |= (w->d[from / 32] << (32 - from % 32)) != 0;
	for (unsigned i = 0; i < 64; i++) {
		unsigned bit = from + i;

		if (bit / 32 < w->n && w->d[bit / 32] >> bit % 32 & 1)
			m |= (uint64_t)1 << i;
	}
	return m;
}

/* m * 2^e plus less than one unit of m if sticky, rounded to nearest even */
static double
rounded(uint64_t m, bool sticky, int e)
{
	/* the lowest bit takes what was cut off: 64 bits are ten more than
	 * the conversion looks at */
	return ldexp((double)(m | sticky), e);
}

static double
big_double(struct jinja *j, const struct view *w)
{
	struct jj_value v;
	unsigned bits;
	bool sticky = false;
	double f;

	struct jj_big *copy = big_new(j, w->n);

	memcpy(copy->d, w->d, w->n * sizeof(uint32_t));
	v = jj_ptr(JJ_BIG, copy);
	bits = jj_int_bits(v);
	if (bits > 1024)
		return HUGE_VAL;
	if (bits <= 64)
		f = (double)bits_at(w, 0, &sticky);
	else {
		uint64_t m = bits_at(w, bits - 64, &sticky);

		f = rounded(m, sticky, (int)bits - 64);
	}
	return w->neg ? -f : f;
}

double
jj_int_double(struct jinja *j, struct jj_value v)
{
	struct view w;
	double f;

	if (v.kind == JJ_BOOL)
		return v.u.b;
	if (v.kind == JJ_INT)
		return (double)v.u.i;
	digits(v, &w);
	f = big_double(j, &w);
	if (!isfinite(f))
		jj_fail(
		    j, "OverflowError", "int too large to convert to float");
	return f;
}

/* a / b of any size, correctly rounded */
double
jj_int_truediv(struct jinja *j, struct jj_value a, struct jj_value b)
{
	int sign = jj_int_sign(a) * jj_int_sign(b);
	int shift = 66 + (int)jj_int_bits(b) - (int)jj_int_bits(a);
	struct jj_value q, r, two = jj_int(2);
	struct view w;
	bool sticky = false;
	unsigned bits;
	double f;

	if (!sign)
		return 0;
	if (jj_int_sign(a) < 0)
		a = jj_int_neg(j, a);
	if (jj_int_sign(b) < 0)
		b = jj_int_neg(j, b);
	if (shift > 0)
		a = jj_int_mul(j, a, jj_int_pow(j, two, (uint64_t)shift));
	else
		b = jj_int_mul(j, b, jj_int_pow(j, two, (uint64_t)-shift));
	jj_int_divmod(j, a, b, &q, &r);
	sticky = jj_int_sign(r) != 0;
	digits(q, &w);
	bits = jj_int_bits(q); /* 66 or 67 */
	f = rounded(
	    bits_at(&w, bits - 64, &sticky), sticky, (int)bits - 64 - shift);
	if (!isfinite(f))
		jj_fail(j, "OverflowError",
		    "integer division result too large for a float");
	return sign < 0 ? -f : f;
}

struct jj_value
jj_int_of_double(struct jinja *j, double f)
{
	int e;
	uint64_t m;
	struct jj_value v;

	if (fabs(f) < 9.2e18)
		return jj_int((int64_t)f);
	m = (uint64_t)ldexp(frexp(fabs(f), &e), 53);
	v = jj_int_mul(j, jj_int((int64_t)m),
	    jj_int_pow(j, jj_int(2), (uint64_t)(e - 53)));
	return f < 0 ? jj_int_neg(j, v) : v;
}

bool
jj_int_parse(struct jinja *j, const char *s, size_t n, unsigned base,
    struct jj_value *out)
{
	struct jj_value v = jj_int(0), by = jj_int(base);
	bool digit = false;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		unsigned d =
		    c <= '9' ? (unsigned)c - '0' : (c | 32u) - 'a' + 10;

		if (c == '_' && digit && i + 1 < n) {
			digit = false;
			continue;
		}
		if (c < '0' || d >= base || (c > '9' && d < 10))
			return false;
		digit = true;
		if (v.kind == JJ_INT && v.u.i < INT64_MAX / 40)
			v.u.i = v.u.i * base + d;
		else
			v = jj_int_add(
			    j, jj_int_mul(j, v, by), jj_int((int64_t)d));
	}
	*out = v;
	return digit;
}

/* digits of that base, lowest first */
static void
reversed(struct jinja *j, struct jj_sb *b, const struct view *w, unsigned base)
{
	struct jj_big *m = big_new(j, w->n);
	uint32_t n = w->n;
	uint32_t chunk = base;
	unsigned per = 1;

	memcpy(m->d, w->d, n * sizeof(uint32_t));
	while ((uint64_t)chunk * base < UINT32_MAX) {
		chunk *= base;
		per++;
	}
	while (n) {
		uint32_t rest = div_small(m->d, m->d, n, chunk);

		while (n && !m->d[n - 1])
			n--;
		for (unsigned i = 0; i < per && (n || rest); i++) {
			jj_sb_putc(j, b, "0123456789abcdef"[rest % base]);
			rest /= base;
		}
	}
}

static void
small_to(struct jinja *j, struct jj_sb *b, int64_t i)
{
	uint64_t u = i < 0 ? -(uint64_t)i : (uint64_t)i;
	char text[24];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (i < 0)
		text[--at] = '-';
	jj_sb_add(j, b, text + at, sizeof(text) - at);
}

void
jj_int_to(struct jinja *j, struct jj_sb *b, struct jj_value v, unsigned base)
{
	struct jj_sb low = {NULL, 0, 0};
	struct view w;

	if (v.kind != JJ_BIG && base == 10) {
		small_to(j, b, v.kind == JJ_BOOL ? v.u.b : v.u.i);
		return;
	}
	digits(v, &w);
	if (w.neg)
		jj_sb_putc(j, b, '-');
	if (!w.n)
		jj_sb_putc(j, b, '0');
	reversed(j, &low, &w, base);
	if (base == 10 && low.len > JJ_DIGITS_MAX)
		jj_fail(j, "ValueError",
		    "Exceeds the limit (%d digits) for integer string "
		    "conversion; use sys.set_int_max_str_digits() to increase "
		    "the limit",
		    JJ_DIGITS_MAX);
	while (low.len)
		jj_sb_putc(j, b, low.p[--low.len]);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text in text, in time that grows with the two lengths alone. */
#include "lang/jinja_private.h"

/*
 * Short needles are compared at every place where their first letter stands.
 * A long one could be almost there again and again ("aaab" in "aaaa..."), so
 * a hash of as many letters slides along with the search (Karp and Rabin,
 * 1987) and only equal hashes are looked at: modulo 2^31 - 1, about one in
 * two thousand million places in vain.
 */
#define SHORT 32
#define PRIME 0x7fffffffull
#define BASE  0x2f0b4a27ull

struct slide {
	uint64_t want, here, top; /* top: BASE^(len - 1) */
};

static uint64_t
letter(const char *s)
{
	return (unsigned char)*s + 1u;
}

/* step 1: from the left; step -1: the last letter is the first */
static void
slide_begin(struct slide *h, const char *in, const char *what, size_t len,
    ptrdiff_t step)
{
	h->want = h->here = 0;
	h->top = 1;
	for (size_t i = 0; i < len; i++, in += step, what += step) {
		h->want = (h->want * BASE + letter(what)) % PRIME;
		h->here = (h->here * BASE + letter(in)) % PRIME;
		if (i)
			h->top = h->top * BASE % PRIME;
	}
}

static void
slide_on(struct slide *h, const char *leaves, const char *comes)
{
	uint64_t gone = letter(leaves) * h->top % PRIME;

	h->here = ((h->here + PRIME - gone) * BASE + letter(comes)) % PRIME;
}

static int64_t
find_long(const char *in, size_t n, const char *what, size_t len)
{
	struct slide h;

	slide_begin(&h, in, what, len, 1);
	for (size_t i = 0;; i++) {
		if (h.here == h.want && memcmp(in + i, what, len) == 0)
			return (int64_t)i;
		if (i + len >= n)
			return -1;
		slide_on(&h, in + i, in + i + len);
	}
}

static int64_t
rfind_long(const char *in, size_t n, const char *what, size_t len)
{
	struct slide h;

	slide_begin(&h, in + n - 1, what + len - 1, len, -1);
	for (size_t i = n - len;; i--) {
		if (h.here == h.want && memcmp(in + i, what, len) == 0)
			return (int64_t)i;
		if (!i)
			return -1;
		slide_on(&h, in + i + len - 1, in + i - 1);
	}
}

int64_t
jj_find_text(const char *in, size_t n, const char *what, size_t len)
{
	const char *p = in, *end = in + n;

	if (!len)
		return 0;
	if (len > SHORT)
		return n < len ? -1 : find_long(in, n, what, len);
	while ((size_t)(end - p) >= len &&
	       (p = memchr(p, what[0], (size_t)(end - p) - len + 1))) {
		if (memcmp(p, what, len) == 0)
			return p - in;
		p++;
	}
	return -1;
}

int64_t
jj_rfind_text(const char *in, size_t n, const char *what, size_t len)
{
	if (len > SHORT)
		return n < len ? -1 : rfind_long(in, n, what, len);
	for (int64_t i = (int64_t)n - (int64_t)len; i >= 0; i--)
		if (memcmp(in + i, what, len) == 0)
			return i;
	return -1;
}

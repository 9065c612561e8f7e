/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The marker walk, the mending, and the splitting of a row of JPEGs. */
#include "jpeg.h"

#include <string.h>

enum {
	M_SOI = 0xd8,
	M_EOI = 0xd9,
	M_SOS = 0xda,
	M_DHT = 0xc4,
	M_COM = 0xfe,
	M_APP0 = 0xe0,
	M_APP15 = 0xef,
	COMMENT_MAX = 60000,
};

void
jpeg_walk_begin(struct jpeg_walk *w)
{
	memset(w, 0, sizeof(*w));
}

/* SOF0..SOF15 without DHT (C4), JPG (C8) and DAC (CC) */
static bool
is_frame_header(uint8_t m)
{
	return m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc;
}

static bool
holds_soi(const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;

	while (n > 1 && (p = memchr(p, 0xff, n - 1))) {
		if (p[1] == M_SOI)
			return true;
		p++;
		n = (size_t)(end - p);
	}
	return false;
}

/* a segment with a length, complete in memory: p is behind the marker */
static enum jpeg_status
segment(struct jpeg_walk *w, uint8_t m, const uint8_t *p, size_t n)
{
	if (m == M_DHT && !w->has_scan)
		w->has_huffman = true;
	if (is_frame_header(m)) {
		if (n < 8)
			return JPEG_BAD;
		w->has_frame = true;
		w->height = p[3] << 8 | p[4];
		w->width = p[5] << 8 | p[6];
	}
	if (m >= M_APP0 && m <= M_APP15 && holds_soi(p, n)) {
		/* behind a scan no camera puts one: only the head is mended */
		if (w->has_scan)
			return JPEG_BAD;
		w->has_thumbnail = true;
	}
	if (m == M_SOS) {
		if (!w->has_frame)
			return JPEG_BAD;
		if (!w->has_scan)
			w->first_scan = w->at;
		w->has_scan = true;
		w->entropy = true;
	}
	return JPEG_MORE;
}

/* coded data up to the next marker that is one */
static enum jpeg_status
coded(struct jpeg_walk *w, const uint8_t *d, size_t len)
{
	while (w->at + 1 < len) {
		const uint8_t *p = memchr(d + w->at, 0xff, len - w->at - 1);

		if (!p) {
			w->at = len - 1;
			return JPEG_MORE;
		}
		w->at = (size_t)(p - d);
		if (p[1] == M_SOI)
			return JPEG_BAD; /* the next picture: this broke off */
		if (p[1] && p[1] != 0xff && !(p[1] >= 0xd0 && p[1] <= 0xd7)) {
			w->entropy = false;
			return JPEG_WHOLE; /* go on with markers */
		}
		w->at += p[1] == 0xff ? 1 : 2;
	}
	return JPEG_MORE;
}

/* one marker and its segment; JPEG_MORE without moving: needs more bytes */
static enum jpeg_status
marker(struct jpeg_walk *w, const uint8_t *d, size_t len)
{
	enum jpeg_status s;
	size_t n;

	while (w->at + 1 < len && d[w->at] == 0xff && d[w->at + 1] == 0xff)
		w->at++; /* fill bytes */
	if (w->at + 1 >= len)
		return JPEG_MORE;
	if (d[w->at] != 0xff)
		return JPEG_BAD;
	if (d[w->at + 1] == M_EOI) {
		w->end = w->at + 2;
		return w->has_scan ? JPEG_WHOLE : JPEG_BAD;
	}
	if (d[w->at + 1] < 0xc0 || (d[w->at + 1] & 0xf8) == 0xd0 ||
	    d[w->at + 1] == M_SOI)
		return JPEG_BAD;
	if (w->at + 4 > len)
		return JPEG_MORE;
	n = (size_t)d[w->at + 2] << 8 | d[w->at + 3];
	if (n < 2)
		return JPEG_BAD;
	if (w->at + 2 + n > len)
		return JPEG_MORE;
	s = segment(w, d[w->at + 1], d + w->at + 2, n);
	w->at += 2 + n;
	return s;
}

enum jpeg_status
jpeg_walk_on(struct jpeg_walk *w, const uint8_t *d, size_t len)
{
	if (w->at == 0) {
		if (len < 2)
			return JPEG_MORE;
		if (d[0] != 0xff || d[1] != M_SOI)
			return JPEG_BAD;
		w->at = 2;
	}
	for (;;) {
		size_t before = w->at;
		bool was_coded = w->entropy;
		enum jpeg_status s =
		    was_coded ? coded(w, d, len) : marker(w, d, len);

		if (s == JPEG_BAD || (s == JPEG_WHOLE && !was_coded))
			return s;
		if (s == JPEG_MORE && (was_coded || w->at == before))
			return JPEG_MORE;
	}
}

/*
 * The tables of T.81 Annex K.3.3, which Motion JPEG means when it has none:
 * counts per length, then values.  DC tables hold 0..11 in order.
 */
static const uint8_t dc_counts[2][16] = {
    {0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0},
    {0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
};
static const uint8_t ac_counts[2][16] = {
    {0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125},
    {0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119},
};
/* The values up to the last regular row; from there on each row of the
 * table is RUN/SIZE in ascending order (table_ac() fills those in). */
static const uint8_t ac_head_luma[] = {0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05,
    0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14,
    0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1,
    0xf0, 0x24, 0x33, 0x62, 0x72, 0x82};
static const uint8_t ac_head_chroma[] = {0x00, 0x01, 0x02, 0x03, 0x11, 0x04,
    0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22,
    0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33,
    0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25,
    0xf1};

enum {
	AC_VALUES = 162,
	HUFFMAN_BYTES = 2 + 2 + 2 * (17 + 12) + 2 * (17 + AC_VALUES),
};

/* run/size pairs run 0..15, size 1..10, and the two specials 00 and F0 */
static uint8_t *
table_ac(uint8_t *p, const uint8_t *head, size_t n_head)
{
	size_t n = n_head;
	bool used[256] = {false};

	memcpy(p, head, n_head);
	for (size_t i = 0; i < n_head; i++)
		used[head[i]] = true;
	for (int v = 0; v < 256; v++) {
		int size = v & 15;

		if (size >= 1 && size <= 10 && !used[v])
			p[n++] = (uint8_t)v;
	}
	return p + n;
}

static size_t
huffman_tables(uint8_t *p)
{
	uint8_t *start = p;

	*p++ = 0xff;
	*p++ = M_DHT;
	*p++ = (HUFFMAN_BYTES - 2) >> 8;
	*p++ = (HUFFMAN_BYTES - 2) & 0xff;
	for (int i = 0; i < 2; i++) {
		*p++ = (uint8_t)i;
		memcpy(p, dc_counts[i], 16);
		p += 16;
		for (uint8_t v = 0; v < 12; v++)
			*p++ = v;
		*p++ = (uint8_t)(0x10 | i);
		memcpy(p, ac_counts[i], 16);
		p += 16;
		p = i ? table_ac(p, ac_head_chroma, sizeof(ac_head_chroma))
		      : table_ac(p, ac_head_luma, sizeof(ac_head_luma));
	}
	return (size_t)(p - start);
}

static size_t
comment_length(const char *comment)
{
	size_t n = comment ? strlen(comment) : 0;

	return n > COMMENT_MAX ? COMMENT_MAX : n;
}

size_t
jpeg_clean_size(const struct jpeg_walk *w, const char *comment)
{
	return w->end + HUFFMAN_BYTES + 4 + comment_length(comment);
}

/* the segments before the first scan, without APPn that hold an SOI */
static uint8_t *
copy_head(const struct jpeg_walk *w, const uint8_t *d, uint8_t *p)
{
	size_t at = 2;

	while (at < w->first_scan) {
		size_t n;
		bool app;

		if (d[at + 1] == 0xff) {
			at++;
			continue;
		}
		n = 2 + ((size_t)d[at + 2] << 8 | d[at + 3]);
		app = d[at + 1] >= M_APP0 && d[at + 1] <= M_APP15;
		if (!app || !holds_soi(d + at + 2, n - 2)) {
			memcpy(p, d + at, n);
			p += n;
		}
		at += n;
	}
	return p;
}

size_t
jpeg_clean(const struct jpeg_walk *w, const uint8_t *d, const char *comment,
    uint8_t *out)
{
	uint8_t *p = out;

	*p++ = 0xff;
	*p++ = M_SOI;
	if (comment) {
		size_t n = comment_length(comment);

		*p++ = 0xff;
		*p++ = M_COM;
		*p++ = (uint8_t)((n + 2) >> 8);
		*p++ = (uint8_t)((n + 2) & 0xff);
		memcpy(p, comment, n);
		p += n;
	}
	if (w->has_thumbnail) {
		p = copy_head(w, d, p);
	} else {
		memcpy(p, d + 2, w->first_scan - 2);
		p += w->first_scan - 2;
	}
	if (!w->has_huffman)
		p += huffman_tables(p);
	memcpy(p, d + w->first_scan, w->end - w->first_scan);
	p += w->end - w->first_scan;
	return (size_t)(p - out);
}

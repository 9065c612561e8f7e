/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row of JPEGs with anything between them, cut into pictures. */
#include <string.h>

#include "jpeg.h"

void
jpeg_split_init(struct jpeg_split *s, size_t limit)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->in);
	s->limit = limit;
}

void
jpeg_split_release(struct jpeg_split *s)
{
	buf_release(&s->in);
}

void
jpeg_split_feed(struct jpeg_split *s, const void *data, size_t len)
{
	if (s->taken) {
		buf_consume(&s->in, s->taken);
		s->taken = 0;
	}
	buf_add(&s->in, data, len);
}

/* drops what cannot begin a picture: all before FF D8 FF */
static bool
find_start(struct jpeg_split *s)
{
	const uint8_t *d = (const uint8_t *)s->in.data;
	const uint8_t *p = d + s->taken;
	size_t n = s->in.len - s->taken;

	while (n > 2 && (p = memchr(p, 0xff, n - 2))) {
		n = s->in.len - (size_t)(p - d);
		if (p[1] == 0xd8 && p[2] == 0xff) {
			s->taken = (size_t)(p - d);
			jpeg_walk_begin(&s->walk);
			s->inside = true;
			return true;
		}
		p++;
		n--;
	}
	/* the last two bytes may be the beginning of a start */
	if (s->in.len - s->taken > 2)
		s->taken = s->in.len - 2;
	return false;
}

bool
jpeg_split_next(
    struct jpeg_split *s, const uint8_t **data, struct jpeg_walk *walk)
{
	while (s->inside || (s->in.len && find_start(s))) {
		const uint8_t *d = (const uint8_t *)s->in.data + s->taken;
		size_t n = s->in.len - s->taken;
		enum jpeg_status st = jpeg_walk_on(&s->walk, d, n);

		if (st == JPEG_MORE && n <= s->limit)
			return false;
		s->inside = false;
		if (st == JPEG_WHOLE && s->walk.end <= s->limit) {
			*data = d;
			*walk = s->walk;
			s->taken += s->walk.end;
			return true;
		}
		s->skipped++;
		s->taken += s->walk.at > 2 ? s->walk.at : 2;
		if (s->taken > s->in.len)
			s->taken = s->in.len;
	}
	return false;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as JPEGs in a row: split, walk, mend. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "cmd/camctl/jpeg.h"
#include "tests/fuzz/fuzz.h"

/* what goes out must be whole, hold one SOI in its head, and stay as it is
 * when it is mended again */
static void
mend(const uint8_t *data, const struct jpeg_walk *w)
{
	size_t room = jpeg_clean_size(w, "tag"), n, m;
	uint8_t *out = xmalloc(room), *again;
	struct jpeg_walk walk;

	n = jpeg_clean(w, data, "tag", out);
	if (n > room)
		BUG("%zu bytes in room for %zu", n, room);
	jpeg_walk_begin(&walk);
	if (jpeg_walk_on(&walk, out, n) != JPEG_WHOLE || walk.end != n)
		BUG("mended, and broken");
	if (!walk.has_huffman || walk.has_thumbnail)
		BUG("not mended");
	again = xmalloc(jpeg_clean_size(&walk, NULL));
	m = jpeg_clean(&walk, out, NULL, again);
	if (m != n || memcmp(out, again, n) != 0)
		BUG("mended twice");
	free(out);
	free(again);
}

static unsigned
split(const uint8_t *data, size_t len, size_t step)
{
	struct jpeg_split s;
	struct jpeg_walk walk;
	const uint8_t *p;
	unsigned n = 0;

	jpeg_split_init(&s, 4096);
	for (size_t at = 0; at < len; at += step) {
		size_t k = len - at < step ? len - at : step;

		jpeg_split_feed(&s, data + at, k);
		while (jpeg_split_next(&s, &p, &walk)) {
			mend(p, &walk);
			n++;
		}
	}
	jpeg_split_release(&s);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	split(data, len, len ? len : 1);
	split(data, len, 1 + len % 7);
	return 0;
}

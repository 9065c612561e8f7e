/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kind of source a text means. */
#include "source.h"

#include <string.h>

#include "base/num.h"
#include "source-v4l2.h"

static const struct {
	const char *prefix;
	struct source *(*make)(const char *rest, struct buf *why);
} kinds[] = {
    {"test:", source_test_new},
    {"mjpeg:", source_mjpeg_new},
    {"http:", source_http_new},
    {"unix:", source_http_new},
};

struct source *
source_new(const char *spec, struct buf *why)
{
	struct device_match node = {.device = spec};

	if (*spec == '/')
		return source_v4l2_new(&node, NULL, NULL);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].prefix);

		if (strncmp(spec, kinds[i].prefix, n) == 0)
			return kinds[i].make(
			    kinds[i].make == source_http_new ? spec : spec + n,
			    why);
	}
	buf_addf(why,
	    "'%s' is no source: test:WxH@FPS, mjpeg:FILE, http://, unix: or "
	    "/dev/...",
	    spec);
	return NULL;
}

void
source_free(struct source *s)
{
	if (s)
		s->ops->free(s);
}

int
source_parse_size(const char *s, size_t len, int *width, int *height)
{
	const char *x = memchr(s, 'x', len);
	int64_t w, h;

	if (!x || num_parse_int(s, (size_t)(x - s), &w) ||
	    num_parse_int(x + 1, len - (size_t)(x - s) - 1, &h) || w < 16 ||
	    h < 16 || w > 8192 || h > 8192)
		return -1;
	*width = (int)w;
	*height = (int)h;
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a request to camctl serve: parse, look up, route. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "cmd/camctl/http.h"
#include "tests/fuzz/fuzz.h"

static void
use(const struct http_request *r)
{
	static const char *const names[] = {"bed", "top", "a-b_c"};
	static const char *const keys[] = {"action", "fps", "key", "max_age"};
	struct http_route to = http_route(r, names, 3, 1);
	char value[32];

	if (to.camera < -1 || to.camera > 2 ||
	    (to.what != HTTP_PAGE && to.what != HTTP_NOWHERE && to.camera < 0))
		BUG("a camera that is not there: %d", to.camera);
	if (r->path[0] != '/' || strlen(r->path) >= sizeof(r->path))
		BUG("a path of '%s'", r->path);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (http_query(r->query, keys[i], value, sizeof(value)) &&
		    strlen(value) >= sizeof(value))
			BUG("a value too long");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* a copy of exactly that size, so that reading on is noticed */
	size_t n = len > HTTP_HEAD_MAX ? HTTP_HEAD_MAX : len;
	char *text = xmalloc(n ? n : 1);
	struct http_request r;
	int got;

	memcpy(text, data, n);
	got = http_parse(text, n, &r);
	if (got > (int)n || (got == 0 && n == HTTP_HEAD_MAX))
		BUG("%d of %zu bytes", got, n);
	if (got > 0)
		use(&r);
	/* what comes in two pieces means the same */
	if (got > 0 && http_parse(text, (size_t)got, &r) != got)
		BUG("the head alone is read otherwise");
	free(text);
	return 0;
}

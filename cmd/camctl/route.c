/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The URL shapes that clients of printers use, and what they mean. */
#include <string.h>

#include "base/num.h"
#include "http.h"

/* the last words of a path that mean something */
static const struct {
	const char *word;
	enum http_what what;
} words[] = {
    {"stream", HTTP_STREAM},
    {"stream.mjpg", HTTP_STREAM},
    {"stream.mjpeg", HTTP_STREAM},
    {"snapshot", HTTP_SNAPSHOT},
    {"snapshot.jpg", HTTP_SNAPSHOT},
    {"snapshot.jpeg", HTTP_SNAPSHOT},
    {"state", HTTP_STATE},
    {"metrics", HTTP_METRICS},
    {"favicon.ico", HTTP_FAVICON},
};

static int
index_of(const char *s, size_t n, const char *const *names, int n_names)
{
	for (int i = 0; i < n_names; i++)
		if (strlen(names[i]) == n && memcmp(names[i], s, n) == 0)
			return i;
	return -1;
}

/* the camera that a folder of the path stands for; -1 if it means nothing */
static int
folder(const char *s, size_t n, const char *const *names, int n_names)
{
	int i = index_of(s, n, names, n_names);
	uint64_t k;

	if (i >= 0)
		return i;
	/* the customary names behind a proxy: webcam, webcam2, webcam3 ... */
	if (n > 6 && memcmp(s, "webcam", 6) == 0 &&
	    num_parse_uint(s + 6, n - 6, &k) == 0 && k >= 1 &&
	    k <= (uint64_t)n_names)
		return (int)k - 1;
	return -1;
}

/* ?action=stream, and with an index: stream_1 is the second camera */
static enum http_what
action(const char *query, int *camera, int n_names)
{
	char a[64];
	const char *mark;
	enum http_what what = HTTP_PAGE;
	size_t n;
	uint64_t k;

	if (!http_query(query, "action", a, sizeof(a)))
		return HTTP_PAGE;
	mark = strchr(a, '_');
	n = mark ? (size_t)(mark - a) : strlen(a);
	if (n == 6 && memcmp(a, "stream", n) == 0)
		what = HTTP_STREAM;
	else if (n == 8 && memcmp(a, "snapshot", n) == 0)
		what = HTTP_SNAPSHOT;
	else
		return HTTP_NOWHERE;
	if (mark) {
		if (num_parse_uint(mark + 1, strlen(mark + 1), &k) ||
		    k >= (uint64_t)n_names)
			return HTTP_NOWHERE;
		*camera = (int)k;
	}
	return what;
}

struct http_route
http_route(const struct http_request *r, const char *const *names, int n_names,
    int fallback)
{
	struct http_route out = {HTTP_NOWHERE, -1};
	const char *s = r->path;
	enum http_what acts;

	while (*s == '/') {
		size_t n = strcspn(++s, "/");
		int i = folder(s, n, names, n_names);

		if (i >= 0) {
			out.camera = i;
			if (!s[n]) /* "/bed" is the page of that camera */
				out.what = HTTP_PAGE;
		} else if (!s[n] && n == 0) {
			out.what = HTTP_PAGE;
		} else if (!s[n]) {
			for (size_t w = 0; w < sizeof(words) / sizeof(words[0]);
			     w++)
				if (strlen(words[w].word) == n &&
				    memcmp(words[w].word, s, n) == 0)
					out.what = words[w].what;
		}
		if (n == 2 && memcmp(s, "..", 2) == 0)
			return (struct http_route){HTTP_NOWHERE, -1};
		s += n;
	}
	acts = action(r->query, &out.camera, n_names);
	if (acts != HTTP_PAGE)
		out.what = acts;
	if (out.camera < 0 && out.what != HTTP_PAGE)
		out.camera = fallback;
	return out;
}

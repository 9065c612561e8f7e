/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a client asks: the head of a request, within limits. */
#ifndef GANTRY_CAMCTL_HTTP_H
#define GANTRY_CAMCTL_HTTP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Strict where leniency would hide something (NUL, obsolete folding, lengths
 * that contradict each other), lenient where clients differ (LF alone, any
 * header).  Nothing is allocated; the result is a copy and outlives the input.
 */
enum {
	HTTP_HEAD_MAX = 8192, /* beyond: 431 */
	HTTP_URI_MAX = 2048,  /* beyond: 414 */
	HTTP_PATH_MAX = 256,  /* decoded; beyond: 404, we have none so long */
	HTTP_QUERY_MAX = 1024,
	HTTP_AUTH_MAX = 512,
};

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_OPTIONS,
	HTTP_KNOWN, /* a method that we refuse: 405 */
	HTTP_UNKNOWN,
};

struct http_request {
	enum http_method method;
	int minor; /* of HTTP/1.x */
	bool keep_alive;
	bool has_body;
	char path[HTTP_PATH_MAX];   /* decoded, begins with '/' */
	char query[HTTP_QUERY_MAX]; /* as sent, without '?' */
	char auth[HTTP_AUTH_MAX];   /* Authorization, "" if none */
	bool wants_cors_headers; /* Access-Control-Request-Headers was there */
};

/*
 * The head in data[0..len): its length when it is complete and fine, 0 when
 * more is needed, or minus the status to answer with (400 414 431 505).
 */
int http_parse(const char *data, size_t len, struct http_request *);

/*
 * The value of a query key: true and a decoded copy in out (cut to size), or
 * false.  A key without '=' has the value "".
 */
bool http_query(const char *query, const char *key, char *out, size_t size);

/* What a path and query mean. */
enum http_what {
	HTTP_PAGE,
	HTTP_STREAM,
	HTTP_SNAPSHOT,
	HTTP_STATE,
	HTTP_METRICS,
	HTTP_FAVICON,
	HTTP_NOWHERE, /* 404 */
};

struct http_route {
	enum http_what what;
	int camera; /* index into names; the page: -1 is all */
};

/*
 * Any prefix before the last word is fine ("/webcam/?action=stream"); if a
 * part of it is a camera's name, that camera is meant, "/webcam2/" and
 * "action=stream_1" mean the second, else it is the camera at fallback.
 */
struct http_route http_route(const struct http_request *,
    const char *const *names, int n_names, int fallback);

#endif

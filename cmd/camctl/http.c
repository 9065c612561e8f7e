/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Request heads: one pass, fixed room, no mercy for nonsense. */
#include "http.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

/* A line without its end. */
struct line {
	const char *s;
	size_t len;
};

static bool
next_line(const char **at, const char *end, struct line *out)
{
	const char *nl = memchr(*at, '\n', (size_t)(end - *at));

	if (!nl)
		return false;
	out->s = *at;
	out->len = (size_t)(nl - *at);
	if (out->len && out->s[out->len - 1] == '\r')
		out->len--;
	*at = nl + 1;
	return true;
}

static bool
is_token(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= 0x20 || c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", c))
			return false;
	}
	return n > 0;
}

static enum http_method
method_of(const char *s, size_t n)
{
	static const struct {
		const char *name;
		enum http_method m;
	} names[] = {
	    {"GET", HTTP_GET},
	    {"HEAD", HTTP_HEAD},
	    {"OPTIONS", HTTP_OPTIONS},
	    {"POST", HTTP_KNOWN},
	    {"PUT", HTTP_KNOWN},
	    {"DELETE", HTTP_KNOWN},
	    {"PATCH", HTTP_KNOWN},
	    {"TRACE", HTTP_KNOWN},
	    {"CONNECT", HTTP_KNOWN},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == n &&
		    memcmp(names[i].name, s, n) == 0)
			return names[i].m;
	return HTTP_UNKNOWN;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX decoded; -1 for what is cut off, NUL or a control byte; plus for '+' */
static int
decode(const char *s, size_t n, char *out, size_t size, char plus)
{
	size_t o = 0;

	for (size_t i = 0; i < n; i++) {
		int c = (unsigned char)s[i];

		if (c == '%') {
			if (i + 2 >= n || hex(s[i + 1]) < 0 ||
			    hex(s[i + 2]) < 0)
				return -1;
			c = hex(s[i + 1]) << 4 | hex(s[i + 2]);
			i += 2;
		} else if (c == '+') {
			c = plus;
		}
		if (c < 0x20 || c == 0x7f)
			return -1;
		if (o + 1 < size)
			out[o++] = (char)c;
	}
	out[o] = '\0';
	return (int)o;
}

/* "/path?query" or "http://host/path?query" */
static int
target(struct http_request *r, const char *s, size_t n)
{
	const char *q;
	size_t path;

	if (n > 7 && strncasecmp(s, "http://", 7) == 0) {
		const char *slash = memchr(s + 7, '/', n - 7);

		if (!slash)
			return -400;
		n -= (size_t)(slash - s);
		s = slash;
	}
	if (n == 1 && *s == '*' && r->method == HTTP_OPTIONS)
		s = "/";
	if (*s != '/')
		return -400;
	q = memchr(s, '?', n);
	path = q ? (size_t)(q - s) : n;
	/* longer than any of ours: a name that will not be found */
	if (path >= HTTP_PATH_MAX) {
		memcpy(r->path, "/-", 3);
	} else if (decode(s, path, r->path, sizeof(r->path), '+') < 1) {
		return -400;
	}
	r->query[0] = '\0';
	if (q) {
		size_t len = n - path - 1;

		if (len >= HTTP_QUERY_MAX)
			len = HTTP_QUERY_MAX - 1;
		memcpy(r->query, q + 1, len);
		r->query[len] = '\0';
	}
	return 0;
}

static int
request_line(struct http_request *r, struct line l)
{
	const char *a = memchr(l.s, ' ', l.len);
	const char *b;
	size_t uri;

	if (!a || !is_token(l.s, (size_t)(a - l.s)))
		return -400;
	r->method = method_of(l.s, (size_t)(a - l.s));
	b = memchr(a + 1, ' ', l.len - (size_t)(a + 1 - l.s));
	if (!b || b == a + 1)
		return -400;
	uri = (size_t)(b - a - 1);
	if (uri > HTTP_URI_MAX)
		return -414;
	b++;
	if (l.len - (size_t)(b - l.s) != 8 || memcmp(b, "HTTP/", 5) != 0 ||
	    !isdigit((unsigned char)b[5]) || b[6] != '.' ||
	    !isdigit((unsigned char)b[7]))
		return -400;
	if (b[5] != '1')
		return -505;
	r->minor = b[7] - '0';
	r->keep_alive = r->minor >= 1;
	return target(r, a + 1, uri);
}

static bool
is(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(s, word, n) == 0;
}

/* one word of a comma list */
static bool
list_has(const char *s, size_t n, const char *word)
{
	while (n) {
		const char *comma = memchr(s, ',', n);
		size_t len = comma ? (size_t)(comma - s) : n;
		size_t skip = 0, cut = len;

		while (skip < cut && (s[skip] == ' ' || s[skip] == '\t'))
			skip++;
		while (cut > skip && (s[cut - 1] == ' ' || s[cut - 1] == '\t'))
			cut--;
		if (is(s + skip, cut - skip, word))
			return true;
		if (!comma)
			break;
		s += len + 1;
		n -= len + 1;
	}
	return false;
}

static int
header(struct http_request *r, struct line l)
{
	const char *colon = memchr(l.s, ':', l.len);
	const char *v;
	size_t name, n;
	uint64_t length;

	if (!colon || !is_token(l.s, (size_t)(colon - l.s)))
		return -400; /* obsolete folding begins with a blank */
	name = (size_t)(colon - l.s);
	v = colon + 1;
	n = l.len - name - 1;
	while (n && (*v == ' ' || *v == '\t')) {
		v++;
		n--;
	}
	while (n && (v[n - 1] == ' ' || v[n - 1] == '\t'))
		n--;
	if (is(l.s, name, "connection")) {
		if (list_has(v, n, "close"))
			r->keep_alive = false;
		else if (list_has(v, n, "keep-alive"))
			r->keep_alive = true;
	} else if (is(l.s, name, "content-length")) {
		if (num_parse_uint(v, n, &length))
			return -400;
		if (length)
			r->has_body = true;
	} else if (is(l.s, name, "transfer-encoding")) {
		r->has_body = true;
	} else if (is(l.s, name, "authorization")) {
		if (n >= sizeof(r->auth) || r->auth[0])
			return -400;
		memcpy(r->auth, v, n);
		r->auth[n] = '\0';
	} else if (is(l.s, name, "access-control-request-headers")) {
		r->wants_cors_headers = true;
	}
	return 0;
}

/* the length of the head with its empty line, 0 if there is none yet */
static size_t
head_length(const char *data, size_t len)
{
	const char *p = data, *end = data + len;

	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		if (p < end && *p == '\n')
			return (size_t)(p + 1 - data);
		if (p + 1 < end && p[0] == '\r' && p[1] == '\n')
			return (size_t)(p + 2 - data);
	}
	return 0;
}

int
http_parse(const char *data, size_t len, struct http_request *r)
{
	const char *at = data, *end;
	struct line l;
	size_t head;
	int e;

	memset(r, 0, sizeof(*r));
	/* empty lines before a request are harmless (RFC 9112, 2.2) */
	while (at < data + len && (*at == '\r' || *at == '\n'))
		at++;
	if (at > data + 4)
		return -400;
	head = head_length(at, (size_t)(data + len - at));
	if (memchr(at, '\0', (size_t)(data + len - at)) && !head)
		return -400;
	if (!head) {
		if (!memchr(at, '\n', (size_t)(data + len - at)) &&
		    (size_t)(data + len - at) > HTTP_URI_MAX + 64)
			return -414;
		return len >= HTTP_HEAD_MAX ? -431 : 0;
	}
	if (head > HTTP_HEAD_MAX)
		return -431;
	end = at + head;
	if (memchr(at, '\0', head) || !next_line(&at, end, &l))
		return -400;
	e = request_line(r, l);
	while (!e && next_line(&at, end, &l) && l.len)
		e = header(r, l);
	return e ? e : (int)(end - data);
}

bool
http_query(const char *query, const char *key, char *out, size_t size)
{
	size_t k = strlen(key);

	while (*query) {
		size_t n = strcspn(query, "&");
		size_t name = strcspn(query, "=&");

		if (name == k && memcmp(query, key, k) == 0) {
			out[0] = '\0';
			if (name < n && decode(query + name + 1, n - name - 1,
					    out, size, ' ') < 0)
				out[0] = '\0';
			return true;
		}
		query += n;
		if (*query == '&')
			query++;
	}
	return false;
}

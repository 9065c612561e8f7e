/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings as JSON lines, read byte by byte: a line may be any length. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "data-private.h"

enum {
	NAME_MAX_LEN = 200,
	DEPTH_MAX = 16,
};

struct scan {
	struct data_reader *r;
	const char *data;
	size_t len, at;
	size_t col;
	bool failed; /* reported */
	bool in_recording;
};

/* the next byte; -1 at the end and after an error */
static int
peek(struct scan *s)
{
	if (s->failed)
		return -1;
	if (s->at == s->len) {
		int more = input_bytes(s->r->in, &s->data, &s->len);

		s->at = 0;
		if (more <= 0) {
			s->len = 0;
			s->failed = more < 0;
			return -1;
		}
	}
	return (unsigned char)s->data[s->at];
}

static int
take(struct scan *s)
{
	int c = peek(s);

	if (c < 0)
		return c;
	s->at++;
	s->col++;
	if (c == '\n') {
		input_count_line(s->r->in);
		s->col = 0;
	}
	return c;
}

static int
blanks(struct scan *s)
{
	int c;

	while ((c = peek(s)) == ' ' || c == '\t' || c == '\r' || c == '\n')
		take(s);
	return c;
}

static int
fail(struct scan *s, const char *what)
{
	int c = peek(s);

	if (s->failed)
		return -1;
	s->failed = true;
	if (c < 0)
		return input_error(s->r->in, s->col + 1, "truncated",
		    "the file ends where %s belongs", what);
	return input_error(
	    s->r->in, s->col + 1, "format", "'%c' where %s belongs", c, what);
}

static int
expect(struct scan *s, int want, const char *what)
{
	if (blanks(s) != want)
		return fail(s, what);
	take(s);
	return 0;
}

/* escapes are kept as they are: names are only shown */
static int
string(struct scan *s, char out[NAME_MAX_LEN + 1])
{
	size_t n = 0;
	int c;

	if (expect(s, '"', "a string") != 0)
		return -1;
	while ((c = peek(s)) >= 0 && c != '"') {
		take(s);
		if (n < NAME_MAX_LEN)
			out[n++] = (char)c;
		if (c == '\\' && peek(s) >= 0)
			take(s);
	}
	out[n] = '\0';
	return c < 0 ? fail(s, "the end of a string") : (take(s), 0);
}

static int
number(struct scan *s, double *out)
{
	char text[48];
	size_t n = 0;
	int c = blanks(s);

	while (n < sizeof(text) &&
	       ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' ||
		   c == 'e' || c == 'E')) {
		text[n++] = (char)take(s);
		c = peek(s);
	}
	if (n == 0 || n == sizeof(text) || num_parse_double(text, n, out) ||
	    fabs(*out) > 1e12)
		return fail(s, "a number");
	return 0;
}

/* any value that is not ours */
static int
skip(struct scan *s, int depth)
{
	char ignored[NAME_MAX_LEN + 1];
	int c = blanks(s);

	if (c == '"')
		return string(s, ignored);
	if (c == '[' || c == '{') {
		int close = c == '[' ? ']' : '}';

		if (depth == DEPTH_MAX)
			return fail(s, "a value less deep");
		take(s);
		if (blanks(s) == close)
			return take(s), 0;
		for (;;) {
			if (close == '}' && (string(s, ignored) != 0 ||
						expect(s, ':', "':'") != 0))
				return -1;
			if (skip(s, depth + 1) != 0)
				return -1;
			if (blanks(s) != ',')
				return expect(s, close, "',' or the end");
			take(s);
		}
	}
	if (c < 0 || !strchr("-0123456789tfn", c))
		return fail(s, "a value");
	while ((c = peek(s)) >= 0 && !strchr(",]} \t\r\n", c))
		take(s);
	return 0;
}

static int
sample(struct scan *s)
{
	struct data_reader *r = s->r;
	double v[4];

	for (int i = 0; i < 4; i++)
		if (expect(s, i ? ',' : '[', i ? "','" : "'['") != 0 ||
		    number(s, &v[i]) != 0)
			return -1;
	if (expect(s, ']', "']'") != 0)
		return -1;
	if (r->any && v[0] < r->last_t_s) {
		s->failed = true;
		return input_error(r->in, s->col, "time-order",
		    "time goes back from %.6f to %.6f s", r->last_t_s, v[0]);
	}
	r->any = true;
	r->last_t_s = v[0];
	if (data_emit(r, v[0], v + 1) != 0)
		s->failed = true;
	return s->failed ? -1 : 0;
}

static int
samples(struct scan *s, const char *name)
{
	if (s->in_recording)
		return fail(s, "the end of the recording");
	s->in_recording = true;
	s->r->any = false;
	if (s->r->h->begin(s->r->h, name[0] ? name : NULL) != 0)
		return -1;
	if (expect(s, '[', "'['") != 0)
		return -1;
	while (blanks(s) != ']') {
		if (sample(s) != 0)
			return -1;
		if (blanks(s) == ',')
			take(s);
		else if (peek(s) != ']')
			return fail(s, "',' or ']'");
	}
	take(s);
	return data_flush(s->r);
}

/* {"name": "...", "samples": [[t, x, y, z], ...], ...} */
static int
recording(struct scan *s)
{
	char key[NAME_MAX_LEN + 1], name[NAME_MAX_LEN + 1] = "";
	int status = expect(s, '{', "'{'");

	s->in_recording = false;
	while (status == 0) {
		if (string(s, key) != 0 || expect(s, ':', "':'") != 0)
			return -1;
		if (strcmp(key, "samples") == 0)
			status = samples(s, name);
		else if (strcmp(key, "name") == 0 && blanks(s) == '"')
			status = string(s, name);
		else
			status = skip(s, 0);
		if (status != 0 || blanks(s) != ',')
			break;
		take(s);
	}
	if (status != 0 || expect(s, '}', "',' or '}'") != 0)
		return -1;
	if (s->in_recording)
		return s->r->h->end(s->r->h);
	s->failed = true;
	return input_error(
	    s->r->in, s->col, "format", "an object without \"samples\"");
}

int
data_read_json(struct data_reader *r)
{
	struct scan s = {.r = r};

	input_count_line(r->in);
	while (blanks(&s) >= 0)
		if (recording(&s) != 0)
			return -1;
	return s.failed ? -1 : 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spectra that this or another program wrote. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "data-private.h"

enum {
	SETS_MAX = 64,
	BINS_MAX = 1 << 17,
};

/* the columns behind freq */
struct columns {
	bool axes;     /* psd_x,psd_y,psd_z,psd_xyz: one set */
	bool already;  /* has shaper columns: was normalised */
	bool mainline; /* says so by "shapers:" */
	int sets;      /* curves: 4 with axes */
	int all;       /* numbers a row has to have or may leave empty */
	int empty;     /* the column under "shapers:", -1 if none */
	char *name[SETS_MAX];
	struct spectrum s[SETS_MAX];
	size_t n, alloc;
};

/* One field of a header, unquoted into out; where the next begins. */
static const char *
header_field(const char *p, const char *end, struct buf *out)
{
	bool quoted = p < end && *p == '"';

	buf_clear(out);
	if (quoted)
		p++;
	while (p < end) {
		if (quoted && *p == '"') {
			if (p + 1 < end && p[1] == '"') {
				p++;
			} else {
				p++;
				quoted = false;
				continue;
			}
		} else if (!quoted && *p == ',') {
			break;
		}
		buf_addc(out, *p++);
	}
	return p < end ? p + 1 : NULL;
}

static bool
is_shaper(const struct buf *name)
{
	size_t open = 0;
	double v;

	while (open < name->len && name->data[open] != '(')
		open++;
	if (open + 2 >= name->len || name->data[name->len - 1] != ')')
		return false;
	/* the frequency is what the last parentheses hold */
	for (size_t i = open; i < name->len; i++)
		if (name->data[i] == '(')
			open = i;
	return data_number(name->data + open + 1, name->data + name->len - 1,
		   &v) == name->data + name->len - 1;
}

static int
take_column(const struct data_reader *r, struct columns *c,
    const struct buf *name, size_t col)
{
	static const char *const axes[] = {
	    "psd_x", "psd_y", "psd_z", "psd_xyz"};
	const char *text = name->data ? name->data : "";

	c->all++;
	if (strcmp(text, "shapers:") == 0 && c->empty < 0) {
		c->empty = c->all - 1;
		c->already = c->mainline = true;
		return 0;
	}
	if (c->already || is_shaper(name)) {
		c->already = true;
		return 0;
	}
	if (strcmp(text, "accel_per_hz") == 0 && c->axes && c->sets == 4)
		return 0;
	if (c->all == 1 && strcmp(text, axes[0]) == 0)
		c->axes = true;
	if (c->axes && (c->sets >= 4 || strcmp(text, axes[c->sets]) != 0))
		return input_error(r->in, col, "format",
		    "'%.40s' where '%s' belongs", text,
		    c->sets < 4 ? axes[c->sets] : "shapers:");
	if (c->sets == SETS_MAX)
		return input_error(
		    r->in, col, "columns", "more than %d curves", SETS_MAX);
	c->name[c->sets++] = xstrdup(text);
	return 0;
}

static int
header(const struct data_reader *r, const char *text, size_t len,
    struct columns *c)
{
	const char *p = text + strlen("freq,"), *end = text + len;
	struct buf name = BUF_INIT;
	int status = 0;

	while (p && status == 0) {
		size_t col = (size_t)(p - text) + 1;

		p = header_field(p, end, &name);
		status = take_column(r, c, &name, col);
	}
	if (status == 0 && (c->sets == 0 || (c->axes && c->sets < 4)))
		status = input_error(r->in, len + 1, "format",
		    "the header names no curve, or not all of psd_x, psd_y, "
		    "psd_z and psd_xyz");
	buf_release(&name);
	return status;
}

static void
grow(struct columns *c)
{
	size_t alloc = c->alloc;
	int sets = c->axes ? 1 : c->sets;

	if (c->n < alloc)
		return;
	c->alloc = alloc ? alloc * 2 : 256;
	for (int i = 0; i < sets; i++) {
		struct spectrum *s = &c->s[i];

		s->freq_hz =
		    xreallocarray(s->freq_hz, c->alloc, sizeof(double));
		for (int k = 0; k < CURVES; k++)
			s->psd[k] =
			    xreallocarray(s->psd[k], c->alloc, sizeof(double));
	}
}

static void
put(struct columns *c, const double *v)
{
	grow(c);
	for (int i = 0; i < (c->axes ? 1 : c->sets); i++) {
		struct spectrum *s = &c->s[i];

		s->freq_hz[c->n] = v[0];
		for (int k = 0; k < CURVES; k++)
			s->psd[k][c->n] = c->axes	  ? v[1 + k]
					  : k == AXIS_SUM ? v[1 + i]
							  : 0;
	}
	c->n++;
}

/* the fields behind the curves: numbers, or nothing under "shapers:" */
static int
check_rest(const struct data_reader *r, const char *text, const char *p,
    const char *end, const struct columns *c)
{
	double ignored;

	for (int i = c->sets; i < c->all; i++) {
		if (p == end || *p != ',')
			return input_error(r->in, (size_t)(p - text) + 1,
			    "columns", "%d fields where %d belong", i + 1,
			    c->all + 1);
		p++;
		if (i == c->empty && (p == end || *p == ','))
			continue;
		p = data_number(p, end, &ignored);
		if (!p)
			return input_error(r->in, 0, "number",
			    "field %d is not a number", i + 2);
	}
	if (p != end)
		return input_error(r->in, (size_t)(p - text) + 1, "columns",
		    "more than %d fields", c->all + 1);
	return 0;
}

static int
row(const struct data_reader *r, const char *text, size_t len, bool whole,
    struct columns *c)
{
	const char *end = text + len, *p = text;
	double v[SETS_MAX + 1];
	int i;

	for (i = 0; i <= c->sets && p < end; i++) {
		const char *stop = memchr(p, ',', (size_t)(end - p));

		if (!stop)
			stop = end;
		if (data_number(p, end, &v[i]) != stop)
			return input_error(r->in, (size_t)(p - text) + 1,
			    whole ? "number" : "truncated",
			    "'%.*s' is not a number",
			    (int)(stop - p < 40 ? stop - p : 40), p);
		if (!(v[i] >= 0 && v[i] <= 1e30))
			return input_error(r->in, (size_t)(p - text) + 1,
			    "range", "%g is no frequency and no density", v[i]);
		p = i < c->sets && stop < end ? stop + 1 : stop;
	}
	if (i <= c->sets)
		return input_error(r->in, len + 1,
		    whole ? "columns" : "truncated",
		    "%d fields where %d belong", i, c->all + 1);
	if (check_rest(r, text, p, end, c) != 0)
		return -1;
	if (c->n > 0 && v[0] <= c->s[0].freq_hz[c->n - 1])
		return input_error(r->in, 1, "time-order",
		    "frequency does not rise from %g to %g Hz",
		    c->s[0].freq_hz[c->n - 1], v[0]);
	if (c->n == BINS_MAX)
		return input_error(
		    r->in, 1, "range", "more than %d bins", BINS_MAX);
	put(c, v);
	return 0;
}

static int
hand_on(struct data_reader *r, struct columns *c)
{
	int status = 0;

	for (int i = 0; i < (c->axes ? 1 : c->sets) && status == 0; i++) {
		struct spectrum s = c->s[i];

		memset(&c->s[i], 0, sizeof(c->s[i]));
		s.n = c->n;
		s.has_axes = c->axes;
		s.normalised = c->already;
		status = r->h->spectrum(r->h, c->axes ? NULL : c->name[i], &s,
		    c->already, c->mainline);
	}
	return status;
}

int
data_read_stored(struct data_reader *r, const char *text, size_t len)
{
	struct columns *c = xcalloc(1, sizeof(*c));
	bool whole;
	int status, more;

	c->empty = -1;
	status = header(r, text, len, c);
	while (status == 0 &&
	       (more = input_next(r->in, &text, &len, &whole)) != 0) {
		if (more < 0)
			status = -1;
		else if (len > 0 && *text != '#')
			status = row(r, text, len, whole, c);
	}
	if (status == 0 && c->n < 3)
		status = input_error(
		    r->in, 0, "empty", "fewer than 3 frequencies in it");
	if (status == 0)
		status = hand_on(r, c);
	for (int i = 0; i < SETS_MAX; i++) {
		spectrum_release(&c->s[i]);
		free(c->name[i]);
	}
	free(c);
	return status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which format it is, and the raw recordings. */
#include "data.h"

#include <math.h>
#include <string.h>

#include "base/endian.h"
#include "base/num.h"
#include "data-private.h"
#include "diag.h"

/* beyond every sensor: 100 g */
#define ACCEL_LIMIT_MM_S2 1e6
#define TIME_LIMIT_S	  1e12

static const double ten_to[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
    1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/*
 * Six digits and no seventh, as nearly all fractions are: their value, or -1.
 * Eight bytes are read at once: the high nibble of a digit is 3, and adding 6
 * to its low nibble does not carry; then pairs, fours and eights are joined
 * by three products.  Halves the time of a row.
 */
static inline int64_t
six_digits(const char *p)
{
	uint64_t v = get_le64((const uint8_t *)p) ^ 0x3030303030303030;
	uint64_t high = (v | (v + 0x0606060606060606)) & 0xf0f0f0f0f0f0f0f0;

	if ((high & 0x0000ffffffffffff) != 0 || (high & 0xff000000000000) == 0)
		return -1;
	v <<= 16; /* two leading zeros */
	v = v * 10 + (v >> 8);
	v = ((v & 0x000000ff000000ff) * 0x000f424000000064 +
		(v >> 16 & 0x000000ff000000ff) * 0x0000271000000001) >>
	    32;
	return (int64_t)(v & 0xffffffff);
}

const char *
data_number(const char *p, const char *end, double *out)
{
	const char *start = p, *first, *dot = NULL;
	uint64_t mantissa = 0;
	bool negative = false;
	long scale;

	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	first = p;
	for (; p < end; p++) {
		unsigned d = (unsigned char)*p - (unsigned)'0';

		if (d > 9)
			break;
		mantissa = mantissa * 10 + d;
	}
	if (p < end && *p == '.') {
		dot = p++;
		if (end - p >= 8 && p - first <= 8) {
			int64_t six = six_digits(p);

			if (six >= 0) {
				mantissa = mantissa * 1000000 + (uint64_t)six;
				p += 6;
			}
		}
		for (; p < end; p++) {
			unsigned d = (unsigned char)*p - (unsigned)'0';

			if (d > 9)
				break;
			mantissa = mantissa * 10 + d;
		}
	}
	scale = dot ? p - dot - 1 : 0;
	/* up to 15 digits: exact mantissa over exact power of ten */
	if (p - first <= 16 && p - first > (dot != NULL) &&
	    (p == end || *p == ',')) {
		double v = (double)mantissa / ten_to[scale];

		*out = negative ? -v : v;
		return p;
	}
	/* rare: many digits, an exponent */
	while (p < end && *p != ',' && *p != ' ')
		p++;
	return num_parse_double(start, (size_t)(p - start), out) ? NULL : p;
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

static int
bad_field(const struct input *in, const char *text, const char *p,
    const char *end, bool whole)
{
	const char *stop = memchr(p, ',', (size_t)(end - p));
	int len = (int)((stop ? stop : end) - p);

	if (!whole && !stop)
		return input_error(in, (size_t)(p - text) + 1, "truncated",
		    "the file is cut off in this line");
	if (len == 0)
		return input_error(in, (size_t)(p - text) + 1, "columns",
		    "a number is missing here");
	return input_error(in, (size_t)(p - text) + 1, "number",
	    "'%.*s' is not a number", len < 40 ? len : 40, p);
}

int
data_fields(const struct input *in, const char *text, size_t len, bool whole,
    int n, double *out)
{
	const char *p = text, *end = text + len;

	for (int i = 0; i < n; i++) {
		const char *from = skip_blanks(p, end);

		p = data_number(from, end, &out[i]);
		if (!p)
			return bad_field(in, text, from, end, whole);
		p = skip_blanks(p, end);
		if (i + 1 < n && p == end) {
			if (!whole)
				return input_error(in, len + 1, "truncated",
				    "the file is cut off in this line");
			return input_error(in, len + 1, "columns",
			    "%d fields where %d belong", i + 1, n);
		}
		if (p < end && *p != ',')
			return bad_field(in, text, from, end, whole);
		if (i + 1 < n)
			p++;
	}
	if (p < end)
		return input_error(in, (size_t)(p - text) + 1, "columns",
		    "more than %d fields", n);
	return 0;
}

int
data_flush(struct data_reader *r)
{
	int status = 0;

	if (r->rows.n)
		status = r->h->rows(r->h, &r->rows);
	r->rows.n = 0;
	return status;
}

int
data_emit(struct data_reader *r, double t_s, const double a[3])
{
	int i = r->rows.n++;

	r->rows.t_s[i] = t_s;
	for (int k = 0; k < 3; k++)
		r->rows.a[k][i] = a[k];
	return i + 1 < DATA_ROWS ? 0 : data_flush(r);
}

/* Is v beyond what a sensor can say?  The field is counted from 0. */
static int
check_row(struct data_reader *r, const char *text, size_t len, const double *v)
{
	size_t col = 1;

	for (int i = 0; i < 4; i++) {
		double limit = i ? ACCEL_LIMIT_MM_S2 : TIME_LIMIT_S;

		if (fabs(v[i]) > limit)
			return input_error(r->in, col, "range",
			    "%g is beyond %g %s", v[i], limit,
			    i ? "mm/s2" : "s");
		while (col <= len && text[col - 1] != ',')
			col++;
		col++;
	}
	return input_error(r->in, 1, "time-order",
	    "time goes back from %.6f to %.6f s", r->last_t_s, v[0]);
}

static inline int
raw_row(struct data_reader *r, const char *text, size_t len, bool whole)
{
	const char *p = text, *end = text + len;
	double v[4];
	int i;

	/* the way of nearly every line; whatever else again, slowly */
	for (i = 0; i < 4; i++) {
		p = data_number(p, end, &v[i]);
		if (!p || (i < 3 ? p == end || *p != ',' : p != end))
			break;
		p++;
	}
	if (i < 4 && data_fields(r->in, text, len, whole, 4, v) != 0)
		return -1;
	if (!(fabs(v[0]) <= TIME_LIMIT_S && fabs(v[1]) <= ACCEL_LIMIT_MM_S2 &&
		fabs(v[2]) <= ACCEL_LIMIT_MM_S2 &&
		fabs(v[3]) <= ACCEL_LIMIT_MM_S2) ||
	    (r->any && v[0] < r->last_t_s))
		return check_row(r, text, len, v);
	r->any = true;
	r->last_t_s = v[0];
	return data_emit(r, v[0], v + 1);
}

static int
comment(struct data_reader *r, const char *text, size_t len)
{
	static const char word[] = "#sweep ", other[] = "#move";

	if (len > sizeof(word) && memcmp(text, word, sizeof(word) - 1) == 0 &&
	    r->h->sweep)
		return r->h->sweep(
		    r->h, text + sizeof(word) - 1, len - sizeof(word) + 1);
	if (len >= sizeof(other) &&
	    memcmp(text, other, sizeof(other) - 1) == 0 && r->h->moves)
		return r->h->moves(r->h, text + 1, len - 1);
	return 0;
}

int
data_read_raw(struct data_reader *r, const char *text, size_t len, bool whole)
{
	int more = 1;

	if (r->h->begin(r->h, NULL) != 0)
		return -1;
	for (; more == 1; more = input_next(r->in, &text, &len, &whole)) {
		if (len == 0)
			continue;
		if (*text == '#') {
			if (comment(r, text, len) != 0)
				return -1;
		} else if (raw_row(r, text, len, whole) != 0) {
			return -1;
		}
		if (!whole) {
			struct diag_place place = {
			    input_name(r->in), input_line(r->in), 0};

			diag_report(input_sink(r->in),
			    diag_level_of("unfinished"), &place, "unfinished",
			    "the last line has no end: the file may be cut "
			    "off");
		}
	}
	if (more < 0 || data_flush(r) != 0)
		return -1;
	return r->h->end(r->h);
}

static bool
begins(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(text, with, n) == 0;
}

/* the first line that is no comment decides */
static int
dispatch(struct data_reader *r, const char *text, size_t len, bool whole)
{
	if (begins(text, len, "freq,") || begins(text, len, "freq\t"))
		return data_read_stored(r, text, len);
	if (begins(text, len, "Sample,"))
		return data_read_duet(r, text, len);
	if ((*text >= '0' && *text <= '9') || *text == '-' || *text == '+' ||
	    *text == '.' || *text == ' ' || *text == ',')
		return data_read_raw(r, text, len, whole);
	if (begins(text, len, "time,accel_x,accel_y,accel_z"))
		return data_read_raw(r, "#", 1, true);
	return input_error(r->in, 1, "format",
	    "'%.*s' begins no recording and no spectrum",
	    (int)(len < 40 ? len : 40), text);
}

int
data_read(struct input *in, struct data_handler *h)
{
	struct data_reader r = {.in = in, .h = h};
	const char *text;
	size_t len;
	bool whole;
	int more;

	if (input_peek(in) == '{') /* its lines have any length */
		return data_read_json(&r);
	while ((more = input_next(in, &text, &len, &whole)) == 1) {
		if (len == 0)
			continue;
		if (*text != '#')
			return dispatch(&r, text, len, whole);
		if (begins(text, len, "#time,") &&
		    !begins(text, len, "#time,accel_x,accel_y,accel_z"))
			return input_error(in, 1, "format",
			    "'%.*s' is not the header "
			    "'#time,accel_x,accel_y,accel_z'",
			    (int)(len < 60 ? len : 60), text);
		if (comment(&r, text, len) != 0)
			return -1;
	}
	if (more < 0)
		return -1;
	return input_error(in, 0, "empty", "there are no samples in it");
}

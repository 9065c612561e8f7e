/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the plan stream, bytes or text twin. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/endian.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "wire/plan.h"
#include "wire/plan_check.h"
#include "wire/plan_schema.h"

/* longest line of the twin: a row of a mesh, or a text of PLAN_TEXT_MAX, all
 * escaped, and more */
#define LINE_MAX_BYTES (26 * PLAN_MESH_MAX + 1024)

enum form {
	FORM_UNKNOWN,
	FORM_BINARY,
	FORM_TEXT,
};

struct plan_reader {
	const char *name;
	struct diag_sink *sink;
	struct buf in;
	size_t pos;    /* of in: what was read */
	uint64_t base; /* bytes of the stream before in */
	enum form form;
	bool failed, ended;
	uint32_t line; /* text: of the line before pos */
	uint16_t minor;
	uint32_t config_hash;
	size_t block_end; /* of in; 0 between blocks */
	struct plan_move last;
	struct plan_check check;
	char *arena; /* for the strings and lists of one record */
};

struct plan_reader *
plan_reader_new(const char *name, struct diag_sink *sink)
{
	struct plan_reader *r = xcalloc(1, sizeof(*r));

	r->name = name;
	r->sink = sink;
	r->arena = xmalloc(LINE_MAX_BYTES + 1);
	return r;
}

void
plan_reader_free(struct plan_reader *r)
{
	if (!r)
		return;
	buf_release(&r->in);
	free(r->arena);
	free(r);
}

uint32_t
plan_reader_config_hash(const struct plan_reader *r)
{
	return r->config_hash;
}

void
plan_reader_feed(struct plan_reader *r, const void *data, size_t len)
{
	if (r->failed)
		return;
	/* move the rest down only when there is more read than unread */
	if (r->pos && r->pos >= r->in.len - r->pos) {
		r->base += r->pos;
		if (r->block_end)
			r->block_end -= r->pos;
		buf_consume(&r->in, r->pos);
		r->pos = 0;
	}
	buf_add(&r->in, data, len);
}

static size_t
left(const struct plan_reader *r)
{
	return r->in.len - r->pos;
}

static const uint8_t *
here(const struct plan_reader *r)
{
	return (const uint8_t *)r->in.data + r->pos;
}

static enum plan_status
fail(struct plan_reader *r, const char *slug, size_t col, const char *why)
{
	struct diag_place place = {r->name, 0, 0};

	r->failed = true;
	if (r->form == FORM_TEXT) {
		place.line = r->line;
		place.col = (uint32_t)col;
		diag_report(r->sink, DIAG_ERROR, &place, slug, "%s", why);
	} else {
		diag_report(r->sink, DIAG_ERROR, &place, slug,
		    "%s, at byte %" PRIu64, why, r->base + r->pos);
	}
	return PLAN_FAILED;
}

static enum plan_status
read_header(struct plan_reader *r)
{
	const uint8_t *p = here(r);
	size_t n = left(r) < 8 ? left(r) : 8, length;

	if (memcmp(p, plan_magic, n))
		return fail(r, "plan-magic", 0, "this is not a plan stream");
	if (left(r) < PLAN_HEADER_SIZE)
		return PLAN_NEED_MORE;
	length = get_le16(p + 8);
	if (get_le16(p + 10) != PLAN_MAJOR)
		return fail(r, "plan-version", 0,
		    "the plan stream is of another major version");
	if (length < PLAN_HEADER_LENGTH || length > 4096 ||
	    get_le16(p + 14) != 1 || get_le32(p + 16) != PLAN_TICK_RATE)
		return fail(
		    r, "plan-version", 0, "the header is not that of a plan");
	if (left(r) < 8 + length)
		return PLAN_NEED_MORE;
	r->minor = get_le16(p + 12);
	r->config_hash = get_le32(p + 20);
	r->pos += 8 + length;
	r->form = FORM_BINARY;
	return PLAN_OK;
}

/* a whole block, checked, or not yet */
static enum plan_status
open_block(struct plan_reader *r)
{
	const uint8_t *p = here(r);
	uint32_t length;

	if (left(r) < 4)
		return PLAN_NEED_MORE;
	length = get_le32(p);
	if (!length || length > PLAN_BLOCK_MAX)
		return fail(r, "plan-damaged", 0, "a block of impossible size");
	if (left(r) < 8 + (size_t)length)
		return PLAN_NEED_MORE;
	if ((uint32_t)crc32(0, p + 4, (uInt)length) != get_le32(p + 4 + length))
		return fail(r, "plan-damaged", 0, "a block with a wrong CRC");
	r->pos += 4;
	r->block_end = r->pos + length;
	memset(&r->last, 0, sizeof(r->last));
	return PLAN_OK;
}

/* a payload on its way into a record */
struct cursor {
	const uint8_t *p, *end;
	char *arena; /* where the next string goes */
};

/* length bytes, then so many characters, none of them NUL; to get[] */
static int
get_string(struct cursor *c, size_t width, size_t max, char *to)
{
	size_t room = (size_t)(c->end - c->p), n;

	if (room < width)
		return -1;
	n = width == 1 ? *c->p : get_le16(c->p);
	if (n > max || room < width + n || memchr(c->p + width, 0, n))
		return -1;
	memcpy(to, c->p + width, n);
	to[n] = '\0';
	c->p += width + n;
	return 0;
}

static int
get_text(struct cursor *c, uint8_t *at)
{
	const char *text = c->arena;

	if (get_string(c, 2, PLAN_TEXT_MAX, c->arena))
		return -1;
	c->arena += strlen(text) + 1;
	memcpy(at, &text, sizeof(text));
	return 0;
}

static int
get_doubles(struct cursor *c, const struct plan_field *f, uint8_t *record)
{
	double *v = (double *)(void *)c->arena;
	uint32_t n;

	if (c->end - c->p < 2)
		return -1;
	n = get_le16(c->p);
	c->p += 2;
	if (n > PLAN_MESH_MAX || (size_t)(c->end - c->p) < n * sizeof(*v))
		return -1;
	for (uint32_t i = 0; i < n; i++, c->p += sizeof(*v)) {
		v[i] = get_le_double(c->p);
		if (!isfinite(v[i]))
			return -1;
	}
	memcpy(record + f->offset, &(struct plan_doubles){n, v},
	    sizeof(struct plan_doubles));
	c->arena += n * sizeof(*v);
	return 0;
}

/* 0, or -1 when the payload is too short or no such field */
static int
get_field(struct cursor *c, const struct plan_field *f, uint8_t *record)
{
	static const size_t widths[] = {[PLAN_F_DOUBLE] = 8,
	    [PLAN_F_OPEN] = 8,
	    [PLAN_F_RARE] = 8,
	    [PLAN_F_U32] = 4,
	    [PLAN_F_U64] = 8,
	    [PLAN_F_AXES] = 1,
	    [PLAN_F_FLAG] = 1};
	uint8_t *at = record + f->offset;
	const uint8_t *p = c->p;
	uint64_t u64;
	uint32_t u32;
	double v;

	if (f->kind == PLAN_F_NAME)
		return get_string(c, 1, PLAN_NAME_SIZE - 1, (char *)at);
	if (f->kind == PLAN_F_LONG_NAME)
		return get_string(c, 1, PLAN_LONG_NAME_SIZE - 1, (char *)at);
	if (f->kind == PLAN_F_TEXT)
		return get_text(c, at);
	if (f->kind == PLAN_F_DOUBLES)
		return get_doubles(c, f, record);
	if ((size_t)(c->end - p) < widths[f->kind])
		return -1;
	c->p += widths[f->kind];
	switch (f->kind) {
	case PLAN_F_U32:
		u32 = get_le32(p);
		memcpy(at, &u32, sizeof(u32));
		return 0;
	case PLAN_F_U64:
		u64 = get_le64(p);
		memcpy(at, &u64, sizeof(u64));
		return 0;
	case PLAN_F_AXES:
		u32 = *p;
		memcpy(at, &u32, sizeof(u32));
		return u32 > 7 ? -1 : 0;
	case PLAN_F_FLAG:
		*at = *p;
		return *p > 1 ? -1 : 0;
	default:
		v = get_le_double(p);
		memcpy(at, &v, sizeof(v));
		return isnan(v) || (f->kind != PLAN_F_OPEN && isinf(v)) ? -1
									: 0;
	}
}

static int
get_payload(
    struct plan_reader *r, struct plan_record *rec, const uint8_t *p, size_t n)
{
	const struct plan_kind *kind = plan_kind_by_type((unsigned)rec->type);
	struct cursor c = {p, p + n, r->arena};

	if (rec->type == PLAN_MOVE) {
		int used = plan_move_unpack(&rec->u.move, &r->last, p, n);

		if (used < 0)
			return -1;
		r->last = rec->u.move;
		c.p += used;
	} else {
		for (const struct plan_field *f = kind->field; f->name; f++)
			if (get_field(&c, f, (uint8_t *)rec))
				return -1;
	}
	/* a later minor version may say more */
	return c.p == c.end || r->minor > PLAN_MINOR ? 0 : -1;
}

static enum plan_status
next_binary(struct plan_reader *r, struct plan_record *rec)
{
	for (;;) {
		const uint8_t *p;
		size_t n;

		if (!r->block_end) {
			enum plan_status status = open_block(r);

			if (status != PLAN_OK)
				return status;
		}
		if (r->pos == r->block_end) {
			r->pos += 4;
			r->block_end = 0;
			continue;
		}
		p = here(r);
		if (r->block_end - r->pos < PLAN_RECORD_HEAD ||
		    r->block_end - r->pos - PLAN_RECORD_HEAD <
			(n = get_le16(p + 2)))
			return fail(r, "plan-damaged", 0,
			    "a record longer than its block");
		if (!plan_kind_by_type(p[0])) {
			if (!(p[1] & PLAN_SKIPPABLE))
				return fail(r, "plan-damaged", 0,
				    "a record of unknown type");
			r->check.records++;
			r->pos += PLAN_RECORD_HEAD + n;
			continue;
		}
		rec->type = (enum plan_type)p[0];
		rec->flags = p[1] & PLAN_SKIPPABLE;
		rec->line = get_le32(p + 4);
		rec->t = get_le_double(p + 8);
		if (get_payload(r, rec, p + PLAN_RECORD_HEAD, n))
			return fail(r, "plan-damaged", 0,
			    "a record that cannot be read");
		r->pos += PLAN_RECORD_HEAD + n;
		return PLAN_OK;
	}
}

static enum plan_status
read_text_header(struct plan_reader *r, const char *s, size_t n)
{
	static const char lead[] = "plan 1.";
	size_t at = sizeof(lead) - 1, mark;
	uint64_t minor;

	if (n < 7 || memcmp(s, "plan ", 5))
		return fail(r, "plan-magic", 1, "this is not a plan stream");
	if (memcmp(s, lead, at))
		return fail(r, "plan-version", 6,
		    "the plan stream is of another major version");
	for (mark = at; mark < n && s[mark] != ' '; mark++)
		;
	if (num_parse_uint(s + at, mark - at, &minor) || minor > 65535 ||
	    n - mark != 16 || memcmp(s + mark, " config=", 8))
		return fail(r, "plan-version", mark + 1,
		    "the first line is not 'plan 1.N config=' and 8 hex "
		    "digits");
	for (size_t i = mark + 8; i < n; i++) {
		char c = s[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
						   : -1;

		if (digit < 0)
			return fail(r, "plan-version", i + 1,
			    "the configuration is 8 hex digits");
		r->config_hash = r->config_hash << 4 | (uint32_t)digit;
	}
	r->minor = (uint16_t)minor;
	return PLAN_OK;
}

static enum plan_status
next_text(struct plan_reader *r, struct plan_record *rec)
{
	for (;;) {
		const char *s = (const char *)here(r);
		const char *nl = left(r) ? memchr(s, '\n', left(r)) : NULL;
		const char *why = NULL;
		size_t n = nl ? (size_t)(nl - s) : left(r), at = 0;
		int status;

		if (nl || n > LINE_MAX_BYTES)
			r->line++;
		if (n > LINE_MAX_BYTES)
			return fail(
			    r, "plan-record", 0, "the line is too long");
		if (!nl)
			return PLAN_NEED_MORE;
		if (r->line == 1) {
			if (read_text_header(r, s, n) != PLAN_OK)
				return PLAN_FAILED;
			r->pos += n + 1;
			continue;
		}
		status = plan_text_parse(rec, r->arena, s, n, &why, &at);
		if (status < 0)
			return fail(r, "plan-record", at + 1, why);
		r->pos += n + 1;
		if (status)
			return PLAN_OK;
		if (n && s[0] != '#')
			r->check.records++; /* one we need not know */
	}
}

enum plan_status
plan_reader_next(struct plan_reader *r, struct plan_record *rec)
{
	enum plan_status status;
	const char *why;

	if (r->failed)
		return PLAN_FAILED;
	if (r->ended) {
		size_t rest = r->block_end ? 4 + r->block_end - r->pos : 0;

		if (left(r) > rest || (rest > 4))
			return fail(r, "plan-damaged", 0,
			    "more bytes after the END record");
		return PLAN_ENDED;
	}
	if (r->form == FORM_UNKNOWN) {
		if (!left(r))
			return PLAN_NEED_MORE;
		if (*here(r) == 'p')
			r->form = FORM_TEXT;
		else if ((status = read_header(r)) != PLAN_OK)
			return status;
	}
	status = r->form == FORM_TEXT ? next_text(r, rec) : next_binary(r, rec);
	if (status != PLAN_OK)
		return status;
	why = plan_check_next(&r->check, rec);
	if (why)
		return fail(r, "plan-nonsense", 0, why);
	if (rec->type == PLAN_END)
		r->ended = true;
	return PLAN_OK;
}

int
plan_reader_eof(struct plan_reader *r)
{
	struct diag_place place = {r->name, 0, 0};

	struct plan_record none;

	if (r->ended && plan_reader_next(r, &none) == PLAN_ENDED)
		return 0;
	if (r->failed)
		return -1;
	r->failed = true;
	if (!r->base && !r->in.len)
		diag_report(r->sink, DIAG_ERROR, &place, "plan-cut",
		    "the plan is empty: the program before wrote nothing");
	else
		diag_report(r->sink, DIAG_ERROR, &place, "plan-cut",
		    "the plan was cut off after %" PRIu64
		    " records: no END record",
		    r->check.records);
	return -1;
}

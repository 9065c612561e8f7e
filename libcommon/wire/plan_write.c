/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing the plan stream. */
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "base/die.h"
#include "base/endian.h"
#include "wire/plan.h"
#include "wire/plan_schema.h"

/* Smaller than a block may be: a reader can begin while we go on. */
#define BLOCK_FILL 32768

void
plan_writer_init(
    struct plan_writer *w, struct buf *out, uint32_t config_hash, bool text)
{
	uint8_t head[PLAN_HEADER_SIZE];

	memset(w, 0, sizeof(*w));
	w->out = out;
	w->text = text;
	if (text) {
		buf_addf(out, "plan %d.%d config=%08x\n", PLAN_MAJOR,
		    PLAN_MINOR, (unsigned)config_hash);
		return;
	}
	memcpy(head, plan_magic, 8);
	put_le16(head + 8, PLAN_HEADER_LENGTH);
	put_le16(head + 10, PLAN_MAJOR);
	put_le16(head + 12, PLAN_MINOR);
	put_le16(head + 14, 1);
	put_le32(head + 16, PLAN_TICK_RATE);
	put_le32(head + 20, config_hash);
	buf_add(out, head, sizeof(head));
}

void
plan_writer_release(struct plan_writer *w)
{
	buf_release(&w->block);
}

void
plan_writer_flush(struct plan_writer *w)
{
	uint8_t word[4];

	if (w->text || !w->block.len)
		return;
	put_le32(word, (uint32_t)w->block.len);
	buf_add(w->out, word, 4);
	buf_add(w->out, w->block.data, w->block.len);
	put_le32(word, (uint32_t)crc32(0, (const Bytef *)w->block.data,
			   (uInt)w->block.len));
	buf_add(w->out, word, 4);
	buf_clear(&w->block);
	memset(&w->last, 0, sizeof(w->last));
}

static uint8_t *
put_string(uint8_t *p, const char *s, size_t max, int width)
{
	size_t n = s ? strlen(s) : 0;

	if (n > max)
		n = max;
	if (width == 1)
		p[0] = (uint8_t)n;
	else
		put_le16(p, (uint16_t)n);
	memcpy(p + width, n ? s : "", n);
	return p + width + n;
}

static uint8_t *
put_doubles(uint8_t *p, const struct plan_field *f, const uint8_t *record)
{
	struct plan_doubles list;

	memcpy(&list, record + f->offset, sizeof(list));
	if (list.n > PLAN_MESH_MAX)
		list.n = PLAN_MESH_MAX;
	put_le16(p, (uint16_t)list.n);
	p += 2;
	for (uint32_t i = 0; i < list.n; i++, p += 8) {
		if (!isfinite(list.v[i]))
			BUG("plan record with '%s' not a number", f->name);
		put_le_double(p, list.v[i] + 0.0);
	}
	return p;
}

static uint8_t *
put_field(uint8_t *p, const struct plan_field *f, const uint8_t *record)
{
	const uint8_t *at = record + f->offset;
	const char *text;
	uint64_t u64;
	uint32_t u32;
	double v;

	switch (f->kind) {
	case PLAN_F_DOUBLE:
	case PLAN_F_OPEN:
	case PLAN_F_RARE:
		memcpy(&v, at, sizeof(v));
		if (isnan(v) || (f->kind != PLAN_F_OPEN && isinf(v)))
			BUG("plan record with '%s' not a number", f->name);
		put_le_double(p, v + 0.0); /* no -0 */
		return p + 8;
	case PLAN_F_U32:
		memcpy(&u32, at, sizeof(u32));
		put_le32(p, u32);
		return p + 4;
	case PLAN_F_U64:
		memcpy(&u64, at, sizeof(u64));
		put_le64(p, u64);
		return p + 8;
	case PLAN_F_AXES:
		memcpy(&u32, at, sizeof(u32));
		*p = (uint8_t)u32;
		return p + 1;
	case PLAN_F_FLAG:
		*p = *at ? 1 : 0;
		return p + 1;
	case PLAN_F_NAME:
		return put_string(p, (const char *)at, PLAN_NAME_SIZE - 1, 1);
	case PLAN_F_LONG_NAME:
		return put_string(
		    p, (const char *)at, PLAN_LONG_NAME_SIZE - 1, 1);
	case PLAN_F_TEXT:
		memcpy(&text, at, sizeof(text));
		return put_string(p, text, PLAN_TEXT_MAX, 2);
	case PLAN_F_DOUBLES:
		return put_doubles(p, f, record);
	case PLAN_F_END:
		break;
	}
	BUG("unknown field kind %d", (int)f->kind);
}

/* room for the largest record: three names or one text, but for the rows of a
 * mesh */
#define RECORD_SIZE_MAX (PLAN_RECORD_HEAD + PLAN_TEXT_MAX + 256)
#define ROW_SIZE_MAX	(PLAN_RECORD_HEAD + 8 * PLAN_MESH_MAX + 16)

static void
write_binary(struct plan_writer *w, const struct plan_record *rec)
{
	size_t most =
	    rec->type == PLAN_MESH_ROW ? ROW_SIZE_MAX : RECORD_SIZE_MAX;
	uint8_t *head, *p;

	if (w->block.len + most > BLOCK_FILL)
		plan_writer_flush(w);
	if (w->block.cap < BLOCK_FILL)
		buf_grow(&w->block, BLOCK_FILL);
	head = (uint8_t *)w->block.data + w->block.len;
	head[0] = (uint8_t)rec->type;
	head[1] = rec->flags;
	put_le32(head + 4, rec->line);
	put_le_double(head + 8, rec->t);
	p = head + PLAN_RECORD_HEAD;
	if (rec->type == PLAN_MOVE) {
		p += plan_move_pack(p, &rec->u.move, &w->last);
		w->last = rec->u.move;
	} else {
		const struct plan_kind *kind =
		    plan_kind_by_type((unsigned)rec->type);

		if (!kind)
			BUG("unknown plan record %d", (int)rec->type);
		for (const struct plan_field *f = kind->field; f->name; f++)
			p = put_field(p, f, (const uint8_t *)rec);
	}
	put_le16(head + 2, (uint16_t)(p - head - PLAN_RECORD_HEAD));
	w->block.len += (size_t)(p - head);
	w->block.data[w->block.len] = '\0';
}

void
plan_write(struct plan_writer *w, const struct plan_record *rec)
{
	struct plan_record end;

	if (rec->type == PLAN_END) {
		end = *rec;
		end.u.end.records = w->records;
		rec = &end;
	}
	if (w->text)
		plan_text_add(w->out, rec);
	else
		write_binary(w, rec);
	w->records++;
	if (rec->type == PLAN_END)
		plan_writer_flush(w);
}

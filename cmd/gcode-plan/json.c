/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan record as one line of JSON. */
#include <math.h>
#include <string.h>

#include "cmd/gcode-plan/gcode-plan.h"
#include "lang/json.h"
#include "wire/plan_schema.h"

static void
put_axes(struct json *j, const char *key, const uint8_t *at)
{
	char text[4] = "";
	uint32_t axes;
	int n = 0;

	memcpy(&axes, at, sizeof(axes));
	for (int i = 0; i < 3; i++)
		if (axes >> i & 1)
			text[n++] = "XYZ"[i];
	text[n] = '\0';
	json_string(j, key, text);
}

static void
put_list(struct json *j, const struct plan_field *f, const uint8_t *record)
{
	struct plan_doubles list;

	memcpy(&list, record + f->offset, sizeof(list));
	json_array(j, f->name);
	for (uint32_t i = 0; i < list.n; i++)
		json_double(j, NULL, list.v[i]);
	json_close(j);
}

static void
put_field(struct json *j, const struct plan_field *f, const uint8_t *record)
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
		json_double(j, f->name, v); /* an open end is null */
		break;
	case PLAN_F_U32:
		memcpy(&u32, at, sizeof(u32));
		json_int(j, f->name, u32);
		break;
	case PLAN_F_U64:
		memcpy(&u64, at, sizeof(u64));
		json_int(j, f->name, (int64_t)u64);
		break;
	case PLAN_F_AXES:
		put_axes(j, f->name, at);
		break;
	case PLAN_F_FLAG:
		json_bool(j, f->name, *at);
		break;
	case PLAN_F_NAME:
	case PLAN_F_LONG_NAME:
		json_string(j, f->name, (const char *)at);
		break;
	case PLAN_F_TEXT:
		memcpy(&text, at, sizeof(text));
		json_string(j, f->name, text ? text : "");
		break;
	case PLAN_F_DOUBLES:
		put_list(j, f, record);
		break;
	case PLAN_F_END:
		break;
	}
}

void
record_json(struct buf *out, const struct plan_record *rec)
{
	const struct plan_kind *kind = plan_kind_by_type((unsigned)rec->type);
	struct json j;

	json_begin(&j, out);
	json_object(&j, NULL);
	json_string(&j, "record", kind->name);
	json_int(&j, "line", rec->line);
	json_double(&j, "t", rec->t);
	for (const struct plan_field *f = kind->field; f->name; f++)
		if (plan_field_there(f, rec))
			put_field(&j, f, (const uint8_t *)rec);
	json_close(&j);
	json_newline(&j);
}

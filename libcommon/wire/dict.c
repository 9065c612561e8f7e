/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading a data dictionary and finding things in it. */
#define ZLIB_CONST
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "proto/vlq.h"
#include "wire/dict-private.h"

#define JSON_MAX ((size_t)4 << 20) /* bytes; stock ones have 12000 */

struct loader {
	struct dict *dict;
	const char *place;
	struct diag_sink *sink;
};

__attribute__((format(printf, 2, 3))) static int
complain(struct loader *ld, const char *fmt, ...)
{
	struct diag_place place = {.file = ld->place};
	va_list ap;

	va_start(ap, fmt);
	diag_vreport(ld->sink, DIAG_ERROR, &place, "bad-dictionary", fmt, ap);
	va_end(ap);
	return -1;
}

static int
add_message(struct loader *ld, const char *signature, json_t *number,
    enum dict_kind kind)
{
	struct dict *d = ld->dict;
	struct dict_message *m = &d->message[d->n_messages];
	json_int_t id = json_integer_value(number);
	uint16_t *slot;

	if (!json_is_integer(number) || id < DICT_ID_MIN || id > DICT_ID_MAX)
		return complain(ld, "'%s' has no message number", signature);
	slot = &d->slot[id - DICT_ID_MIN];
	if (*slot != 0)
		return complain(ld, "'%s' and '%s' share number %d", signature,
		    d->message[*slot - 1].signature, (int)id);
	m->kind = kind;
	m->id = (int32_t)id;
	m->head_len = (uint8_t)(vlq_put(m->head, (uint32_t)m->id) - m->head);
	if (dict_parse_signature(d, signature, m) != 0)
		return complain(ld, "'%s' is no signature", signature);
	*slot = (uint16_t)++d->n_messages;
	return 0;
}

static int
load_messages(struct loader *ld, json_t *root)
{
	static const char *const section[] = {
	    "commands", "responses", "output"};
	json_t *object[3], *value;
	const char *key;
	size_t n = 0;

	for (int i = 0; i < 3; i++) {
		object[i] = json_object_get(root, section[i]);
		if (!json_is_object(object[i]) && i != DICT_OUTPUT)
			return complain(ld, "no object '%s'", section[i]);
		n += json_object_size(object[i]);
	}
	if (n > DICT_MESSAGES_MAX)
		return complain(ld, "%zu messages, more than the limit %d", n,
		    DICT_MESSAGES_MAX);
	ld->dict->message =
	    arena_alloc(&ld->dict->arena, (n + 1) * sizeof(*ld->dict->message));
	for (int i = 0; i < 3; i++)
		json_object_foreach(object[i], key,
		    value) if (add_message(ld, key, value, (enum dict_kind)i) !=
			       0) return -1;
	return 0;
}

static struct dict_enum *
new_enum(struct dict *d, const char *name)
{
	struct dict_enum *e = arena_alloc(&d->arena, sizeof(*e));

	e->name = arena_strdup(&d->arena, name);
	e->dict = d;
	e->next = d->enums;
	d->enums = e;
	return e;
}

static void
add_range(struct dict_enum *e, const char *name, int32_t value, uint32_t count)
{
	struct dict_range *r;
	uint64_t start = 0;
	size_t n = strlen(name);

	ALLOC_GROW(e->range, e->n + 1, e->alloc);
	r = &e->range[e->n++];
	r->base = arena_strdup(&e->dict->arena, name);
	if (count > 0) {
		while (n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9')
			n--;
		if (num_parse_uint(name + n, strlen(name + n), &start) != 0 ||
		    start > UINT32_MAX / 2)
			start = 0;
	}
	r->base_len = n;
	r->start = (uint32_t)start;
	r->value = value;
	r->count = count;
}

static int
load_enum(struct loader *ld, const char *name, json_t *object)
{
	struct dict_enum *e = new_enum(ld->dict, name);
	json_t *value;
	const char *key;

	json_object_foreach(object, key, value)
	{
		json_int_t first = json_integer_value(value), count = 0;

		if (json_is_array(value) && json_array_size(value) == 2 &&
		    json_is_integer(json_array_get(value, 0)) &&
		    json_is_integer(json_array_get(value, 1))) {
			first = json_integer_value(json_array_get(value, 0));
			count = json_integer_value(json_array_get(value, 1));
			if (count < 1 || count > DICT_RANGES_MAX)
				goto bad;
		} else if (!json_is_integer(value)) {
			goto bad;
		}
		if (first < INT32_MIN || first + count > INT32_MAX ||
		    e->n >= DICT_RANGES_MAX)
			goto bad;
		add_range(e, key, (int32_t)first, (uint32_t)count);
	}
	return 0;
bad:
	return complain(ld, "enumeration '%s': '%s' has no value", name, key);
}

static int
load_enums(struct loader *ld, json_t *root)
{
	json_t *all = json_object_get(root, "enumerations"), *value;
	const char *key;

	json_object_foreach(all, key, value)
	{
		if (!json_is_object(value))
			return complain(
			    ld, "enumeration '%s' is no object", key);
		if (load_enum(ld, key, value) != 0)
			return -1;
	}
	return 0;
}

static int
load_constants(struct loader *ld, json_t *root)
{
	json_t *all = json_object_get(root, "config"), *value;
	struct dict *d = ld->dict;
	const char *key;

	d->constant = arena_alloc(
	    &d->arena, (json_object_size(all) + 1) * sizeof(*d->constant));
	json_object_foreach(all, key, value)
	{
		struct dict_constant *c = &d->constant[d->n_constants];
		char text[NUM_DOUBLE_MAX + 24];

		if (json_is_string(value))
			c->text =
			    arena_strdup(&d->arena, json_string_value(value));
		else if (json_is_integer(value)) {
			snprintf(text, sizeof(text), "%lld",
			    (long long)json_integer_value(value));
			c->text = arena_strdup(&d->arena, text);
		} else if (json_is_real(value) &&
			   isfinite(json_real_value(value))) {
			num_format_double(text, json_real_value(value));
			c->text = arena_strdup(&d->arena, text);
		} else {
			return complain(ld, "constant '%s' has no value", key);
		}
		c->name = arena_strdup(&d->arena, key);
		d->n_constants++;
	}
	return 0;
}

/* A parameter X or a_X takes its names from the enumeration X. */
static void
attach_enums(struct dict *d)
{
	for (size_t i = 0; i < d->n_messages; i++)
		for (int k = 0; k < d->message[i].n_params; k++) {
			struct dict_param *p = &d->message[i].param[k];
			struct dict_enum *e;
			size_t n = strlen(p->name);

			p->en = NULL;
			for (e = d->enums; e; e = e->next) {
				size_t m = strlen(e->name);

				if (m > n || strcmp(p->name + n - m, e->name))
					continue;
				if (m == n || p->name[n - m - 1] == '_')
					p->en = e;
			}
			if (p->type == DICT_BYTES)
				p->en = NULL;
		}
}

static int
load_json(struct loader *ld, const char *text, size_t len)
{
	json_error_t err;
	json_t *root, *version;
	int result = -1;

	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &err);
	if (!root)
		return complain(ld, "line %d: %s", err.line, err.text);
	if (!json_is_object(root)) {
		complain(ld, "not a JSON object");
		goto out;
	}
	if (load_messages(ld, root) != 0 || load_enums(ld, root) != 0 ||
	    load_constants(ld, root) != 0)
		goto out;
	version = json_object_get(root, "version");
	ld->dict->version = arena_strdup(&ld->dict->arena,
	    json_is_string(version) ? json_string_value(version) : "");
	attach_enums(ld->dict);
	result = 0;
out:
	json_decref(root);
	return result;
}

static int
load_zlib(struct loader *ld, const void *data, size_t len)
{
	struct buf out = BUF_INIT;
	z_stream z = {0};
	int status, result = -1;

	if (inflateInit(&z) != Z_OK)
		return complain(ld, "zlib does not start");
	z.next_in = data;
	z.avail_in = (uInt)len;
	do {
		buf_grow(&out, 32768);
		z.next_out = (Bytef *)out.data + out.len;
		z.avail_out = 32767;
		status = inflate(&z, Z_NO_FLUSH);
		out.len += 32767 - z.avail_out;
	} while (status == Z_OK && out.len < JSON_MAX);
	if (status == Z_STREAM_END)
		result = load_json(ld, out.data, out.len);
	else
		complain(ld, "the compressed data is %s",
		    status == Z_OK	    ? "too large"
		    : status == Z_BUF_ERROR ? "cut off"
					    : "damaged");
	inflateEnd(&z);
	buf_release(&out);
	return result;
}

struct dict *
dict_load(
    const void *data, size_t len, const char *place, struct diag_sink *sink)
{
	struct loader ld = {.place = place, .sink = sink};
	const char *p = data;
	int status;

	if (len > JSON_MAX) {
		complain(&ld, "too large for a dictionary");
		return NULL;
	}
	ld.dict = xcalloc(1, sizeof(*ld.dict));
	arena_init(&ld.dict->arena);
	/* every zlib header begins 0x78 for the window size in use */
	if (len > 0 && p[0] == 0x78)
		status = load_zlib(&ld, data, len);
	else
		status = load_json(&ld, data, len);
	if (status != 0) {
		dict_free(ld.dict);
		return NULL;
	}
	return ld.dict;
}

void
dict_free(struct dict *d)
{
	if (!d)
		return;
	for (struct dict_enum *e = d->enums; e; e = e->next)
		free(e->range);
	arena_release(&d->arena);
	free(d);
}

static const struct dict_message *
by_signature(const struct dict *d, const char *signature, enum dict_kind kind)
{
	for (size_t i = 0; i < d->n_messages; i++)
		if (d->message[i].kind == kind &&
		    strcmp(d->message[i].signature, signature) == 0)
			return &d->message[i];
	return NULL;
}

const struct dict_message *
dict_command(const struct dict *d, const char *signature)
{
	return by_signature(d, signature, DICT_COMMAND);
}

const struct dict_message *
dict_response(const struct dict *d, const char *signature)
{
	return by_signature(d, signature, DICT_RESPONSE);
}

const struct dict_message *
dict_by_name(const struct dict *d, const char *name)
{
	for (size_t i = 0; i < d->n_messages; i++)
		if (strcmp(d->message[i].name, name) == 0)
			return &d->message[i];
	return NULL;
}

const struct dict_message *
dict_by_id(const struct dict *d, int32_t id)
{
	uint16_t slot;

	if (id < DICT_ID_MIN || id > DICT_ID_MAX)
		return NULL;
	slot = d->slot[id - DICT_ID_MIN];
	return slot ? &d->message[slot - 1] : NULL;
}

const char *
dict_constant_text(const struct dict *d, const char *name)
{
	for (size_t i = 0; i < d->n_constants; i++)
		if (strcmp(d->constant[i].name, name) == 0)
			return d->constant[i].text;
	return NULL;
}

int
dict_constant(const struct dict *d, const char *name, double *out)
{
	const char *text = dict_constant_text(d, name);

	return text ? num_parse_double(text, strlen(text), out) : -1;
}

bool
dict_constant_at(
    const struct dict *d, size_t i, const char **name, const char **text)
{
	if (i >= d->n_constants)
		return false;
	*name = d->constant[i].name;
	*text = d->constant[i].text;
	return true;
}

const char *
dict_version(const struct dict *d)
{
	return d->version;
}

struct dict_enum *
dict_enum(const struct dict *d, const char *name)
{
	for (struct dict_enum *e = d->enums; e; e = e->next)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}

/* name = base and a decimal index without leading zeros in the range? */
static bool
in_range(const struct dict_range *r, const char *name, int32_t *out)
{
	size_t len = strlen(name);
	uint64_t index;

	if (len < r->base_len || memcmp(name, r->base, r->base_len) != 0)
		return false;
	if (r->count == 0) {
		*out = r->value;
		return len == r->base_len;
	}
	name += r->base_len;
	len -= r->base_len;
	if (len == 0 || len > 9 || name[0] < '0' || name[0] > '9' ||
	    (name[0] == '0' && len > 1) ||
	    num_parse_uint(name, len, &index) != 0)
		return false;
	if (index < r->start || index - r->start >= r->count)
		return false;
	*out = r->value + (int32_t)(index - r->start);
	return true;
}

int
dict_enum_value(struct dict_enum *e, const char *name, int32_t *out)
{
	for (size_t i = 0; i < e->n; i++)
		if (in_range(&e->range[i], name, out))
			return 0;
	if (!e->open || e->n >= DICT_RANGES_MAX)
		return -1;
	*out = (int32_t)e->n;
	add_range(e, name, *out, 0);
	return 0;
}

void
dict_enum_name(const struct dict_enum *e, int32_t v, struct buf *out)
{
	for (size_t i = 0; i < e->n; i++) {
		const struct dict_range *r = &e->range[i];

		if (r->count == 0 && r->value == v) {
			buf_add(out, r->base, r->base_len);
			return;
		}
		if (v >= r->value && v - (int64_t)r->value < r->count) {
			buf_add(out, r->base, r->base_len);
			buf_addf(out, "%u",
			    r->start + (uint32_t)(v - (int64_t)r->value));
			return;
		}
	}
	buf_addf(out, "?%d", (int)v);
}

bool
dict_enum_nearest(const struct dict_enum *e, const char *name, struct buf *out)
{
	const char **names;
	char *text;
	const char *found;
	size_t n = 0, total = 0;

	for (size_t i = 0; i < e->n; i++)
		total += e->range[i].count ? e->range[i].count : 1;
	if (total > DICT_RANGES_MAX)
		return false;
	names = xreallocarray(NULL, total + 1, sizeof(*names));
	text = xreallocarray(NULL, total + 1, 32);
	for (size_t i = 0; i < e->n; i++) {
		const struct dict_range *r = &e->range[i];

		for (uint32_t k = 0; k < r->count; k++, n++) {
			names[n] = text + 32 * n;
			snprintf(text + 32 * n, 32, "%.*s%u",
			    (int)(r->base_len < 20 ? r->base_len : 20), r->base,
			    r->start + k);
		}
		if (r->count == 0)
			names[n++] = r->base;
	}
	found = diag_nearest(name, names, (int)n);
	if (found)
		buf_adds(out, found);
	free(text);
	free(names);
	return found != NULL;
}

void
dict_open_enum(struct dict *d, const char *name)
{
	struct dict_enum *e = dict_enum(d, name);

	if (!e) {
		e = new_enum(d, name);
		attach_enums(d);
	}
	e->open = true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Template values from JSON. */
#include "lang/jinja_json.h"

#include <jansson.h>
#include <string.h>

#include "lang/jinja_private.h"

static struct jj_value
array(struct jinja *j, const json_t *from, bool tuple)
{
	size_t n = json_array_size(from);
	struct jj_value l =
	    tuple ? jj_tuple_new(j, (uint32_t)n) : jj_list_new(j, (uint32_t)n);

	for (size_t i = 0; i < n; i++)
		jj_append(j, l, jj_from_json(j, json_array_get(from, i)));
	return l;
}

/* an object that stands for something JSON lacks */
static bool
special(struct jinja *j, const json_t *from, struct jj_value *out)
{
	const json_t *v;
	double f;

	if (json_object_size(from) != 1)
		return false;
	if ((v = json_object_get(from, "$t")) && json_is_array(v)) {
		*out = array(j, v, true);
		return true;
	}
	if ((v = json_object_get(from, "$coord")) && json_is_array(v)) {
		*out = array(j, v, true);
		out->u.l->coord = true;
		return true;
	}
	v = json_object_get(from, "$f");
	if (!v || !json_is_string(v) ||
	    !jj_float_parse(j, json_string_value(v), json_string_length(v), &f))
		return false;
	*out = jj_float(f);
	return true;
}

static struct jj_value
object(struct jinja *j, const json_t *from)
{
	struct jj_value d;
	const char *key;
	json_t *v;
	union {
		const json_t *in;
		json_t *out;
	} o = {.in = from};

	if (special(j, from, &d))
		return d;
	d = jj_dict_new(j);
	json_object_foreach(o.out, key, v)
	{
		jj_put(j, d, key, jj_from_json(j, v));
	}
	return d;
}

struct jj_value
jj_from_json(struct jinja *j, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return object(j, v);
	case JSON_ARRAY:
		return array(j, v, false);
	case JSON_STRING:
		return jj_string(
		    j, json_string_value(v), json_string_length(v));
	case JSON_INTEGER:
		return jj_int(json_integer_value(v));
	case JSON_REAL:
		return jj_float(json_real_value(v));
	case JSON_TRUE:
		return jj_bool(true);
	case JSON_FALSE:
		return jj_bool(false);
	default:
		return jj_none();
	}
}

struct conversion {
	const json_t *from;
	struct jj_value to;
};

static void
convert(struct jinja *j, void *data)
{
	struct conversion *c = data;

	c->to = jj_from_json(j, c->from);
}

int
jj_read_json(struct jinja *j, const char *text, size_t len,
    struct jj_value *out, struct jinja_error *e)
{
	struct conversion c = {NULL, {.kind = JJ_NONE}};
	json_error_t why;
	json_t *root = json_loadb(
	    text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
	int status;

	if (!root) {
		e->class = "ValueError";
		e->line = why.line > 0 ? (unsigned)why.line : 0;
		e->col = why.column > 0 ? (unsigned)why.column : 0;
		buf_clear(&e->text);
		buf_adds(&e->text, why.text);
		return -1;
	}
	c.from = root;
	status = jinja_protect(j, convert, &c, e);
	json_decref(root);
	*out = c.to;
	return status;
}

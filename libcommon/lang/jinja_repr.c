/* SPDX-License-Identifier: GPL-3.0-or-later */
/* str(), repr() and JSON of template values. */
#include <math.h>
#include <string.h>

#include "lang/jinja_private.h"

static void
escaped_char(struct jinja *j, struct jj_sb *b, uint32_t c)
{
	jj_sb_addf(j, b,
	    c < 0x100	  ? "\\x%02x"
	    : c < 0x10000 ? "\\u%04x"
			  : "\\U%08x",
	    c);
}

/* repr() of a string */
void
jj_repr_text(
    struct jinja *j, struct jj_sb *b, const char *s, size_t n, bool ascii)
{
	const char *end = s + n;
	char quote = memchr(s, '\'', n) && !memchr(s, '"', n) ? '"' : '\'';

	jj_sb_putc(j, b, quote);
	while (s < end) {
		const char *from = s;
		uint32_t c = jj_utf8_next(&s, end);

		if (c == '\n')
			jj_sb_puts(j, b, "\\n");
		else if (c == '\r')
			jj_sb_puts(j, b, "\\r");
		else if (c == '\t')
			jj_sb_puts(j, b, "\\t");
		else if (c == '\\' || c == (unsigned char)quote)
			jj_sb_addf(j, b, "\\%c", (char)c);
		else if ((c >= 0x80 && ascii) || !jj_is_printable(c))
			escaped_char(j, b, c);
		else
			jj_sb_add(j, b, from, (size_t)(s - from));
	}
	jj_sb_putc(j, b, quote);
}

const char *
jj_quote(struct jinja *j, const char *s, size_t n)
{
	struct jj_sb b = {NULL, 0, 0};

	jj_repr_text(j, &b, s, n, false);
	jj_sb_putc(j, &b, '\0');
	return b.p;
}

static void
float_to(struct jinja *j, struct jj_sb *b, double f)
{
	char text[JJ_FLOAT_MAX];

	jj_sb_add(j, b, text, jj_float_repr(text, f));
}

/* a complex number drops the ".0" of its parts */
static void
part_to(struct jinja *j, struct jj_sb *b, double f, bool plus)
{
	char text[JJ_FLOAT_MAX];
	size_t n = jj_float_repr(text, f);

	if (n > 2 && memcmp(text + n - 2, ".0", 2) == 0)
		n -= 2;
	if (plus && !signbit(f))
		jj_sb_putc(j, b, '+');
	jj_sb_add(j, b, text, n);
}

static void
complex_to(struct jinja *j, struct jj_sb *b, const struct jj_complex *c)
{
	if (c->re == 0 && !signbit(c->re)) {
		part_to(j, b, c->im, false);
		jj_sb_putc(j, b, 'j');
		return;
	}
	jj_sb_putc(j, b, '(');
	part_to(j, b, c->re, false);
	part_to(j, b, c->im, true);
	jj_sb_puts(j, b, "j)");
}

static void
bytes_to(struct jinja *j, struct jj_sb *b, const struct jj_str *s)
{
	char quote =
	    memchr(s->data, '\'', s->len) && !memchr(s->data, '"', s->len)
		? '"'
		: '\'';

	jj_sb_putc(j, b, 'b');
	jj_sb_putc(j, b, quote);
	for (uint32_t i = 0; i < s->len; i++) {
		unsigned char c = (unsigned char)s->data[i];

		if (c == '\n' || c == '\r' || c == '\t')
			jj_sb_puts(j, b,
			    c == '\n'	? "\\n"
			    : c == '\r' ? "\\r"
					: "\\t");
		else if (c == '\\' || c == (unsigned char)quote)
			jj_sb_addf(j, b, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			jj_sb_addf(j, b, "\\x%02x", c);
		else
			jj_sb_putc(j, b, (char)c);
	}
	jj_sb_putc(j, b, quote);
}

static void
items_to(struct jinja *j, struct jj_sb *b, const struct jj_list *l,
    const char *brackets, bool comma)
{
	jj_sb_putc(j, b, brackets[0]);
	for (uint32_t i = 0; i < l->n; i++) {
		if (i)
			jj_sb_puts(j, b, ", ");
		jj_repr_to(j, b, l->v[i]);
	}
	if (comma && l->n == 1)
		jj_sb_putc(j, b, ',');
	jj_sb_putc(j, b, brackets[1]);
}

static void
dict_to(struct jinja *j, struct jj_sb *b, const struct jj_dict *d)
{
	bool first = true;

	jj_sb_putc(j, b, '{');
	for (uint32_t i = 0; i < d->n; i++) {
		if (d->e[i].key.kind == JJ_MISSING)
			continue;
		if (!first)
			jj_sb_puts(j, b, ", ");
		first = false;
		jj_repr_to(j, b, d->e[i].key);
		jj_sb_puts(j, b, ": ");
		jj_repr_to(j, b, d->e[i].value);
	}
	jj_sb_putc(j, b, '}');
}

static void
view_to(struct jinja *j, struct jj_sb *b, struct jj_value v)
{
	jj_sb_addf(j, b, "%s(", jj_type_name(v));
	jj_repr_to(j, b, jj_to_list(j, v));
	jj_sb_putc(j, b, ')');
}

static void
range_to(struct jinja *j, struct jj_sb *b, const struct jj_range_value *r)
{
	if (r->step == 1)
		jj_sb_addf(j, b, "range(%lld, %lld)", (long long)r->start,
		    (long long)r->stop);
	else
		jj_sb_addf(j, b, "range(%lld, %lld, %lld)", (long long)r->start,
		    (long long)r->stop, (long long)r->step);
}

/* things that Python shows with an address: ours is always the same */
static void
object_to(struct jinja *j, struct jj_sb *b, struct jj_value v)
{
	switch (v.kind) {
	case JJ_NAMESPACE:
		jj_sb_puts(j, b, "<Namespace ");
		dict_to(j, b, v.u.d);
		jj_sb_putc(j, b, '>');
		break;
	case JJ_MACRO: {
		const struct jj_macro *m = v.u.p;

		if (!m->name)
			jj_sb_puts(j, b, "<Macro anonymous>");
		else
			jj_sb_addf(j, b, "<Macro '%.200s'>", m->name);
		break;
	}
	case JJ_LOOP: {
		struct jj_loop *l = v.u.p;

		jj_sb_addf(j, b, "<LoopContext %lld/%lld>",
		    (long long)l->index0 + 1, (long long)jj_len(j, v));
		break;
	}
	case JJ_FUNC: {
		const struct jj_func *f = v.u.p;

		if (f->type)
			jj_sb_addf(j, b, "<class '%.60s'>", f->name);
		else
			jj_sb_addf(j, b, "<function %.60s>", f->name);
		break;
	}
	case JJ_METHOD: {
		const struct jj_method *m = v.u.p;

		jj_sb_addf(j, b, "<built-in method %s of %s object>",
		    m->f->name, jj_type_name(m->self));
		break;
	}
	case JJ_ITER:
		jj_sb_addf(j, b, "<%s>", ((const struct jj_gen *)v.u.p)->name);
		break;
	case JJ_LIVE:
		jj_read_live(j, v);
	case JJ_BLOCKS:
		jj_sb_puts(j, b, "<TemplateReference None>");
		break;
	case JJ_HOST:
		jj_sb_addf(j, b, "<%.100s object>",
		    ((const struct jj_host *)v.u.p)->type);
		break;
	default:
		jj_sb_addf(j, b, "<%s object>", jj_type_name(v));
	}
}

static void
container_to(struct jinja *j, struct jj_sb *b, struct jj_value v)
{
	/* a container inside itself shows as dots */
	for (unsigned i = 0; i < j->n_open; i++)
		if (j->open[i] == v.u.p) {
			jj_sb_puts(j, b,
			    v.kind == JJ_LIST	 ? "[...]"
			    : v.kind == JJ_TUPLE ? "(...)"
						 : "{...}");
			return;
		}
	jj_enter(j);
	if (j->n_open < sizeof(j->open) / sizeof(j->open[0]))
		j->open[j->n_open++] = v.u.p;
	if (v.kind == JJ_LIST)
		items_to(j, b, v.u.l, "[]", false);
	else if (v.kind == JJ_TUPLE)
		items_to(j, b, v.u.l, "()", true);
	else if (v.kind == JJ_DICT)
		dict_to(j, b, v.u.d);
	else if (v.kind == JJ_VIEW)
		view_to(j, b, v);
	else
		object_to(j, b, v);
	j->n_open--;
	jj_leave(j);
	if (b->len > j->limit.output)
		jj_fail(j, "MemoryError",
		    "a text beyond the limit of %zu bytes", j->limit.output);
}

void
jj_repr_to(struct jinja *j, struct jj_sb *b, struct jj_value v)
{
	switch (v.kind) {
	case JJ_UNDEF:
		jj_sb_puts(j, b, "Undefined");
		break;
	case JJ_STR:
		if (v.u.s->markup)
			jj_sb_puts(j, b, "Markup(");
		jj_repr_text(j, b, v.u.s->data, v.u.s->len, false);
		if (v.u.s->markup)
			jj_sb_putc(j, b, ')');
		break;
	default:
		jj_str_to(j, b, v);
	}
}

void
jj_str_to(struct jinja *j, struct jj_sb *b, struct jj_value v)
{
	switch (v.kind) {
	case JJ_UNDEF:
	case JJ_MISSING:
		break;
	case JJ_NONE:
		jj_sb_puts(j, b, "None");
		break;
	case JJ_BOOL:
		jj_sb_puts(j, b, v.u.b ? "True" : "False");
		break;
	case JJ_INT:
	case JJ_BIG:
		jj_int_to(j, b, v, 10);
		break;
	case JJ_FLOAT:
		float_to(j, b, v.u.f);
		break;
	case JJ_COMPLEX:
		complex_to(j, b, v.u.p);
		break;
	case JJ_STR:
		jj_sb_add_str(j, b, v.u.s);
		break;
	case JJ_BYTES:
		bytes_to(j, b, v.u.s);
		break;
	case JJ_RANGE:
		range_to(j, b, v.u.p);
		break;
	default:
		container_to(j, b, v);
	}
}

struct jj_str *
jj_str_of(struct jinja *j, struct jj_value v)
{
	struct jj_sb b = {NULL, 0, 0};

	if (v.kind == JJ_STR)
		return v.u.s;
	jj_str_to(j, &b, v);
	return jj_sb_value(j, &b).u.s;
}

const char *
jj_repr_z(struct jinja *j, struct jj_value v)
{
	struct jj_sb b = {NULL, 0, 0};

	jj_repr_to(j, &b, v);
	jj_sb_putc(j, &b, '\0');
	return b.p;
}

/* ---- JSON, as the filter tojson writes it ---- */

static void
json_text(struct jinja *j, struct jj_sb *b, const struct jj_str *s)
{
	const char *p = s->data, *end = p + s->len;

	jj_sb_putc(j, b, '"');
	while (p < end) {
		uint32_t c = jj_utf8_next(&p, end);

		if (c == '"' || c == '\\')
			jj_sb_addf(j, b, "\\%c", (char)c);
		else if (c == '\n')
			jj_sb_puts(j, b, "\\n");
		else if (c == '\r')
			jj_sb_puts(j, b, "\\r");
		else if (c == '\t')
			jj_sb_puts(j, b, "\\t");
		else if (c == '\b')
			jj_sb_puts(j, b, "\\b");
		else if (c == '\f')
			jj_sb_puts(j, b, "\\f");
		else if (c >= 0x10000)
			jj_sb_addf(j, b, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10),
			    0xdc00 | (c & 0x3ff));
		else if (c < 0x20 || c > 0x7e || strchr("<>&'", (int)c))
			jj_sb_addf(j, b, "\\u%04x", c);
		else
			jj_sb_putc(j, b, (char)c);
	}
	jj_sb_putc(j, b, '"');
}

static void json_to(struct jinja *, struct jj_sb *, struct jj_value,
    const struct jj_str *indent, int level);

static void
json_line(
    struct jinja *j, struct jj_sb *b, const struct jj_str *indent, int level)
{
	if (!indent)
		return;
	jj_sb_putc(j, b, '\n');
	for (; level; level--)
		jj_sb_add(j, b, indent->data, indent->len);
}

static void
json_list(struct jinja *j, struct jj_sb *b, const struct jj_list *l,
    const struct jj_str *indent, int level)
{
	jj_sb_putc(j, b, '[');
	for (uint32_t i = 0; i < l->n; i++) {
		if (i)
			jj_sb_puts(j, b, indent ? "," : ", ");
		json_line(j, b, indent, level + 1);
		json_to(j, b, l->v[i], indent, level + 1);
	}
	if (l->n)
		json_line(j, b, indent, level);
	jj_sb_putc(j, b, ']');
}

static void
json_dict(struct jinja *j, struct jj_sb *b, struct jj_value d,
    const struct jj_str *indent, int level)
{
	struct jj_value keys = jj_to_list(j, d);
	struct jj_list *l = keys.u.l;

	for (uint32_t i = 1; i < l->n; i++) /* sorted */
		for (uint32_t k = i;
		     k && jj_compare(j, OP_LT, l->v[k], l->v[k - 1]); k--) {
			struct jj_value t = l->v[k];

			l->v[k] = l->v[k - 1];
			l->v[k - 1] = t;
			j->steps++;
		}
	jj_sb_putc(j, b, '{');
	for (uint32_t i = 0; i < l->n; i++) {
		struct jj_sb key = {NULL, 0, 0};

		if (i)
			jj_sb_puts(j, b, indent ? "," : ", ");
		json_line(j, b, indent, level + 1);
		if (l->v[i].kind == JJ_STR) {
			json_text(j, b, l->v[i].u.s);
		} else if (l->v[i].kind > JJ_FLOAT) {
			jj_type_error(j,
			    "keys must be str, int, float, bool or None, "
			    "not %s",
			    l->v[i]);
		} else {
			json_to(j, &key, l->v[i], NULL, 0);
			json_text(j, b, jj_sb_value(j, &key).u.s);
		}
		jj_sb_puts(j, b, ": ");
		json_to(
		    j, b, jj_dict_get(j, d.u.d, l->v[i]), indent, level + 1);
	}
	if (l->n)
		json_line(j, b, indent, level);
	jj_sb_putc(j, b, '}');
}

static void
json_to(struct jinja *j, struct jj_sb *b, struct jj_value v,
    const struct jj_str *indent, int level)
{
	jj_enter(j);
	if (v.kind == JJ_NONE)
		jj_sb_puts(j, b, "null");
	else if (v.kind == JJ_BOOL)
		jj_sb_puts(j, b, v.u.b ? "true" : "false");
	else if (v.kind == JJ_STR)
		json_text(j, b, v.u.s);
	else if (v.kind == JJ_FLOAT && isnan(v.u.f))
		jj_sb_puts(j, b, "NaN");
	else if (v.kind == JJ_FLOAT && isinf(v.u.f))
		jj_sb_puts(j, b, v.u.f > 0 ? "Infinity" : "-Infinity");
	else if (jj_is_number(v))
		jj_str_to(j, b, v);
	else if (v.kind == JJ_LIST || v.kind == JJ_TUPLE)
		json_list(j, b, v.u.l, indent, level);
	else if (v.kind == JJ_DICT)
		json_dict(j, b, v, indent, level);
	else
		jj_type_error(
		    j, "Object of type %s is not JSON serializable", v);
	jj_leave(j);
}

struct jj_value
jj_tojson(struct jinja *j, struct jj_value v, const struct jj_str *indent)
{
	struct jj_sb b = {NULL, 0, 0};
	struct jj_value out;

	json_to(j, &b, v, indent, 0);
	out = jj_sb_value(j, &b);
	out.u.s->markup = true;
	return out;
}

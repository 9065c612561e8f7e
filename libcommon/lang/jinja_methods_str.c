/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods of strings. */
#include <string.h>

#include "lang/jinja_private.h"

static bool
given(struct jj_value v)
{
	return v.kind != JJ_MISSING && v.kind != JJ_NONE;
}

static const struct jj_str *
text(struct jinja *j, struct jj_value v, const char *what)
{
	if (v.kind != JJ_STR)
		jj_fail(j, "TypeError", "%s must be str, not %s", what,
		    jj_type_name(v));
	return v.u.s;
}

static struct jj_value
s_upper(struct jinja *j, struct jj_value *v)
{
	return jj_upper_str(j, v[0].u.s);
}

static struct jj_value
s_lower(struct jinja *j, struct jj_value *v)
{
	return jj_lower_str(j, v[0].u.s);
}

static struct jj_value
s_casefold(struct jinja *j, struct jj_value *v)
{
	return jj_replace_str(j, jj_lower_str(j, v[0].u.s).u.s,
	    jj_strz(j, "\303\237").u.s, jj_strz(j, "ss").u.s, -1);
}

static struct jj_value
s_capitalize(struct jinja *j, struct jj_value *v)
{
	return jj_capitalize(j, v[0].u.s);
}

static struct jj_value
s_swapcase(struct jinja *j, struct jj_value *v)
{
	const char *p = v[0].u.s->data, *end = p + v[0].u.s->len;
	struct jj_sb b = {NULL, 0, 0};
	char one[4];

	while (p < end) {
		uint32_t c = jj_utf8_next(&p, end);

		if (jj_is_upper(c))
			jj_sb_add(j, &b, one, jj_utf8_put(one, jj_lower1(c)));
		else
			jj_put_upper(j, &b, c);
	}
	return jj_sb_value(j, &b);
}

static struct jj_value
s_title(struct jinja *j, struct jj_value *v)
{
	const char *p = v[0].u.s->data, *end = p + v[0].u.s->len;
	struct jj_sb b = {NULL, 0, 0};
	bool inside = false;
	char one[4];

	while (p < end) {
		uint32_t c = jj_utf8_next(&p, end);

		if (inside)
			jj_sb_add(j, &b, one, jj_utf8_put(one, jj_lower1(c)));
		else
			jj_put_title(j, &b, c);
		inside = jj_is_upper(c) || jj_is_lower(c);
	}
	return jj_sb_value(j, &b);
}

/* ---- splitting ---- */

static struct jj_value
split_blanks(struct jinja *j, const struct jj_str *s, int64_t max)
{
	const char *p = s->data, *end = p + s->len, *q, *word;
	struct jj_value l = jj_list_new(j, 8);

	for (;;) {
		for (q = p; p < end && jj_is_space(jj_utf8_next(&q, end));)
			p = q;
		if (p >= end)
			return l;
		word = p;
		if (max-- == 0) {
			jj_append(j, l, jj_string(j, p, (size_t)(end - p)));
			return l;
		}
		for (q = p; p < end && !jj_is_space(jj_utf8_next(&q, end));)
			p = q;
		jj_append(j, l, jj_string(j, word, (size_t)(p - word)));
	}
}

static struct jj_value
reverse_list(struct jj_value l)
{
	for (uint32_t i = 0, n = l.u.l->n; i < n / 2; i++) {
		struct jj_value t = l.u.l->v[i];

		l.u.l->v[i] = l.u.l->v[n - 1 - i];
		l.u.l->v[n - 1 - i] = t;
	}
	return l;
}

static struct jj_value
rsplit_blanks(struct jinja *j, const struct jj_str *s, int64_t max)
{
	struct jj_value words = split_blanks(j, s, -1), l = jj_list_new(j, 8);
	uint32_t n = words.u.l->n, k;
	const char *at = s->data;

	if (max < 0 || n <= (uint64_t)max)
		return words;
	k = n - (uint32_t)max; /* words that stay together */
	for (uint32_t i = 0; i < k; i++) {
		const struct jj_str *w = words.u.l->v[i].u.s;

		at += jj_find_text(at, s->len - (size_t)(at - s->data), w->data,
			  w->len) +
		      w->len;
	}
	jj_append(j, l, jj_string(j, s->data, (size_t)(at - s->data)));
	for (; k < n; k++)
		jj_append(j, l, words.u.l->v[k]);
	return l;
}

static struct jj_value
split(struct jinja *j, struct jj_value *v, bool right)
{
	const struct jj_str *s = v[0].u.s, *sep;
	int64_t max = v[2].kind != JJ_MISSING ? jj_index(j, v[2]) : -1;
	struct jj_value l;
	size_t from = 0, to = s->len;

	if (!given(v[1]))
		return right ? rsplit_blanks(j, s, max)
			     : split_blanks(j, s, max);
	if (v[1].kind != JJ_STR)
		jj_type_error(j, "must be str or None, not %s", v[1]);
	sep = v[1].u.s;
	if (!sep->len)
		jj_fail(j, "ValueError", "empty separator");
	l = jj_list_new(j, 8);
	for (; max; max--) {
		int64_t at =
		    right ? jj_rfind_text(s->data, to, sep->data, sep->len)
			  : jj_find_text(
				s->data + from, to - from, sep->data, sep->len);

		if (at < 0)
			break;
		if (right) {
			jj_append(
			    j, l, jj_sub(j, s, (size_t)at + sep->len, to));
			to = (size_t)at;
		} else {
			jj_append(j, l, jj_sub(j, s, from, from + (size_t)at));
			from += (size_t)at + sep->len;
		}
	}
	jj_append(j, l, jj_sub(j, s, from, to));
	return right ? reverse_list(l) : l;
}

static struct jj_value
s_split(struct jinja *j, struct jj_value *v)
{
	return split(j, v, false);
}

static struct jj_value
s_rsplit(struct jinja *j, struct jj_value *v)
{
	return split(j, v, true);
}

struct jj_value
jj_split_lines(struct jinja *j, const struct jj_str *s, bool keep)
{
	const char *p = s->data, *end = p + s->len, *from = p;
	struct jj_value l = jj_list_new(j, 8);

	while (p < end) {
		const char *at = p;
		uint32_t c = jj_utf8_next(&p, end);

		if (!((c >= 10 && c <= 13) || (c >= 28 && c <= 30) ||
			c == 0x85 || c == 0x2028 || c == 0x2029))
			continue;
		if (c == '\r' && p < end && *p == '\n')
			p++;
		jj_append(
		    j, l, jj_string(j, from, (size_t)((keep ? p : at) - from)));
		from = p;
	}
	if (from < end)
		jj_append(j, l, jj_string(j, from, (size_t)(end - from)));
	return l;
}

static struct jj_value
s_splitlines(struct jinja *j, struct jj_value *v)
{
	return jj_split_lines(
	    j, v[0].u.s, v[1].kind != JJ_MISSING && jj_index(j, v[1]));
}

static struct jj_value
partition(struct jinja *j, struct jj_value *v, bool right)
{
	const struct jj_str *s = v[0].u.s, *sep = text(j, v[1], "argument");
	struct jj_value t = jj_tuple_new(j, 3), empty = jj_strz(j, "");
	int64_t at;

	if (!sep->len)
		jj_fail(j, "ValueError", "empty separator");
	at = right ? jj_rfind_text(s->data, s->len, sep->data, sep->len)
		   : jj_find_text(s->data, s->len, sep->data, sep->len);
	if (at < 0) {
		jj_append(j, t, right ? empty : v[0]);
		jj_append(j, t, empty);
		jj_append(j, t, right ? v[0] : empty);
		return t;
	}
	jj_append(j, t, jj_sub(j, s, 0, (size_t)at));
	jj_append(j, t, v[1]);
	jj_append(j, t, jj_sub(j, s, (size_t)at + sep->len, s->len));
	return t;
}

static struct jj_value
s_partition(struct jinja *j, struct jj_value *v)
{
	return partition(j, v, false);
}

static struct jj_value
s_rpartition(struct jinja *j, struct jj_value *v)
{
	return partition(j, v, true);
}

/* ---- trimming, padding, joining ---- */

static struct jj_value
strip(struct jinja *j, struct jj_value *v, bool left, bool right)
{
	const struct jj_str *chars = NULL;

	if (given(v[1]))
		chars = text(j, v[1], "strip arg");
	return jj_trim_str(j, v[0].u.s, chars, left, right);
}

static struct jj_value
s_strip(struct jinja *j, struct jj_value *v)
{
	return strip(j, v, true, true);
}

static struct jj_value
s_lstrip(struct jinja *j, struct jj_value *v)
{
	return strip(j, v, true, false);
}

static struct jj_value
s_rstrip(struct jinja *j, struct jj_value *v)
{
	return strip(j, v, false, true);
}

static struct jj_value
pad(struct jinja *j, struct jj_value *v, char align)
{
	uint32_t fill = ' ';
	const char *p;

	if (v[2].kind != JJ_MISSING) {
		const struct jj_str *s = text(j, v[2], "the fill character");

		if (s->chars != 1)
			jj_fail(j, "TypeError",
			    "The fill character must be exactly one "
			    "character long");
		p = s->data;
		fill = jj_utf8_next(&p, p + s->len);
	}
	return jj_pad(j, v[0].u.s, jj_index(j, v[1]), fill, align);
}

static struct jj_value
s_center(struct jinja *j, struct jj_value *v)
{
	return pad(j, v, '^');
}

static struct jj_value
s_ljust(struct jinja *j, struct jj_value *v)
{
	return pad(j, v, '<');
}

static struct jj_value
s_rjust(struct jinja *j, struct jj_value *v)
{
	return pad(j, v, '>');
}

static struct jj_value
s_zfill(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = v[0].u.s;
	int64_t n = jj_index(j, v[1]) - s->chars;
	bool sign = s->len && (s->data[0] == '-' || s->data[0] == '+');
	struct jj_sb b = {NULL, 0, 0};

	jj_sb_add(j, &b, s->data, sign);
	jj_sb_fill(j, &b, '0', n);
	jj_sb_add(j, &b, s->data + sign, s->len - sign);
	return jj_sb_value(j, &b);
}

static struct jj_value
s_join(struct jinja *j, struct jj_value *v)
{
	struct jj_sb b = {NULL, 0, 0};
	struct jj_value item;
	struct jj_iter it;
	uint32_t n = 0;

	if (!jj_iterable(v[1]))
		jj_fail(j, "TypeError", "can only join an iterable");
	jj_iter_begin(j, &it, v[1]);
	while (jj_iter_next(j, &it, &item)) {
		if (item.kind != JJ_STR)
			jj_fail(j, "TypeError",
			    "sequence item %u: expected str instance, %s "
			    "found",
			    n, jj_type_name(item));
		if (n++)
			jj_sb_add(j, &b, v[0].u.s->data, v[0].u.s->len);
		jj_sb_add(j, &b, item.u.s->data, item.u.s->len);
	}
	return jj_sb_value(j, &b);
}

static struct jj_value
s_replace(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *old = text(j, v[1], "replace() argument 1");
	const struct jj_str *new = text(j, v[2], "replace() argument 2");

	return jj_replace_str(j, v[0].u.s, old, new,
	    v[3].kind != JJ_MISSING ? jj_index(j, v[3]) : -1);
}

static struct jj_value
s_expandtabs(struct jinja *j, struct jj_value *v)
{
	int64_t size = v[1].kind != JJ_MISSING ? jj_size_arg(j, v[1]) : 8;
	const struct jj_str *s = v[0].u.s;
	struct jj_sb b = {NULL, 0, 0};
	int64_t col = 0;

	for (uint32_t i = 0; i < s->len; i++) {
		char c = s->data[i];

		if (c == '\t') {
			int64_t n = size > 0 ? size - col % size : 0;

			jj_sb_fill(j, &b, ' ', n);
			col += n;
			continue;
		}
		jj_sb_putc(j, &b, c);
		col = c == '\n' || c == '\r' ? 0 : col + ((c & 0xc0) != 0x80);
	}
	return jj_sb_value(j, &b);
}

static struct jj_value
s_removeprefix(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = v[0].u.s, *p = text(j, v[1], "argument");

	if (s->len < p->len || memcmp(s->data, p->data, p->len) != 0)
		return v[0];
	return jj_sub(j, s, p->len, s->len);
}

static struct jj_value
s_removesuffix(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = v[0].u.s, *p = text(j, v[1], "argument");

	if (s->len < p->len ||
	    memcmp(s->data + s->len - p->len, p->data, p->len) != 0)
		return v[0];
	return jj_sub(j, s, 0, s->len - p->len);
}

static struct jj_value
s_format(struct jinja *j, struct jj_value self, const struct jj_args *a)
{
	return jj_format(j, self.u.s, a);
}

static struct jj_value
s_encode(struct jinja *j, struct jj_value *v)
{
	return jj_encode(j, v[0].u.s, v[1], v[2]);
}

static struct jj_value
s_format_map(struct jinja *j, struct jj_value *v)
{
	struct jj_args a = {0};
	struct jj_value *kw;
	struct jj_str **name;
	const struct jj_dict *d;

	if (!strpbrk(v[0].u.s->data, "{}"))
		return v[0];
	if (v[1].kind == JJ_UNDEF)
		jj_use(j, v[1]);
	if (v[1].kind != JJ_DICT)
		jj_type_error(j, "'%s' object is not subscriptable", v[1]);
	d = v[1].u.d;
	a.kw = kw = jj_alloc(j, d->n * sizeof(*kw));
	a.name = name = jj_alloc(j, d->n * sizeof(struct jj_str *));
	for (uint32_t i = 0; i < d->n; i++)
		if (d->e[i].key.kind == JJ_STR) {
			name[a.nkw] = d->e[i].key.u.s;
			kw[a.nkw++] = d->e[i].value;
		}
	return jj_format(j, v[0].u.s, &a);
}

static uint32_t
first_char(const struct jj_str *s)
{
	const char *p = s->data;

	return jj_utf8_next(&p, p + s->len);
}

/* keys as they stand, and letters by their number */
static struct jj_value
table_of(struct jinja *j, struct jj_value from)
{
	struct jj_value t = jj_dict_new(j);

	if (from.kind != JJ_DICT)
		jj_fail(j, "TypeError",
		    "if you give only one argument to maketrans it must be a "
		    "dict");
	for (uint32_t i = 0; i < from.u.d->n; i++) {
		const struct jj_entry *e = &from.u.d->e[i];

		if (e->key.kind == JJ_MISSING)
			continue;
		if (e->key.kind != JJ_STR && !jj_is_int(e->key))
			jj_fail(j, "TypeError",
			    "keys in translate table must be strings or "
			    "integers");
		if (e->key.kind == JJ_STR && e->key.u.s->chars != 1)
			jj_fail(j, "ValueError",
			    "string keys in translate table must be of length "
			    "1");
		jj_dict_set(j, t.u.d,
		    e->key.kind == JJ_STR ? jj_int(first_char(e->key.u.s))
					  : e->key,
		    e->value);
	}
	return t;
}

/* str.maketrans(from, to, drop), or of a dict */
static struct jj_value
s_maketrans(struct jinja *j, struct jj_value *v)
{
	struct jj_value t = jj_dict_new(j);
	const struct jj_str *to, *drop;
	const char *p, *q;

	if (!given(v[2]))
		return table_of(j, v[1]);
	to = text(j, v[2], "maketrans() argument 2");
	drop = given(v[3]) ? text(j, v[3], "maketrans() argument 3") : NULL;
	if (v[1].kind != JJ_STR)
		jj_fail(j, "TypeError",
		    "first maketrans argument must be a string if there is a "
		    "second argument");
	if (v[1].u.s->chars != to->chars)
		jj_fail(j, "ValueError",
		    "the first two maketrans arguments must have equal "
		    "length");
	for (p = v[1].u.s->data, q = to->data; *q;) {
		uint32_t c = jj_utf8_next(&p, v[1].u.s->data + v[1].u.s->len);

		jj_dict_set(j, t.u.d, jj_int(c),
		    jj_int(jj_utf8_next(&q, to->data + to->len)));
	}
	for (p = drop ? drop->data : ""; *p;)
		jj_dict_set(j, t.u.d,
		    jj_int(jj_utf8_next(&p, drop->data + drop->len)),
		    jj_none());
	return t;
}

/* str.translate with a dict of code points */
static struct jj_value
s_translate(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = v[0].u.s;
	const char *p = s->data, *end = p + s->len;
	struct jj_sb b = {NULL, 0, 0};
	char one[4];

	if (p < end && v[1].kind == JJ_UNDEF)
		jj_use(j, v[1]);
	if (p < end && (v[1].kind == JJ_NONE || jj_is_number(v[1])))
		jj_type_error(j, "'%s' object is not subscriptable", v[1]);
	while (p < end) {
		const char *from = p;
		uint32_t c = jj_utf8_next(&p, end);
		struct jj_value to = jj_subscript(j, v[1], jj_int(c));

		if (to.kind == JJ_STR)
			jj_sb_add(j, &b, to.u.s->data, to.u.s->len);
		else if (to.kind == JJ_INT && to.u.i >= 0 && to.u.i < 0x110000)
			jj_sb_add(
			    j, &b, one, jj_utf8_put(one, (uint32_t)to.u.i));
		else if (to.kind != JJ_NONE)
			jj_sb_add(j, &b, from, (size_t)(p - from));
	}
	return jj_sb_value(j, &b);
}

const struct jj_builtin jj_methods_str[] = {
    {"upper", NULL, s_upper, NULL, 1, 1, {NULL}},
    {"lower", NULL, s_lower, NULL, 1, 1, {NULL}},
    {"casefold", NULL, s_casefold, NULL, 1, 1, {NULL}},
    {"capitalize", NULL, s_capitalize, NULL, 1, 1, {NULL}},
    {"swapcase", NULL, s_swapcase, NULL, 1, 1, {NULL}},
    {"title", NULL, s_title, NULL, 1, 1, {NULL}},
    {"split", NULL, s_split, NULL, 1, 3, {"", "sep", "maxsplit"}},
    {"rsplit", NULL, s_rsplit, NULL, 1, 3, {"", "sep", "maxsplit"}},
    {"splitlines", NULL, s_splitlines, NULL, 1, 2, {"", "keepends"}},
    {"partition", NULL, s_partition, NULL, 2, 2, {NULL}},
    {"rpartition", NULL, s_rpartition, NULL, 2, 2, {NULL}},
    {"strip", NULL, s_strip, NULL, 1, 2, {NULL}},
    {"lstrip", NULL, s_lstrip, NULL, 1, 2, {NULL}},
    {"rstrip", NULL, s_rstrip, NULL, 1, 2, {NULL}},
    {"center", NULL, s_center, NULL, 2, 3, {NULL}},
    {"ljust", NULL, s_ljust, NULL, 2, 3, {NULL}},
    {"rjust", NULL, s_rjust, NULL, 2, 3, {NULL}},
    {"zfill", NULL, s_zfill, NULL, 2, 2, {NULL}},
    {"join", NULL, s_join, NULL, 2, 2, {NULL}},
    {"replace", NULL, s_replace, NULL, 3, 4, {NULL}},
    {"expandtabs", NULL, s_expandtabs, NULL, 1, 2, {"", "tabsize"}},
    {"removeprefix", NULL, s_removeprefix, NULL, 2, 2, {NULL}},
    {"removesuffix", NULL, s_removesuffix, NULL, 2, 2, {NULL}},
    {"format", NULL, NULL, s_format, 0, 0, {NULL}},
    {"encode", NULL, s_encode, NULL, 1, 3, {"", "encoding", "errors"}},
    {"translate", NULL, s_translate, NULL, 2, 2, {NULL}},
    {"maketrans", NULL, s_maketrans, NULL, 2, 4, {NULL}},
    {"format_map", NULL, s_format_map, NULL, 2, 2, {NULL}},
    {NULL, NULL, NULL, NULL, 0, 0, {NULL}}};

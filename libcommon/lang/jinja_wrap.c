/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filters wordwrap, indent and truncate. */
#include <string.h>

#include "lang/jinja_private.h"

static bool
given(struct jj_value v)
{
	return v.kind != JJ_MISSING;
}

static void
no_method(struct jinja *j, struct jj_value v, const char *method)
{
	if (v.kind == JJ_UNDEF)
		jj_use(j, v);
	jj_fail(j, "AttributeError", "'%s' object has no attribute '%s'",
	    jj_type_name(v), method);
}

/* ---- wordwrap: the pieces of a line, as Python's textwrap cuts them ---- */

struct line {
	const uint32_t *c;
	uint32_t n;
};

static bool
is_blank(uint32_t c)
{
	return c == ' ' || (c >= 9 && c <= 13);
}

static bool
is_word(uint32_t c)
{
	return c == '_' || jj_is_alnum(c);
}

static bool
is_letter(uint32_t c)
{
	return is_word(c) && jj_decimal_value(c) < 0;
}

static bool
is_wordish(uint32_t c)
{
	return is_word(c) || (c < 0x80 && c && strchr("!\"'&.,?", (int)c));
}

/* a dash of two or more, between words, from at on: its end, or 0 */
static uint32_t
em_dash(const struct line *l, uint32_t at)
{
	uint32_t i = at;

	if (!at || !is_wordish(l->c[at - 1]))
		return 0;
	while (i < l->n && l->c[i] == '-')
		i++;
	return i >= at + 2 && i < l->n && is_word(l->c[i]) ? i : 0;
}

/* may a word break behind the hyphen at that place? */
static bool
hyphen(const struct line *l, uint32_t at)
{
	uint32_t next = at + 1;

	if (l->c[at] != '-' || at < 2 || !is_letter(l->c[at - 1]))
		return false;
	if (!is_letter(l->c[at - 2]) &&
	    !(l->c[at - 2] == '-' && at > 2 && is_letter(l->c[at - 3])))
		return false;
	if (next >= l->n || !is_letter(l->c[next]))
		return false;
	next++;
	if (next < l->n && l->c[next] == '-')
		next++;
	return next < l->n && is_letter(l->c[next]);
}

/* the end of the piece that begins at from */
static uint32_t
piece(const struct line *l, uint32_t from, bool hyphens)
{
	uint32_t i = from, end;

	if (is_blank(l->c[i])) {
		while (i < l->n && is_blank(l->c[i]))
			i++;
		return i;
	}
	end = hyphens ? em_dash(l, from) : 0;
	if (end)
		return end;
	for (i = from + 1; i < l->n && !is_blank(l->c[i]); i++) {
		if (hyphens && hyphen(l, i))
			return i + 1;
		if (hyphens && em_dash(l, i))
			return i;
	}
	return i;
}

/* nothing to see: blanks of any script */
static bool
is_empty(const struct line *l, uint32_t from, uint32_t to)
{
	while (from < to && jj_is_space(l->c[from]))
		from++;
	return from == to;
}

/* where a word that is too long for the line is cut */
static uint32_t
cut_word(const struct line *l, uint32_t from, uint32_t room, bool hyphens)
{
	uint32_t i = from + room;

	if (!hyphens)
		return i;
	while (i > from + 1 && l->c[i - 1] != '-')
		i--;
	if (i == from + 1) /* none, or as the first letter */
		return from + room;
	for (uint32_t k = from; k < i - 1; k++)
		if (l->c[k] != '-')
			return i;
	return from + room;
}

struct wrap {
	uint32_t width;
	bool breaks, hyphens;
	const struct jj_str *newline;
};

static void
put(struct jinja *j, struct jj_sb *b, const struct line *l, uint32_t from,
    uint32_t to)
{
	char one[4];

	for (; from < to; from++)
		jj_sb_add(j, b, one, jj_utf8_put(one, l->c[from]));
}

/* the ends of the pieces */
static uint32_t
pieces(struct jinja *j, const struct line *l, bool hyphens, uint32_t **ends)
{
	uint32_t *e = jj_alloc(j, (l->n + 1) * sizeof(*e)), n = 0;

	for (uint32_t at = 0; at < l->n; at = e[n++])
		e[n] = piece(l, at, hyphens);
	*ends = e;
	return n;
}

/* One line of the result is a stretch of the text: from..end, whose last
 * piece begins at last. */
static void
wrap_line(struct jinja *j, struct jj_sb *b, const struct line *l,
    const struct wrap *w)
{
	uint32_t *ends, n = pieces(j, l, w->hyphens, &ends), k = 0, at = 0;
	bool some = false;

	while (k < n) {
		uint32_t from, last, end;

		if (some && is_empty(l, at, ends[k]))
			at = ends[k++];
		for (from = last = at; k < n && ends[k] - from <= w->width;) {
			last = at;
			at = ends[k++];
		}
		if (k < n && ends[k] - at > w->width &&
		    (w->breaks || at == from)) {
			last = at;
			at = w->breaks ? cut_word(l, at, w->width - (at - from),
					     w->hyphens)
				       : ends[k++];
		}
		end = is_empty(l, last, at) ? last : at;
		if (end == from)
			continue;
		if (some)
			jj_sb_add(j, b, w->newline->data, w->newline->len);
		put(j, b, l, from, end);
		some = true;
	}
}

static struct line
decode(struct jinja *j, const struct jj_str *s)
{
	const char *p = s->data, *end = p + s->len;
	uint32_t *c = jj_alloc(j, (s->chars + 1) * sizeof(*c));
	struct line l = {c, 0};

	while (p < end)
		c[l.n++] = jj_utf8_next(&p, end);
	return l;
}

struct jj_value
jj_do_wordwrap(struct jinja *j, struct jj_value *v)
{
	int64_t width;
	struct wrap w = {.breaks = !given(v[2]) || jj_true(j, v[2]),
	    .hyphens = !given(v[4]) || jj_true(j, v[4])};
	struct jj_sb b = {NULL, 0, 0};
	struct jj_value lines;

	if (given(v[3]) && v[3].kind != JJ_NONE && v[3].kind != JJ_STR)
		no_method(j, v[3], "join");
	w.newline = given(v[3]) && v[3].kind == JJ_STR ? v[3].u.s
						       : jj_strz(j, "\n").u.s;
	if (v[0].kind != JJ_STR)
		no_method(j, v[0], "splitlines");
	width = given(v[1]) ? jj_size_arg(j, v[1]) : 79;
	lines = jj_split_lines(j, v[0].u.s, false);
	if (width <= 0 && lines.u.l->n)
		jj_fail(j, "ValueError", "invalid width %lld (must be > 0)",
		    (long long)width);
	w.width = (uint32_t)width;
	for (uint32_t i = 0; i < lines.u.l->n; i++) {
		struct line l = decode(j, lines.u.l->v[i].u.s);

		if (i)
			jj_sb_add(j, &b, w.newline->data, w.newline->len);
		wrap_line(j, &b, &l, &w);
	}
	return jj_sb_value(j, &b);
}

/* ---- indent ---- */

static struct jj_value
indention(struct jinja *j, struct jj_value width)
{
	if (width.kind == JJ_STR)
		return width;
	return jj_binary(
	    j, OP_MUL, jj_strz(j, " "), given(width) ? width : jj_int(4));
}

struct jj_value
jj_do_indent(struct jinja *j, struct jj_value *v)
{
	bool first = given(v[2]) && jj_true(j, v[2]);
	bool blank = given(v[3]) && jj_true(j, v[3]);
	struct jj_str *in = indention(j, v[1]).u.s;
	struct jj_sb b = {NULL, 0, 0};
	struct jj_value lines;

	if (v[0].kind == JJ_LIST)
		no_method(j, v[0], "splitlines");
	if (v[0].kind != JJ_STR && v[0].kind != JJ_TUPLE &&
	    v[0].kind != JJ_UNDEF)
		jj_type_error(j,
		    "unsupported operand type(s) for +=: '%s' and 'str'", v[0]);
	lines = jj_split_lines(
	    j, jj_binary(j, OP_ADD, v[0], jj_strz(j, "\n")).u.s, false);
	for (uint32_t i = 0; i < lines.u.l->n; i++) {
		const struct jj_str *line = lines.u.l->v[i].u.s;

		if (i)
			jj_sb_putc(j, &b, '\n');
		if (i ? blank || line->len : first)
			jj_sb_add(j, &b, in->data, in->len);
		jj_sb_add(j, &b, line->data, line->len);
	}
	return jj_sb_value(j, &b);
}

/* ---- truncate ---- */

static struct jj_value
length_of(struct jinja *j, struct jj_value v)
{
	if (jj_len(j, v) < 0)
		jj_type_error(j, "object of type '%s' has no len()", v);
	return jj_int(jj_len(j, v));
}

struct jj_value
jj_do_truncate(struct jinja *j, struct jj_value *v)
{
	struct jj_value length = given(v[1]) ? v[1] : jj_int(255);
	struct jj_value leeway =
	    given(v[4]) && v[4].kind != JJ_NONE ? v[4] : jj_int(5);
	struct jj_value end = given(v[3]) ? v[3] : jj_strz(j, "...");
	struct jj_value part[3] = {jj_none(), jj_none(), jj_none()}, cut;
	int64_t at;

	if (!jj_compare(j, OP_GE, length, length_of(j, end)))
		jj_fail(j, "AssertionError",
		    "expected length >= %lld, got %.60s",
		    (long long)jj_len(j, end), jj_repr_z(j, length));
	if (!jj_compare(j, OP_GE, leeway, jj_int(0)))
		jj_fail(j, "AssertionError", "expected leeway >= 0, got %.60s",
		    jj_repr_z(j, leeway));
	if (jj_compare(j, OP_LE, length_of(j, v[0]),
		jj_binary(j, OP_ADD, length, leeway)))
		return v[0];
	if (v[0].kind == JJ_DICT)
		jj_fail(j, "TypeError", "unhashable type: 'slice'");
	part[1] = jj_binary(j, OP_SUB, length, length_of(j, end));
	cut = jj_slice(j, v[0], part);
	if (given(v[2]) && jj_true(j, v[2]))
		return jj_binary(j, OP_ADD, cut, end);
	if (cut.kind != JJ_STR)
		no_method(j, cut, "rsplit");
	at = jj_rfind_text(cut.u.s->data, cut.u.s->len, " ", 1);
	if (at >= 0)
		cut = jj_sub(j, cut.u.s, 0, (size_t)at);
	return jj_binary(j, OP_ADD, cut, end);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Python's literals: what variable_x: and VALUE= hold. */
#include <string.h>

#include "lang/jinja_private.h"

struct literal {
	struct jinja *j;
	const char *s, *p, *end;
	unsigned depth;
};

static struct jj_value value(struct literal *);

static void
wrong(struct literal *l, const char *why)
{
	l->j->pos = (size_t)(l->p - l->s);
	l->j->placed = true;
	jj_fail(l->j, "ValueError", "%s", why);
}

static void
blanks(struct literal *l, bool lines)
{
	while (
	    l->p < l->end && (*l->p == ' ' || *l->p == '\t' || *l->p == '\f' ||
				 (lines && (*l->p == '\n' || *l->p == '\r'))))
		l->p++;
}

static bool
take(struct literal *l, char c)
{
	blanks(l, l->depth > 0);
	if (l->p >= l->end || *l->p != c)
		return false;
	l->p++;
	return true;
}

static bool
word(struct literal *l, const char *s)
{
	size_t n = strlen(s);
	const char *after = l->p + n;

	if ((size_t)(l->end - l->p) < n || memcmp(l->p, s, n) != 0)
		return false;
	if (after < l->end &&
	    (*after == '_' || jj_is_alnum((unsigned char)*after) ||
		(*after & 0x80)))
		return false;
	l->p = after;
	return true;
}

/* how many of the characters at p belong to a number */
static struct jj_value
number(struct literal *l)
{
	const char *p = l->p, *from = p;
	bool real = false;
	struct jj_value v;
	unsigned base = 10;
	double f;

	if (l->end - p > 1 && *p == '0' && strchr("xXoObB", p[1])) {
		base = (p[1] | 32) == 'x' ? 16 : (p[1] | 32) == 'o' ? 8 : 2;
		from = p += 2;
		while (
		    p < l->end && (*p == '_' || jj_is_alnum((unsigned char)*p)))
			p++;
		if (from < p && *from == '_')
			from++;
	} else {
		while (
		    p < l->end && ((*p >= '0' && *p <= '9') || *p == '_' ||
				      *p == '.' || (*p | 32) == 'e' ||
				      ((*p == '+' || *p == '-') && p > from &&
					  (p[-1] | 32) == 'e'))) {
			real |= *p == '.' || (*p | 32) == 'e';
			p++;
		}
	}
	if (real ? !jj_float_parse(l->j, from, (size_t)(p - from), &f)
		 : !jj_int_parse(l->j, from, (size_t)(p - from), base, &v))
		wrong(l, "invalid number");
	/* 007 is none */
	if (!real && base == 10 && *from == '0' && jj_int_sign(v))
		wrong(l, "leading zeros in decimal integer literals are not "
			 "permitted");
	l->p = p;
	return real ? jj_float(f) : v;
}

static struct jj_value
string(struct literal *l)
{
	bool raw = false;
	const char *from, *why;
	size_t quotes = 1, n;
	char q;

	if ((*l->p | 32) == 'r' || (*l->p | 32) == 'u') {
		raw = (*l->p | 32) == 'r';
		l->p++;
	}
	q = *l->p;
	if (l->end - l->p >= 3 && l->p[1] == q && l->p[2] == q)
		quotes = 3;
	from = l->p += quotes;
	for (;; l->p++) {
		if (l->p >= l->end || (*l->p == '\n' && quotes == 1))
			wrong(l, "unterminated string literal");
		if (*l->p == '\\' && l->p + 1 < l->end)
			l->p++;
		else if (*l->p == q &&
			 (quotes == 1 || (l->end - l->p >= 3 && l->p[1] == q &&
					     l->p[2] == q)))
			break;
	}
	n = (size_t)(l->p - from);
	l->p += quotes;
	if (raw)
		return jj_string(l->j, from, n);
	{
		struct jj_str *s =
		    jj_unescape(l->j, &l->j->arena, from, n, &why);

		if (!s)
			wrong(l, why);
		return jj_of_str(s);
	}
}

static bool
at_string(const struct literal *l)
{
	if (l->p >= l->end)
		return false;
	if (*l->p == '\'' || *l->p == '"')
		return true;
	return l->end - l->p > 1 &&
	       ((*l->p | 32) == 'r' || (*l->p | 32) == 'u') &&
	       (l->p[1] == '\'' || l->p[1] == '"');
}

static struct jj_value
strings(struct literal *l)
{
	struct jj_value v = string(l);

	for (;;) {
		blanks(l, l->depth > 0);
		if (!at_string(l))
			return v;
		v = jj_binary(l->j, OP_ADD, v, string(l));
	}
}

/* items up to close; a tuple without one ends with the text */
static struct jj_value
items(struct literal *l, struct jj_value list, char close, bool *comma)
{
	*comma = false;
	while (!take(l, close)) {
		jj_append(l->j, list, value(l));
		if (take(l, ',')) {
			*comma = true;
			continue;
		}
		if (!take(l, close))
			wrong(l, "invalid syntax");
		break;
	}
	return list;
}

static struct jj_value
dict(struct literal *l)
{
	struct jj_value d = jj_dict_new(l->j), key;

	while (!take(l, '}')) {
		key = value(l);
		if (!take(l, ':'))
			wrong(l, "invalid syntax");
		jj_dict_set(l->j, d.u.d, key, value(l));
		if (!take(l, ',')) {
			if (!take(l, '}'))
				wrong(l, "invalid syntax");
			break;
		}
	}
	return d;
}

static struct jj_value
bracket(struct literal *l, char c)
{
	struct jj_value v;
	bool comma;

	if (++l->depth > 100)
		wrong(l, "too many nested parentheses");
	if (c == '{') {
		v = dict(l);
	} else if (c == '[') {
		v = items(l, jj_list_new(l->j, 4), ']', &comma);
	} else {
		v = items(l, jj_tuple_new(l->j, 4), ')', &comma);
		if (v.u.l->n == 1 && !comma)
			v = v.u.l->v[0];
	}
	l->depth--;
	return v;
}

static struct jj_value
value(struct literal *l)
{
	char c;

	blanks(l, l->depth > 0);
	if (l->p >= l->end)
		wrong(l, "invalid syntax");
	c = *l->p;
	if (c == '-' || c == '+') {
		struct jj_value v;

		l->p++;
		if (++l->depth > 100)
			wrong(l, "too many signs");
		v = value(l);
		l->depth--;
		if (!jj_is_number(v) || v.kind == JJ_BOOL)
			wrong(l, "malformed node or string");
		return jj_unary(l->j, c == '-' ? OP_NEG : OP_POS, v);
	}
	if (c == '[' || c == '(' || c == '{') {
		l->p++;
		return bracket(l, c);
	}
	if (at_string(l))
		return strings(l);
	if (word(l, "True"))
		return jj_bool(true);
	if (word(l, "False"))
		return jj_bool(false);
	if (word(l, "None"))
		return jj_none();
	if ((c >= '0' && c <= '9') || c == '.')
		return number(l);
	wrong(l, "malformed node or string");
	return jj_none();
}

struct reading {
	struct literal l;
	struct jj_value v;
};

static void
read_all(struct jinja *j, void *data)
{
	struct reading *r = data;
	struct jj_value tuple;

	r->l.j = j;
	blanks(&r->l, true);
	r->v = value(&r->l);
	if (!take(&r->l, ',')) {
		blanks(&r->l, true);
		if (r->l.p < r->l.end)
			wrong(&r->l, "invalid syntax");
		return;
	}
	tuple = jj_tuple_new(j, 4); /* 1, 2 */
	jj_append(j, tuple, r->v);
	for (;;) {
		blanks(&r->l, true);
		if (r->l.p >= r->l.end)
			break;
		jj_append(j, tuple, value(&r->l));
		blanks(&r->l, true);
		if (r->l.p < r->l.end && !take(&r->l, ','))
			wrong(&r->l, "invalid syntax");
	}
	r->v = tuple;
}

int
jj_literal(struct jinja *j, const char *text, size_t len, struct jj_value *out,
    struct jinja_error *e)
{
	struct reading r = {.l = {NULL, text, text, text + len, 0}};

	if (jinja_protect(j, read_all, &r, e)) {
		e->pos = j->pos;
		return -1;
	}
	*out = r.v;
	return 0;
}

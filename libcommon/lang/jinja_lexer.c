/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens of a template: text, tags, and what is inside tags. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lang/jinja_private.h"

static const char *const tok_name[] = {[T_EOF] = "end of template",
    [T_DATA] = "template data / text",
    [T_VAR_BEGIN] = "begin of print statement",
    [T_VAR_END] = "end of print statement",
    [T_BLOCK_BEGIN] = "begin of statement block",
    [T_BLOCK_END] = "end of statement block",
    [T_NAME] = "name",
    [T_STRING] = "string",
    [T_INTEGER] = "integer",
    [T_FLOAT] = "float",
    [T_ADD] = "+",
    [T_SUB] = "-",
    [T_DIV] = "/",
    [T_FLOORDIV] = "//",
    [T_MUL] = "*",
    [T_MOD] = "%",
    [T_POW] = "**",
    [T_TILDE] = "~",
    [T_LBRACKET] = "[",
    [T_RBRACKET] = "]",
    [T_LPAREN] = "(",
    [T_RPAREN] = ")",
    [T_LBRACE] = "{",
    [T_RBRACE] = "}",
    [T_EQ] = "==",
    [T_NE] = "!=",
    [T_GT] = ">",
    [T_GE] = ">=",
    [T_LT] = "<",
    [T_LE] = "<=",
    [T_ASSIGN] = "=",
    [T_DOT] = ".",
    [T_COLON] = ":",
    [T_PIPE] = "|",
    [T_COMMA] = ",",
    [T_SEMICOLON] = ";"};

const char *
jj_tok_name(enum jj_tok t)
{
	return tok_name[t];
}

void
jj_syntax(struct jinja *j, const char *class, uint32_t line, size_t pos,
    const char *fmt, ...)
{
	va_list ap;

	(void)line;
	j->pos = pos;
	j->placed = true;
	va_start(ap, fmt);
	jj_vfail(j, class, fmt, ap);
}

static void
wrong(struct jj_lexer *x, size_t pos, const char *text)
{
	jj_syntax(x->j, "TemplateSyntaxError", x->line, pos, "%s", text);
}

void
jj_lex_begin(struct jj_lexer *x, struct jinja *j, struct jinja_template *t)
{
	memset(x, 0, sizeof(*x));
	x->j = j;
	x->t = t;
	x->line = 1;
}

/* the end of the blanks that begin at pos */
static size_t
blanks(const struct jj_lexer *x, size_t pos)
{
	const char *p = x->t->text + pos, *end = x->t->text + x->t->len;

	while (p < end) {
		const char *q = p;

		if (!jj_is_space(jj_utf8_next(&q, end)))
			break;
		p = q;
	}
	return (size_t)(p - x->t->text);
}

static bool
starts(const struct jj_lexer *x, size_t pos, const char *s)
{
	size_t n = strlen(s);

	return x->t->len - pos >= n && memcmp(x->t->text + pos, s, n) == 0;
}

static void
advance(struct jj_lexer *x, size_t to)
{
	for (; x->pos < to; x->pos++)
		if (x->t->text[x->pos] == '\n')
			x->line++;
}

/* "{% WORD %}" at pos, with its signs: where the tag ends, 0 if it is not */
static size_t
tag_is(const struct jj_lexer *x, size_t pos, const char *word, bool plus)
{
	size_t p = pos + 2;

	if (!starts(x, pos, "{%"))
		return 0;
	if (p < x->t->len && (x->t->text[p] == '-' || x->t->text[p] == '+'))
		p++;
	p = blanks(x, p);
	if (!starts(x, p, word))
		return 0;
	p = blanks(x, p + strlen(word));
	if (starts(x, p, "-%}"))
		return blanks(x, p + 3);
	if (plus && starts(x, p, "+%}"))
		return p + 3;
	return starts(x, p, "%}") ? p + 2 : 0;
}

/* text up to pos, without its last blanks if the tag there says so */
static bool
data(struct jj_lexer *x, struct jj_token *t, size_t pos, char sign)
{
	size_t end = pos;

	if (sign == '-') {
		const char *base = x->t->text + x->pos;
		const char *p = base, *q = base;

		while (p < x->t->text + pos)
			if (!jj_is_space(jj_utf8_next(&p, x->t->text + pos)))
				q = p;
		end = x->pos + (size_t)(q - base);
	}
	t->kind = T_DATA;
	t->pos = (uint32_t)x->pos;
	t->line = x->line;
	t->s = x->t->text + x->pos;
	t->len = end - x->pos;
	advance(x, pos);
	return t->len != 0;
}

static char
sign_at(const struct jj_lexer *x, size_t pos)
{
	char c = pos < x->t->len ? x->t->text[pos] : '\0';

	return c == '-' || c == '+' ? c : '\0';
}

/* {# ... #} at pos: skipped */
static void
comment(struct jj_lexer *x)
{
	size_t from = x->pos + 2;

	if (sign_at(x, from))
		from++;
	for (size_t p = from; p + 1 < x->t->len; p++) {
		if (!starts(x, p, "#}"))
			continue;
		if (p > from && x->t->text[p - 1] == '-')
			advance(x, blanks(x, p + 2));
		else
			advance(x, p + 2);
		return;
	}
	/* with nothing behind it, it is passed by */
	advance(x, from);
	if (from < x->t->len)
		wrong(x, from, "Missing end of comment tag");
}

/* {% raw %} ... {% endraw %}: the text is one token */
static bool
raw(struct jj_lexer *x, struct jj_token *t, size_t begin)
{
	size_t p, end = 0;
	bool some;

	advance(x, begin);
	for (p = begin; p < x->t->len; p++)
		if (x->t->text[p] == '{' &&
		    (end = tag_is(x, p, "endraw", true)))
			break;
	if (p >= x->t->len)
		wrong(x, begin, "Missing end of raw directive");
	some = data(x, t, p, sign_at(x, p + 2));
	advance(x, end);
	return some;
}

/* where the next tag begins; NULL: nowhere */
static const char *
next_tag(const struct jj_lexer *x)
{
	const char *p = x->t->text + x->pos, *end = x->t->text + x->t->len;

	while ((p = memchr(p, '{', (size_t)(end - p)))) {
		if (!(x->t->flags & JINJA_DOUBLE))
			return p;
		if (end - p > 1 && (p[1] == '{' || p[1] == '%' || p[1] == '#'))
			return p;
		p++;
	}
	return NULL;
}

/* the next token of the text between tags */
static bool
text(struct jj_lexer *x, struct jj_token *t)
{
	size_t pos = x->pos, end;
	const char *brace = next_tag(x);
	bool tag, two;

	if (!brace)
		return data(x, t, x->t->len, '\0');
	pos = (size_t)(brace - x->t->text);
	tag = starts(x, pos, "{%") || starts(x, pos, "{#");
	two = tag || x->t->flags & JINJA_DOUBLE;
	if (pos > x->pos && data(x, t, pos, sign_at(x, pos + 1 + two)))
		return true;
	x->pos = pos;
	if ((end = tag_is(x, pos, "raw", false)))
		return raw(x, t, end);
	if (starts(x, pos, "{#")) {
		comment(x);
		return false;
	}
	t->kind = tag ? T_BLOCK_BEGIN : T_VAR_BEGIN;
	x->state = tag ? L_BLOCK : L_VAR;
	t->pos = (uint32_t)pos;
	t->line = x->line;
	t->s = brace;
	t->len = 1 + two;
	x->pos += t->len;
	if (sign_at(x, x->pos))
		x->pos++;
	return true;
}

/* ---- inside a tag ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* (digit _?)* digit from p: where it ends, p if there is none */
static const char *
run(const char *p, const char *end)
{
	if (p >= end || !is_digit(*p))
		return p;
	while (p < end &&
	       (is_digit(*p) || (*p == '_' && p + 1 < end && is_digit(p[1]))))
		p++;
	return p;
}

static const char *
exponent(const char *p, const char *end)
{
	const char *q = p;

	if (q >= end || (*q | 32) != 'e')
		return p;
	q++;
	if (q < end && (*q == '+' || *q == '-'))
		q++;
	return run(q, end) > q ? run(q, end) : p;
}

/* the text from..to without underscores */
static struct jj_sb
bare(struct jinja *j, const char *from, const char *to)
{
	struct jj_sb b = {NULL, 0, 0};

	for (; from < to; from++)
		if (*from != '_')
			jj_sb_putc(j, &b, *from);
	jj_sb_putc(j, &b, '\0');
	b.len--;
	return b;
}

static bool
float_token(struct jj_lexer *x, struct jj_token *t)
{
	const char *s = x->t->text + x->pos, *end = x->t->text + x->t->len;
	const char *p = run(s, end), *q;
	struct jj_sb b;
	double f;

	if (p == s || (x->pos && s[-1] == '.'))
		return false;
	q = p;
	if (q + 1 < end && *q == '.' && is_digit(q[1]))
		q = run(q + 1, end);
	q = exponent(q, end);
	if (q == p)
		return false;
	b = bare(x->j, s, q);
	if (!jj_float_parse(x->j, b.p, b.len, &f))
		return false;
	t->kind = T_FLOAT;
	t->value = jj_float(f);
	t->len = (size_t)(q - s);
	return true;
}

static bool
digit_of(char c, unsigned base)
{
	unsigned d =
	    is_digit(c) ? (unsigned)(c - '0') : (unsigned)((c | 32) - 'a') + 10;

	return ((unsigned char)c | 32) >= '0' && d < base;
}

static bool
int_token(struct jj_lexer *x, struct jj_token *t)
{
	const char *s = x->t->text + x->pos, *end = x->t->text + x->t->len;
	const char *p = s, *from = s;
	unsigned base = 10;
	struct jj_sb b;

	if (!is_digit(*s))
		return false;
	if (*s == '0' && s + 1 < end)
		base = (s[1] | 32) == 'b'   ? 2
		       : (s[1] | 32) == 'o' ? 8
		       : (s[1] | 32) == 'x' ? 16
					    : 10;
	if (base != 10) {
		p = from = s + 2;
		while (p < end &&
		       (digit_of(*p, base) ||
			   (*p == '_' && p + 1 < end && digit_of(p[1], base))))
			p++;
		if (p == from) {
			base = 10;
			p = from = s;
		}
	}
	if (base == 10 && *s == '0') { /* only zeros */
		for (p = s + 1;
		     p < end &&
		     (*p == '0' || (*p == '_' && p + 1 < end && p[1] == '0'));)
			p++;
	} else if (base == 10) {
		p = run(s, end);
	}
	b = bare(x->j, from, p);
	if (b.len > 5000 || !jj_int_parse(x->j, b.p, b.len, base, &t->value))
		wrong(x, x->pos, "integer too long");
	t->kind = T_INTEGER;
	t->len = (size_t)(p - s);
	return true;
}

static bool
name_token(struct jj_lexer *x, struct jj_token *t)
{
	const char *s = x->t->text + x->pos, *end = x->t->text + x->t->len;
	const char *p = s, *q;

	while (p < end) {
		uint32_t c;

		q = p;
		c = jj_utf8_next(&q, end);
		if (c != '_' && !jj_is_alnum(c))
			break;
		if (c >= 0x80 && !jj_is_alpha(c) && jj_decimal_value(c) < 0)
			wrong(x, x->pos, "Invalid character in identifier");
		p = q;
	}
	if (p == s)
		return false;
	q = s;
	if (jj_decimal_value(jj_utf8_next(&q, end)) >= 0)
		wrong(x, x->pos, "Invalid character in identifier");
	t->kind = T_NAME;
	t->len = (size_t)(p - s);
	return true;
}

static bool
string_token(struct jj_lexer *x, struct jj_token *t)
{
	const char *s = x->t->text + x->pos, *end = x->t->text + x->t->len;
	const char *p = s + 1, *why;
	struct jj_str *v;

	if (*s != '"' && *s != '\'')
		return false;
	while (p < end && *p != *s)
		p += *p == '\\' ? 2 : 1;
	if (p >= end)
		return false;
	v = jj_unescape(x->j, &x->t->arena, s + 1, (size_t)(p - s - 1), &why);
	if (!v)
		wrong(x, x->pos, why);
	t->kind = T_STRING;
	t->value = jj_of_str(v);
	t->len = (size_t)(p - s) + 1;
	return true;
}

static bool
operator_token(struct jj_lexer *x, struct jj_token *t)
{
	enum jj_tok best = T_EOF;
	size_t len = 0;
	char text[64];

	for (enum jj_tok k = T_ADD; k <= T_SEMICOLON; k++)
		if (starts(x, x->pos, tok_name[k]) &&
		    strlen(tok_name[k]) > len) {
			best = k;
			len = strlen(tok_name[k]);
		}
	if (!len)
		return false;
	t->kind = best;
	t->len = len;
	if (best == T_LPAREN || best == T_LBRACKET || best == T_LBRACE) {
		if (x->depth == sizeof(x->stack))
			wrong(x, x->pos, "too many open brackets");
		x->stack[x->depth++] = best == T_LPAREN	    ? ')'
				       : best == T_LBRACKET ? ']'
							    : '}';
	} else if (best == T_RPAREN || best == T_RBRACKET || best == T_RBRACE) {
		const char *c = tok_name[best];

		if (!x->depth) {
			snprintf(text, sizeof(text), "unexpected '%s'", c);
			wrong(x, x->pos, text);
		}
		if (x->stack[--x->depth] != *c) {
			snprintf(text, sizeof(text),
			    "unexpected '%s', expected '%c'", c,
			    x->stack[x->depth]);
			wrong(x, x->pos, text);
		}
	}
	return true;
}

/* the end of the tag, with its sign */
static bool
tag_end(struct jj_lexer *x, struct jj_token *t)
{
	const char *close = x->state == L_BLOCK		 ? "%}"
			    : x->t->flags & JINJA_DOUBLE ? "}}"
							 : "}";
	size_t n = strlen(close), p = x->pos;
	char sign = sign_at(x, p);

	if (sign == '+' && x->state == L_VAR)
		sign = '\0';
	if (sign && starts(x, p + 1, close))
		p++;
	else if (starts(x, p, close))
		sign = '\0';
	else
		return false;
	t->kind = x->state == L_BLOCK ? T_BLOCK_END : T_VAR_END;
	t->len = p + n - x->pos;
	advance(x, sign == '-' ? blanks(x, p + n) : p + n);
	x->state = L_TEXT;
	return true;
}

static void
unexpected_char(struct jj_lexer *x)
{
	const char *s = x->t->text + x->pos, *p = s;
	struct jj_sb b = {NULL, 0, 0};

	jj_utf8_next(&p, x->t->text + x->t->len);
	jj_sb_puts(x->j, &b, "unexpected char ");
	jj_repr_text(x->j, &b, s, (size_t)(p - s), false);
	jj_sb_addf(x->j, &b, " at %u", jj_utf8_count(x->t->text, x->pos));
	jj_sb_putc(x->j, &b, '\0');
	wrong(x, x->pos, b.p);
}

static void
inside(struct jj_lexer *x, struct jj_token *t)
{
	if (!x->depth && tag_end(x, t))
		return;
	advance(x, blanks(x, x->pos));
	t->pos = (uint32_t)x->pos;
	t->line = x->line;
	t->s = x->t->text + x->pos;
	if (x->pos >= x->t->len) {
		t->kind = T_EOF;
		return;
	}
	if (!x->depth && tag_end(x, t))
		return;
	if (!float_token(x, t) && !int_token(x, t) && !name_token(x, t) &&
	    !string_token(x, t) && !operator_token(x, t))
		unexpected_char(x);
	advance(x, x->pos + t->len);
}

void
jj_lex(struct jj_lexer *x, struct jj_token *t)
{
	for (;;) {
		memset(t, 0, sizeof(*t));
		t->pos = (uint32_t)x->pos;
		t->line = x->line;
		t->s = x->t->text + x->pos;
		if (x->state != L_TEXT) {
			inside(x, t);
			return;
		}
		if (x->pos >= x->t->len) {
			t->kind = T_EOF;
			return;
		}
		if (text(x, t))
			return;
	}
}

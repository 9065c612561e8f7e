/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of G-code in a template, as far as they are known unrendered. */
#include "machine/macro_script.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/jinja_walk.h"
#include "machine/macro_private.h"

struct piece { /* of the text, and where it was written */
	size_t out, pos;
	bool data, branch;
};

struct writing {
	struct macro_script *s;
	struct piece *piece;
	size_t n, alloc;
	unsigned branch;
};

static void body(struct writing *, const struct jj_body *);

static void
mark(struct writing *w, const struct jj_node *n, bool data)
{
	ALLOC_GROW(w->piece, w->n + 1, w->alloc);
	w->piece[w->n].out = w->s->text.len;
	w->piece[w->n].pos = n->pos;
	w->piece[w->n].data = data;
	w->piece[w->n++].branch = w->branch > 0;
}

static void
print(struct writing *w, const struct jj_node *n)
{
	const struct jj_node *e = n->body.n == 1 ? n->body.v[0] : NULL;

	mark(w, n, false);
	if (e && e->kind == N_CONST && e->value.kind == JJ_STR)
		buf_add(&w->s->text, e->value.u.s->data, e->value.u.s->len);
	else if (e && e->kind == N_CONST && e->value.kind == JJ_INT)
		buf_addf(&w->s->text, "%lld", (long long)e->value.u.i);
	else
		buf_addc(&w->s->text, MACRO_HOLE);
}

static void
statement(struct writing *w, const struct jj_node *n)
{
	switch (n->kind) {
	case N_DATA:
		mark(w, n, true);
		buf_add(&w->s->text, n->value.u.s->data, n->value.u.s->len);
		break;
	case N_PRINT:
		print(w, n);
		break;
	case N_IF:
	case N_FOR:
		w->branch++;
		body(w, &n->body);
		body(w, &n->other);
		w->branch--;
		break;
	case N_WITH:
	case N_BLOCK:
	case N_AUTOESCAPE:
	case N_FILTERBLOCK:
		body(w, &n->body);
		break;
	case N_MACRO:
		w->branch++;
		body(w, &n->c->body);
		w->branch--;
		break;
	default:
		break;
	}
}

static void
body(struct writing *w, const struct jj_body *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		statement(w, b->v[i]);
}

static const struct piece *
piece_at(const struct writing *w, size_t out)
{
	size_t lo = 0, hi = w->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (w->piece[mid].out <= out)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &w->piece[lo - 1] : NULL;
}

static void
read_word(struct macro_script_line *l)
{
	struct macro_line parsed;
	size_t n = strcspn(l->text, " \t;");

	/* a name that is put together is not known */
	if (memchr(l->text, MACRO_HOLE, n))
		return;
	macro_line_init(&parsed);
	macro_line_parse(&parsed, l->text, strcspn(l->text, "\001"));
	if (strlen(parsed.command) < sizeof(l->word)) {
		memcpy(l->word, parsed.command, strlen(parsed.command) + 1);
		l->word[strcspn(l->word, " ")] = '\0';
	}
	macro_line_release(&parsed);
}

static void
add_line(
    struct macro_script *s, const struct writing *w, size_t from, size_t to)
{
	struct macro_script_line *l;
	const struct piece *p;

	while (from < to && strchr(" \t\r", s->text.data[from]))
		from++;
	while (to > from && strchr(" \t\r", s->text.data[to - 1]))
		to--;
	if (from == to || s->text.data[from] == ';')
		return;
	ALLOC_GROW(s->line, s->n + 1, s->alloc);
	l = &s->line[s->n++];
	memset(l, 0, sizeof(*l));
	s->text.data[to] = '\0';
	l->text = s->text.data + from;
	p = piece_at(w, from);
	if (p) {
		l->pos = p->pos + (p->data ? from - p->out : 0);
		l->in_branch = p->branch;
	}
	read_word(l);
}

void
macro_script_read(struct macro_script *s, const struct macro_template *t)
{
	struct writing w = {.s = s};
	size_t from = 0;

	memset(s, 0, sizeof(*s));
	if (!t || !t->tpl)
		return;
	body(&w, &t->tpl->body);
	buf_addc(&s->text, '\n');
	for (size_t i = 0; i < s->text.len; i++)
		if (s->text.data[i] == '\n') {
			add_line(s, &w, from, i);
			from = i + 1;
		}
	free(w.piece);
}

void
macro_script_release(struct macro_script *s)
{
	free(s->line);
	buf_release(&s->text);
	memset(s, 0, sizeof(*s));
}

long
macro_script_param(
    const struct macro_script_line *l, const char *key, const char **value)
{
	size_t n = strlen(key);

	for (const char *p = l->text; *p; p++) {
		const char *v;

		if (p > l->text && p[-1] != ' ' && p[-1] != '\t')
			continue;
		for (size_t i = 0; i < n; i++) {
			char c = p[i] >= 'a' && p[i] <= 'z' ? (char)(p[i] - 32)
							    : p[i];

			if (c != key[i])
				goto next;
		}
		if (p[n] != '=')
			continue;
		v = p + n + 1;
		*value = v;
		return (long)strcspn(v, " \t");
	next:;
	}
	return -1;
}

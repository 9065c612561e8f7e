/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From tokens to the tree: statements. */
#include <string.h>

#include "lang/jinja_private.h"

static struct jj_body parse_body(struct jj_parser *, const char *const *end);

#define TAGS_MAX                                                               \
	((unsigned)(sizeof(((struct jj_parser *)0)->tag) / sizeof(char *)))

/* "'a' or 'b'" */
static void
one_of(struct jj_parser *p, struct jj_sb *b, const char *const *end)
{
	for (int i = 0; end[i]; i++)
		jj_sb_addf(p->j, b, "%s'%s'", i ? " or " : "", end[i]);
}

/* a tag that has no business here (name) or the end of the template */
static void
wrong_tag(struct jj_parser *p, const struct jj_token *name)
{
	struct jj_sb b = {NULL, 0, 0};
	bool nested = false;

	for (unsigned i = 0; name && i < p->n_ends; i++)
		for (int k = 0; p->end[i][k]; k++)
			nested |= jj_at_name(p, p->end[i][k]);
	if (!name)
		jj_sb_puts(p->j, &b, "Unexpected end of template.");
	else
		jj_sb_addf(p->j, &b, "Encountered unknown tag %.200s.",
		    jj_describe(p, name));
	if (p->n_ends && nested) {
		jj_sb_puts(p->j, &b,
		    " You probably made a nesting mistake. Jinja is expecting "
		    "this tag, but currently looking for ");
		one_of(p, &b, p->end[p->n_ends - 1]);
		jj_sb_putc(p->j, &b, '.');
	} else if (p->n_ends) {
		jj_sb_puts(
		    p->j, &b, " Jinja was looking for the following tags: ");
		one_of(p, &b, p->end[p->n_ends - 1]);
		jj_sb_putc(p->j, &b, '.');
	}
	if (p->n_tags)
		jj_sb_addf(p->j, &b,
		    " The innermost block that needs to be closed is '%s'.",
		    p->tag[p->n_tags - 1]);
	jj_sb_putc(p->j, &b, '\0');
	jj_wrong(p, &p->cur, "%s", b.p);
}

static bool
at_any(const struct jj_parser *p, const char *const *end)
{
	for (int i = 0; end && end[i]; i++)
		if (jj_at_name(p, end[i]))
			return true;
	return false;
}

/* "%}", the statements, up to one of the tags in end */
static struct jj_body
statements(struct jj_parser *p, const char *const *end, bool drop)
{
	struct jj_body b;

	jj_skip(p, T_COLON);
	jj_expect(p, T_BLOCK_END);
	b = parse_body(p, end);
	if (p->cur.kind == T_EOF) {
		p->end[p->n_ends++] = end;
		wrong_tag(p, NULL);
	}
	if (drop)
		jj_next(p);
	return b;
}

static const char *
kind_name(const struct jj_node *n)
{
	static const char *const name[] = {[N_CONST] = "const",
	    [N_NAME] = "name",
	    [N_LIST] = "list",
	    [N_TUPLE] = "tuple",
	    [N_DICT] = "dict"};

	return n->kind <= N_DICT ? name[n->kind] : "expression";
}

static void
may_assign(struct jj_parser *p, const struct jj_node *n,
    const struct jj_node *top, const struct jj_token *t)
{
	if (n->kind == N_TUPLE) {
		for (uint32_t i = 0; i < n->body.n; i++)
			may_assign(p, n->body.v[i], top, t);
	} else if (n->kind != N_NAME && n->kind != N_NSREF) {
		jj_wrong(p, t, "can't assign to '%s'", kind_name(top));
	}
}

static struct jj_node *
target(struct jj_parser *p, bool tuple, bool name_only, bool with_namespace)
{
	struct jj_token t = p->cur;
	struct jj_node *n;

	p->ns_targets = with_namespace;
	if (name_only && t.kind != T_NAME)
		jj_expect(p, T_NAME);
	n = tuple && !name_only ? jj_parse_tuple(p, true, true, false)
				: jj_parse_primary(p);
	p->ns_targets = false;
	may_assign(p, n, n, &t);
	return n;
}

static struct jj_node *
set(struct jj_parser *p, const struct jj_token *t)
{
	static const char *const end[] = {"endset", NULL};
	struct jj_node *n = jj_node_new(p, N_SET, t);

	n->a = target(p, true, false, true);
	if (jj_skip(p, T_ASSIGN)) {
		n->b = jj_parse_tuple(p, false, true, false);
		return n;
	}
	n->kind = N_SETBLOCK;
	n->b = jj_parse_filter(p, NULL, false);
	n->body = statements(p, end, true);
	return n;
}

static struct jj_node *
for_loop(struct jj_parser *p, const struct jj_token *t)
{
	static const char *const end[] = {"endfor", "else", NULL};
	static const char *const end2[] = {"endfor", NULL};
	struct jj_node *n = jj_node_new(p, N_FOR, t);
	bool more;

	n->branch = p->t->n_branches++;
	n->a = target(p, true, false, false);
	jj_expect_name(p, "in");
	n->b = jj_parse_tuple(p, false, false, false);
	if (jj_skip_name(p, "if"))
		n->c = jj_parse_expression(p);
	n->flag = jj_skip_name(p, "recursive");
	n->body = statements(p, end, false);
	more = jj_at_name(p, "else");
	jj_next(p);
	if (more)
		n->other = statements(p, end2, true);
	return n;
}

static struct jj_node *
if_else(struct jj_parser *p, const struct jj_token *t)
{
	static const char *const end[] = {"elif", "else", "endif", NULL};
	static const char *const end2[] = {"endif", NULL};
	struct jj_node *first = jj_node_new(p, N_IF, t), *n = first;

	for (;;) {
		struct jj_token at;
		struct jj_nodes l = {NULL, 0, 0};

		n->branch = p->t->n_branches++;
		n->a = jj_parse_tuple(p, false, false, false);
		n->body = statements(p, end, false);
		at = p->cur;
		if (jj_skip_name(p, "elif")) {
			struct jj_node *next = jj_node_new(p, N_IF, &at);

			if (++p->depth > 900)
				jj_wrong(p, &at, "more than 900 branches");
			jj_nodes_add(p, &l, next);
			n->other = jj_nodes_body(p, &l);
			n->flag = true; /* other is an elif */
			n = next;
			continue;
		}
		if (jj_skip_name(p, "else"))
			n->other = statements(p, end2, true);
		else
			jj_next(p);
		return first;
	}
}

/* (a, b=1): names in body, defaults in other, from the right */
static void
signature(struct jj_parser *p, struct jj_node *n)
{
	struct jj_nodes args = {NULL, 0, 0}, defaults = {NULL, 0, 0};

	jj_expect(p, T_LPAREN);
	while (p->cur.kind != T_RPAREN) {
		if (args.n)
			jj_expect(p, T_COMMA);
		jj_nodes_add(p, &args, target(p, false, true, false));
		if (jj_skip(p, T_ASSIGN))
			jj_nodes_add(p, &defaults, jj_parse_expression(p));
		else if (defaults.n)
			jj_wrong(p, &p->cur,
			    "non-default argument follows default argument");
	}
	jj_expect(p, T_RPAREN);
	/* a macro's statements go to ->c, a list node */
	n->body = jj_nodes_body(p, &args);
	n->other = jj_nodes_body(p, &defaults);
}

static struct jj_node *
macro(struct jj_parser *p, const struct jj_token *t)
{
	static const char *const end[] = {"endmacro", NULL};
	struct jj_node *n = jj_node_new(p, N_MACRO, t);

	n->a = target(p, false, true, false);
	signature(p, n);
	n->c = jj_node_new(p, N_LIST, t);
	n->c->body = statements(p, end, true);
	return n;
}

static struct jj_node *
call_block(struct jj_parser *p, const struct jj_token *t)
{
	static const char *const end[] = {"endcall", NULL};
	struct jj_node *n = jj_node_new(p, N_CALLBLOCK, t);

	if (p->cur.kind == T_LPAREN)
		signature(p, n);
	n->b = jj_parse_expression(p);
	if (n->b->kind != N_CALL)
		jj_wrong(p, t, "expected call");
	n->c = jj_node_new(p, N_LIST, t);
	n->c->body = statements(p, end, true);
	return n;
}

static struct jj_node *
with(struct jj_parser *p, const struct jj_token *t)
{
	static const char *const end[] = {"endwith", NULL};
	struct jj_node *n = jj_node_new(p, N_WITH, t);
	struct jj_nodes l = {NULL, 0, 0};

	while (p->cur.kind != T_BLOCK_END) {
		if (l.n)
			jj_expect(p, T_COMMA);
		jj_nodes_add(p, &l, target(p, true, false, false));
		jj_expect(p, T_ASSIGN);
		jj_nodes_add(p, &l, jj_parse_expression(p));
	}
	n->other = jj_nodes_body(p, &l); /* target, value, ... */
	n->body = statements(p, end, true);
	return n;
}

static bool
is_blank(const struct jj_body *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct jj_str *s = b->v[i]->value.u.s;
		const char *c, *end;

		if (b->v[i]->kind != N_DATA)
			return false;
		for (c = s->data, end = c + s->len; c < end;)
			if (!jj_is_space(jj_utf8_next(&c, end)))
				return false;
	}
	return true;
}

static struct jj_node *
block(struct jj_parser *p, const struct jj_token *t)
{
	static const char *const end[] = {"endblock", NULL};
	struct jj_node *n = jj_node_new(p, N_BLOCK, t);
	struct jj_token name = jj_expect(p, T_NAME);
	struct jinja_template *tpl = p->t;

	n->name = jj_str_in(&tpl->arena, name.s, name.len);
	n->loopvar = jj_skip_name(p, "scoped");
	n->flag = jj_skip_name(p, "required");
	if (p->cur.kind == T_SUB)
		jj_wrong(p, &p->cur,
		    "Block names in Jinja have to be valid Python "
		    "identifiers and may not contain hyphens, use an "
		    "underscore instead.");
	n->body = statements(p, end, true);
	if (n->flag && !is_blank(&n->body))
		jj_wrong(p, &p->cur,
		    "Required blocks can only contain comments or "
		    "whitespace");
	jj_skip_name(p, n->name->data);
	if (tpl->n_blocks == p->cap_blocks) {
		struct jj_node **v;

		p->cap_blocks = p->cap_blocks * 2 + 4;
		v = arena_alloc(
		    &tpl->arena, p->cap_blocks * sizeof(struct jj_node *));
		for (uint32_t i = 0; i < tpl->n_blocks; i++)
			v[i] = tpl->block[i];
		tpl->block = v;
	}
	tpl->block[tpl->n_blocks++] = n;
	return n;
}

static struct jj_node *
print(struct jj_parser *p, const struct jj_token *t)
{
	struct jj_node *n = jj_node_new(p, N_PRINT, t);
	struct jj_nodes l = {NULL, 0, 0};

	while (p->cur.kind != T_BLOCK_END) {
		if (l.n)
			jj_expect(p, T_COMMA);
		jj_nodes_add(p, &l, jj_parse_expression(p));
	}
	n->body = jj_nodes_body(p, &l);
	return n;
}

static void
with_context(struct jj_parser *p)
{
	if ((jj_at_name(p, "with") || jj_at_name(p, "without")) &&
	    jj_look(p)->kind == T_NAME) {
		jj_next(p);
		jj_skip_name(p, "context");
	}
}

/* include, import, from, extends: parsed, but there is no loader */
static struct jj_node *
loader(struct jj_parser *p, const struct jj_token *t, const char *tag)
{
	struct jj_node *n = jj_node_new(p, N_LOADER, t);
	unsigned names = 0;

	n->a = jj_parse_expression(p);
	if (strcmp(tag, "include") == 0 && jj_at_name(p, "ignore")) {
		jj_next(p);
		n->flag = jj_skip_name(p, "missing");
	} else if (strcmp(tag, "import") == 0) {
		jj_expect_name(p, "as");
		target(p, false, true, false);
	} else if (strcmp(tag, "from") == 0) {
		jj_expect_name(p, "import");
		while (p->cur.kind != T_BLOCK_END) {
			if (names++)
				jj_expect(p, T_COMMA);
			if (p->cur.kind != T_NAME)
				break;
			if ((jj_at_name(p, "with") ||
				jj_at_name(p, "without")) &&
			    jj_look(p)->kind == T_NAME)
				break;
			target(p, false, true, false);
			if (jj_skip_name(p, "as"))
				target(p, false, true, false);
		}
		if (!names)
			jj_expect(p, T_NAME);
	}
	n->loopvar = strcmp(tag, "extends") == 0;
	if (!n->loopvar)
		with_context(p);
	return n;
}

static struct jj_node *
filter_block(struct jj_parser *p, const struct jj_token *t)
{
	static const char *const end[] = {"endfilter", NULL};
	struct jj_node *n = jj_node_new(p, N_FILTERBLOCK, t);

	n->b = jj_parse_filter(p, NULL, true);
	n->body = statements(p, end, true);
	return n;
}

static struct jj_node *
autoescape(struct jj_parser *p, const struct jj_token *t)
{
	static const char *const end[] = {"endautoescape", NULL};
	struct jj_node *n = jj_node_new(p, N_AUTOESCAPE, t);

	n->a = jj_parse_expression(p);
	n->body = statements(p, end, true);
	return n;
}

static struct jj_node *
kalico(struct jj_parser *p, const struct jj_token *t, const char *tag)
{
	struct jj_node *n;

	if (strcmp(tag, "do") == 0) {
		n = jj_node_new(p, N_DO, t);
		n->a = jj_parse_tuple(p, false, true, false);
		return n;
	}
	return jj_node_new(
	    p, strcmp(tag, "break") == 0 ? N_BREAK : N_CONTINUE, t);
}

static struct jj_node *
dispatch(struct jj_parser *p, const struct jj_token *t, const char *tag)
{
	static const struct {
		const char *tag;
		struct jj_node *(*parse)(
		    struct jj_parser *, const struct jj_token *);
	} table[] = {{"set", set}, {"if", if_else}, {"for", for_loop},
	    {"macro", macro}, {"call", call_block}, {"with", with},
	    {"block", block}, {"print", print}, {"filter", filter_block},
	    {"autoescape", autoescape}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(tag, table[i].tag) == 0)
			return table[i].parse(p, t);
	if (strcmp(tag, "do") == 0 || strcmp(tag, "break") == 0 ||
	    strcmp(tag, "continue") == 0)
		return kalico(p, t, tag);
	return loader(p, t, tag);
}

static struct jj_node *
statement(struct jj_parser *p)
{
	static const char *const known[] = {"set", "if", "for", "macro", "call",
	    "with", "block", "print", "filter", "autoescape", "include",
	    "import", "from", "extends", "do", "break", "continue"};
	struct jj_token t = p->cur;
	unsigned depth = p->depth;
	struct jj_node *n;
	size_t i, count = sizeof(known) / sizeof(known[0]);

	if (t.kind != T_NAME)
		jj_wrong(p, &t, "tag name expected");
	if (!(p->t->flags & JINJA_KALICO))
		count -= 3;
	for (i = 0; i < count && !jj_at_name(p, known[i]); i++)
		;
	if (i == count)
		wrong_tag(p, &t);
	if (p->n_tags + 1 >= TAGS_MAX)
		jj_wrong(p, &t, "blocks nested deeper than %u", TAGS_MAX - 1);
	p->tag[p->n_tags++] = known[i];
	jj_next(p);
	n = dispatch(p, &t, known[i]);
	p->n_tags--;
	p->depth = depth;
	return n;
}

static struct jj_node *
data_node(struct jj_parser *p)
{
	struct jj_node *n = jj_node_new(p, N_DATA, &p->cur);

	n->value = jj_of_str(jj_str_in(&p->t->arena, p->cur.s, p->cur.len));
	jj_next(p);
	return n;
}

static struct jj_body
parse_body(struct jj_parser *p, const char *const *end)
{
	struct jj_nodes l = {NULL, 0, 0};

	if (end)
		p->end[p->n_ends++] = end;
	while (p->cur.kind != T_EOF) {
		struct jj_token t = p->cur;

		p->links = 0;
		if (t.kind == T_DATA) {
			jj_nodes_add(p, &l, data_node(p));
		} else if (jj_skip(p, T_VAR_BEGIN)) {
			struct jj_node *n = jj_node_new(p, N_PRINT, &t);
			struct jj_nodes one = {NULL, 0, 0};

			jj_nodes_add(
			    p, &one, jj_parse_tuple(p, false, true, false));
			n->body = jj_nodes_body(p, &one);
			jj_nodes_add(p, &l, n);
			jj_expect(p, T_VAR_END);
		} else {
			jj_next(p);
			if (at_any(p, end))
				break;
			jj_nodes_add(p, &l, statement(p));
			jj_expect(p, T_BLOCK_END);
		}
	}
	if (end)
		p->n_ends--;
	return jj_nodes_body(p, &l);
}

void
jj_parse(struct jj_parser *p)
{
	jj_lex_begin(&p->lex, p->j, p->t);
	jj_next(p);
	p->t->sym_loop = jj_symbol(p, "loop", 4);
	p->t->sym_caller = jj_symbol(p, "caller", 6);
	p->t->sym_varargs = jj_symbol(p, "varargs", 7);
	p->t->sym_kwargs = jj_symbol(p, "kwargs", 6);
	p->t->sym_self = jj_symbol(p, "self", 4);
	p->t->body = parse_body(p, NULL);
}

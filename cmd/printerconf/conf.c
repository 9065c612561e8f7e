/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree as the text of a printer.conf. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/conftext.h"
#include "printerconf.h"

/* What libconfig allows: letters, digits, '-' and '_', a letter first. */
void
conf_group_name(const char *suffix, struct buf *out)
{
	if (!isalpha((unsigned char)*suffix))
		buf_addc(out, 'n');
	for (; *suffix; suffix++) {
		char c = *suffix;

		buf_addc(out, isalnum((unsigned char)c) || c == '-' || c == '_'
				  ? c
				  : '_');
	}
}

/* The key as documented; numbered and free ones as they were written. */
static const char *
key_name(const struct tree_entry *e)
{
	return strpbrk(e->key->name, "#*") ? e->name : e->key->name;
}

/* Text of several lines is shown as such: strings in a row are one. */
static void
put_lines(const char *s, int indent, struct buf *out)
{
	while (*s) {
		size_t n = strcspn(s, "\n");
		struct buf line = BUF_INIT;

		n += s[n] == '\n';
		buf_add(&line, s, n);
		buf_addf(out, "\n%.*s", indent + 1, "\t\t\t\t");
		conftext_quote(out, line.data);
		buf_release(&line);
		s += n;
	}
}

static void
put_points(const struct tree_value *v, int indent, struct buf *out)
{
	buf_addc(out, '(');
	for (uint32_t i = 0; i < v->list.n; i++) {
		buf_addf(out, "%s\n%.*s", i ? "," : "", indent + 1, "\t\t\t\t");
		tree_format_conf(&v->list.item[i], out);
	}
	buf_addc(out, ')');
}

static void
put_value(const struct tree_entry *e, int indent, struct buf *out)
{
	const struct tree_value *v = &e->value;
	struct buf text = BUF_INIT;

	if (v->type == TREE_STRING && strchr(v->s, '\n')) {
		put_lines(v->s, indent, out);
	} else if (e->key->type == SCHEMA_POINTS && v->type == TREE_LIST) {
		put_points(v, indent, out);
	} else if (e->key->type == SCHEMA_RATIOS || v->type == TREE_DOUBLE) {
		/* ratios keep their ':', whole numbers need no ".0" */
		tree_format(e->key, v, &text);
		if (v->type == TREE_DOUBLE)
			buf_adds(out, text.data);
		else
			conftext_quote(out, text.data);
	} else {
		tree_format_conf(v, out);
	}
	buf_release(&text);
}

static void
put_entries(
    const struct tree_section *s, int indent, unsigned flags, struct buf *out)
{
	for (const struct tree_entry *e = s->entry; e; e = e->next) {
		if (!e->given && !(flags & CONF_DEFAULTS))
			continue;
		buf_addf(out, "%.*s%s = ", indent, "\t\t\t\t", key_name(e));
		put_value(e, indent, out);
		buf_addf(out, ";%s\n", e->given ? "" : " # default");
	}
}

/* Two names may become one when they are made libconfig names. */
static bool
is_taken(const struct tree *t, const struct tree_section *s, const char *name)
{
	struct buf other = BUF_INIT;
	bool taken = false;

	for (const struct tree_section *o = t->section; o && o != s && !taken;
	     o = o->next) {
		if (o->schema != s->schema || !o->suffix)
			continue;
		buf_clear(&other);
		conf_group_name(o->suffix, &other);
		taken = strcmp(other.data, name) == 0;
	}
	buf_release(&other);
	return taken;
}

static void
put_named(const struct tree *t, const struct tree_section *s, unsigned flags,
    struct buf *out)
{
	struct buf name = BUF_INIT;
	int n = 1;

	conf_group_name(s->suffix, &name);
	while (is_taken(t, s, name.data))
		buf_addf(&name, "_%d", ++n);
	buf_addf(out, "\t%s: {\n", name.data);
	if (strcmp(name.data, s->suffix) != 0 &&
	    !schema_key(s->schema, "name")) {
		buf_adds(out, "\t\tname = ");
		conftext_quote(out, s->suffix);
		buf_adds(out, ";\n");
	}
	put_entries(s, 2, flags, out);
	buf_adds(out, "\t};\n");
	buf_release(&name);
}

/* One group: the plain section and all with names of the same kind, at the
 * place of the first. */
static void
put_group(const struct tree *t, const struct tree_section *first,
    unsigned flags, struct buf *out)
{
	const char *kind = first->schema->name;
	bool named = first->schema->flags & SCHEMA_NAMED;

	for (const struct tree_section *s = t->section; named && s != first;
	     s = s->next)
		if (s->schema == first->schema)
			return; /* done with that one */
	buf_addf(out, "\n%s: {\n", named ? kind : first->name);
	if (!named) {
		put_entries(first, 1, flags, out);
	} else {
		const struct tree_section *s = tree_section(t, kind);

		if (s)
			put_entries(s, 1, flags, out);
		s = NULL;
		while ((s = tree_next(t, s, kind)))
			if (s->suffix)
				put_named(t, s, flags, out);
	}
	buf_adds(out, "};\n");
}

void
conf_write(const struct tree *t, const char *const *macros, int n_macros,
    unsigned flags, struct buf *out)
{
	const struct tree_section *root = tree_section(t, "");

	if (n_macros) {
		buf_adds(out, "\nmacros = [");
		for (int i = 0; i < n_macros; i++) {
			buf_adds(out, i ? ", " : "");
			conftext_quote(out, macros[i]);
		}
		buf_adds(out, "];\n");
	}
	if (root) {
		if (root->entry && !n_macros)
			buf_addc(out, '\n');
		put_entries(root, 0, flags, out);
	}
	for (const struct tree_section *s = t->section; s; s = s->next)
		if (s != root)
			put_group(t, s, flags, out);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A printer.conf into the tree; the one file that knows libconfig. */
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/conftext.h"
#include "machine/tree-private.h"

#define NEST_MAX 4

static struct diag_place
place_of(struct tree *t, const config_setting_t *s)
{
	struct diag_place place = {t->file, config_setting_source_line(s), 0};

	if (config_setting_source_file(s))
		place.file =
		    arena_strdup(&t->arena, config_setting_source_file(s));
	return place;
}

/* A setting that is not a group as a value; -1 if it is nested too deeply. */
static int
take(struct tree *t, const config_setting_t *s, int depth, struct tree_value *v)
{
	struct tree_value *item;
	int n;

	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		v->type = TREE_INT;
		v->i = config_setting_get_int64(s);
		return 0;
	case CONFIG_TYPE_FLOAT:
		v->type = TREE_DOUBLE;
		v->d = config_setting_get_float(s);
		return 0;
	case CONFIG_TYPE_BOOL:
		v->type = TREE_BOOL;
		v->b = config_setting_get_bool(s);
		return 0;
	case CONFIG_TYPE_STRING:
		v->type = TREE_STRING;
		v->s = arena_strdup(&t->arena, config_setting_get_string(s));
		return 0;
	case CONFIG_TYPE_ARRAY:
	case CONFIG_TYPE_LIST:
		break;
	default:
		return -1;
	}
	if (depth >= NEST_MAX)
		return -1;
	n = config_setting_length(s);
	item = arena_alloc(&t->arena, ((size_t)n + 1) * sizeof(*item));
	v->type = TREE_LIST;
	v->list.item = item;
	v->list.n = (uint32_t)n;
	for (int i = 0; i < n; i++)
		if (take(t, config_setting_get_elem(s, (unsigned)i), depth + 1,
			&item[i]))
			return -1;
	return 0;
}

static void
read_key(struct tree *t, struct tree_section *sec, const config_setting_t *s)
{
	struct diag_place place = place_of(t, s);
	struct tree_value v;

	if (take(t, s, 0, &v))
		tree_say(t, DIAG_ERROR, &place, "config-type",
		    "'%s' of '%s' is not a value", config_setting_name(s),
		    *sec->name ? sec->name : "the file");
	else
		tree_add_value(t, sec, config_setting_name(s), &v, &place);
}

/* A group inside a group is a section with a name, which "name" replaces. */
static void
read_named(struct tree *t, const char *outer, const config_setting_t *group)
{
	struct diag_place place = place_of(t, group);
	struct buf header = BUF_INIT;
	const char *name = config_setting_name(group), *given;
	struct tree_section *sec;

	if (config_setting_lookup_string(group, "name", &given))
		name = given;
	buf_addf(&header, "%s %s", outer, name);
	sec = tree_add_section(t, header.data, &place);
	buf_release(&header);
	for (int i = 0; sec && i < config_setting_length(group); i++) {
		const config_setting_t *s =
		    config_setting_get_elem(group, (unsigned)i);

		if (strcmp(config_setting_name(s), "name") != 0 ||
		    schema_key(sec->schema, "name"))
			read_key(t, sec, s);
	}
}

static void
read_group(struct tree *t, const config_setting_t *group)
{
	struct diag_place place = place_of(t, group);
	const char *name = config_setting_name(group);
	int n = config_setting_length(group);
	struct tree_section *sec = NULL;
	const char *suffix;
	const struct schema_section *schema = schema_section(name, &suffix);

	/* a group of nothing but names is no section by itself */
	for (int i = 0; i <= n && !sec; i++) {
		if (i < n && config_setting_is_group(
				 config_setting_get_elem(group, (unsigned)i)))
			continue;
		if (i == n && n > 0)
			break;
		if (i == n && schema && !(schema->flags & SCHEMA_PLAIN))
			break;
		sec = tree_add_section(t, name, &place);
		if (!sec)
			return;
	}
	for (int i = 0; i < n; i++) {
		const config_setting_t *s =
		    config_setting_get_elem(group, (unsigned)i);

		if (config_setting_is_group(s))
			read_named(t, name, s);
		else
			read_key(t, sec, s);
	}
}

/* The line that libconfig stumbled over, for the message. */
static void
syntax_error(struct tree *t, const config_t *c, const char *text)
{
	struct diag_place place = {t->file, config_error_line(c), 0};
	const char *what = config_error_text(c), *end;

	if (!what)
		what = "cannot be read";
	if (config_error_file(c)) {
		place.file = arena_strdup(&t->arena, config_error_file(c));
		tree_say(t, DIAG_ERROR, &place, "config-syntax", "%s", what);
		return;
	}
	for (uint32_t i = 1; i < place.line && text; i++) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	if (!text)
		text = "";
	text += strspn(text, " \t");
	end = text + strcspn(text, "\r\n");
	tree_say(t, DIAG_ERROR, &place, "config-syntax", "%s at '%.*s'", what,
	    (int)(end - text > 60 ? 60 : end - text), text);
}

static void
read_root(struct tree *t, const config_t *c)
{
	const config_setting_t *root = config_root_setting(c);
	struct diag_place top = {t->file, 0, 0};
	struct tree_section *sec = tree_add_root(t, &top);

	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *s =
		    config_setting_get_elem(root, (unsigned)i);

		if (config_setting_is_group(s))
			read_group(t, s);
		else
			read_key(t, sec, s);
	}
}

/* What libconfig would say badly or take long over: strings and comments that
 * do not end are a "syntax error" at the end of the file, and each new setting
 * is compared with all others of its group. */
struct survey {
	struct tree *t;
	const char *text;
	int depth;
	int settings[NEST_MAX + 1]; /* of the open groups */
	bool named;		    /* the token before was a name */
};

static bool
refuse(struct survey *y, const struct conftext_token *k, const char *slug,
    const char *what, int max)
{
	struct diag_place place = {y->t->file, k->line, k->col};

	if (max)
		tree_say(y->t, DIAG_ERROR, &place, slug, "%s, the limit is %d",
		    what, max);
	else
		tree_say(y->t, DIAG_ERROR, &place, slug, "%s", what);
	return false;
}

static bool
survey_mark(struct survey *y, const struct conftext_token *k)
{
	char mark = y->text[k->at];

	if (mark == '{' && ++y->depth > NEST_MAX)
		return refuse(y, k, "config-limit",
		    "groups are nested too deeply", NEST_MAX);
	if (mark == '{')
		y->settings[y->depth] = 0;
	if (mark == '}' && y->depth)
		y->depth--;
	if (y->named && (mark == '=' || mark == ':') &&
	    ++y->settings[y->depth] > TREE_SECTIONS_MAX)
		return refuse(y, k, "config-limit",
		    "too many settings in one group", TREE_SECTIONS_MAX);
	return true;
}

static bool
survey_token(struct survey *y, const struct conftext_token *k)
{
	const char *s = y->text + k->at;

	if (k->kind == CONFTEXT_STRING && (k->len < 2 || s[k->len - 1] != '"'))
		return refuse(y, k, "config-syntax",
		    "the string that begins here does not end", 0);
	if (k->kind == CONFTEXT_COMMENT && k->len >= 2 && s[1] == '*' &&
	    (k->len < 4 || s[k->len - 1] != '/'))
		return refuse(y, k, "config-syntax",
		    "the comment that begins here does not end", 0);
	return k->kind != CONFTEXT_MARK || survey_mark(y, k);
}

static bool
survey(struct tree *t, const char *text, size_t len)
{
	struct survey y = {.t = t, .text = text};
	struct conftext c;
	struct conftext_token k;

	conftext_begin(&c, text, len);
	while (conftext_next(&c, &k)) {
		if (!survey_token(&y, &k))
			return false;
		y.named = k.kind == CONFTEXT_NAME;
	}
	return true;
}

void
tree_read_conf(struct tree *t, const char *text, size_t len, unsigned flags)
{
	struct buf wide = BUF_INIT;
	const char *slash = strrchr(t->file, '/');
	char *dir;
	config_t c;

	if (!survey(t, text, len))
		return;
	conftext_widen(text, len, &wide);
	config_init(&c);
	if (flags & TREE_NO_INCLUDE)
		dir = xstrdup("/nonexistent");
	else
		dir = slash ? xstrndup(t->file, (size_t)(slash - t->file) + 1)
			    : xstrdup(".");
	config_set_include_dir(&c, dir);
	free(dir);
	if (config_read_string(&c, wide.data ? wide.data : ""))
		read_root(t, &c);
	else
		syntax_error(t, &c, wide.data);
	config_destroy(&c);
	buf_release(&wide);
}

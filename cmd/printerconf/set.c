/* SPDX-License-Identifier: GPL-3.0-or-later */
/* printerconf set: changes values where they stand. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/file.h"
#include "lang/conftext.h"
#include "lang/klippercfg.h"
#include "machine/build.h"
#include "printerconf.h"

#define CONF_MAX ((size_t)4 << 20)

static const char *config;
static bool dry_run;

static const char *const synopsis[] = {"set [-c FILE] [--dry-run] KEY=VALUE...",
    "set [-c FILE] [--dry-run] -", NULL};
static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &config, "FILE",
	"change this configuration instead of the one that is found", 0, 0,
	NULL},
    {OPT_FLAG, 'n', "dry-run", &dry_run, NULL,
	"say what would change and change nothing", 0, 0, NULL},
    {.kind = OPT_END},
};
static const struct cli_program program = {
    .name = "printerconf",
    .purpose = "change values of a printer.conf in place",
    .synopsis = synopsis,
    .optv = optv,
};

struct edit {
	char *path;	 /* of the file */
	struct buf text; /* as it will be */
	unsigned changes;
	struct buf said;
};

/* The parts of "fan_generic.exhaust.max_power": section, name, key; all that
 * stands between the first dot and the last is the name. */
struct target {
	char *header; /* "fan_generic exhaust" */
	char *group[2];
	char *key;
	int parts;
	const struct schema_section *section;
	const struct schema_key *row;
};

static void
split(const char *path, struct target *t)
{
	const char *first = strpbrk(path, ". "), *last = strrchr(path, '.');
	struct buf header = BUF_INIT, name = BUF_INIT;
	const char *suffix;

	memset(t, 0, sizeof(*t));
	if (!first || !last || last == path) {
		t->section = schema_sections;
		t->key = xstrdup(path);
		t->header = xstrdup("");
	} else {
		t->group[t->parts++] = xstrndup(path, (size_t)(first - path));
		buf_adds(&header, t->group[0]);
		if (first < last) {
			char *s =
			    xstrndup(first + 1, (size_t)(last - first) - 1);

			buf_addf(&header, " %s", s);
			conf_group_name(s, &name);
			t->group[t->parts++] = buf_detach(&name);
			free(s);
		}
		t->key = xstrdup(last + 1);
		t->header = buf_detach(&header);
		t->section = schema_section(t->header, &suffix);
	}
	if (t->section)
		t->row = schema_key(t->section, t->key);
}

static void
target_release(struct target *t)
{
	free(t->header);
	free(t->group[0]);
	free(t->group[1]);
	free(t->key);
}

static void
refuse_target(const char *path, const struct target *t)
{
	char word[64];
	const char *near;

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(t->header, " "),
	    t->header);
	near = t->section ? schema_nearest_key(t->section, t->key)
			  : schema_nearest_section(word);
	cli_die(EXIT_BAD_DATA,
	    near ? "set: there is no key '%s'; '%s' was meant?"
		 : "set: there is no key '%s'",
	    path, near);
}

/* VALUE is written as in printer.cfg; the schema knows its type.  The text of
 * a value of printer.conf. */
static void
encode(const char *path, const struct target *t, const char *value,
    struct buf *out)
{
	struct diag_place place = {"set", 0, 0};
	struct tree *tree = tree_parse("", 0, "set", TREE_AS_GIVEN, cli_sink());
	struct tree_section *s = *t->header
				     ? tree_add_section(tree, t->header, &place)
				     : tree_section(tree, "");
	const struct tree_entry *e;
	struct buf lines = BUF_INIT;

	for (const char *c = value; *c; c++) {
		bool newline = c[0] == '\\' && c[1] == 'n';

		buf_addc(&lines, newline ? '\n' : *c);
		c += newline;
	}
	tree_add_text(tree, s, t->key, lines.data ? lines.data : "", &place);
	buf_release(&lines);
	if (tree->errors)
		cli_die(EXIT_BAD_DATA, "set: nothing was changed");
	e = tree_entry(s, t->key);
	if (e->key->type == SCHEMA_RATIOS)
		conftext_quote(out, e->raw);
	else if (e->value.type == TREE_DOUBLE)
		tree_format(e->key, &e->value, out);
	else
		tree_format_conf(&e->value, out);
	tree_free(tree);
	(void)path;
}

static void
replace(struct buf *text, size_t at, size_t len, const char *with)
{
	struct buf out = BUF_INIT;

	buf_add(&out, text->data ? text->data : "", at);
	buf_adds(&out, with);
	if (text->len > at + len)
		buf_add(&out, text->data + at + len, text->len - at - len);
	buf_release(text);
	*text = out;
}

static void
tabs(struct buf *out, int n)
{
	while (n-- > 0)
		buf_addc(out, '\t');
}

/* The key and the groups that are not there yet, put in front of the end of
 * the innermost group that is. */
static void
insert(struct edit *e, const struct target *t, const char *value,
    const struct conftext_place *place)
{
	struct buf add = BUF_INIT;
	size_t at = place->at;
	int depth = place->groups;

	/* to the start of the line of the closing brace */
	while (place->groups && at && strchr(" \t", e->text.data[at - 1]))
		at--;
	if (at && e->text.data[at - 1] != '\n') {
		at = place->at;
		buf_addc(&add, '\n');
	}
	for (; depth < t->parts; depth++) {
		if (depth == 0 && e->text.len)
			buf_addc(&add, '\n');
		tabs(&add, depth);
		buf_addf(&add, "%s: {\n", t->group[depth]);
		if (depth == 1 &&
		    strcmp(t->group[1], strchr(t->header, ' ') + 1)) {
			buf_adds(&add, "\t\tname = ");
			conftext_quote(&add, strchr(t->header, ' ') + 1);
			buf_adds(&add, ";\n");
		}
	}
	tabs(&add, depth);
	buf_addf(&add, "%s = %s;\n",
	    strpbrk(t->row->name, "#*") ? t->key : t->row->name, value);
	while (depth-- > place->groups) {
		tabs(&add, depth);
		buf_adds(&add, "};\n");
	}
	if (at == place->at && place->groups)
		tabs(&add, place->groups - 1);
	replace(&e->text, at, 0, add.data);
	buf_release(&add);
}

/* Said when it has happened. */
static void
note_change(struct edit *e, uint32_t line, const char *key, const char *old,
    int old_len, const char *now)
{
	buf_addf(&e->said, "%s:", e->path);
	if (old)
		buf_addf(&e->said, "%u:", (unsigned)line);
	buf_addf(&e->said, " %s = %.*s", key, (int)strcspn(now, "\n"), now);
	if (old)
		buf_addf(&e->said, ", was %.*s\n", old_len, old);
	else
		buf_adds(&e->said, ", is new\n");
	e->changes++;
}

static void
change(struct edit *e, const char *path, const char *value)
{
	const char *parts[3];
	struct target t;
	struct conftext_place place;
	struct buf now = BUF_INIT;
	const char *text;

	split(path, &t);
	if (!t.row)
		refuse_target(path, &t);
	encode(path, &t, value, &now);
	for (int i = 0; i < t.parts; i++)
		parts[i] = t.group[i];
	parts[t.parts] = t.key;
	text = e->text.data ? e->text.data : "";
	conftext_find(text, e->text.len, parts, t.parts + 1, &place);
	if (!place.found) {
		note_change(e, 0, path, NULL, 0, now.data);
		insert(e, &t, now.data, &place);
	} else if (place.len != now.len ||
		   memcmp(text + place.value.at, now.data, now.len) != 0) {
		note_change(e, place.value.line, path, text + place.value.at,
		    (int)place.len, now.data);
		replace(&e->text, place.value.at, place.len, now.data);
	}
	buf_release(&now);
	target_release(&t);
}

static void
take(struct edit *e, const char *text)
{
	const char *eq = strchr(text, '=');
	char *path;

	if (!eq || eq == text)
		cli_die(EXIT_BAD_DATA, "set: '%s' is not KEY=VALUE", text);
	path = xstrndup(text, (size_t)(eq - text));
	while (*path && path[strlen(path) - 1] == ' ')
		path[strlen(path) - 1] = '\0';
	for (eq++; *eq == ' '; eq++)
		;
	change(e, path, eq);
	free(path);
}

/* KEY=VALUE lines; blank ones and comments are let pass. */
static void
take_lines(struct edit *e)
{
	struct buf in = BUF_INIT;
	const char *s, *end;

	if (file_read_all(STDIN_FILENO, &in, CONF_MAX))
		cli_die(EXIT_IO, "cannot read standard input:");
	for (s = in.data ? in.data : ""; *s; s = *end ? end + 1 : end) {
		char *line;
		size_t n;

		end = s + strcspn(s, "\n");
		n = (size_t)(end - s);
		if (n && s[n - 1] == '\r')
			n--;
		line = xstrndup(s, n);
		if (line[strspn(line, " \t")] && *line != '#')
			take(e, line);
		free(line);
	}
	buf_release(&in);
}

/* Errors of the machine that a text describes */
static unsigned
count_errors(const struct edit *e, struct diag_sink *sink)
{
	struct tree *t = tree_parse(e->text.data ? e->text.data : "",
	    e->text.len, e->path, TREE_EVEN_WRONG, sink);
	unsigned n;

	free(machine_from_tree(t));
	n = t->errors;
	tree_free(t);
	return n;
}

int
cmd_set(int argc, char **argv)
{
	struct diag_sink quiet = {.emit = diag_ignore};
	struct edit e = {NULL, BUF_INIT, 0, BUF_INIT};
	const char *name;
	unsigned before;
	int fd;

	cli_parse(&program, &argc, &argv);
	if (argc < 1)
		cli_die(EXIT_BAD_USAGE, "set: which KEY=VALUE? see --help");
	e.path = machine_find_config(config, cli_sink());
	if (!e.path)
		return EXIT_NO_INPUT;
	fd = strcmp(e.path, "-") ? file_open_input(e.path, &name) : -1;
	if (fd < 0 || file_read_all(fd, &e.text, CONF_MAX))
		cli_die(EXIT_NO_INPUT, "cannot read '%s':", e.path);
	close(fd);
	if (klippercfg_is_one(e.text.data ? e.text.data : "", e.text.len))
		cli_die(EXIT_BAD_DATA,
		    "set: '%s' is Klipper's; import it first", e.path);
	before = count_errors(&e, &quiet);
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "-") == 0)
			take_lines(&e);
		else
			take(&e, argv[i]);
	}
	if (count_errors(&e, &quiet) > before) {
		count_errors(&e, cli_sink());
		cli_die(EXIT_CONFIG, "set: nothing was changed");
	}
	if (e.changes && !dry_run &&
	    file_replace(e.path, e.text.data, e.text.len))
		cli_die(EXIT_IO, "cannot write '%s':", e.path);
	if (e.changes && cli_verbosity() >= 0)
		fputs(e.said.data, stderr);
	buf_release(&e.said);
	buf_release(&e.text);
	free(e.path);
	return EXIT_DONE;
}

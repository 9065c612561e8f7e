/* SPDX-License-Identifier: GPL-3.0-or-later */
/* printerconf show and get: what a configuration says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/json.h"
#include "machine/build.h"
#include "printerconf.h"

static const char *config;
static bool defaults;
static int format;

static const char *const show_synopsis[] = {
    "show [-c FILE] [--defaults] [--format=conf|cfg|json] [SECTION...]", NULL};
static const char *const formats[] = {"conf", "cfg", "json", NULL};
static const struct opt show_optv[] = {
    {OPT_STRING, 'c', "config", &config, "FILE",
	"read this configuration instead of the one that is found", 0, 0, NULL},
    {OPT_FLAG, 0, "defaults", &defaults, NULL,
	"show what is not given but holds, too", 0, 0, NULL},
    {OPT_CHOICE, 0, "format", &format, "FORMAT",
	"conf: printer.conf, cfg: Klipper's printer.cfg, json", 0, 0, formats},
    {.kind = OPT_END},
};
static const struct cli_program show_program = {
    .name = "printerconf",
    .purpose = "show a configuration",
    .synopsis = show_synopsis,
    .optv = show_optv,
};

static bool
is_shown(const struct tree_entry *e)
{
	return e->given || defaults;
}

/* Lines of a value are indented, so that they continue it. */
static void
put_cfg_value(const char *raw)
{
	for (; *raw; raw++) {
		putchar(*raw);
		if (*raw == '\n')
			fputs("  ", stdout);
	}
	putchar('\n');
}

static void
show_cfg(const struct tree *t)
{
	bool first = true;

	for (const struct tree_section *s = t->section; s; s = s->next) {
		/* what Klipper does not know is left out */
		if (!*s->name || s->schema->flags & SCHEMA_SECTION_OWN)
			continue;
		printf("%s[%s]\n", first ? "" : "\n", s->name);
		first = false;
		for (const struct tree_entry *e = s->entry; e; e = e->next) {
			if (!is_shown(e) || e->key->flags & SCHEMA_OWN)
				continue;
			printf("%s: ", e->name);
			put_cfg_value(e->raw);
		}
	}
}

static void
json_value(struct json *j, const char *key, const struct tree_value *v)
{
	switch (v->type) {
	case TREE_INT:
		json_int(j, key, v->i);
		break;
	case TREE_DOUBLE:
		json_double(j, key, v->d);
		break;
	case TREE_BOOL:
		json_bool(j, key, v->b);
		break;
	case TREE_STRING:
		json_string(j, key, v->s);
		break;
	case TREE_LIST:
		json_array(j, key);
		for (uint32_t i = 0; i < v->list.n; i++)
			json_value(j, NULL, &v->list.item[i]);
		json_close(j);
		break;
	}
}

static void
show_json(const struct tree *t)
{
	struct buf out = BUF_INIT;
	struct json j;

	json_begin(&j, &out);
	json_object(&j, NULL);
	for (const struct tree_section *s = t->section; s; s = s->next) {
		json_object(&j, s->name);
		for (const struct tree_entry *e = s->entry; e; e = e->next)
			if (is_shown(e))
				json_value(&j, e->name, &e->value);
		json_close(&j);
	}
	json_close(&j);
	json_newline(&j);
	fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
}

/* "fan_generic.exhaust" and "fan_generic exhaust" */
static bool
is_named(const struct tree_section *s, const char *name)
{
	size_t word = strlen(s->schema->name);

	if (strcmp(s->name, name) == 0 || strcmp(s->schema->name, name) == 0)
		return true;
	return s->suffix && strncmp(s->name, name, word) == 0 &&
	       name[word] == '.' && strcmp(s->suffix, name + word + 1) == 0;
}

/* Keeps the sections that were asked for. */
static enum cli_status
narrow(struct tree *t, int argc, char **argv)
{
	struct tree_section **p = &t->section;
	bool found[256] = {false};
	enum cli_status status = EXIT_DONE;

	if (argc > 255)
		argc = 255;
	while (argc > 0 && *p) {
		bool wanted = false;

		for (int i = 0; i < argc; i++) {
			if (is_named(*p, argv[i]))
				wanted = found[i] = true;
		}
		if (wanted)
			p = &(*p)->next;
		else
			*p = (*p)->next;
	}
	for (int i = 0; i < argc; i++) {
		if (found[i])
			continue;
		cli_warn("'%s' has no section '%s'", t->file, argv[i]);
		status = EXIT_NO;
	}
	return status;
}

int
cmd_show(int argc, char **argv)
{
	/* defaults that are computed come from the machine; what is wrong with
	 * it is the business of check */
	struct diag_sink quiet = {.emit = diag_ignore};
	struct buf out = BUF_INIT;
	enum cli_status status;
	struct tree *t;

	cli_parse(&show_program, &argc, &argv);
	t = open_tree(config, defaults ? 0 : TREE_AS_GIVEN);
	if (defaults) {
		t->sink = &quiet;
		free(machine_from_tree(t));
	}
	status = narrow(t, argc, argv);
	if (format == 0) {
		conf_write(t, NULL, 0, defaults ? CONF_DEFAULTS : 0, &out);
		if (out.len)
			fwrite(out.data + 1, 1, out.len - 1, stdout);
		buf_release(&out);
	} else if (format == 1) {
		show_cfg(t);
	} else {
		show_json(t);
	}
	tree_free(t);
	return (int)status;
}

/* --- get ----------------------------------------------------------------- */

static const char *const get_synopsis[] = {"get [-c FILE] KEY...", NULL};
static const struct opt get_optv[] = {
    {OPT_STRING, 'c', "config", &config, "FILE",
	"read this configuration instead of the one that is found", 0, 0, NULL},
    {.kind = OPT_END},
};
static const struct cli_program get_program = {
    .name = "printerconf",
    .purpose = "print values of a configuration",
    .synopsis = get_synopsis,
    .optv = get_optv,
};

/* One line: the value alone, or KEY=VALUE as set reads it. */
static void
print_value(const char *key, const struct tree_entry *e)
{
	if (key)
		printf("%s=", key);
	for (const char *c = e->raw; *c; c++) {
		if (*c == '\n')
			fputs("\\n", stdout);
		else
			putchar(*c);
	}
	putchar('\n');
}

/* All keys of a section */
static bool
get_section(const struct tree *t, const char *name)
{
	bool found = false;

	for (const struct tree_section *s = t->section; s; s = s->next) {
		if (!*s->name || !is_named(s, name))
			continue;
		found = true;
		for (const struct tree_entry *e = s->entry; e; e = e->next) {
			struct buf key = BUF_INIT;

			buf_addf(&key, "%s.%s", s->name, e->name);
			if (s->suffix)
				key.data[strlen(s->schema->name)] = '.';
			print_value(key.data, e);
			buf_release(&key);
		}
	}
	return found;
}

int
cmd_get(int argc, char **argv)
{
	struct diag_sink quiet = {.emit = diag_ignore};
	enum cli_status status = EXIT_DONE;
	struct tree *t;

	cli_parse(&get_program, &argc, &argv);
	if (argc < 1)
		cli_die(EXIT_BAD_USAGE, "get: which key? see --help");
	t = open_tree(config, 0);
	t->sink = &quiet;
	free(machine_from_tree(t));
	for (int i = 0; i < argc; i++) {
		const struct tree_entry *e = tree_find(t, argv[i]);

		if (e) {
			print_value(argc > 1 ? argv[i] : NULL, e);
		} else if (!get_section(t, argv[i])) {
			cli_warn("'%s' has no value '%s'", t->file, argv[i]);
			status = EXIT_NO;
		}
	}
	tree_free(t);
	return (int)status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* printerconf keys: what a configuration may say. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "printerconf.h"

static int format;

static const char *const synopsis[] = {
    "keys [--format=text|mdoc] [SECTION...]", NULL};
static const char *const formats[] = {"text", "mdoc", NULL};
static const struct opt optv[] = {
    {OPT_CHOICE, 0, "format", &format, "FORMAT",
	"text, or mdoc as in printer.conf(5)", 0, 0, formats},
    {.kind = OPT_END},
};
static const struct cli_program program = {
    .name = "printerconf",
    .purpose = "list sections and keys",
    .synopsis = synopsis,
    .optv = optv,
};

/* "fan_generic NAME", "stepper_x, stepper_x1, ..." */
static void
section_title(const struct schema_section *s, struct buf *out)
{
	if (s->flags & SCHEMA_PLAIN)
		buf_adds(out, *s->name ? s->name : "(outside all groups)");
	if (s->flags & SCHEMA_NUMBERED)
		buf_addf(out, ", %s1, ...", s->name);
	if (s->flags & SCHEMA_NAMED)
		buf_addf(out, "%s%s NAME", s->flags & SCHEMA_PLAIN ? ", " : "",
		    s->name);
}

/* "number, above 0 mm/s; default 5" */
static void
key_facts(const struct schema_key *k, struct buf *out)
{
	size_t at;

	schema_type_name(k, out);
	if (k->choices) {
		buf_addc(out, ' ');
		for (const char *c = k->choices; *c; c++)
			buf_adds(out, *c == '|' ? ", " : (char[]){*c, 0});
	}
	at = out->len;
	buf_adds(out, ", ");
	schema_range(k, out);
	if (out->len == at + 2) {
		out->len = at;
		out->data[at] = '\0';
		if (*k->unit)
			buf_addf(out, ", %s", k->unit);
	}
	if (!k->def)
		return;
	if (*k->def == '!')
		buf_adds(out, "; needed");
	else if (*k->def == '=')
		buf_addf(out, "; default: %s", k->def + 1);
	else if (*k->def)
		buf_addf(out, "; default %s", k->def);
}

static void
text_key(const struct schema_key *k)
{
	struct buf facts = BUF_INIT;

	key_facts(k, &facts);
	printf("  %s: %s%s\n      (%s)\n", k->name, k->help,
	    k->flags & SCHEMA_OWN ? " [Gantry]" : "", facts.data);
	buf_release(&facts);
}

/* Words that roff would take for requests or escapes. */
static void
put_roff(const char *s)
{
	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '"')
			fputs("\\(dq", stdout);
		else
			putchar(*s);
	}
}

static void
mdoc_key(const struct schema_key *k)
{
	struct buf facts = BUF_INIT;

	key_facts(k, &facts);
	fputs(".It Va ", stdout);
	put_roff(k->name);
	putchar('\n');
	fputs(*k->help == '.' || *k->help == '\'' ? "\\&" : "", stdout);
	put_roff(k->help);
	fputs(".\n.Pq ", stdout);
	put_roff(facts.data);
	putchar('\n');
	if (k->flags & SCHEMA_OWN)
		puts("Gantry's own.");
	buf_release(&facts);
}

/* The section before this one that has the same set of keys, or NULL. */
static const struct schema_section *
explained(const struct schema_section *s, const struct schema_key *set)
{
	for (const struct schema_section *o = schema_sections; o != s; o++)
		for (int i = 0; o->set[i]; i++)
			if (o->set[i] == set)
				return o;
	return NULL;
}

/* Keys that another section explains are only named. */
static void
mdoc_reference(const struct schema_section *where, const struct schema_key *set)
{
	const char *between = " :\n.Va ";

	printf(".Pp\nAs of\n.Va %s", where->name);
	for (const struct schema_key *k = set; k->name; k++) {
		fputs(between, stdout);
		put_roff(k->name);
		between = " , ";
	}
	puts(" .");
}

static void
mdoc_section(const struct schema_section *s)
{
	struct buf title = BUF_INIT;
	bool open = false;

	section_title(s, &title);
	printf(".Ss %s\n", title.data);
	buf_release(&title);
	putchar(toupper((unsigned char)*s->help));
	put_roff(s->help + 1);
	puts(".");
	for (int i = 0; s->set[i]; i++) {
		if (explained(s, s->set[i]))
			continue;
		if (!open)
			puts(".Bl -tag -width Ds -compact");
		open = true;
		for (const struct schema_key *k = s->set[i]; k->name; k++)
			mdoc_key(k);
	}
	if (open)
		puts(".El");
	for (int i = 0; s->set[i]; i++)
		if (explained(s, s->set[i]))
			mdoc_reference(explained(s, s->set[i]), s->set[i]);
}

static void
text_section(const struct schema_section *s)
{
	struct buf title = BUF_INIT;
	const struct schema_key *k;

	section_title(s, &title);
	printf("%s: %s%s\n", title.data, s->help,
	    s->flags & SCHEMA_SECTION_OWN ? " [Gantry]" : "");
	for (size_t i = 0; (k = schema_key_at(s, i)); i++)
		text_key(k);
	buf_release(&title);
}

int
cmd_keys(int argc, char **argv)
{
	enum cli_status status = EXIT_DONE;

	cli_parse(&program, &argc, &argv);
	for (int i = 0; i < argc; i++) {
		const char *suffix;
		const struct schema_section *s =
		    schema_section(argv[i], &suffix);

		/* a section that has only names is meant without one */
		for (const struct schema_section *row = schema_sections;
		     !s && row->name; row++)
			if (strcmp(row->name, argv[i]) == 0)
				s = row;
		if (s) {
			format ? mdoc_section(s) : text_section(s);
		} else {
			cli_warn("there is no section '%s'", argv[i]);
			status = EXIT_NO;
		}
	}
	for (const struct schema_section *s = schema_sections;
	     argc == 0 && s->name; s++)
		format ? mdoc_section(s) : text_section(s);
	return (int)status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* printerconf import: a Klipper printer.cfg becomes a printer.conf. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/file.h"
#include "lang/klippercfg.h"
#include "macros.h"
#include "printerconf.h"

static const char *folder;
static bool force;

static const char *const synopsis[] = {
    "import [-o DIR] [--force] printer.cfg", NULL};
static const struct opt optv[] = {
    {OPT_STRING, 'o', "output", &folder, "DIR",
	"write printer.conf and the files of macros there", 0, 0, NULL},
    {OPT_FLAG, 0, "force", &force, NULL, "replace what is there already", 0, 0,
	NULL},
    {.kind = OPT_END},
};
static const struct cli_program program = {
    .name = "printerconf",
    .purpose = "turn a Klipper printer.cfg into a printer.conf",
    .synopsis = synopsis,
    .optv = optv,
};

/* The text read back must mean what the original meant. */
static void
prove(const char *path, const struct buf *text)
{
	struct tree *a =
	    tree_load(path, TREE_AS_GIVEN | TREE_EVEN_WRONG, cli_sink());
	struct tree *b = tree_parse(text->data, text->len, "the import",
	    TREE_AS_GIVEN | TREE_EVEN_WRONG, cli_sink());
	struct tree_entry *macros = tree_entry(tree_section(b, ""), "macros");

	/* the one thing that is new */
	if (macros)
		tree_section(b, "")->entry = macros->next;
	if (b->errors || tree_hash(a) != tree_hash(b))
		cli_die(
		    EXIT_BUG, "the import of '%s' does not read back", path);
	tree_free(a);
	tree_free(b);
}

static void
make_folders(const char *path)
{
	for (const char *c = strchr(path + 1, '/'); c; c = strchr(c + 1, '/')) {
		char *dir = xstrndup(path, (size_t)(c - path));

		if (mkdir(dir, 0777) && errno != EEXIST)
			cli_die(EXIT_IO, "cannot make '%s':", dir);
		free(dir);
	}
}

static char *
inside(const char *name)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s/%s", folder, name);
	return buf_detach(&path);
}

/* Nothing is written before it is clear that all of it may be. */
static void
check_free(const char *name)
{
	char *path = inside(name);

	if (!force && access(path, F_OK) == 0)
		cli_die(EXIT_IO, "'%s' is there already; --force replaces it",
		    path);
	free(path);
}

static void
put_file(const char *name, const struct buf *text)
{
	char *path = inside(name);

	make_folders(path);
	if (file_replace(path, text->data, text->len))
		cli_die(EXIT_IO, "cannot write '%s':", path);
	free(path);
}

static void
head(const char *path, struct buf *out)
{
	buf_addf(out,
	    "# Imported from %s by printerconf.\n"
	    "# printer.conf(5) explains the keys, `printerconf keys SECTION'\n"
	    "# too; `printerconf check' looks at the machine as a whole.\n",
	    path);
}

static void
summary(const struct tree *t, const struct macro_files *m)
{
	unsigned sections = 0;

	for (const struct tree_section *s = t->section; s; s = s->next)
		sections += *s->name != '\0';
	if (cli_verbosity() < 0)
		return;
	fprintf(stderr,
	    "printerconf: %u sections, %u macros in %d files; %u things were "
	    "not carried over\n",
	    sections, m->macros, m->n, t->not_carried);
}

/* With DIR: everything goes there.  Without: printer.conf on stdout, and the
 * macros stay where they are. */
static void
write_all(const char *path, struct tree *t, struct macro_files *m)
{
	struct buf text = BUF_INIT;
	const char **names = xcalloc((size_t)m->n + 1, sizeof(*names));
	int n = 0;

	if (folder) {
		for (; n < m->n; n++)
			names[n] = m->file[n].name;
	} else if (m->n) {
		names[n++] = path;
	}
	head(path, &text);
	conf_write(t, names, n, 0, &text);
	prove(path, &text);
	if (folder) {
		check_free("printer.conf");
		for (int i = 0; i < m->n; i++)
			check_free(m->file[i].name);
		for (int i = 0; i < m->n; i++)
			put_file(m->file[i].name, &m->file[i].text);
		put_file("printer.conf", &text);
	} else {
		fwrite(text.data, 1, text.len, stdout);
	}
	buf_release(&text);
	free(names);
}

int
cmd_import(int argc, char **argv)
{
	struct macro_files macros;
	struct klippercfg *cfg;
	struct tree *t;

	cli_parse(&program, &argc, &argv);
	if (argc != 1)
		cli_die(EXIT_BAD_USAGE,
		    "import: one printer.cfg is needed; see --help");
	t = tree_load(argv[0], TREE_AS_GIVEN | TREE_SAY_IGNORED, cli_sink());
	if (!t)
		return (int)refused_status(argv[0]);
	if (!t->klipper)
		cli_die(EXIT_BAD_DATA,
		    "'%s' is no Klipper configuration: it has no [section]",
		    argv[0]);
	cfg = klippercfg_load(argv[0], cli_sink());
	if (!cfg)
		return (int)refused_status(argv[0]);
	macro_files_init(&macros, cfg);
	write_all(argv[0], t, &macros);
	summary(t, &macros);
	macro_files_release(&macros);
	klippercfg_free(cfg);
	tree_free(t);
	return EXIT_DONE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The macros of a Klipper configuration as files of their own. */
#include "macros.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/file.h"
#include "machine/schema.h"

static bool
is_macro(const char *header)
{
	const char *suffix;
	const struct schema_section *s = schema_section(header, &suffix);

	return s && s->flags & SCHEMA_MACRO;
}

/* "[name]" at the start of the line; len is that of the line */
static char *
header_of(const char *line, size_t len)
{
	if (len < 3 || *line != '[')
		return NULL;
	while (len && line[len - 1] != ']')
		len--;
	return len > 2 ? xstrndup(line + 1, len - 2) : NULL;
}

static bool
is_blank_or_comment(const char *line, size_t len)
{
	size_t i = 0;

	while (i < len && strchr(" \t\r", line[i]))
		i++;
	return i == len || line[i] == '#' || line[i] == ';';
}

/* Copies the macro sections of a text with the comments above them.  Comments
 * between two sections wait until it is known whose they are. */
static void
copy_sections(const char *text, size_t len, struct buf *out)
{
	const char *end = text + len;
	struct buf waiting = BUF_INIT;
	bool inside = false;

	while (text < end && strncmp(text, "#*# <---", 8) != 0) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((eol ? eol : end) - text);
		char *header = header_of(text, n);

		if (header)
			inside = is_macro(header);
		if (!header && is_blank_or_comment(text, n)) {
			buf_add(&waiting, text, n);
			buf_addc(&waiting, '\n');
		} else {
			if (inside && waiting.len)
				buf_add(out, waiting.data, waiting.len);
			buf_clear(&waiting);
			if (inside) {
				buf_add(out, text, n);
				buf_addc(out, '\n');
			}
		}
		free(header);
		text += n + (eol != NULL);
	}
	buf_release(&waiting);
}

static bool
is_used(const struct macro_files *m, const char *name)
{
	for (int i = 0; i < m->n; i++)
		if (strcmp(m->file[i].name, name) == 0)
			return true;
	return false;
}

/* The name below the new folder: as it was below the old one.  Files from
 * elsewhere lose their folder. */
static char *
name_for(const struct macro_files *m, const char *file, const char *main_file)
{
	const char *slash = strrchr(main_file, '/');
	size_t dir = slash ? (size_t)(slash - main_file) + 1 : 0;
	struct buf name = BUF_INIT;

	if (strcmp(file, main_file) == 0)
		buf_adds(&name, "macros.cfg");
	else if (strncmp(file, main_file, dir) == 0 && file[dir] != '/' &&
		 !strstr(file + dir, ".."))
		buf_adds(&name, file + dir);
	else
		buf_adds(
		    &name, strrchr(file, '/') ? strrchr(file, '/') + 1 : file);
	while (is_used(m, name.data) || strcmp(name.data, "printer.conf") == 0)
		buf_addc(&name, '_');
	return buf_detach(&name);
}

static void
add_file(struct macro_files *m, char *name, struct buf *text)
{
	m->file = xreallocarray(m->file, (size_t)m->n + 1, sizeof(*m->file));
	m->file[m->n].name = name;
	m->file[m->n++].text = *text;
}

/* What two files include is there twice, and has no effect the second time. */
static bool
is_there(const struct macro_files *m, const struct buf *text)
{
	for (int i = 0; i < m->n; i++)
		if (m->file[i].text.len == text->len &&
		    memcmp(m->file[i].text.data, text->data, text->len) == 0)
			return true;
	return false;
}

static void
copy_file(struct macro_files *m, const struct klippercfg *cfg, const char *path)
{
	struct buf raw = BUF_INIT, text = BUF_INIT;
	const char *name;
	int fd = file_open_input(path, &name);

	if (fd >= 0 && file_read_all(fd, &raw, KLIPPERCFG_FILE_MAX) == 0 &&
	    raw.len)
		copy_sections(raw.data, raw.len, &text);
	if (fd > STDIN_FILENO)
		close(fd);
	buf_release(&raw);
	if (text.len && !is_there(m, &text))
		add_file(m, name_for(m, path, cfg->file[0]), &text);
	else
		buf_release(&text);
}

/* --- reading back ------------------------------------------------------ */

/* The last file that gives an option decides, as with includes. */
static const char *
value_in(struct klippercfg *const *cfg, int n, const char *section,
    const char *option)
{
	while (n-- > 0) {
		const char *v = klippercfg_get(cfg[n], section, option);

		if (v)
			return v;
	}
	return NULL;
}

static bool
same_macros(struct klippercfg *const *part, int n, const struct klippercfg *cfg)
{
	for (const struct klippercfg_section *s = cfg->section; s;
	     s = s->next) {
		if (!is_macro(s->name))
			continue;
		for (const struct klippercfg_option *o = s->option; o;
		     o = o->next) {
			const char *v = value_in(part, n, s->name, o->name);

			if (!v || strcmp(v, o->value) != 0)
				return false;
		}
	}
	for (int i = 0; i < n; i++)
		for (const struct klippercfg_section *s = part[i]->section; s;
		     s = s->next) {
			if (!klippercfg_section(cfg, s->name))
				return false;
			/* files of the list are not laid over each other */
			for (int j = 0; j < i; j++)
				if (klippercfg_section(part[j], s->name))
					return false;
		}
	return true;
}

static bool
reads_back(const struct macro_files *m, const struct klippercfg *cfg)
{
	struct klippercfg **part = xcalloc((size_t)m->n + 1, sizeof(*part));
	struct diag_sink quiet = {.emit = diag_ignore};
	bool good = true;
	int n = 0;

	for (; n < m->n && good; n++) {
		part[n] = klippercfg_parse(m->file[n].text.data,
		    m->file[n].text.len, m->file[n].name,
		    KLIPPERCFG_NO_INCLUDE | KLIPPERCFG_NO_AUTOSAVE, &quiet);
		good = part[n] != NULL;
	}
	good = good && same_macros(part, n, cfg);
	for (int i = 0; i < n; i++)
		klippercfg_free(part[i]);
	free(part);
	return good;
}

/* All macros in one file, as the reader understood them. */
static void
from_values(struct macro_files *m, const struct klippercfg *cfg)
{
	struct buf text = BUF_INIT;

	macro_files_release(m);
	for (const struct klippercfg_section *s = cfg->section; s;
	     s = s->next) {
		if (!is_macro(s->name))
			continue;
		buf_addf(&text, "%s[%s]\n", text.len ? "\n" : "", s->name);
		for (const struct klippercfg_option *o = s->option; o;
		     o = o->next) {
			buf_addf(&text, "%s:%s", o->name,
			    *o->value == '\n' ? "" : " ");
			for (const char *c = o->value; *c; c++)
				buf_adds(&text,
				    *c == '\n' ? "\n  " : (char[]){*c, '\0'});
			buf_addc(&text, '\n');
		}
	}
	if (text.len)
		add_file(m, xstrdup("macros.cfg"), &text);
}

void
macro_files_init(struct macro_files *m, const struct klippercfg *cfg)
{
	memset(m, 0, sizeof(*m));
	for (const struct klippercfg_section *s = cfg->section; s; s = s->next)
		m->macros += is_macro(s->name);
	for (uint32_t i = 0; i < cfg->n_files; i++)
		copy_file(m, cfg, cfg->file[i]);
	if (!reads_back(m, cfg)) {
		unsigned macros = m->macros;

		from_values(m, cfg);
		m->macros = macros;
	}
}

void
macro_files_release(struct macro_files *m)
{
	for (int i = 0; i < m->n; i++) {
		free(m->file[i].name);
		buf_release(&m->file[i].text);
	}
	free(m->file);
	memset(m, 0, sizeof(*m));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Macros: from the configuration to compiled templates. */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/file.h"
#include "machine/machine.h"
#include "machine/macro_private.h"

void
macro_load_error(struct macro_world *w, const struct diag_place *place,
    const char *slug, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_vreport(w->sink, DIAG_ERROR, place, slug, fmt, ap);
	va_end(ap);
	w->broken = true;
}

/* ---- looking things up ---- */

struct klippercfg_option *
macro_option(
    const struct macro_world *w, const char *section, const char *option)
{
	struct klippercfg_option *found = NULL;

	for (unsigned i = 0; i < w->n_cfg; i++) {
		struct klippercfg_section *s =
		    klippercfg_section(w->cfg[i], section);
		struct klippercfg_option *o =
		    s ? klippercfg_option(w->cfg[i], s, option) : NULL;

		if (o)
			found = o;
	}
	return found;
}

/* the text of an option, given or a default of the schema */
const char *
macro_text(const struct macro_world *w, const char *section, const char *option)
{
	struct klippercfg_option *o = macro_option(w, section, option);
	struct tree_section *s;
	struct tree_entry *e;

	if (o)
		return o->value;
	s = w->tree ? tree_section(w->tree, section) : NULL;
	e = s ? tree_entry(s, option) : NULL;
	if (!e)
		return NULL;
	return e->value.type == TREE_STRING ? e->value.s : e->raw;
}

double
macro_number(const struct macro_world *w, const char *section,
    const char *option, double fallback)
{
	struct tree_section *s =
	    w->tree ? tree_section(w->tree, section) : NULL;
	struct klippercfg_option *o = macro_option(w, section, option);
	double v;

	if (o && klippercfg_double(o->value, &v) == 0)
		return v;
	return s ? tree_double(s, option, fallback) : fallback;
}

bool
macro_has_section(const struct macro_world *w, const char *section)
{
	for (unsigned i = 0; i < w->n_cfg; i++)
		if (klippercfg_section(w->cfg[i], section))
			return true;
	return w->tree && tree_section(w->tree, section);
}

int
macro_read_file(const char *path, struct buf *text)
{
	const char *name;
	int fd = file_open_input(path, &name);
	int status;

	if (fd < 0)
		return -1;
	status = file_read_all(fd, text, (size_t)256 << 20);
	if (fd != STDIN_FILENO)
		close(fd);
	return status;
}

/* ---- places in templates ---- */

/* the column (bytes, from 0) of a value's line in its file, where blanks and
 * the option's name stand before it */
static uint32_t
indent_of(const struct diag_place *at, const char *s, size_t n)
{
	struct buf text = BUF_INIT;
	const char *p, *end, *hit = NULL;
	uint32_t col = 0;

	if (n && macro_read_file(at->file, &text) == 0 && text.len) {
		p = text.data;
		for (uint32_t line = 1; p && line < at->line; line++) {
			p = strchr(p, '\n');
			p = p ? p + 1 : NULL;
		}
		end = p ? p + strcspn(p, "\n") : NULL;
		for (; p && p + n <= end && !hit; p++)
			if (memcmp(p, s, n) == 0)
				hit = p;
		for (; hit && hit > text.data && hit[-1] != '\n'; hit--)
			col += (hit[-1] & 0xc0) != 0x80;
	}
	buf_release(&text);
	return col;
}

void
macro_place_of(
    const struct macro_template *t, size_t pos, struct diag_place *at)
{
	const struct klippercfg_option *o = t->option;
	uint32_t line = 0, above = t->n_starts;
	const char *from, *p;
	size_t n;

	while (above - line > 1) { /* the last line that begins before pos */
		uint32_t mid = (line + above) / 2;

		if (t->start[mid] <= pos)
			line = mid;
		else
			above = mid;
	}
	from = o->value + t->start[line];
	p = from + strnlen(from, pos - t->start[line]);
	*at = o->place;
	if (line < o->n_lines)
		at->line = o->line[line];
	n = strcspn(from, "\n");
	if (t->indent[line] == UINT32_MAX)
		t->indent[line] = indent_of(at, from, n);
	at->col = t->indent[line] + 1;
	for (; from < p; from++)
		at->col += (*from & 0xc0) != 0x80;
}

static void
find_lines(struct macro_world *w, struct macro_template *t)
{
	const char *s = t->option->value;
	uint32_t n = 1, *start;

	for (const char *p = s; *p; p++)
		n += *p == '\n';
	start = arena_alloc(&w->arena, n * sizeof(*start));
	for (const char *p = s; *p; p++)
		if (*p == '\n')
			start[++t->n_starts] = (uint32_t)(p + 1 - s);
	t->n_starts++;
	t->start = start;
	t->indent = arena_alloc(&w->arena, n * sizeof(*t->indent));
	memset(t->indent, 0xff, n * sizeof(*t->indent));
}

struct macro_template *
macro_template(struct macro_world *w, const char *section,
    const struct klippercfg_option *o)
{
	struct macro_template *t = arena_alloc(&w->arena, sizeof(*t));
	struct jinja_error e = JINJA_ERROR_INIT;
	struct diag_place at;
	struct buf name = BUF_INIT;

	buf_addf(&name, "%s:%s", section, o->name);
	t->name = arena_strdup(&w->arena, name.data);
	buf_release(&name);
	t->option = o;
	find_lines(w, t);
	t->tpl = jinja_compile(o->value, strlen(o->value),
	    w->flags & MACRO_KALICO ? JINJA_KALICO : 0, &e);
	*w->template_tail = t;
	w->template_tail = &t->next;
	if (!t->tpl) {
		macro_place_of(t, e.pos, &at);
		macro_load_error(w, &at, "template", "%s", e.text.data);
	}
	jinja_error_release(&e);
	return t;
}

/* ---- macros ---- */

void
macro_keep_vars(struct macro_def *m, struct jj_value vars)
{
	struct arena fresh;

	arena_init(&fresh);
	m->vars = jj_copy(&fresh, vars, JJ_KEPT);
	arena_release(&m->arena);
	m->arena = fresh;
}

/* dict keys and values that JSON can hold, as the printer wants them */
static bool
plain(struct jj_value v, unsigned depth)
{
	if (depth > 100)
		return false;
	if (v.kind == JJ_LIST || v.kind == JJ_TUPLE) {
		for (uint32_t i = 0; i < v.u.l->n; i++)
			if (!plain(v.u.l->v[i], depth + 1))
				return false;
		return true;
	}
	if (v.kind == JJ_DICT) {
		for (uint32_t i = 0; i < v.u.d->n; i++)
			if (v.u.d->e[i].key.kind == JJ_TUPLE ||
			    !plain(v.u.d->e[i].value, depth + 1))
				return false;
		return true;
	}
	return v.kind != JJ_BYTES && v.kind != JJ_COMPLEX;
}

bool
macro_literal_ok(struct jj_value v)
{
	return plain(v, 0);
}

static void
read_variable(struct macro_world *w, struct macro_def *m,
    const struct klippercfg_option *o, struct jj_value vars)
{
	struct jinja_error e = JINJA_ERROR_INIT;
	struct jj_value v;

	if (jj_literal(w->j, o->value, strlen(o->value), &v, &e))
		macro_load_error(w, &o->place, "literal",
		    "option '%s' in section '%s' is not a valid literal: %s",
		    o->name, m->section, e.text.data);
	else if (!macro_literal_ok(v))
		macro_load_error(w, &o->place, "literal",
		    "option '%s' in section '%s' is not a valid literal: a "
		    "key or value that JSON has not",
		    o->name, m->section);
	else
		jj_put(w->j, vars, o->name + strlen("variable_"), v);
	jinja_error_release(&e);
}

static bool
known_option(const char *name)
{
	return strcmp(name, "gcode") == 0 || strcmp(name, "description") == 0 ||
	       strcmp(name, "rename_existing") == 0 ||
	       strncmp(name, "variable_", 9) == 0;
}

static void
read_options(struct macro_world *w, struct macro_def *m,
    const struct klippercfg_section *s)
{
	struct jj_value vars;

	jinja_begin(w->j);
	vars = jj_dict_new(w->j);
	for (struct klippercfg_option *o = s->option; o; o = o->next) {
		if (strncmp(o->name, "variable_", 9) == 0)
			read_variable(w, m, o, vars);
		else if (strcmp(o->name, "gcode") == 0)
			m->t = macro_template(w, m->section, o);
		else if (strcmp(o->name, "rename_existing") == 0)
			m->rename = o->value;
		else if (strcmp(o->name, "description") == 0)
			m->description = o->value;
		if (!known_option(o->name))
			diag_report(w->sink, DIAG_WARNING, &o->place,
			    "unknown-option",
			    "option '%s' is not valid in section '%s'", o->name,
			    m->section);
	}
	macro_keep_vars(m, vars);
	if (!m->t)
		macro_load_error(w, &s->place, "macro-gcode",
		    "option 'gcode' in section '%s' must be specified",
		    m->section);
}

/* the one word behind "gcode_macro", or NULL */
static char *
one_word(
    struct macro_world *w, const struct klippercfg_section *s, const char *kind)
{
	const char *p = s->name + strlen(kind), *from;
	size_t n;

	p += strspn(p, " \t");
	from = p;
	n = strcspn(p, " \t");
	p += n;
	p += strspn(p, " \t");
	if (!n || *p) {
		macro_load_error(w, &s->place, "macro-name",
		    "name of section '%s' contains illegal whitespace",
		    s->name);
		return NULL;
	}
	return arena_strndup(&w->arena, from, n);
}

static void
read_macro(struct macro_world *w, const struct klippercfg_section *s)
{
	struct macro_def *m = &w->macro[w->n_macros];
	char *word = one_word(w, s, "gcode_macro"), *name;

	if (!word)
		return;
	memset(m, 0, sizeof(*m));
	arena_init(&m->arena);
	m->section = s->name;
	m->object = word;
	m->place = s->place;
	m->name = name = arena_strdup(&w->arena, word);
	for (; *name; name++)
		if (*name >= 'a' && *name <= 'z')
			*name = (char)(*name - 32);
	w->n_macros++;
	read_options(w, m, s);
}

static void
read_delayed(struct macro_world *w, const struct klippercfg_section *s)
{
	struct macro_delayed *d = &w->delayed[w->n_delayed];
	struct klippercfg_option *o = NULL;

	memset(d, 0, sizeof(*d));
	d->name = one_word(w, s, "delayed_gcode");
	if (!d->name)
		return;
	for (o = s->option; o && strcmp(o->name, "gcode") != 0; o = o->next)
		;
	if (!o) {
		macro_load_error(w, &s->place, "macro-gcode",
		    "option 'gcode' in section '%s' must be specified",
		    s->name);
		return;
	}
	d->t = macro_template(w, s->name, o);
	d->order = w->n_delayed++;
	d->wake = macro_number(w, s->name, "initial_duration", 0);
	d->armed = d->wake > 0;
}

/* templates that other sections hold; the name of each option */
static void
read_carriers(struct macro_world *w, const struct klippercfg_section *s)
{
	static const char *const carrier[][2] = {{"homing_override", "gcode"},
	    {"idle_timeout", "gcode"}, {"virtual_sdcard", "on_error_gcode"},
	    {"filament_switch_sensor ", "runout_gcode"},
	    {"filament_switch_sensor ", "insert_gcode"},
	    {"filament_motion_sensor ", "runout_gcode"},
	    {"filament_motion_sensor ", "insert_gcode"},
	    {"gcode_button ", "press_gcode"},
	    {"gcode_button ", "release_gcode"}, {"probe", "activate_gcode"},
	    {"probe", "deactivate_gcode"}, {"bltouch", "activate_gcode"},
	    {"bltouch", "deactivate_gcode"}};

	for (size_t i = 0; i < sizeof(carrier) / sizeof(carrier[0]); i++) {
		const char *name = carrier[i][0];
		size_t n = strlen(name);

		if (name[n - 1] == ' ' ? strncmp(s->name, name, n) != 0
				       : strcmp(s->name, name) != 0)
			continue;
		for (struct klippercfg_option *o = s->option; o; o = o->next)
			if (strcmp(o->name, carrier[i][1]) == 0)
				macro_template(w, s->name, o);
	}
}

static bool
is_section(const struct klippercfg_section *s, const char *word)
{
	size_t n = strlen(word);

	return strncmp(s->name, word, n) == 0 &&
	       (s->name[n] == ' ' || s->name[n] == '\t');
}

static void
unknown_section(struct macro_world *w, const struct klippercfg_section *s)
{
	const char *suffix;

	/* Klipper stops here; add-ons that nobody here knows do no harm */
	if (schema_section(s->name, &suffix))
		return;
	w->has_addons = true;
	diag_report(w->sink, DIAG_WARNING, &s->place, "unknown-section",
	    "section '%s' is not a valid config section", s->name);
}

static bool
same_section(
    const struct klippercfg_section *a, const struct klippercfg_section *b)
{
	const struct klippercfg_option *o = a->option, *p = b->option;

	if (a->place.line != b->place.line ||
	    strcmp(a->place.file, b->place.file) != 0)
		return false;
	for (; o && p; o = o->next, p = p->next)
		if (strcmp(o->name, p->name) != 0 ||
		    strcmp(o->value, p->value) != 0)
			return false;
	return !o && !p;
}

/* Files of the list may include the same one: it is still one file. */
static bool
read_before(
    const struct macro_world *w, unsigned n, const struct klippercfg_section *s)
{
	for (unsigned i = 0; i < n; i++) {
		const struct klippercfg_section *other =
		    klippercfg_section(w->cfg[i], s->name);

		if (other && same_section(other, s))
			return true;
	}
	return false;
}

static void
read_sections(struct macro_world *w)
{
	unsigned macros = 0, delayed = 0;

	for (unsigned i = 0; i < w->n_cfg; i++)
		for (struct klippercfg_section *s = w->cfg[i]->section; s;
		     s = s->next) {
			macros += is_section(s, "gcode_macro");
			delayed += is_section(s, "delayed_gcode");
		}
	w->macro = xcalloc(macros + 1, sizeof(*w->macro));
	w->delayed = xcalloc(delayed + 1, sizeof(*w->delayed));
	for (unsigned i = 0; i < w->n_cfg; i++)
		for (struct klippercfg_section *s = w->cfg[i]->section; s;
		     s = s->next) {
			if (read_before(w, i, s))
				continue;
			if (is_section(s, "gcode_macro"))
				read_macro(w, s);
			else if (is_section(s, "delayed_gcode"))
				read_delayed(w, s);
			else {
				read_carriers(w, s);
				unknown_section(w, s);
			}
		}
}

/* ---- files ---- */

static int
add_cfg(struct macro_world *w, const char *path)
{
	struct klippercfg *c = klippercfg_load(path, w->sink);

	if (!c) {
		w->broken = true;
		return -1;
	}
	w->cfg =
	    xreallocarray(w->cfg, w->n_cfg + 1, sizeof(struct klippercfg *));
	w->cfg[w->n_cfg++] = c;
	return 0;
}

/* the list of files in printer.conf, patterns allowed */
static void
add_macro_files(struct macro_world *w)
{
	struct tree_section *root = tree_section(w->tree, "");
	struct tree_entry *e = root ? tree_entry(root, "macros") : NULL;
	uint32_t n = e && e->value.type == TREE_LIST ? e->value.list.n : 0;

	for (uint32_t i = 0; i < n; i++) {
		const char *name = e->value.list.item[i].s;
		struct buf pattern = BUF_INIT;
		glob_t g;

		if (name[0] != '/')
			buf_adds(&pattern, w->folder);
		buf_adds(&pattern, name);
		if (glob(pattern.data, 0, NULL, &g) == 0) {
			for (size_t k = 0; k < g.gl_pathc; k++)
				add_cfg(w, g.gl_pathv[k]);
			globfree(&g);
		} else if (!strpbrk(name, "*?[")) {
			macro_load_error(w, &e->place, "macro-file",
			    "macro file '%s' does not exist", name);
		}
		buf_release(&pattern);
	}
}

static int
read_files(struct macro_world *w)
{
	struct diag_sink muted = {.emit = diag_ignore};
	struct buf text = BUF_INIT;
	struct diag_place top = {w->path, 0, 0};

	if (macro_read_file(w->path, &text)) {
		macro_load_error(w, &top, "config-open",
		    "cannot read the configuration: %s", strerror(errno));
		buf_release(&text);
		return -1;
	}
	buf_adds(&text, "");
	w->klipper = klippercfg_is_one(text.data, text.len);
	buf_release(&text);
	/* mistakes of the machine are told by those who need it */
	w->tree =
	    tree_load(w->path, TREE_EVEN_WRONG, w->klipper ? &muted : w->sink);
	if (w->tree)
		w->tree->sink = NULL;
	if (w->klipper)
		return add_cfg(w, w->path);
	if (!w->tree)
		return -1;
	add_macro_files(w);
	return 0;
}

static void
set_folder(struct macro_world *w)
{
	const char *slash = strrchr(w->path, '/');

	w->folder = slash ? xstrndup(w->path, (size_t)(slash + 1 - w->path))
			  : xstrdup("");
}

struct macro_world *
macro_load(const char *path, unsigned flags, const struct macro_hooks *hook,
    void *ctx, struct diag_sink *sink)
{
	char *found = machine_find_config(path, sink);
	struct macro_world *w;

	if (!found)
		return NULL;
	w = xcalloc(1, sizeof(*w));
	arena_init(&w->arena);
	w->path = found;
	w->flags = flags;
	if (hook)
		w->hook = *hook;
	w->ctx = ctx;
	w->sink = sink;
	w->template_tail = &w->template;
	w->j = jinja_new(NULL);
	set_folder(w);
	if (read_files(w) == 0) {
		read_sections(w);
		macro_register(w);
		macro_make_machine(w);
		macro_make_config(w);
		macro_make_objects(w);
	} else {
		w->broken = true;
	}
	if (w->broken && !(flags & MACRO_EVEN_WRONG)) {
		macro_free(w);
		return NULL;
	}
	return w;
}

bool
macro_any(const struct macro_world *w)
{
	return w->n_macros || w->n_delayed ||
	       macro_option(w, "homing_override", "gcode");
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of a configuration: sections, look-ups, defaults. */
#include "machine/tree.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/file.h"
#include "lang/klippercfg.h"
#include "lang/utf8.h"
#include "machine/tree-private.h"

#define FILE_MAX ((size_t)4 << 20)

static struct tree *
tree_new(const char *file, struct diag_sink *sink)
{
	struct tree *t = xcalloc(1, sizeof(*t));

	arena_init(&t->arena);
	t->file = arena_strdup(&t->arena, file);
	t->tail = &t->section;
	t->sink = sink;
	return t;
}

void
tree_free(struct tree *t)
{
	if (!t)
		return;
	arena_release(&t->arena);
	free(t);
}

/* --- complaints ------------------------------------------------------- */

void
tree_say(struct tree *t, enum diag_level level, const struct diag_place *place,
    const char *slug, const char *fmt, ...)
{
	struct diag_place whole = {t->file, 0, 0};
	va_list ap;

	if (level == DIAG_ERROR)
		t->errors++;
	va_start(ap, fmt);
	diag_vreport(t->sink, level, place && place->file ? place : &whole,
	    slug, fmt, ap);
	va_end(ap);
}

static const struct diag_place *
place_of(const struct tree_section *s, const char *key)
{
	const struct tree_entry *e = s && key ? tree_entry(s, key) : NULL;

	if (e && e->given)
		return &e->place;
	return s ? &s->place : NULL;
}

void
tree_error(struct tree *t, const struct tree_section *s, const char *key,
    const char *slug, const char *fmt, ...)
{
	struct diag_place whole = {t->file, 0, 0};
	const struct diag_place *place = place_of(s, key);
	va_list ap;

	t->errors++;
	va_start(ap, fmt);
	diag_vreport(
	    t->sink, DIAG_ERROR, place ? place : &whole, slug, fmt, ap);
	va_end(ap);
}

void
tree_warning(struct tree *t, const struct tree_section *s, const char *key,
    const char *slug, const char *fmt, ...)
{
	struct diag_place whole = {t->file, 0, 0};
	const struct diag_place *place = place_of(s, key);
	va_list ap;

	va_start(ap, fmt);
	diag_vreport(
	    t->sink, DIAG_WARNING, place ? place : &whole, slug, fmt, ap);
	va_end(ap);
}

/* --- sections and entries --------------------------------------------- */

struct tree_section *
tree_section(const struct tree *t, const char *name)
{
	for (struct tree_section *s = t ? t->section : NULL; s; s = s->next)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

struct tree_section *
tree_next(const struct tree *t, const struct tree_section *s, const char *name)
{
	struct tree_section *n = s ? s->next : t->section;

	while (n && strcmp(n->schema->name, name) != 0)
		n = n->next;
	return n;
}

/* Names of sections are kept with one blank behind the first word. */
static char *
section_name(
    struct tree *t, const char *header, const char *suffix, const char **tail)
{
	struct buf name = BUF_INIT;
	size_t word = strcspn(header, " \t");
	char *kept;

	buf_add(&name, header, word);
	if (suffix)
		buf_addf(&name, " %s", suffix);
	kept = arena_strndup(&t->arena, name.data ? name.data : "", name.len);
	*tail = suffix ? kept + word + 1 : NULL;
	buf_release(&name);
	return kept;
}

static void
unknown_section(
    struct tree *t, const char *header, const struct diag_place *place)
{
	enum diag_level level = t->klipper ? DIAG_WARNING : DIAG_ERROR;
	size_t len = strcspn(header, " \t");
	char *word = arena_strndup(&t->arena, header, len);
	const char *near = schema_nearest_section(word);

	t->not_carried++;
	if (!near)
		tree_say(t, level, place, "config-unknown",
		    "there is no section '%s'", header);
	else if (strcmp(near, word) != 0)
		tree_say(t, level, place, "config-unknown",
		    "there is no section '%s'; '%s' was meant?", header, near);
	else
		tree_say(t, level, place, "config-unknown",
		    header[len] ? "section '%s' takes no name: '%s'"
				: "section '%s' needs a name of its own",
		    word, header);
}

static struct tree_section *
new_section(struct tree *t, const struct schema_section *schema,
    const char *name, const char *suffix, const struct diag_place *place)
{
	struct tree_section *s = arena_alloc(&t->arena, sizeof(*s));

	s->schema = schema;
	s->name = name;
	s->suffix = suffix;
	s->place = *place;
	s->tail = &s->entry;
	*t->tail = s;
	t->tail = &s->next;
	t->n_sections++;
	return s;
}

struct tree_section *
tree_add_root(struct tree *t, const struct diag_place *place)
{
	return new_section(t, schema_sections, "", NULL, place);
}

struct tree_section *
tree_add_section(
    struct tree *t, const char *header, const struct diag_place *place)
{
	const char *suffix, *tail;
	const struct schema_section *schema = schema_section(header, &suffix);
	struct tree_section *s;
	char *name;

	if (!schema) {
		unknown_section(t, header, place);
		return NULL;
	}
	name = section_name(t, header, suffix, &tail);
	s = tree_section(t, name);
	if (s)
		return s;
	if (t->n_sections >= TREE_SECTIONS_MAX) {
		if (t->n_sections++ == TREE_SECTIONS_MAX)
			tree_say(t, DIAG_ERROR, place, "config-limit",
			    "too many sections, the limit is %d",
			    TREE_SECTIONS_MAX);
		return NULL;
	}
	return new_section(t, schema, name, tail, place);
}

struct tree_entry *
tree_entry(const struct tree_section *s, const char *key)
{
	if (!s)
		return NULL;
	for (struct tree_entry *e = s->entry; e; e = e->next)
		if (strcasecmp(e->name, key) == 0)
			return e;
	return NULL;
}

bool
tree_given(const struct tree_section *s, const char *key)
{
	const struct tree_entry *e = tree_entry(s, key);

	return e && e->given;
}

/* The section whose name is the path up to the last dot, blanks and dots
 * being the same between its words. */
struct tree_entry *
tree_find(const struct tree *t, const char *path)
{
	const char *dot = strrchr(path, '.');
	size_t len = dot ? (size_t)(dot - path) : 0;

	for (const struct tree_section *s = t->section; s; s = s->next) {
		size_t word = strlen(s->schema->name), i = 0;

		if (strlen(s->name) != len)
			continue;
		while (
		    i < len && (s->name[i] == path[i] ||
				   (i == word && s->suffix && path[i] == '.')))
			i++;
		if (i == len)
			return tree_entry(s, dot ? dot + 1 : path);
	}
	return NULL;
}

static char *
lower(struct tree *t, const char *name)
{
	char *s = arena_strdup(&t->arena, name);

	for (char *c = s; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return s;
}

struct tree_entry *
tree_new_entry(struct tree *t, struct tree_section *s,
    const struct schema_key *key, const char *name,
    const struct diag_place *place)
{
	struct tree_entry *e = arena_alloc(&t->arena, sizeof(*e));

	e->key = key;
	e->name = lower(t, name);
	e->given = place != NULL;
	e->place = place ? *place : s->place;
	*s->tail = e;
	s->tail = &e->next;
	s->n_entries++;
	return e;
}

/* The row of a key that is there for the first time, or NULL. */
const struct schema_key *
tree_know(struct tree *t, struct tree_section *s, const char *name,
    const struct diag_place *place)
{
	const struct schema_key *key = schema_key(s->schema, name);
	const char *near, *group = *s->name ? s->name : "the file";

	if (!key) {
		near = schema_nearest_key(s->schema, name);
		t->not_carried++;
		tree_say(t, t->klipper ? DIAG_WARNING : DIAG_ERROR, place,
		    "config-unknown",
		    near ? "'%s' is not a key of '%s'; '%s' was meant?"
			 : "'%s' is not a key of '%s'",
		    name, group, near);
		return NULL;
	}
	if (tree_entry(s, name)) {
		tree_say(t, DIAG_ERROR, place, "config-conflict",
		    "'%s' is given twice in '%s'", name, group);
		return NULL;
	}
	if (s->n_entries >= TREE_ENTRIES_MAX) {
		tree_say(t, DIAG_ERROR, place, "config-limit",
		    "too many keys in '%s', the limit is %d", group,
		    TREE_ENTRIES_MAX);
		return NULL;
	}
	return key;
}

/* --- values ----------------------------------------------------------- */

static double
number(const struct tree_value *v, double fallback)
{
	if (v->type == TREE_INT)
		return (double)v->i;
	return v->type == TREE_DOUBLE ? v->d : fallback;
}

double
tree_double(const struct tree_section *s, const char *key, double fallback)
{
	const struct tree_entry *e = tree_entry(s, key);

	return e ? number(&e->value, fallback) : fallback;
}

int
tree_int(const struct tree_section *s, const char *key, int fallback)
{
	const struct tree_entry *e = tree_entry(s, key);

	if (!e || e->value.type != TREE_INT || e->value.i < INT32_MIN ||
	    e->value.i > INT32_MAX)
		return fallback;
	return (int)e->value.i;
}

bool
tree_bool(const struct tree_section *s, const char *key, bool fallback)
{
	const struct tree_entry *e = tree_entry(s, key);

	return e && e->value.type == TREE_BOOL ? e->value.b : fallback;
}

const char *
tree_string(const struct tree_section *s, const char *key, const char *fallback)
{
	const struct tree_entry *e = tree_entry(s, key);

	return e && e->value.type == TREE_STRING ? e->value.s : fallback;
}

int
tree_doubles(
    const struct tree_section *s, const char *key, double *out, int max)
{
	const struct tree_entry *e = tree_entry(s, key);
	int n = 0;

	if (!e || e->value.type != TREE_LIST)
		return 0;
	for (; n < max && (uint32_t)n < e->value.list.n; n++)
		out[n] = number(&e->value.list.item[n], 0);
	return n;
}

void
tree_default(
    struct tree *t, struct tree_section *s, const char *name, double value)
{
	const struct schema_key *key = schema_key(s->schema, name);
	struct tree_entry *e;
	struct buf raw = BUF_INIT;

	if (!key || tree_entry(s, name))
		return;
	e = tree_new_entry(t, s, key, name, NULL);
	e->value.type = key->type == SCHEMA_INT ? TREE_INT : TREE_DOUBLE;
	if (key->type == SCHEMA_INT)
		e->value.i = (int64_t)value;
	else
		e->value.d = value;
	tree_format(key, &e->value, &raw);
	e->raw = arena_strdup(&t->arena, raw.data);
	buf_release(&raw);
}

void
tree_default_text(
    struct tree *t, struct tree_section *s, const char *name, const char *text)
{
	const struct schema_key *key = s ? schema_key(s->schema, name) : NULL;

	if (key && text && !tree_entry(s, name))
		tree_take_text(t, tree_new_entry(t, s, key, name, NULL), text);
}

/* --- completing ------------------------------------------------------- */

/* Saved meshes and the like have no defaults; a further motor of an axis has
 * none of the axis. */
static bool
has_defaults(const struct tree_section *s)
{
	return !(
	    s->suffix && (strcmp(s->schema->name, "bed_mesh") == 0 ||
			     strcmp(s->schema->name, "skew_correction") == 0));
}

static void
complete_section(struct tree *t, struct tree_section *s)
{
	bool further = (s->schema->flags & SCHEMA_NUMBERED) && !s->suffix &&
		       strcmp(s->name, s->schema->name) != 0;

	for (const struct schema_key *const *set = s->schema->set; *set;
	     set++) {
		if (further && *set == schema_rail)
			continue;
		for (const struct schema_key *k = *set; k->name; k++) {
			if (!k->def || *k->def == '=' ||
			    strpbrk(k->name, "#*") || tree_entry(s, k->name))
				continue;
			if (*k->def != '!')
				tree_take_text(t,
				    tree_new_entry(t, s, k, k->name, NULL),
				    k->def);
			else if (!(s->schema->flags & SCHEMA_IGNORED))
				tree_say(t, DIAG_ERROR, &s->place,
				    "config-missing", "'%s' lacks '%s': %s",
				    s->name, k->name, k->help);
		}
	}
}

static struct tree *
finish(struct tree *t, unsigned flags)
{
	if (!(flags & TREE_AS_GIVEN))
		for (struct tree_section *s = t->section; s; s = s->next)
			if (has_defaults(s))
				complete_section(t, s);
	if (t->errors && !(flags & TREE_EVEN_WRONG)) {
		tree_free(t);
		return NULL;
	}
	return t;
}

static void
read_text(struct tree *t, const char *text, size_t len, unsigned flags)
{
	struct diag_place place = {t->file, 0, 0};
	size_t bad;

	if (len && memchr(text, '\0', len))
		tree_say(t, DIAG_ERROR, &place, "config-syntax",
		    "a NUL byte: not a text file");
	else if (!utf8_valid(text, len, &bad)) {
		for (size_t i = 0; i <= bad; i++)
			place.line += i == 0 || text[i - 1] == '\n';
		tree_say(t, DIAG_ERROR, &place, "config-syntax",
		    "byte 0x%02x is not UTF-8", (unsigned char)text[bad]);
	} else if (klippercfg_is_one(text, len)) {
		t->klipper = true;
		tree_read_klipper(t, text, len, flags);
	} else {
		tree_read_conf(t, text, len, flags);
	}
}

struct tree *
tree_parse(const char *text, size_t len, const char *name, unsigned flags,
    struct diag_sink *sink)
{
	struct tree *t = tree_new(name, sink);

	read_text(t, text, len, flags);
	return finish(t, flags);
}

struct tree *
tree_load(const char *path, unsigned flags, struct diag_sink *sink)
{
	struct buf text = BUF_INIT;
	const char *name;
	int fd = file_open_input(path, &name);
	struct tree *t = tree_new(name ? name : path, sink);

	if (fd < 0 || file_read_all(fd, &text, FILE_MAX)) {
		tree_say(t, DIAG_ERROR, NULL, "config-open",
		    "cannot read the configuration: %s", strerror(errno));
		flags &= ~(unsigned)TREE_EVEN_WRONG;
	} else {
		read_text(t, text.data ? text.data : "", text.len, flags);
	}
	if (fd > STDIN_FILENO)
		close(fd);
	buf_release(&text);
	return finish(t, flags);
}

/* FNV-1a of a text, on top of h */
static uint64_t
mix(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return (h ^ '\n') * 0x100000001b3u;
}

uint32_t
tree_hash(const struct tree *t)
{
	uint64_t sum = 0;
	struct buf text = BUF_INIT;

	for (const struct tree_section *s = t->section; s; s = s->next) {
		uint64_t h = mix(0xcbf29ce484222325u, s->name);

		sum += h;
		for (const struct tree_entry *e = s->entry; e; e = e->next) {
			buf_clear(&text);
			tree_format(e->key, &e->value, &text);
			sum += mix(mix(h, e->name), text.data);
		}
	}
	buf_release(&text);
	return (uint32_t)(sum ^ sum >> 32);
}

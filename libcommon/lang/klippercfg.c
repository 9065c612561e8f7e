/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Klipper's configuration format: the table and its look-ups. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/klippercfg-private.h"

#define ERRORS_MAX 50

__attribute__((format(printf, 4, 5))) void
klippercfg_complain(
    struct reader *r, uint32_t line, const char *slug, const char *fmt, ...)
{
	struct diag_place place = {r->file ? r->file->name : NULL, line, 0};
	va_list ap;

	r->failed = true;
	va_start(ap, fmt);
	diag_vreport(r->sink, DIAG_ERROR, &place, slug, fmt, ap);
	va_end(ap);
	if (r->sink->count[DIAG_ERROR] >= ERRORS_MAX)
		r->full = true;
}

void
klippercfg_limit(
    struct reader *r, uint32_t line, const char *fmt, unsigned long max)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "%s, the limit is %lu", fmt, max);
	klippercfg_complain(r, line, "config-limit", "%s", text.data);
	buf_release(&text);
	r->full = true;
}

static void
section_init(struct section *s, const char *name)
{
	s->s.name = name;
	s->tail = &s->s.option;
}

struct klippercfg *
klippercfg_new_table(void)
{
	struct klippercfg *cfg = xcalloc(1, sizeof(*cfg));
	struct klippercfg_private *p = xcalloc(1, sizeof(*p));

	arena_init(&p->arena);
	p->tail = &cfg->section;
	section_init(&p->defaults, "DEFAULT");
	cfg->private = p;
	cfg->defaults = &p->defaults.s;
	return cfg;
}

static void
section_clear(struct section *s)
{
	for (struct klippercfg_option *o = s->s.option; o; o = o->next) {
		struct option *own = (struct option *)(void *)o;

		buf_release(&own->value);
		free(own->line);
	}
	HASH_CLEAR(hh, s->index);
}

void
klippercfg_free(struct klippercfg *cfg)
{
	struct klippercfg_private *p;

	if (!cfg)
		return;
	p = cfg->private;
	HASH_CLEAR(hh, p->index);
	for (struct klippercfg_section *s = cfg->section; s; s = s->next)
		section_clear((struct section *)(void *)s);
	section_clear(&p->defaults);
	free(p->file);
	arena_release(&p->arena);
	free(p);
	free(cfg);
}

static struct section *
find_section(const struct klippercfg *cfg, const char *name, size_t len)
{
	struct section *s;

	if (len == 7 && memcmp(name, "DEFAULT", 7) == 0)
		return &cfg->private->defaults;
	HASH_FIND(hh, cfg->private->index, name, (unsigned)len, s);
	return s;
}

static bool
one_more(struct reader *r, uint32_t line)
{
	if (++r->cfg->private->entries <= KLIPPERCFG_OPTIONS_MAX)
		return true;
	klippercfg_limit(
	    r, line, "too many sections and options", KLIPPERCFG_OPTIONS_MAX);
	return false;
}

struct section *
klippercfg_add_section(
    struct reader *r, const char *name, size_t len, uint32_t line)
{
	struct klippercfg_private *p = r->cfg->private;
	struct section *s = find_section(r->cfg, name, len);

	if (s) {
		if (!s->s.place.file)
			s->s.place =
			    (struct diag_place){r->file->name, line, 0};
		return s;
	}
	if (!one_more(r, line))
		return NULL;
	s = arena_alloc(&p->arena, sizeof(*s));
	section_init(s, arena_strndup(&p->arena, name, len));
	s->s.place = (struct diag_place){r->file->name, line, 0};
	HASH_ADD_KEYPTR(hh, p->index, s->s.name, (unsigned)len, s);
	*p->tail = &s->s;
	p->tail = &s->s.next;
	r->cfg->n_sections++;
	return s;
}

static struct option *
find_option(const struct section *s, const char *name, size_t len)
{
	struct option *o;

	HASH_FIND(hh, s->index, name, (unsigned)len, o);
	return o;
}

struct option *
klippercfg_add_option(
    struct reader *r, const char *name, size_t len, uint32_t line)
{
	struct klippercfg_private *p = r->cfg->private;
	char *lower = arena_strndup(&p->arena, name, len);
	struct option *o;

	for (size_t i = 0; i < len; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] = (char)(lower[i] - 'A' + 'a');
	o = find_option(r->section, lower, len);
	if (!o) {
		if (!one_more(r, line))
			return NULL;
		o = arena_alloc(&p->arena, sizeof(*o));
		o->o.name = lower;
		HASH_ADD_KEYPTR(
		    hh, r->section->index, o->o.name, (unsigned)len, o);
		*r->section->tail = &o->o;
		r->section->tail = &o->o.next;
		r->section->s.n_options++;
	}
	buf_clear(&o->value);
	o->o.n_lines = 0;
	o->o.place = (struct diag_place){r->file->name, line, 0};
	o->o.autosaved = r->autosave;
	return o;
}

void
klippercfg_add_line(struct option *o, const char *s, size_t len, uint32_t line)
{
	ALLOC_GROW(o->line, (size_t)o->o.n_lines + 1, o->line_alloc);
	if (o->o.n_lines)
		buf_addc(&o->value, '\n');
	buf_add(&o->value, s, len);
	o->line[o->o.n_lines++] = line;
}

/* The value loses the blank lines at its end. */
void
klippercfg_end_option(struct reader *r)
{
	struct option *o = r->option;
	size_t len;

	r->option = NULL;
	if (!o)
		return;
	len = o->value.len;
	while (len && o->value.data[len - 1] == '\n') {
		len--;
		o->o.n_lines--;
	}
	o->value.len = len;
	o->value.data[len] = '\0';
	o->o.value = o->value.data;
	o->o.line = o->line;
}

void
klippercfg_note_file(struct reader *r, const char *name)
{
	struct klippercfg_private *p = r->cfg->private;
	size_t n = r->cfg->n_files;

	ALLOC_GROW(p->file, n + 1, p->file_alloc);
	p->file[n] = name;
	r->cfg->file = p->file;
	r->cfg->n_files++;
}

struct klippercfg_section *
klippercfg_section(const struct klippercfg *cfg, const char *name)
{
	struct section *s = find_section(cfg, name, strlen(name));

	return s && s != &cfg->private->defaults ? &s->s : NULL;
}

struct klippercfg_option *
klippercfg_option(const struct klippercfg *cfg,
    const struct klippercfg_section *s, const char *name)
{
	const struct section *own = (const struct section *)(const void *)s;
	size_t len = strlen(name);
	struct option *o = own ? find_option(own, name, len) : NULL;

	if (!o)
		o = find_option(&cfg->private->defaults, name, len);
	return o ? &o->o : NULL;
}

const char *
klippercfg_get(
    const struct klippercfg *cfg, const char *section, const char *option)
{
	struct klippercfg_section *s = klippercfg_section(cfg, section);
	struct klippercfg_option *o =
	    s ? klippercfg_option(cfg, s, option) : NULL;

	return o ? o->value : NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The macros that the configuration names, and what they read. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "facts.h"
#include "lang/klippercfg.h"

static bool
word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static char *
upper(const char *s, size_t n)
{
	char *copy = xstrndup(s, n);

	for (size_t i = 0; i < n; i++)
		copy[i] = (char)toupper((unsigned char)copy[i]);
	return copy;
}

static void
add_param(struct lint_macro *m, const char *s, size_t n)
{
	m->param =
	    xreallocarray(m->param, (size_t)m->n_params + 1, sizeof(*m->param));
	m->param[m->n_params++] = upper(s, n);
}

/* behind "params": .NAME or ['NAME']; anything else takes them all */
static void
param_use(struct lint_macro *m, const char *s)
{
	size_t n = 0;
	char quote;

	if (*s == '.') {
		s++;
		while (word_char(s[n]))
			n++;
		if (n == 3 && memcmp(s, "get", 3) == 0)
			m->any = true;
		else if (n)
			add_param(m, s, n);
		return;
	}
	if (s[0] != '[' || (s[1] != '\'' && s[1] != '"')) {
		m->any = true;
		return;
	}
	quote = s[1];
	s += 2;
	while (s[n] && s[n] != quote)
		n++;
	add_param(m, s, n);
}

static void
read_template(struct lint_macro *m, const char *text)
{
	if (strstr(text, "rawparams"))
		m->any = true;
	for (const char *s = text; (s = strstr(s, "params")); s += 6)
		if (s == text || !word_char(s[-1])) {
			if (!word_char(s[6]))
				param_use(m, s + 6);
		}
}

static void
read_section(struct lint_facts *f, const struct klippercfg *cfg,
    const struct klippercfg_section *s)
{
	static const char prefix[] = "gcode_macro ";
	const struct klippercfg_option *o;
	struct lint_macro *m;

	if (strncmp(s->name, prefix, sizeof(prefix) - 1) != 0)
		return;
	f->macro =
	    xreallocarray(f->macro, (size_t)f->n_macros + 1, sizeof(*f->macro));
	m = &f->macro[f->n_macros++];
	*m = (struct lint_macro){0};
	m->name = upper(
	    s->name + sizeof(prefix) - 1, strlen(s->name) - sizeof(prefix) + 1);
	o = klippercfg_option(cfg, s, "gcode");
	if (o)
		read_template(m, o->value);
	/* the old command takes what it always took */
	if (klippercfg_option(cfg, s, "rename_existing"))
		m->any = true;
}

void
facts_load_macros(
    struct lint_facts *f, const struct machine *m, struct diag_sink *sink)
{
	for (int i = 0; i < m->n_macros; i++) {
		struct klippercfg *cfg = klippercfg_load(m->macros[i], sink);

		if (!cfg)
			continue;
		for (const struct klippercfg_section *s = cfg->section; s;
		     s = s->next)
			read_section(f, cfg, s);
		klippercfg_free(cfg);
	}
}

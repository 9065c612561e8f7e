/* SPDX-License-Identifier: GPL-3.0-or-later */
/* printer.configfile: what the configuration says, as text and as values. */
#include <string.h>

#include "machine/macro_private.h"

/* ---- config: raw text, section names as written ---- */

static struct jj_value
section_dict(struct jinja *j, struct jj_value all, const char *name)
{
	struct jj_value d = jj_get(j, all, name, strlen(name));

	if (d.kind == JJ_DICT)
		return d;
	d = jj_dict_new(j);
	jj_put(j, all, name, d);
	return d;
}

static struct jj_value
config_dict(struct macro_world *w)
{
	struct jinja *j = w->j;
	struct jj_value all = jj_dict_new(j);

	for (unsigned i = 0; i < w->n_cfg; i++)
		for (struct klippercfg_section *s = w->cfg[i]->section; s;
		     s = s->next) {
			struct jj_value d = section_dict(j, all, s->name);

			for (struct klippercfg_option *o = s->option; o;
			     o = o->next)
				jj_put(j, d, o->name, jj_strz(j, o->value));
		}
	if (w->klipper || !w->tree)
		return all;
	for (struct tree_section *s = w->tree->section; s; s = s->next) {
		struct jj_value d;

		if (!*s->name)
			continue;
		d = section_dict(j, all, s->name);
		for (struct tree_entry *e = s->entry; e; e = e->next)
			if (e->given && e->raw)
				jj_put(j, d, e->name, jj_strz(j, e->raw));
	}
	return all;
}

/* ---- settings: typed, with defaults, names in lower case ---- */

static struct jj_value
value_of(
    struct jinja *j, const struct schema_key *key, const struct tree_value *v)
{
	struct jj_value l;
	bool list;

	switch (v->type) {
	case TREE_INT:
		return key && key->type == SCHEMA_DOUBLE
			   ? jj_float((double)v->i)
			   : jj_int(v->i);
	case TREE_DOUBLE:
		return jj_float(v->d);
	case TREE_BOOL:
		return jj_bool(v->b);
	case TREE_STRING:
		return jj_strz(j, v->s);
	default:
		break;
	}
	list = key && key->type == SCHEMA_STRINGS;
	l = list ? jj_list_new(j, v->list.n) : jj_tuple_new(j, v->list.n);
	for (uint32_t i = 0; i < v->list.n; i++) {
		struct jj_value item = value_of(j, key, &v->list.item[i]);

		if (key && item.kind == JJ_INT &&
		    (key->type == SCHEMA_DOUBLES || key->type == SCHEMA_POINTS))
			item = jj_float((double)item.u.i);
		jj_append(j, l, item);
	}
	return l;
}

static void
lower(char *to, size_t room, const char *s)
{
	size_t i = 0;

	for (; s[i] && i + 1 < room; i++)
		to[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
	to[i] = '\0';
}

/* what the printer itself fills in where the schema says nothing */
static void
computed(struct macro_world *w, struct jj_value all)
{
	struct jinja *j = w->j;
	double nozzle, filament, r, velocity, accel;
	struct jj_value d = jj_get(j, all, "extruder", 8), v;

	if (d.kind != JJ_DICT)
		return;
	nozzle = macro_number(w, "extruder", "nozzle_diameter", 0.4);
	filament = macro_number(w, "extruder", "filament_diameter", 1.75);
	velocity = macro_number(w, "printer", "max_velocity", 0);
	accel = macro_number(w, "printer", "max_accel", 0);
	r = 4 * nozzle * nozzle /
	    (3.141592653589793 * (filament * .5) * (filament * .5));
	v = jj_get(j, d, "max_extrude_cross_section", 25);
	if (v.kind == JJ_MISSING)
		jj_put(j, d, "max_extrude_cross_section",
		    jj_float(4 * nozzle * nozzle));
	if (!macro_option(w, "extruder", "max_extrude_only_velocity"))
		jj_put(
		    j, d, "max_extrude_only_velocity", jj_float(velocity * r));
	if (!macro_option(w, "extruder", "max_extrude_only_accel"))
		jj_put(j, d, "max_extrude_only_accel", jj_float(accel * r));
}

static void
from_tree(struct macro_world *w, struct jj_value all)
{
	char name[256], key[128];

	for (struct tree_section *s = w->tree ? w->tree->section : NULL; s;
	     s = s->next) {
		struct jj_value d;

		if (!*s->name || s->schema->flags & SCHEMA_SECTION_OWN)
			continue;
		lower(name, sizeof(name), s->name);
		d = section_dict(w->j, all, name);
		for (struct tree_entry *e = s->entry; e; e = e->next) {
			if (e->key && e->key->flags & SCHEMA_OWN && !e->given)
				continue;
			lower(key, sizeof(key), e->name);
			jj_put(w->j, d, key, value_of(w->j, e->key, &e->value));
		}
	}
}

/* macros, and sections that the schema does not know: text */
static void
from_text(struct macro_world *w, struct jj_value all)
{
	char name[256];

	for (unsigned i = 0; i < w->n_cfg; i++)
		for (struct klippercfg_section *s = w->cfg[i]->section; s;
		     s = s->next) {
			struct jj_value d;
			bool macro = strncmp(s->name, "gcode_macro ", 12) == 0;

			lower(name, sizeof(name), s->name);
			d = section_dict(w->j, all, name);
			for (struct klippercfg_option *o = s->option; o;
			     o = o->next)
				if (jj_get(w->j, d, o->name, strlen(o->name))
					.kind == JJ_MISSING)
					jj_put(w->j, d, o->name,
					    jj_strz(w->j, o->value));
			if (macro && jj_get(w->j, d, "description", 11).kind ==
					 JJ_MISSING)
				jj_put(w->j, d, "description",
				    jj_strz(w->j, "G-Code macro"));
		}
}

void
macro_make_config(struct macro_world *w)
{
	struct jj_value all;

	jinja_begin(w->j);
	w->config = jj_copy(&w->arena, config_dict(w), JJ_SHARED);
	jinja_begin(w->j);
	all = jj_dict_new(w->j);
	from_tree(w, all);
	from_text(w, all);
	computed(w, all);
	w->settings = jj_copy(&w->arena, all, JJ_SHARED);
	jinja_begin(w->j);
}

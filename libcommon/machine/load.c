/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a file to the machine; where the file is looked for. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "machine/build.h"
#include "motion/shaper_def.h"

static char *
if_there(char *path)
{
	if (path && access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

char *
machine_find_config(const char *path, struct diag_sink *sink)
{
	const char *env = getenv("GANTRY_CONFIG"), *home = getenv("HOME");
	const char *xdg = getenv("XDG_CONFIG_HOME");
	struct buf user = BUF_INIT;
	char *found;

	if (path)
		return xstrdup(path);
	if (env && *env)
		return xstrdup(env);
	found = if_there(xstrdup("printer.conf"));
	if (!found && xdg && *xdg)
		buf_addf(&user, "%s/gantry/printer.conf", xdg);
	else if (!found && home && *home)
		buf_addf(&user, "%s/.config/gantry/printer.conf", home);
	if (user.len)
		found = if_there(buf_detach(&user));
	if (!found)
		found = if_there(xstrdup("/etc/gantry/printer.conf"));
	if (!found)
		diag_report(sink, DIAG_ERROR, NULL, "config-open",
		    "there is no configuration: give -c FILE, set "
		    "GANTRY_CONFIG, or put a printer.conf here, into "
		    "~/.config/gantry or into /etc/gantry");
	return found;
}

/* --- what is not a motor, heater or output -------------------------------- */

static void
check_shaper(struct tree *t, struct tree_section *s, const char *key,
    const char *type, double freq, double damping)
{
	char why[SHAPER_WHY_MAX];
	struct shaper_type family;

	if (shaper_type_parse(type, strlen(type), &family, why))
		tree_error(t, s, key, "config-range", "'%s': %s", key, why);
	else if (damping > family.max_damping)
		tree_error(t, s, key, "config-range",
		    "a damping ratio of %g is too much for '%s', it must be "
		    "at most %g",
		    damping, type, family.max_damping);
	else if (shaper_check_reach(&family, freq, damping, why))
		tree_error(t, s, key, "config-range", "%s", why);
}

static void
shapers(struct tree *t, struct machine *m)
{
	struct tree_section *s = tree_section(t, "input_shaper");

	for (int i = 0; i < MACHINE_AXES; i++) {
		char key[32], axis = (char)('x' + i);
		const char *type;

		snprintf(key, sizeof(key), "shaper_type_%c", axis);
		tree_default_text(
		    t, s, key, tree_string(s, "shaper_type", NULL));
		type =
		    tree_string(s, key, tree_string(s, "shaper_type", "mzv"));
		snprintf(key, sizeof(key), "shaper_freq_%c", axis);
		m->shaper[i].freq = tree_double(s, key, 0);
		m->shaper[i].type =
		    build_shaper_name(t, s, axis, type, m->shaper[i].freq);
		snprintf(key, sizeof(key), "damping_ratio_%c", axis);
		m->shaper[i].damping = tree_double(s, key, 0.1);
		snprintf(key, sizeof(key), "shaper_type_%c", axis);
		if (s && m->shaper[i].freq > 0 &&
		    strcmp(m->shaper[i].type, "custom") != 0)
			check_shaper(t, s,
			    tree_entry(s, key) ? key : "shaper_type",
			    m->shaper[i].type, m->shaper[i].freq,
			    m->shaper[i].damping);
	}
}

/* Defaults that only those who read the configuration by name want. */
static void
probe_defaults(struct tree *t)
{
	for (struct tree_section *s = t->section; s; s = s->next) {
		const struct schema_key *k =
		    schema_key(s->schema, "lift_speed");

		if (k && *k->name != '*')
			tree_default(
			    t, s, "lift_speed", tree_double(s, "speed", 5));
		if (strcmp(s->name, "bed_mesh") == 0)
			tree_default_text(t, s, "scan_overshoot", "0");
	}
}

static void
safe_z_home(struct tree *t, struct machine *m)
{
	struct tree_section *s = tree_section(t, "safe_z_home");

	m->has_safe_z_home = s != NULL;
	tree_doubles(s, "home_xy_position", m->home_xy, 2);
	m->safe_z_speed = tree_double(s, "speed", 50);
	m->safe_z_hop = tree_double(s, "z_hop", 0);
	m->safe_z_hop_speed = tree_double(s, "z_hop_speed", 15);
	m->safe_z_move_to_previous = tree_bool(s, "move_to_previous", false);
}

static void
macro_files(struct tree *t, struct machine *m)
{
	const struct tree_entry *e = tree_entry(tree_section(t, ""), "macros");
	uint32_t n = e ? e->value.list.n : 0;
	const char *slash = strrchr(t->file, '/');
	int dir = slash ? (int)(slash - t->file) + 1 : 0;

	m->macros = build_alloc(t, n + 1, sizeof(*m->macros));
	if (t->klipper) /* the file itself, and what it includes */
		m->macros[m->n_macros++] = build_strdup(t, t->file);
	for (uint32_t i = 0; i < n; i++) {
		const char *name = e->value.list.item[i].s;
		struct buf path = BUF_INIT;

		if (*name != '/')
			buf_add(&path, t->file, (size_t)dir);
		buf_adds(&path, name);
		m->macros[m->n_macros++] = build_strdup(t, path.data);
		buf_release(&path);
	}
}

void
build_features(struct tree *t, struct machine *m)
{
	struct tree_section *s = tree_section(t, "firmware_retraction");

	m->has_firmware_retraction = s != NULL;
	m->retract_length = tree_double(s, "retract_length", 0);
	m->retract_speed = tree_double(s, "retract_speed", 20);
	m->unretract_extra_length = tree_double(s, "unretract_extra_length", 0);
	m->unretract_speed = tree_double(s, "unretract_speed", 10);
	s = tree_section(t, "gcode_arcs");
	m->arc_resolution = tree_double(s, "resolution", 1);
	m->arc_chord_error = tree_double(s, "max_chord_error", 0);
	m->recover_velocity = tree_double(
	    tree_section(t, "pause_resume"), "recover_velocity", 50);
	m->idle_timeout =
	    tree_double(tree_section(t, "idle_timeout"), "timeout", 600);
	m->keep_heat_on_error =
	    strcmp(tree_string(tree_section(t, ""), "on_error", "heaters_off"),
		"keep_heat") == 0;
	probe_defaults(t);
	safe_z_home(t, m);
	shapers(t, m);
	macro_files(t, m);
}

struct machine *
machine_from_tree(struct tree *t)
{
	struct machine *m = xcalloc(1, sizeof(*m));

	m->tree = t;
	m->file = build_strdup(t, t->file);
	build_mcus(t, m);
	build_kinematics(t, m);
	build_heaters(t, m);
	build_extruders(t, m);
	build_extra_steppers(t, m);
	build_probe(t, m);
	build_fans(t, m);
	build_outputs(t, m);
	build_features(t, m);
	build_motors(t, m);
	build_kinematics_check(t, m);
	m->config_hash = tree_hash(t);
	return m;
}

struct machine *
machine_load(const char *path, struct diag_sink *sink)
{
	char *found = machine_find_config(path, sink);
	struct machine *m = NULL;
	struct tree *t;

	if (!found)
		return NULL;
	t = tree_load(found, TREE_EVEN_WRONG, sink);
	free(found);
	if (!t)
		return NULL;
	m = machine_from_tree(t);
	if (t->errors) {
		machine_free(m);
		return NULL;
	}
	t->sink = NULL; /* it need not outlive this call */
	return m;
}

void
machine_free(struct machine *m)
{
	if (!m)
		return;
	tree_free(m->tree);
	free(m);
}

const struct tree *
machine_tree(const struct machine *m)
{
	return m->tree;
}

const struct tree_value *
machine_get(const struct machine *m, const char *path)
{
	const struct tree_entry *e = tree_find(m->tree, path);

	return e ? &e->value : NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the printer's configuration says of its shapers now. */
#include "configured.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis.h"
#include "cli/cli.h"
#include "lang/json.h"
#include "machine/machine.h"
#include "machine/tree.h"

#define SMOOTHING_MAX_MM 0.12 /* that max_accel is for */

int
configured_load(struct configured *c, const char *path)
{
	c->machine = machine_load(path, cli_sink());
	return c->machine ? 0 : -1;
}

void
configured_release(struct configured *c)
{
	machine_free(c->machine);
	c->machine = NULL;
}

double
configured_scv(const struct configured *c)
{
	return c->machine->square_corner_velocity;
}

double
configured_max_smoothing(const struct configured *c)
{
	return tree_double(
	    tree_section(machine_tree(c->machine), "resonance_tester"),
	    "max_smoothing", 0);
}

const char *
configured_sensor(const struct machine *m, char room[64])
{
	static const char *const names[] = {
	    "adxl345", "lis2dw", "lis3dh", "mpu9250", "icm20948", "bmi160"};
	const struct tree *t = m ? machine_tree(m) : NULL;
	const char *want = tree_string(
	    tree_section(t, "resonance_tester"), "accel_chip", NULL);

	for (size_t i = 0; t && i < sizeof(names) / sizeof(*names); i++)
		for (struct tree_section *s = tree_next(t, NULL, names[i]); s;
		     s = tree_next(t, s, names[i])) {
			if (want && strcmp(s->name, want) != 0)
				continue;
			snprintf(room, 64, "%s%s%s", names[i],
			    s->suffix ? "." : "", s->suffix ? s->suffix : "");
			return room;
		}
	return names[0];
}

void
configured_measure(struct analysis *a)
{
	struct configured *c = &a->configured;
	char why[SHAPER_WHY_MAX];
	struct score_options options;
	const char *name;
	double f, z;

	if (!c->machine || a->axis < 0 || a->method == ANALYSIS_NONE)
		return;
	name = c->machine->shaper[a->axis].type;
	f = c->machine->shaper[a->axis].freq;
	z = c->machine->shaper[a->axis].damping;
	c->measured = true;
	c->shaped =
	    f > 0 && shaper_type_parse(name, strlen(name), &c->type, why) == 0;
	if (!c->shaped)
		return;
	if (a->n_sets > 0) {
		choose_measure(&a->choose, a->sets, a->n_sets, &c->type, f,
		    fmin(z, c->type.max_damping), &c->choice);
		return;
	}
	options = a->options;
	options.damping = fmin(z, c->type.max_damping);
	score_one(
	    &options, a->normalised, a->recordings.n, &c->type, f, &c->fit);
}

void
configured_row(const struct analysis *a)
{
	const struct configured *c = &a->configured;
	const struct choice *m = &c->choice;

	if (!c->measured)
		return;
	if (!c->shaped)
		printf("# no shaper is configured for %c now\n",
		    (char)('x' + a->axis));
	else if (a->n_sets > 0)
		printf("# %-16s %6.1f Hz %8.3f %7.1f %% %7.1f %% %7.3f mm "
		       "%10.0f  configured now\n",
		    c->type.name, m->freq_hz, m->damping, m->residual * 100,
		    m->robust * 100, m->smoothing,
		    floor(m->max_accel / 10) * 10);
	else
		printf("# configured now: %s @ %.1f Hz (vibrations = %.1f%%, "
		       "smoothing ~= %.3f)\n",
		    c->type.name, c->fit.freq_hz, c->fit.vibration * 100,
		    c->fit.smoothing);
}

/* one key and what it becomes; whether that is something else */
static bool
change(const struct analysis *a, const char *key, const char *now,
    const char *becomes)
{
	const struct tree *t = machine_tree(a->configured.machine);
	const struct tree_section *s = tree_section(t, "input_shaper");
	const struct tree_entry *e = s ? tree_entry(s, key) : NULL;

	if (strcmp(now, becomes) == 0)
		return false;
	if (e && e->given && e->place.line > 0)
		printf("# %s:%u: %s is %s, becomes %s\n",
		    e->place.file ? e->place.file : t->file,
		    (unsigned)e->place.line, key, now, becomes);
	else
		printf("# %s: %s is not there (%s), becomes %s\n", t->file, key,
		    now, becomes);
	return true;
}

static void
accel_line(const struct analysis *a, const struct analysis_answer *w)
{
	const struct machine *m = a->configured.machine;
	struct shaper_type type;
	char why[SHAPER_WHY_MAX];
	struct shaper s;
	double off;

	if (shaper_type_parse(w->name, strlen(w->name), &type, why) != 0 ||
	    shaper_make(
		&type, w->freq_hz, fmin(w->damping, type.max_damping), &s) != 0)
		return;
	off = shaper_smoothing(&s, m->max_accel, m->square_corner_velocity);
	printf("# printer.max_accel is %g mm/s2: corners will be off by %.3f "
	       "mm, %s\n",
	    m->max_accel, off,
	    off > SMOOTHING_MAX_MM ? "which shows" : "which is fine");
}

void
configured_changes(const struct analysis *a, const struct analysis_answer *w)
{
	const struct configured *c = &a->configured;
	char key[32], now[32], then[32], axis = (char)('x' + a->axis);
	bool any;

	if (!c->measured)
		return;
	accel_line(a, w);
	snprintf(key, sizeof(key), "shaper_type_%c", axis);
	any = change(a, key, c->machine->shaper[a->axis].type, w->name);
	snprintf(key, sizeof(key), "shaper_freq_%c", axis);
	snprintf(now, sizeof(now), "%.1f", c->machine->shaper[a->axis].freq);
	snprintf(then, sizeof(then), "%.1f", w->freq_hz);
	any |= change(a, key, now, then);
	if (a->n_sets > 0) {
		snprintf(key, sizeof(key), "damping_ratio_%c", axis);
		snprintf(now, sizeof(now), "%.3f",
		    c->machine->shaper[a->axis].damping);
		snprintf(then, sizeof(then), "%.3f", w->damping);
		any |= change(a, key, now, then);
	}
	if (!any)
		printf(
		    "# %s says so already\n", machine_tree(c->machine)->file);
	else if (machine_tree(c->machine)->klipper)
		printf("# it is a Klipper configuration: write them under "
		       "[input_shaper], with ':' for '='\n");
}

void
configured_json(struct json *j, const struct analysis *a)
{
	const struct configured *c = &a->configured;
	bool modes = a->n_sets > 0;

	if (!c->measured)
		return;
	if (!c->shaped) {
		json_null(j, "configured");
		return;
	}
	json_object(j, "configured");
	json_string(j, "name", c->type.name);
	json_fixed(j, "freq", c->machine->shaper[a->axis].freq, 4);
	json_fixed(j, "damping", modes ? c->choice.damping : c->fit.damping, 6);
	json_double(
	    j, "vibrations", modes ? c->choice.residual : c->fit.vibration);
	json_double(
	    j, "vibrations_worst", modes ? c->choice.robust : c->fit.worst);
	json_double(
	    j, "smoothing", modes ? c->choice.smoothing : c->fit.smoothing);
	json_double(
	    j, "max_accel", modes ? c->choice.max_accel : c->fit.max_accel);
	json_close(j);
}

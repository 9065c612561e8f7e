/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The incumbent's answers on every recording that lies beside the checkout. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/shaper-calibrate/recording.h"
#include "cmd/shaper-calibrate/score.h"
#include "tests/unit/tap.h"

#define DATA "../shared/reference/resonance"

static void
quiet(struct diag_sink *s, enum diag_level level, const struct diag_place *p,
    const char *slug, const char *text)
{
	(void)s;
	(void)level;
	(void)p;
	(void)slug;
	(void)text;
}

static double
number(json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

/* relative, or both nothing */
static bool
same(double got, double want)
{
	return fabs(got - want) <= 1e-6 * fabs(want) + 1e-12;
}

static bool
agree(const struct score_result *r, json_t *want)
{
	json_t *list = json_object_get(want, "shapers"), *o;
	json_t *best = json_object_get(want, "recommended");
	size_t i;

	if (r->n != (int)json_array_size(list))
		return false;
	json_array_foreach(list, i, o)
	{
		const struct score_fit *f = &r->fit[i];

		if (strcmp(f->type->name,
			json_string_value(json_object_get(o, "name"))) != 0 ||
		    !same(f->freq_hz, number(o, "freq_hz")) ||
		    !same(f->vibration, number(o, "vibrations")) ||
		    !same(f->smoothing, number(o, "smoothing")) ||
		    !same(f->max_accel, number(o, "max_accel")))
			return false;
	}
	return strcmp(r->fit[r->best].type->name,
		   json_string_value(json_object_get(best, "name"))) == 0 &&
	       same(r->fit[r->best].freq_hz, number(best, "freq_hz"));
}

static int
load(struct spectrum *p, const char *path)
{
	struct recording_options o = {0};
	struct diag_sink sink = {.emit = quiet};
	struct recordings list = {0};
	int status = recordings_load(&list, path, &o, &sink);

	if (status == 0) {
		spectrum_copy(p, &list.v[0].spectrum);
		if (!list.v[0].mainline)
			spectrum_normalise(p);
	}
	recordings_release(&list);
	return status;
}

static void
shapers(struct score_options *o, const char *list)
{
	char why[SHAPER_WHY_MAX];

	o->n_types = 0;
	while (*list) {
		const char *end = list;
		int depth = 0;

		while (*end && (*end != ',' || depth)) {
			depth += (*end == '(') - (*end == ')');
			end++;
		}
		shaper_type_parse(
		    list, (size_t)(end - list), &o->type[o->n_types++], why);
		list = *end ? end + 1 : end;
	}
}

/* the option sets of the reference */
static void
vary(struct score_options *o, json_t *arguments)
{
	const char *key = json_string_value(json_array_get(arguments, 0));
	const char *text = json_string_value(json_array_get(arguments, 1));
	double v = strtod(text, NULL);

	if (strcmp(key, "--scv") == 0)
		o->scv_mm_s = v;
	else if (strcmp(key, "-s") == 0)
		o->max_smoothing = v;
	else if (strcmp(key, "-v") == 0)
		o->max_vibration = v / 100;
	else if (strcmp(key, "--damping_ratio") == 0)
		o->damping = v;
	else if (strcmp(key, "--shapers") == 0)
		shapers(o, text);
	else if (strcmp(key, "--test_damping_ratios") == 0) {
		o->n_test = 2;
		o->test_damping[0] = 0.02;
		o->test_damping[1] = 0.05;
	}
}

static void
one(const char *path, json_t *entry, const char *name)
{
	json_t *klipper = json_object_get(entry, "klipper"), *variant;
	struct score_options o;
	struct score_result r;
	struct spectrum p;
	const char *key;

	if (!ok(load(&p, path) == 0, "%s is read", name))
		return;
	score_defaults(&o);
	score_spectra(&o, &p, 1, &r);
	ok(agree(&r, json_object_get(klipper, "unrounded")),
	    "%s: type, frequency, vibration, smoothing and acceleration of "
	    "every shaper",
	    name);
	json_object_foreach(
	    json_object_get(entry, "klipper_variants"), key, variant)
	{
		score_defaults(&o);
		vary(&o, json_object_get(variant, "arguments"));
		score_spectra(&o, &p, 1, &r);
		ok(agree(&r, variant), "%s, %s", name, key);
	}
	spectrum_release(&p);
}

static void
all(const char *file, const char *member)
{
	json_t *top = json_load_file(file, 0, NULL), *o;
	json_t *list = member ? json_object_get(top, member) : top;
	const char *name;

	if (!ok(json_is_object(list), "%s is there", file))
		return;
	json_object_foreach(list, name, o)
	{
		char path[512];
		const char *input =
		    json_string_value(json_object_get(o, "input"));

		if (!input)
			continue;
		if (strncmp(input, "real/", 5) == 0)
			snprintf(path, sizeof(path), DATA "/%s", input);
		else if (strncmp(name, "adxl345-", 8) == 0)
			snprintf(path, sizeof(path),
			    DATA "/real/raw_live_belt_tension/%s.csv.gz", name);
		else
			snprintf(path, sizeof(path),
			    DATA "/synthetic/%s.csv.gz", name);
		one(path, o, name);
	}
	json_decref(top);
}

int
main(void)
{
	if (access(DATA "/expected/expected.json", R_OK) != 0) {
		tap_skip("the incumbent's answers", "no reference recordings");
		return done_testing();
	}
	all(DATA "/expected/expected.json", "recordings");
	all(DATA "/expected/expected_other_raw.json", NULL);
	all(DATA "/expected/expected_real_psd.json", NULL);
	return done_testing();
}

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

/* one of the spectra, by printer, axis and time */
struct measured {
	const char *name;
	size_t stem; /* of it: all but the time */
	long day, s; /* of its time */
	struct score_result theirs, ours;
};

static int
by_name(const void *a, const void *b)
{
	const struct measured *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
measure(struct measured *m, const char *name, const char *input,
    const struct score_options *theirs, const struct score_options *ours)
{
	const char *t = name + strlen(name) - strlen("20220101_000000");
	char path[512];
	struct spectrum p;
	long hms = strtol(t + 9, NULL, 10);

	m->name = name;
	m->stem = (size_t)(t - name);
	m->day = strtol(t, NULL, 10);
	m->s = hms / 10000 * 3600 + hms / 100 % 100 * 60 + hms % 100;
	snprintf(path, sizeof(path), DATA "/%s", input);
	if (load(&p, path) != 0)
		return;
	score_spectra(theirs, &p, 1, &m->theirs);
	score_spectra(ours, &p, 1, &m->ours);
	spectrum_release(&p);
}

static bool
same_type(const struct score_result *a, const struct score_result *b)
{
	return a->fit[a->best].type->family == b->fit[b->best].type->family;
}

/*
 * Sweeps of one axis of one printer within 20 minutes: how often another type
 * is recommended.  The incumbent's count is a fact of the reference.
 */
static void
test_repeats(void)
{
	json_t *top = json_load_file(
		   DATA "/expected/expected_real_psd.json", 0, NULL),
	       *o;
	size_t n = json_object_size(top), k = 0;
	struct measured *m = calloc(n + 1, sizeof(*m));
	int pairs = 0, theirs = 0, ours = 0;
	double smooth[2] = {0}, far = 0;
	struct score_options a, b;
	const char *name;

	score_defaults(&a);
	score_defaults(&b);
	b.tolerance = 0.04;
	json_object_foreach(top, name, o) measure(&m[k++], name,
	    json_string_value(json_object_get(o, "input")), &a, &b);
	qsort(m, n, sizeof(*m), by_name);
	for (k = 0; k + 1 < n; k++) {
		const struct score_result *x = &m[k].ours, *y = &m[k + 1].ours;

		smooth[0] += m[k].theirs.fit[m[k].theirs.best].smoothing;
		smooth[1] += x->fit[x->best].smoothing;
		if (m[k].stem != m[k + 1].stem || m[k].day != m[k + 1].day ||
		    strncmp(m[k].name, m[k + 1].name, m[k].stem) != 0 ||
		    m[k + 1].s - m[k].s >= 1200)
			continue;
		pairs++;
		theirs += !same_type(&m[k].theirs, &m[k + 1].theirs);
		ours += !same_type(x, y);
		far +=
		    fabs(x->fit[x->best].freq_hz - y->fit[y->best].freq_hz) > 5;
	}
	is_int(pairs, 38, "pairs of sweeps within 20 minutes");
	is_int(theirs, 10, "of them change the incumbent's type");
	ok(ours <= 4, "and %d ours", ours);
	ok(far <= 4, "%.0f move our frequency by more than 5 Hz", far);
	ok(smooth[1] < 1.1 * smooth[0],
	    "our shapers smooth %.3f times as much as theirs",
	    smooth[1] / smooth[0]);
	free(m);
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
	test_repeats();
	return done_testing();
}

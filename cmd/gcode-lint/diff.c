/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between two prints: path, flow, speed, heat and time. */
#include <math.h>
#include <string.h>

#include "lang/json.h"
#include "summary.h"

#define SAME_Z 0.005 /* mm: layers at one height */

struct diff {
	const struct diff_options *o;
	struct buf *out;
	struct json json;
	bool is_json;
	unsigned found;
};

/* one difference of a layer, an object or the print */
static void
differs(struct diff *d, const char *where, const char *name, double z,
    const char *what, double a, double b, const char *unit)
{
	d->found++;
	if (d->is_json) {
		json_object(&d->json, NULL);
		if (name)
			json_string(&d->json, where, name);
		else if (z >= 0)
			json_fixed(&d->json, where, z, 4);
		json_string(&d->json, "what", what);
		json_fixed(&d->json, "a", a, 6);
		json_fixed(&d->json, "b", b, 6);
		json_string(&d->json, "unit", unit);
		json_close(&d->json);
		return;
	}
	if (name)
		buf_addf(d->out, "%s '%s': ", where, name);
	else if (z >= 0)
		buf_addf(d->out, "layer %.3f: ", z);
	else
		buf_addf(d->out, "print: ");
	buf_addf(d->out, "%s %.6g -> %.6g %s", what, a, b, unit);
	if (a > 0)
		buf_addf(d->out, " (%+.2g %%)", (b / a - 1) * 100);
	buf_addc(d->out, '\n');
}

static bool
apart(double a, double b, double relative, double least)
{
	return fabs(a - b) > fmax(relative * fmax(fabs(a), fabs(b)), least);
}

/* how far the beads have moved as a whole: centre and spread, mm */
static double
path_shift(const struct layer_sum *a, const struct layer_sum *b)
{
	double far = 0, ma[5], mb[5];

	if (a->bead <= 0 || b->bead <= 0)
		return 0;
	for (int i = 0; i < 5; i++) {
		ma[i] = a->moment[i] / a->bead;
		mb[i] = b->moment[i] / b->bead;
	}
	for (int i = 0; i < 2; i++) {
		double sa = sqrt(fmax(ma[2 + i] - ma[i] * ma[i], 0));
		double sb = sqrt(fmax(mb[2 + i] - mb[i] * mb[i], 0));

		far = fmax(far, fabs(ma[i] - mb[i]));
		far = fmax(far, fabs(sa - sb));
		far = fmax(far, fabs(a->min[i] - b->min[i]));
		far = fmax(far, fabs(a->max[i] - b->max[i]));
	}
	return far;
}

static void
layer(struct diff *d, const struct layer_sum *a, const struct layer_sum *b)
{
	const struct diff_options *o = d->o;
	double shift = path_shift(a, b);

	if (apart(a->bead, b->bead, o->path / 100, 0.05))
		differs(d, "layer", NULL, a->z, "path", a->bead, b->bead, "mm");
	else if (shift > o->path)
		differs(
		    d, "layer", NULL, a->z, "path moved by", 0, shift, "mm");
	if (a->bead > 0 && b->bead > 0 &&
	    apart(a->filament / a->bead, b->filament / b->bead, o->flow, 0))
		differs(d, "layer", NULL, a->z, "filament a mm of path",
		    a->filament / a->bead, b->filament / b->bead, "mm");
	if (a->bead_time > 0 && b->bead_time > 0 &&
	    apart(a->bead / a->bead_time, b->bead / b->bead_time, o->speed, 0))
		differs(d, "layer", NULL, a->z, "speed of beads",
		    a->bead / a->bead_time, b->bead / b->bead_time, "mm/s");
	if (apart(a->nozzle, b->nozzle, 0, o->temperature))
		differs(d, "layer", NULL, a->z, "nozzle", a->nozzle, b->nozzle,
		    "C");
	if (apart(a->bed, b->bed, 0, o->temperature))
		differs(d, "layer", NULL, a->z, "bed", a->bed, b->bed, "C");
	if (apart(a->fan, b->fan, 0, 0.02))
		differs(d, "layer", NULL, a->z, "fan", a->fan * 100,
		    b->fan * 100, "%");
	if (apart(a->time, b->time, o->time, 0.1))
		differs(d, "layer", NULL, a->z, "time", a->time, b->time, "s");
}

static void
layers(struct diff *d, const struct summary *a, const struct summary *b)
{
	size_t i = 0, k = 0;

	while (i < a->n_layers || k < b->n_layers) {
		const struct layer_sum *p =
		    i < a->n_layers ? &a->layer[i] : NULL;
		const struct layer_sum *q =
		    k < b->n_layers ? &b->layer[k] : NULL;

		if (p && q && fabs(p->z - q->z) <= SAME_Z) {
			layer(d, p, q);
			i++;
			k++;
		} else if (p && (!q || p->z < q->z)) {
			differs(
			    d, "layer", NULL, p->z, "path", p->bead, 0, "mm");
			i++;
		} else if (q) {
			differs(
			    d, "layer", NULL, q->z, "path", 0, q->bead, "mm");
			k++;
		}
	}
}

static const struct object_sum *
find(const struct summary *s, const char *name)
{
	for (size_t i = 0; i < s->n_objects; i++)
		if (strcmp(s->object[i].name, name) == 0)
			return &s->object[i];
	return NULL;
}

static void
objects(struct diff *d, const struct summary *a, const struct summary *b)
{
	static const struct object_sum none = {0};

	for (size_t i = 0; i < a->n_objects; i++) {
		const struct object_sum *p = &a->object[i];
		const struct object_sum *q = find(b, p->name);

		if (!q)
			q = &none;
		if (apart(p->time, q->time, d->o->time, 0.5))
			differs(d, "object", p->name, -1, "time", p->time,
			    q->time, "s");
		if (apart(p->filament, q->filament, d->o->flow, 0.1))
			differs(d, "object", p->name, -1, "filament",
			    p->filament, q->filament, "mm");
	}
	for (size_t i = 0; i < b->n_objects; i++)
		if (!find(a, b->object[i].name))
			differs(d, "object", b->object[i].name, -1, "time", 0,
			    b->object[i].time, "s");
}

unsigned
summary_diff(const struct summary *a, const struct summary *b,
    const struct diff_options *o, struct buf *out, bool json)
{
	struct diff d = {.o = o, .out = out, .is_json = json};

	if (json) {
		json_begin(&d.json, out);
		json_object(&d.json, NULL);
		json_string(&d.json, "format", "gcode-lint-diff");
		json_int(&d.json, "version", 1);
		json_array(&d.json, "differences");
	}
	layers(&d, a, b);
	objects(&d, a, b);
	if (apart(a->time, b->time, o->time, 0.5))
		differs(&d, "print", NULL, -1, "time", a->time, b->time, "s");
	if (apart(a->filament, b->filament, o->flow, 0.1))
		differs(&d, "print", NULL, -1, "filament", a->filament,
		    b->filament, "mm");
	if (json) {
		json_close(&d.json);
		json_close(&d.json);
		json_newline(&d.json);
	}
	return d.found;
}

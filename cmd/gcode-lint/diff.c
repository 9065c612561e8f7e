/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between two prints: path, flow, speed, heat and time. */
#include "diff.h"

#include <math.h>
#include <string.h>

#include "lang/json.h"

#define SAME_Z	 0.005 /* mm: layers at one height */
#define LOCAL	 2.0   /* a few beads may differ that much more in flow */
#define NODE_MIN 1.0   /* mm of bead at a node that has a flow */
#define FAN_SAME 0.02

static const struct rule_row kinds[] = {
    {"path", "D001", DIAG_NOTE, "beads lie elsewhere"},
    {"flow", "D002", DIAG_NOTE, "beads take more or less filament"},
    {"speed", "D003", DIAG_NOTE, "beads are printed faster or slower"},
    {"temperature", "D004", DIAG_NOTE, "nozzle or bed are hotter or colder"},
    {"fan", "D005", DIAG_NOTE, "the fan turns faster or slower"},
    {"time", "D006", DIAG_NOTE, "the print takes longer or shorter"},
};
_Static_assert(
    sizeof(kinds) / sizeof(kinds[0]) == N_DIFFERENCES, "one row a kind");

struct diff {
	const struct diff_options *o;
	struct findings *f;
	unsigned found;
};

/* of which layer or object, and where it stands in its file */
struct subject {
	const char *where; /* "layer", "object", "print" */
	const char *name;  /* of an object */
	double z;
	const char *file;
	uint32_t line;
	bool near; /* at this place alone */
	double x, y;
};

static void
as_json(struct diff *d, const struct subject *s, enum difference kind,
    const char *what, double a, double b, const char *unit)
{
	struct json *j = &d->f->json;

	json_object(j, NULL);
	if (s->name)
		json_string(j, s->where, s->name);
	else if (s->where[0] == 'l')
		json_fixed(j, s->where, s->z, 4);
	json_string(j, "kind", kinds[kind].slug);
	json_string(j, "what", what);
	json_fixed(j, "a", a, 6);
	json_fixed(j, "b", b, 6);
	json_string(j, "unit", unit);
	if (s->near) {
		json_fixed(j, "x", s->x, 1);
		json_fixed(j, "y", s->y, 1);
	}
	json_string(j, "file", s->file);
	if (s->line)
		json_int(j, "line", s->line);
	json_close(j);
}

/* one difference of a layer, an object or the print */
static void
differs(struct diff *d, const struct subject *s, enum difference kind,
    const char *what, double a, double b, const char *unit)
{
	struct buf t = BUF_INIT;

	d->found++;
	if (d->f->format == REPORT_JSON) {
		as_json(d, s, kind, what, a, b, unit);
		return;
	}
	if (s->name)
		buf_addf(&t, "%s '%s': ", s->where, s->name);
	else if (s->where[0] == 'l')
		buf_addf(&t, "layer %.3f: ", s->z);
	else
		buf_addf(&t, "%s: ", s->where);
	buf_addf(&t, "%s ", what);
	if (s->near)
		buf_addf(&t, "near X %.0f Y %.0f ", s->x, s->y);
	buf_addf(&t, "%.6g -> %.6g %s", a, b, unit);
	if (a > 0 && b > 0)
		buf_addf(&t, " (%+.2g %%)", (b / a - 1) * 100);
	finding_rec(d->f, (enum rule)kind, s->file, s->line, "%s", t.data);
	buf_release(&t);
}

static bool
apart(double a, double b, double relative, double least)
{
	return fabs(a - b) > fmax(relative * fmax(fabs(a), fabs(b)), least);
}

/* how far the beads have moved as a whole: centre and spread, mm */
static double
path_shift(const struct beads *a, const struct beads *b)
{
	double far = 0;

	if (a->bead <= 0 || b->bead <= 0)
		return 0;
	for (int i = 0; i < 2; i++) {
		double ma = a->moment[i] / a->bead, mb = b->moment[i] / b->bead;
		double sa = a->moment[2 + i] / a->bead - ma * ma;
		double sb = b->moment[2 + i] / b->bead - mb * mb;

		far = fmax(far, fabs(ma - mb));
		far = fmax(far, fabs(sqrt(fmax(sa, 0)) - sqrt(fmax(sb, 0))));
		far = fmax(far, fabs(a->min[i] - b->min[i]));
		far = fmax(far, fabs(a->max[i] - b->max[i]));
	}
	return far;
}

/* how many times more than what is no difference; beads at a node may all have
 * moved by half of it */
static double
excess(const struct diff_options *o, const struct beads_node *p,
    const struct beads_node *q, bool flow)
{
	double most = fmax((double)p->bead, (double)q->bead);
	double same = o->path / BEADS_CELL * fmax(1, most / 2);
	double moved = fabs((double)p->bead - (double)q->bead) / same;

	if (!flow)
		return moved;
	if (moved > 1 || (double)p->bead < NODE_MIN)
		return 0;
	return fabs((double)q->filament / (double)p->filament - 1) /
	       (LOCAL * o->flow + moved * same / most);
}

/* the place where the two grids differ most, in beads or in their flow */
static double
worst_node(const struct diff_options *o, const struct beads_grid *a,
    const struct beads_grid *b, bool flow, int at[2])
{
	const struct beads_grid *both[2] = {a, b};
	double worst = 0;

	for (int k = 0; k < 2; k++) {
		const struct beads_grid *g = both[k];

		for (int i = 0; i < g->nx * g->ny; i++) {
			int x = g->x0 + i % g->nx, y = g->y0 + i / g->nx;
			struct beads_node p = beads_at(a, x, y);
			struct beads_node q = beads_at(b, x, y);
			double now = excess(o, &p, &q, flow);

			if (!(now > worst))
				continue;
			worst = now;
			at[0] = x;
			at[1] = y;
		}
	}
	return worst;
}

/* what moments and sums do not show: a few beads among many */
static void
local(struct diff *d, const struct subject *s, const struct beads *a,
    const struct beads *b, bool flow)
{
	struct subject place = *s;
	struct beads_node p, q;
	int at[2] = {0, 0};

	if (worst_node(d->o, &a->grid, &b->grid, flow, at) <= 1)
		return;
	p = beads_at(&a->grid, at[0], at[1]);
	q = beads_at(&b->grid, at[0], at[1]);
	place.near = true;
	place.x = at[0] * BEADS_CELL;
	place.y = at[1] * BEADS_CELL;
	if (flow)
		differs(d, &place, DIFF_FLOW, "filament", (double)p.filament,
		    (double)q.filament, "mm");
	else
		differs(d, &place, DIFF_PATH, "path", (double)p.bead,
		    (double)q.bead, "mm");
}

static void
path(struct diff *d, const struct subject *s, const struct beads *a,
    const struct beads *b)
{
	double shift = path_shift(a, b);

	if (apart(a->bead, b->bead, d->o->path / 100, 0.05))
		differs(d, s, DIFF_PATH, "path", a->bead, b->bead, "mm");
	else if (shift > d->o->path)
		differs(d, s, DIFF_PATH, "path moved by", 0, shift, "mm");
	else
		local(d, s, a, b, false);
}

static void
heat(struct diff *d, const struct subject *s, enum difference kind,
    const char *what, const double a[2], const double b[2], double same,
    double scale, const char *unit)
{
	for (int i = 1; i >= 0; i--) {
		if (!apart(a[i], b[i], 0, same))
			continue;
		differs(d, s, kind, what, a[i] * scale, b[i] * scale, unit);
		return;
	}
}

/* the beads of a layer or an object */
static void
beads(struct diff *d, const struct subject *s, const struct beads *a,
    const struct beads *b)
{
	const struct diff_options *o = d->o;
	bool both = a->bead > 0 && b->bead > 0;

	path(d, s, a, b);
	if (both &&
	    apart(a->filament / a->bead, b->filament / b->bead, o->flow, 0))
		differs(d, s, DIFF_FLOW, "filament a mm of path",
		    a->filament / a->bead, b->filament / b->bead, "mm");
	else if (both)
		local(d, s, a, b, true);
	if (both && a->bead_time > 0 && b->bead_time > 0 &&
	    apart(a->bead / a->bead_time, b->bead / b->bead_time, o->speed, 0))
		differs(d, s, DIFF_SPEED, "speed of beads",
		    a->bead / a->bead_time, b->bead / b->bead_time, "mm/s");
	if (both) {
		heat(d, s, DIFF_TEMPERATURE, "nozzle", a->nozzle, b->nozzle,
		    o->temperature, 1, "C");
		heat(d, s, DIFF_TEMPERATURE, "bed", a->bed, b->bed,
		    o->temperature, 1, "C");
		heat(d, s, DIFF_FAN, "fan", a->fan, b->fan, FAN_SAME, 100, "%");
	}
	if (apart(a->time, b->time, o->time, 0.1))
		differs(d, s, DIFF_TIME, "time", a->time, b->time, "s");
}

/* objects printed one after the other begin at the bed again: the round that
 * layer i belongs to */
static unsigned
next_round(const struct summary *s, size_t i, unsigned round)
{
	return i > 0 && i < s->n_layers &&
		       s->layer[i].z < s->layer[i - 1].z - SAME_Z
		   ? round + 1
		   : round;
}

static struct subject
layer_subject(const struct diff_print *p, const struct layer_sum *l)
{
	return (struct subject){
	    .where = "layer", .z = l->z, .file = p->file, .line = l->line};
}

static void
layers(
    struct diff *d, const struct diff_print *old, const struct diff_print *now)
{
	const struct summary *a = old->sum, *b = now->sum;
	size_t i = 0, k = 0;
	unsigned round_a = 0, round_b = 0;

	while (i < a->n_layers || k < b->n_layers) {
		const struct layer_sum *p =
		    i < a->n_layers ? &a->layer[i] : NULL;
		const struct layer_sum *q =
		    k < b->n_layers ? &b->layer[k] : NULL;
		bool first =
		    p && (!q || round_a < round_b ||
			     (round_a == round_b && p->z < q->z - SAME_Z));
		bool same =
		    p && q && round_a == round_b && fabs(p->z - q->z) <= SAME_Z;
		struct subject s = same || !first ? layer_subject(now, q)
						  : layer_subject(old, p);

		if (same)
			beads(d, &s, &p->beads, &q->beads);
		else
			differs(d, &s, DIFF_PATH, "path",
			    first ? p->beads.bead : 0,
			    first ? 0 : q->beads.bead, "mm");
		if (same || first)
			round_a = next_round(a, ++i, round_a);
		if (same || !first)
			round_b = next_round(b, ++k, round_b);
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
objects(
    struct diff *d, const struct diff_print *old, const struct diff_print *now)
{
	static const struct beads none = {0};

	for (size_t i = 0; i < old->sum->n_objects; i++) {
		const struct object_sum *p = &old->sum->object[i];
		const struct object_sum *q = find(now->sum, p->name);
		struct subject s = {.where = "object",
		    .name = p->name,
		    .file = q ? now->file : old->file,
		    .line = q ? q->line : p->line};

		beads(d, &s, &p->beads, q ? &q->beads : &none);
	}
	for (size_t i = 0; i < now->sum->n_objects; i++) {
		const struct object_sum *q = &now->sum->object[i];
		struct subject s = {.where = "object",
		    .name = q->name,
		    .file = now->file,
		    .line = q->line};

		if (!find(old->sum, q->name))
			beads(d, &s, &none, &q->beads);
	}
}

void
diff_findings(struct findings *f)
{
	f->table = kinds;
	f->n_rules = N_DIFFERENCES;
	f->fails_from = DIAG_NOTE;
	for (int i = 0; i < N_DIFFERENCES; i++)
		f->level[i] = (int)kinds[i].level;
}

unsigned
diff_prints(struct findings *f, const struct diff_print *old,
    const struct diff_print *now, const struct diff_options *o)
{
	struct diff d = {.o = o, .f = f};
	const struct summary *a = old->sum, *b = now->sum;
	struct subject s = {.where = "print", .file = now->file};
	bool json = f->format == REPORT_JSON;

	findings_file(f, now->file);
	if (json) {
		json_begin(&f->json, &f->out);
		json_object(&f->json, NULL);
		json_string(&f->json, "format", "gcode-lint-diff");
		json_int(&f->json, "version", 1);
		json_array(&f->json, "differences");
	} else {
		findings_begin(f);
	}
	layers(&d, old, now);
	objects(&d, old, now);
	if (apart(a->time, b->time, o->time, 0.5))
		differs(&d, &s, DIFF_TIME, "time", a->time, b->time, "s");
	if (apart(a->filament, b->filament, o->flow, 0.1))
		differs(&d, &s, DIFF_FLOW, "filament", a->filament, b->filament,
		    "mm");
	if (json) {
		json_close(&f->json);
		json_close(&f->json);
		json_newline(&f->json);
		return d.found;
	}
	findings_file_end(f);
	if (f->format != REPORT_TEXT)
		findings_end(f);
	return d.found;
}

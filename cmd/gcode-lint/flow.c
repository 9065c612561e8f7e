/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which beads extrude differently from all others of their kind? */
#include "flow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define SAME	   0.03 /* ratios this near are one */
#define ODD	   0.10 /* this far from all usual ones is odd */
#define USUAL_SEEN 3	/* times makes a ratio usual */
#define KIND_SEEN  8	/* beads make a kind that can be judged */
#define NEIGHBOURS 8	/* lines: nearer odd beads stand together */
#define RUN	   3	/* that many of them are a slicer's doing */

void
flow_init(struct flow *f, flow_odd_fn *tell, void *ctx)
{
	memset(f, 0, sizeof(*f));
	f->tell = tell;
	f->ctx = ctx;
}

static bool
usual(const struct flow_ratio *r)
{
	return r->count >= USUAL_SEEN;
}

/* the usual ratio nearest to this one; 0: none */
static double
nearest_usual(const struct flow_kind *k, double ratio)
{
	double best = 0;

	for (int i = 0; i < k->n; i++)
		if (usual(&k->ratio[i]) &&
		    (best == 0 ||
			fabs(k->ratio[i].ratio - ratio) < fabs(best - ratio)))
			best = k->ratio[i].ratio;
	return best;
}

static void
judge_ratio(
    struct flow *f, const struct flow_kind *k, const struct flow_ratio *r)
{
	double near = nearest_usual(k, r->ratio);

	if (k->total < KIND_SEEN || usual(r) || near <= 0 ||
	    fabs(r->ratio - near) <= ODD * near || f->n_odd == FLOW_ODD_MAX)
		return;
	if (!f->odd)
		f->odd = xcalloc(FLOW_ODD_MAX, sizeof(*f->odd));
	f->odd[f->n_odd++] = (struct flow_odd){r->line, r->ratio, near};
}

static void
judge(struct flow *f, const struct flow_kind *k)
{
	for (int i = 0; i < k->n; i++)
		judge_ratio(f, k, &k->ratio[i]);
}

void
flow_kind(struct flow *f, uint64_t key, double expected)
{
	struct flow_kind *oldest = &f->kind[0];

	f->clock++;
	if (f->at && f->at->key == key) {
		f->at->used = f->clock;
		return;
	}
	for (int i = 0; i < FLOW_KINDS; i++) {
		struct flow_kind *k = &f->kind[i];

		if (k->used && k->key == key) {
			k->used = f->clock;
			f->at = k;
			return;
		}
		if (k->used < oldest->used)
			oldest = k;
	}
	if (oldest->used)
		judge(f, oldest);
	*oldest = (struct flow_kind){
	    .key = key, .used = f->clock, .expected = expected};
	f->at = oldest;
}

/* a new ratio takes the place of the rarest odd one when all are taken */
static void
new_ratio(struct flow *f, struct flow_kind *k, uint32_t line, double ratio)
{
	struct flow_ratio *r = &k->ratio[0];

	if (k->n < FLOW_RATIOS) {
		r = &k->ratio[k->n++];
	} else {
		for (int i = 1; i < k->n; i++)
			if (k->ratio[i].count < r->count)
				r = &k->ratio[i];
		judge_ratio(f, k, r);
	}
	*r = (struct flow_ratio){.ratio = ratio, .count = 1, .line = line};
}

void
flow_bead(struct flow *f, uint32_t line, double way, double filament,
    double tolerance)
{
	struct flow_kind *k = f->at;
	double ratio = filament / way;

	if (!k)
		return;
	k->total++;
	for (int i = 0; i < k->n; i++) {
		struct flow_ratio *r = &k->ratio[i];

		if (fabs(ratio - r->ratio) > (SAME + tolerance) * r->ratio)
			continue;
		r->count++;
		if (i > 0 && r->count > r[-1].count) {
			struct flow_ratio other = r[-1];

			r[-1] = *r;
			*r = other;
		}
		return;
	}
	/* a bead that short says nothing new */
	if (tolerance < ODD)
		new_ratio(f, k, line, ratio);
}

static int
by_line(const void *a, const void *b)
{
	const struct flow_odd *p = a, *q = b;

	return p->line < q->line ? -1 : p->line > q->line;
}

/* groups of neighbours: small ones are defects */
static void
tell_odd(struct flow *f)
{
	size_t from = 0;

	qsort(f->odd, f->n_odd, sizeof(*f->odd), by_line);
	for (size_t i = 1; i <= f->n_odd; i++) {
		if (i < f->n_odd &&
		    f->odd[i].line - f->odd[i - 1].line <= NEIGHBOURS)
			continue;
		for (size_t k = from; k < i && i - from < RUN; k++)
			f->tell(f->ctx, f->odd[k].line, f->odd[k].ratio,
			    f->odd[k].usual);
		from = i;
	}
}

void
flow_end(struct flow *f)
{
	for (int i = 0; i < FLOW_KINDS; i++)
		if (f->kind[i].used)
			judge(f, &f->kind[i]);
	if (f->n_odd)
		tell_odd(f);
	flow_release(f);
}

void
flow_release(struct flow *f)
{
	free(f->odd);
	f->odd = NULL;
	f->n_odd = 0;
	memset(f->kind, 0, sizeof(f->kind));
	f->at = NULL;
}

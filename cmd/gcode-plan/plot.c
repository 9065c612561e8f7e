/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan as a picture. */
#include "cmd/gcode-plan/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

int
plot_range_parse(struct plot_range *r, const char *text, bool by_line)
{
	const char *dash = strchr(text, '-');

	r->by_line = by_line;
	if (!dash || num_parse_decimal(text, (size_t)(dash - text), &r->from) ||
	    num_parse_decimal(dash + 1, strlen(dash + 1), &r->to) ||
	    r->from < 0 || r->to < r->from)
		return -1;
	return 0;
}

void
plot_init(struct plot *p, const struct machine *machine,
    const struct plot_range *range)
{
	memset(p, 0, sizeof(*p));
	p->machine = machine;
	p->range = *range;
	if (machine->n_extruders) {
		p->bends =
		    machine->extruder[0].advance.law != MACHINE_ADVANCE_LINEAR;
		p->advance =
		    machine->extruder[0].advance.law == MACHINE_ADVANCE_LINEAR
			? machine->extruder[0].pressure_advance
			: machine->extruder[0].advance.linear;
	}
	for (int i = 0; i < 2; i++) {
		snprintf(p->shaper[i].type, sizeof(p->shaper[i].type), "%s",
		    machine->shaper[i].type ? machine->shaper[i].type : "");
		p->shaper[i].freq = machine->shaper[i].freq;
		p->shaper[i].damping = machine->shaper[i].damping;
	}
}

void
plot_release(struct plot *p)
{
	free(p->move);
	free(p->source);
	p->source = NULL;
	p->move = NULL;
	p->n = p->alloc = 0;
}

/* what a shaper may reach for, s */
#define CONTEXT_S 0.5

/* Moves before the range are given up again when they are too old. */
static void
forget(struct plot *p, double t)
{
	size_t old = 0;

	while (old < p->n && p->move[old].t < t - CONTEXT_S)
		old++;
	/* the last of them may be a long one */
	old -= old > 0;
	if (old < 64)
		return;
	p->n -= old;
	memmove(p->move, p->move + old, p->n * sizeof(*p->move));
}

static void
keep(struct plot *p, const struct plan_record *rec)
{
	const struct plan_move *m = &rec->u.move;
	double t = p->group_t + rec->t;
	double end = t + m->accel_t + m->cruise_t + m->decel_t;
	double low = p->range.by_line ? rec->line : end;
	double high = p->range.by_line ? rec->line : t;

	p->end_t = end;
	if (low >= p->range.from && high <= p->range.to) {
		if (p->drawn++ == 0) {
			p->begin = t;
			p->first_line = rec->line;
		}
		p->end = end;
		p->last_line = rec->line;
		if (!p->range.by_line) {
			p->begin = fmax(p->begin, p->range.from);
			p->end = fmin(p->end, p->range.to);
		}
	} else if (p->drawn > 0 && t > p->end + CONTEXT_S) {
		return;
	} else if (p->drawn == 0) {
		forget(p, t);
	}
	ALLOC_GROW(p->move, p->n + 1, p->alloc);
	p->move[p->n++] = (struct plot_move){t, rec->line, p->advance, *m};
}

void
plot_add(struct plot *p, const struct plan_record *rec)
{
	int axis;

	switch (rec->type) {
	case PLAN_MOVE:
		keep(p, rec);
		break;
	case PLAN_DWELL:
		p->end_t = p->group_t + rec->t + rec->u.dwell.duration;
		break;
	case PLAN_BARRIER:
		p->group_t = p->end_t;
		break;
	case PLAN_SOURCE:
		if (p->drawn == 0) {
			free(p->source);
			p->source = xstrdup(rec->u.text.s);
		}
		break;
	case PLAN_ADVANCE:
		if (!p->bends)
			p->advance = rec->u.advance.advance;
		break;
	case PLAN_LAW:
		p->bends = rec->u.law.law != PLAN_LAW_LINEAR;
		if (p->bends)
			p->advance = rec->u.law.linear;
		break;
	case PLAN_SHAPER:
		axis = rec->u.shaper.axis == PLAN_Y;
		if (rec->u.shaper.axis == PLAN_Z)
			break;
		memcpy(p->shaper[axis].type, rec->u.shaper.type,
		    sizeof(p->shaper[axis].type));
		p->shaper[axis].freq = rec->u.shaper.freq;
		p->shaper[axis].damping = rec->u.shaper.damping;
		break;
	default:
		break;
	}
}

/* ---- the picture ---- */

#define LEFT   80
#define TOP    40
#define HEIGHT 150
#define GAP    30
#define WIDTH  (LEFT + PLOT_COLUMNS + 30)

struct trace {
	enum plot_kind kind;
	const char *colour, *label;
};

struct panel {
	const char *title, *unit;
	struct trace trace[2];
	bool from_zero; /* and its mean says something */
};

static const struct panel panels[] = {
    {"speed along the path", "mm/s",
	{{PLOT_SPEED, "#1f77b4", "planned"},
	    {PLOT_SHAPED_SPEED, "#0b2545", "shaped"}},
	true},
    {"acceleration along the path", "mm/s2",
	{{PLOT_ACCELERATION, "#d62728", "planned"}}, false},
    {"flow", "mm3/s",
	{{PLOT_PRESSED, "#ffbb78", "with pressure advance"},
	    {PLOT_FLOW, "#2ca02c", "planned"}},
	true},
    {"X", "mm",
	{{PLOT_X, "#9ecae1", "planned"}, {PLOT_SHAPED_X, "#08519c", "shaped"}},
	false},
    {"Y", "mm",
	{{PLOT_Y, "#c7a5e0", "planned"}, {PLOT_SHAPED_Y, "#54278f", "shaped"}},
	false},
};

#define N_PANELS (sizeof(panels) / sizeof(panels[0]))

/* 1, 2 or 5 times a power of ten, for about n steps in the range */
static double
nice_step(double range, int n)
{
	double raw = range / n, unit;

	if (!(raw > 0))
		return 1;
	unit = pow(10, floor(log10(raw)));
	raw /= unit;
	return unit * (raw < 1.5 ? 1 : raw < 3.5 ? 2 : raw < 7.5 ? 5 : 10);
}

static void
put_text(
    struct buf *out, double x, double y, const char *anchor, const char *text)
{
	buf_addf(out,
	    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y,
	    anchor, text);
}

static void
put_rule(struct buf *out, double x0, double y0, double x1, double y1)
{
	buf_addf(out, "<path class=\"rule\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", x0,
	    y0, x1, y1);
}

/* the bounds of what a panel shows, from all its traces */
static void
bounds(const struct plot_signal *s, double *low, double *high)
{
	for (int i = 0; i < PLOT_COLUMNS; i++) {
		if (s->low[i] > s->high[i])
			continue;
		*low = fmin(*low, s->low[i]);
		*high = fmax(*high, s->high[i]);
	}
}

/* so many moves that the bands run together */
static bool
is_dense(const struct plot *p)
{
	return p->drawn > PLOT_COLUMNS / 2;
}

/* the mean over each column's time */
static void
put_mean(struct buf *out, const struct plot_signal *s, const char *colour,
    double y0, double low, double high)
{
	double scale = HEIGHT / (high - low);
	char letter = 'M';

	buf_addf(out, "<path stroke=\"%s\" fill=\"none\" d=\"", colour);
	for (int i = 0; i < PLOT_COLUMNS; i++) {
		if (!(s->time[i] > 0)) {
			letter = 'M';
			continue;
		}
		buf_addf(out, "%c%d %.1f ", letter, LEFT + i,
		    y0 + (high - s->sum[i] / s->time[i]) * scale);
		letter = 'L';
	}
	buf_adds(out, "\"/>\n");
}

/* the band between least and greatest, there and back, run by run */
static void
put_band(struct buf *out, const struct plot_signal *s, const char *colour,
    const char *style, double y0, double low, double high)
{
	double scale = HEIGHT / (high - low);

	for (int i = 0, j; i < PLOT_COLUMNS; i = j + 1) {
		for (j = i; j < PLOT_COLUMNS && s->low[j] <= s->high[j]; j++)
			;
		if (j == i)
			continue;
		buf_addf(out, "<path fill=\"%s\" stroke=\"%s\"%s d=\"M", colour,
		    colour, style);
		for (int k = i; k < j; k++)
			buf_addf(out, "%d %.1f ", LEFT + k,
			    y0 + (high - s->high[k]) * scale);
		for (int k = j - 1; k >= i; k--)
			buf_addf(out, "%d %.1f ", LEFT + k,
			    y0 + (high - s->low[k]) * scale);
		buf_adds(out, "Z\"/>\n");
	}
}

static void
put_scale(struct buf *out, double y0, double low, double high)
{
	double step = nice_step(high - low, 5);

	for (double v = ceil(low / step) * step; v <= high; v += step) {
		double y = y0 + (high - v) * HEIGHT / (high - low);
		char text[32];

		snprintf(
		    text, sizeof(text), "%g", fabs(v) < step / 1000 ? 0 : v);
		put_rule(out, LEFT, y, LEFT + PLOT_COLUMNS, y);
		put_text(out, LEFT - 6, y + 4, "end", text);
	}
}

/* one panel; how high it has become */
static double
put_panel(
    const struct plot *p, const struct panel *panel, struct buf *out, double y0)
{
	static struct plot_signal signal[2];
	double low = HUGE_VAL, high = -HUGE_VAL, x = LEFT + 4;
	bool there[2] = {false};

	for (int i = 0; i < 2; i++) {
		there[i] =
		    panel->trace[i].label &&
		    plot_signal(p, panel->trace[i].kind, &signal[i]) == 0;
		if (there[i])
			bounds(&signal[i], &low, &high);
	}
	if (!(low <= high))
		return 0;
	if (panel->from_zero) {
		low = fmin(low, 0);
		high += (high - low) * 0.05;
	}
	if (high - low < 1e-6) {
		low -= 0.5;
		high += 0.5;
	}
	put_scale(out, y0, low, high);
	for (int i = 0; i < 2; i++) {
		if (!there[i])
			continue;
		put_band(out, &signal[i], panel->trace[i].colour,
		    is_dense(p) ? " opacity=\"0.35\"" : "", y0, low, high);
		if (is_dense(p) && panel->from_zero)
			put_mean(out, &signal[i], panel->trace[i].colour, y0,
			    low, high);
		if (!panel->trace[1].label || !(there[0] && there[1]))
			continue;
		buf_addf(out,
		    "<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>\n", x,
		    y0 - 6, panel->trace[i].colour, panel->trace[i].label);
		x += 160;
	}
	buf_addf(out,
	    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s, %s</text>\n",
	    LEFT + PLOT_COLUMNS, y0 - 6, panel->title, panel->unit);
	return HEIGHT + GAP;
}

static void
put_time(const struct plot *p, struct buf *out, double y)
{
	double step = nice_step(p->end - p->begin, 10);
	char text[64];

	for (double t = ceil(p->begin / step) * step; t <= p->end; t += step) {
		double x =
		    LEFT + (t - p->begin) * PLOT_COLUMNS / (p->end - p->begin);

		put_rule(out, x, TOP, x, y);
		snprintf(
		    text, sizeof(text), "%g", fabs(t) < step / 1000 ? 0 : t);
		put_text(out, x, y + 14, "middle", text);
		snprintf(text, sizeof(text), "line %u", plot_line_at(p, t));
		buf_addf(out,
		    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" "
		    "fill=\"#777\" font-size=\"10\">%s</text>\n",
		    x, y + 27, text);
	}
	put_text(out, LEFT + PLOT_COLUMNS, y + 44, "end",
	    is_dense(p) ? "time, s (motion and dwells); bands reach from the "
			  "least to the greatest, lines are the mean"
			: "time, s (motion and dwells)");
	snprintf(
	    text, sizeof(text), "lines %u to %u", p->first_line, p->last_line);
	put_text(out, LEFT, y + 44, "start", text);
}

/* the file, in words that XML allows */
static void
put_source(const struct plot *p, struct buf *out)
{
	buf_addf(out, "<text x=\"%d\" y=\"18\" font-weight=\"bold\">", LEFT);
	for (const char *s = p->source ? p->source : ""; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '&' || c == '<' || c == '>')
			buf_addf(out, "&#%u;", c);
		else if (c >= ' ')
			buf_addc(out, *s);
	}
	buf_adds(out, "</text>\n");
}

void
plot_svg(const struct plot *p, struct buf *out)
{
	struct buf body = BUF_INIT, under = BUF_INIT;
	double y = TOP;

	put_source(p, &body);
	for (size_t i = 0; i < N_PANELS; i++)
		y += put_panel(p, &panels[i], &body, y);
	if (p->drawn)
		put_time(p, &under, y - GAP);
	else
		put_text(&body, LEFT, TOP, "start", "no moves here");
	buf_addf(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	    "height=\"%.0f\" font-family=\"sans-serif\" "
	    "font-size=\"12\">\n<style>.rule{stroke:#ddd;fill:none}"
	    "path{stroke-width:1}</style>\n"
	    "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
	    WIDTH, y + 44);
	buf_add(out, under.data, under.len);
	buf_add(out, body.data, body.len);
	buf_adds(out, "</svg>\n");
	buf_release(&body);
	buf_release(&under);
}

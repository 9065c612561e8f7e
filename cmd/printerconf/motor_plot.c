/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Torque against speed as a picture. */
#include "motor_plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "mcu-fw/sim/canvas.h"

#define WIDTH  760
#define PANEL  260
#define LEFT   60
#define RIGHT  20
#define TOP    40
#define BOTTOM 40
#define POINTS 120

static const struct {
	double volts;
	uint32_t band, line;
} rails[] = {{48, 0xcfe3f7, 0x1f6fb5}, {24, 0xf7d9c4, 0xc2560c}};

struct panel {
	struct canvas *c;
	const struct machine_motor *mm;
	double y0; /* of the panel's top */
	double max_mm_s, max_ncm;
};

static void
to_pixel(const struct panel *p, double mm_s, double ncm, double out[2])
{
	out[0] = LEFT + mm_s / p->max_mm_s * (WIDTH - LEFT - RIGHT);
	out[1] =
	    p->y0 + PANEL - BOTTOM - ncm / p->max_ncm * (PANEL - TOP - BOTTOM);
}

static double
torque_ncm(const struct panel *p, double volts, double mm_s, int bound)
{
	struct torque_drive d = {
	    p->mm->drive.current, volts - MOTOR_VOLTS_LOST};

	return 100 * torque_at(&p->mm->motor, &d,
			 mm_s * 2 * NUM_PI / p->mm->axis.rotation_distance,
			 (enum torque_bound)bound);
}

static void
band(const struct panel *p, int rail)
{
	double volts = rails[rail].volts, xy[2 * POINTS + 2][2];
	int n = 0;

	for (int i = 0; i <= POINTS; i++, n++) {
		double v = p->max_mm_s * i / POINTS;

		to_pixel(p, v, torque_ncm(p, volts, v, TORQUE_LOWER), xy[n]);
	}
	for (int i = POINTS; i >= 0; i--, n++) {
		double v = p->max_mm_s * i / POINTS;

		to_pixel(p, v, torque_ncm(p, volts, v, TORQUE_UPPER), xy[n]);
	}
	p->c->ops->polygon(p->c, rails[rail].band, (const double(*)[2])xy, n);
	for (int i = 1; i < n; i++)
		if (i != POINTS + 1)
			p->c->ops->line(
			    p->c, rails[rail].line, 1.2, xy[i - 1], xy[i]);
}

/* 1, 2 or 5 times a power of ten, six steps or so */
static double
nice_step(double range)
{
	double base = pow(10, floor(log10(range / 6)));
	double f = range / 6 / base;

	return base * (f > 5 ? 10 : f > 2 ? 5 : f > 1 ? 2 : 1);
}

static void
axes(const struct panel *p)
{
	const struct canvas_ops *o = p->c->ops;
	double step = nice_step(p->max_mm_s), a[2], b[2];
	char text[64];

	for (double v = 0; v <= p->max_mm_s + 1e-9; v += step) {
		to_pixel(p, v, 0, a);
		to_pixel(p, v, p->max_ncm, b);
		o->line(p->c, 0xdddddd, .6, a, b);
		snprintf(text, sizeof(text), "%g", v);
		a[1] += 15;
		o->text(p->c, 0x444444, 11, CANVAS_MIDDLE, a, text);
	}
	step = nice_step(p->max_ncm);
	for (double t = 0; t <= p->max_ncm + 1e-9; t += step) {
		to_pixel(p, 0, t, a);
		to_pixel(p, p->max_mm_s, t, b);
		o->line(p->c, 0xdddddd, .6, a, b);
		snprintf(text, sizeof(text), "%g", t);
		a[0] -= 6;
		a[1] += 4;
		o->text(p->c, 0x444444, 11, CANVAS_END, a, text);
	}
	to_pixel(p, p->max_mm_s, 0, a);
	a[1] += 30;
	o->text(p->c, 0x444444, 11, CANVAS_END, a, "mm/s");
	a[0] = LEFT - 6;
	a[1] = p->y0 + TOP - 10;
	o->text(p->c, 0x444444, 11, CANVAS_END, a, "N cm");
}

static void
legend(const struct panel *p)
{
	double at[2] = {LEFT, p->y0 + 18};
	char text[160];

	snprintf(text, sizeof(text), "%s: %s, %.3g A", p->mm->name,
	    p->mm->model ? p->mm->model : "motor", p->mm->drive.current);
	p->c->ops->text(p->c, 0x000000, 14, CANVAS_START, at, text);
	for (int i = 0; i < 2; i++) {
		at[0] = WIDTH - RIGHT - 60 * i;
		snprintf(text, sizeof(text), "%g V", rails[i].volts);
		p->c->ops->text(p->c, rails[i].line, 13, CANVAS_END, at, text);
	}
}

static void
draw_panel(struct canvas *c, const struct machine_motor *mm, int row)
{
	struct panel p = {c, mm, (double)row * PANEL, 0, 0};
	struct torque_drive d = {mm->drive.current, 47};
	double w = torque_speed(&mm->motor, &d, .3, TORQUE_UPPER);

	p.max_mm_s = w * mm->axis.rotation_distance / (2 * NUM_PI);
	p.max_ncm = 1.15 * torque_ncm(&p, 48, 0, TORQUE_UPPER);
	axes(&p);
	band(&p, 0);
	band(&p, 1);
	legend(&p);
}

static bool
ends_in(const char *path, const char *end)
{
	size_t len = strlen(path), n = strlen(end);

	return len > n && strcmp(path + len - n, end) == 0;
}

bool
motor_plot_has_png(void)
{
	struct canvas *c = canvas_png(8, 8);
	struct buf out = BUF_INIT;

	if (!c)
		return false;
	c->ops->finish(c, &out);
	buf_release(&out);
	return true;
}

int
motor_plot(const char *path, const struct machine_motor *const *motors, int n,
    struct buf *out)
{
	struct canvas *c = NULL;

	if (ends_in(path, ".svg"))
		c = canvas_svg(WIDTH, PANEL * n);
	else if (ends_in(path, ".png"))
		c = canvas_png(WIDTH, PANEL * n);
	if (!c)
		return -1;
	for (int i = 0; i < n; i++)
		draw_panel(c, motors[i], i);
	return c->ops->finish(c, out);
}

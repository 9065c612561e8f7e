/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The beads that steps become, and the picture that beads become. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mcu-fw/sim/laid.h"
#include "mcu-fw/sim/picture.h"
#include "tests/unit/tap.h"

#define AREA   2.405281875 /* 1.75 mm filament */
#define E_STEP 0.0024	   /* mm of filament a step */

static struct laid laid;
static double pos[3], e, t;

/* The nozzle goes straight to x, y, z while de of filament is pushed. */
static void
go(double x, double y, double z, double de)
{
	double from[3] = {pos[0], pos[1], pos[2]}, to[3] = {x, y, z}, e0 = e;
	int n = (int)(fabs(de) / E_STEP), i, k;

	for (i = 1; i <= n; i++) {
		double f = (double)i / n;

		for (k = 0; k < 3; k++)
			pos[k] = from[k] + (to[k] - from[k]) * f;
		t += 0.001;
		e = e0 + de * f;
		laid_point(&laid, t, pos, e);
	}
	memcpy(pos, to, sizeof(pos));
}

static void
begin(void)
{
	laid_release(&laid);
	laid_init(&laid, AREA, 0.02);
	memset(pos, 0, sizeof(pos));
	e = t = 0;
}

/* a line of 0.45 x 0.2 mm */
static void
line(double x, double y)
{
	double len = hypot(x - pos[0], y - pos[1]);

	go(x, y, pos[2], len * 0.45 * 0.2 / AREA);
}

static bool
near(const struct laid_segment *s, double x0, double y0, double x1, double y1)
{
	return fabs((double)s->x0 - x0) < 0.1 &&
	       fabs((double)s->y0 - y0) < 0.1 &&
	       fabs((double)s->x1 - x1) < 0.1 && fabs((double)s->y1 - y1) < 0.1;
}

static void
test_square(void)
{
	double sum = 0;
	size_t i;

	begin();
	go(10, 10, 0.2, 0);
	line(30, 10);
	line(30, 30);
	line(10, 30);
	line(10, 10);
	laid_finish(&laid);
	is_int((long long)laid.n, 4, "a square is four beads");
	ok(laid.n == 4 && near(&laid.v[0], 10, 10, 30, 10) &&
		near(&laid.v[3], 10, 30, 10, 10),
	    "they run from corner to corner");
	for (i = 0; i < laid.n; i++)
		sum += (double)laid.v[i].filament_mm;
	ok(fabs(sum - e) < 2 * E_STEP,
	    "all filament but the first step counts");
}

static void
test_travel(void)
{
	begin();
	go(10, 10, 0.2, 0);
	line(20, 10);
	go(20, 10, 0.2, -3);
	go(20, 10, 0.6, 0);
	go(50, 40, 0.6, 0);
	go(50, 40, 0.2, 0);
	go(50, 40, 0.2, 3);
	line(60, 40);
	laid_finish(&laid);
	is_int(
	    (long long)laid.n, 2, "retraction, travel and return draw nothing");
	ok(laid.n == 2 && near(&laid.v[1], 50, 40, 60, 40),
	    "the bead after the travel begins where the nozzle came down");
	begin();
	go(10, 10, 0.2, 0);
	line(20, 10);
	go(50, 10, 0.2, 0);
	line(60, 10);
	laid_finish(&laid);
	is_int((long long)laid.n, 2, "a hop without retraction is a gap too");
}

static void
test_circle(void)
{
	double worst = 0;
	size_t i;
	int k;

	begin();
	go(60, 50, 0.2, 0);
	for (k = 1; k <= 720; k++)
		line(50 + 10 * cos(k * 3.14159265358979 / 360),
		    50 + 10 * sin(k * 3.14159265358979 / 360));
	laid_finish(&laid);
	for (i = 0; i < laid.n; i++) {
		double x = ((double)laid.v[i].x0 + (double)laid.v[i].x1) / 2;
		double y = ((double)laid.v[i].y0 + (double)laid.v[i].y1) / 2;

		worst = fmax(worst, fabs(hypot(x - 50, y - 50) - 10));
	}
	ok(laid.n > 20 && laid.n < 120,
	    "a circle of 10 mm is a few dozen beads, not %zu", laid.n);
	ok(worst < 0.045, "they leave it by %.4f mm at most", worst);
}

static void
test_spiral(void)
{
	int k;

	begin();
	go(60, 50, 0.2, 0);
	for (k = 1; k <= 720; k++) {
		double a = k * 3.14159265358979 / 36;
		double x = 50 + 10 * cos(a), y = 50 + 10 * sin(a);

		go(x, y, 0.2 + k * 0.2 / 72,
		    hypot(x - pos[0], y - pos[1]) * 0.09 / AREA);
	}
	laid_finish(&laid);
	ok(laid.n > 0 && (double)(laid.v[laid.n - 1].z1) > 2.1,
	    "a spiral climbs with its beads");
	for (k = 0; k < (int)laid.n; k++)
		if ((double)(laid.v[k].z1 - laid.v[k].z0) > 0.0201)
			break;
	is_int(k, (long long)laid.n, "no bead climbs more than 0.02 mm");
}

static char *
slurp(const char *path, size_t *len)
{
	FILE *fp = fopen(path, "rb");
	char *s = calloc(1, 4 << 20);

	*len = 0;
	if (fp) {
		*len = fread(s, 1, (4 << 20) - 1, fp);
		fclose(fp);
	}
	return s;
}

static char said[500];

static void
hear(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)sink;
	(void)level;
	(void)place;
	(void)slug;
	snprintf(said, sizeof(said), "%s", text);
}

/* a tower of 20 x 20 x 10 mm, and a purge line far away */
static void
tower(void)
{
	int k;

	begin();
	go(3, 20, 0.3, 0);
	line(3, 120);
	for (k = 1; k <= 50; k++) {
		go(100, 100, k * 0.2, 0);
		line(120, 100);
		line(120, 120);
		line(100, 120);
		line(100, 100);
	}
	laid_finish(&laid);
}

static void
test_picture(void)
{
	struct picture_info info = {{0, 0}, {220, 220}, "a <tower> & more"};
	struct diag_sink sink = {.emit = hear};
	char dir[] = "/tmp/test-picture-XXXXXX", svg[64];
	char *s, *again;
	size_t len, len2;

	ok(mkdtemp(dir) != NULL, "a folder for it");
	snprintf(svg, sizeof(svg), "%s/x.svg", dir);
	tower();
	is_int(picture_write(svg, &laid, &info, &sink), 0, "an SVG is written");
	s = slurp(svg, &len);
	ok(strncmp(s, "<svg ", 5) == 0 && len > 5 &&
		strcmp(s + len - 7, "</svg>\n") == 0,
	    "it begins and ends as one");
	ok(strstr(s, "a &lt;tower&gt; &amp; more") != NULL ||
		strstr(s, "a &lt;tower> &amp; more") != NULL,
	    "its title is escaped");
	ok(strstr(s, "20.5 x 20.5 x 10.0 mm, 50 layers") != NULL,
	    "it knows the object from the purge line");
	picture_write(svg, &laid, &info, &sink);
	again = slurp(svg, &len2);
	ok(len == len2 && memcmp(s, again, len) == 0,
	    "the same beads make the same bytes");
	free(s);
	free(again);
	unlink(svg);
	(void)rmdir(dir);
	is_int(picture_write("/tmp/x.gif", &laid, &info, &sink), -1,
	    "another ending is refused");
	ok(strstr(said, "'.svg' or '.png'") != NULL,
	    "and says which are known");
	is_int(picture_write("/nonexistent/x.svg", &laid, &info, &sink), -1,
	    "a folder that is not there is reported");
	begin();
	laid_finish(&laid);
	is_int(picture_write("/tmp/x.svg", &laid, &info, &sink), -1,
	    "an empty bed is no picture");
}

static void
test_png(void)
{
	struct picture_info info = {{0, 0}, {220, 220}, NULL};
	struct diag_sink sink = {.emit = hear};
	char dir[] = "/tmp/test-picture-XXXXXX", png[64];
	size_t len;
	char *s;

	ok(mkdtemp(dir) != NULL, "a folder for it");
	snprintf(png, sizeof(png), "%s/x.png", dir);
	tower();
	if (picture_check_name(png, &sink) < 0) {
		ok(strstr(said, "cairo") != NULL,
		    "PNG without cairo is refused with the reason");
	} else {
		picture_write(png, &laid, &info, &sink);
		s = slurp(png, &len);
		ok(len > 1000 && memcmp(s, "\x89PNG\r\n\x1a\n", 8) == 0,
		    "a PNG is written");
		free(s);
	}
	unlink(png);
	(void)rmdir(dir);
}

int
main(void)
{
	laid_init(&laid, AREA, 0.02);
	test_square();
	test_travel();
	test_circle();
	test_spiral();
	test_picture();
	test_png();
	laid_release(&laid);
	return done_testing();
}

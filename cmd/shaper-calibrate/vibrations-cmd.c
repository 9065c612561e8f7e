/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shaper-calibrate vibrations: speeds and angles to avoid. */
#include "vibrations-cmd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "cmd.h"
#include "lang/json.h"
#include "motion.h"
#include "plot.h"

static const char *const synopsis[] = {
    "[--kinematics=KIND] [--format=FORMAT] FILE ...",
    "--motion --angle=DEG --speed=MM_S [OPTION ...]", NULL};

static struct motion_options motion = {.travel_speed = 50};
static bool write_motion;
static int format, kinematics;
static const char *plot;
static double angle_deg, speed_mm_s = 50, size_mm = 100, accel = 3000;
static const char *const formats[] = {"text", "json", NULL};
static const char *const kinds[] = {"cartesian", "corexy", NULL};

static const struct opt optv[] = {
    {OPT_STRING, 0, "plot", &plot, "FILE", "draw it: .svg, .png or .pdf", 0, 0,
	NULL},
    {OPT_CHOICE, 0, "format", &format, "FORMAT", "text or json", 0, 0, formats},
    {OPT_CHOICE, 0, "kinematics", &kinematics, "KIND",
	"cartesian or corexy (default: as the angles say)", 0, 0, kinds},
    {OPT_FLAG, 0, "motion", &write_motion, NULL,
	"write the G-code of the test: one angle, one speed", 0, 0, NULL},
    {OPT_DOUBLE, 0, "angle", &angle_deg, "DEG",
	"0 and 90, on CoreXY 45 and 135", 0, 360, NULL},
    {OPT_DOUBLE, 0, "speed", &speed_mm_s, "MM_S", "of the test (50)", 1, 1000,
	NULL},
    {OPT_DOUBLE, 0, "size", &size_mm, "MM", "of the test at full speed (100)",
	10, 1000, NULL},
    {OPT_DOUBLE, 0, "accel", &accel, "MM_S2", "of the test (3000)", 10, 100000,
	NULL},
    {.kind = OPT_HEAD, .help = "The machine, with --motion"},
    MOTION_OPTS(motion),
    {.kind = OPT_END},
};

static const struct cli_program program = {"shaper-calibrate vibrations",
    "find speeds and angles at which a machine hums", synopsis, optv, false,
    false};

static int
motion_scan(void)
{
	double d[3] = {
	    cos(angle_deg * NUM_PI / 180), sin(angle_deg * NUM_PI / 180), 0};
	double length = size_mm;
	int times = speed_mm_s < 150 ? 1 : speed_mm_s < 250 ? 2 : 3;
	struct motion m;
	int status;

	for (int i = 0; i < 2; i++)
		if (fabs(d[i]) < 1e-12)
			d[i] = 0;
	if (speed_mm_s < 100)
		length *= 0.2 + 0.8 * speed_mm_s / 100;
	status = motion_begin(&m, &motion, "one speed of a speed scan");
	if (status != EXIT_DONE)
		return status;
	if (motion_check(&m, d, -length / 2, length / 2) != 0) {
		buf_release(&m.out);
		return EXIT_CONFIG;
	}
	motion_line(&m, "SET_VELOCITY_LIMIT VELOCITY=%.0f ACCEL=%.0f",
	    ceil(speed_mm_s), ceil(accel));
	motion_go(&m, d, -length / 2, speed_mm_s, accel);
	motion_record(&m, "vibrations", NULL);
	for (int i = 0; i < times; i++) {
		motion_go(&m, d, length / 2, speed_mm_s, accel);
		motion_go(&m, d, -length / 2, speed_mm_s, accel);
	}
	motion_record(&m, "vibrations", NULL);
	return motion_end(&m, &motion);
}

/* "an45_00" or "an45.00" in a name: the number behind the letters */
static int
number_in(const char *name, const char *letters, double *out)
{
	const char *p = name, *found = NULL;
	char text[24];
	size_t n = 0;

	while ((p = strstr(p, letters))) {
		p += strlen(letters);
		if (*p >= '0' && *p <= '9')
			found = p;
	}
	if (!found)
		return -1;
	for (; n + 1 < sizeof(text); n++, found++) {
		if ((*found == '_' || *found == '.') && n > 0 &&
		    found[1] >= '0' && found[1] <= '9' && !memchr(text, '.', n))
			text[n] = '.';
		else if (*found >= '0' && *found <= '9')
			text[n] = *found;
		else
			break;
	}
	return num_parse_decimal(text, n, out);
}

struct point {
	double angle, speed;
	const struct recording *r;
};

static int
compare(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	if (x->angle != y->angle)
		return x->angle < y->angle ? -1 : 1;
	return x->speed < y->speed ? -1 : x->speed > y->speed;
}

static void
add_motor(struct scan *s, const struct spectrum *from, double weight)
{
	if (s->motor.n == 0) {
		spectrum_alloc(&s->motor, from->n);
		memcpy(
		    s->motor.freq_hz, from->freq_hz, from->n * sizeof(double));
	}
	for (size_t k = 0; k < s->motor.n; k++)
		for (int i = 0; i < CURVES; i++)
			s->motor.psd[i][k] +=
			    weight * spectrum_at(from, from->psd[i],
					 s->motor.freq_hz[k]);
}

/* The points are a full grid of two angles and the same speeds at both. */
static int
arrange(const struct recordings *list, struct scan *s)
{
	size_t n = (size_t)list->n, half = n / 2;
	struct point *p = xcalloc(n + 1, sizeof(*p));
	int status = EXIT_BAD_DATA;

	for (size_t i = 0; i < n; i++) {
		p[i].r = &list->v[i];
		if (number_in(p[i].r->name, "an", &p[i].angle) != 0 ||
		    number_in(p[i].r->name, "sp", &p[i].speed) != 0) {
			cli_warn("%s: the name does not say angle and speed, "
				 "as vib_an45_00sp100_00.csv does",
			    p[i].r->name);
			goto out;
		}
	}
	qsort(p, n, sizeof(*p), compare);
	for (size_t i = 0; i < n; i++) {
		if (n % 2 || half < 3 ||
		    p[i].angle != p[i < half ? 0 : half].angle ||
		    p[i].speed != p[i % half].speed ||
		    (i % half > 0 && p[i].speed <= p[i - 1].speed) ||
		    p[0].angle == p[half].angle) {
			cli_warn("two angles and at least three speeds, the "
				 "same at both, are needed");
			goto out;
		}
	}
	s->n_speeds = (int)half;
	s->speed = xcalloc(half, sizeof(double));
	for (int a = 0; a < 2; a++) {
		s->energy[a] = xcalloc(half, sizeof(double));
		s->angle[a] = p[(size_t)a * half].angle;
		for (size_t i = 0; i < half; i++) {
			const struct point *q = &p[(size_t)a * half + i];

			s->speed[i] = q->speed;
			s->energy[a][i] = scan_energy(&q->r->spectrum);
			add_motor(s, &q->r->spectrum, 1 / (double)n);
		}
	}
	status = EXIT_DONE;
out:
	free(p);
	return status;
}

static void
scan_text(const struct scan *s)
{
	printf("%s, angles %g and %g, %d speeds from %g to %g mm/s\n",
	    kinds[s->corexy], s->angle[0], s->angle[1], s->n_speeds,
	    s->low_speed, s->high_speed);
	for (int i = 0; i < s->n_avoid; i++)
		printf("avoid %.1f mm/s\n", s->avoid[i]);
	for (int i = 0; i < s->n_good; i++)
		if (s->good[i].to - s->good[i].from >= 5)
			printf("good from %.1f to %.1f mm/s\n", s->good[i].from,
			    s->good[i].to);
	printf("motors resonate at %.1f Hz\n", s->motor_freq_hz);
	printf("symmetry %.1f %%\n", s->symmetry);
}

static void
scan_json(const struct scan *s)
{
	struct buf out = BUF_INIT;
	struct json j;

	json_begin(&j, &out);
	json_object(&j, NULL);
	json_string(&j, "kinematics", kinds[s->corexy]);
	json_array(&j, "avoid");
	for (int i = 0; i < s->n_avoid; i++)
		json_fixed(&j, NULL, s->avoid[i], 3);
	json_close(&j);
	json_array(&j, "good");
	for (int i = 0; i < s->n_good; i++) {
		if (s->good[i].to - s->good[i].from < 5)
			continue;
		json_array(&j, NULL);
		json_fixed(&j, NULL, s->good[i].from, 3);
		json_fixed(&j, NULL, s->good[i].to, 3);
		json_close(&j);
	}
	json_close(&j);
	json_fixed(&j, "motor_freq", s->motor_freq_hz, 3);
	json_fixed(&j, "symmetry", s->symmetry, 3);
	json_array(&j, "energy");
	for (int a = 0; a < 2; a++)
		for (int i = 0; i < s->n_speeds; i++) {
			json_object(&j, NULL);
			json_double(&j, "angle", s->angle[a]);
			json_double(&j, "speed", s->speed[i]);
			json_double(&j, "energy", s->energy[a][i]);
			json_close(&j);
		}
	json_close(&j);
	json_close(&j);
	json_newline(&j);
	fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
}

int
cmd_vibrations(int argc, char **argv)
{
	struct recordings list = {0};
	struct recording_options o = {0};
	struct scan s = {0};
	int status = EXIT_DONE;

	kinematics = -1;
	cli_parse(&program, &argc, &argv);
	if (write_motion)
		return motion_scan();
	if (argc == 0)
		cli_die(EXIT_BAD_USAGE, "no recordings; see --help");
	for (int i = 0; i < argc && status == EXIT_DONE; i++)
		status = recordings_load(&list, argv[i], &o, cli_sink());
	if (status == EXIT_DONE)
		status = arrange(&list, &s);
	if (status == EXIT_DONE) {
		s.corexy = kinematics < 0 ? fmod(s.angle[0], 90) == 45
					  : kinematics == 1;
		scan_evaluate(&s);
		if (format == 1)
			scan_json(&s);
		else
			scan_text(&s);
		if (plot && plot_scan(&s, plot) != 0)
			status = EXIT_IO;
	}
	scan_release(&s);
	recordings_release(&list);
	return status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shaper-calibrate axes-map: how the sensor is mounted. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "cli/cli.h"
#include "cmd.h"
#include "lang/json.h"
#include "motion.h"
#include "recording.h"

static const char *const synopsis[] = {"[--format=FORMAT] X-FILE Y-FILE Z-FILE",
    "--motion --axis=AXIS [OPTION ...]", NULL};

static struct motion_options motion = {.travel_speed = 50};
static bool write_motion;
static const char *axis;
static double length_mm = 30, speed_mm_s = 80, accel_mm_s2 = 1500;
static int format;
static const char *const formats[] = {"text", "json", NULL};

static const struct opt optv[] = {
    {OPT_CHOICE, 0, "format", &format, "FORMAT", "text or json", 0, 0, formats},
    {OPT_FLAG, 0, "motion", &write_motion, NULL,
	"write the G-code of the test: one move of one axis", 0, 0, NULL},
    {OPT_STRING, 0, "axis", &axis, "AXIS", "x, y or z, with --motion", 0, 0,
	NULL},
    {OPT_DOUBLE, 0, "length", &length_mm, "MM", "of the move (30)", 1, 1000,
	NULL},
    {OPT_DOUBLE, 0, "speed", &speed_mm_s, "MM_S", "of the move (80)", 1, 1000,
	NULL},
    {OPT_DOUBLE, 0, "accel", &accel_mm_s2, "MM_S2", "of the move (1500)", 10,
	100000, NULL},
    {.kind = OPT_HEAD, .help = "The machine, with --motion"},
    MOTION_OPTS(motion),
    {.kind = OPT_END},
};

static const struct cli_program program = {"shaper-calibrate axes-map",
    "find how an accelerometer is mounted", synopsis, optv, false, false};

static int
motion_axes(void)
{
	double d[3] = {0};
	struct motion m;
	int status;

	if (!axis || strlen(axis) != 1 || *axis < 'x' || *axis > 'z')
		cli_die(EXIT_BAD_USAGE,
		    "--motion needs --axis=x, --axis=y or --axis=z");
	d[*axis - 'x'] = 1;
	status = motion_begin(&m, &motion, "one move for axes-map");
	if (status != EXIT_DONE)
		return status;
	if (motion_check(&m, d, 0, length_mm) != 0) {
		buf_release(&m.out);
		return EXIT_CONFIG;
	}
	motion_record(&m, axis, NULL);
	motion_rest(&m, 0.5);
	motion_go(&m, d, length_mm, speed_mm_s, accel_mm_s2);
	motion_rest(&m, 0.5);
	motion_record(&m, axis, NULL);
	return motion_end(&m, &motion);
}

/* speed along the move, t from its begin */
static double
speed_at(double t)
{
	double v = fmin(speed_mm_s, sqrt(length_mm * accel_mm_s2));
	double total = length_mm / v + v / accel_mm_s2;

	if (t <= 0 || t >= total)
		return 0;
	return fmin(v, accel_mm_s2 * fmin(t, total - t));
}

/* What one recording says: the move in sensor axes. */
struct heard {
	double slope[3]; /* of each sensor axis on the commanded acceleration */
	double fit;	 /* share of the power that the command explains */
	double sigma;	 /* noise, mm/s2 */
};

static double
mean_of(const struct track *t, int k)
{
	double sum = 0;

	for (size_t i = 0; i < t->n; i++)
		sum += (double)t->a[k][i];
	return sum / (double)t->n;
}

/*
 * Speed is compared, not acceleration: its integral forgets ringing and
 * noise.  What is measured is integrated and straightened, so that it begins
 * and ends at rest; then it is slid along the commanded speed.
 */
static int
listen(const struct recording *r, struct heard *h)
{
	const struct track *t = &r->track;
	double dt = (double)t->factor / r->fs_hz, best = -1, power = 0;
	size_t span =
	    (size_t)((length_mm / speed_mm_s + 2 * speed_mm_s / accel_mm_s2) /
		     dt) +
	    2;
	double v[3][8192], mean[3];

	if (t->n < span + 8 || t->n > 8192)
		return -1;
	for (int k = 0; k < 3; k++) {
		double sum = 0;

		mean[k] = mean_of(t, k);
		for (size_t i = 0; i < t->n; i++) {
			sum += ((double)t->a[k][i] - mean[k]) * dt;
			v[k][i] = sum;
		}
		for (size_t i = 0; i < t->n; i++) {
			v[k][i] -= sum * (double)(i + 1) / (double)t->n;
			power += v[k][i] * v[k][i];
		}
	}
	for (size_t lag = 0; lag + span <= t->n; lag++) {
		double dot[3] = {0}, own = 0, score = 0;

		for (size_t i = 0; i < span; i++) {
			double s = speed_at(((double)i + 0.5) * dt);

			own += s * s;
			for (int k = 0; k < 3; k++)
				dot[k] += s * v[k][lag + i];
		}
		for (int k = 0; k < 3; k++)
			score += dot[k] * dot[k] / own;
		if (score <= best)
			continue;
		best = score;
		for (int k = 0; k < 3; k++)
			h->slope[k] = dot[k] / own;
	}
	h->fit = power > 0 ? best / power : 0;
	h->sigma = (r->checks.quiet_sigma[0] + r->checks.quiet_sigma[1] +
		       r->checks.quiet_sigma[2]) /
		   3;
	return 0;
}

struct found {
	char name[4]; /* "-z" */
	int axis;
	double angle_deg, scale;
};

static void
judge(const struct heard *h, struct found *f)
{
	double length =
	    sqrt(h->slope[0] * h->slope[0] + h->slope[1] * h->slope[1] +
		 h->slope[2] * h->slope[2]);
	int top = 0;

	for (int k = 1; k < 3; k++)
		if (fabs(h->slope[k]) > fabs(h->slope[top]))
			top = k;
	f->axis = top;
	f->scale = length;
	f->angle_deg =
	    acos(fmin(1, fabs(h->slope[top]) / length)) * 180 / NUM_PI;
	snprintf(f->name, sizeof(f->name), "%s%c", h->slope[top] < 0 ? "-" : "",
	    "xyz"[top]);
}

static void
report(const struct recordings *list, const struct heard *h,
    const struct found *f, bool valid)
{
	double gravity = 0;

	for (int i = 0; i < 3; i++) {
		const double *m = list->v[i].mean;

		gravity += sqrt(m[0] * m[0] + m[1] * m[1] + m[2] * m[2]) / 3;
	}
	if (format == 1) {
		struct buf out = BUF_INIT;
		struct json j;

		json_begin(&j, &out);
		json_object(&j, NULL);
		json_bool(&j, "valid", valid);
		json_fixed(&j, "gravity", gravity, 2);
		json_array(&j, "axes");
		for (int i = 0; i < 3; i++) {
			json_object(&j, NULL);
			json_string(&j, "sensor", f[i].name);
			json_fixed(&j, "angle_deg", f[i].angle_deg, 3);
			json_fixed(&j, "scale", f[i].scale, 4);
			json_fixed(&j, "fit", h[i].fit, 4);
			json_close(&j);
		}
		json_close(&j);
		json_close(&j);
		json_newline(&j);
		fwrite(out.data, 1, out.len, stdout);
		buf_release(&out);
		return;
	}
	for (int i = 0; i < 3; i++)
		printf("# %c of the machine is %s of the sensor, %.1f degrees "
		       "off, %.2f of the commanded motion; noise %.0f mm/s2\n",
		    "xyz"[i], f[i].name, f[i].angle_deg, f[i].scale,
		    h[i].sigma);
	printf("# gravity %.0f mm/s2\n", gravity);
	if (valid)
		printf("adxl345.axes_map=%s,%s,%s\n", f[0].name, f[1].name,
		    f[2].name);
	else
		printf("# no axes map: a sensor axis comes up twice, or the "
		       "moves are not in the recordings\n");
}

int
cmd_axes_map(int argc, char **argv)
{
	struct recordings list = {0};
	struct recording_options o = {.track = true};
	struct heard h[3];
	struct found f[3];
	bool valid = true;
	int status = EXIT_DONE;

	cli_parse(&program, &argc, &argv);
	if (write_motion)
		return motion_axes();
	if (argc != 3)
		cli_die(EXIT_BAD_USAGE, "three recordings are needed: of the "
					"moves of x, y and z; see --help");
	for (int i = 0; i < 3 && status == EXIT_DONE; i++)
		status = recordings_load(&list, argv[i], &o, cli_sink());
	if (status == EXIT_DONE && list.n != 3) {
		cli_warn(
		    "there are %d recordings in them instead of 3", list.n);
		status = EXIT_BAD_DATA;
	}
	for (int i = 0; i < 3 && status == EXIT_DONE; i++) {
		if (!list.v[i].raw || listen(&list.v[i], &h[i]) != 0) {
			cli_warn("%s: not the recording of one move",
			    list.v[i].name);
			status = EXIT_BAD_DATA;
			break;
		}
		judge(&h[i], &f[i]);
		valid &= h[i].fit > 0.5;
	}
	if (status == EXIT_DONE) {
		valid &= f[0].axis != f[1].axis && f[1].axis != f[2].axis &&
			 f[0].axis != f[2].axis;
		report(&list, h, f, valid);
		status = valid ? EXIT_DONE : EXIT_NO;
	}
	recordings_release(&list);
	return status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shaper-calibrate axes-map: how the sensor is mounted. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "cmd.h"
#include "configured.h"
#include "lang/json.h"
#include "motion.h"
#include "recording.h"

#define FIT_MIN	       0.5 /* of the power of speed */
#define OVER_NOISE_MIN 6
#define DRIFT_MAX      0.3 /* of the speed, that noise adds up to */

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
    {.kind = OPT_HEAD, .help = "The machine; all but -c with --motion"},
    MOTION_OPTS(motion),
    {.kind = OPT_END},
};

static const struct cli_program program = {"shaper-calibrate axes-map",
    "find how an accelerometer is mounted", synopsis, optv, false, false};

static void
within(double *v, double max)
{
	if (max > 0 && *v > max)
		*v = max;
}

static int
motion_axes(void)
{
	struct buf note = BUF_INIT;
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
	/* no faster than the machine goes: it would be another move */
	within(&speed_mm_s, *axis == 'z' ? m.max_z_v : m.max_v);
	within(&accel_mm_s2, *axis == 'z' ? m.max_z_accel : m.max_accel);
	buf_addf(&note, "move length=%g speed=%g accel=%g", length_mm,
	    speed_mm_s, accel_mm_s2);
	motion_record(&m, axis, note.data);
	buf_release(&note);
	motion_rest(&m, 0.5);
	motion_go(&m, d, length_mm, speed_mm_s, accel_mm_s2);
	motion_rest(&m, 0.5);
	motion_record(&m, axis, NULL);
	return motion_end(&m, &motion);
}

/* speed along the move, t from its begin */
static double
speed_at(const struct recording_move *m, double t)
{
	double v = fmin(m->speed_mm_s, sqrt(m->length_mm * m->accel_mm_s2));
	double total = m->length_mm / v + v / m->accel_mm_s2;

	if (t <= 0 || t >= total)
		return 0;
	return fmin(v, m->accel_mm_s2 * fmin(t, total - t));
}

/* What one recording says: the move in sensor axes. */
struct heard {
	double slope[3]; /* of each sensor axis on the commanded acceleration */
	double fit;	 /* share of the power that the command explains */
	bool clear;	 /* it is there beyond doubt */
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

enum {
	HELD_MAX = 8192,
};

/* what is looked for, and in what: both of speed, or of acceleration */
struct search {
	double v[3][HELD_MAX], command[HELD_MAX];
	size_t n, span;
	double slope[3], fit; /* the best place's */
	double over_noise;    /* the height there in units of its own noise */
};

/* Slides the command along what was measured. */
static void
search(struct search *s)
{
	double own = 1e-300, power = 1e-300, best = -1;

	for (size_t i = 0; i < s->span; i++)
		own += s->command[i] * s->command[i];
	for (size_t i = 0; i < s->n; i++)
		for (int k = 0; k < 3; k++)
			power += s->v[k][i] * s->v[k][i];
	for (size_t lag = 0; lag + s->span <= s->n; lag++) {
		double dot[3] = {0}, score = 0;

		for (int k = 0; k < 3; k++) {
			for (size_t i = 0; i < s->span; i++)
				dot[k] += s->command[i] * s->v[k][lag + i];
			score += dot[k] * dot[k] / own;
		}
		if (score <= best)
			continue;
		best = score;
		for (int k = 0; k < 3; k++)
			s->slope[k] = dot[k] / own;
	}
	s->fit = best / power;
	s->over_noise =
	    sqrt(best / fmax((power - best) / (double)(3 * s->n), 1e-300));
}

/* the command over its samples, as speed or as its change */
static void
set_command(
    struct search *s, const struct recording_move *m, double dt, bool change)
{
	for (size_t i = 0; i < s->span; i++) {
		double t = ((double)i + 0.5) * dt;

		s->command[i] =
		    change
			? (speed_at(m, t + dt / 2) - speed_at(m, t - dt / 2)) /
			      dt
			: speed_at(m, t);
	}
}

static void
set_measured(
    struct search *s, const struct track *t, int k, double dt, bool change)
{
	double mean = mean_of(t, k), sum = 0;

	for (size_t i = 0; i < t->n; i++) {
		double a = (double)t->a[k][i] - mean;

		sum += a * dt;
		s->v[k][i] = change ? a : sum;
	}
	for (size_t i = 0; !change && i < t->n; i++)
		s->v[k][i] -= sum * (double)(i + 1) / (double)t->n;
}

/*
 * Speed is compared, not acceleration: its integral forgets ringing and
 * noise.  What is measured is integrated and straightened, so that it begins
 * and ends at rest; then it is slid along the commanded speed.  Of a long and
 * gentle move, as screws make it, the noise's integral is larger than the
 * speed: there the two short accelerations are looked for.
 */
static int
listen(const struct recording *r, struct heard *h)
{
	const struct recording_move usual = {
	    length_mm, speed_mm_s, accel_mm_s2};
	const struct recording_move *m =
	    r->move.length_mm > 0 ? &r->move : &usual;
	const struct track *t = &r->track;
	struct search *s = xcalloc(1, sizeof(*s));
	double dt = (double)t->factor / r->fs_hz;
	bool gentle;

	s->n = t->n;
	s->span = (size_t)((m->length_mm / m->speed_mm_s +
			       2 * m->speed_mm_s / m->accel_mm_s2) /
			   dt) +
		  2;
	if (t->n < s->span + 8 || t->n > HELD_MAX) {
		free(s);
		return -1;
	}
	h->sigma = (r->checks.quiet_sigma[0] + r->checks.quiet_sigma[1] +
		       r->checks.quiet_sigma[2]) /
		   3;
	gentle = h->sigma * sqrt((r->last_s - r->first_s) / r->fs_hz) >
		 DRIFT_MAX * m->speed_mm_s;
	for (int k = 0; k < 3; k++)
		set_measured(s, t, k, dt, gentle);
	set_command(s, m, dt, gentle);
	search(s);
	memcpy(h->slope, s->slope, sizeof(h->slope));
	h->fit = s->fit;
	h->clear = gentle ? s->over_noise > OVER_NOISE_MIN : s->fit > FIT_MIN;
	free(s);
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
    const struct found *f, bool valid, const char *sensor)
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
		printf("%s.axes_map=%s,%s,%s\n", sensor, f[0].name, f[1].name,
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
	struct configured now = {0};
	struct heard h[3];
	struct found f[3];
	char room[64];
	bool valid = true;
	int status = EXIT_DONE;

	cli_parse(&program, &argc, &argv);
	if (write_motion)
		return motion_axes();
	if (motion.config && configured_load(&now, motion.config) != 0)
		return EXIT_CONFIG;
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
		valid &= h[i].clear;
	}
	if (status == EXIT_DONE) {
		valid &= f[0].axis != f[1].axis && f[1].axis != f[2].axis &&
			 f[0].axis != f[2].axis;
		report(
		    &list, h, f, valid, configured_sensor(now.machine, room));
		status = valid ? EXIT_DONE : EXIT_NO;
	}
	recordings_release(&list);
	configured_release(&now);
	return status;
}

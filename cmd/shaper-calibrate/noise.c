/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shaper-calibrate noise: what the sensor says while nothing moves. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cmd.h"
#include "lang/json.h"
#include "motion.h"
#include "recording.h"

#define TROUBLE 1000 /* mean density that no healthy sensor reaches */
#define NORMAL	100

static const char *const synopsis[] = {
    "[--format=FORMAT] [FILE ... | -]", "--motion [OPTION ...]", NULL};

static struct motion_options motion = {.travel_speed = 50};
static bool write_motion;
static int format;
static const char *const formats[] = {"text", "json", NULL};

static const struct opt optv[] = {
    {OPT_CHOICE, 0, "format", &format, "FORMAT", "text or json", 0, 0, formats},
    {OPT_FLAG, 0, "motion", &write_motion, NULL,
	"write the G-code of the test: two seconds of rest", 0, 0, NULL},
    {.kind = OPT_HEAD, .help = "The machine, with --motion"},
    MOTION_OPTS(motion),
    {.kind = OPT_END},
};

static const struct cli_program program = {"shaper-calibrate noise",
    "measure the noise of an accelerometer at rest", synopsis, optv, false,
    false};

static int
motion_noise(void)
{
	struct motion m;
	int status = motion_begin(&m, &motion, "two seconds of rest");

	if (status != EXIT_DONE)
		return status;
	motion_record(&m, "noise", NULL);
	motion_rest(&m, 2);
	motion_record(&m, "noise", NULL);
	return motion_end(&m, &motion);
}

static double
mean_psd(const struct recording *r, int axis)
{
	double sum = 0;

	for (size_t k = 0; k < r->spectrum.n; k++)
		sum += r->spectrum.psd[axis][k];
	return sum / (double)r->spectrum.n;
}

static const char *
verdict(double worst)
{
	return worst >= TROUBLE ? "trouble with sensor, power or a fan"
	       : worst > NORMAL ? "more than usual"
				: "normal";
}

static double
report(const struct recording *r, struct json *j)
{
	double mean[3], worst = 0;

	for (int k = 0; k < 3; k++) {
		mean[k] = mean_psd(r, k);
		worst = fmax(worst, mean[k]);
	}
	if (!j) {
		printf("%s: ", r->name);
		for (int k = 0; k < 3; k++)
			printf("%c %.6f (%.0f mm/s2 rms)%s", "xyz"[k], mean[k],
			    sqrt(mean[k] * r->fs_hz / 2), k < 2 ? ", " : ": ");
		printf("%s\n", verdict(worst));
		return worst;
	}
	json_object(j, NULL);
	json_string(j, "name", r->name);
	for (int k = 0; k < 3; k++) {
		char axis[2] = {"xyz"[k], '\0'};

		json_fixed(j, axis, mean[k], 6);
	}
	json_double(j, "rate", r->fs_hz);
	json_string(j, "verdict", verdict(worst));
	json_close(j);
	return worst;
}

int
cmd_noise(int argc, char **argv)
{
	static const char *const standard_input[] = {"-"};
	struct recordings list = {0};
	struct recording_options o = {0};
	struct buf out = BUF_INIT;
	const char *const *files;
	struct json j;
	double worst = 0;
	int status = EXIT_DONE;

	cli_parse(&program, &argc, &argv);
	if (write_motion)
		return motion_noise();
	files = argc ? (const char *const *)argv : standard_input;
	for (int i = 0; i < (argc ? argc : 1) && status == EXIT_DONE; i++)
		status = recordings_load(&list, files[i], &o, cli_sink());
	json_begin(&j, &out);
	json_array(&j, NULL);
	for (int i = 0; i < list.n && status == EXIT_DONE; i++) {
		if (!list.v[i].raw) {
			cli_warn("%s: a spectrum has no noise of its own",
			    list.v[i].name);
			status = EXIT_BAD_DATA;
			break;
		}
		worst = fmax(worst, report(&list.v[i], format ? &j : NULL));
	}
	json_close(&j);
	json_newline(&j);
	if (format && status == EXIT_DONE)
		fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	recordings_release(&list);
	return status == EXIT_DONE && worst >= TROUBLE ? EXIT_NO : status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shaper-calibrate belts and compare: which is tighter, did it help? */
#include "belts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cmd.h"
#include "lang/json.h"
#include "motion.h"
#include "plot.h"

static const char *const belts_synopsis[] = {"[--format=FORMAT] A-FILE B-FILE",
    "--motion --belt=BELT [OPTION ...]", NULL};
static const char *const compare_synopsis[] = {
    "[--format=FORMAT] OLD-FILE NEW-FILE", NULL};

#define SQRT_HALF 0.70710678118654752440

static struct motion_options motion = {.travel_speed = 50};
static bool write_motion;
static int format, belt;
static const char *plot;
static const char *const formats[] = {"text", "json", NULL};
static const char *const belt_titles[2] = {"belt A", "belt B"};
static const char *const age_titles[2] = {"old", "new"};
static const char *const belt_names[] = {"a", "b", NULL};

static const struct opt belts_optv[] = {
    {OPT_STRING, 0, "plot", &plot, "FILE", "draw it: .svg, .png or .pdf", 0, 0,
	NULL},
    {OPT_CHOICE, 0, "format", &format, "FORMAT", "text or json", 0, 0, formats},
    {OPT_FLAG, 0, "motion", &write_motion, NULL,
	"write the G-code of the test: a sweep of one belt", 0, 0, NULL},
    {OPT_CHOICE, 0, "belt", &belt, "BELT",
	"a (diagonal 1,-1) or b (1,1), with --motion", 0, 0, belt_names},
    {.kind = OPT_HEAD, .help = "The machine, with --motion"},
    MOTION_OPTS(motion),
    {.kind = OPT_END},
};

static const struct opt compare_optv[] = {
    {OPT_STRING, 0, "plot", &plot, "FILE", "draw it: .svg, .png or .pdf", 0, 0,
	NULL},
    {OPT_CHOICE, 0, "format", &format, "FORMAT", "text or json", 0, 0, formats},
    {.kind = OPT_END},
};

static const struct cli_program belts_program = {"shaper-calibrate belts",
    "compare the two belts of a CoreXY machine", belts_synopsis, belts_optv,
    false, false};
static const struct cli_program compare_program = {"shaper-calibrate compare",
    "compare a machine before and after a change", compare_synopsis,
    compare_optv, false, false};

static int
motion_belt(void)
{
	static const double d[2][3] = {
	    {SQRT_HALF, -SQRT_HALF, 0}, {SQRT_HALF, SQRT_HALF, 0}};
	struct command_spec spec = command_default;
	struct buf words = BUF_INIT;
	struct command c;
	struct motion m;
	int status;

	status = motion_begin(
	    &m, &motion, belt ? "sweep of belt B" : "sweep of belt A");
	if (status != EXIT_DONE)
		return status;
	memcpy(spec.direction, d[belt], sizeof(spec.direction));
	command_build(&c, &spec);
	if (motion_check(&m, d[belt], c.lowest, c.highest) != 0) {
		command_release(&c);
		buf_release(&m.out);
		return EXIT_CONFIG;
	}
	buf_adds(&words, "sweep ");
	command_format(&spec, &words);
	motion_note(&m, "#%s", words.data);
	motion_line(&m, "SET_VELOCITY_LIMIT VELOCITY=%.0f ACCEL=%.0f",
	    ceil(c.max_v + 1), ceil(c.max_accel + 1));
	motion_record(&m, belt ? "belt-b" : "belt-a", words.data);
	motion_command(&m, d[belt], &c);
	motion_rest(&m, 0.3);
	motion_record(&m, belt ? "belt-b" : "belt-a", NULL);
	command_release(&c);
	buf_release(&words);
	return motion_end(&m, &motion);
}

static const char *
kind(const struct sides *s)
{
	return s->side[0].fitted && s->side[1].fitted ? "mode" : "peak";
}

/* One that only side has: says so; whether the other could have shown it. */
static bool
lone_one(const struct sides *s, int side, int i, const char *const names[2])
{
	const struct side *other = &s->side[!side];
	double f = s->side[side].modes.v[i].freq_hz;
	double from = other->id.command.freq_start_hz;
	double to = other->id.command.freq_end_hz;

	if (other->fitted && to > 0 && (f > to || f < from)) {
		printf("%s has a %s at %.2f Hz; %s went from %g to %g Hz and "
		       "cannot show it\n",
		    names[side], kind(s), f, names[!side], from, to);
		return false;
	}
	printf("%s has a %s at %.2f Hz that %s has not\n", names[side], kind(s),
	    f, names[!side]);
	return true;
}

/* how many; those that the other could not show do not count */
static int
lone(const struct sides *s, const char *const names[2])
{
	bool taken[PEAKS_MAX] = {false};
	int n = 0;

	for (int i = 0; i < s->side[0].modes.n; i++) {
		if (s->pair[i] >= 0)
			taken[s->pair[i]] = true;
		else
			n += lone_one(s, 0, i, names);
	}
	for (int k = 0; k < s->side[1].modes.n; k++)
		if (!taken[k])
			n += lone_one(s, 1, k, names);
	return n;
}

/* the pair that is highest on both sides together; -1 if none */
static int
main_pair(const struct sides *s)
{
	double top = 0;
	int at = -1;

	for (int i = 0; i < s->side[0].modes.n; i++) {
		double h;

		if (s->pair[i] < 0)
			continue;
		h = s->side[0].modes.v[i].height +
		    s->side[1].modes.v[s->pair[i]].height;
		if (h > top) {
			top = h;
			at = i;
		}
	}
	return at;
}

static void
belts_text(const struct sides *s)
{
	static const char *const names[2] = {"A", "B"};
	int top = main_pair(s);

	for (int i = 0; i < s->side[0].modes.n; i++) {
		const struct peak *a = &s->side[0].modes.v[i], *b;

		if (s->pair[i] < 0)
			continue;
		b = &s->side[1].modes.v[s->pair[i]];
		printf("%s: A %.2f Hz, B %.2f Hz: %+.2f Hz; B is %.0f %% as "
		       "high\n",
		    kind(s), a->freq_hz, b->freq_hz, b->freq_hz - a->freq_hz,
		    100 * b->height / a->height);
	}
	lone(s, names);
	printf("similarity %.1f %%, belts: %s (%.0f of 100)\n", s->similarity,
	    belts_verdict(s->health), s->health);
	if (top >= 0) {
		double a = s->side[0].modes.v[top].freq_hz;
		double b = s->side[1].modes.v[s->pair[top]].freq_hz;
		double ratio = a > b ? (a / b) * (a / b) : (b / a) * (b / a);

		/* a taut belt's stiffness is its tension: f^2 */
		if (ratio < 1.03)
			printf("both are equally tight\n");
		else
			printf("belt %s is tighter by about %.0f %%: loosen "
			       "it or tighten the other\n",
			    a > b ? "A" : "B", (ratio - 1) * 100);
	}
}

static void
sides_json(const struct sides *s, const char *verdict)
{
	struct buf out = BUF_INIT;
	struct json j;

	json_begin(&j, &out);
	json_object(&j, NULL);
	json_string(&j, "compared", kind(s));
	json_fixed(&j, "similarity", s->similarity, 4);
	if (verdict) {
		json_fixed(&j, "health", s->health, 4);
		json_string(&j, "verdict", verdict);
	}
	json_array(&j, "pairs");
	for (int i = 0; i < s->side[0].modes.n; i++) {
		if (s->pair[i] < 0)
			continue;
		json_array(&j, NULL);
		for (int k = 0; k < 2; k++) {
			const struct peak *p =
			    &s->side[k].modes.v[k ? s->pair[i] : i];

			json_object(&j, NULL);
			json_fixed(&j, "freq", p->freq_hz, 5);
			json_double(&j, "height", p->height);
			json_close(&j);
		}
		json_close(&j);
	}
	json_close(&j);
	json_close(&j);
	json_newline(&j);
	fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
}

int
cmd_belts(int argc, char **argv)
{
	/* A runs along (1,-1), B along (1,1); the sensor says so by itself */
	struct identify_options o[2] = {0};
	struct sides s;
	int status;

	cli_parse(&belts_program, &argc, &argv);
	if (write_motion)
		return motion_belt();
	if (argc != 2)
		cli_die(EXIT_BAD_USAGE,
		    "two recordings are needed: belt A and belt B; see --help");
	status = sides_load(&s, argv, o);
	if (status == EXIT_DONE) {
		if (format == 1)
			sides_json(&s, belts_verdict(s.health));
		else
			belts_text(&s);
		if (plot && plot_sides(&s, belt_titles, "Belts", plot) != 0)
			status = EXIT_IO;
		else if (s.health <= 30)
			status = EXIT_NO;
	}
	sides_release(&s);
	return status;
}

static void
compare_pair(const struct sides *s, int i)
{
	const struct peak *a = &s->side[0].modes.v[i];
	const struct peak *b = &s->side[1].modes.v[s->pair[i]];

	printf("%s %.2f Hz is now at %.2f Hz (%+.1f %%, stiffness %+.0f %%), "
	       "%.0f %% as high",
	    kind(s), a->freq_hz, b->freq_hz,
	    (b->freq_hz / a->freq_hz - 1) * 100,
	    (b->freq_hz * b->freq_hz / (a->freq_hz * a->freq_hz) - 1) * 100,
	    100 * b->height / a->height);
	if (s->side[0].fitted && s->side[1].fitted)
		printf(", damping %.4f, was %.4f",
		    s->side[1].id.modes.mode[s->pair[i]].damping,
		    s->side[0].id.modes.mode[i].damping);
	printf("\n");
}

static void
compare_text(const struct sides *s)
{
	static const char *const names[2] = {"the old", "the new"};
	int top = main_pair(s), alone;
	double f, h;

	for (int i = 0; i < s->side[0].modes.n; i++)
		if (s->pair[i] >= 0)
			compare_pair(s, i);
	alone = lone(s, names);
	printf("similarity %.1f %%\n", s->similarity);
	if (top < 0) {
		printf("they have nothing in common\n");
		return;
	}
	f = s->side[1].modes.v[s->pair[top]].freq_hz /
	    s->side[0].modes.v[top].freq_hz;
	h = s->side[1].modes.v[s->pair[top]].height /
	    s->side[0].modes.v[top].height;
	if (fabs(f - 1) < 0.01 && fabs(h - 1) < 0.1)
		printf("verdict: %s\n",
		    alone ? "the same, but for what came or went"
			  : "no change");
	else if (f >= 1.01)
		printf("verdict: stiffer%s\n", h < 0.9 ? " and calmer" : "");
	else if (f <= 0.99)
		printf("verdict: softer%s\n", h > 1.1 ? " and louder" : "");
	else
		printf("verdict: %s at the same frequency\n",
		    h < 1 ? "calmer" : "louder");
}

int
cmd_compare(int argc, char **argv)
{
	struct identify_options o[2] = {0};
	struct sides s;
	int status;

	cli_parse(&compare_program, &argc, &argv);
	if (argc != 2)
		cli_die(EXIT_BAD_USAGE,
		    "two recordings are needed: old and new; see --help");
	status = sides_load(&s, argv, o);
	if (status == EXIT_DONE) {
		if (format == 1)
			sides_json(&s, NULL);
		else
			compare_text(&s);
		if (plot &&
		    plot_sides(&s, age_titles, "Before and after", plot) != 0)
			status = EXIT_IO;
	}
	sides_release(&s);
	return status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shaper-calibrate sweep and excite: test motion as G-code. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "command.h"
#include "machine/machine.h"
#include "machine/tree.h"
#include "motion.h"
#include "options.h"

#define RING_MM	   12.0
#define RING_MM_S  100.0
#define RING_MM_S2 8000.0

static const char *const synopsis[] = {"[OPTION ...]", NULL};

static struct motion_options motion = {.axis = "x", .travel_speed = 50};
static struct command_spec spec;
static double at_hz = 25, for_s = 10, per_hz = 60;
static bool pulses;
static uint32_t moves;

#define AXIS_OPT                                                               \
	{                                                                      \
		OPT_STRING, 0, "axis", &motion.axis, "AXIS",                   \
		    "x, y, z or DX,DY[,DZ]", 0, 0, NULL                        \
	}

static const struct opt sweep_optv[] = {
    {.kind = OPT_HEAD, .help = "The sweep"},
    AXIS_OPT,
    {OPT_DOUBLE, 0, "freq-start", &spec.freq_start_hz, "HZ",
	"first frequency (5)", 1, 300, NULL},
    {OPT_DOUBLE, 0, "freq-end", &spec.freq_end_hz, "HZ",
	"last frequency (135; z 100)", 1, 300, NULL},
    {OPT_DOUBLE, 0, "hz-per-sec", &spec.hz_per_s, "HZ_S",
	"how fast it rises (1)", 0.1, 10, NULL},
    {OPT_DOUBLE, 0, "accel-per-hz", &spec.accel_per_hz, "MM_S2",
	"acceleration over frequency (60; z 15)", 0.1, 1000, NULL},
    {OPT_DOUBLE, 0, "sweeping-accel", &spec.sweeping_accel, "MM_S2",
	"acceleration of the slow carrier (400; z 50)", 1, 100000, NULL},
    {OPT_DOUBLE, 0, "sweeping-period", &spec.sweeping_period_s, "S",
	"period of the slow carrier (1.2)", 0.1, 100, NULL},
    {OPT_FLAG, 0, "pulses-only", &pulses, NULL, "no slow carrier", 0, 0, NULL},
    {.kind = OPT_HEAD, .help = "The machine"},
    MOTION_OPTS(motion),
    {.kind = OPT_END},
};

static const struct cli_program sweep_program = {"shaper-calibrate sweep",
    "write the G-code that shakes an axis from low to high frequency", synopsis,
    sweep_optv, false, false};

static const struct opt excite_optv[] = {
    {.kind = OPT_HEAD, .help = "The vibration"},
    AXIS_OPT,
    {OPT_DOUBLE, 0, "freq", &at_hz, "HZ", "frequency (25)", 1, 300, NULL},
    {OPT_DOUBLE, 0, "time", &for_s, "S", "how long (10)", 0.1, 600, NULL},
    {OPT_UINT, 0, "moves", &moves, "N",
	"so many short moves with rests instead, for ringdown", 2, 100, NULL},
    {OPT_DOUBLE, 0, "accel-per-hz", &per_hz, "MM_S2",
	"acceleration over frequency (60)", 0.1, 1000, NULL},
    {.kind = OPT_HEAD, .help = "The machine"},
    MOTION_OPTS(motion),
    {.kind = OPT_END},
};

static const struct cli_program excite_program = {"shaper-calibrate excite",
    "write the G-code that shakes an axis at one frequency", synopsis,
    excite_optv, false, false};

static void
no_operands(int argc, char **argv)
{
	if (argc > 0)
		cli_die(EXIT_BAD_USAGE,
		    "'%s' is too much: there is nothing to "
		    "read; see --help",
		    argv[0]);
}

/* from the options, else [resonance_tester] of the printer, else as usual */
static void
take(double *value, const struct tree_section *s, const char *key,
    double fallback)
{
	if (*value == 0)
		*value = s ? tree_double(s, key, fallback) : fallback;
}

static int
fill_in(const double d[3])
{
	bool z = d[2] != 0;
	struct machine *m = machine_load(motion.config, cli_sink());
	const struct tree_section *s;

	if (!m)
		return EXIT_CONFIG;
	s = tree_section(machine_tree(m), "resonance_tester");
	take(&spec.freq_start_hz, s, "min_freq", 5);
	take(
	    &spec.freq_end_hz, s, z ? "max_freq_z" : "max_freq", z ? 100 : 135);
	take(&spec.accel_per_hz, s, z ? "accel_per_hz_z" : "accel_per_hz",
	    z ? 15 : 60);
	take(&spec.hz_per_s, s, "hz_per_sec", 1);
	take(&spec.sweeping_accel, s, z ? "sweeping_accel_z" : "sweeping_accel",
	    z ? 50 : 400);
	take(&spec.sweeping_period_s, s, "sweeping_period", 1.2);
	machine_free(m);
	if (pulses)
		spec.sweeping_period_s = spec.sweeping_accel = 0;
	memcpy(spec.direction, d, sizeof(spec.direction));
	if (spec.freq_start_hz >= spec.freq_end_hz)
		cli_die(EXIT_BAD_USAGE,
		    "--freq-start: %g Hz is not below --freq-end %g Hz",
		    spec.freq_start_hz, spec.freq_end_hz);
	return EXIT_DONE;
}

static int
write_command(const struct command *c, const char *title, const char *name,
    const struct buf *words)
{
	struct motion m;
	int status = motion_begin(&m, &motion, title);
	double stop = c->end_pos;

	if (status != EXIT_DONE)
		return status;
	if (m.max_accel > 0)
		stop += c->end_v * fabs(c->end_v) / (2 * m.max_accel);
	if (motion_check(&m, spec.direction, fmin(c->lowest, stop),
		fmax(c->highest, stop)) != 0 ||
	    motion_check_z(&m, spec.direction, c) != 0) {
		buf_release(&m.out);
		return EXIT_CONFIG;
	}
	if (words)
		motion_note(&m, "#%s", words->data);
	motion_line(&m, "SET_VELOCITY_LIMIT VELOCITY=%.0f ACCEL=%.0f",
	    ceil(c->max_v + 1), ceil(c->max_accel + 1));
	motion_record(&m, name, words ? words->data : NULL);
	motion_command(&m, spec.direction, c);
	motion_rest(&m, 0.3);
	motion_record(&m, name, NULL);
	return motion_end(&m, &motion);
}

int
cmd_sweep(int argc, char **argv)
{
	struct buf words = BUF_INIT, title = BUF_INIT;
	struct command c;
	double d[3];
	int status;

	cli_parse(&sweep_program, &argc, &argv);
	no_operands(argc, argv);
	options_direction(motion.axis, d);
	status = fill_in(d);
	if (status != EXIT_DONE)
		return status;
	command_build(&c, &spec);
	buf_adds(&words, "sweep ");
	command_format(&spec, &words);
	buf_addf(&title,
	    "sweep of %s from %g to %g Hz: %.1f s, up to %.1f mm/s and %.0f "
	    "mm/s2, from %.2f to %.2f mm",
	    motion.axis, spec.freq_start_hz, spec.freq_end_hz,
	    c.segment[c.n - 1].end_s, c.max_v, c.max_accel, c.lowest,
	    c.highest);
	status = write_command(&c, title.data, "sweep", &words);
	command_release(&c);
	buf_release(&words);
	buf_release(&title);
	return status;
}

/* Short moves to and fro; what rings in the rests is what counts. */
static int
write_moves(void)
{
	struct buf note = BUF_INIT;
	struct motion m;
	int status = motion_begin(&m, &motion, "short moves with rests");

	if (status != EXIT_DONE)
		return status;
	if (motion_check(&m, spec.direction, 0, RING_MM) != 0) {
		buf_release(&m.out);
		return EXIT_CONFIG;
	}
	motion_line(&m, "SET_VELOCITY_LIMIT VELOCITY=%.0f ACCEL=%.0f",
	    RING_MM_S, RING_MM_S2);
	buf_addf(&note, "moves n=%u", (unsigned)moves);
	motion_record(&m, "moves", note.data);
	buf_release(&note);
	for (uint32_t i = 0; i < moves; i++) {
		motion_go(&m, spec.direction, i % 2 ? 0 : RING_MM, RING_MM_S,
		    RING_MM_S2);
		motion_rest(&m, 0.35);
	}
	motion_record(&m, "moves", NULL);
	return motion_end(&m, &motion);
}

int
cmd_excite(int argc, char **argv)
{
	struct buf title = BUF_INIT;
	struct command c;
	int status;

	cli_parse(&excite_program, &argc, &argv);
	no_operands(argc, argv);
	options_direction(motion.axis, spec.direction);
	if (moves > 0)
		return write_moves();
	/* a sweep that rises by nothing; its end is a number of cycles */
	command_constant(&c, at_hz, per_hz, for_s);
	buf_addf(
	    &title, "%s shaken at %g Hz for %g s", motion.axis, at_hz, for_s);
	status = write_command(&c, title.data, "excite", NULL);
	command_release(&c);
	buf_release(&title);
	return status;
}

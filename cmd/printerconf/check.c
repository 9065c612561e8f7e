/* SPDX-License-Identifier: GPL-3.0-or-later */
/* printerconf check: is this machine one that can work? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lang/klippercfg.h"
#include "machine/build.h"
#include "machine/hardware.h"
#include "printerconf.h"

static const char *config;
static bool strict;

static const char *const synopsis[] = {"check [-c FILE] [--strict]", NULL};
static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &config, "FILE",
	"check this configuration instead of the one that is found", 0, 0,
	NULL},
    {OPT_FLAG, 0, "strict", &strict, NULL,
	"a warning is a reason to exit 1, too", 0, 0, NULL},
    {.kind = OPT_END},
};
static const struct cli_program program = {
    .name = "printerconf",
    .purpose = "check a configuration, the electrical side included",
    .synopsis = synopsis,
    .optv = optv,
};

/* What the electrical check finds; the numbers behind them are those of the
 * page. */
const struct {
	const char *slug;
	const char *what;
} hardware_diag_table[] = {
    {"hw-driver-voltage", "a rail that the driver does not stand"},
    {"hw-heater-rail", "a heater or fan on a rail that is not for it"},
    {"hw-rail-voltage", "a rail above what its drivers work at"},
    {"hw-run-current", "more current than driver or motor stand"},
    {"hw-speed", "faster than the motor has torque for"},
    {"hw-accel", "more acceleration than the motor has torque for"},
    {"hw-homing", "homing or probing faster than motors have torque for"},
    {"hw-shaper", "more acceleration than the input shaper likes"},
    {"hw-current-scale", "a current that the driver sets coarsely"},
    {"hw-sense-resistor", "a sense resistor that no such module has"},
    {"hw-stealthchop", "stealthChop where it does not work"},
    {"hw-spi", "a bus that does not reach the drivers"},
    {"hw-diag", "a slot without a wire for the stall signal"},
    {"hw-sensorless", "sensorless homing that will not work well"},
    {"hw-braking", "braking that lifts the rail too high"},
    {"hw-step-rate", "more steps than the board makes"},
    {"hw-pwm-pin", "hardware PWM where there is none"},
    {"hw-pullup", "a pull-up that the board does not have"},
    {"hw-max-temp", "hotter than the sensor or the bed stands"},
    {"hw-power", "more current than supply or board give"},
    {"hw-pin", "one pin for two things"},
    {"hw-steps", "full steps that the motor does not have"},
    {"hw-step-pulse", "a step pulse that the driver may miss"},
    {"hw-motor", "figures that no such motor has"},
    {"hw-enable", "motors that can only be released together"},
    {"hw-baud", "a speed that the board misses"},
    {"hw-unknown", "what could not be checked"},
};

/* Findings are what this command is for: they go to stdout. */
static void
print(struct diag_sink *sink, enum diag_level level, const struct diag_place *p,
    const char *slug, const char *text)
{
	static const char *const word[] = {"note", "warning", "error"};

	(void)sink;
	if (level == DIAG_NOTE && cli_verbosity() < 0)
		return;
	if (p && p->file)
		printf("%s:", p->file);
	if (p && p->file && p->line)
		printf("%u:", (unsigned)p->line);
	printf(" %s: %s", word[level], text);
	printf(slug ? " [%s]\n" : "\n", slug);
}

/* The files of macros are there and can be read. */
static void
check_macros(const struct machine *m, struct diag_sink *sink)
{
	for (int i = 0; i < m->n_macros; i++) {
		struct buf text = BUF_INIT;
		struct klippercfg *cfg;

		if (machine_tree(m)->klipper)
			continue; /* it has been read already */
		buf_addf(&text, "[include %s]\n", m->macros[i]);
		cfg = klippercfg_parse(text.data, text.len, "macros", 0, sink);
		klippercfg_free(cfg);
		buf_release(&text);
	}
}

static void
summary(const struct machine *m, const struct diag_sink *sink)
{
	if (cli_verbosity() < 0)
		return;
	printf("%s: %u errors, %u warnings, %u notes; %s, %d motors (%d with "
	       "data), %d heaters\n",
	    m->file, sink->count[DIAG_ERROR], sink->count[DIAG_WARNING],
	    sink->count[DIAG_NOTE], machine_kinematics_name(m->kinematics),
	    m->n_steppers, m->n_motors, m->n_heaters);
}

int
cmd_check(int argc, char **argv)
{
	struct diag_sink sink = {.emit = print};
	struct machine *m;
	char *path;
	struct tree *t;

	cli_parse(&program, &argc, &argv);
	if (argc > 0)
		cli_die(EXIT_BAD_USAGE,
		    "check: '%s' is too much; the file is given by -c",
		    argv[0]);
	path = machine_find_config(config, cli_sink());
	if (!path)
		return EXIT_NO_INPUT;
	if (access(path, R_OK)) {
		cli_die(EXIT_NO_INPUT, "cannot read '%s':", path);
	}
	t = tree_load(path, TREE_EVEN_WRONG | TREE_SAY_IGNORED, &sink);
	free(path);
	if (!t)
		return EXIT_NO_INPUT;
	m = machine_from_tree(t);
	if (t->errors) {
		machine_free(m);
		return EXIT_CONFIG;
	}
	check_macros(m, &sink);
	hardware_check(m, &sink);
	summary(m, &sink);
	machine_free(m);
	if (sink.count[DIAG_ERROR] || (strict && sink.count[DIAG_WARNING]))
		return EXIT_NO;
	return EXIT_DONE;
}

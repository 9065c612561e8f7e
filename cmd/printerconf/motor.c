/* SPDX-License-Identifier: GPL-3.0-or-later */
/* printerconf motor: torque and speed on 24 V and on 48 V. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "io/file.h"
#include "machine/hardware.h"
#include "motor_plot.h"
#include "printerconf.h"

static const char *config, *plot;
static bool list;

static const char *const synopsis[] = {
    "motor [-c FILE] [--plot=FILE] [STEPPER...]", "motor --list", NULL};
static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &config, "FILE",
	"read this configuration instead of the one that is found", 0, 0, NULL},
    {OPT_FLAG, 0, "list", &list, NULL, "list the motors known by name", 0, 0,
	NULL},
    {OPT_STRING, 0, "plot", &plot, "FILE",
	"draw torque against speed, as .svg or .png", 0, 0, NULL},
    {.kind = OPT_END},
};
static const struct cli_program program = {
    .name = "printerconf",
    .purpose = "tell what the motors can do on 24 V and on 48 V",
    .synopsis = synopsis,
    .optv = optv,
};

static const double speeds[] = {
    0, 50, 100, 150, 200, 250, 300, 400, 500, 700, 1000};
#define N_SPEEDS (sizeof(speeds) / sizeof(speeds[0]))

static int
list_motors(void)
{
	printf("%-30s %5s %6s %6s %6s %6s %6s  %s\n", "motor", "steps", "ohm",
	    "mH", "N m", "A", "g cm2", "note");
	for (const struct motor_model *m = motor_models; m->name; m++)
		printf("%-30s %5d %6.2f %6.2f %6.2f %6.2f %6.1f  %s\n", m->name,
		    m->full_steps, m->resistance, m->inductance,
		    m->holding_torque, m->rated_current, m->inertia, m->note);
	return EXIT_DONE;
}

static double
omega(const struct machine_motor *mm, double mm_s)
{
	return mm_s * 2 * NUM_PI / mm->axis.rotation_distance;
}

static double
mm_s(const struct machine_motor *mm, double rad_s)
{
	return rad_s * mm->axis.rotation_distance / (2 * NUM_PI);
}

static void
print_head(const struct machine_motor *mm)
{
	const struct torque_motor *t = &mm->motor;

	printf("%s: %s, %.3g A of %g A, %.2f ohm, %.2f mH, %.2f N m, %d steps",
	    mm->name, mm->model ? mm->model : "motor", mm->drive.current,
	    t->rated_current, t->resistance, t->inductance * 1000,
	    t->holding_torque, t->full_steps);
	if (mm->driver)
		printf(", %s", mm->driver->name);
	if (mm->voltage > 0)
		printf(", on %g V", mm->voltage);
	printf(
	    "\n  %g mm a turn, K_t %.3f N m/A, L/R %.1f ms, back-EMF %.0f V at "
	    "%.0f mm/s\n",
	    mm->axis.rotation_distance, torque_constant(t),
	    1000 * t->inductance / t->resistance, torque_constant(t) * 100,
	    mm_s(mm, 100));
}

/* "22" or "12/17": lower and upper bound */
static void
put_range(double low, double high)
{
	char text[32];

	if (fabs(high - low) < .5)
		snprintf(text, sizeof(text), "%.0f", low);
	else
		snprintf(text, sizeof(text), "%.0f/%.0f", low, high);
	printf(" %9s", text);
}

static void
print_rail(
    const struct machine *m, const struct machine_motor *mm, double volts)
{
	struct torque_drive d = {mm->drive.current, volts - MOTOR_VOLTS_LOST};
	struct motor_load load;

	printf("  %2.0f V: full current up to %.0f mm/s, half torque up to "
	       "%.0f (at best %.0f) mm/s\n",
	    volts, mm_s(mm, torque_corner(&mm->motor, &d)),
	    mm_s(mm, torque_speed(&mm->motor, &d, .5, TORQUE_LOWER)),
	    mm_s(mm, torque_speed(&mm->motor, &d, .5, TORQUE_UPPER)));
	printf("    mm/s   ");
	for (size_t i = 0; i < N_SPEEDS; i++)
		printf(" %9.0f", speeds[i]);
	printf("\n    N cm   ");
	for (size_t i = 0; i < N_SPEEDS; i++)
		put_range(100 * torque_at(&mm->motor, &d, omega(mm, speeds[i]),
				    TORQUE_LOWER),
		    100 * torque_at(&mm->motor, &d, omega(mm, speeds[i]),
			      TORQUE_UPPER));
	putchar('\n');
	if (!mm->has_axis || !motor_load(m, mm, &load))
		return;
	printf("    m/s2   ");
	for (size_t i = 0; i < N_SPEEDS; i++) {
		double v = speeds[i] * load.per_axis;

		put_range(torque_acceleration(
			      &mm->motor, &d, &load.axis, v, .5, TORQUE_LOWER) /
			      load.per_axis / 1000,
		    torque_acceleration(
			&mm->motor, &d, &load.axis, v, .5, TORQUE_UPPER) /
			load.per_axis / 1000);
	}
	printf("  (half the torque, %.2f kg)\n", mm->axis.mass);
}

static bool
is_wanted(const struct machine_motor *mm, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(mm->name, argv[i]) == 0)
			return true;
	return argc == 0;
}

static void
print_motor(const struct machine *m, const struct machine_motor *mm)
{
	print_head(mm);
	print_rail(m, mm, 24);
	print_rail(m, mm, 48);
	if (mm->voltage > 0 && fabs(mm->voltage - 24) > .5 &&
	    fabs(mm->voltage - 48) > .5)
		print_rail(m, mm, mm->voltage);
	if (mm->driver && mm->driver->max_voltage < 48)
		printf("  a %s stands %g V: it cannot be put on 48 V\n",
		    mm->driver->name, mm->driver->max_voltage);
	putchar('\n');
}

static void
draw(const struct machine_motor *const *motors, int n)
{
	struct buf out = BUF_INIT;

	if (motor_plot(plot, motors, n, &out))
		cli_die(EXIT_BAD_USAGE,
		    "--plot: '%s' ends neither in .svg nor in .png%s", plot,
		    motor_plot_has_png() ? "" : " (which needs cairo)");
	if (file_replace(plot, out.data, out.len))
		cli_die(EXIT_IO, "cannot write '%s':", plot);
	buf_release(&out);
}

int
cmd_motor(int argc, char **argv)
{
	const struct machine_motor **wanted;
	enum cli_status status = EXIT_DONE;
	struct machine *m;
	char *path;
	int n = 0;

	cli_parse(&program, &argc, &argv);
	if (list)
		return list_motors();
	path = machine_find_config(config, cli_sink());
	m = path ? machine_load(path, cli_sink()) : NULL;
	if (!m)
		return path ? (int)refused_status(path) : EXIT_NO_INPUT;
	free(path);
	wanted = xcalloc((size_t)m->n_motors + 1, sizeof(*wanted));
	for (int i = 0; i < m->n_motors; i++) {
		if (m->motor[i].has_motor &&
		    is_wanted(&m->motor[i], argc, argv))
			wanted[n++] = &m->motor[i];
	}
	for (int i = 0; i < n; i++)
		print_motor(m, wanted[i]);
	if (n == 0) {
		cli_warn("'%s' has no data of motors: see the groups motor and "
			 "supply of printer.conf(5), or try --list",
		    m->file);
		status = EXIT_NO;
	} else if (plot) {
		draw(wanted, n);
	}
	free(wanted);
	machine_free(m);
	return (int)status;
}

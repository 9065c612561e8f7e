/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A firmware image on an emulated ATmega, with the machine behind its pins. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "cmd/mcu-sim/mcu-sim.h"
#include "io/file.h"
#include "mcu-fw/board/sim/sim.h"
#include "mcu-fw/sim/model.h"
#include "tests/avr/chip.h"

/*
 * Takes the part of mcu-sim towards a host: lock-step on stdin and stdout, or
 * with --pty=LINK real time on a terminal, for as long as the emulator keeps
 * up.  The model and both ways of serving know their chip by sim.h alone, so
 * what that promises is made here of simavr's pins.  $AVR_ELF is the image,
 * $AVR_MCU the chip; -c, --report=, --trace= and --start= are as mcu-sim has
 * them.
 */
#define INPUT_CYCLES 400 /* how often the chip's inputs follow the machine */

uint64_t sim_clock;
uint32_t sim_freq = 16000000;
uint32_t sim_pulse_hold;
uint64_t sim_alarm = UINT64_MAX;
void (*sim_alarm_fn)(void *ctx);
void *sim_alarm_ctx;
FILE *sim_trace;
struct buf sim_link_out = BUF_INIT;

static struct sim_pin pins[12][8];
static struct sim_pin *adc[16];
static struct sim_link_stats stats;

static void
on_pin(void *ctx, bool level)
{
	struct sim_pin *p = ctx;

	sim_clock = chip_cycle();
	if (p->level != level)
		sim_pin_toggle(p);
}

struct sim_pin *
sim_pin(const char *name)
{
	struct sim_pin *p;

	if (name[0] != 'P' || name[1] < 'A' || name[1] > 'L' || name[2] < '0' ||
	    name[2] > '7' || name[3])
		return NULL;
	p = &pins[name[1] - 'A'][name[2] - '0'];
	if (!p->name) {
		p->name = xstrdup(name);
		chip_watch(name[1], name[2] - '0', on_pin, p);
	}
	return p;
}

void
sim_pin_watch(struct sim_pin *p, void (*changed)(void *, bool), void *ctx)
{
	struct sim_watch *w = xcalloc(1, sizeof(*w));

	*w = (struct sim_watch){p->watch, changed, ctx};
	p->watch = w;
}

void
sim_pin_trace(struct sim_pin *p)
{
	fprintf(sim_trace, "%llu %s %d\n", (unsigned long long)sim_clock,
	    p->name, p->level);
}

/* Again and again: a pull-up that the firmware sets would stay. */
static void
follow_inputs(void)
{
	for (int i = 0; i < 12; i++) {
		for (int k = 0; k < 8; k++) {
			const struct sim_pin *p = &pins[i][k];

			if (p->read)
				chip_set_pin(
				    (char)('A' + i), k, p->read(p->read_ctx));
		}
	}
}

static uint32_t
millivolt(int channel)
{
	const struct sim_pin *p = adc[channel & 15];

	sim_clock = chip_cycle();
	return p && p->analog
		   ? (uint32_t)(p->analog(p->analog_ctx) * 5000 + 0.5)
		   : 5000;
}

/* nothing hangs on this chip's SPI or I2C: an accelerometer of the model is
 * not asked */
uint8_t (*sim_spi_exchange)(void *ctx, uint8_t out);
void *sim_spi_ctx;
uint8_t (*sim_i2c_transfer)(void *ctx, uint8_t address, uint8_t n_write,
    const uint8_t *write, uint8_t n_read, uint8_t *read);
void *sim_i2c_ctx;

/* what the model may ask for, and this chip has not */
void
sim_link_spoil(double probability, uint64_t seed)
{
	(void)probability;
	(void)seed;
}

void
sim_link_hold(uint64_t until)
{
	(void)until;
}

void
sim_link_get_stats(struct sim_link_stats *out)
{
	*out = stats;
}

void
sim_restart(void)
{
	exit(70);
}

uint32_t
sim_boots(void)
{
	return 1;
}

const char *
sim_shutdown_reason(void)
{
	return NULL;
}

size_t
sim_link_room(void)
{
	return SIM_RECEIVE_WINDOW; /* what is more waits in front of the UART */
}

void
sim_link_write(const void *data, size_t n)
{
	stats.bytes_in += n;
	chip_write(data, n);
}

void
sim_run(uint64_t until)
{
	while (chip_out.len == 0 && chip_cycle() < until) {
		uint64_t next = chip_cycle() + INPUT_CYCLES;

		if (!chip_run(next < until ? next : until))
			cli_die(EXIT_PROTO, "the chip has crashed");
		follow_inputs();
	}
	sim_clock = chip_cycle();
	stats.bytes_out += chip_out.len;
	if (chip_out.len > 0)
		buf_add(&sim_link_out, chip_out.data, chip_out.len);
	buf_clear(&chip_out);
}

static void
connect_adc(void)
{
	bool mega = strcmp(getenv("AVR_MCU"), "atmega2560") == 0;

	for (int k = 0; k < 8; k++) {
		adc[k] = &pins[mega ? 'F' - 'A' : 0][k];
		if (mega)
			adc[8 + k] = &pins['K' - 'A'][k];
	}
	chip_set_adc(millivolt);
}

static struct {
	const char *config, *report, *trace, *pty;
	struct model_options model;
} opts = {.model.seed = 1};

static void
parse(int argc, char **argv)
{
	double *start = opts.model.start;

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--start=", 8) == 0)
			opts.model.has_start =
			    sscanf(argv[i] + 8, "%lf,%lf,%lf", &start[0],
				&start[1], &start[2]) == 3;
		if (strcmp(argv[i], "-c") == 0 && i + 1 < argc)
			opts.config = argv[++i];
		else if (strncmp(argv[i], "--report=", 9) == 0)
			opts.report = argv[i] + 9;
		else if (strncmp(argv[i], "--trace=", 8) == 0)
			opts.trace = argv[i] + 8;
		else if (strncmp(argv[i], "--pty=", 6) == 0)
			opts.pty = argv[i] + 6;
	}
}

static int
serve(struct model *m)
{
	int status;

	if (!opts.pty)
		return serve_lockstep(m) == 0 ? EXIT_DONE : EXIT_PROTO;
	status = serve_pty(m, opts.pty);
	fprintf(stderr, "%.2f s of the chip took %.2f s of this machine\n",
	    (double)chip_cycle() / sim_freq, (double)clock_cpu_ns() / 1e9);
	return status;
}

int
main(int argc, char **argv)
{
	struct buf text = BUF_INIT;
	struct machine *machine;
	struct model *m;
	int status;

	parse(argc, argv);
	if (opts.trace)
		sim_trace = fopen(opts.trace, "w");
	machine = machine_load(opts.config, cli_sink());
	if (!machine)
		return EXIT_CONFIG;
	/* simavr speaks on stdout: that is the host's */
	stdout = stderr;
	chip_open(getenv("AVR_MCU"), getenv("AVR_ELF"));
	m = model_new(machine, &opts.model, cli_sink());
	if (!m)
		return EXIT_CONFIG;
	connect_adc();
	status = serve(m);
	if (status == EXIT_DONE && opts.report) {
		model_report(m, &text);
		if (file_replace(opts.report, text.data, text.len) != 0)
			return EXIT_IO;
	}
	if (sim_trace && fclose(sim_trace) != 0)
		return EXIT_IO;
	return status;
}

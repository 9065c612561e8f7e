/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One microcontroller: opening, objects and their pins, closing. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "io/file.h"
#include "mcu-private.h"

#define DICTIONARY_MAX	   ((size_t)4 << 20)
#define DEFAULT_CLOCK_FREQ 16e6

int
mcu_fail(struct mcu *mcu, int status, const char *fmt, ...)
{
	va_list ap;

	if (mcu->failure.len > 0)
		return -1;
	va_start(ap, fmt);
	buf_vaddf(&mcu->failure, fmt, ap);
	va_end(ap);
	mcu->status = status;
	return -1;
}

const char *
mcu_failed(const struct mcu *mcu)
{
	return mcu->failure.len > 0 ? mcu->failure.data : NULL;
}

int
mcu_failed_status(const struct mcu *mcu)
{
	return mcu->status;
}

enum mcu_kind
mcu_kind(const struct mcu *mcu)
{
	return mcu->kind;
}

double
mcu_clock_freq(const struct mcu *mcu)
{
	return mcu->freq;
}

bool
mcu_has_cubic(const struct mcu *mcu, int *bits)
{
	double v;

	if (!mcu->command[MCU_CMD_QUEUE_STEP_CUBIC])
		return false;
	if (dict_constant(mcu->dict, CUBIC_FRACTION_CONSTANT, &v) != 0)
		v = CUBIC_FRACTION_DEFAULT;
	*bits = (int)v;
	return v >= 0 && v <= CUBIC_FRACTION_MAX;
}

uint64_t
mcu_clock(const struct mcu *mcu, double print_time)
{
	double clock = floor(print_time * mcu->freq + 0.5);

	if (!(clock > 0))
		return 0;
	return clock < 0x1p63 ? (uint64_t)clock : UINT64_MAX;
}

uint32_t
mcu_ticks(const struct mcu *mcu, double seconds)
{
	return (uint32_t)floor(seconds * mcu->freq + 0.5);
}

const struct mcu_stats *
mcu_stats(const struct mcu *mcu)
{
	return &mcu->stats;
}

/* The dictionary is here: look up once what will be asked for often. */
int
mcu_take_dictionary(struct mcu *mcu, struct dict *dict)
{
#define MCU_TEXT(name, text) text,
	static const char *const command[] = {MCU_COMMANDS(MCU_TEXT)};
	static const char *const response[] = {MCU_RESPONSES(MCU_TEXT)};

	mcu->dict = dict;
	for (int i = 0; i < MCU_N_COMMANDS; i++)
		mcu->command[i] = dict_command(dict, command[i]);
	for (int i = 0; i < MCU_N_RESPONSES; i++)
		mcu->response[i] = dict_response(dict, response[i]);
	if (dict_constant(dict, "CLOCK_FREQ", &mcu->freq) != 0 ||
	    !(mcu->freq >= 1e5 && mcu->freq <= 715827882.0))
		return mcu_fail(mcu, EXIT_PROTO,
		    "the data dictionary of mcu '%s' has no usable CLOCK_FREQ",
		    mcu->config->name);
	if (dict_constant(dict, "ADC_MAX", &mcu->adc_max) != 0)
		mcu->adc_max = 4095;
	if (dict_constant(dict, "PWM_MAX", &mcu->pwm_max) != 0)
		mcu->pwm_max = 255;
	return 0;
}

/* What every board is assumed to have when none is asked. */
static struct dict *
imagined_dictionary(struct mcu *mcu)
{
	double freq = mcu->options.clock_freq;
	struct buf text = BUF_INIT;
	struct dict *dict;
	int id = 0;

#define MCU_JSON(name, signature)                                              \
	buf_addf(&text, "%s\"%s\":%d", id == first ? "" : ",", signature, id); \
	id++;
	buf_adds(&text, "{\"responses\":{");
	{
		int first = 0;
		MCU_RESPONSES(MCU_JSON)
	}
	buf_adds(&text, "},\"commands\":{");
	{
		int first = id;
		MCU_COMMON_COMMANDS(MCU_JSON)
	}
	buf_addf(&text,
	    "},\"config\":{\"CLOCK_FREQ\":%.0f,\"ADC_MAX\":4095,"
	    "\"PWM_MAX\":255,\"MCU\":\"no board\"}}",
	    freq > 0 ? freq : DEFAULT_CLOCK_FREQ);
	dict = dict_load(text.data, text.len, "<built-in>", mcu->sink);
	buf_release(&text);
	if (!dict)
		BUG("the built-in dictionary is none");
	dict_open_enum(dict, "pin");
	return dict;
}

static struct dict *
dictionary_from_file(struct mcu *mcu, const char *path, int *status)
{
	struct diag_place place = {.file = path};
	struct buf data = BUF_INIT;
	struct dict *dict = NULL;
	int fd = file_open_input(path, &place.file);

	if (fd < 0 || file_read_all(fd, &data, DICTIONARY_MAX) != 0) {
		diag_report(
		    mcu->sink, DIAG_ERROR, &place, NULL, "%s", strerror(errno));
		*status = EXIT_NO_INPUT;
	} else {
		dict = dict_load(data.data, data.len, place.file, mcu->sink);
		*status = EXIT_BAD_DATA;
	}
	buf_release(&data);
	if (fd > 0)
		close(fd);
	return dict;
}

static int
open_offline(struct mcu *mcu, int *status)
{
	const struct mcu_options *o = &mcu->options;
	struct dict *dict;

	mcu->kind = MCU_OFFLINE;
	if (o->dictionary_path) {
		dict = dictionary_from_file(mcu, o->dictionary_path, status);
	} else if (o->output_path) {
		mcu_fail(mcu, EXIT_BAD_USAGE,
		    "raw bytes need the board's dictionary: add "
		    "--dictionary FILE, or use --dump for text");
		return -1;
	} else {
		dict = imagined_dictionary(mcu);
	}
	if (!dict || mcu_take_dictionary(mcu, dict) != 0)
		return -1;
	return 0;
}

struct mcu *
mcu_open(const struct machine *machine, const struct machine_mcu *config,
    const struct mcu_options *options, struct diag_sink *sink, int *status)
{
	struct mcu *mcu = xcalloc(1, sizeof(*mcu));
	int result;

	mcu->machine = machine;
	mcu->config = config;
	mcu->options = *options;
	mcu->sink = sink;
	mcu->queue[mcu->n_queues++] = &mcu->misc;
	*status = EXIT_NO_DEVICE;
	if (!options->serial && (options->dump_path || options->output_path))
		result = open_offline(mcu, status);
	else
		result = mcu_live_open(mcu, status);
	if (result == 0 && (options->dump_path || options->output_path)) {
		mcu->recorder = recorder_open(mcu->dict, options->dump_path,
		    options->output_path, sink, status);
		if (!mcu->recorder)
			result = -1;
	}
	if (result == 0)
		return mcu;
	if (mcu_failed(mcu)) {
		*status = mcu->status;
		diag_report(
		    sink, DIAG_ERROR, NULL, NULL, "%s", mcu_failed(mcu));
	}
	if (mcu->recorder)
		recorder_abandon(mcu->recorder);
	mcu->recorder = NULL;
	mcu_close(mcu);
	return NULL;
}

int
mcu_close(struct mcu *mcu)
{
	int result = 0;

	if (!mcu)
		return 0;
	if (mcu->live)
		mcu_live_close(mcu);
	else if (mcu->recorder)
		mcu_flush(mcu, (double)INFINITY);
	if (mcu->recorder && recorder_close(mcu->recorder) != 0)
		result = -1;
	for (int i = 0; i < mcu->n_oids; i++)
		msgq_release(&mcu->object[i]->queue);
	for (int i = 0; i < mcu->n_steppers; i++)
		msgq_release(&mcu->stepper[i]->fresh);
	for (int i = 0; i < mcu->n_endstops; i++)
		free(mcu->endstop[i]->stop);
	mcu_accel_free(mcu->accel);
	/* an endstop holds the trsync that follows it: last things first */
	for (int i = mcu->n_oids - 1; i >= 0; i--)
		if (mcu->object[i]->owned)
			free(mcu->object[i]);
	msgq_release(&mcu->misc);
	buf_release(&mcu->failure);
	buf_release(&mcu->config_text);
	buf_release(&mcu->restart_text);
	dict_free(mcu->dict);
	free(mcu);
	return result;
}

void
mcu_new_object(struct mcu *mcu, struct mcu_object *o, bool has_queue)
{
	if (mcu->n_oids == MCU_OIDS_MAX)
		BUG("more than %d objects on mcu '%s'", MCU_OIDS_MAX,
		    mcu->config->name);
	o->mcu = mcu;
	o->oid = (uint8_t)mcu->n_oids;
	o->owned = true;
	mcu->object[mcu->n_oids++] = o;
	if (has_queue)
		mcu->queue[mcu->n_queues++] = &o->queue;
}

void
mcu_config_line(struct mcu *mcu, struct buf *text, const char *fmt, ...)
{
	va_list ap;

	(void)mcu;
	if (text->len > 0)
		buf_addc(text, '\n');
	va_start(ap, fmt);
	buf_vaddf(text, fmt, ap);
	va_end(ap);
}

__attribute__((format(printf, 3, 4))) static void
bad_pin(struct mcu *mcu, const struct machine_pin *pin, const char *fmt, ...)
{
	struct diag_place place = {.file = pin->file, .line = pin->line};
	va_list ap;

	va_start(ap, fmt);
	diag_vreport(mcu->sink, DIAG_ERROR, pin->file ? &place : NULL,
	    "bad-pin", fmt, ap);
	va_end(ap);
	mcu->config_bad = true;
}

/* Does the comma-separated list hold the word? */
static bool
listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *s = list; s; s = strchr(s, ',')) {
		s += *s == ',';
		if (strncmp(s, word, n) == 0 && (s[n] == ',' || !s[n]))
			return true;
	}
	return false;
}

static const char *
reserved_for(const struct mcu *mcu, const char *pin)
{
	static const char prefix[] = "RESERVE_PINS_";
	const char *name, *text;

	for (size_t i = 0; dict_constant_at(mcu->dict, i, &name, &text); i++)
		if (strncmp(name, prefix, sizeof(prefix) - 1) == 0 &&
		    listed(text, pin))
			return name + sizeof(prefix) - 1;
	return NULL;
}

static void
unknown_pin(struct mcu *mcu, const struct machine_pin *pin, struct dict_enum *e)
{
	const char *chip = dict_constant_text(mcu->dict, "MCU");
	struct buf near = BUF_INIT;

	if (dict_enum_nearest(e, pin->name, &near))
		bad_pin(mcu, pin,
		    "no pin '%s' on mcu '%s' (%s); the nearest is '%s'",
		    pin->name, mcu->config->name, chip ? chip : "unknown chip",
		    near.data);
	else
		bad_pin(mcu, pin, "no pin '%s' on mcu '%s' (%s)", pin->name,
		    mcu->config->name, chip ? chip : "unknown chip");
	buf_release(&near);
}

void
mcu_use_pin(struct mcu *mcu, const struct machine_pin *pin, bool shared)
{
	struct dict_enum *e = dict_enum(mcu->dict, "pin");
	const char *reserve;
	int32_t value;

	if (!pin->name) {
		bad_pin(mcu, pin, "a pin is not configured");
		return;
	}
	if (pin->mcu && strcmp(pin->mcu, mcu->config->name) != 0) {
		bad_pin(mcu, pin, "pin '%s:%s' is wanted on mcu '%s'", pin->mcu,
		    pin->name, mcu->config->name);
		return;
	}
	if (e && dict_enum_value(e, pin->name, &value) != 0) {
		unknown_pin(mcu, pin, e);
		return;
	}
	reserve = reserved_for(mcu, pin->name);
	if (reserve)
		bad_pin(mcu, pin, "pin '%s' is taken by the board's %s",
		    pin->name, reserve);
	for (int i = 0; i < mcu->n_used; i++) {
		const struct machine_pin *other = mcu->used[i].pin;

		if (strcmp(other->name, pin->name) != 0 ||
		    (shared && mcu->used[i].shared))
			continue;
		bad_pin(mcu, pin, "pin '%s' is used twice, first in line %u",
		    pin->name, (unsigned)other->line);
		return;
	}
	if (mcu->n_used < MCU_PINS_MAX)
		mcu->used[mcu->n_used++] = (struct mcu_used_pin){pin, shared};
}

bool
mcu_need(struct mcu *mcu, enum mcu_command cmd, const char *purpose)
{
#define MCU_SIGNATURE(name, text) text,
	static const char *const text[] = {MCU_COMMANDS(MCU_SIGNATURE)};

	if (mcu->command[cmd])
		return true;
	mcu->config_bad = true;
	if (mcu->missed[cmd])
		return false; /* it has been said */
	mcu->missed[cmd] = true;
	diag_report(mcu->sink, DIAG_ERROR, NULL, NULL,
	    "the firmware of mcu '%s' cannot %s (it lacks '%.*s'): flash a "
	    "newer one, or one with that feature",
	    mcu->config->name, purpose, (int)strcspn(text[cmd], " "),
	    text[cmd]);
	return false;
}

void
mcu_send(struct mcu *mcu, struct msgq *q, uint64_t min_clock,
    uint64_t req_clock, enum mcu_command cmd, int n, const uint32_t *v)
{
	uint8_t data[64];
	size_t len;

	if (!mcu->command[cmd])
		return; /* mcu_need() has complained, mcu_configure() fails */
	len = dict_encode_numbers(mcu->command[cmd], data, n, v);
	msgq_add(q, min_clock, req_clock, data, len);
}

void
mcu_discard_output(struct mcu *mcu)
{
	if (mcu->recorder)
		recorder_discard(mcu->recorder);
}

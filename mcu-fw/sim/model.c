/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts the machine together and says what became of it. */
#include "mcu-fw/sim/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/json.h"
#include "mcu-fw/sim/model-private.h"

#define REST_S	     0.3  /* no step for so long: it stands */
#define LAID_NEAR_MM 0.05 /* beads are drawn as straight as that */

double
model_seconds(uint64_t ticks)
{
	return (double)ticks / sim_freq;
}

/* splitmix64; twelve uniform numbers are normal enough for noise */
double
model_random(struct model *m)
{
	double sum = -6;

	for (int i = 0; i < 12; i++) {
		uint64_t z = m->random += 0x9e3779b97f4a7c15ull;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
		z = (z ^ z >> 27) * 0x94d049bb133111ebull;
		z ^= z >> 31;
		sum += (double)(z >> 11) / 9007199254740992.0;
	}
	return sum;
}

struct sim_pin *
model_pin(const struct model *m, const struct machine_pin *pin)
{
	(void)m;
	if (!pin->name || (pin->mcu && strcmp(pin->mcu, "mcu") != 0))
		return NULL;
	return sim_pin(pin->name);
}

struct model *
model_new(const struct machine *machine, const struct model_options *options,
    struct diag_sink *sink)
{
	struct model *m = xcalloc(1, sizeof(*m));

	m->machine = machine;
	m->options = *options;
	m->random = options->seed;
	laid_init(&m->laid,
	    machine->n_extruders > 0 ? machine->extruder[0].filament_area : 1,
	    LAID_NEAR_MM);
	m->pen = xcalloc((size_t)machine->n_extruders + 1, sizeof(*m->pen));
	for (int i = 0; i < machine->n_extruders; i++)
		laid_init(&m->pen[i], machine->extruder[i].filament_area,
		    LAID_NEAR_MM);
	motion_begin(m);
	if (thermal_begin(m, sink) == 0 && faults_begin(m, sink) == 0) {
		m->frame = frame_new(m, options->resonance,
		    options->n_resonances, options->sensor_clock_percent);
		return m;
	}
	model_free(m);
	return NULL;
}

void
model_free(struct model *m)
{
	if (!m)
		return;
	laid_release(&m->laid);
	for (int i = 0; m->pen && i < m->machine->n_extruders; i++)
		laid_release(&m->pen[i]);
	free(m->pen);
	frame_free(m->frame);
	free(m->motor);
	free(m->heater);
	free(m->fan);
	free(m);
}

bool
model_at_rest(const struct model *m)
{
	if (model_seconds(sim_clock - m->last_step) < REST_S)
		return false;
	for (int i = 0; i < m->n_heaters; i++) {
		const struct heater *h = &m->heater[i];

		if (h->level || model_seconds(sim_clock - h->last_on) < REST_S)
			return false;
	}
	return true;
}

void
model_host_spoke(struct model *m)
{
	m->last_host = sim_clock;
}

const struct laid *
model_laid(struct model *m)
{
	for (int i = 0; i < m->machine->n_extruders; i++)
		laid_take(&m->laid, &m->pen[i]);
	return &m->laid;
}

/* --- the report --------------------------------------------------------- */

static void
report_position(const struct model *m, struct json *j)
{
	static const char *const name[] = {"x", "y", "z"};
	double pos[MACHINE_AXES];

	motion_position(m, pos);
	json_object(j, "position");
	for (int i = 0; i < MACHINE_AXES; i++)
		json_fixed(j, name[i], pos[i], 6);
	json_close(j);
	json_object(j, "second_carriage");
	for (int i = 0; i < MACHINE_AXES; i++)
		if (m->carriage[i].config)
			json_fixed(
			    j, name[i], beside_position(&m->carriage[i]), 6);
	json_close(j);
	json_object(j, "step_distance");
	for (int i = 0; i < MACHINE_AXES; i++)
		json_double(j, name[i], m->mm_per_step[i]);
	json_close(j);
}

static void
report_motors(const struct model *m, struct json *j)
{
	double filament = 0;

	json_object(j, "motors");
	for (int i = 0; i < m->n_motors; i++) {
		const struct motor *o = &m->motor[i];
		double peak =
		    o->shortest == UINT64_MAX
			? 0
			: RATE_STEPS * (double)sim_freq / (double)o->shortest;

		json_object(j, o->config->name);
		json_int(j, "steps", (int64_t)o->steps);
		json_int(j, "position_steps", o->at);
		json_fixed(j, "peak_rate_hz", peak, 1);
		json_fixed(j, "last_step_s", model_seconds(o->last_tick), 6);
		json_int(j, "blocked_steps", (int64_t)o->blocked);
		json_int(j, "unpowered_steps", (int64_t)o->unpowered);
		if (o->is_extruder) {
			json_int(j, "cold_steps", (int64_t)o->cold);
			json_fixed(j, "filament_mm", motion_filament(o), 6);
			filament += motion_filament(o);
		}
		json_close(j);
	}
	json_close(j);
	json_fixed(j, "filament_mm", filament, 6);
}

static void
report_heat(const struct model *m, struct json *j)
{
	json_object(j, "heaters");
	for (int i = 0; i < m->machine->n_heaters; i++) {
		struct heater *h = &m->heater[i];

		thermal_advance(h);
		json_object(j, h->config->name);
		json_bool(j, "on", h->on);
		json_fixed(j, "temperature", h->block, 2);
		json_fixed(j, "peak_temperature", h->peak, 2);
		json_fixed(j, "on_s", model_seconds(h->on_ticks), 3);
		json_fixed(j, "last_on_s", model_seconds(h->last_on), 3);
		json_close(j);
	}
	json_close(j);
	json_object(j, "fans");
	for (int i = 0; i < m->n_fans; i++) {
		struct fan *f = &m->fan[i];

		thermal_fan_advance(f);
		json_object(j, f->name);
		json_fixed(j, "duty", f->duty, 3);
		json_fixed(j, "peak_duty", f->peak, 3);
		json_fixed(j, "on_s", model_seconds(f->on_ticks), 3);
		json_close(j);
	}
	json_close(j);
}

static void
report_link(const struct model *m, struct json *j)
{
	struct sim_link_stats s;

	sim_link_get_stats(&s);
	json_object(j, "link");
	json_int(j, "bytes_in", (int64_t)s.bytes_in);
	json_int(j, "bytes_out", (int64_t)s.bytes_out);
	json_int(j, "frames_in", (int64_t)s.frames_good);
	json_int(j, "frames_bad", (int64_t)s.frames_bad);
	json_int(j, "frames_repeated", (int64_t)s.frames_repeated);
	json_int(j, "frames_out", (int64_t)s.frames_sent);
	json_int(j, "frames_unsent", (int64_t)s.frames_lost);
	json_int(j, "bytes_lost", (int64_t)s.lost);
	json_int(j, "bytes_doubled", (int64_t)s.doubled);
	json_int(j, "bytes_corrupted", (int64_t)s.corrupted);
	json_int(j, "bytes_overrun", (int64_t)s.overrun);
	json_fixed(j, "load",
	    sim_clock ? (double)s.busy_ticks / (double)sim_clock : 0, 5);
	json_fixed(j, "last_byte_s", model_seconds(m->last_host), 6);
	json_close(j);
}

/* Calls put() for each thing that went wrong with the machine. */
static void
each_fault(
    const struct model *m, void (*put)(void *ctx, const char *), void *ctx)
{
	struct buf text = BUF_INIT;

	for (int i = 0; i < m->n_motors; i++) {
		const struct motor *o = &m->motor[i];
		const struct {
			uint64_t n;
			const char *what;
		} row[] = {
		    {o->blocked, "steps against the end of its rail"},
		    {o->unpowered, "steps while it was not enabled"},
		    {o->cold, "steps into a cold hotend"},
		};

		for (size_t k = 0; k < sizeof(row) / sizeof(*row); k++) {
			if (row[k].n == 0)
				continue;
			buf_clear(&text);
			buf_addf(&text, "'%s' made %llu %s", o->config->name,
			    (unsigned long long)row[k].n, row[k].what);
			put(ctx, text.data);
		}
	}
	for (int i = 0; i < m->machine->n_heaters; i++) {
		const struct heater *h = &m->heater[i];

		if (h->peak <= h->sensor->max_temp)
			continue;
		buf_clear(&text);
		buf_addf(&text, "'%s' reached %.0f deg C, beyond its %.0f",
		    h->config->name, h->peak, h->sensor->max_temp);
		put(ctx, text.data);
	}
	buf_release(&text);
}

static void
put_json(void *ctx, const char *text)
{
	json_string(ctx, NULL, text);
}

void
model_report(struct model *m, struct buf *out)
{
	struct json j;

	json_begin(&j, out);
	json_object(&j, NULL);
	json_fixed(&j, "time_s", model_seconds(sim_clock), 6);
	json_int(&j, "clock_freq", sim_freq);
	report_position(m, &j);
	report_motors(m, &j);
	report_heat(m, &j);
	if (m->frame)
		frame_report(m->frame, &j);
	report_link(m, &j);
	json_int(&j, "boots", sim_boots());
	if (sim_shutdown_reason())
		json_string(&j, "shutdown", sim_shutdown_reason());
	else
		json_null(&j, "shutdown");
	json_array(&j, "faults");
	each_fault(m, put_json, &j);
	json_close(&j);
	json_close(&j);
	json_newline(&j);
}

static void
put_words(void *ctx, const char *text)
{
	void (**say)(const char *) = ctx;

	(*say)(text);
}

void
model_warn(struct model *m, void (*say)(const char *text))
{
	each_fault(m, put_words, &say);
}

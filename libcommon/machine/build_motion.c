/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boards, pins, motors, carriages, extruders. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "machine/build.h"
#include "wire/plan.h"

void *
build_alloc(struct tree *t, size_t n, size_t size)
{
	return arena_alloc(&t->arena, n * size + 1);
}

char *
build_strdup(struct tree *t, const char *s)
{
	return s ? arena_strdup(&t->arena, s) : NULL;
}

/* --- pins ------------------------------------------------------------- */

static bool
is_board(const struct tree *t, const char *name)
{
	const struct tree_section *s = NULL;

	if (strcmp(name, "mcu") == 0)
		return true;
	while ((s = tree_next(t, s, "mcu")))
		if (s->suffix && strcmp(s->suffix, name) == 0)
			return true;
	return false;
}

/* Names before the ':' that are not boards but things with pins of their own:
 * a probe, a driver that feels a stall, pins in a group. */
static bool
is_virtual(const struct tree *t, const char *name)
{
	static const char *const kinds[] = {"adc_scaled", NULL};
	static const char *const starts[] = {
	    "probe", "multi_pin", "tmc", "replicape", "sx1509_", "ads1", NULL};

	for (int i = 0; starts[i]; i++)
		if (strncmp(name, starts[i], strlen(starts[i])) == 0)
			return true;
	for (int i = 0; kinds[i]; i++) {
		const struct tree_section *s = NULL;

		while ((s = tree_next(t, s, kinds[i])))
			if (s->suffix && strcmp(s->suffix, name) == 0)
				return true;
	}
	return false;
}

static bool
has_board(const struct tree_section *pins, const char *mcu)
{
	const struct tree_entry *e = tree_entry(pins, "mcu");

	for (uint32_t i = 0; e && i < e->value.list.n; i++)
		if (strcmp(e->value.list.item[i].s, mcu) == 0)
			return true;
	return !e && strcmp(mcu, "mcu") == 0;
}

/* The pin that an alias of the board stands for, or NULL. */
static const char *
find_alias(const struct tree *t, const char *mcu, const char *name)
{
	const struct tree_section *s = NULL;
	size_t len = strlen(name);

	while ((s = tree_next(t, s, "board_pins"))) {
		if (!has_board(s, mcu))
			continue;
		for (const struct tree_entry *e = s->entry; e; e = e->next) {
			if (strncmp(e->name, "aliases", 7) != 0)
				continue;
			for (uint32_t i = 0; i < e->value.list.n; i++) {
				const char *a = e->value.list.item[i].s;

				if (strncmp(a, name, len) == 0 && a[len] == '=')
					return a + len + 1;
			}
		}
	}
	return NULL;
}

static void
split_pin(struct tree *t, const char *text, struct machine_pin *pin)
{
	const char *colon;

	for (; strchr("^~! \t", *text) && *text; text++) {
		if (*text == '^')
			pin->pull = 1;
		else if (*text == '~')
			pin->pull = -1;
		else if (*text == '!')
			pin->invert = true;
	}
	colon = strchr(text, ':');
	pin->mcu = colon
		       ? arena_strndup(&t->arena, text, (size_t)(colon - text))
		       : arena_strdup(&t->arena, "mcu");
	pin->name = arena_strdup(&t->arena, colon ? colon + 1 : text);
}

bool
build_pin(struct tree *t, const struct tree_section *s, const char *key,
    struct machine_pin *pin)
{
	const struct tree_entry *e = tree_entry(s, key);
	const char *real;

	memset(pin, 0, sizeof(*pin));
	if (!e || e->value.type != TREE_STRING)
		return false;
	split_pin(t, e->value.s, pin);
	pin->file = e->place.file;
	pin->line = e->place.line;
	if (!is_board(t, pin->mcu) && !is_virtual(t, pin->mcu))
		tree_error(t, s, key, "config-pin",
		    "'%s' is '%s', but there is no board called '%s'", e->name,
		    e->value.s, pin->mcu);
	for (int i = 0; i < 8 && (real = find_alias(t, pin->mcu, pin->name));
	     i++)
		pin->name = arena_strdup(&t->arena, real);
	if (*pin->name == '<')
		tree_error(t, s, key, "config-pin",
		    "'%s' is '%s', which the board keeps for '%s'", e->name,
		    e->value.s, pin->name);
	return true;
}

void
build_spi(struct tree *t, const struct tree_section *s, struct machine_spi *spi)
{
	build_pin(t, s, "cs_pin", &spi->cs);
	spi->bus = build_strdup(t, tree_string(s, "spi_bus", NULL));
	build_pin(t, s, "spi_software_sclk_pin", &spi->sclk);
	build_pin(t, s, "spi_software_mosi_pin", &spi->mosi);
	build_pin(t, s, "spi_software_miso_pin", &spi->miso);
	spi->speed_hz = tree_int(s, "spi_speed", 0);
}

/* --- boards ----------------------------------------------------------- */

void
build_mcus(struct tree *t, struct machine *m)
{
	struct tree_section *s = NULL;

	m->mcu = build_alloc(t, t->n_sections, sizeof(*m->mcu));
	while ((s = tree_next(t, s, "mcu"))) {
		struct machine_mcu *mcu = &m->mcu[m->n_mcus++];

		mcu->name = build_strdup(t, s->suffix ? s->suffix : "mcu");
		mcu->serial = build_strdup(t, tree_string(s, "serial", NULL));
		mcu->canbus_uuid =
		    build_strdup(t, tree_string(s, "canbus_uuid", NULL));
		mcu->canbus_interface =
		    build_strdup(t, tree_string(s, "canbus_interface", "can0"));
		mcu->baud = (uint32_t)tree_int(s, "baud", 250000);
		mcu->max_step_rate = tree_double(s, "max_step_rate", 0);
		mcu->max_step_error =
		    tree_double(s, "max_stepper_error", 0) / 2;
		mcu->restart_method =
		    build_strdup(t, tree_string(s, "restart_method", ""));
		if (!mcu->serial && !mcu->canbus_uuid)
			tree_error(t, s, NULL, "config-missing",
			    "'%s' lacks 'serial' (or 'canbus_uuid')", s->name);
	}
	if (!tree_section(t, "mcu"))
		tree_error(t, NULL, NULL, "config-missing",
		    "there is no section 'mcu'");
}

/* --- motors ----------------------------------------------------------- */

/* travel of the axis in radians instead of mm, so no rotation_distance */
static bool
turns(const struct machine *m, const char *name)
{
	if (m->kinematics == MACHINE_KIN_POLAR)
		return strncmp(name, "stepper_bed", 11) == 0;
	return m->kinematics == MACHINE_KIN_ROTARY_DELTA &&
	       (strncmp(name, "stepper_a", 9) == 0 ||
		   strncmp(name, "stepper_b", 9) == 0 ||
		   strncmp(name, "stepper_c", 9) == 0);
}

static double
gear_ratio(const struct tree_section *s)
{
	const struct tree_entry *e = tree_entry(s, "gear_ratio");
	double ratio = 1;

	for (uint32_t i = 0; e && i < e->value.list.n; i++) {
		const struct tree_value *pair = &e->value.list.item[i];

		if (pair->type == TREE_LIST && pair->list.n == 2)
			ratio *= pair->list.item[0].d / pair->list.item[1].d;
	}
	return ratio;
}

static struct machine_stepper *
new_stepper(struct tree *t, struct machine *m)
{
	if (!m->stepper)
		m->stepper = build_alloc(t, t->n_sections, sizeof(*m->stepper));
	return &m->stepper[m->n_steppers++];
}

int
build_stepper(struct tree *t, struct machine *m, struct tree_section *s)
{
	struct machine_stepper *st;
	bool radians = turns(m, s->name);

	if (!tree_entry(s, "step_pin"))
		return -1;
	st = new_stepper(t, m);
	st->name = build_strdup(t, s->name);
	build_pin(t, s, "step_pin", &st->step);
	if (!build_pin(t, s, "dir_pin", &st->dir))
		tree_error(t, s, NULL, "config-missing", "'%s' lacks 'dir_pin'",
		    s->name);
	build_pin(t, s, "enable_pin", &st->enable);
	st->rotation_distance =
	    tree_double(s, "rotation_distance", radians ? 2 * NUM_PI : 0);
	st->gear_ratio = gear_ratio(s);
	st->microsteps = tree_int(s, "microsteps", 0);
	st->full_steps_per_rotation =
	    tree_int(s, "full_steps_per_rotation", 200);
	st->step_pulse_duration = tree_double(s, "step_pulse_duration", 2e-6);
	st->radians = radians;
	if (st->rotation_distance <= 0)
		tree_error(t, s, NULL, "config-missing",
		    "'%s' lacks 'rotation_distance'", s->name);
	if (st->microsteps <= 0)
		tree_error(t, s, NULL, "config-missing",
		    "'%s' lacks 'microsteps'", s->name);
	if (radians && !tree_given(s, "gear_ratio"))
		tree_error(t, s, NULL, "config-missing",
		    "'%s' lacks 'gear_ratio'", s->name);
	if (st->full_steps_per_rotation % 4)
		tree_error(t, s, "full_steps_per_rotation", "config-range",
		    "'full_steps_per_rotation' is %d, it must be a multiple "
		    "of 4",
		    st->full_steps_per_rotation);
	if (st->microsteps > 0)
		st->step_distance =
		    st->rotation_distance /
		    ((double)st->microsteps * st->full_steps_per_rotation *
			st->gear_ratio);
	return m->n_steppers - 1;
}

/* The switch is at the end that is nearer, if it is near one. */
static void
homing_direction(struct tree *t, struct tree_section *s, struct machine_rail *r)
{
	double quarter = (r->position_max - r->position_min) / 4;

	if (tree_entry(s, "homing_positive_dir"))
		r->homing_positive_dir =
		    tree_bool(s, "homing_positive_dir", false);
	else if (r->position_endstop <= r->position_min + quarter)
		r->homing_positive_dir = false;
	else if (r->position_endstop >= r->position_max - quarter)
		r->homing_positive_dir = true;
	else
		tree_error(t, s, NULL, "config-missing",
		    "'%s' lacks 'homing_positive_dir': position_endstop %g is "
		    "near neither end",
		    s->name, r->position_endstop);
}

/* Z of a probe that is the end switch */
static double
probe_z_offset(struct tree *t)
{
	static const char *const kinds[] = {
	    "probe", "bltouch", "smart_effector", "probe_eddy_current"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct tree_section *s = tree_next(t, NULL, kinds[i]);

		if (s)
			return tree_double(s, "z_offset", 0);
	}
	return 0;
}

void
build_rail(
    struct tree *t, struct tree_section *s, struct machine_rail *r, bool tower)
{
	bool probe;

	if (!build_pin(t, s, "endstop_pin", &r->endstop))
		tree_error(t, s, NULL, "config-missing",
		    "'%s' lacks 'endstop_pin'", s->name);
	probe = r->endstop.mcu && strcmp(r->endstop.mcu, "probe") == 0;
	r->position_min = tree_double(s, "position_min", 0);
	r->position_max = tree_double(s, "position_max", HUGE_VAL);
	r->position_endstop = tree_double(
	    s, "position_endstop", probe ? probe_z_offset(t) : HUGE_VAL);
	if (!isfinite(r->position_endstop)) {
		tree_error(t, s, NULL, "config-missing",
		    "'%s' lacks 'position_endstop'", s->name);
		return;
	}
	if (!isfinite(r->position_max) && !tower) {
		tree_error(t, s, NULL, "config-missing",
		    "'%s' lacks 'position_max'", s->name);
		return;
	}
	if (r->position_max <= r->position_min)
		tree_error(t, s, "position_max", "config-range",
		    "'position_max' is %g mm, it must be above 'position_min' "
		    "(%g mm)",
		    r->position_max, r->position_min);
	if (!probe && !tower &&
	    (r->position_endstop < r->position_min ||
		r->position_endstop > r->position_max))
		tree_error(t, s, "position_endstop", "config-range",
		    "'position_endstop' is %g mm, it must be %g to %g mm",
		    r->position_endstop, r->position_min, r->position_max);
	r->homing_speed = tree_double(s, "homing_speed", 5);
	tree_default(t, s, "second_homing_speed", r->homing_speed / 2);
	tree_default(t, s, "homing_retract_speed", r->homing_speed);
	r->second_homing_speed = tree_double(s, "second_homing_speed", 0);
	r->homing_retract_speed = tree_double(s, "homing_retract_speed", 0);
	r->homing_retract_dist = tree_double(s, "homing_retract_dist", 5);
	if (probe || tower)
		r->homing_positive_dir =
		    tree_bool(s, "homing_positive_dir", tower);
	else
		homing_direction(t, s, r);
	tree_default_text(t, s, "homing_positive_dir",
	    r->homing_positive_dir ? "true" : "false");
}

/* --- extruders -------------------------------------------------------- */

static double
within(double v, double low, double high)
{
	return v < low ? low : v > high ? high : v;
}

static void
build_extruder(struct tree *t, struct machine *m, struct tree_section *s)
{
	struct machine_extruder *e = &m->extruder[m->n_extruders++];
	double ratio, nozzle = tree_double(s, "nozzle_diameter", 0.4);
	double filament = tree_double(s, "filament_diameter", 1.75);

	e->name = build_strdup(t, s->name);
	e->stepper = build_stepper(t, m, s);
	e->heater =
	    machine_heater_index(m, tree_string(s, "shared_heater", s->name));
	if (e->heater < 0)
		tree_error(t, s, "shared_heater", "config-missing",
		    "'%s' has no heater", s->name);
	if (filament < nozzle)
		tree_error(t, s, "filament_diameter", "config-range",
		    "'filament_diameter' is %g mm, it must be at least "
		    "'nozzle_diameter' (%g mm)",
		    filament, nozzle);
	e->nozzle_diameter = nozzle;
	e->filament_diameter = filament;
	e->filament_area = NUM_PI * (filament / 2) * (filament / 2);
	tree_default(t, s, "max_extrude_cross_section", 4 * nozzle * nozzle);
	e->max_extrude_ratio = fmin(PLAN_RATIO_MAX,
	    tree_double(s, "max_extrude_cross_section", 0) / e->filament_area);
	/* whatever cross-section is configured, these two use the default */
	ratio = 4 * nozzle * nozzle / e->filament_area;
	tree_default(t, s, "max_extrude_only_velocity",
	    within(m->max_velocity * ratio, PLAN_SPEED_MIN_MM_S,
		PLAN_SPEED_MAX_MM_S));
	tree_default(t, s, "max_extrude_only_accel",
	    within(m->max_accel * ratio, PLAN_ACCEL_MIN_MM_S2,
		PLAN_ACCEL_MAX_MM_S2));
	e->max_extrude_only_velocity =
	    tree_double(s, "max_extrude_only_velocity", 0);
	e->max_extrude_only_accel = tree_double(s, "max_extrude_only_accel", 0);
	e->max_extrude_only_distance =
	    tree_double(s, "max_extrude_only_distance", 50);
	e->instantaneous_corner_velocity =
	    tree_double(s, "instantaneous_corner_velocity", 1);
	e->pressure_advance = tree_double(s, "pressure_advance", 0);
	e->pressure_advance_smooth_time =
	    tree_double(s, "pressure_advance_smooth_time", 0.04);
	build_advance(t, s, &e->advance, &e->pressure_advance);
}

/* "extruder", "extruder1", ...: without a gap, in this order */
void
build_extruders(struct tree *t, struct machine *m)
{
	m->extruder = build_alloc(t, t->n_sections, sizeof(*m->extruder));
	for (int i = 0; i < 99; i++) {
		char name[32];
		struct tree_section *s;

		snprintf(name, sizeof(name), i ? "extruder%d" : "extruder", i);
		s = tree_section(t, name);
		if (!s)
			break;
		build_extruder(t, m, s);
	}
}

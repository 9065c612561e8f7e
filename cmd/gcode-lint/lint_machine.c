/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine itself (K002, K003): figures that cannot be right together. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lint.h"
#include "machine/hardware.h"
#include "machine/tree.h"

#define STEP_COARSE 0.2	  /* mm a microstep: no printer is so coarse */
#define STEP_FINE   2e-5  /* ... nor so fine */
#define SLACK	    0.001 /* mm */

struct checking {
	struct lint *l;
	const struct tree *t;
};

__attribute__((format(printf, 4, 5))) static void
wrong(struct checking *c, const struct tree_section *s, const char *key,
    const char *fmt, ...)
{
	const struct tree_entry *e = key ? tree_entry(s, key) : NULL;
	const struct diag_place *at = e && e->given ? &e->place : &s->place;
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	finding_rec(
	    c->l->f, RULE_MACHINE_PROFILE, at->file, at->line, "%s", text);
}

/* a machine whose X and Y are what its rails say */
static bool
has_rails(const struct machine *m)
{
	return m->kinematics != MACHINE_KIN_NONE &&
	       m->kinematics != MACHINE_KIN_DELTA &&
	       m->kinematics != MACHINE_KIN_DELTESIAN &&
	       m->kinematics != MACHINE_KIN_ROTARY_DELTA &&
	       m->kinematics != MACHINE_KIN_POLAR &&
	       m->kinematics != MACHINE_KIN_WINCH;
}

/* does the nozzle get to x, y? */
static void
reaches(struct checking *c, const struct tree_section *s, const char *key,
    const char *what, const double at[2])
{
	for (int i = 0; i < 2; i++) {
		const struct machine_rail *r = &c->l->m->rail[i];

		if (at[i] >= r->position_min - SLACK &&
		    at[i] <= r->position_max + SLACK)
			continue;
		wrong(c, s, key,
		    "%s takes the nozzle to %c %g mm, the travel is %g to "
		    "%g mm",
		    what, 'X' + i, at[i], r->position_min, r->position_max);
		return;
	}
}

static void
probe_offset(const struct tree *t, double offset[2])
{
	static const char *const probes[] = {
	    "probe", "bltouch", "smart_effector"};
	const struct tree_section *s = NULL;

	for (size_t i = 0; i < 3 && !s; i++)
		s = tree_section(t, probes[i]);
	if (!s)
		s = tree_next(t, NULL, "probe_eddy_current");
	offset[0] = tree_double(s, "x_offset", 0);
	offset[1] = tree_double(s, "y_offset", 0);
}

/* the probe has to get to each corner of the mesh */
static void
check_mesh(struct checking *c)
{
	const struct tree_section *s = tree_section(c->t, "bed_mesh");
	static const char *const keys[] = {"mesh_min", "mesh_max"};
	double offset[2], at[2];

	if (!s)
		return;
	probe_offset(c->t, offset);
	for (int k = 0; k < 2; k++) {
		if (tree_doubles(s, keys[k], at, 2) != 2)
			continue;
		at[0] -= offset[0];
		at[1] -= offset[1];
		reaches(c, s, keys[k], "probing this corner", at);
	}
}

/* the screws of the bed, and where Z is homed */
static void
check_points(struct checking *c)
{
	static const char *const sections[] = {
	    "bed_screws", "screws_tilt_adjust", "safe_z_home"};
	double at[2];

	for (size_t i = 0; i < 3; i++) {
		const struct tree_section *s = tree_section(c->t, sections[i]);

		for (const struct tree_entry *e = s ? s->entry : NULL; e;
		     e = e->next) {
			bool point = strcmp(e->name, "home_xy_position") == 0 ||
				     (strncmp(e->name, "screw", 5) == 0 &&
					 !strchr(e->name, '_'));

			if (point && tree_doubles(s, e->name, at, 2) == 2)
				reaches(c, s, e->name, e->name, at);
		}
	}
}

static void
check_steps(struct checking *c)
{
	for (int i = 0; i < c->l->m->n_steppers; i++) {
		const struct machine_stepper *p = &c->l->m->stepper[i];
		const struct tree_section *s = tree_section(c->t, p->name);

		if (!s || p->radians ||
		    (p->step_distance <= STEP_COARSE &&
			p->step_distance >= STEP_FINE))
			continue;
		wrong(c, s, "rotation_distance",
		    "'%s' moves %.3g mm a microstep: rotation_distance, "
		    "gear_ratio or microsteps are wrong",
		    p->name, p->step_distance);
	}
}

static void
check_heaters(struct checking *c)
{
	for (int i = 0; i < c->l->m->n_heaters; i++) {
		const struct machine_heater *h = &c->l->m->heater[i];
		const struct tree_section *s = tree_section(c->t, h->name);

		if (s && h->min_extrude_temp > h->sensor.max_temp)
			wrong(c, s, "min_extrude_temp",
			    "'%s' extrudes from %g C on and may have %g C at "
			    "most",
			    h->name, h->min_extrude_temp, h->sensor.max_temp);
	}
}

/* boxes with their corners changed over, a receptacle out of reach */
static void
check_zones(struct checking *c)
{
	const struct tree_section *s = NULL;
	double min[3], max[3];

	while ((s = tree_next(c->t, s, "keep_out"))) {
		if (tree_doubles(s, "min", min, 3) != 3 ||
		    tree_doubles(s, "max", max, 3) != 3)
			continue;
		for (int i = 0; i < 3; i++)
			if (min[i] > max[i]) {
				wrong(c, s, "min",
				    "'%s' is empty: min is above max in %c",
				    s->name, 'X' + i);
				break;
			}
	}
	s = tree_section(c->t, "clearance");
	if (!s)
		return;
	if (tree_doubles(s, "receptacle", min, 2) == 2)
		reaches(c, s, "receptacle", "the receptacle", min);
	if (tree_doubles(s, "bed_min", min, 2) == 2 &&
	    tree_doubles(s, "bed_max", max, 2) == 2 &&
	    (min[0] >= max[0] || min[1] >= max[1]))
		wrong(c, s, "bed_min", "bed_min is not below bed_max");
}

/* --- K003: what printerconf check finds about motors ---------------------- */

struct hardware_sink {
	struct diag_sink sink;
	struct lint *l;
};

static void
emit(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	static const char *const about[] = {"hw-driver-voltage",
	    "hw-rail-voltage", "hw-run-current", "hw-current-scale",
	    "hw-sense-resistor", "hw-stealthchop", "hw-speed", "hw-accel",
	    "hw-braking"};
	struct lint *l = ((struct hardware_sink *)sink)->l;

	if (level == DIAG_NOTE)
		return;
	for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++)
		if (slug && strcmp(slug, about[i]) == 0)
			finding_rec(l->f, RULE_MOTOR_DRIVE, place->file,
			    place->line, "%s (%s)", text, slug);
}

void
lint_machine(struct lint *l)
{
	struct checking c = {l, machine_tree(l->m)};
	struct hardware_sink s = {.sink = {.emit = emit}, .l = l};

	check_steps(&c);
	check_heaters(&c);
	if (has_rails(l->m)) {
		check_mesh(&c);
		check_points(&c);
		check_zones(&c);
	}
	if (l->m->n_motors > 0)
		hardware_check(l->m, &s.sink);
}

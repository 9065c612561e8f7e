/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the configuration: laws of pressure advance, shapers by their names. */
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "motion/shaper_def.h"

/* [input_shaper] enabled_extruders names it */
static bool
is_enabled(const struct tree *t, const struct tree_section *s)
{
	const struct tree_entry *e =
	    tree_entry(tree_section(t, "input_shaper"), "enabled_extruders");
	const char *name = s->suffix ? s->suffix : s->name;

	for (uint32_t i = 0; e && i < e->value.list.n; i++)
		if (strcmp(e->value.list.item[i].s, name) == 0)
			return true;
	return false;
}

void
build_advance(struct tree *t, struct tree_section *s, struct machine_advance *a,
    double *factor)
{
	const char *law = tree_string(s, "pressure_advance_model", "linear");

	a->linear = tree_double(s, "linear_advance", 0);
	a->offset = tree_double(s, "nonlinear_offset", 0);
	a->velocity = tree_double(s, "linearization_velocity", 0);
	a->time_offset = tree_double(s, "pressure_advance_time_offset", 0);
	a->shaped = tree_bool(s, "shape_with_head", is_enabled(t, s));
	if (strcmp(law, "tanh") == 0)
		a->law = MACHINE_ADVANCE_TANH;
	else if (strcmp(law, "recipr") == 0)
		a->law = MACHINE_ADVANCE_RECIPR;
	if (a->law == MACHINE_ADVANCE_LINEAR)
		return;
	if (*factor != 0)
		tree_error(t, s, "pressure_advance", "config-range",
		    "'pressure_advance' is of the linear law, '%s' takes "
		    "linear_advance and nonlinear_offset",
		    law);
	if (!(a->velocity > 0))
		tree_error(t, s, "pressure_advance_model", "config-range",
		    "'%s' needs linearization_velocity, the speed at which it "
		    "bends",
		    law);
	*factor = 1;
}

/* "custom" with its impulses, times in periods; as many digits as fit. */
static char *
custom(struct tree *t, struct tree_section *s, char axis, double freq)
{
	double a[SHAPER_IMPULSES_MAX + 1], at[SHAPER_IMPULSES_MAX + 1];
	char key_a[] = "shaper_a_x", key_t[] = "shaper_t_x";
	char name[512];
	size_t len = sizeof(name);
	int n, times;

	key_a[9] = key_t[9] = axis;
	n = tree_doubles(s, key_a, a, SHAPER_IMPULSES_MAX + 1);
	times = tree_doubles(s, key_t, at, SHAPER_IMPULSES_MAX + 1);
	if (n < 2 || n > SHAPER_IMPULSES_MAX || n != times) {
		tree_error(t, s, n == 0 ? "shaper_type" : key_a, "config-range",
		    "a custom shaper needs %s and %s, as many impulses as "
		    "times, from 2 to %d",
		    key_a, key_t, SHAPER_IMPULSES_MAX);
		return build_strdup(t, "custom");
	}
	for (int digits = 9; digits > 2 && len >= SHAPER_NAME_MAX; digits--) {
		len = (size_t)snprintf(name, sizeof(name), "custom(");
		for (int i = 0; i < n; i++)
			len += (size_t)snprintf(name + len, sizeof(name) - len,
			    "%s%.*g:%.*g", i > 0 ? "," : "", digits, a[i],
			    digits, (at[i] - at[0]) * freq);
		len += (size_t)snprintf(name + len, sizeof(name) - len, ")");
	}
	if (len >= SHAPER_NAME_MAX) {
		tree_error(t, s, key_a, "config-range",
		    "%d impulses take more than the %d characters of a "
		    "shaper's name",
		    n, SHAPER_NAME_MAX - 1);
		return build_strdup(t, "custom");
	}
	return build_strdup(t, name);
}

char *
build_shaper_name(struct tree *t, struct tree_section *s, char axis,
    const char *type, double freq)
{
	double tolerance = tree_double(s, "vibration_tolerance", 0.05);
	char name[SHAPER_NAME_MAX], key[16];

	if (strcmp(type, "custom") == 0 && s && freq > 0)
		return custom(t, s, axis, freq);
	snprintf(key, sizeof(key), "shaper_a_%c", axis);
	if (s && tree_entry(s, key) && strcmp(type, "custom") != 0)
		tree_error(t, s, key, "config-conflict",
		    "impulses are those of shaper_type_%c custom, not %s", axis,
		    type);
	if (strcmp(type, "ei") != 0 || tolerance == 0.05)
		return build_strdup(t, type);
	snprintf(name, sizeof(name), "ei(v_tol=%.9g)", tolerance);
	return build_strdup(t, name);
}

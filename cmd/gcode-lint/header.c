/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What slicers write in comments. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "facts.h"

#define SIZE_MAX_MM 1000 /* no bead is wider */

void
header_init(struct lint_header *h)
{
	*h = (struct lint_header){.relative_e = -1, .z = -1};
}

static bool
starts(struct gcode_view *v, const char *word)
{
	size_t n = strlen(word);

	if (v->n < n || memcmp(v->s, word, n) != 0)
		return false;
	v->s += n;
	v->n -= n;
	return true;
}

static struct gcode_view
trim(struct gcode_view v)
{
	while (v.n && (*v.s == ' ' || *v.s == '\t'))
		v.s++, v.n--;
	while (v.n && (v.s[v.n - 1] == ' ' || v.s[v.n - 1] == '\r' ||
			  v.s[v.n - 1] == '\n'))
		v.n--;
	return v;
}

static void
copy(char *out, size_t size, struct gcode_view v)
{
	size_t n = v.n < size ? v.n : size - 1;

	memcpy(out, v.s, n);
	out[n] = '\0';
}

/* the number that v begins with; what follows it does not matter */
static bool
number(struct gcode_view v, double *out)
{
	size_t n = 0;

	v = trim(v);
	while (n < v.n && strchr("+-.0123456789", v.s[n]))
		n++;
	return num_parse_decimal(v.s, n, out) == 0;
}

static void
temperatures(struct lint_temperatures *t, struct gcode_view v)
{
	double x;

	for (;;) {
		const char *sep;

		if (number(v, &x) && x > 0 && t->n < HEADER_TEMPERATURES)
			t->v[t->n++] = x;
		for (sep = v.s; sep < v.s + v.n; sep++)
			if (*sep == ',' || *sep == ';')
				break;
		if (sep == v.s + v.n)
			return;
		v.n -= (size_t)(sep + 1 - v.s);
		v.s = sep + 1;
	}
}

/* "key = value": settings at the end of PrusaSlicer's files and its kin */
static void
setting(struct lint_header *h, struct gcode_view key, struct gcode_view v)
{
	struct gcode_view k = trim(key);
	double x;

	v = trim(v);
#define IS(name) (k.n == sizeof(name) - 1 && memcmp(k.s, name, k.n) == 0)
	if (IS("temperature") || IS("first_layer_temperature") ||
	    IS("nozzle_temperature") || IS("nozzle_temperature_initial_layer"))
		temperatures(&h->nozzle_temp, v);
	else if (IS("bed_temperature") || IS("first_layer_bed_temperature") ||
		 IS("hot_plate_temp") || IS("hot_plate_temp_initial_layer"))
		temperatures(&h->bed_temp, v);
	else if (IS("filament_type"))
		copy(h->filament, sizeof(h->filament), v);
	else if (IS("printer_model"))
		copy(h->printer, sizeof(h->printer), v);
	else if (IS("nozzle_diameter") && number(v, &x))
		h->nozzle = x;
	else if (IS("filament_diameter") && number(v, &x))
		h->filament_diameter = x;
	else if (IS("layer_height") && number(v, &x))
		h->layer_height = x;
	else if (IS("first_layer_height") && number(v, &x) &&
		 !memchr(v.s, '%', v.n))
		h->first_layer_height = x;
	else if (IS("use_relative_e_distances") && number(v, &x))
		h->relative_e = x > 0;
	else if (IS("max_layer_z") && number(v, &x))
		h->max_z = x;
#undef IS
}

static uint64_t
hash(struct gcode_view v)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < v.n; i++)
		h = (h ^ (unsigned char)v.s[i]) * 1099511628211u;
	return h | 1;
}

static void
new_layer(struct lint_header *h)
{
	h->layers++;
	h->layer_new = true;
	h->custom = false;
	h->z = -1;
}

/* comments that come with each layer or feature; false: another comment */
static bool
progress(struct lint_header *h, struct gcode_view v, bool *kind)
{
	double x;

	if (starts(&v, "TYPE:") || starts(&v, "FEATURE:")) {
		v = trim(v);
		h->type = hash(v);
		h->custom = v.n == 6 && memcmp(v.s, "Custom", 6) == 0;
		*kind = true;
	} else if (starts(&v, "WIDTH:")) {
		h->width = number(v, &x) && x > 0 && x < SIZE_MAX_MM ? x : 0;
		*kind = true;
	} else if (starts(&v, "HEIGHT:")) {
		h->height = number(v, &x) && x > 0 && x < SIZE_MAX_MM ? x : 0;
		*kind = true;
	} else if (starts(&v, "LAYER_CHANGE") || starts(&v, "LAYER:")) {
		new_layer(h);
		*kind = true;
	} else if (starts(&v, "Z:")) {
		h->z = number(v, &x) ? x : -1;
	} else if (starts(&v, "BRIDGE")) {
		/* beads grow and shrink step by step on both sides of it */
		h->unsteady = 16;
	} else if (starts(&v, "MESH:") || starts(&v, "PRINTING:")) {
		*kind = true;
	} else {
		return false;
	}
	return true;
}

/* Cura's own settings, cut into lines of a fixed length */
static void
cura_settings(struct lint_header *h, struct gcode_view v)
{
	static const struct {
		const char *key;
		bool bed;
	} keys[] = {{"material_print_temperature = ", false},
	    {"material_print_temperature_layer_0 = ", false},
	    {"material_bed_temperature = ", true},
	    {"material_bed_temperature_layer_0 = ", true}};

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		size_t n = strlen(keys[k].key);
		struct lint_temperatures *t =
		    keys[k].bed ? &h->bed_temp : &h->nozzle_temp;
		double x;

		for (size_t i = 0; i + n < v.n; i++) {
			struct gcode_view rest = {v.s + i + n, v.n - i - n};
			size_t digits = 0;

			if (memcmp(v.s + i, keys[k].key, n) != 0)
				continue;
			while (digits < rest.n &&
			       strchr(".0123456789", rest.s[digits]))
				digits++;
			/* the number may go on in the next line */
			if (digits < rest.n && number(rest, &x) && x > 0 &&
			    t->n < HEADER_TEMPERATURES)
				t->v[t->n++] = x;
		}
	}
}

/* what Cura and ideaMaker say in their first lines */
static void
head(struct lint_header *h, struct gcode_view v)
{
	double x;

	if (starts(&v, "LAYER_COUNT:")) {
		if (number(v, &x) && x >= 0 && x < 1e6)
			h->n_layers = (uint32_t)x;
	} else if (starts(&v, "MAXZ:") || starts(&v, "max_z_height:")) {
		if (number(v, &x))
			h->max_z = x;
	} else if (starts(&v, "Layer height:")) {
		if (number(v, &x))
			h->layer_height = x;
	} else if (starts(&v, "Generated with ") || starts(&v, "Sliced by ") ||
		   starts(&v, "generated by ")) {
		const char *end = memchr(v.s, ',', v.n);

		if (end)
			v.n = (size_t)(end - v.s);
		copy(h->slicer, sizeof(h->slicer), trim(v));
	} else if (starts(&v, "Filament Diameter #1:")) {
		if (number(v, &x))
			h->filament_diameter = x;
	} else if (starts(&v, "Dimension:")) {
		v = trim(v);
		for (int i = 0; i < 3; i++) {
			const char *blank = memchr(v.s, ' ', v.n);

			if (!blank)
				return;
			v.n -= (size_t)(blank + 1 - v.s);
			v.s = blank + 1;
		}
		if (number(v, &x))
			h->nozzle = x;
	}
}

bool
header_comment(struct lint_header *h, struct gcode_view text)
{
	bool kind = false;
	const char *eq;

	if (progress(h, text, &kind))
		return kind;
	text = trim(text);
	if (starts(&text, "SETTING_3 ")) {
		cura_settings(h, text);
		return false;
	}
	if (text.n < 4 || text.n > 4096)
		return false;
	eq = memchr(text.s, '=', text.n);
	if (eq && eq > text.s && eq[-1] == ' ')
		setting(h, (struct gcode_view){text.s, (size_t)(eq - text.s)},
		    (struct gcode_view){
			eq + 1, text.n - (size_t)(eq + 1 - text.s)});
	else
		head(h, text);
	return false;
}

uint64_t
header_kind(const struct lint_header *h)
{
	uint64_t w = (uint64_t)(h->width * 1e6 + 0.5);
	uint64_t t = (uint64_t)(h->height * 1e6 + 0.5);
	uint64_t first = h->layers <= 1;

	return h->type ^ w * 0x9e3779b97f4a7c15u ^ t * 0xc2b2ae3d27d4eb4fu ^
	       first << 62;
}

double
header_expected(const struct lint_header *h, double filament_area)
{
	double t = h->height, w = h->width;

	if (t <= 0 || w <= 0 || filament_area <= 0)
		return 0;
	/* a bead is a rectangle with two half circles */
	if (w < t)
		return 0;
	return ((w - t) * t + NUM_PI / 4 * t * t) / filament_area;
}

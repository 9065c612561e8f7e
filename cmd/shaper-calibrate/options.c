/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options in words of several: lists, ranges, directions. */
#include "options.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "cli/cli.h"

/* length of the part up to a comma that is in no parentheses */
static size_t
part(const char *s)
{
	size_t n = 0;
	int depth = 0;

	while (s[n] && (s[n] != ',' || depth > 0)) {
		depth += (s[n] == '(') - (s[n] == ')');
		n++;
	}
	return n;
}

void
options_shapers(struct score_options *o, const char *list)
{
	o->n_types = 0;
	while (*list) {
		size_t n = part(list);
		char why[SHAPER_WHY_MAX];

		if (o->n_types == SCORE_TYPES_MAX)
			cli_die(EXIT_BAD_USAGE,
			    "--shapers: more than %d shapers", SCORE_TYPES_MAX);
		if (shaper_type_parse(list, n, &o->type[o->n_types], why) != 0)
			cli_die(EXIT_BAD_USAGE, "--shapers: '%.*s': %s", (int)n,
			    list, why);
		o->n_types++;
		list += n + (list[n] == ',');
	}
	if (o->n_types == 0)
		cli_die(EXIT_BAD_USAGE, "--shapers: the list is empty");
}

static double
number(const char *option, const char *s, size_t n, double min, double max)
{
	double v;

	if (num_parse_decimal(s, n, &v) || v < min || v > max)
		cli_die(EXIT_BAD_USAGE,
		    "--%s: '%.*s' is not a number from %g to %g", option,
		    (int)n, s, min, max);
	return v;
}

/* numbers with commas between them */
static int
list_of(const char *option, const char *s, double min, double max, double *out,
    int limit)
{
	int n = 0;

	for (;;) {
		size_t len = strcspn(s, ",");

		if (n == limit)
			cli_die(EXIT_BAD_USAGE, "--%s: more than %d values",
			    option, limit);
		out[n++] = number(option, s, len, min, max);
		if (!s[len])
			return n;
		s += len + 1;
	}
}

void
options_shaper_freq(struct score_options *o, const char *text)
{
	enum {
		LIMIT = 1000
	};
	static const char name[] = "shaper-freq";
	const char *colon = strchr(text, ':'), *step;
	size_t n;

	if (!colon) {
		double *v = xcalloc(LIMIT, sizeof(*v));

		o->range.n_list = list_of(name, text, 1, 1000, v, LIMIT);
		o->range.list = v;
		return;
	}
	if (colon > text)
		o->range.from =
		    number(name, text, (size_t)(colon - text), 1, 1000);
	step = strchr(colon + 1, ':');
	n = step ? (size_t)(step - colon - 1) : strlen(colon + 1);
	o->range.to = number(name, colon + 1, n, 1, 1000);
	if (step)
		o->range.step =
		    number(name, step + 1, strlen(step + 1), 0.01, 100);
	if (o->range.from >= o->range.to)
		cli_die(EXIT_BAD_USAGE, "--%s: '%s' ends before it starts",
		    name, text);
}

void
options_test_damping(struct score_options *o, const char *text)
{
	o->n_test = list_of("test-damping-ratios", text, 0, 0.9,
	    o->test_damping, SCORE_ZETAS_MAX);
}

void
options_direction(const char *text, double d[3])
{
	double length;

	d[0] = d[1] = d[2] = 0;
	if (strlen(text) == 1 && *text >= 'x' && *text <= 'z') {
		d[*text - 'x'] = 1;
		return;
	}
	if (!strchr(text, ',') || list_of("axis", text, -1000, 1000, d, 3) < 2)
		cli_die(EXIT_BAD_USAGE,
		    "--axis: '%s' is not x, y, z or DX,DY[,DZ]", text);
	length = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
	if (length == 0)
		cli_die(EXIT_BAD_USAGE, "--axis: '%s' has no length", text);
	for (int i = 0; i < 3; i++)
		d[i] /= length;
}

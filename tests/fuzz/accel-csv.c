/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a recording or a stored spectrum. */
#include <stdlib.h>
#include <string.h>

#include "cmd/shaper-calibrate/command.h"
#include "cmd/shaper-calibrate/data.h"
#include "tests/fuzz/fuzz.h"

static void
quiet(struct diag_sink *s, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *what)
{
	(void)s;
	(void)level;
	(void)place;
	(void)slug;
	(void)what;
}

static double last_s;

static int
begin(struct data_handler *h, const char *name)
{
	(void)h;
	(void)name;
	last_s = -1e300;
	return 0;
}

/* what is handed on is in order and in range */
static int
rows(struct data_handler *h, const struct data_rows *r)
{
	(void)h;
	for (int i = 0; i < r->n; i++) {
		if (!(r->t_s[i] >= last_s) ||
		    !(r->a[0][i] >= -1e12 && r->a[0][i] <= 1e12))
			abort();
		last_s = r->t_s[i];
	}
	return 0;
}

static int
end(struct data_handler *h)
{
	(void)h;
	return 0;
}

static int
sweep(struct data_handler *h, const char *text, size_t len)
{
	struct command_spec spec;
	size_t at = 0;

	(void)h;
	if (command_parse(&spec, text, len, &at) == 0)
		return 0;
	if (at > len)
		abort();
	return text[0] == '!' ? -1 : 0;
}

static int
moves(struct data_handler *h, const char *text, size_t len)
{
	(void)h;
	if (len < 4 || memcmp(text, "move", 4) != 0)
		abort();
	return text[len - 1] == '!' ? -1 : 0;
}

static int
spectrum(struct data_handler *h, const char *name, struct spectrum *s,
    bool already, bool mainline)
{
	(void)h;
	(void)name;
	for (size_t i = 1; i < s->n; i++)
		if (!(s->freq_hz[i] > s->freq_hz[i - 1]))
			abort();
	spectrum_release(s);
	return already || !mainline ? 0 : -1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct diag_sink sink = {.emit = quiet};
	struct data_handler h = {begin, rows, end, sweep, spectrum, moves};
	struct input *in = input_memory(data, len, "fuzz", &sink);

	data_read(in, &h);
	input_close(in);
	return 0;
}

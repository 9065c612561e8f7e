/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as lines of G-code; the fast road agrees with the other. */
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "lang/gcode.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

static void
compare(const struct gcode_line *line, const struct gcode_move *m)
{
	static const char letter[] = "XYZEFIJKR";

	if (!gcode_is(line, 'G', m->number))
		BUG("the fast road took another command");
	for (int i = 0; i < GCODE_AXES; i++) {
		const struct gcode_word *w = gcode_letter(line, letter[i]);
		double v = 0;

		if (!w != !(m->has >> i & 1))
			BUG("the fast road saw other words");
		if (w && (gcode_word_double(w, &v) != 1 || v != m->v[i]))
			BUG("the fast road read another number");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = xmalloc(len + 1);
	const char *s = text, *end = text + len;
	struct gcode_line line;

	memcpy(text, data, len);
	text[len] = '\0';
	gcode_line_init(&line);
	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s)), *next;
		struct gcode_move m;

		next = gcode_scan_move(&m, s, end);
		if (next && next != nl + 1)
			BUG("the fast road lost the line");
		gcode_parse(&line, s, (size_t)((nl ? nl : end) - s));
		if (next && line.kind != GCODE_WRONG)
			compare(&line, &m);
		s = nl ? nl + 1 : end;
	}
	gcode_line_release(&line);
	free(text);
	return 0;
}

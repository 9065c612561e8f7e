/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gcode-lint's checker, the repairs and all reports, over any bytes. */
#include <string.h>

#include "cmd/gcode-lint/fix.h"
#include "cmd/gcode-lint/lint.h"
#include "tests/fuzz/fuzz.h"

static const char config[] = "tests/cases/gcode-lint/bed235.conf";

static void
quiet(struct diag_sink *s, enum diag_level level, const struct diag_place *p,
    const char *slug, const char *text)
{
	(void)s, (void)level, (void)p, (void)slug, (void)text;
}

static void
check(struct lint *l, struct fix *fix, const char *s, size_t len)
{
	const char *end = s + len;

	lint_begin(l, "fuzz");
	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		size_t n = (size_t)((nl ? nl + 1 : end) - s);

		lint_line(l, s, n);
		fix_line(fix, s, n);
		s += n;
	}
	lint_end(l, len && end[-1] != '\n');
	fix_end(fix);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine *m;
	static struct lint_facts facts;
	struct diag_sink sink = {.emit = quiet};
	struct buf text = BUF_INIT, out = BUF_INIT, log = BUF_INIT;
	static struct findings f;
	static struct lint l; /* its map of the bed is large: kept */
	struct fix fix;

	if (!m) {
		m = machine_load(config, &sink);
		if (!m)
			return 0;
		facts_init(&facts);
		facts.max_flow = 10;
		facts.max_step_rate = 50000;
		facts.heater_power = 40;
		facts_keep_out(&facts, "0,190,30,235");
		facts_known(&facts, "PRINT_START");
		lint_init(&l, &f, m, &facts);
	}
	if (size < 1)
		return 0;
	buf_add(&text, data + 1, size - 1);
	buf_grow(&text, 1);
	findings_init(&f, (enum report_format)(data[0] % 5));
	fix_init(&fix, "fuzz", &out, &log);
	findings_begin(&f);
	check(&l, &fix, text.data, text.len);
	findings_end(&f);
	findings_release(&f);
	buf_release(&text);
	buf_release(&out);
	buf_release(&log);
	return 0;
}

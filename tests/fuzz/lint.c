/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gcode-lint's checker, the repairs and all reports, over any bytes. */
#include <string.h>

#include "cmd/gcode-lint/diff.h"
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
lines(const char *s, size_t len, void (*each)(void *, const char *, size_t),
    void *ctx)
{
	const char *end = s + len;

	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		size_t n = (size_t)((nl ? nl + 1 : end) - s);

		each(ctx, s, n);
		s += n;
	}
}

static void
to_lint(void *ctx, const char *s, size_t n)
{
	lint_line(ctx, s, n);
}

static void
to_fix(void *ctx, const char *s, size_t n)
{
	fix_line(ctx, s, n);
}

/* a file, checked and mended; what it prints in *sum */
static void
check(struct lint *l, const char *s, size_t len, struct summary *sum)
{
	struct buf out = BUF_INIT, log = BUF_INIT;
	struct fix fix;

	lint_begin(l, "fuzz");
	lines(s, len, to_lint, l);
	lint_end(l, len && s[len - 1] != '\n');
	fix_init(&fix, l, &out, &log);
	lines(s, len, to_fix, &fix);
	fix_end(&fix);
	*sum = summary_take(&l->sum);
	buf_release(&out);
	buf_release(&log);
}

/* the first half of the file against the whole */
static void
compare(const struct summary *a, const struct summary *b, int format)
{
	static const struct diff_options options = {
	    .path = 0.1, .flow = 0.01, .speed = 0.02, .time = 0.02};
	struct diff_print p = {"half", a}, q = {"fuzz", b};
	struct findings f;

	findings_init(&f, (enum report_format)format);
	diff_findings(&f);
	diff_prints(&f, &p, &q, &options);
	findings_release(&f);
}

static void
set_facts(struct lint_facts *f, const struct machine *m)
{
	facts_init(f);
	f->max_flow = 10;
	f->max_step_rate = 50000;
	f->heater_power = 20;
	facts_keep_out(f, "0,190,30,235");
	facts_known(f, "PRINT_START");
	f->has_head = f->has_bed = f->has_receptacle = true;
	f->head_min[0] = f->head_max[0] = f->head_min[1] = f->head_max[1] = 20;
	f->gantry_height = 5;
	f->head_z = 1;
	for (int i = 0; i < 2; i++) {
		f->bed_max[i] = m->rail[i].position_max;
		f->receptacle.min[i] = 200;
		f->receptacle.max[i] = 220;
	}
	f->receptacle.max[2] = 10;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine *m;
	static struct lint_facts facts;
	struct diag_sink sink = {.emit = quiet};
	struct buf text = BUF_INIT;
	struct summary whole, half;
	static struct findings f;
	static struct lint l; /* its map of the bed is large: kept */

	if (!m) {
		m = machine_load(config, &sink);
		if (!m)
			return 0;
		set_facts(&facts, m);
		lint_init(&l, &f, m, &facts);
		l.sum_detailed = l.sum_gridded = true;
	}
	if (size < 1)
		return 0;
	buf_add(&text, data + 1, size - 1);
	buf_grow(&text, 1);
	findings_init(&f, (enum report_format)(data[0] % 5));
	findings_begin(&f);
	check(&l, text.data, text.len, &whole);
	check(&l, text.data, text.len / 2, &half);
	findings_end(&f);
	compare(&half, &whole, data[0] % 5);
	summary_release(&whole);
	summary_release(&half);
	findings_release(&f);
	buf_release(&text);
	return 0;
}

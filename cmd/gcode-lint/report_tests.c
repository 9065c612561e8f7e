/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report for test runners: TAP and JUnit, a test a rule. */
#include <string.h>

#include "findings.h"

void
report_tests_begin(struct findings *f)
{
	if (f->format == REPORT_TAP)
		buf_adds(&f->out, "TAP version 13\n");
	else
		buf_adds(&f->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				  "<testsuites name=\"gcode-lint\">\n");
}

void
report_tests_end(struct findings *f)
{
	if (f->format == REPORT_TAP)
		buf_addf(&f->out, "1..%u\n", f->files * (unsigned)f->n_rules);
	else
		buf_adds(&f->out, "</testsuites>\n");
}

/* a rule fails the test when it is an error; else it has only a word */
static bool
fails(const struct findings *f, int r)
{
	return f->count[r] > 0 && f->level[r] >= (int)f->fails_from;
}

/* why a rule was not checked, or NULL */
static const char *
skipped_for(const struct findings *f, int r)
{
	if (f->level[r] == LEVEL_OFF)
		return "off";
	return f->count[r] == 0 ? f->lacks[r] : NULL;
}

static void
tap_rule(struct findings *f, int r)
{
	const char *s = f->kept[r].data;

	buf_addf(&f->out, "%s %u - %s: %s", fails(f, r) ? "not ok" : "ok",
	    (f->files - 1) * (unsigned)f->n_rules + (unsigned)r + 1, f->file,
	    f->table[r].slug);
	if (skipped_for(f, r))
		buf_addf(&f->out, " # SKIP %s", skipped_for(f, r));
	buf_addc(&f->out, '\n');
	for (const char *end; s && *s; s = end + 1) {
		end = strchr(s, '\n');
		buf_adds(&f->out, "# ");
		buf_add(&f->out, s, (size_t)(end - s + 1));
	}
}

static void
xml_text(struct buf *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			buf_adds(out, "&amp;");
			break;
		case '<':
			buf_adds(out, "&lt;");
			break;
		case '>':
			buf_adds(out, "&gt;");
			break;
		case '"':
			buf_adds(out, "&quot;");
			break;
		default:
			buf_addc(out, *s);
		}
	}
}

static void
junit_rule(struct findings *f, int r)
{
	const char *tag = fails(f, r) ? "failure" : "system-out";

	buf_addf(&f->out, "    <testcase classname=\"");
	xml_text(&f->out, f->file);
	buf_addf(&f->out, "\" name=\"%s\"", f->table[r].slug);
	if (f->count[r] == 0 && !skipped_for(f, r)) {
		buf_adds(&f->out, "/>\n");
		return;
	}
	buf_adds(&f->out, ">\n");
	if (skipped_for(f, r)) {
		buf_addf(&f->out, "      <skipped message=\"%s\"/>\n",
		    skipped_for(f, r));
	} else {
		buf_addf(&f->out, "      <%s", tag);
		if (fails(f, r)) {
			buf_adds(&f->out, " message=\"");
			xml_text(&f->out, f->table[r].sentence);
			buf_addc(&f->out, '"');
		}
		buf_addc(&f->out, '>');
		xml_text(&f->out, f->kept[r].len ? f->kept[r].data : "");
		buf_addf(&f->out, "</%s>\n", tag);
	}
	buf_adds(&f->out, "    </testcase>\n");
}

void
report_tests_file_end(struct findings *f)
{
	unsigned failures = 0, skipped = 0;

	for (int r = 0; r < f->n_rules; r++) {
		failures += fails(f, r);
		skipped += skipped_for(f, r) != NULL;
	}
	if (f->format == REPORT_JUNIT) {
		buf_adds(&f->out, "  <testsuite name=\"");
		xml_text(&f->out, f->file);
		buf_addf(&f->out,
		    "\" tests=\"%d\" failures=\"%u\" skipped=\"%u\">\n",
		    f->n_rules, failures, skipped);
	}
	for (int r = 0; r < f->n_rules; r++) {
		if (f->format == REPORT_TAP)
			tap_rule(f, r);
		else
			junit_rule(f, r);
		buf_clear(&f->kept[r]);
		if (f->kept[r].data)
			f->kept[r].data[0] = '\0';
	}
	if (f->format == REPORT_JUNIT)
		buf_adds(&f->out, "  </testsuite>\n");
}

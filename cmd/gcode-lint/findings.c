/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found: levels, places, who is told. */
#include "findings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "lang/utf8.h"

const char *const level_name[3] = {"note", "warning", "error"};

void
findings_init(struct findings *f, enum report_format format)
{
	*f = (struct findings){.format = format};
	f->shown_max = FINDINGS_SHOWN_MAX;
	f->fails_from = DIAG_ERROR;
	f->table = diag_table;
	f->n_rules = N_RULES;
	for (int i = 0; i < N_RULES; i++)
		f->level[i] = (int)diag_table[i].level;
	f->at_most = DIAG_ERROR;
}

void
findings_release(struct findings *f)
{
	buf_release(&f->out);
	for (int i = 0; i < N_RULES; i++)
		buf_release(&f->kept[i]);
	free(f->mark_file);
	free(f->mark_macro);
	free(f->exception);
}

void
findings_begin(struct findings *f)
{
	if (f->format == REPORT_JSON)
		report_json_begin(f);
	else if (f->format == REPORT_SARIF)
		report_sarif_begin(f);
	else if (f->format != REPORT_TEXT)
		report_tests_begin(f);
}

void
findings_file(struct findings *f, const char *name)
{
	f->file = name;
	f->line = 0;
	f->text = NULL;
	f->text_len = 0;
	findings_mark(f, NULL, 0, true);
	memset(f->count, 0, sizeof(f->count));
	memset(f->file_level, 0, sizeof(f->file_level));
	memset(f->ignored, 0, sizeof(f->ignored));
	memset(f->line_ignored, 0, sizeof(f->line_ignored));
	f->n_exceptions = 0;
}

void
findings_file_end(struct findings *f)
{
	f->files++;
	for (int i = 0; i < 3; i++)
		f->all_level[i] += f->file_level[i];
	for (int i = 0; i < N_RULES; i++)
		f->all_count[i] += f->count[i];
	if (f->format == REPORT_TAP || f->format == REPORT_JUNIT)
		report_tests_file_end(f);
}

void
findings_end(struct findings *f)
{
	if (f->format == REPORT_TEXT)
		report_text_summary(f);
	else if (f->format == REPORT_JSON)
		report_json_end(f);
	else if (f->format == REPORT_SARIF)
		report_sarif_end(f);
	else
		report_tests_end(f);
}

void
findings_line(struct findings *f, uint32_t line, const char *text, size_t len)
{
	f->line = line;
	f->text = text;
	f->text_len = len;
	if (f->mark_file)
		f->mark_line++;
	memset(f->line_ignored, 0, sizeof(f->line_ignored));
}

void
findings_mark(struct findings *f, const char *mark, size_t len, bool own_line)
{
	const char *end, *colon;
	uint64_t line;

	free(f->mark_file);
	free(f->mark_macro);
	f->mark_file = f->mark_macro = NULL;
	while (len && *mark == ' ')
		mark++, len--;
	if (len == 0)
		return;
	end = memchr(mark, ' ', len);
	if (!end)
		end = mark + len;
	colon = end;
	while (colon > mark && colon[-1] != ':')
		colon--;
	if (colon == mark ||
	    num_parse_uint(colon, (size_t)(end - colon), &line) != 0 ||
	    line > UINT32_MAX)
		return;
	f->mark_file = xstrndup(mark, (size_t)(colon - 1 - mark));
	/* the line that comes counts one */
	f->mark_line = (uint32_t)line - own_line;
	if (end < mark + len)
		f->mark_macro =
		    xstrndup(end + 1, (size_t)(mark + len - end - 1));
}

bool
findings_wants(const struct findings *f, enum rule r)
{
	return f->level[r] != LEVEL_OFF && !f->ignored[r] &&
	       !(f->line_ignored[r / 64] >> (r % 64) & 1);
}

static void
keep(struct findings *f, enum rule r, const struct finding_place *p,
    enum diag_level level, const char *text)
{
	buf_addf(&f->kept[r], "%s:", p->file);
	if (p->line)
		buf_addf(&f->kept[r], "%u:", p->line);
	if (p->line && p->col)
		buf_addf(&f->kept[r], "%u:", p->col);
	buf_addf(&f->kept[r], " %s: %s\n", level_name[level], text);
}

__attribute__((format(printf, 5, 0))) static void
tell(struct findings *f, enum rule r, const struct finding_place *p,
    bool source, const char *fmt, va_list ap)
{
	enum diag_level level = (enum diag_level)f->level[r];
	struct buf text = BUF_INIT;

	if (level > f->at_most)
		level = f->at_most;
	f->file_level[level]++;
	f->count[r]++;
	if (f->shown_max && f->count[r] > f->shown_max)
		return;
	buf_vaddf(&text, fmt, ap);
	if (!utf8_valid(text.data, text.len, NULL))
		for (size_t i = 0; i < text.len; i++)
			text.data[i] &= 0x7f;
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			text.data[i] = '?';
	switch (f->format) {
	case REPORT_TEXT:
		report_text(f, r, level, p, text.data, source);
		if (f->shown_max && f->count[r] == f->shown_max)
			buf_addf(&f->out,
			    "%s: note: more of [%s] are counted, not shown\n",
			    f->file, f->table[r].slug);
		break;
	case REPORT_JSON:
		report_json(f, r, level, p, text.data);
		break;
	case REPORT_SARIF:
		report_sarif(f, r, level, p, text.data);
		break;
	case REPORT_TAP:
	case REPORT_JUNIT:
		keep(f, r, p, level, text.data);
		break;
	}
	buf_release(&text);
}

void
finding(struct findings *f, enum rule r, const char *at, size_t len,
    const char *fmt, ...)
{
	struct finding_place p = {.file = f->file, .line = f->line};
	va_list ap;

	if (!findings_wants(f, r))
		return;
	if (at && at >= f->text && at <= f->text + f->text_len) {
		p.col = (uint32_t)(at - f->text) + 1;
		p.len = (uint32_t)len;
	}
	if (f->mark_file) {
		p.file = f->mark_file;
		p.line = f->mark_line;
		p.col = 0;
		p.macro = f->mark_macro;
	}
	va_start(ap, fmt);
	tell(f, r, &p, f->text != NULL, fmt, ap);
	va_end(ap);
}

/* was this rule silenced on that line alone, when it was read? */
static bool
excepted(const struct findings *f, enum rule r, uint32_t line, bool marked)
{
	uint64_t n = f->n_exceptions;

	for (uint64_t i = 0; i < n && i < FINDINGS_EXCEPTIONS; i++) {
		const struct findings_exception *e =
		    &f->exception[(n - 1 - i) % FINDINGS_EXCEPTIONS];

		if ((marked ? e->mark_line : e->line) == line &&
		    e->rules[r / 64] >> (r % 64) & 1)
			return true;
	}
	return false;
}

void
finding_at(struct findings *f, enum rule r, uint32_t line, const char *fmt, ...)
{
	struct finding_place p = {.file = f->file, .line = line};
	va_list ap;

	if (f->level[r] == LEVEL_OFF || f->ignored[r] ||
	    (line && excepted(f, r, line, false)))
		return;
	va_start(ap, fmt);
	tell(f, r, &p, false, fmt, ap);
	va_end(ap);
}

void
finding_rec(struct findings *f, enum rule r, const char *file, uint32_t line,
    const char *fmt, ...)
{
	struct finding_place p = {.file = file ? file : f->file, .line = line};
	va_list ap;

	if (f->level[r] == LEVEL_OFF || f->ignored[r] ||
	    excepted(f, r, line, file != NULL))
		return;
	va_start(ap, fmt);
	tell(f, r, &p, false, fmt, ap);
	va_end(ap);
}

int
findings_set_level(struct findings *f, const char *setting, const char **why)
{
	static const char *const names[] = {"off", "note", "warning", "error"};
	const char *eq = strchr(setting, '=');
	size_t len = eq ? (size_t)(eq - setting) : strlen(setting);
	int r = rule_find(setting, len);

	if (r < 0) {
		*why = "no such rule";
		return -1;
	}
	for (int i = 0; i < 4; i++) {
		if (strcmp(eq ? eq + 1 : "error", names[i]) == 0) {
			f->level[r] = i - 1;
			return 0;
		}
	}
	*why = "the level is off, note, warning or error";
	return -1;
}

/* what is found of this line later must know, too */
static void
except_line(struct findings *f)
{
	struct findings_exception *e;

	if (!f->exception)
		f->exception =
		    xcalloc(FINDINGS_EXCEPTIONS, sizeof(*f->exception));
	e = &f->exception[f->n_exceptions++ % FINDINGS_EXCEPTIONS];
	e->line = f->line;
	e->mark_line = f->mark_file ? f->mark_line : 0;
	memcpy(e->rules, f->line_ignored, sizeof(e->rules));
}

const char *
findings_ignore(struct findings *f, const char *slugs, size_t len,
    bool here_only, size_t *unknown)
{
	const char *end = slugs + len, *bad = NULL;

	while (slugs < end) {
		const char *next = memchr(slugs, ',', (size_t)(end - slugs));
		size_t n = (size_t)((next ? next : end) - slugs);
		int r;

		while (n && *slugs == ' ')
			slugs++, n--;
		while (n && slugs[n - 1] == ' ')
			n--;
		r = rule_find(slugs, n);
		if (r < 0 && !bad) {
			bad = slugs;
			*unknown = n;
		}

		if (r >= 0 && here_only)
			f->line_ignored[r / 64] |= 1ull << (r % 64);
		else if (r >= 0)
			f->ignored[r] = true;
		slugs = next ? next + 1 : end;
	}
	if (here_only)
		except_line(f);
	return bad;
}

bool
findings_failed(const struct findings *f)
{
	for (int i = f->fails_from; i <= DIAG_ERROR; i++)
		if (f->all_level[i] > 0)
			return true;
	return false;
}

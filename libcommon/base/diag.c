/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complaints about input: formatting, masking, near names. */
#include "base/diag.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

void
diag_ignore(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)sink;
	(void)level;
	(void)place;
	(void)slug;
	(void)text;
}

void
diag_vreport(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *fmt,
    va_list ap)
{
	struct buf text = BUF_INIT;

	buf_vaddf(&text, fmt, ap);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c < 0x20 || c == 0x7f)
			text.data[i] = '?';
	}
	sink->count[level]++;
	sink->emit(sink, level, place, slug, text.data ? text.data : "");
	buf_release(&text);
}

void
diag_report(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_vreport(sink, level, place, slug, fmt, ap);
	va_end(ap);
}

#define WORD_MAX 48

/* Damerau-Levenshtein distance (adjacent swaps count one), short words only */
static int
distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	int row[3][WORD_MAX + 1];

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (int)j;
	for (size_t i = 1; i <= n; i++) {
		int *cur = row[i % 3];
		const int *last = row[(i + 2) % 3];
		const int *before = row[(i + 1) % 3];

		cur[0] = (int)i;
		for (size_t j = 1; j <= m; j++) {
			int ca = tolower((unsigned char)a[i - 1]);
			int cb = tolower((unsigned char)b[j - 1]);
			int best = last[j - 1] + (ca != cb);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			cur[j] = best;
		}
	}
	return row[n % 3][m];
}

const char *
diag_nearest(const char *word, const char *const *names, int n)
{
	const char *found = NULL;
	int limit = (int)(strlen(word) + 2) / 3;

	if (limit > 4)
		limit = 4;
	for (int i = 0; i < n; i++) {
		int d = distance(word, names[i]);

		if (d <= limit) {
			found = names[i];
			limit = d - 1;
		}
	}
	return found;
}

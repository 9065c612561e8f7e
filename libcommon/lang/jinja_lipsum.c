/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lipsum(): paragraphs of words that mean nothing. */
#include <string.h>

#include "lang/jinja_private.h"

static const char *const word[] = {"ad", "adipiscing", "aliquam", "amet", "at",
    "commodo", "consequat", "cras", "diam", "dolor", "donec", "duis", "eget",
    "elit", "enim", "erat", "et", "felis", "fusce", "iaculis", "in", "ipsum",
    "justo", "lacus", "leo", "ligula", "lorem", "magna", "mauris", "metus",
    "mollis", "morbi", "nec", "nibh", "nisl", "nulla", "orci", "pede", "porta",
    "proin", "quam", "quis", "risus", "sapien", "sed", "sem", "sit", "tellus",
    "tempor", "tortor", "turpis", "ut", "varius", "vel", "velit", "vitae",
    "vivamus"};

#define WORDS (sizeof(word) / sizeof(word[0]))

/* from from to to - 1, as Python's randrange() */
static int64_t
pick(struct jinja *j, int64_t from, int64_t to)
{
	if (to <= from)
		jj_fail(j, "ValueError", "empty range for randrange()");
	return from + (int64_t)(jj_random(j) % (uint64_t)(to - from));
}

static void
paragraph(struct jinja *j, struct jj_sb *b, int64_t words)
{
	int64_t comma = 0, stop = 0;
	const char *last = "";

	for (int64_t i = 0; i < words; i++) {
		const char *w = word[pick(j, 0, (int64_t)WORDS)];
		bool begins = i == stop;

		while (w == last)
			w = word[pick(j, 0, (int64_t)WORDS)];
		last = w;
		if (i)
			jj_sb_putc(j, b, ' ');
		jj_sb_putc(
		    j, b, begins ? (char)jj_upper1((unsigned char)w[0]) : w[0]);
		jj_sb_puts(j, b, w + 1);
		j->steps++;
		if (i + 1 - stop >= pick(j, 10, 20) || i + 1 == words) {
			jj_sb_putc(j, b, '.');
			stop = comma = i + 1;
		} else if (i + 1 - comma >= pick(j, 3, 8)) {
			jj_sb_putc(j, b, ',');
			comma = i + 1;
		}
	}
}

/* lipsum(n=5, html=True, min=20, max=100) */
struct jj_value
jj_fn_lipsum(struct jinja *j, void *host, const struct jj_args *a)
{
	static const char *const name[] = {"n", "html", "min", "max"};
	struct jj_value v[4] = {
	    jj_int(5), jj_bool(true), jj_int(20), jj_int(100)};
	struct jj_sb b = {NULL, 0, 0};
	bool html;

	(void)host;
	if (a->n > 4)
		jj_fail(j, "TypeError",
		    "generate_lorem_ipsum() takes from 0 to 4 positional "
		    "arguments but %u were given",
		    a->n);
	for (uint32_t i = 0; i < a->n; i++)
		v[i] = a->v[i];
	for (uint32_t i = 0; i < a->nkw; i++) {
		uint32_t k = 0;

		while (k < 4 && strcmp(a->name[i]->data, name[k]) != 0)
			k++;
		if (k == 4)
			jj_fail(j, "TypeError",
			    "generate_lorem_ipsum() got an unexpected keyword "
			    "argument %s",
			    jj_quote(j, a->name[i]->data, a->name[i]->len));
		v[k] = a->kw[i];
	}
	html = jj_true(j, v[1]);
	for (int64_t i = 0; i < jj_index(j, v[0]); i++) {
		if (i)
			jj_sb_puts(j, &b, html ? "\n" : "\n\n");
		if (html)
			jj_sb_puts(j, &b, "<p>");
		paragraph(j, &b, pick(j, jj_index(j, v[2]), jj_index(j, v[3])));
		if (html)
			jj_sb_puts(j, &b, "</p>");
		if (j->steps > j->limit.steps)
			jj_too_long(j);
	}
	return jj_sb_value(j, &b);
}

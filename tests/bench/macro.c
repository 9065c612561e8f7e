/* SPDX-License-Identifier: GPL-3.0-or-later */
/* macro TEMPLATE CONTEXT [load_us render_us hosted_us]: a start macro compiled
 * and rendered, microseconds of both; against another's if they are given. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "io/file.h"
#include "lang/jinja.h"
#include "lang/jinja_json.h"

enum {
	ROUNDS = 200, /* the best counts */
	LOADS = 20,
	RENDERS = 400
};

static void
slurp(const char *path, struct buf *text)
{
	const char *name;
	int fd = file_open_input(path, &name);

	if (fd < 0 || file_read_all(fd, text, 1 << 20)) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(1);
	}
}

static double
best(double a, int64_t ns, int rounds)
{
	double us = (double)ns / 1000 / rounds;

	return us < a ? us : a;
}

static double
load_us(const struct buf *text)
{
	double us = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = clock_cpu_ns();

		for (int k = 0; k < LOADS; k++)
			jinja_template_free(
			    jinja_compile(text->data, text->len, 0, NULL));
		us = best(us, clock_cpu_ns() - start, LOADS);
	}
	return us;
}

static int
render(struct jinja *j, const struct jinja_template *t, struct jj_value v,
    struct buf *out)
{
	jinja_begin(j);
	for (uint32_t i = 0; i < v.u.d->n; i++)
		jinja_set(j, v.u.d->e[i].key.u.s->data, v.u.d->e[i].value);
	buf_clear(out);
	return jinja_render(j, t, out, NULL);
}

static double
render_us(const struct buf *text, const struct buf *context, struct buf *out)
{
	struct jinja_template *t =
	    jinja_compile(text->data, text->len, 0, NULL);
	struct jinja *j = jinja_new(NULL), *keeper = jinja_new(NULL);
	double us = 1e9;
	struct jj_value v;

	if (!t || jj_read_json(keeper, context->data, context->len, &v, NULL))
		exit(1);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = clock_cpu_ns();

		for (int k = 0; k < RENDERS; k++)
			if (render(j, t, v, out))
				exit(1);
		us = best(us, clock_cpu_ns() - start, RENDERS);
	}
	jinja_template_free(t);
	jinja_free(j);
	jinja_free(keeper);
	return us;
}

static void
row(const char *what, double us, const char *who, const char *other,
    const char *wanted)
{
	double them = other ? strtod(other, NULL) : 0;

	printf("%s\t%.1f us", what, us);
	if (them > 0)
		printf(", %.1f x %s's %.1f", them / us, who, them);
	printf("\t%s\n", wanted);
}

int
main(int argc, char **argv)
{
	struct buf text = BUF_INIT, context = BUF_INIT, out = BUF_INIT;
	double us;

	if (argc < 3)
		return 64;
	slurp(argv[1], &text);
	slurp(argv[2], &context);
	us = load_us(&text);
	row("a 40-line start macro, loaded", us, "Jinja2",
	    argc > 5 ? argv[3] : NULL, "> 20 x Jinja2");
	us = render_us(&text, &context, &out);
	row("the same, rendered", us, "Jinja2", argc > 5 ? argv[4] : NULL, "");
	row("the same, status read", us, "a Jinja2 host",
	    argc > 5 ? argv[5] : NULL, "> 20 x a Jinja2 host");
	buf_release(&text);
	buf_release(&context);
	buf_release(&out);
	return 0;
}

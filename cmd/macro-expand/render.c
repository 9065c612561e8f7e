/* SPDX-License-Identifier: GPL-3.0-or-later */
/* macro-expand --render: the template language alone. */
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/macro-expand/macro-expand.h"
#include "lang/jinja.h"
#include "lang/jinja_json.h"

#define FILE_MAX ((size_t)64 << 20)

static int
read_file(const char *path, const char **name, struct buf *text)
{
	int fd = file_open_input(path, name), status = EXIT_DONE;

	if (fd < 0) {
		cli_warn("cannot open '%s':", path);
		return EXIT_NO_INPUT;
	}
	if (file_read_all(fd, text, FILE_MAX)) {
		cli_warn("cannot read '%s':", *name);
		status = EXIT_IO;
	}
	if (fd != STDIN_FILENO)
		close(fd);
	buf_adds(text, "");
	return status;
}

static const char *
slug_of(const char *class)
{
	if (strncmp(class, "Template", 8) == 0 ||
	    strcmp(class, "SyntaxError") == 0)
		return "template";
	if (strcmp(class, "UndefinedError") == 0)
		return "undefined";
	if (strcmp(class, "TypeError") == 0)
		return "type";
	if (strcmp(class, "ZeroDivisionError") == 0)
		return "divide";
	if (strcmp(class, "LimitError") == 0 ||
	    strcmp(class, "MemoryError") == 0 ||
	    strcmp(class, "RecursionError") == 0)
		return "limit";
	return "value";
}

static int
complain(const char *name, const struct jinja_error *e)
{
	struct diag_place at = {name, e->line, e->col};

	diag_report(output_sink(), DIAG_ERROR, &at, slug_of(e->class), "%s",
	    e->text.data);
	return EXIT_BAD_DATA;
}

static int
load_context(struct jinja *j)
{
	struct jinja_error e = JINJA_ERROR_INIT;
	struct buf text = BUF_INIT;
	struct jj_value v;
	const char *name;
	int status = read_file(opts.context, &name, &text);

	if (!status && (jj_read_json(j, text.data, text.len, &v, &e) ||
			   v.kind != JJ_DICT)) {
		struct diag_place at = {name, e.line, e.col};

		diag_report(output_sink(), DIAG_ERROR, &at, "context",
		    "the context is not a JSON object: %s",
		    e.text.data ? e.text.data : "it is something else");
		status = EXIT_BAD_DATA;
	}
	for (uint32_t i = 0; !status && i < v.u.d->n; i++)
		jinja_set(j, v.u.d->e[i].key.u.s->data, v.u.d->e[i].value);
	jinja_error_release(&e);
	buf_release(&text);
	return status;
}

int
render_file(void)
{
	struct jinja_error e = JINJA_ERROR_INIT;
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct jinja_template *t = NULL;
	struct jinja *j = jinja_new(NULL);
	const char *name;
	int status = read_file(opts.render, &name, &text);

	jinja_seed(j, opts.seed);
	if (!status) {
		t = jinja_compile(text.data, text.len,
		    (opts.kalico ? JINJA_KALICO : 0u) |
			(opts.delimiters ? JINJA_DOUBLE : 0u),
		    &e);
		if (!t)
			status = complain(name, &e);
	}
	if (!status && opts.context)
		status = load_context(j);
	if (!status && jinja_render(j, t, &out, &e))
		status = complain(name, &e);
	if (!status) {
		buf_addc(&out, '\n');
		output_put(out.data, out.len);
	}
	jinja_template_free(t);
	jinja_free(j);
	jinja_error_release(&e);
	buf_release(&text);
	buf_release(&out);
	return status;
}

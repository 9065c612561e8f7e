/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of G-code as the dispatcher of macros sees them. */
#include <jansson.h>

#include "io/file.h"
#include "machine/macro_line.h"
#include "tests/unit/tap.h"

/* what the line means, in the form of the corpus */
static json_t *
meaning(struct macro_line *l, const char *s)
{
	json_t *o = json_object(), *params = json_object();

	macro_line_parse(l, s, strlen(s));
	if (!*l->command) {
		json_decref(params);
		return o;
	}
	if (strncmp(l->command, "M117 ", 5) == 0 ||
	    strncmp(l->command, "M118 ", 5) == 0)
		macro_line_first_word(l);
	if (!l->traditional && macro_line_extended(l)) {
		json_object_set_new(o, "error", json_string("malformed"));
		json_decref(params);
		return o;
	}
	json_object_set_new(o, "command", json_string(l->command));
	json_object_set_new(o, "kind",
	    json_string(l->traditional ? "traditional" : "extended"));
	for (size_t i = 0; i < l->n_params; i++)
		json_object_set_new(
		    params, l->param[i].key, json_string(l->param[i].value));
	json_object_set_new(o, "params", params);
	json_object_set_new(o, "rawparams", json_stringn(l->raw, l->raw_len));
	return o;
}

static bool
same(json_t *want, json_t *got)
{
	static const char *const field[] = {
	    "command", "kind", "params", "rawparams"};

	if (json_object_get(want, "error"))
		return json_object_get(got, "error") != NULL;
	/* unknown commands: the corpus has only what the printer said */
	if (json_object_get(want, "response"))
		return true;
	for (int i = 0; i < 4; i++) {
		json_t *w = json_object_get(want, field[i]);
		json_t *g = json_object_get(got, field[i]);

		if (w ? !g || !json_equal(w, g) : g != NULL)
			return false;
	}
	return true;
}

static void
run(const char *path)
{
	struct buf text = BUF_INIT;
	struct macro_line l;
	const char *name;
	int fd = file_open_input(path, &name), n = 0, bad = 0;

	if (fd < 0) {
		tap_skip(path, "the reference is not here");
		return;
	}
	macro_line_init(&l);
	file_read_all(fd, &text, 64 << 20);
	for (const char *p = text.data; p && *p; n++) {
		size_t len = strcspn(p, "\n");
		json_t *c = json_loadb(p, len, 0, NULL);
		json_t *got =
		    meaning(&l, json_string_value(json_object_get(c, "line")));

		if (!same(c, got)) {
			char *t = json_dumps(got, 0);

			printf("# %.*s\n# got %s\n", (int)len, p, t);
			bad++;
		}
		json_decref(got);
		json_decref(c);
		p += len + (p[len] == '\n');
	}
	ok(n > 0 && !bad, "%d lines of %s, %d are read otherwise", n, path,
	    bad);
	macro_line_release(&l);
	buf_release(&text);
}

int
main(void)
{
	run("tests/cases/macro-line/lines.jsonl");
	run("../shared/reference/jinja/gcode-cases.jsonl");
	return done_testing();
}

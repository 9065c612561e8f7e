/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a template: compiled, and rendered within small limits. */
#include <string.h>

#include "lang/jinja.h"
#include "tests/fuzz/fuzz.h"

static void
context(struct jinja *j)
{
	struct jj_value l = jj_list_new(j, 3), d = jj_dict_new(j);

	for (int i = 0; i < 3; i++)
		jj_append(j, l, jj_int(3 - i));
	jj_put(j, d, "a", jj_float(1.5));
	jj_put(j, d, "l", l);
	jinja_set(j, "l", l);
	jinja_set(j, "d", d);
	jinja_set(j, "s", jj_strz(j, "text \303\251"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct jinja_limits limit = {.steps = 20000,
	    .output = 100000,
	    .memory = (size_t)4 << 20,
	    .depth = 30};
	struct jinja_error e = JINJA_ERROR_INIT;
	struct jinja *j = jinja_new(&limit);
	struct jinja_template *t =
	    jinja_compile((const char *)data, len, JINJA_KALICO, &e);
	struct buf out = BUF_INIT;
	struct jj_value v;

	if (t) {
		context(j);
		jinja_render(j, t, &out, &e);
	}
	jinja_begin(j);
	jj_literal(j, (const char *)data, len, &v, &e);
	jinja_template_free(t);
	jinja_free(j);
	jinja_error_release(&e);
	buf_release(&out);
	return 0;
}

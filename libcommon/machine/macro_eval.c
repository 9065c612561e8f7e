/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates from outside, rendered in the world: --repl and tests. */
#include <string.h>

#include "machine/macro_private.h"

/* text is an expression, or with whole a template of its own */
int
macro_eval(struct macro_world *w, const char *text, size_t len, struct buf *out,
    bool whole)
{
	struct jinja_error e = JINJA_ERROR_INIT;
	struct jinja_template *t;
	struct buf tpl = BUF_INIT;
	int status = -1;

	if (!whole)
		buf_adds(&tpl, "{ ");
	buf_add(&tpl, text, len);
	if (!whole)
		buf_adds(&tpl, " }");
	t = jinja_compile(
	    tpl.data, tpl.len, w->flags & MACRO_KALICO ? JINJA_KALICO : 0, &e);
	if (t) {
		jinja_begin(w->j);
		macro_forget_status(w);
		macro_context(w, NULL, NULL);
		status = jinja_render(w->j, t, out, &e);
		jinja_template_free(t);
	}
	buf_adds(out, "");
	if (status)
		diag_report(w->sink, DIAG_ERROR, NULL, "eval", "%s: %s",
		    e.class, e.text.data ? e.text.data : "");
	jinja_error_release(&e);
	buf_release(&tpl);
	return status;
}

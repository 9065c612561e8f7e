/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a template sees: variables, printer, actions, parameters. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/macro_private.h"

static struct macro_world *
world_of(void *host)
{
	return host;
}

static void
need_one(struct jinja *j, const struct jj_args *a, const char *name)
{
	if (a->n + a->nkw < 1)
		jj_fail(j, "TypeError",
		    "PrinterGCodeMacro._%s() missing 1 required positional "
		    "argument: 'msg'",
		    name);
}

static struct jj_value
argument(const struct jj_args *a)
{
	return a->n ? a->v[0] : a->kw[0];
}

static struct jj_value
respond_info(struct jinja *j, void *host, const struct jj_args *a)
{
	struct macro_world *w = world_of(host);
	struct jj_value msg;
	const char *p;

	need_one(j, a, "action_respond_info");
	msg = argument(a);
	if (msg.kind != JJ_STR)
		jj_fail(j, "AttributeError",
		    "the message has no attribute 'strip'");
	if (w->hook.respond) {
		struct buf text = BUF_INIT;

		for (p = msg.u.s->data; *p;) {
			size_t n = strcspn(p, "\n"), k = n;
			const char *s = p;

			for (; k && (*s == ' ' || *s == '\t'); s++)
				k--;
			while (k && (s[k - 1] == ' ' || s[k - 1] == '\t'))
				k--;
			if (text.len || k)
				buf_addf(&text, "%s// %.*s",
				    text.len ? "\n" : "", (int)k, s);
			p += n + (p[n] == '\n');
		}
		w->hook.respond(w->ctx, text.data ? text.data : "// ");
		buf_release(&text);
	}
	return jj_strz(j, "");
}

static struct jj_value
raise_error(struct jinja *j, void *host, const struct jj_args *a)
{
	struct buf text = BUF_INIT;
	struct jj_value copy;

	(void)host;
	need_one(j, a, "action_raise_error");
	jj_write_str(j, argument(a), &text);
	buf_adds(&text, "");
	copy = jj_string(j, text.data, text.len);
	buf_release(&text);
	jj_fail(j, "CommandError", "%s", copy.u.s->data);
}

static struct jj_value
emergency_stop(struct jinja *j, void *host, const struct jj_args *a)
{
	struct macro_world *w = world_of(host);
	struct buf text = BUF_INIT;

	buf_adds(&text, "Shutdown due to ");
	if (a->n)
		jj_write_str(j, a->v[0], &text);
	else
		buf_adds(&text, "action_emergency_stop");
	if (!w->shut) {
		w->shut = true;
		w->shut_why = arena_strdup(&w->arena, text.data);
		macro_respond(w, "!! %s", text.data);
	}
	buf_release(&text);
	return jj_strz(j, "");
}

static struct jj_value
remote_method(struct jinja *j, void *host, const struct jj_args *a)
{
	(void)host;
	need_one(j, a, "action_call_remote_method");
	return jj_strz(j, "");
}

static struct jj_value
action_log(struct jinja *j, void *host, const struct jj_args *a)
{
	(void)host;
	need_one(j, a, "action_log");
	return jj_strz(j, "");
}

static void
params(struct macro_world *w, struct macro_line *l)
{
	struct jj_value d = jj_dict_new(w->j);

	for (size_t i = 0; i < l->n_params; i++)
		jj_put(
		    w->j, d, l->param[i].key, jj_strz(w->j, l->param[i].value));
	jinja_set(w->j, "params", d);
	jinja_set(w->j, "rawparams", jj_string(w->j, l->raw, l->raw_len));
}

void
macro_context(struct macro_world *w, struct macro_def *m, struct macro_line *l)
{
	static const struct jj_func actions[] = {
	    {"action_respond_info", respond_info, NULL, false},
	    {"action_raise_error", raise_error, NULL, false},
	    {"action_emergency_stop", emergency_stop, NULL, false},
	    {"action_call_remote_method", remote_method, NULL, false},
	    {"action_log", action_log, NULL, false}};
	unsigned n = sizeof(actions) / sizeof(actions[0]);

	if (m)
		for (uint32_t i = 0; i < m->vars.u.d->n; i++)
			jinja_set(w->j, m->vars.u.d->e[i].key.u.s->data,
			    m->vars.u.d->e[i].value);
	jinja_set(w->j, "printer", macro_printer(w));
	if (!(w->flags & MACRO_KALICO))
		n--;
	for (unsigned i = 0; i < n; i++) {
		struct jj_func f = actions[i];

		f.host = w;
		jinja_set(w->j, f.name, jj_func(w->j, &f));
	}
	if (l)
		params(w, l);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conformance of the template language: cases made with the real one. */
#include <jansson.h>
#include <stdlib.h>

#include "io/file.h"
#include "lang/jinja.h"
#include "lang/jinja_json.h"
#include "tests/unit/tap.h"

static json_t *actions;

static struct jj_value
record(struct jinja *j, const char *what, const struct jj_args *a,
    const char *prefix)
{
	json_t *one = json_array();
	struct buf text = BUF_INIT;

	json_array_append_new(one, json_string(what));
	buf_adds(&text, prefix);
	if (a->n)
		jj_write_str(j, a->v[0], &text);
	else if (*prefix)
		buf_adds(&text, "action_emergency_stop");
	json_array_append_new(one, json_string(text.data));
	buf_release(&text);
	if (strcmp(what, "call_remote_method") == 0) {
		json_t *kw = json_object();

		for (uint32_t i = 0; i < a->nkw; i++) {
			struct jj_value v = a->kw[i];

			json_object_set_new(kw, a->name[i]->data,
			    v.kind == JJ_INT ? json_integer(v.u.i)
					     : json_string(v.u.s->data));
		}
		json_array_append_new(one, kw);
	}
	json_array_append_new(actions, one);
	return jj_strz(j, "");
}

static struct jj_value
respond_info(struct jinja *j, void *host, const struct jj_args *a)
{
	(void)host;
	if (!a->n)
		jj_fail(j, "TypeError",
		    "PrinterGCodeMacro._action_respond_info() missing 1 "
		    "required positional argument: 'msg'");
	if (a->v[0].kind != JJ_STR)
		jj_fail(j, "AttributeError",
		    "'int' object has no attribute 'strip'");
	return record(j, "respond_info", a, "");
}

static struct jj_value
raise_error(struct jinja *j, void *host, const struct jj_args *a)
{
	struct buf text = BUF_INIT;
	char copy[200];

	(void)host;
	jj_write_str(j, a->v[0], &text);
	snprintf(copy, sizeof(copy), "%s", text.data);
	buf_release(&text);
	jj_fail(j, "CommandError", "%s", copy);
}

static struct jj_value
emergency_stop(struct jinja *j, void *host, const struct jj_args *a)
{
	(void)host;
	return record(j, "emergency_stop", a, "Shutdown due to ");
}

static struct jj_value
remote_method(struct jinja *j, void *host, const struct jj_args *a)
{
	(void)host;
	return record(j, "call_remote_method", a, "");
}

static struct jj_value
status_get(struct jinja *j, void *data, const char *key, size_t len)
{
	struct jj_value d = {.kind = JJ_DICT, .u.p = data};

	while (len && *key == ' ') {
		key++;
		len--;
	}
	while (len && key[len - 1] == ' ')
		len--;
	return jj_get(j, d, key, len);
}

static struct jj_value
status_names(struct jinja *j, void *data)
{
	struct jj_value l = jj_list_new(j, 8);
	const struct jj_dict *d = data;

	for (uint32_t i = 0; i < d->n; i++)
		jj_append(j, l, d->e[i].key);
	return l;
}

static const struct jj_func functions[] = {
    {"action_respond_info", respond_info, NULL, false},
    {"action_raise_error", raise_error, NULL, false},
    {"action_emergency_stop", emergency_stop, NULL, false},
    {"action_call_remote_method", remote_method, NULL, false}};

static void
context(struct jinja *j, json_t *ctx)
{
	const char *key;
	json_t *v;

	json_object_foreach(ctx, key, v)
	{
		struct jj_value value = jj_from_json(j, v);

		if (strcmp(key, "printer") == 0) {
			struct jj_host h = {
			    "extras.gcode_macro.GetStatusWrapper", status_get,
			    status_names, value.u.p};

			value = jj_host(j, &h);
		}
		jinja_set(j, key, value);
	}
	for (int i = 0; i < 4; i++)
		jinja_set(j, functions[i].name, jj_func(j, &functions[i]));
}

/* the text of an error as the corpus writes it */
static void
error_text(const struct jinja_error *e, const char *phase, const char *tpl,
    struct buf *out)
{
	const char *name = "gcode_macro TEST:gcode", *module = "";

	if (strcmp(phase, "render") == 0) {
		if (strcmp(e->class, "CommandError") == 0)
			module = "gcode.";
		else if (strcmp(e->class, "UndefinedError") == 0 ||
			 strncmp(e->class, "Template", 8) == 0 ||
			 strcmp(e->class, "FilterArgumentError") == 0)
			module = "jinja2.exceptions.";
		buf_addf(out, "Error evaluating '%s': %s%s: %s", name, module,
		    e->class, e->text.data);
		return;
	}
	if (strncmp(e->class, "Template", 8) != 0) {
		buf_addf(out, "Error loading template '%s': %s: %s", name,
		    e->class, e->text.data);
		return;
	}
	for (unsigned i = 1; i < e->line; i++)
		tpl += strcspn(tpl, "\n") + 1;
	buf_addf(out, "Error loading template '%s'\nline %u: %.*s # %s", name,
	    e->line, (int)strcspn(tpl, "\n"), tpl, e->text.data);
}

static bool
check_error(json_t *want, const struct jinja_error *e, const char *phase,
    const char *tpl, struct buf *why, int *advisory)
{
	const char *message =
	    json_string_value(json_object_get(want, "message"));
	struct buf text = BUF_INIT;
	bool good;

	error_text(e, phase, tpl, &text);
	good = strcmp(json_string_value(json_object_get(want, "phase")),
		   phase) == 0 &&
	       strcmp(json_string_value(json_object_get(want, "type")),
		   e->class) == 0;
	if (strcmp(text.data, message) != 0) {
		/* texts of Python itself are advisory */
		++*advisory;
		buf_addf(why, "message '%s', want '%s'", text.data, message);
	}
	buf_release(&text);
	return good;
}

static bool
run_case(struct jinja *j, json_t *c, struct buf *why, int *advisory)
{
	json_t *want = json_object_get(c, "error");
	json_t *t = json_object_get(c, "tpl");
	const char *tpl = json_string_value(t), *phase = "load";
	const char *out = json_string_value(json_object_get(c, "out"));
	struct jinja_error e = JINJA_ERROR_INIT;
	struct buf got = BUF_INIT;
	struct jinja_template *p;
	bool good = true;
	int status = -1;

	jinja_begin(j);
	actions = json_array();
	p = jinja_compile(tpl, json_string_length(t),
	    json_object_get(c, "ext") ? JINJA_KALICO : 0, &e);
	if (p) {
		phase = "render";
		context(j, json_object_get(c, "ctx"));
		status = jinja_render(j, p, &got, &e);
	}
	buf_adds(&got, "");
	if (status && !want) {
		buf_addf(why, "%s error %s: %s", phase, e.class, e.text.data);
		good = false;
	} else if (!status && !out) {
		buf_addf(why, "no error, but '%s'", got.data);
		good = false;
	} else if (!status) {
		if (strcmp(got.data, out) != 0) {
			buf_addf(why, "'%s', want '%s'", got.data, out);
			good = false;
		}
	} else {
		good = check_error(want, &e, phase, tpl, why, advisory);
	}
	if (good && json_object_get(c, "actions") &&
	    !json_equal(actions, json_object_get(c, "actions"))) {
		buf_adds(why, "other actions");
		good = false;
	}
	json_decref(actions);
	jinja_template_free(p);
	jinja_error_release(&e);
	buf_release(&got);
	return good;
}

static void
run_file(const char *path, int advisory_allowed)
{
	struct jinja *j = jinja_new(NULL);
	struct buf text = BUF_INIT;
	const char *name, *p;
	int fd = file_open_input(path, &name), n = 0, bad = 0, advisory = 0;

	if (fd < 0) {
		tap_skip(path, "the reference is not here");
		jinja_free(j);
		return;
	}
	ok(file_read_all(fd, &text, 64 << 20) == 0, "%s is read", path);
	for (p = text.data; p && *p;) {
		size_t len = strcspn(p, "\n");
		json_t *c = json_loadb(p, len, 0, NULL);
		struct buf why = BUF_INIT;
		bool good = c && run_case(j, c, &why, &advisory);

		if (!good || why.len)
			printf("# %s%s: %s\n", good ? "(advisory) " : "",
			    c ? json_string_value(json_object_get(c, "id"))
			      : "?",
			    why.data ? why.data : "not JSON");
		bad += !good;
		n++;
		buf_release(&why);
		json_decref(c);
		p += len + (p[len] == '\n');
	}
	ok(n > 0 && bad == 0, "%d cases of %s, %d differ", n, path, bad);
	ok(advisory <= advisory_allowed, "%d error texts differ, %d allowed",
	    advisory, advisory_allowed);
	buf_release(&text);
	jinja_free(j);
}

/* ---- floats: by their bits, in all printed forms ---- */

static const struct {
	const char *field, *tpl;
} forms[] = {{"repr", "{v}"}, {"f0", "{'%.0f' % v}"}, {"f1", "{'%.1f' % v}"},
    {"f2", "{'%.2f' % v}"}, {"f3", "{'%.3f' % v}"}, {"f6", "{'%.6f' % v}"},
    {"g", "{'%g' % v}"}, {"e3", "{'%.3e' % v}"}, {"round0", "{v|round}"},
    {"round2", "{v|round(2)}"}, {"ceil1", "{v|round(1,'ceil')}"},
    {"floor2", "{v|round(2,'floor')}"}, {"int", "{v|int}"},
    {"fdiv", "{v // 0.7}"}, {"mod", "{v % 0.7}"}};

#define FORMS (sizeof(forms) / sizeof(forms[0]))

static int
float_forms(struct jinja *j, json_t *c, struct jinja_template **tpl)
{
	uint64_t bits =
	    strtoull(json_string_value(json_object_get(c, "bits")), NULL, 16);
	int bad = 0;
	double v;

	memcpy(&v, &bits, sizeof(v));
	for (size_t i = 0; i < FORMS; i++) {
		json_t *w = json_object_get(c, forms[i].field);
		struct jinja_error e = JINJA_ERROR_INIT;
		struct buf got = BUF_INIT;

		if (!w)
			continue;
		jinja_begin(j);
		jinja_set(j, "v", jj_float(v));
		if (jinja_render(j, tpl[i], &got, &e)) {
			buf_clear(&got);
			buf_addf(&got, "!%s", e.class);
		}
		if (strcmp(got.data, json_string_value(w)) != 0) {
			printf("# %016llx %s: %s, want %s\n",
			    (unsigned long long)bits, forms[i].field, got.data,
			    json_string_value(w));
			bad++;
		}
		buf_release(&got);
		jinja_error_release(&e);
	}
	return bad;
}

static void
run_floats(const char *path)
{
	struct jinja_template *tpl[FORMS];
	struct jinja_error e = JINJA_ERROR_INIT;
	struct jinja *j = jinja_new(NULL);
	struct buf text = BUF_INIT;
	const char *name, *p;
	int fd = file_open_input(path, &name), n = 0, bad = 0;

	if (fd < 0) {
		tap_skip(path, "the reference is not here");
		jinja_free(j);
		return;
	}
	for (size_t i = 0; i < FORMS; i++)
		tpl[i] =
		    jinja_compile(forms[i].tpl, strlen(forms[i].tpl), 0, &e);
	file_read_all(fd, &text, 64 << 20);
	for (p = text.data; p && *p; n++) {
		size_t len = strcspn(p, "\n");
		json_t *c = json_loadb(p, len, 0, NULL);

		bad += c ? float_forms(j, c, tpl) : 1;
		json_decref(c);
		p += len + (p[len] == '\n');
	}
	ok(n > 0 && bad == 0, "%d doubles of %s, %d texts differ", n, path,
	    bad);
	for (size_t i = 0; i < FORMS; i++)
		jinja_template_free(tpl[i]);
	buf_release(&text);
	jinja_free(j);
}

int
main(int argc, char **argv)
{
	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			run_file(argv[i], 0);
		return done_testing();
	}
	run_file("tests/cases/jinja/language.jsonl", 0);
	run_floats("tests/cases/jinja/floats.jsonl");
	run_file("../shared/reference/jinja/cases.jsonl", 0);
	run_floats("../shared/reference/jinja/floats.jsonl");
	return done_testing();
}

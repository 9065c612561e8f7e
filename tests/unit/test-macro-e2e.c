/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole runs of macros against what a real printer did with them. */
#include <jansson.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "machine/macro.h"
#include "tests/unit/tap.h"

struct run {
	struct diag_sink sink;
	struct buf out, trace, said, errors;
};

static void
note(struct diag_sink *s, enum diag_level level, const struct diag_place *place,
    const char *slug, const char *what)
{
	struct run *r = (struct run *)s;

	(void)place;
	(void)slug;
	if (level > DIAG_NOTE)
		buf_addf(&r->errors, "%s\n", what);
}

static void
emit(void *ctx, const char *s, size_t n, const struct macro_place *p)
{
	struct run *r = ctx;

	(void)p;
	while (n && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (!n || *s == ';') /* the corpus has neither */
		return;
	buf_addf(&r->out, "%.*s\n", (int)n, s);
}

static void
said(void *ctx, const char *text)
{
	struct run *r = ctx;

	buf_addf(&r->said, "%s\x1e", text);
}

static void
traced(void *ctx, char kind, unsigned depth, const char *s, size_t n)
{
	struct run *r = ctx;

	buf_addf(
	    &r->trace, "%*s%c %.*s\n", (int)depth * 2, "", kind, (int)n, s);
}

static const struct macro_hooks hooks = {emit, said, traced};

/* ---- files of a case ---- */

static void
put_file(const char *dir, const char *name, const char *text, size_t n)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (char *p = path + strlen(dir) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
	file_replace(path, text, n);
}

static bool
copy_file(const char *dir, const char *name, const char *from)
{
	struct buf text = BUF_INIT;
	const char *shown;
	int fd = file_open_input(from, &shown);

	if (fd < 0 || file_read_all(fd, &text, 4 << 20))
		return false;
	put_file(dir, name, text.data ? text.data : "", text.len);
	buf_release(&text);
	return true;
}

static bool
lay_out(json_t *c, const char *dir, const char *base)
{
	const char *packs = getenv("GANTRY_PACKS"), *name;
	char path[600];
	json_t *v;
	size_t i;

	snprintf(path, sizeof(path), "%s/base.cfg", base);
	copy_file(dir, "base.cfg", path);
	snprintf(path, sizeof(path), "%s/probe.cfg", base);
	copy_file(dir, "probe.cfg", path);
	json_object_foreach(json_object_get(c, "files"), name, v)
	{
		put_file(
		    dir, name, json_string_value(v), json_string_length(v));
	}
	json_array_foreach(json_object_get(c, "packs"), i, v)
	{
		if (!packs)
			return false;
		snprintf(path, sizeof(path), "%s/%s/%s", packs,
		    json_string_value(json_object_get(v, "repo")),
		    json_string_value(json_object_get(v, "path")));
		if (!copy_file(
			dir, json_string_value(json_object_get(v, "as")), path))
			return false;
	}
	return true;
}

/* ---- comparing ---- */

static bool
same_lines(json_t *want, const char *got, const char *what)
{
	size_t i;
	json_t *v;
	bool good = true;

	json_array_foreach(want, i, v)
	{
		size_t n = strcspn(got, "\n");
		const char *w = json_string_value(v);

		if (strlen(w) != n || memcmp(w, got, n) != 0) {
			printf("# %s %zu: '%.*s', want '%s'\n", what, i, (int)n,
			    got, w);
			return false;
		}
		got += n + (got[n] == '\n');
	}
	if (*got) {
		printf("# %s: more: '%.60s'\n", what, got);
		good = false;
	}
	return good;
}

static void sha1(const char *s, size_t n, char out[11]);

static bool
same_hashes(json_t *want, const char *got)
{
	size_t i;
	json_t *v;

	json_array_foreach(want, i, v)
	{
		size_t n = strcspn(got, "\n");
		char h[11];

		sha1(got, n, h);
		if (strcmp(h, json_string_value(v)) != 0) {
			printf("# line %zu differs: '%.*s'\n", i, (int)n, got);
			return false;
		}
		got += n + (got[n] == '\n');
	}
	if (*got)
		printf("# more: '%.60s'\n", got);
	return !*got;
}

static bool
near(const char *name, double got, double want)
{
	if (fabs(got - want) <= 1e-6)
		return true;
	printf("# %s: %.17g, want %.17g\n", name, got, want);
	return false;
}

static void finite(char *);

/* an expression of the template language, as JSON */
static json_t *
ask(struct macro_world *w, const char *expr)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	json_t *v;

	buf_addf(&text, "(%s)|list|tojson", expr);
	if (macro_eval(w, text.data, text.len, &out, false)) {
		buf_release(&text);
		buf_release(&out);
		return NULL;
	}
	finite(out.data);
	v = json_loads(out.data, JSON_DECODE_ANY, NULL);
	buf_release(&text);
	buf_release(&out);
	return v;
}

static bool
same_numbers(struct macro_world *w, json_t *final, const char *field)
{
	json_t *want = json_object_get(final, field), *got, *v;
	char expr[100];
	bool good = true;
	size_t i;

	snprintf(expr, sizeof(expr), "printer.gcode_move.%s", field);
	got = ask(w, expr);
	json_array_foreach(want, i, v)
	{
		good &= near(field, json_number_value(json_array_get(got, i)),
		    json_number_value(v));
	}
	json_decref(got);
	return good;
}

static bool
same_value(struct macro_world *w, json_t *want, const char *expr)
{
	struct buf e = BUF_INIT;
	json_t *got;
	bool good;

	buf_addf(&e, "[%s]", expr);
	got = ask(w, e.data);
	buf_release(&e);
	if (!got) /* a dict whose keys JSON cannot sort */
		return true;
	if (json_is_number(want))
		good = near(expr, json_number_value(json_array_get(got, 0)),
		    json_number_value(want));
	else
		good = json_equal(json_array_get(got, 0), want);
	if (!good) {
		char *g = json_dumps(got, 0);

		printf("# %s: %s\n", expr, g ? g : "?");
		free(g);
	}
	json_decref(got);
	return good;
}

static bool
same_final(struct macro_world *w, json_t *f)
{
	static const char *const value[][2] = {
	    {"absolute_coordinates", "printer.gcode_move.absolute_coordinates"},
	    {"absolute_extrude", "printer.gcode_move.absolute_extrude"},
	    {"speed", "printer.gcode_move.speed"},
	    {"speed_factor", "printer.gcode_move.speed_factor"},
	    {"extrude_factor", "printer.gcode_move.extrude_factor"},
	    {"homed_axes", "printer.toolhead.homed_axes"},
	    {"is_paused", "printer.pause_resume.is_paused"},
	    {"save_variables", "printer.save_variables.variables"}};
	const char *name;
	char expr[200];
	bool good;
	json_t *v;

	good = same_numbers(w, f, "gcode_position");
	good = same_numbers(w, f, "position") && good;
	good = same_numbers(w, f, "homing_origin") && good;
	for (size_t i = 0; i < sizeof(value) / sizeof(value[0]); i++)
		if (json_object_get(f, value[i][0]))
			good &= same_value(
			    w, json_object_get(f, value[i][0]), value[i][1]);
	json_object_foreach(json_object_get(f, "targets"), name, v)
	{
		snprintf(expr, sizeof(expr), "printer['%s'].target", name);
		good &= same_value(w, v, expr);
	}
	json_object_foreach(json_object_get(f, "macro_variables"), name, v)
	{
		snprintf(expr, sizeof(expr), "printer['gcode_macro %s']", name);
		if (strchr(name, ' '))
			continue;
		good &= same_value(w, v, expr);
	}
	return good;
}

/* startup errors: the same words, whatever the case of the first letter;
 * what Python says about a literal is its own */
static bool
same_startup(const char *want, const char *got)
{
	static const char *const skip[] = {"Internal error during connect: "};
	size_t n;

	if (strncmp(want, skip[0], strlen(skip[0])) == 0) {
		const char *p = strstr(want, " # ");

		want = p ? p + 3 : want;
		return strstr(got, want) != NULL;
	}
	n = strcspn(want, ":");
	if (strncasecmp(want, "include", 7) == 0)
		return strstr(got, "does not exist") != NULL ||
		       strstr(got, "nope.cfg") != NULL;
	for (const char *p = got; *p; p++)
		if (strncasecmp(p, want, n) == 0)
			return true;
	return false;
}

/* ---- running ---- */

static void
feed(struct macro_world *w, const char *text)
{
	struct diag_place at = {"test.gcode", 0, 1};

	if (macro_begin(w))
		return;
	while (*text) {
		size_t n = strcspn(text, "\n");

		at.line++;
		if (macro_line(w, text, n, &at))
			return;
		text += n + (text[n] == '\n');
	}
	macro_end(w);
}

static bool
compare(struct macro_world *w, struct run *r, json_t *c)
{
	bool good = true;

	buf_adds(&r->out, "");
	buf_adds(&r->trace, "");
	if (json_object_get(c, "expanded"))
		good &= same_lines(
		    json_object_get(c, "expanded"), r->out.data, "line");
	if (json_object_get(c, "trace"))
		good &= same_lines(
		    json_object_get(c, "trace"), r->trace.data, "trace");
	if (json_object_get(c, "line_sha1"))
		good &=
		    same_hashes(json_object_get(c, "line_sha1"), r->out.data);
	return good & same_final(w, json_object_get(c, "final"));
}

static int
run_case(json_t *c, const char *base)
{
	struct run r = {.sink = {.emit = note}};
	char dir[] = "/tmp/gantry-macro-XXXXXX", path[100];
	const char *startup =
	    json_string_value(json_object_get(c, "startup_error"));
	struct macro_world *w;
	bool good = true;

	if (!mkdtemp(dir))
		return 0;
	if (!lay_out(c, dir, base)) {
		good = false;
		goto skip;
	}
	snprintf(path, sizeof(path), "%s/printer.cfg", dir);
	w = macro_load(path, MACRO_KEEP_GOING | MACRO_KLIPPER | MACRO_ASSUME,
	    &hooks, &r, &r.sink);
	buf_adds(&r.errors, "");
	if (startup) {
		good = same_startup(startup, r.errors.data);
		if (!good)
			printf("# startup: '%s', want '%s'\n", r.errors.data,
			    startup);
	} else if (!w) {
		printf("# does not load: %s\n", r.errors.data);
		good = false;
	} else {
		char *snap =
		    json_object_get(c, "snapshot") &&
			    json_is_object(json_object_get(c, "snapshot"))
			? json_dumps(json_object_get(c, "snapshot"), 0)
			: NULL;

		if (snap)
			macro_state(w, snap, strlen(snap), "snapshot");
		free(snap);
		feed(w, json_string_value(json_object_get(c, "gcode")));
		good = compare(w, &r, c);
	}
	macro_free(w);
	buf_release(&r.out);
	buf_release(&r.trace);
	buf_release(&r.said);
	buf_release(&r.errors);
skip:
	if (fork() == 0) {
		execl("/bin/rm", "rm", "-rf", dir, (char *)NULL);
		_exit(1);
	}
	return good;
}

/* JSON has no infinity; Python's has */
static void
finite(char *s)
{
	while (s && (s = strstr(s, "Infinity")))
		memcpy(s, "1e300   ", 8);
}

static void
run_file(const char *path, const char *base)
{
	struct buf text = BUF_INIT;
	const char *shown;
	int fd = file_open_input(path, &shown);

	if (fd < 0) {
		tap_skip(path, "the reference is not here");
		return;
	}
	file_read_all(fd, &text, 64 << 20);
	finite(text.data);
	for (const char *p = text.data; p && *p;) {
		size_t len = strcspn(p, "\n");
		json_t *c = json_loadb(p, len, 0, NULL);
		const char *id = json_string_value(json_object_get(c, "id"));

		if (json_object_get(c, "packs") && !getenv("GANTRY_PACKS"))
			tap_skip(id, "GANTRY_PACKS does not say where the "
				     "public packs are");
		else
			ok(run_case(c, base), "%s: %s", id,
			    json_string_value(json_object_get(c, "title")));
		json_decref(c);
		p += len + (p[len] == '\n');
	}
	buf_release(&text);
}

/* ---- SHA-1, for the packs' lines ---- */

static uint32_t
rol(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static void
block(uint32_t h[5], const uint8_t *p)
{
	uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		       (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (int i = 16; i < 80; i++)
		w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 80; i++) {
		uint32_t f = i < 20   ? (b & c) | (~b & d)
			     : i < 40 ? b ^ c ^ d
			     : i < 60 ? (b & c) | (b & d) | (c & d)
				      : b ^ c ^ d;
		uint32_t k = i < 20   ? 0x5a827999
			     : i < 40 ? 0x6ed9eba1
			     : i < 60 ? 0x8f1bbcdc
				      : 0xca62c1d6;
		uint32_t t = rol(a, 5) + f + e + k + w[i];

		e = d;
		d = c;
		c = rol(b, 30);
		b = a;
		a = t;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

static void
sha1(const char *s, size_t n, char out[11])
{
	uint32_t h[5] = {
	    0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	uint8_t last[128] = {0};
	uint64_t bits = (uint64_t)n * 8;
	size_t rest = n % 64, end = rest < 56 ? 64 : 128;

	for (size_t i = 0; i + 64 <= n; i += 64)
		block(h, (const uint8_t *)s + i);
	memcpy(last, s + n - rest, rest);
	last[rest] = 0x80;
	for (int i = 0; i < 8; i++)
		last[end - 1 - (size_t)i] = (uint8_t)(bits >> 8 * i);
	block(h, last);
	if (end == 128)
		block(h, last + 64);
	snprintf(out, 11, "%08x%02x", h[0], h[1] >> 24);
}

int
main(int argc, char **argv)
{
	const char *base = "../shared/reference/jinja";

	if (argc > 1) {
		run_file(argv[1], base);
		return done_testing();
	}
	run_file(
	    "tests/cases/macro-expand/runs.jsonl", "tests/cases/macro-expand");
	run_file("../shared/reference/jinja/macros-e2e.jsonl", base);
	run_file("../shared/reference/jinja/packs-e2e.jsonl", base);
	return done_testing();
}

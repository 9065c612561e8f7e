/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Klipper's configuration format: own cases, and the recorded ones. */
#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/file.h"
#include "lang/klippercfg.h"
#include "lang/utf8.h"
#include "tests/unit/tap.h"

static struct buf said = BUF_INIT;

static void
note(struct diag_sink *s, enum diag_level level, const struct diag_place *place,
    const char *slug, const char *text)
{
	(void)s;
	buf_addf(&said, "%s:%u: %s%s [%s]\n", place->file ? place->file : "",
	    place->line, level == DIAG_ERROR ? "" : "warning: ", text, slug);
}

static struct diag_sink sink = {.emit = note};

static struct klippercfg *
parse(const char *text)
{
	buf_clear(&said);
	memset(sink.count, 0, sizeof(sink.count));
	return klippercfg_parse(text, strlen(text), "t.cfg", 0, &sink);
}

static void
refused(const char *text, const char *want)
{
	struct klippercfg *cfg = parse(text);

	ok(!cfg, "refused: %.*s", (int)strcspn(text, "\n"), text);
	is_str(said.data ? said.data : "", want, "and says why");
	klippercfg_free(cfg);
}

static void
put_file(const char *path, const char *text)
{
	const char *slash = strrchr(path, '/');

	if (slash) {
		char dir[256];

		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
		mkdir(dir, 0777);
	}
	ok(file_replace(path, text, strlen(text)) == 0, "wrote %s", path);
}

static void
test_lines(void)
{
	struct klippercfg *cfg =
	    parse("# head\n[Stepper X]\nStep_Pin: ^PC2 # x\n"
		  "w = a=b ;c\nv: a;b\n\n[g m]\ngcode:\n"
		  "  A\n  ; gone\n\n# blank\n    B:1\nn:\n");
	const struct klippercfg_option *o;

	ok(cfg != NULL, "a small file is read");
	is_str(klippercfg_get(cfg, "Stepper X", "step_pin"), "^PC2",
	    "option names are lower case, a comment is cut");
	is_str(klippercfg_get(cfg, "Stepper X", "w"), "a=b",
	    "the first of : and = separates");
	is_str(klippercfg_get(cfg, "Stepper X", "v"), "a;b",
	    "a ';' inside a word stays");
	ok(!klippercfg_get(cfg, "stepper x", "w"), "sections keep their case");
	is_str(klippercfg_get(cfg, "g m", "gcode"), "\nA\n\n\nB:1",
	    "a '#' comment leaves a blank line, a ';' comment none");
	o = klippercfg_option(cfg, klippercfg_section(cfg, "g m"), "gcode");
	is_int(o->place.line, 8, "an option knows its line");
	is_int(o->n_lines, 5, "a value of five lines");
	is_int(o->line[1], 9, "each line of the value knows its own (A)");
	is_int(o->line[4], 13, "each line of the value knows its own (B)");
	is_str(klippercfg_get(cfg, "g m", "n"), "", "an empty value");
	klippercfg_free(cfg);

	cfg = parse("[a]\nx: 1\n y:2\n[a]\nx:\xc2\xa0 3\xe3\x80\x80\n");
	is_str(klippercfg_get(cfg, "a", "x"), "3",
	    "the last of two wins, stripped of all white space");
	is_int(cfg->n_sections, 1, "a section again is the same");
	klippercfg_free(cfg);

	cfg = parse("[DEFAULT]\nx: 1\n[a]\ny: 2\n");
	is_str(klippercfg_get(cfg, "a", "x"), "1", "[DEFAULT] is everywhere");
	is_int(cfg->n_sections, 1, "[DEFAULT] is not a section");
	klippercfg_free(cfg);
}

static void
test_errors(void)
{
	refused("[a]\nx: 1\nG28\n",
	    "t.cfg:3: 'G28' is neither a section header nor an option (name: "
	    "value) [config-syntax]\n");
	refused("x: 1\n", "t.cfg:1: 'x: 1' stands before any section header "
			  "[config-syntax]\n");
	refused("[a]\n: 1\nG1\n",
	    "t.cfg:2: ': 1' is neither a section header nor an option (name: "
	    "value) [config-syntax]\nt.cfg:3: 'G1' is neither a section header "
	    "nor an option (name: value) [config-syntax]\n");
	refused("[a]\nx: \xff\n",
	    "t.cfg:2: byte 0xff is not UTF-8 [config-syntax]\n");
	refused("[include nope.cfg]\n",
	    "t.cfg:1: there is no file 'nope.cfg' to include "
	    "[config-include]\n");
	refused("[include /dev/null]\n",
	    "t.cfg:1: '/dev/null' is not a file [config-open]\n");
	buf_clear(&said);
	ok(!klippercfg_load("no-such.cfg", &sink), "a missing file");
	is_str(said.data,
	    "no-such.cfg:0: cannot read 'no-such.cfg': No such file or "
	    "directory [config-open]\n",
	    "is named");
}

static void
test_includes(void)
{
	struct klippercfg *cfg;

	put_file("in/main.cfg", "[a]\nx: 1\n[include d/*.cfg]\n[a]\nz: 9\n");
	put_file("in/d/2.cfg", "[a]\nx: 2\n");
	put_file("in/d/1.cfg", "[b]\ny: 1\n");
	put_file("in/d/3.txt", "[b]\ny: 3\n");
	cfg = klippercfg_load("in/main.cfg", &sink);
	ok(cfg != NULL, "a pattern includes");
	is_str(klippercfg_get(cfg, "a", "x"), "2", "at its place");
	is_str(klippercfg_get(cfg, "b", "y"), "1", "only what matches");
	is_int(cfg->n_files, 3, "three files are named");
	is_str(cfg->file[1], "in/d/1.cfg", "in sorted order");
	is_str(klippercfg_section(cfg, "b")->place.file, "in/d/1.cfg",
	    "a place names the included file");
	klippercfg_free(cfg);
	put_file("in/d/2.cfg", "[a]\nx:2\n[include ../main.cfg]\n");
	buf_clear(&said);
	ok(!klippercfg_load("in/main.cfg", &sink), "a circle is refused");
	is_str(said.data,
	    "in/d/2.cfg:3: 'in/d/../main.cfg' includes itself "
	    "[config-include]\n",
	    "where it closes");
}

#define HEAD                                                                   \
	"\n#*# <---------------------- SAVE_CONFIG ---------------------->\n"  \
	"#*# DO NOT EDIT THIS BLOCK OR BELOW. The contents are "               \
	"auto-generated.\n#*#\n"

static void
test_autosave(void)
{
	struct klippercfg *cfg =
	    parse("[a]\nx: 1\n" HEAD "#*# [a]\n#*# x = 9\n#*# y = 2\n#*#\n"
		  "#*# [m d]\n#*# p =\n#*# \t  1, 2\n"
		  "#*# \t  3, 4\n");
	const struct klippercfg_option *o;

	is_str(klippercfg_get(cfg, "a", "x"), "1", "the file itself wins");
	is_str(klippercfg_get(cfg, "a", "y"), "2", "else the saved value is");
	is_str(klippercfg_get(cfg, "m d", "p"), "\n1, 2\n3, 4", "of any lines");
	o = klippercfg_option(cfg, klippercfg_section(cfg, "m d"), "p");
	ok(o->autosaved, "a saved value is known as one");
	is_int(o->place.line, 12, "and has its place");
	is_int(o->line[2], 14, "and its lines have");
	klippercfg_free(cfg);
	cfg = parse("[a]\nx: 1\n" HEAD "#*# [a]\n#*#y = 2\n");
	ok(cfg && cfg->autosave_damaged, "a damaged block is left out");
	ok(!klippercfg_get(cfg, "a", "y"), "all of it");
	is_str(said.data,
	    "t.cfg:4: warning: the SAVE_CONFIG block is damaged and left out "
	    "[config-syntax]\n",
	    "with a warning");
	klippercfg_free(cfg);
}

static void
test_values(void)
{
	const char *list = "a, b ,", *item;
	int64_t i;
	double d;
	bool b;

	ok(klippercfg_int(" 1_000 ", &i) == 0 && i == 1000, "int 1_000");
	ok(klippercfg_int("4.0", &i) && klippercfg_int("_1", &i), "no ints");
	ok(klippercfg_double("1e3", &d) == 0 && d == 1000, "float 1e3");
	ok(klippercfg_double("-inf", &d) == 0 && isinf(d) && d < 0, "-inf");
	ok(klippercfg_double("0x10", &d) && klippercfg_double("", &d),
	    "no floats");
	ok(klippercfg_bool("On", &b) == 0 && b, "On is true");
	ok(klippercfg_bool("maybe", &b), "maybe is neither");
	is_int(klippercfg_item(&list, ',', &item), 1, "a list: a");
	is_int(klippercfg_item(&list, ',', &item), 1, "a list: b");
	is_int(klippercfg_item(&list, ',', &item), 0, "a list: nothing");
	is_int(klippercfg_item(&list, ',', &item), -1, "a list: the end");
	ok(klippercfg_is_one("; x\n\n[printer]\n", 15), "printer.cfg is one");
	ok(!klippercfg_is_one("# x\nprinter: {\n", 15), "printer.conf is not");
	ok(utf8_valid("\xe2\x98\x83", 3, NULL), "a snowman is UTF-8");
	ok(!utf8_valid("\xed\xa0\x80", 3, NULL) &&
		!utf8_valid("\xc0\x80", 2, NULL),
	    "surrogates and overlong forms are not");
}

/* --- recorded cases --------------------------------------------------- */

static bool
same_sections(const struct klippercfg *cfg, json_t *want, bool saved_only)
{
	const char *section, *option;
	json_t *options, *value;
	size_t n = 0;

	json_object_foreach(want, section, options)
	{
		struct klippercfg_section *s = klippercfg_section(cfg, section);
		size_t m = 0;

		if (!s)
			return false;
		n++;
		json_object_foreach(options, option, value)
		{
			struct klippercfg_option *o =
			    klippercfg_option(cfg, s, option);

			if (!o || strcmp(o->value, json_string_value(value)))
				return false;
			m++;
		}
		for (struct klippercfg_option *o = s->option; o; o = o->next)
			if (!json_object_get(options, o->name) &&
			    (!saved_only || o->autosaved))
				return false;
	}
	for (struct klippercfg_section *s = cfg->section; s; s = s->next)
		if (!saved_only || s->autosaved)
			n--;
	return n == 0;
}

static void
check_get(const struct klippercfg *cfg, json_t *get)
{
	const char *text =
	    klippercfg_get(cfg, "a", json_string_value(json_array_get(get, 0)));
	const char *type = json_string_value(json_array_get(get, 1));
	const char *want = json_string_value(json_array_get(get, 2));
	bool fails = want[0] == '!';
	int64_t i;
	double d;
	bool b;

	if (!text)
		return;
	if (strcmp(type, "int") == 0)
		ok(klippercfg_int(text, &i) == 0 ? !fails && i == atoll(want)
						 : fails,
		    "int '%s'", text);
	else if (strcmp(type, "float") == 0)
		ok(klippercfg_double(text, &d) == 0
			? !fails && d == strtod(want, NULL)
			: fails,
		    "float '%s'", text);
	else if (strcmp(type, "bool") == 0)
		ok(klippercfg_bool(text, &b) == 0
			? !fails && b == (*want == 'T')
			: fails,
		    "bool '%s'", text);
}

static void
recorded(const char *line)
{
	json_t *c = json_loads(line, 0, NULL), *text, *get;
	const char *id = json_string_value(json_object_get(c, "id")), *name;
	struct klippercfg *cfg;
	size_t i;

	json_object_foreach(json_object_get(c, "files"), name, text)
	    put_file(name, json_string_value(text));
	put_file("printer.cfg", json_string_value(json_object_get(c, "cfg")));
	cfg = klippercfg_load("printer.cfg", &sink);
	if (json_object_get(c, "error")) {
		ok(!cfg, "%s: refused", id);
	} else {
		json_t *saved = json_object_get(c, "autosave");

		ok(cfg && same_sections(
			      cfg, json_object_get(c, "sections"), false),
		    "%s: sections", id);
		if (saved)
			ok(cfg && same_sections(cfg, saved, true),
			    "%s: saved ones", id);
		json_array_foreach(json_object_get(c, "get"), i, get)
		    check_get(cfg, get);
	}
	klippercfg_free(cfg);
	json_object_foreach(json_object_get(c, "files"), name, text)
	    unlink(name);
	json_decref(c);
}

static void
clean_up(const char *dir)
{
	static const char *const left[] = {"in/d/1.cfg", "in/d/2.cfg",
	    "in/d/3.txt", "in/main.cfg", "in/d", "in", "d", "printer.cfg"};

	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		remove(left[i]);
	rmdir(dir);
}

int
main(void)
{
	static const char cases[] =
	    "../shared/reference/jinja/config-cases.jsonl";
	FILE *f = fopen(cases, "r");
	char dir[] = "/tmp/klippercfg.XXXXXX";
	size_t alloc = 0;
	char *line = NULL;

	if (!mkdtemp(dir) || chdir(dir))
		return 1;
	test_lines();
	test_errors();
	test_includes();
	test_autosave();
	test_values();
	if (!f)
		tap_skip("the recorded cases", "not in this checkout");
	while (f && getline(&line, &alloc, f) > 0)
		recorded(line);
	if (f)
		fclose(f);
	clean_up(dir);
	free(line);
	buf_release(&said);
	return done_testing();
}

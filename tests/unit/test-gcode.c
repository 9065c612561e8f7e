/* SPDX-License-Identifier: GPL-3.0-or-later */
/* G-code lines: names, words, raw text, and the fast road beside them. */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/num.h"
#include "lang/gcode.h"
#include "tests/unit/tap.h"

#define RECORDED "../shared/reference/traces/parser_cases.json"

static struct gcode_line line;

/* "NAME|KEY=VALUE|KEY=VALUE|raw" of what was parsed, or its complaint */
static const char *
parsed(const char *s)
{
	static struct buf out;

	buf_clear(&out);
	buf_adds(&out, "");
	gcode_parse(&line, s, strlen(s));
	if (line.kind == GCODE_BLANK)
		return "blank";
	buf_add(&out, line.name.s, line.name.n);
	if (line.why) {
		buf_addf(&out, "!%s@%u", line.why,
		    (unsigned)gcode_column(s, line.wrong));
		return out.data;
	}
	for (size_t i = 0; i < line.n_words; i++)
		buf_addf(&out, "|%.*s=%.*s", (int)line.word[i].key.n,
		    line.word[i].key.s, (int)line.word[i].value.n,
		    line.word[i].value.s);
	buf_addf(&out, "|%.*s", (int)line.raw.n, line.raw.s);
	return out.data;
}

static void
test_classic(void)
{
	is_str(parsed("G1 X10 Y-.5 F600 ; go"),
	    "G1|G=1|X=10|Y=-.5|F=600|X10 Y-.5 F600 ; go", "words");
	is_str(parsed(" g1x10y20\r\n"), "g1|g=1|x=10|y=20|x10y20",
	    "no blanks, lower case, CR");
	ok(gcode_is(&line, 'G', 1), "its letter and number");
	is_str(parsed("G1 X1e3"), "G1|G=1|X=1|e=3|X1e3", "no exponents");
	is_str(parsed("G28 X Y"), "G28|G=28|X=|Y=|X Y", "empty values");
	is_str(parsed("N10G1X5*97"), "G1|N=10|G=1|X=5|*=97|X5",
	    "line number and checksum");
	is_str(parsed("N5"), "blank", "a line number alone");
	is_str(parsed("M117 100% done"), "M117|M=117 100%|done=|100% done",
	    "M117 keeps its text");
	ok(gcode_is(&line, 'M', 117), "and is M117");
	is_str(parsed("M117 a;b"), "M117|M=117|a=|a;b", "with semicolons");
	parsed("G01 X5");
	ok(line.kind == GCODE_CLASSIC && !gcode_is(&line, 'G', 1),
	    "G01 is not G1");
	parsed("G1.0 X5");
	ok(!gcode_is(&line, 'G', 1), "G1.0 is not G1");
	is_str(parsed("G1 100"), "G1 100|G=1 100|", "a number in the name");
	ok(!gcode_is(&line, 'G', 1), "is not G1");
	is_str(parsed("; only a comment"), "blank", "a comment");
	ok(line.comment.n == 15 && line.comment.s[1] == 'o', "has its text");
	is_str(parsed(""), "blank", "nothing");
	is_str(parsed("%"), "%|", "a percent sign is a name");
	is_str(
	    parsed("(note)"), "(note)|", "brackets are no comment, but a name");
}

static void
test_extended(void)
{
	is_str(parsed("set_pin PIN=a VALUE=.5"),
	    "set_pin|PIN=a|VALUE=.5|PIN=a VALUE=.5", "arguments");
	ok(gcode_word(&line, "value"), "keys are found in any case");
	is_str(parsed("SET_PIN PIN=\"a b\" V='c\\d'"),
	    "SET_PIN|PIN=a b|V=c\\d|PIN=\"a b\" V='c\\d'", "quotes");
	is_str(parsed("X_Y A=a\\ b"), "X_Y|A=a b|A=a\\ b", "a backslash");
	is_str(parsed("X_Y A=\"a\\\"\\b\""), "X_Y|A=a\"\\b|A=\"a\\\"\\b\"",
	    "backslashes in quotes");
	is_str(parsed("X_Y A=a=b"), "X_Y|A=a=b|A=a=b", "two equals signs");
	is_str(parsed("X_Y A=a # c"), "X_Y|A=a|A=a # c", "a hash");
	is_str(parsed("X_Y A=a;c"), "X_Y|A=a|A=a;c", "a semicolon");
	is_str(parsed("N3 X_Y A=60*33"), "X_Y|A=60|A=60", "with a checksum");
	is_str(parsed("TEST1 A=1"), "TEST1|A=1|A=1", "a number at the end");
	ok(line.kind == GCODE_EXTENDED, "is part of an extended name");
	is_str(parsed("X_Y A = a"), "X_Y!an argument is not KEY=VALUE@5",
	    "blanks around the equals sign");
	is_str(parsed("X_Y A=1 =a"), "X_Y!an argument is not KEY=VALUE@9",
	    "no key");
	is_str(parsed("X_Y A=\"a"), "X_Y!a quote or backslash has no end@5",
	    "an open quote");
	is_str(parsed("X_Y A=a\\"), "X_Y!a quote or backslash has no end@5",
	    "an open backslash");
}

static void
test_values(void)
{
	double v = 7;
	int64_t i = 7;

	parsed("G1 X1 X-2.5 Y Z1.5.2 P3");
	ok(gcode_word_double(gcode_letter(&line, 'X'), &v) == 1 && v == -2.5,
	    "the last of a repeated word");
	ok(gcode_word_double(gcode_letter(&line, 'Y'), &v) == -1,
	    "an empty word is no number");
	ok(gcode_word_double(gcode_letter(&line, 'Z'), &v) == -1,
	    "nor are two dots");
	ok(gcode_word_double(gcode_letter(&line, 'A'), &v) == 0 && v == -2.5,
	    "a missing word leaves the number");
	ok(gcode_word_int(gcode_letter(&line, 'P'), &i) == 1 && i == 3,
	    "an integer");
	ok(gcode_word_int(gcode_letter(&line, 'X'), &i) == -1,
	    "an integer has no dot");
}

static void
test_limits(void)
{
	static char text[GCODE_LINE_MAX + 2];

	memset(text, 'x', sizeof(text));
	ok(gcode_parse(&line, text, sizeof(text)) == GCODE_WRONG && line.why,
	    "a line too long is refused");
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? '1' : 'X';
	ok(gcode_parse(&line, text, 4096) == GCODE_WRONG && line.why,
	    "so are too many words");
}

/* whether the fast road takes a line, and reads it as gcode_parse() does */
static int
scanned(const char *s)
{
	static const char letter[] = "XYZEFIJKR";
	struct gcode_move m;
	const char *next = gcode_scan_move(&m, s, s + strlen(s));
	unsigned has = 0;

	if (!next)
		return 0;
	gcode_parse(&line, s, (size_t)(next - s));
	if (!gcode_is(&line, 'G', m.number))
		return -1;
	for (int i = 0; i < GCODE_AXES; i++) {
		const struct gcode_word *w = gcode_letter(&line, letter[i]);
		double v;

		if (!w)
			continue;
		has |= 1u << i;
		if (gcode_word_double(w, &v) != 1 || v != m.v[i])
			return -1;
	}
	return has == m.has ? 1 : -1;
}

static void
test_scan(void)
{
	is_int(scanned("G1 X10 Y20.125 E.5\n"), 1, "a move");
	is_int(scanned("G0 F600 X-1.5Y+2\n"), 0, "a plus sign goes round");
	is_int(scanned("G0 F600 X-1.5Y2.\r\n"), 1, "words without blanks");
	is_int(scanned("G3 X1 Y2 I-.25 J3 E0.1 ; arc\n"), 1, "an arc");
	is_int(scanned("G1 X123456789012345678\n"), 0, "a long number");
	is_int(scanned("G1 X0.30000000000001\n"), 1, "fifteen digits");
	is_int(scanned("G1 X1"), 0, "a line that is not whole");
	is_int(scanned("G1 X1 ; cut"), 0, "not even in its comment");
	is_int(scanned("G1 X1.\n"), 1, "a trailing dot");
	is_int(scanned("G1 X.\n"), 0, "a dot alone");
	is_int(scanned("G1 X\n"), 0, "no number");
	is_int(scanned("G1 X10 5\n"), 0, "a number without letter");
	is_int(scanned("G1 X1 A5\n"), 0, "another letter");
	is_int(scanned("G1 X1 X2\n"), 1, "a repeated word");
	is_int(scanned("G10 X1\n"), 0, "G10");
	is_int(scanned("G4 P1\n"), 0, "G4");
	is_int(scanned("\n"), 0, "an empty line");
}

static const char *
upper_name(void)
{
	static char name[200];
	size_t n = line.name.n < 199 ? line.name.n : 199;

	for (size_t i = 0; i < n; i++)
		name[i] = (char)toupper((unsigned char)line.name.s[i]);
	name[n] = '\0';
	/* capital mu, as the recording has it */
	if (strncmp(name, "\xc2\xb5", 2) == 0)
		memcpy(name, "\xce\x9c", 2);
	return name;
}

static bool
same_words(json_t *params)
{
	const char *key;
	json_t *value;
	size_t n = 0;

	json_object_foreach(params, key, value)
	{
		const struct gcode_word *w = gcode_word(&line, key);

		if (!w || json_string_length(value) != w->value.n ||
		    memcmp(json_string_value(value), w->value.s, w->value.n))
			return false;
		n++;
	}
	/* the recording keeps the last of a repeated key */
	for (size_t i = 0; i < line.n_words; i++)
		if (line.word[i].letter &&
		    gcode_letter(&line, line.word[i].letter) != &line.word[i])
			n++;
	return n == line.n_words;
}

static void
recorded_case(json_t *c)
{
	const char *text = json_string_value(json_object_get(c, "line"));
	const char *command = json_string_value(json_object_get(c, "command"));
	const char *raw = json_string_value(json_object_get(c, "raw_params"));
	const char *reply =
	    json_string_value(json_array_get(json_object_get(c, "replies"), 0));
	char want[200] = "";

	gcode_parse(
	    &line, text, json_string_length(json_object_get(c, "line")));
	if (command) {
		ok(!line.why && strcmp(upper_name(), command) == 0 &&
			same_words(json_object_get(c, "params")) &&
			line.raw.n == strlen(raw) &&
			memcmp(line.raw.s, raw, line.raw.n) == 0,
		    "recorded: '%s'", text);
	} else if (sscanf(reply, "// Unknown command:\"%199[^\"]", want) == 1) {
		is_str(upper_name(), want, "recorded unknown: '%s'", text);
	} else if (strncmp(reply, "!!", 2) == 0) {
		ok(line.kind == GCODE_EXTENDED && line.why,
		    "recorded malformed: '%s'", text);
	} else {
		ok(line.kind == GCODE_BLANK, "recorded blank: '%s'", text);
	}
}

static void
test_recorded(void)
{
	json_t *root = json_load_file(RECORDED, 0, NULL);
	json_t *cases = json_object_get(root, "cases");

	if (!root) {
		ok(true, "recorded lines # SKIP no recordings here");
		return;
	}
	is_int((long long)json_array_size(cases), 66, "all recorded lines");
	for (size_t i = 0; i < json_array_size(cases); i++)
		recorded_case(json_array_get(cases, i));
	json_decref(root);
}

int
main(void)
{
	gcode_line_init(&line);
	test_classic();
	test_extended();
	test_values();
	test_limits();
	test_scan();
	test_recorded();
	gcode_line_release(&line);
	return done_testing();
}

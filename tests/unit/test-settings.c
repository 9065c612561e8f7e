/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The typed values of a rich configuration, as recorded: each one given or
 * defaulted here is what Klipper has.  Where the recording is not beside the
 * checkout there is nothing to compare. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/file.h"
#include "machine/build.h"
#include "machine/tree.h"
#include "tests/unit/tap.h"

#define FOLDER "../shared/reference/jinja/"

static void
say(struct diag_sink *s, enum diag_level level, const struct diag_place *p,
    const char *slug, const char *text)
{
	(void)s;
	(void)level;
	printf("# %s:%u: %s [%s]\n", p && p->file ? p->file : "",
	    p ? p->line : 0, text, slug);
}

static bool
same(const struct tree_value *v, json_t *want)
{
	if (json_object_get(want, "$t"))
		want = json_object_get(want, "$t");
	switch (v->type) {
	case TREE_INT:
		return json_is_integer(want) &&
		       json_integer_value(want) == v->i;
	case TREE_DOUBLE:
		return json_is_number(want) && fabs(json_number_value(want) -
						    v->d) <= 1e-12 * fabs(v->d);
	case TREE_BOOL:
		return json_is_boolean(want) && json_is_true(want) == v->b;
	case TREE_STRING:
		return json_is_string(want) &&
		       strcmp(json_string_value(want), v->s) == 0;
	case TREE_LIST:
		break;
	}
	if (json_array_size(want) != v->list.n)
		return false;
	for (uint32_t i = 0; i < v->list.n; i++)
		if (!same(&v->list.item[i], json_array_get(want, i)))
			return false;
	return true;
}

/* Klipper's own: a built-in template, and a current that no one means */
static bool
is_apart(const char *key, json_t *want)
{
	const char *text = json_string_value(want);

	return (text && strstr(text, "<built-in")) ||
	       strcmp(key, "hold_current") == 0;
}

static void
compare(const struct tree *t, json_t *settings)
{
	const char *section, *key;
	json_t *keys, *want;

	json_object_foreach(settings, section, keys)
	{
		const struct tree_section *s = tree_section(t, section);
		int wrong = 0;

		if (strncmp(section, "gcode_macro", 11) == 0 ||
		    strncmp(section, "delayed_gcode", 13) == 0)
			continue;
		json_object_foreach(keys, key, want)
		{
			const struct tree_entry *e = tree_entry(s, key);

			if (is_apart(key, want) || (e && same(&e->value, want)))
				continue;
			printf("# %s: %s, want %s\n", key, e ? e->raw : "none",
			    json_is_string(want) ? json_string_value(want)
						 : "other");
			wrong++;
		}
		ok(s && wrong == 0, "[%s] has all recorded values", section);
	}
}

static void
copy(const char *from, const char *to)
{
	struct buf text = BUF_INIT;
	const char *name;
	int fd = file_open_input(from, &name);

	ok(fd >= 0 && file_read_all(fd, &text, 1 << 20) == 0 &&
		file_replace(to, text.data, text.len) == 0,
	    "there is %s", to);
	buf_release(&text);
}

int
main(void)
{
	struct diag_sink sink = {.emit = say};
	json_t *boot = json_load_file(FOLDER "status-boot.json", 0, NULL);
	char dir[] = "/tmp/settings.XXXXXX", base[64], probe[64], main_file[64];
	const char *text = json_string_value(json_object_get(boot, "config"));
	struct tree *t;

	if (!text) {
		tap_skip("the recorded settings", "not beside the checkout");
		return done_testing();
	}
	if (!mkdtemp(dir))
		return 1;
	snprintf(base, sizeof(base), "%s/base.cfg", dir);
	snprintf(probe, sizeof(probe), "%s/probe.cfg", dir);
	snprintf(main_file, sizeof(main_file), "%s/printer.cfg", dir);
	copy(FOLDER "base.cfg", base);
	copy(FOLDER "probe.cfg", probe);
	file_replace(main_file, text, strlen(text));
	t = tree_load(main_file, TREE_EVEN_WRONG, &sink);
	free(machine_from_tree(t));
	is_int(t->errors, 0, "the configuration has no error");
	is_int(sink.count[DIAG_WARNING], 0, "all of it is known");
	compare(t, json_object_get(boot, "settings"));
	tree_free(t);
	json_decref(boot);
	remove(base);
	remove(probe);
	remove(main_file);
	rmdir(dir);
	return done_testing();
}

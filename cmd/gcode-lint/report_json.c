/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report for programs: our own JSON, and SARIF 2.1.0. */
#include "config.h"

#include <string.h>

#include "findings.h"

void
report_json_begin(struct findings *f)
{
	json_begin(&f->json, &f->out);
	json_object(&f->json, NULL);
	json_string(&f->json, "format", "gcode-lint");
	json_int(&f->json, "version", 1);
	json_array(&f->json, "findings");
}

void
report_json(struct findings *f, enum rule r, enum diag_level level,
    const struct finding_place *p, const char *text)
{
	struct json *j = &f->json;

	json_object(j, NULL);
	json_string(j, "file", p->file);
	if (p->line)
		json_int(j, "line", p->line);
	if (p->line && p->col) {
		json_int(j, "column", p->col);
		json_int(j, "length", p->len);
	}
	if (p->macro)
		json_string(j, "macro", p->macro);
	json_string(j, "level", level_name[level]);
	json_string(j, "rule", f->table[r].slug);
	json_string(j, "id", f->table[r].id);
	json_string(j, "text", text);
	json_close(j);
}

void
report_json_end(struct findings *f)
{
	struct json *j = &f->json;

	json_close(j);
	json_object(j, "counts");
	for (int i = 0; i < f->n_rules; i++)
		if (f->all_count[i])
			json_int(j, f->table[i].slug, (int64_t)f->all_count[i]);
	json_close(j);
	json_object(j, "not_checked"); /* for want of these facts */
	for (int i = 0; i < f->n_rules; i++)
		if (f->lacks[i] && f->level[i] != LEVEL_OFF)
			json_string(j, f->table[i].slug, f->lacks[i]);
	json_close(j);
	json_int(j, "files", f->files);
	json_int(j, "errors", (int64_t)f->all_level[DIAG_ERROR]);
	json_int(j, "warnings", (int64_t)f->all_level[DIAG_WARNING]);
	json_int(j, "notes", (int64_t)f->all_level[DIAG_NOTE]);
	json_close(j);
	json_newline(j);
}

void
report_sarif_begin(struct findings *f)
{
	struct json *j = &f->json;

	json_begin(j, &f->out);
	json_object(j, NULL);
	json_string(
	    j, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_string(j, "version", "2.1.0");
	json_array(j, "runs");
	json_object(j, NULL);
	json_object(j, "tool");
	json_object(j, "driver");
	json_string(j, "name", "gcode-lint");
	json_string(j, "version", GANTRY_VERSION);
	json_array(j, "rules");
	for (int i = 0; i < f->n_rules; i++) {
		json_object(j, NULL);
		json_string(j, "id", f->table[i].slug);
		json_object(j, "shortDescription");
		json_string(j, "text", f->table[i].sentence);
		json_close(j);
		json_object(j, "defaultConfiguration");
		json_string(j, "level", level_name[f->table[i].level]);
		json_close(j);
		json_close(j);
	}
	json_close(j); /* rules */
	json_close(j); /* driver */
	json_close(j); /* tool */
	json_array(j, "results");
}

/* a name of a file as a relative or absolute reference */
static void
add_uri(struct findings *f, const char *name)
{
	struct buf uri = BUF_INIT;

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || strchr("-._~/", c))
			buf_addc(&uri, *name);
		else
			buf_addf(&uri, "%%%02X", c);
	}
	json_string(&f->json, "uri", uri.data ? uri.data : "");
	buf_release(&uri);
}

void
report_sarif(struct findings *f, enum rule r, enum diag_level level,
    const struct finding_place *p, const char *text)
{
	struct json *j = &f->json;

	json_object(j, NULL);
	json_string(j, "ruleId", f->table[r].slug);
	json_int(j, "ruleIndex", (int64_t)r);
	json_string(j, "level", level_name[level]);
	json_object(j, "message");
	json_string(j, "text", text);
	json_close(j);
	json_array(j, "locations");
	json_object(j, NULL);
	json_object(j, "physicalLocation");
	json_object(j, "artifactLocation");
	add_uri(f, p->file);
	json_close(j);
	if (p->line) {
		json_object(j, "region");
		json_int(j, "startLine", p->line);
		if (p->col) {
			json_int(j, "startColumn", p->col);
			json_int(j, "endColumn", p->col + p->len);
		}
		json_close(j);
	}
	json_close(j); /* physicalLocation */
	json_close(j);
	json_close(j); /* locations */
	json_close(j);
}

void
report_sarif_end(struct findings *f)
{
	struct json *j = &f->json;

	json_close(j); /* results */
	json_string(j, "columnKind", "unicodeCodePoints");
	json_close(j); /* run */
	json_close(j); /* runs */
	json_close(j);
	json_newline(j);
}

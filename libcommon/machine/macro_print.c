/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Following a print: pauses, files, layers, messages. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/file.h"
#include "machine/macro_commands.h"
#include "machine/macro_private.h"

static void
set_text(char **to, const char *s, size_t n)
{
	free(*to);
	*to = s ? xstrndup(s, n) : NULL;
}

/* ---- pause and resume ---- */

int
macro_cmd_pause(struct macro_world *w, struct macro_line *l)
{
	(void)l;
	if (w->paused) {
		macro_respond(w, "// Print already paused");
		return 0;
	}
	if (w->sd_active) {
		w->sd_active = false;
		w->sd_paused = true;
		w->print_state = "paused";
	} else {
		macro_respond(w, "// action:paused");
	}
	if (macro_inner(w, "SAVE_GCODE_STATE NAME=PAUSE_STATE"))
		return -1;
	w->paused = true;
	return 0;
}

int
macro_cmd_resume(struct macro_world *w, struct macro_line *l)
{
	double v = macro_number(w, "pause_resume", "recover_velocity", 50);

	if (!w->paused) {
		macro_respond(w, "// Print is not paused, resume aborted");
		return 0;
	}
	if (macro_get_double(w, l, "VELOCITY", &v) < 0 ||
	    macro_inner(w,
		"RESTORE_GCODE_STATE NAME=PAUSE_STATE MOVE=1 "
		"MOVE_SPEED=%.4f",
		v))
		return -1;
	if (w->sd_paused) {
		w->sd_paused = false;
		w->sd_active = true;
		w->print_state = "printing";
	} else {
		macro_respond(w, "// action:resumed");
	}
	w->paused = false;
	return 0;
}

int
macro_cmd_clear_pause(struct macro_world *w, struct macro_line *l)
{
	(void)l;
	w->paused = false;
	return 0;
}

int
macro_cmd_cancel(struct macro_world *w, struct macro_line *l)
{
	if (w->sd_active || w->sd_paused) {
		w->sd_active = w->sd_paused = false;
		w->print_state = "cancelled";
	} else {
		macro_respond(w, "// action:cancel");
	}
	return macro_cmd_clear_pause(w, l);
}

/* ---- files of the virtual SD card ---- */

static char *
sd_path(struct macro_world *w, const char *name)
{
	const char *path = macro_text(w, "virtual_sdcard", "path");
	const char *home = getenv("HOME");
	struct buf b = BUF_INIT;

	if (!path)
		path = ".";
	if (path[0] == '~' && home)
		buf_addf(&b, "%s%s", home, path + 1);
	else if (path[0] == '/')
		buf_adds(&b, path);
	else
		buf_addf(&b, "%s%s", w->folder, path);
	buf_addf(&b, "/%s", name[0] == '/' ? name + 1 : name);
	return buf_detach(&b);
}

static int
load_file(struct macro_world *w, const char *name)
{
	char *path = sd_path(w, name);
	struct buf text = BUF_INIT;

	if (strstr(name, "..") || macro_read_file(path, &text)) {
		free(path);
		buf_release(&text);
		return macro_error(w, "sd-file", "Unable to open file");
	}
	buf_adds(&text, "");
	free(w->sd_text);
	set_text(&w->sd_file, name, strlen(name));
	w->sd_name = arena_strdup(&w->arena, path);
	free(path);
	w->sd_len = text.len;
	w->sd_text = buf_detach(&text);
	w->sd_pos = 0;
	w->sd_line = 0;
	return 0;
}

static void
start(struct macro_world *w)
{
	w->sd_active = true;
	w->print_state = "printing";
}

int
macro_cmd_sd_print(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_need(w, l, "FILENAME");

	if (!name)
		return -1;
	if (w->sd_active)
		return macro_error(w, "sd-file", "SD busy");
	if (load_file(w, name))
		return -1;
	start(w);
	return 0;
}

int
macro_cmd_sd_reset(struct macro_world *w, struct macro_line *l)
{
	(void)l;
	if (w->sd_active)
		return macro_error(w, "sd-file",
		    "SDCARD_RESET_FILE cannot be run from the sdcard");
	set_text(&w->sd_file, NULL, 0);
	w->print_state = "standby";
	w->sd_pos = w->sd_len = 0;
	macro_reset_objects(w);
	return 0;
}

int
macro_cmd_m23(struct macro_world *w, struct macro_line *l)
{
	char *name = xstrndup(l->raw, l->raw_len);
	int status;

	name[strcspn(name, " \t;")] = '\0';
	status = load_file(w, name);
	free(name);
	return status;
}

int
macro_cmd_m24(struct macro_world *w, struct macro_line *l)
{
	(void)l;
	if (w->sd_text)
		start(w);
	return 0;
}

int
macro_cmd_m25(struct macro_world *w, struct macro_line *l)
{
	(void)l;
	w->sd_active = false;
	w->print_state = "paused";
	return 0;
}

static int
sd_failed(struct macro_world *w)
{
	struct klippercfg_option *o =
	    macro_option(w, "virtual_sdcard", "on_error_gcode");
	struct macro_template *t = w->template;
	bool keep = (w->flags & MACRO_KEEP_GOING) != 0;

	w->sd_active = false;
	w->print_state = "error";
	while (t && t->option != o)
		t = t->next;
	if (!keep)
		return -1;
	w->failed = false;
	if (o && t)
		macro_run_template(w, t, "on_error_gcode", NULL, NULL);
	w->failed = false;
	return 0;
}

/* what is left of the file that is printed, as far as it goes now */
int
macro_run_sd(struct macro_world *w)
{
	while (w->sd_active && w->sd_pos < w->sd_len) {
		const char *s = w->sd_text + w->sd_pos;
		size_t n = strcspn(s, "\n");

		w->place.file = w->sd_name;
		w->place.line = ++w->sd_line;
		w->place.col = 1;
		w->sd_pos += n + (s[n] == '\n');
		if (macro_dispatch(w, s, n) || w->failed)
			return sd_failed(w);
		if (w->n_delayed && macro_fire_due(w))
			return sd_failed(w);
	}
	if (w->sd_active) {
		w->sd_active = false;
		w->print_state = "complete";
	}
	return 0;
}

/* ---- layers, messages, answers ---- */

int
macro_cmd_stats(struct macro_world *w, struct macro_line *l)
{
	int64_t total = w->layers, layer = w->layer;

	if (macro_get_int(w, l, "TOTAL_LAYER", &total) < 0 ||
	    macro_get_int(w, l, "CURRENT_LAYER", &layer) < 0)
		return -1;
	if (total == 0) {
		w->layers = w->layer = -1;
	} else if (total != w->layers) {
		w->layers = total;
		w->layer = 0;
	}
	if (w->layers >= 0 && layer >= 0 && layer != w->layer)
		w->layer = layer < w->layers ? layer : w->layers;
	return 0;
}

int
macro_cmd_m117(struct macro_world *w, struct macro_line *l)
{
	set_text(&w->message, l->raw_len ? l->raw : NULL, l->raw_len);
	return 0;
}

int
macro_cmd_display(struct macro_world *w, struct macro_line *l)
{
	const char *s = macro_line_get(l, "MSG");

	set_text(&w->message, s, s ? strlen(s) : 0);
	return 0;
}

int
macro_cmd_m73(struct macro_world *w, struct macro_line *l)
{
	double p;
	int got = macro_get_double(w, l, "P", &p);

	if (got == 1)
		w->progress = p < 0 ? 0 : p > 100 ? 1 : p / 100;
	return got < 0 ? -1 : 0;
}

int
macro_cmd_m118(struct macro_world *w, struct macro_line *l)
{
	const char *prefix = macro_text(w, "respond", "default_prefix");

	macro_respond(
	    w, "%s %.*s", prefix ? prefix : "echo:", (int)l->raw_len, l->raw);
	return 0;
}

int
macro_cmd_respond(struct macro_world *w, struct macro_line *l)
{
	static const char *const type[][2] = {{"echo", "echo:"},
	    {"command", "//"}, {"error", "!!"}, {"echo_no_space", "echo:"}};
	const char *t = macro_line_get(l, "TYPE"), *msg, *prefix = "echo:";
	bool space = true;

	if (t) {
		size_t i = 0;
		char low[24] = "";

		for (; t[i] && i + 1 < sizeof(low); i++)
			low[i] = t[i] >= 'A' && t[i] <= 'Z' ? (char)(t[i] + 32)
							    : t[i];
		for (i = 0; i < 4 && strcmp(low, type[i][0]) != 0; i++)
			;
		if (i == 4)
			return macro_error(w, "parameter",
			    "RESPOND TYPE '%s' is invalid. Must be one of "
			    "'echo', 'command', or 'error'",
			    t);
		prefix = type[i][1];
		space = i != 3;
	}
	if (macro_line_get(l, "PREFIX"))
		prefix = macro_line_get(l, "PREFIX");
	msg = macro_line_get(l, "MSG");
	macro_respond(w, "%s%s%s", prefix, space ? " " : "", msg ? msg : "");
	return 0;
}

int
macro_cmd_idle(struct macro_world *w, struct macro_line *l)
{
	if (macro_get_double(w, l, "TIMEOUT", &w->idle_timeout) < 0)
		return -1;
	macro_respond(
	    w, "// idle_timeout: Timeout set to %.2f s", w->idle_timeout);
	return 0;
}

int
macro_cmd_applied(struct macro_world *w, struct macro_line *l)
{
	if (l->command[0] == 'Z')
		w->z_tilt = true;
	else
		w->qgl = true;
	w->idle = false;
	return 0;
}

int
macro_cmd_stop(struct macro_world *w, struct macro_line *l)
{
	(void)l;
	w->shut = true;
	w->shut_why = "Shutdown due to M112 command";
	macro_respond(w, "!! %s", w->shut_why);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings of the accelerometer, as files. */
#include "accel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "cli/cli.h"
#include "io/file.h"
#include "machine/tree.h"
#include "mcu-accel.h"
#include "mcu.h"

#define OVERHEAD 10 /* bytes around the samples of a message */

struct accel {
	struct mcu_accel *board;
	const struct accel_chip *chip;
	struct mcu_accel_wires wires;
	const char *path;
	int recordings;
	bool running;
	struct {
		int axis;
		double scale;
	} map[3]; /* of the machine's axes */
	struct buf note;
	int status;
};

/* "-z": 0, or -1 */
static int
take_axis(struct accel *a, int i, const char *s)
{
	bool minus = *s == '-';

	s += minus;
	if (*s < 'x' || *s > 'z' || s[1] != '\0')
		return -1;
	a->map[i].axis = *s - 'x';
	a->map[i].scale = a->chip->scale[a->map[i].axis] * (minus ? -1 : 1);
	return 0;
}

static int
read_map(struct accel *a, const struct tree_section *section)
{
	const struct tree_entry *e = tree_entry(section, "axes_map");
	const struct tree_value *v = e ? &e->value : NULL;
	char one[3][8];
	size_t n = 0;

	if (v && v->type == TREE_LIST && v->list.n == 3) {
		for (int i = 0; i < 3; i++)
			if (v->list.item[i].type != TREE_STRING ||
			    take_axis(a, i, v->list.item[i].s) != 0)
				return -1;
		return 0;
	}
	if (v && v->type == TREE_STRING) {
		const char *s = v->s;

		while (n < 3) {
			size_t len = strcspn(s, ",");

			while (*s == ' ' && len > 0) {
				s++;
				len--;
			}
			if (len == 0 || len >= sizeof(one[0]))
				return -1;
			memcpy(one[n], s, len);
			one[n][len] = '\0';
			if (take_axis(a, (int)n, one[n]) != 0)
				return -1;
			n++;
			s += len;
			if (*s == ',')
				s++;
			else
				break;
		}
		return n == 3 && *s == '\0' ? 0 : -1;
	}
	for (int i = 0; i < 3; i++) {
		const char *const plain[3] = {"x", "y", "z"};

		take_axis(a, i, plain[i]);
	}
	return 0;
}

/* "PA4", "^!mcu:PA4"; *pin is empty if it is on another board or none */
static void
take_pin(const struct tree_section *s, const char *key, const struct machine *m,
    struct machine_pin *pin)
{
	const char *text = tree_string(s, key, NULL);
	const char *colon;

	memset(pin, 0, sizeof(*pin));
	if (!text)
		return;
	text += strspn(text, "^~!");
	colon = strchr(text, ':');
	if (colon &&
	    ((size_t)(colon - text) != strlen(m->mcu[0].name) ||
		strncmp(text, m->mcu[0].name, (size_t)(colon - text)) != 0))
		return;
	pin->name = xstrdup(colon ? colon + 1 : text);
	pin->file = tree_entry(s, key)->place.file;
	pin->line = tree_entry(s, key)->place.line;
}

/* Which bus, and where: 0, or -1 if it is on no bus of this board. */
static int
take_wires(
    struct accel *a, const struct tree_section *s, const struct machine *m)
{
	static const char *const spi[] = {"spi_software_sclk_pin",
	    "spi_software_mosi_pin", "spi_software_miso_pin"};
	static const char *const i2c[] = {
	    "i2c_software_scl_pin", "i2c_software_sda_pin"};
	struct mcu_accel_wires *w = &a->wires;
	const char *board = tree_string(s, "i2c_mcu", m->mcu[0].name);
	int lines;
	bool on_spi;

	if (a->chip->spi_hz > 0)
		take_pin(s, "cs_pin", m, &w->cs);
	on_spi = w->cs.name != NULL;
	if (!on_spi && (a->chip->i2c_address == 0 ||
			   (a->chip->spi_hz > 0 && tree_given(s, "cs_pin")) ||
			   strcmp(board, m->mcu[0].name) != 0))
		return -1;
	lines = on_spi ? 3 : 2;
	for (int i = 0; i < lines; i++)
		take_pin(s, on_spi ? spi[i] : i2c[i], m, &w->line[i]);
	if (!w->line[0].name || !w->line[lines - 1].name || !w->line[1].name)
		w->bus = tree_string(s, on_spi ? "spi_bus" : "i2c_bus",
		    on_spi ? "spi1" : "i2c1");
	w->speed_hz = tree_int(s, on_spi ? "spi_speed" : "i2c_speed",
	    on_spi ? a->chip->spi_hz : 400000);
	w->i2c_address = tree_int(s, "i2c_address", a->chip->i2c_address);
	w->rate_hz = a->chip->sample == 5
			 ? tree_int(s, "rate", a->chip->rate_hz)
			 : a->chip->rate_hz;
	return 0;
}

/* resonance_tester.accel_chip, or the first that there is */
static const struct tree_section *
find_section(const struct machine *m, const struct accel_chip **chip)
{
	const struct tree *t = machine_tree(m);
	const char *want = tree_string(
	    tree_section(t, "resonance_tester"), "accel_chip", NULL);
	const struct tree_section *s;

	for (size_t i = 0; (*chip = accel_chip_at(i)); i++) {
		if (!want) {
			s = tree_next(t, NULL, (*chip)->section);
			if (s)
				return s;
			continue;
		}
		for (s = tree_next(t, NULL, (*chip)->section); s;
		     s = tree_next(t, s, (*chip)->section))
			if (strcmp(s->name, want) == 0)
				return s;
	}
	return NULL;
}

struct accel *
accel_new(struct mcu *mcu, const struct machine *m, const char *path,
    struct diag_sink *sink)
{
	struct diag_place place = {.file = m->file};
	const struct accel_chip *chip;
	const struct tree_section *s = find_section(m, &chip);
	struct accel *a;

	if (!s) {
		diag_report(sink, DIAG_ERROR, &place, NULL,
		    "no accelerometer is configured: adxl345, lis2dw, lis3dh, "
		    "mpu9250, icm20948 or bmi160");
		return NULL;
	}
	a = xcalloc(1, sizeof(*a));
	a->path = path;
	a->chip = chip;
	if (take_wires(a, s, m) != 0) {
		diag_report(sink, DIAG_ERROR, &s->place, NULL,
		    "'%s' is on no bus of the main board: it needs %s", s->name,
		    chip->i2c_address == 0 ? "a cs_pin there"
		    : chip->spi_hz == 0	   ? "an i2c_bus there"
					   : "a cs_pin or an i2c_bus there");
		accel_free(a);
		return NULL;
	}
	if (read_map(a, s) != 0) {
		diag_report(sink, DIAG_ERROR, &s->place, NULL,
		    "%s.axes_map is not three of x, y, z, -x, -y, -z", s->name);
		accel_free(a);
		return NULL;
	}
	a->board = mcu_add_accel(mcu, chip, &a->wires);
	return a;
}

/* x.csv, x-2.csv, x-3.csv */
static void
name_of(const struct accel *a, struct buf *out)
{
	const char *slash = strrchr(a->path, '/');
	const char *dot = strrchr(slash ? slash : a->path, '.');
	size_t stem = dot ? (size_t)(dot - a->path) : strlen(a->path);

	if (a->recordings < 2) {
		buf_adds(out, a->path);
		return;
	}
	buf_add(out, a->path, stem);
	buf_addf(out, "-%d%s", a->recordings, dot ? dot : "");
}

static int
write_recording(struct accel *a)
{
	struct buf name = BUF_INIT, out = BUF_INIT;
	struct mcu_accel_result r;
	struct file_output *f;
	int status = -1;

	mcu_accel_result(a->board, &r);
	a->recordings++;
	name_of(a, &name);
	f = file_create(name.data);
	buf_adds(&out, "#time,accel_x,accel_y,accel_z\n");
	buf_add(&out, a->note.data, a->note.len);
	for (size_t i = 0; f && i < r.n; i++) {
		buf_addf(&out, "%.6f", mcu_accel_time(a->board, i));
		for (int k = 0; k < 3; k++)
			buf_addf(&out, ",%.6f",
			    r.raw[i][a->map[k].axis] * a->map[k].scale);
		buf_addc(&out, '\n');
		if (out.len > 1 << 16) {
			if (file_put(f, out.data, out.len) != 0)
				break;
			buf_clear(&out);
		}
	}
	if (f && file_put(f, out.data, out.len) == 0)
		status = file_commit(f);
	else if (f)
		file_abandon(f);
	if (status != 0)
		cli_warn("%s: %s", name.data, strerror(errno));
	else if (r.n == 0 || r.bad == r.n)
		cli_warn("%s: the %s does not answer; check its wires%s",
		    name.data, a->chip->section,
		    a->wires.cs.name ? " and its cs_pin" : "");
	else if (r.lost > 0)
		cli_warn("%s: %llu of %zu samples were lost on the way: %d a "
			 "second are %d kB/s, more than the link carries",
		    name.data, (unsigned long long)r.lost, r.n,
		    a->wires.rate_hz,
		    a->wires.rate_hz *
			(a->chip->sample * a->chip->per_message + OVERHEAD) /
			a->chip->per_message / 1000);
	else if (r.bad + r.overflows > 0)
		cli_warn("%s: %llu of %zu samples were lost: the board did not "
			 "read them in time",
		    name.data, (unsigned long long)(r.bad + r.overflows), r.n);
	buf_release(&name);
	buf_release(&out);
	return status;
}

/* one line of it, as a comment */
static void
take_note(struct accel *a, const char *note)
{
	buf_clear(&a->note);
	note += strspn(note, " #");
	if (*note)
		buf_addf(&a->note, "#%.*s\n", (int)strcspn(note, "\r\n"), note);
}

void
accel_toggle(struct accel *a, const char *note)
{
	if (!a->running) {
		take_note(a, note);
		mcu_accel_start(a->board);
	} else {
		mcu_accel_stop(a->board);
		if (write_recording(a) != 0)
			a->status = -1;
	}
	a->running = !a->running;
}

int
accel_finish(struct accel *a)
{
	if (a->running)
		accel_toggle(a, "");
	return a->status;
}

void
accel_free(struct accel *a)
{
	if (!a)
		return;
	free(a->wires.cs.name);
	for (int i = 0; i < 3; i++)
		free(a->wires.line[i].name);
	buf_release(&a->note);
	free(a);
}

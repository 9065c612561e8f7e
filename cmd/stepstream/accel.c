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
#include "mcu.h"

#define GRAVITY	 9806.65
#define RATE_HZ	 3200
#define SCALE_XY (0.003774 * GRAVITY) /* mm/s2 a unit, at 3.3 V */
#define SCALE_Z	 (0.003906 * GRAVITY)

struct accel {
	struct mcu_accel *chip;
	const char *path;
	int recordings;
	bool running;
	struct {
		int axis;
		double scale;
	} map[3]; /* of the machine's axes */
	struct machine_pin cs;
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
	a->map[i].scale = (*s == 'z' ? SCALE_Z : SCALE_XY) * (minus ? -1 : 1);
	return 0;
}

static int
read_map(struct accel *a, const struct machine *m)
{
	const struct tree_value *v = machine_get(m, "adxl345.axes_map");
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

struct accel *
accel_new(struct mcu *mcu, const struct machine *m, const char *path,
    struct diag_sink *sink)
{
	struct diag_place place = {.file = m->file};
	const struct tree_section *s = tree_section(machine_tree(m), "adxl345");
	const char *pin = s ? tree_string(s, "cs_pin", NULL) : NULL;
	struct accel *a;

	if (!pin || strchr(pin, ':')) {
		diag_report(sink, DIAG_ERROR, &place, NULL,
		    "no adxl345 with a cs_pin on the main board is configured");
		return NULL;
	}
	a = xcalloc(1, sizeof(*a));
	a->path = path;
	if (read_map(a, m) != 0) {
		diag_report(sink, DIAG_ERROR, &place, NULL,
		    "adxl345.axes_map is not three of x, y, z, -x, -y, -z");
		free(a);
		return NULL;
	}
	a->cs.name = xstrdup(pin);
	a->chip = mcu_add_accel(mcu, &a->cs, tree_string(s, "spi_bus", "spi1"),
	    tree_int(s, "rate", RATE_HZ));
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

	mcu_accel_result(a->chip, &r);
	a->recordings++;
	name_of(a, &name);
	f = file_create(name.data);
	buf_adds(&out, "#time,accel_x,accel_y,accel_z\n");
	buf_add(&out, a->note.data, a->note.len);
	for (size_t i = 0; f && i < r.n; i++) {
		buf_addf(&out, "%.6f", mcu_accel_time(a->chip, i));
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
		cli_warn("%s: the accelerometer does not answer; check its "
			 "wires and its cs_pin",
		    name.data);
	else if (r.lost + r.bad + r.overflows > 0)
		cli_warn("%s: %llu of %zu samples were lost", name.data,
		    (unsigned long long)(r.lost + r.bad + r.overflows), r.n);
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
		mcu_accel_start(a->chip);
	} else {
		mcu_accel_stop(a->chip);
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
	free(a->cs.name);
	buf_release(&a->note);
	free(a);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probing: down until it triggers, as often as it takes, and up again. */
#include "probe.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "cli/cli.h"
#include "io/file.h"
#include "machine/tree.h"
#include "machine/twist.h"
#include "motion/mesh_fill.h"
#include "screws.h"
#include "surface.h"

/* What a BLTouch does is told by the width of a pulse, s. */
#define PULSE_S	    0.020
#define PIN_OUT_S   0.000650
#define PIN_TOUCH_S 0.001165
#define PIN_IN_S    0.001475
#define LEAD_S	    0.100

void
probe_init(struct session *s)
{
	const struct machine_probe *p = &s->machine->probe;

	if (p->control.name)
		s->probe_pin = mcu_add_output(
		    s->mcu, &p->control, PULSE_S, false, 0, 0, 0);
}

static void
forget(struct session *s)
{
	free(s->mesh.z);
	free(s->mesh.n);
	s->mesh.z = NULL;
	s->mesh.n = NULL;
	s->mesh.rows = 0;
	s->mesh.felt = 0;
	s->mesh.has_zero = false;
}

void
probe_release(struct session *s)
{
	forget(s);
	mesh_release(&s->felt);
}

static int
tell_pin(struct session *s, double width, double wait)
{
	double t = fmax(session_now(s), 0) + LEAD_S;

	mcu_output_set(s->probe_pin, t, width / PULSE_S);
	return session_wait(s, t + wait);
}

int
probe_out(struct session *s)
{
	const struct machine_probe *p = &s->machine->probe;

	if (!s->probe_pin)
		return 0;
	if (tell_pin(s, PIN_OUT_S, p->pin_move_time) != 0)
		return -1;
	return p->touch_mode ? tell_pin(s, PIN_TOUCH_S, LEAD_S) : 0;
}

int
probe_in(struct session *s)
{
	if (!s->probe_pin)
		return 0;
	return tell_pin(s, PIN_IN_S, s->machine->probe.pin_move_time);
}

/* --- one descent ------------------------------------------------------------
 */

struct descent {
	struct session *s;
	double end;
};

static void
feed(void *ctx, double until)
{
	struct descent *d = ctx;

	axes_generate(&d->s->axes, fmin(until, d->end), true);
}

static int
refuse(struct session *s, const char *what)
{
	session_stop(s, STOP_REFUSED, EXIT_NO, "probing at X%.2f Y%.2f: %s",
	    s->axes.pos[0], s->axes.pos[1], what);
	return -1;
}

/* Where the head was when it triggered; it stands near there. */
static int
descend(struct session *s, const struct plan_record *r, double at[3])
{
	double to[3] = {s->axes.pos[0], s->axes.pos[1], r->u.probe.low};
	double t, arm, hit, rest[3], pos[4];
	struct descent d = {.s = s};
	int rail[MACHINE_AXES], n = axes_probe_rails(&s->axes, rail), result;
	struct plan_move m;

	if (to[2] >= s->axes.pos[2])
		return refuse(s, "the head is as low as it may be");
	t = session_soonest(s);
	homing_plan(s, s->axes.pos, to, r->u.probe.speed, &m);
	arm = t - axes_ahead(&s->axes);
	for (int i = 0; i < n; i++)
		axes_begin_rail(&s->axes, rail[i], arm - 0.050);
	mcu_endstop_arm(s->axes.probe, arm,
	    PROBE_SAMPLES / axes_step_rate(&s->axes, m.start, to, m.cruise_v),
	    false);
	axes_commit(&s->axes, &m, t + PROBE_ARM_S);
	d.end = s->axes.end_time;
	result = mcu_endstops_wait(&s->axes.probe, 1, d.end, feed, &d, &hit);
	if (result < 0) {
		s->axes.homed &= ~PLAN_Z;
		motion_queue_clear(s->axes.queue);
		s->axes.end_time = session_now(s);
		session_run(s, s->axes.end_time, -1);
		return -1;
	}
	if (axes_probed(&s->axes, result > 0 ? d.end : hit, at, rest) != 0)
		return -1;
	s->axes.end_time = fmin(s->axes.end_time, session_now(s));
	memcpy(pos, rest, sizeof(rest));
	pos[3] = s->axes.pos[3];
	axes_set_position(&s->axes, pos);
	if (result > 0)
		return refuse(s, "it did not trigger on the way down");
	for (int i = 0; i < n; i++)
		if (axes_rail_moved(&s->axes, rail[i]))
			return 0;
	return refuse(s, "it is triggered before the head has moved");
}

static int
lift(struct session *s, double z, double v)
{
	double to[3] = {s->axes.pos[0], s->axes.pos[1], z};

	return session_move_to(s, to, v);
}

/* --- samples ----------------------------------------------------------------
 */

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct heights {
	int n;
	double *z;
	double low, high, mean, median, deviation;
};

static void
evaluate(struct heights *h)
{
	double *v = xcalloc((size_t)h->n, sizeof(*v)), sum = 0, square = 0;

	memcpy(v, h->z, (size_t)h->n * sizeof(*v));
	qsort(v, (size_t)h->n, sizeof(*v), by_value);
	h->low = v[0];
	h->high = v[h->n - 1];
	h->median = 0.5 * (v[(h->n - 1) / 2] + v[h->n / 2]);
	for (int i = 0; i < h->n; i++)
		sum += v[i];
	h->mean = sum / h->n;
	for (int i = 0; i < h->n; i++)
		square += pow(v[i] - h->mean, 2);
	h->deviation = sqrt(square / h->n);
	free(v);
}

/* Samples until they agree; the head ends where the last one triggered. */
static int
take_samples(struct session *s, const struct plan_record *r, struct heights *h)
{
	const struct machine_probe *p = &s->machine->probe;
	uint32_t tries = 0;
	double at[3];

	h->n = 0;
	while (h->n < (int)r->u.probe.samples) {
		bool each = p->stow_each || h->n == 0;

		if (h->n + (int)tries > 0 &&
		    lift(s, s->axes.pos[2] + r->u.probe.retract,
			r->u.probe.lift_speed) != 0)
			return -1;
		if ((each && probe_out(s) != 0) || descend(s, r, at) != 0 ||
		    (p->stow_each && probe_in(s) != 0))
			return -1;
		h->z[h->n++] = at[2] - p->offset[2] +
			       machine_twist(s->machine, at[0] + p->offset[0],
				   at[1] + p->offset[1]);
		evaluate(h);
		if (r->u.probe.what == PLAN_PROBE_ACCURACY ||
		    h->high - h->low <= r->u.probe.tolerance)
			continue;
		if (tries++ == r->u.probe.retries)
			return refuse(s, "the samples differ by more than "
					 "samples_tolerance");
		h->n = 0;
	}
	return p->stow_each ? 0 : probe_in(s);
}

static void
tell_height(
    struct session *s, const struct plan_record *r, const struct heights *h)
{
	const struct machine_probe *p = &s->machine->probe;
	double z = r->u.probe.median ? h->median : h->mean;
	bool accuracy = r->u.probe.what == PLAN_PROBE_ACCURACY;
	struct json *j = session_event(
	    s, session_now(s), accuracy ? "probe-accuracy" : "probe");

	json_fixed(j, "x", s->axes.pos[0] + p->offset[0], 4);
	json_fixed(j, "y", s->axes.pos[1] + p->offset[1], 4);
	json_fixed(j, "z", z, 6);
	if (accuracy) {
		json_int(j, "samples", h->n);
		json_fixed(j, "min", h->low, 6);
		json_fixed(j, "max", h->high, 6);
		json_fixed(j, "mean", h->mean, 6);
		json_fixed(j, "median", h->median, 6);
		json_fixed(j, "deviation", h->deviation, 6);
	}
	events_close(&s->events);
}

/* --- meshes ------------------------------------------------------------------
 */

static void
make_rows(struct probe_mesh *m, int rows)
{
	size_t size = (size_t)rows * PLAN_MESH_MAX;

	if (rows > m->rows) {
		size_t had = (size_t)m->rows * PLAN_MESH_MAX;

		m->z = xreallocarray(m->z, size, sizeof(*m->z));
		m->n = xreallocarray(m->n, size, sizeof(*m->n));
		memset(m->z + had, 0, (size - had) * sizeof(*m->z));
		memset(m->n + had, 0, (size - had) * sizeof(*m->n));
		m->rows = rows;
	}
}

/* Several readings of a point (around what cannot be probed): their mean. */
static void
keep_point(struct session *s, const struct plan_record *r, double z)
{
	int row = (int)r->u.probe.row;
	struct probe_mesh *m = &s->mesh;
	size_t at;

	make_rows(m, row + 1);
	at = (size_t)row * PLAN_MESH_MAX + r->u.probe.column;
	m->z[at] = (m->z[at] * m->n[at] + z) / (m->n[at] + 1);
	m->n[at]++;
}

/* A short row of a round mesh goes on with its end values; false: there is
 * nothing in it. */
static bool
fill_row(double *z, const int *n, int columns)
{
	int first = 0, last = columns - 1;

	while (first < columns && n[first] == 0)
		first++;
	while (last > first && n[last] == 0)
		last--;
	for (int i = 0; i < columns && first < columns; i++) {
		if (i < first)
			z[i] = z[first];
		else if (i > last)
			z[i] = z[last];
		else if (n[i] == 0)
			return false;
	}
	return first < columns;
}

/* The points that were left out, but what is not in the circle of a round
 * mesh. */
static void
sort_points(const struct session *s, const struct plan_record *r,
    enum mesh_point *point)
{
	const struct tree_section *c =
	    tree_section(machine_tree(s->machine), "bed_mesh");
	bool round = tree_double(c, "mesh_radius", 0) > 0;
	int nx = (int)r->u.mesh.columns, ny = (int)r->u.mesh.rows;

	for (int y = 0; y < ny; y++) {
		for (int x = 0; x < nx; x++) {
			double middle = 0.5 * (nx - 1);
			bool in = !round ||
				  hypot(x - middle, y - middle) < middle - 1e-6;

			*point++ = s->mesh.n[(size_t)y * PLAN_MESH_MAX + x] > 0
				       ? MESH_FELT
				   : in ? MESH_LEFT_OUT
					: MESH_OUTSIDE;
		}
	}
}

/* Every point has a height then; 0, or -1 and why. */
static int
fill_points(struct session *s, const struct plan_record *r, const char **why)
{
	int nx = (int)r->u.mesh.columns, ny = (int)r->u.mesh.rows, result;
	struct mesh_fill f = {
	    .nx = nx,
	    .ny = ny,
	    .dx = (r->u.mesh.high[0] - r->u.mesh.low[0]) / (nx - 1),
	    .dy = (r->u.mesh.high[1] - r->u.mesh.low[1]) / (ny - 1),
	};
	enum mesh_point *point;

	make_rows(&s->mesh, ny);
	f.z = xcalloc((size_t)nx * ny, sizeof(*f.z));
	f.point = point = xcalloc((size_t)nx * ny, sizeof(*point));
	sort_points(s, r, point);
	for (int i = 0; i < nx * ny; i++)
		f.z[i] = s->mesh.z[(size_t)(i / nx) * PLAN_MESH_MAX + i % nx];
	result = mesh_fill(&f, why);
	for (int i = 0; i < nx * ny && result == 0; i++) {
		size_t at = (size_t)(i / nx) * PLAN_MESH_MAX + i % nx;

		s->mesh.felt += point[i] == MESH_FELT;
		s->mesh.n[at] += point[i] == MESH_LEFT_OUT;
		s->mesh.z[at] = f.z[i];
	}
	free(point);
	free(f.z);
	*why = result == 0 ? "it lacks points" : *why;
	for (int row = 0; row < ny && result == 0; row++)
		if (!fill_row(s->mesh.z + (size_t)row * PLAN_MESH_MAX,
			s->mesh.n + (size_t)row * PLAN_MESH_MAX, nx))
			result = -1;
	return result;
}

/* Of what was felt; to be released. */
static int
make_mesh(struct session *s, const struct plan_record *r, struct mesh *mesh)
{
	const struct tree_section *c =
	    tree_section(machine_tree(s->machine), "bed_mesh");
	const char *algorithm = tree_string(c, "algorithm", "lagrange"), *why;
	int nx = (int)r->u.mesh.columns, ny = (int)r->u.mesh.rows, result;
	double pps[2] = {2, 2}, *z = xcalloc((size_t)nx * ny, sizeof(*z));
	struct mesh_setup setup = {
	    .probed = z,
	    .nx = nx,
	    .ny = ny,
	    .min_x = r->u.mesh.low[0],
	    .max_x = r->u.mesh.high[0],
	    .min_y = r->u.mesh.low[1],
	    .max_y = r->u.mesh.high[1],
	    .algorithm = strcmp(algorithm, "bicubic") == 0 ? MESH_BICUBIC
							   : MESH_LAGRANGE,
	    .tension = tree_double(c, "bicubic_tension", 0.2),
	};

	tree_doubles(c, "mesh_pps", pps, 2);
	setup.pps_x = (int)pps[0];
	setup.pps_y = (int)pps[1];
	for (int row = 0; row < ny; row++)
		memcpy(z + (size_t)row * nx,
		    s->mesh.z + (size_t)row * PLAN_MESH_MAX,
		    (size_t)nx * sizeof(*z));
	result = mesh_make(mesh, &setup, &why);
	free(z);
	return result == 0 ? 0 : refuse(s, why);
}

/*
 * zero_reference_position: what was felt there is taken from all points.  In
 * the mesh it is the surface's height that counts, beside it the plan had it
 * probed.
 */
static int
set_zero(struct session *s, const struct plan_record *r)
{
	const struct tree_section *c =
	    tree_section(machine_tree(s->machine), "bed_mesh");
	double at[3] = {0}, zero = s->mesh.zero;
	struct bed bed = {0};
	const char *why;

	if (tree_doubles(c, "zero_reference_position", at, 2) != 2)
		return 0;
	if (!s->mesh.has_zero) {
		if (make_mesh(s, r, &bed.mesh) != 0)
			return -1;
		bed_ready(&bed, &why); /* it does not fade */
		zero = bed_offset(&bed, at);
		bed_release(&bed);
	}
	for (size_t i = 0; i < (size_t)s->mesh.rows * PLAN_MESH_MAX; i++)
		s->mesh.z[i] -= zero;
	return 0;
}

static void
tell_mesh(struct session *s, const struct plan_record *r)
{
	struct json *j = session_event(s, session_now(s), "mesh");

	json_string(j, "profile", r->u.mesh.name);
	json_fixed(j, "min_x", r->u.mesh.low[0], 4);
	json_fixed(j, "min_y", r->u.mesh.low[1], 4);
	json_fixed(j, "max_x", r->u.mesh.high[0], 4);
	json_fixed(j, "max_y", r->u.mesh.high[1], 4);
	json_int(j, "felt", s->mesh.felt);
	json_array(j, "points");
	for (uint32_t row = 0; row < r->u.mesh.rows; row++) {
		json_array(j, NULL);
		for (uint32_t i = 0; i < r->u.mesh.columns; i++)
			json_fixed(j, NULL,
			    s->mesh.z[(size_t)row * PLAN_MESH_MAX + i], 6);
		json_close(j);
	}
	json_close(j);
	events_close(&s->events);
}

/* In the words of the configuration, for printerconf set. */
static int
write_mesh(struct session *s, const struct plan_record *r)
{
	const struct tree_section *c =
	    tree_section(machine_tree(s->machine), "bed_mesh");
	double pps[2] = {2, 2};
	struct buf b = BUF_INIT;
	const char *name = r->u.mesh.name;
	int result;

	tree_doubles(c, "mesh_pps", pps, 2);
	buf_addf(&b, "bed_mesh.%s.version=1\nbed_mesh.%s.points=", name, name);
	for (uint32_t row = 0; row < r->u.mesh.rows; row++)
		for (uint32_t i = 0; i < r->u.mesh.columns; i++)
			buf_addf(&b, "%s%.6f", i > 0 ? ", " : "\\n",
			    s->mesh.z[(size_t)row * PLAN_MESH_MAX + i]);
	buf_addf(&b,
	    "\nbed_mesh.%s.x_count=%u\nbed_mesh.%s.y_count=%u\n"
	    "bed_mesh.%s.mesh_x_pps=%.0f\nbed_mesh.%s.mesh_y_pps=%.0f\n"
	    "bed_mesh.%s.algo=%s\nbed_mesh.%s.tension=%g\n",
	    name, r->u.mesh.columns, name, r->u.mesh.rows, name, pps[0], name,
	    pps[1], name, tree_string(c, "algorithm", "lagrange"), name,
	    tree_double(c, "bicubic_tension", 0.2));
	buf_addf(&b,
	    "bed_mesh.%s.min_x=%.4f\nbed_mesh.%s.max_x=%.4f\n"
	    "bed_mesh.%s.min_y=%.4f\nbed_mesh.%s.max_y=%.4f\n",
	    name, r->u.mesh.low[0], name, r->u.mesh.high[0], name,
	    r->u.mesh.low[1], name, r->u.mesh.high[1]);
	result = file_replace(s->options.mesh_path, b.data, b.len);
	buf_release(&b);
	if (result != 0)
		session_stop(s, STOP_REFUSED, EXIT_IO, "cannot write '%s': %s",
		    s->options.mesh_path, strerror(errno));
	return result;
}

/* The plan did not know of it, so that it is not slower there. */
static void
tell_steep(const struct session *s, const struct bed *bed)
{
	double slope = hypot(bed->slope[0], bed->slope[1]);

	if (slope * s->machine->max_velocity > s->machine->max_z_velocity)
		cli_warn("the bed that was probed rises by %.4f mm a mm: at "
			 "more than %.0f mm/s Z is faster there than "
			 "max_z_velocity",
		    slope, s->machine->max_z_velocity / slope);
}

static int
take_mesh(struct session *s, const struct mesh *mesh)
{
	const struct tree_section *c =
	    tree_section(machine_tree(s->machine), "bed_mesh");
	struct bed bed = {.mesh = *mesh};
	const char *why;

	bed.fade.start = tree_double(c, "fade_start", 1);
	bed.fade.end = tree_double(c, "fade_end", 0);
	if (bed.fade.end > bed.fade.start)
		bed.fade.target =
		    tree_double(c, "fade_target", rint(mesh->mean * 100) / 100);
	if (bed_ready(&bed, &why) == 0) {
		tell_steep(s, &bed);
		return surface_take(s, &bed, false);
	}
	bed_release(&bed);
	return refuse(s, why);
}

/* What was felt before counts again. */
static int
take_again(struct session *s)
{
	struct mesh mesh = s->felt;
	size_t size = (size_t)mesh.nx * (size_t)mesh.ny * sizeof(*mesh.z);

	if (mcu_kind(s->mcu) == MCU_OFFLINE)
		return 0;
	if (!mesh.z)
		return refuse(s, "no mesh was probed before");
	mesh.z = xmalloc(size);
	memcpy(mesh.z, s->felt.z, size);
	return take_mesh(s, &mesh);
}

static int
finish_mesh(struct session *s, const struct plan_record *r)
{
	struct mesh mesh;
	const char *why;
	int result = 0;

	if (r->u.mesh.rows == 0)
		return surface_take(s, &(struct bed){0}, false);
	if (s->mesh.rows == 0)
		return take_again(s);
	if (fill_points(s, r, &why) != 0) {
		result = refuse(s, why);
	} else if ((result = set_zero(s, r)) == 0) {
		tell_mesh(s, r);
		if (s->options.mesh_path)
			result = write_mesh(s, r);
		/* nothing was felt without a board */
		if (result == 0 && mcu_kind(s->mcu) != MCU_OFFLINE &&
		    (result = make_mesh(s, r, &mesh)) == 0) {
			mesh_release(&s->felt);
			s->felt = mesh;
			result = take_again(s);
		}
	}
	forget(s);
	return result;
}

/* For what comes later. */
static void
keep(struct session *s, const struct plan_record *r, double z)
{
	switch (r->u.probe.what) {
	case PLAN_PROBE_MESH:
		keep_point(s, r, z);
		break;
	case PLAN_PROBE_CALIBRATE:
		s->probe_z = z + s->machine->probe.offset[2];
		break;
	case PLAN_PROBE_ZERO:
		s->mesh.zero = z;
		s->mesh.has_zero = true;
		break;
	case PLAN_PROBE_SCREW:
		screws_felt(s, r->u.probe.column, z);
		break;
	default:
		break;
	}
}

int
probe_record(struct session *s, const struct plan_record *r)
{
	struct heights h = {0};
	double before;
	int result;

	if (r->type == PLAN_MESH)
		return finish_mesh(s, r);
	if (r->type == PLAN_MESH_OFFSET)
		return surface_shift(s, r->u.mesh_offset.shift);
	session_state(s, "probing");
	surface_flat(s);
	before = s->axes.pos[2];
	h.z = xcalloc(r->u.probe.samples, sizeof(*h.z));
	result = take_samples(s, r, &h);
	if (result == 0) {
		tell_height(s, r, &h);
		keep(s, r, r->u.probe.median ? h.median : h.mean);
		result = lift(s, before, r->u.probe.lift_speed);
	}
	free(h.z);
	surface_follow(s);
	if (result == 0)
		session_state(s, "printing");
	line_stop(&s->line);
	return result;
}

/* The nozzle touches the bed: that is a key of the configuration. */
void
probe_calibrated(struct session *s, const struct plan_record *r)
{
	double value = r->u.calibrated.value, z;
	struct json *j;
	char set[120];

	surface_flat(s);
	z = s->axes.pos[2];
	surface_follow(s);
	if (r->u.calibrated.how == PLAN_CALIBRATED_LESS_Z)
		value -= z;
	else if (r->u.calibrated.how == PLAN_CALIBRATED_PROBE)
		value = s->probe_z - z;
	j = session_event(s, session_now(s), "calibrated");
	if (r->u.calibrated.how != PLAN_CALIBRATED_VALUE)
		json_fixed(j, "z", z, 4);
	if (*r->u.calibrated.key) {
		snprintf(
		    set, sizeof(set), "%s=%.4f", r->u.calibrated.key, value);
		json_string(j, "set", set);
	}
	events_close(&s->events);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One measurement, read and reduced as its rows go by. */
#include "recording.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "data.h"
#include "welch.h"

#define FULL_8G (8 * 9806.65)

enum {
	FIRST = 4096, /* rows before the rate is known well enough */
};

/* the handler and what it is in the middle of */
struct load {
	struct data_handler h; /* first: the handler is the load */
	struct recordings *list;
	const struct recording_options *o;
	struct input *in;
	struct recording *r; /* being read */
	size_t force;	     /* segment length from an earlier try */
	size_t again;	     /* segment length that it should have been */
	double *first_t, *first_a[3];
	size_t n_first;
	bool running;
	struct welch *welch[2];
	double usual_s; /* step of time */
};

static struct load *
load_of(struct data_handler *h)
{
	return (struct load *)(void *)h;
}

static struct recording *
append(struct load *l, const char *name)
{
	struct recordings *list = l->list;
	struct buf full = BUF_INIT;
	struct recording *r;

	ALLOC_GROW(list->v, (size_t)list->n + 1, list->alloc);
	r = &list->v[list->n++];
	memset(r, 0, sizeof(*r));
	buf_adds(&full, input_name(l->in));
	if (name)
		buf_addf(&full, ":%s", name);
	r->name = buf_detach(&full);
	return r;
}

static int
begin(struct data_handler *h, const char *name)
{
	struct load *l = load_of(h);
	struct recording noted = {0};

	if (l->r && !l->r->raw && l->r->samples == 0) {
		/* a comment came before the first row */
		noted = *l->r;
		free(l->r->name);
		l->list->n--;
	}
	l->r = append(l, name);
	l->r->raw = true;
	l->r->command = noted.command;
	l->r->has_command = noted.has_command;
	l->r->has_moves = noted.has_moves;
	l->r->move = noted.move;
	l->n_first = 0;
	l->running = false;
	for (int k = 0; k < 3; k++) {
		l->r->checks.lowest[k] = HUGE_VAL;
		l->r->checks.highest[k] = -HUGE_VAL;
	}
	return 0;
}

static int
sweep(struct data_handler *h, const char *text, size_t len)
{
	struct load *l = load_of(h);
	struct command_spec spec;
	size_t at;

	if (command_parse(&spec, text, len, &at) != 0)
		return input_error(l->in, at + strlen("#sweep ") + 1, "sweep",
		    "the parameters of the sweep are not understood");
	if (!l->r || l->r->samples > 0)
		l->r = append(l, NULL);
	l->r->command = spec;
	l->r->has_command = true;
	return 0;
}

/* What is not understood is some other comment. */
static int
moves(struct data_handler *h, const char *text, size_t len)
{
	static const struct command_word words[] = {
	    {"length", offsetof(struct recording_move, length_mm), 1, 1000},
	    {"speed", offsetof(struct recording_move, speed_mm_s), 0.1, 1000},
	    {"accel", offsetof(struct recording_move, accel_mm_s2), 1, 1e5},
	};
	struct load *l = load_of(h);
	struct recording_move m = {0};
	bool many = len >= 6 && memcmp(text, "moves ", 6) == 0;
	size_t at;

	if (!many &&
	    (len < 5 || memcmp(text, "move ", 5) != 0 ||
		command_words(words, 3, &m, text + 5, len - 5, &at) ||
		m.length_mm == 0 || m.speed_mm_s == 0 || m.accel_mm_s2 == 0))
		return 0;
	if (!l->r || l->r->samples > 0)
		l->r = append(l, NULL);
	l->r->has_moves |= many;
	l->r->move = m;
	return 0;
}

/* the spectrogram holds as many bins as were asked for, below all of them */
static void
power(void *ctx, const double *p, size_t bins)
{
	(void)bins;
	spectrogram_add(ctx, p);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median_step(const double *t, size_t n)
{
	double *d = xcalloc(n, sizeof(*d)), m;

	for (size_t i = 1; i < n; i++)
		d[i - 1] = t[i] - t[i - 1];
	qsort(d, n - 1, sizeof(*d), compare);
	m = d[(n - 1) / 2];
	free(d);
	return m;
}

/* spread of the samples before anything moves */
static void
quiet(struct load *l, double fs_hz)
{
	size_t n = (size_t)(0.08 * fs_hz);

	if (n < 16 || n > l->n_first)
		n = l->n_first < 16 ? l->n_first : 16;
	for (int k = 0; k < 3; k++) {
		double sum = 0, sq = 0;

		for (size_t i = 0; i < n; i++)
			sum += l->first_a[k][i];
		for (size_t i = 0; i < n; i++)
			sq += pow(l->first_a[k][i] - sum / (double)n, 2);
		l->r->checks.quiet_sigma[k] = sqrt(sq / (double)n);
	}
}

static void check_rows(
    struct load *l, const double *t, const double *const a[3], size_t n);

static void
consume(struct load *l, const double *t, const double *const a[3], size_t n)
{
	check_rows(l, t, a, n);
	for (int i = 0; i < 2; i++)
		if (l->welch[i])
			welch_add(l->welch[i], a[0], a[1], a[2], n);
	if (l->o->track || l->o->identify)
		track_add(&l->r->track, t, a, n);
}

/* up to 205 Hz: what pictures show and sweeps reach */
static size_t
shown_bins(size_t m, double fs_hz)
{
	size_t n = (size_t)ceil(205 * (double)m / fs_hz);

	return n < m / 2 + 1 ? n : m / 2 + 1;
}

/* what the axes of the spectrogram are in */
static void
scale_axes(struct load *l, size_t segment)
{
	struct spectrogram *g = &l->r->spectrogram;
	double fs_hz = l->r->fs_hz;

	g->step_hz = fs_hz / (double)segment;
	g->step_s = (double)(g->each * (segment / 2)) / fs_hz;
	g->start_s = (double)(segment / 4) / fs_hz;
}

/* The track is full: the recording as it is now, to be looked at. */
static void
look(void *ctx)
{
	struct load *l = ctx;
	struct recording *r = l->r;

	r->fs_hz = (double)r->samples / (r->last_s - r->first_s);
	welch_result(l->welch[0], r->fs_hz, &r->spectrum);
	scale_axes(l, 2 * (r->spectrum.n - 1));
	identify(r, l->o->identify, r->identified, false);
	spectrum_release(&r->spectrum);
}

static void
start_track(struct load *l, double fs_hz)
{
	struct track *t = &l->r->track;
	double offset[3] = {0};

	for (int k = 0; k < 3; k++) {
		for (size_t i = 0; i < l->n_first; i++)
			offset[k] += l->first_a[k][i];
		offset[k] /= (double)l->n_first;
	}
	track_init(t, 3, TRACK_MAX, fs_hz, offset);
	if (!l->o->identify)
		return;
	l->r->identified = xcalloc(1, sizeof(*l->r->identified));
	if (!l->o->identify->ringdown) {
		t->full = look;
		t->full_ctx = l;
	}
}

/* The rate is known: set everything up and let the held rows through. */
static int
start(struct load *l, double fs_hz)
{
	size_t m = l->force ? l->force : welch_length(fs_hz);
	size_t other = welch_length(fs_hz * 1.02);
	const double *a[3] = {l->first_a[0], l->first_a[1], l->first_a[2]};

	if (m < 16 || m > (size_t)1 << 20)
		return input_error(l->in, 0, "rate",
		    "%g samples a second are not the rate of an accelerometer",
		    fs_hz);
	if (other == m)
		other = welch_length(fs_hz * 0.98);
	l->usual_s = median_step(l->first_t, l->n_first);
	if (!(l->usual_s > 0)) /* stamps of whole batches */
		l->usual_s = 1 / fs_hz;
	l->r->checks.median_step_s = l->usual_s;
	quiet(l, fs_hz);
	l->welch[0] = welch_new(m);
	if (other != m && other >= 16 && !l->force)
		l->welch[1] = welch_new(other);
	if (l->o->spectrogram || l->o->identify) {
		spectrogram_init(&l->r->spectrogram, shown_bins(m, fs_hz));
		welch_on_segment(l->welch[0], power, &l->r->spectrogram);
	}
	if (l->o->track || l->o->identify)
		start_track(l, fs_hz);
	l->running = true;
	l->r->first_s = l->first_t[0];
	consume(l, l->first_t, a, l->n_first);
	return 0;
}

/* Sensors of 8 and of 16 g stop at their ends; rare, so looked at apart. */
static void
check_clipping(
    struct load *l, const double *t, const double *x, int k, size_t n)
{
	struct recording_checks *c = &l->r->checks;

	for (size_t i = 0; i < n; i++) {
		double v = fabs(x[i]), into = t[i] - l->first_t[0];

		if (v > 1.01 * FULL_8G)
			c->beyond_8g++;
		else if (v > 0.99 * FULL_8G && c->at_8g[k]++ == 0 &&
			 c->first_8g_s == 0)
			c->first_8g_s = into;
		c->beyond_16g += v > 2.02 * FULL_8G;
		/* the 13 bits of an ADXL345 end at 151.6 m/s2 on X and Y */
		if (v > 1.93 * FULL_8G && c->at_16g[k]++ == 0 &&
		    c->first_16g_s == 0)
			c->first_16g_s = into;
	}
}

static void
check_axis(struct load *l, const double *t, const double *x, int k, size_t n)
{
	struct recording_checks *c = &l->r->checks;
	double lo = c->lowest[k], hi = c->highest[k], sum = 0;
	uint64_t zeros = 0;

	for (size_t i = 0; i < n; i++) {
		lo = x[i] < lo ? x[i] : lo;
		hi = x[i] > hi ? x[i] : hi;
		zeros += x[i] == 0;
		sum += x[i];
	}
	c->lowest[k] = lo;
	c->highest[k] = hi;
	c->zeros[k] += zeros;
	l->r->mean[k] += sum;
	if (hi > 0.97 * FULL_8G || lo < -0.97 * FULL_8G)
		check_clipping(l, t, x, k, n);
}

static void
check_rows(struct load *l, const double *t, const double *const a[3], size_t n)
{
	struct recording_checks *c = &l->r->checks;
	double last = l->r->samples ? l->r->last_s : t[0] - l->usual_s;
	double limit = 1.5 * l->usual_s;

	for (size_t i = 0; i < n; i++) {
		double dt = t[i] - last;

		last = t[i];
		if (dt > 0 && dt <= limit)
			continue;
		if (dt <= 0) {
			c->repeated++;
			continue;
		}
		if (c->gaps++ == 0)
			c->first_gap_s = t[i] - dt - l->first_t[0];
		c->lost += round(dt / l->usual_s) - 1;
	}
	for (int k = 0; k < 3; k++)
		check_axis(l, t, a[k], k, n);
	l->r->last_s = last;
	l->r->samples += n;
}

static int
rows(struct data_handler *h, const struct data_rows *d)
{
	struct load *l = load_of(h);
	const double *a[3] = {d->a[0], d->a[1], d->a[2]};
	size_t n = (size_t)d->n;

	if (l->running) {
		consume(l, d->t_s, a, n);
		return 0;
	}
	memcpy(l->first_t + l->n_first, d->t_s, n * sizeof(double));
	for (int k = 0; k < 3; k++)
		memcpy(l->first_a[k] + l->n_first, a[k], n * sizeof(double));
	l->n_first += n;
	if (l->n_first + DATA_ROWS <= FIRST)
		return 0;
	if (l->first_t[l->n_first - 1] <= l->first_t[0])
		return input_error(l->in, 0, "rate", "time does not advance");
	return start(l,
	    (double)l->n_first / (l->first_t[l->n_first - 1] - l->first_t[0]));
}

/* the accumulator whose segments have the right length */
static int
choose(struct load *l)
{
	struct recording *r = l->r;
	size_t m;

	r->fs_hz = (double)r->samples / (r->last_s - r->first_s);
	m = welch_length(r->fs_hz);
	if (m < 16)
		return input_error(l->in, 0, "rate",
		    "the time jumps: %g s are missing, the first after %.3f s",
		    (double)r->checks.lost * l->usual_s, r->checks.first_gap_s);
	if (r->samples <= m)
		return input_error(l->in, 0, "too-short",
		    "%llu samples, and more than %zu (%.2f s) are needed",
		    (unsigned long long)r->samples, m, (double)m / r->fs_hz);
	for (int i = 0; i < 2; i++) {
		if (l->welch[i] && (l->force ? l->force : m) == m &&
		    welch_length(r->fs_hz) == m) {
			struct spectrum s;

			welch_result(l->welch[i], r->fs_hz, &s);
			if (s.n == m / 2 + 1) {
				r->spectrum = s;
				r->segment = m;
				r->segments = welch_segments(l->welch[i]);
				return 0;
			}
			spectrum_release(&s);
		}
	}
	l->again = m;
	return -1;
}

static int
end(struct data_handler *h)
{
	struct load *l = load_of(h);
	struct recording *r = l->r;
	int status = 0;

	if (!l->running) {
		size_t n = l->n_first;

		if (n < 2 || l->first_t[n - 1] <= l->first_t[0])
			return input_error(l->in, 0, "too-short",
			    "%zu samples are no recording", n);
		status =
		    start(l, (double)n / (l->first_t[n - 1] - l->first_t[0]));
	}
	if (status == 0)
		status = choose(l);
	if (status == 0 && r->spectrogram.power) {
		spectrogram_finish(
		    &r->spectrogram, welch_scale(l->welch[0], r->fs_hz));
		scale_axes(l, r->segment);
	}
	for (int k = 0; k < 3; k++)
		r->mean[k] /= (double)(r->samples ? r->samples : 1);
	if (status == 0 && (l->o->track || l->o->identify))
		track_finish(&r->track);
	if (status == 0 && l->o->identify)
		identify(r, l->o->identify, r->identified, true);
	if (!l->o->track)
		track_release(&r->track);
	for (int i = 0; i < 2; i++) {
		welch_free(l->welch[i]);
		l->welch[i] = NULL;
	}
	return status;
}

static int
stored(struct data_handler *h, const char *name, struct spectrum *s,
    bool already, bool mainline)
{
	struct recording *r = append(load_of(h), name);

	r->spectrum = *s;
	r->spectrum.normalised = already;
	r->mainline = mainline;
	if (load_of(h)->o->identify) {
		r->identified = xcalloc(1, sizeof(*r->identified));
		identify(r, load_of(h)->o->identify, r->identified, true);
	}
	return 0;
}

static void
recording_release(struct recording *r)
{
	free(r->name);
	spectrum_release(&r->spectrum);
	track_release(&r->track);
	spectrogram_release(&r->spectrogram);
	if (r->identified)
		identified_release(r->identified);
	free(r->identified);
}

void
recordings_release(struct recordings *list)
{
	for (int i = 0; i < list->n; i++)
		recording_release(&list->v[i]);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

static bool
readable_again(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 &&
	       S_ISREG(st.st_mode);
}

/* one reading of the file; *again is the segment length it needs instead */
static int
attempt(struct recordings *list, const char *path, size_t force, size_t *again,
    const struct recording_options *o, struct diag_sink *sink)
{
	struct load l = {.h = {begin, rows, end, sweep, stored, moves},
	    .list = list,
	    .o = o,
	    .force = force};
	int status = EXIT_DONE, had = list->n;

	l.in = input_open(path, sink, &status);
	if (!l.in)
		return status;
	l.first_t = xcalloc(FIRST, sizeof(double));
	for (int k = 0; k < 3; k++)
		l.first_a[k] = xcalloc(FIRST, sizeof(double));
	if (data_read(l.in, &l.h) != 0)
		status = input_status(l.in);
	*again = l.again;
	if (l.again && (force || !readable_again(path)))
		input_error(l.in, 0, "rate",
		    "the rate changes in the middle of the recording");
	if (status != EXIT_DONE) {
		while (list->n > had)
			recording_release(&list->v[--list->n]);
		for (int i = 0; i < 2; i++)
			welch_free(l.welch[i]);
	}
	free(l.first_t);
	for (int k = 0; k < 3; k++)
		free(l.first_a[k]);
	input_close(l.in);
	return status;
}

int
recordings_load(struct recordings *list, const char *path,
    const struct recording_options *o, struct diag_sink *sink)
{
	size_t again;
	int status = attempt(list, path, 0, &again, o, sink);

	if (status != EXIT_DONE && again && readable_again(path))
		status = attempt(list, path, again, &again, o, sink);
	return status;
}

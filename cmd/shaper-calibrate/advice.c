/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with a recording, in words. */
#include "advice.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"

#define GRAVITY	    9806.65
#define DRIFT_SAID  20e-6
#define UNEXPLAINED 0.85 /* of what is coherent */

static const char axis_names[] = "xyz";

static void __attribute__((format(printf, 3, 4)))
say(struct advice *a, const char *slug, const char *fmt, ...)
{
	va_list ap;

	if (a->n == ADVICE_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(a->v[a->n].text, sizeof(a->v[a->n].text), fmt, ap);
	va_end(ap);
	a->v[a->n++].slug = slug;
}

static void
check_clock(const struct recording *r, struct advice *a)
{
	const struct recording_checks *c = &r->checks;

	bool bursts = c->gaps > 0 && c->lost <= 1.1 * (double)c->repeated;

	if (c->gaps > 0 && !bursts)
		say(a, "lost-samples",
		    "%.0f samples are missing in %llu gaps, the first after "
		    "%.3f s: the link to the sensor is too slow or the host "
		    "too busy",
		    c->lost, (unsigned long long)c->gaps, c->first_gap_s);
	if (c->repeated > 0)
		say(a, "repeated-time",
		    "%llu samples have the time of the one before them%s",
		    (unsigned long long)c->repeated,
		    bursts ? ": whole batches were stamped at once" : "");
	if (c->gaps == 0 && c->median_step_s > 0 &&
	    fabs(r->fs_hz * c->median_step_s - 1) > 0.005)
		say(a, "uneven-rate",
		    "the rate wanders: %.1f a second on the whole, %.1f at "
		    "the beginning",
		    r->fs_hz, 1 / c->median_step_s);
}

static void
check_clipping(const struct recording *r, struct advice *a)
{
	const struct recording_checks *c = &r->checks;
	uint64_t n8 = c->at_8g[0] + c->at_8g[1] + c->at_8g[2];
	uint64_t n16 = c->at_16g[0] + c->at_16g[1] + c->at_16g[2];

	if (n16 > 0 && c->beyond_16g == 0)
		say(a, "clipping",
		    "%llu samples are at the end of the sensor's 16 g, the "
		    "first after %.3f s: test with less acceleration, or "
		    "something knocked",
		    (unsigned long long)n16, c->first_16g_s);
	else if (c->beyond_8g == 0 && n8 > 2)
		say(a, "clipping",
		    "%llu samples are at the end of the sensor's 8 g, the "
		    "first after %.3f s: test with less acceleration",
		    (unsigned long long)n8, c->first_8g_s);
}

static void
check_gravity(const struct recording *r, struct advice *a)
{
	double g = sqrt(r->mean[0] * r->mean[0] + r->mean[1] * r->mean[1] +
			r->mean[2] * r->mean[2]);

	if (g < 0.2 * GRAVITY)
		say(a, "gravity",
		    "there is no gravity in it (%.0f mm/s2): the mean was "
		    "taken away, or the sensor does not measure",
		    g);
	else if (g < 8800 || g > 10800)
		say(a, "gravity",
		    "gravity is %.0f mm/s2 instead of 9807: the scale or the "
		    "sensor is wrong",
		    g);
	for (int k = 0; k < 3; k++) {
		double zeros = (double)r->checks.zeros[k] /
			       (double)(r->samples ? r->samples : 1);

		if (r->checks.lowest[k] == r->checks.highest[k])
			say(a, "dead-axis",
			    "%c never changes: the sensor or its wiring is "
			    "broken",
			    axis_names[k]);
		else if (zeros > 0.3)
			say(a, "dead-band",
			    "%c is exactly 0 in %.0f %% of the samples: this "
			    "sensor hides small vibration",
			    axis_names[k], zeros * 100);
	}
}

/* A mode that hardly is damped rings all through the test, struck by each
 * pulse: what is felt there follows the command, which no fan does. */
static bool
rings(const struct identified *id, double freq_hz, double step_hz)
{
	if (!id || id->result != IDENTIFY_MODES)
		return false;
	for (int k = 0; k < id->modes.n; k++) {
		const struct mode *m = &id->modes.mode[k];

		if (m->coherence > 0.9 && fabs(m->freq_hz - freq_hz) < step_hz)
			return true;
	}
	return false;
}

/* A narrow line that is there all the time: in most columns of the
 * spectrogram the same bin stands out. */
static void
check_lines(
    const struct recording *r, const struct identified *id, struct advice *a)
{
	const struct spectrogram *g = &r->spectrogram;
	int said = 0;

	if (!g->power || g->columns < 12)
		return;
	for (size_t k = 6; k + 6 < g->bins && said < 3; k++) {
		size_t stands = 0, whole = 0;

		for (size_t c = 0; c < g->columns; c++) {
			const float *p = g->power + c * g->bins + k;
			float round = (p[-5] + p[-4] + p[4] + p[5]) / 4;

			whole++;
			stands +=
			    p[0] > 8 * round && p[0] >= p[-1] && p[0] >= p[1];
		}
		if (stands * 2 < whole ||
		    rings(id, (double)k * g->step_hz, g->step_hz))
			continue;
		said++;
		say(a, "steady-tone",
		    "a steady tone at %.1f Hz has nothing to do with the "
		    "test: a fan or a pump is running",
		    (double)k * g->step_hz);
		k += 3;
	}
}

static void
check_axis(const struct identified *id, int axis, struct advice *a)
{
	int top = 0;

	for (int k = 1; k < 3; k++)
		if (id->along[k] > id->along[top])
			top = k;
	if (axis >= 0 && id->along[axis] < 0.4)
		say(a, "wrong-axis",
		    "%c was moved, but %.0f %% of the vibration is along %c: "
		    "axes_map is wrong, or the head turns",
		    axis_names[axis], id->along[top] * 100, axis_names[top]);
}

/* Does the recording's time go as the motion's? */
static void
check_drift(const struct identified *id, struct advice *a)
{
	double drift = id->modes.drift_s_hz * id->command.hz_per_s;

	if (fabs(drift) > DRIFT_SAID)
		say(a, "clock-drift",
		    "the recording's clock is %.0f millionths too %s for the "
		    "motion's: allowed for, but its stamps are not the board's",
		    fabs(drift) * 1e6, drift > 0 ? "fast" : "slow");
	if (id->modes.explained < UNEXPLAINED * id->modes.coherent)
		say(a, "unexplained",
		    "the modes explain only %.0f %% of what follows the test: "
		    "there are more of them, or the test or the clock was "
		    "another one",
		    id->modes.explained * 100);
}

static void
check_fit(const struct identified *id, struct advice *a)
{
	double base = id->modes.direct;

	if (id->result != IDENTIFY_MODES || id->decays > 0)
		return;
	check_drift(id, a);
	for (int k = 0; k < id->modes.n; k++) {
		const struct mode *m = &id->modes.mode[k];

		base += m->c0;
		if (m->coherence < 0.8 && m->weight > 0.1)
			say(a, "incoherent",
			    "only %.0f %% of the vibration around %.1f Hz "
			    "follows the test: something is loose, rubs or "
			    "hums",
			    m->coherence * 100, m->freq_hz);
		if (m->freq_hz > 0.97 * id->command.freq_end_hz)
			say(a, "edge",
			    "the mode at %.1f Hz is at the end of the test "
			    "(%.0f Hz): sweep further",
			    m->freq_hz, id->command.freq_end_hz);
	}
	if (id->command_given && (fabs(base) < 0.6 || fabs(base) > 1.6))
		say(a, "loose-mount",
		    "slow motion is felt %.2f times as strong as commanded: "
		    "the sensor is loose, its scale is wrong or the test was "
		    "another one",
		    fabs(base));
}

void
advice_collect(const struct recording *r, const struct identified *id, int axis,
    struct advice *a)
{
	memset(a, 0, sizeof(*a));
	if (!r->raw)
		return;
	check_clock(r, a);
	check_clipping(r, a);
	check_gravity(r, a);
	check_lines(r, id, a);
	if (id) {
		check_axis(id, axis, a);
		check_fit(id, a);
	}
}

void
advice_report(
    const struct recording *r, const struct advice *a, struct diag_sink *sink)
{
	struct diag_place place = {.file = r->name};

	for (int i = 0; i < a->n; i++)
		diag_report(sink, diag_level_of(a->v[i].slug), &place,
		    a->v[i].slug, "%s", a->v[i].text);
}

bool
advice_at_rest(const struct recording *r)
{
	const struct spectrum *s = &r->spectrum;
	double quiet = 0, top = 0;

	if (!r->raw)
		return false;
	for (int i = 0; i < 3; i++)
		quiet += 2 * pow(r->checks.quiet_sigma[i], 2) / r->fs_hz;
	for (size_t k = 0; k < s->n && s->freq_hz[k] < 200; k++)
		if (s->freq_hz[k] > 5)
			top = fmax(top, s->psd[AXIS_SUM][k]);
	return top < 100 * quiet && top < 1e5;
}

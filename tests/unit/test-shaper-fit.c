/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The modes of machines that do not exist are found.  With words of a machine
 * as arguments the program writes its recording instead of testing:
 * test-shaper-fit KEY=VALUE ... >FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cmd/shaper-calibrate/choose.h"
#include "cmd/shaper-calibrate/identify.h"
#include "cmd/shaper-calibrate/recording.h"
#include "io/file.h"
#include "shaper-synth.h"
#include "tests/unit/tap.h"

static char folder[] = "/tmp/shaper-fit-XXXXXX";
static char path[64];

static void
count(struct diag_sink *s, enum diag_level level, const struct diag_place *p,
    const char *slug, const char *text)
{
	(void)s;
	printf("# %d %s:%u: %s [%s]\n", (int)level, p->file, p->line, text,
	    slug ? slug : "");
}

/* written, read and identified again */
static void
through(const struct synth *s, struct recordings *list, struct identified *id)
{
	struct identify_options none = {0};
	struct recording_options o = {.identify = &none};
	struct diag_sink sink = {.emit = count};
	struct buf csv = BUF_INIT;

	memset(list, 0, sizeof(*list));
	memset(id, 0, sizeof(*id));
	synth_sweep(s, &csv);
	file_replace(path, csv.data, csv.len);
	buf_release(&csv);
	ok(recordings_load(list, path, &o, &sink) == 0,
	    "the recording is read");
	*id = *list->v[0].identified;
}

static void
release(struct recordings *list)
{
	recordings_release(list);
}

static void
check_modes(
    const struct synth *s, const struct identified *id, const char *what)
{
	is_int(id->result, IDENTIFY_MODES, "%s: modes are found", what);
	is_int(id->modes.n, s->modes, "%s: as many as there are", what);
	for (int k = 0; k < id->modes.n && k < s->modes; k++) {
		const struct mode *m = &id->modes.mode[k];

		is_near(m->freq_hz, s->mode[k].freq_hz, 0.05,
		    "%s: frequency of mode %d", what, k + 1);
		is_near(m->damping / s->mode[k].damping, 1, 0.02,
		    "%s: damping of mode %d", what, k + 1);
		is_near(m->gain, s->mode[k].gain,
		    0.02 * s->mode[k].gain + 0.003, "%s: gain of mode %d", what,
		    k + 1);
		ok(m->sd_freq_hz < 0.05 && m->coherence > 0.9,
		    "%s: and it is sure of it", what);
	}
	is_near(id->frf.start_s + id->modes.delay_s, s->lead_s, 2e-3,
	    "%s: the sweep is found where it began", what);
}

static void
test_single_mode(void)
{
	struct recordings list;
	struct identified id;
	struct synth s;

	synth_defaults(&s);
	synth_mode(&s, 47.3, 0.06, 1);
	through(&s, &list, &id);
	check_modes(&s, &id, "one mode");
	is_near(id.command.hz_per_s, 4, 0, "the rate is recognised");
	is_near(id.command.freq_start_hz, 5, 0, "so is the start");
	is_near(id.command.freq_end_hz, 80, 0, "and the end");
	ok(id.command.sweeping_period_s > 0, "and the carrier");
	is_str(identify_confidence(&id), "high", "confidence is high");
	release(&list);
}

static void
test_three_within_8_hz(void)
{
	struct recordings list;
	struct identified id;
	struct synth s;

	synth_defaults(&s);
	s.spec.freq_start_hz = 30;
	s.spec.freq_end_hz = 75;
	s.spec.hz_per_s = 2;
	s.spec.sweeping_period_s = s.spec.sweeping_accel = 0;
	synth_mode(&s, 49, 0.03, 0.3);
	synth_mode(&s, 52.3, 0.03, 0.4);
	synth_mode(&s, 56, 0.03, 0.3);
	through(&s, &list, &id);
	check_modes(&s, &id, "three modes within 8 Hz");
	release(&list);
}

static void
test_lightly_damped(void)
{
	struct recordings list;
	struct identified id;
	struct synth s;

	synth_defaults(&s);
	s.spec.hz_per_s = 2;
	s.spec.freq_end_hz = 60;
	synth_mode(&s, 43.6, 0.008, 1);
	through(&s, &list, &id);
	check_modes(&s, &id, "damping below what a window can see");
	release(&list);
}

static void
test_fans(void)
{
	struct recordings list;
	struct identified id;
	struct synth s;

	synth_defaults(&s);
	s.tones = 2;
	s.tone[0].freq_hz = 61.7;
	s.tone[0].amplitude = 600;
	s.tone[1].freq_hz = 123.4;
	s.tone[1].amplitude = 300;
	synth_mode(&s, 40, 0.05, 0.8);
	through(&s, &list, &id);
	check_modes(&s, &id, "a fan beside it");
	release(&list);
}

/*
 * Five minutes, so that the track is dropped while it goes by; the sensor's
 * clock swings by 0.3 % and some rows never came.
 */
static void
test_long_with_bad_clock(void)
{
	struct recordings list;
	struct identified id;
	struct synth s;

	synth_defaults(&s);
	s.rate_hz = 800;
	s.spec.hz_per_s = 0.25;
	s.spec.freq_start_hz = 20;
	s.spec.freq_end_hz = 95;
	s.wander = 0.003;
	s.lose = 30;
	synth_mode(&s, 33, 0.03, 0.6);
	synth_mode(&s, 81, 0.04, 0.4);
	through(&s, &list, &id);
	ok(list.v[0].checks.lost > 50, "%.0f rows are missing",
	    list.v[0].checks.lost);
	check_modes(&s, &id, "a clock that wanders");
	is_near(id.command.freq_end_hz, 95, 0, "the end is seen");
	release(&list);
}

static void
test_choice(void)
{
	struct choose_options o = {.max_residual = 0.05, .tolerance = 0.02};
	struct score_options score;
	struct choices first = {.n = 0};
	struct modes sets[3];

	score_defaults(&score);
	o.score = &score;
	for (int i = 0; i < 3; i++) {
		struct recordings list;
		struct identified id;
		struct choices c;
		struct synth s;

		synth_defaults(&s);
		s.seed = 100 + (uint32_t)i;
		synth_mode(&s, 41, 0.05, 0.65);
		synth_mode(&s, 63.5, 0.04, 0.35);
		through(&s, &list, &id);
		check_modes(&s, &id, "a repeated sweep");
		sets[i] = id.modes;
		choose_shaper(&o, &id.modes, 1, NULL, &c);
		if (i == 0)
			first = c;
		ok(c.v[c.best].type == first.v[first.best].type,
		    "sweep %d chooses the same type", i + 1);
		is_near(c.v[c.best].freq_hz, first.v[first.best].freq_hz, 0.21,
		    "at the same frequency");
		release(&list);
	}
	{
		struct choices all;
		const struct choice *c;
		struct shaper s;

		choose_shaper(&o, sets, 3, NULL, &all);
		c = &all.v[all.best];
		shaper_make(c->type, c->freq_hz, c->damping, &s);
		ok(c->reached && c->robust <= 0.05,
		    "the choice for all three is within the limit");
		is_near(c->residual,
		    sets[0].mode[0].weight * shaper_residual(&s, 41, 0.05) +
			sets[0].mode[1].weight *
			    shaper_residual(&s, 63.5, 0.04),
		    2e-3, "its residual is that at the true modes");
		ok(shaper_smoothing(&s, 5000, 5) == c->smoothing,
		    "its smoothing is the shaper's");
	}
}

/* At the incumbent's smoothing ours leaves no more at the true modes. */
static void
test_against_incumbent(void)
{
	struct choose_options o = {.max_residual = 0.05, .tolerance = 0.02};
	struct score_options score;
	struct score_result theirs;
	struct recordings list;
	struct identified id;
	struct choices ours;
	struct choice rival;
	struct spectrum p;
	struct synth s;

	score_defaults(&score);
	o.score = &score;
	synth_defaults(&s);
	s.spec.freq_end_hz = 120;
	synth_mode(&s, 33, 0.07, 0.6);
	synth_mode(&s, 97, 0.03, 0.4);
	through(&s, &list, &id);
	check_modes(&s, &id, "two modes far apart");
	spectrum_copy(&p, &list.v[0].spectrum);
	spectrum_normalise(&p);
	score_spectra(&score, &p, 1, &theirs);
	choose_measure(&o, &id.modes, 1, theirs.fit[theirs.best].type,
	    theirs.fit[theirs.best].freq_hz, 0.1, &rival);
	o.max_smoothing = rival.smoothing;
	choose_shaper(&o, &id.modes, 1, &theirs.fit[theirs.best], &ours);
	ok(ours.v[ours.best].residual <= rival.residual &&
		ours.v[ours.best].smoothing <= rival.smoothing,
	    "%s %.1f leaves %.3f, the incumbent's %s %.1f %.3f",
	    ours.v[ours.best].type->name, ours.v[ours.best].freq_hz,
	    ours.v[ours.best].residual, rival.type->name, rival.freq_hz,
	    rival.residual);
	spectrum_release(&p);
	release(&list);
}

static void
test_nothing_there(void)
{
	struct recordings list;
	struct identified id;
	struct synth s;

	synth_defaults(&s);
	through(&s, &list, &id); /* a machine as stiff as a rock */
	ok(id.result == IDENTIFY_NO_RESONANCE,
	    "no mode is invented where there is none: %s",
	    id.why ? id.why : "(modes)");
	release(&list);
	s.sigma = 8000;
	synth_mode(&s, 45, 0.2, 0.3);
	through(&s, &list, &id);
	ok(id.result != IDENTIFY_MODES, "nor one under noise: %s",
	    id.why ? id.why : "(modes)");
	release(&list);
}

/* "seed=3 modes=40/0.05/1,60/0.04/0.5 kind=ringdown moves=10 ..." */
static int
take_modes(struct synth *s, const char *p)
{
	double v[3];

	while (*p) {
		for (int i = 0; i < 3; i++) {
			size_t n = strcspn(p, "/,");

			if (num_parse_decimal(p, n, &v[i]))
				return -1;
			p += n + (p[n] != '\0');
		}
		if (s->modes == SYNTH_MODES)
			return -1;
		synth_mode(s, v[0], v[1], v[2]);
	}
	return 0;
}

static int
write_recording(int argc, char **argv)
{
	const char *kind = "sweep";
	struct buf out = BUF_INIT;
	double moves = 10;
	struct synth s;

	synth_defaults(&s);
	for (int i = 1; i < argc; i++) {
		char *eq = strchr(argv[i], '=');
		double v = 0, *to = NULL;
		size_t n;

		if (!eq)
			return 64;
		n = (size_t)(eq - argv[i]);
#define KEY(k) (strncmp(argv[i], k, n) == 0 && k[n] == '\0')
		to = KEY("start")    ? &s.spec.freq_start_hz
		     : KEY("end")    ? &s.spec.freq_end_hz
		     : KEY("rate")   ? &s.spec.hz_per_s
		     : KEY("period") ? &s.spec.sweeping_period_s
		     : KEY("sigma")  ? &s.sigma
		     : KEY("step")   ? &s.step
		     : KEY("fs")     ? &s.rate_hz
		     : KEY("clip")   ? &s.clip
		     : KEY("dx")     ? &s.spec.direction[0]
		     : KEY("dy")     ? &s.spec.direction[1]
		     : KEY("dz")     ? &s.spec.direction[2]
		     : KEY("moves")  ? &moves
		     : KEY("tone")   ? &s.tone[0].freq_hz
		     : KEY("wander") ? &s.wander
				     : NULL;
		if (KEY("modes") ? take_modes(&s, eq + 1)
		    : KEY("kind")
			? (kind = eq + 1, 0)
			: num_parse_decimal(eq + 1, strlen(eq + 1), &v))
			return 64;
		if (to)
			*to = v;
		if (KEY("seed"))
			s.seed = (uint32_t)v;
		if (KEY("lose"))
			s.lose = (unsigned)v;
	}
	if (s.tone[0].freq_hz > 0) {
		s.tones = 1;
		s.tone[0].amplitude = 900;
	}
	if (strcmp(kind, "ringdown") == 0)
		synth_ringdown(&s, (int)moves, &out);
	else if (strcmp(kind, "rest") == 0)
		synth_rest(&s, 2.2, &out);
	else
		synth_sweep(&s, &out);
	fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return write_recording(argc, argv);
	if (!mkdtemp(folder))
		return 71;
	snprintf(path, sizeof(path), "%s/x.csv", folder);
	test_single_mode();
	test_three_within_8_hz();
	test_lightly_damped();
	test_fans();
	test_long_with_bad_clock();
	test_choice();
	test_against_incumbent();
	test_nothing_there();
	remove(path);
	remove(folder);
	return done_testing();
}

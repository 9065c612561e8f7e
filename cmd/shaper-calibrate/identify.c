/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From one recording to its modes, and how far they can be believed. */
#include "identify.h"

#include <math.h>
#include <string.h>

#include "advice.h"
#include "direction.h"
#include "recognise.h"
#include "recording.h"
#include "ringdown.h"

#define COHERENCE_MIN 0.5 /* below it the modes are somebody else's */
#define EXPLAINED_MIN                                                          \
	0.8	      /* by a sweep that was guessed: else it is another       \
		       */
#define CLOCK_MIN 0.5 /* of what is coherent, or time goes wrong in it */
#define PEAK_MIN  1.6 /* the response must stand out of its surroundings */

/* the largest response at a mode over the response at low frequency */
static double
amplification(const struct modes *m)
{
	double base = 0, top = 0;
	struct response h;

	for (int k = 0; k < m->n; k++) {
		base += m->mode[k].c0;
		h = modes_response(m, m->mode[k].freq_hz);
		top = fmax(top, hypot(h.re, h.im));
	}
	base = fabs(base + m->direct);
	return base > 0 ? top / base : 0;
}

static void
ringdown(const struct recording *r, const struct identify_options *o,
    struct identified *id)
{
	id->result = IDENTIFY_NO_RESONANCE;
	direction_shares(&r->track, id->along);
	direction_main(&r->track, id->direction);
	direction_snap(id->direction);
	if (o->direction)
		memcpy(id->direction, o->direction, sizeof(id->direction));
	id->decays =
	    ringdown_fit(&r->track, r->fs_hz, id->direction, &id->modes);
	if (id->decays < 2) {
		id->why = "there are no two decays in it";
		return;
	}
	for (int k = 0; k < id->modes.n; k++)
		id->coherence +=
		    id->modes.mode[k].weight * id->modes.mode[k].coherence;
	id->result = IDENTIFY_MODES;
}

/* modes of what has been summed */
static void
fit(struct identified *id)
{
	double weight = 0;

	frf_release(&id->frf);
	memset(&id->modes, 0, sizeof(id->modes));
	id->coherence = 0;
	id->result = IDENTIFY_NO_RESONANCE;
	if (frf_stream_result(id->stream, id->command.freq_end_hz, &id->frf) !=
		0 ||
	    modes_fit(&id->frf, &id->modes) != 0) {
		id->why = "no resonance fits the response";
		return;
	}
	for (int k = 0; k < id->modes.n; k++) {
		id->coherence +=
		    id->modes.mode[k].weight * id->modes.mode[k].coherence;
		weight += id->modes.mode[k].weight;
	}
	id->coherence /= weight;
	if (id->coherence < COHERENCE_MIN)
		id->why = "most of the vibration does not come from the test";
	else if (!id->command_given && id->modes.explained < EXPLAINED_MIN) {
		id->result = IDENTIFY_NO_COMMAND;
		id->why = "the sweep in it is like none that is known";
	} else if (id->modes.explained < CLOCK_MIN * id->modes.coherent) {
		id->why = "what was recorded follows another command, or "
			  "another clock";
	} else if (amplification(&id->modes) < PEAK_MIN)
		id->why = "the response is flat";
	else
		id->result = IDENTIFY_MODES;
}

static int
begin(struct recording *r, struct identified *id, bool whole)
{
	id->stream = frf_stream_new(
	    &r->track, id->direction, &id->command, whole, !id->command_given);
	if (!id->stream) {
		id->result = IDENTIFY_NO_COMMAND;
		id->why = "the test takes longer than the recording";
		return -1;
	}
	frf_stream_feed(id->stream, &r->track, whole);
	return 0;
}

/* With or without carrier, from 5 Hz on: what leaves less unexplained. */
static void
try_others(struct recording *r, struct identified *id, bool whole)
{
	struct command_spec first = id->command;

	fit(id);
	for (int i = 1; i < 4; i++) {
		struct identified other = *id;

		memset(&other.frf, 0, sizeof(other.frf));
		other.command = first;
		if (i & 1)
			recognise_turn_carrier(&other.command);
		if (i & 2) {
			if (first.freq_start_hz > 15)
				break;
			other.command.freq_start_hz = 5;
		}
		if (begin(r, &other, whole) != 0)
			continue;
		fit(&other);
		if (other.result == IDENTIFY_MODES &&
		    (id->result != IDENTIFY_MODES ||
			other.modes.explained > id->modes.explained)) {
			identified_release(id);
			*id = other;
		} else {
			identified_release(&other);
		}
	}
}

/* Which command, along which line?  -1: it cannot be told. */
static int
find_command(struct recording *r, const struct identify_options *o,
    struct identified *id, bool *unsure)
{
	id->command_given = true;
	if (o->command)
		id->command = *o->command;
	else if (r->has_command)
		id->command = r->command;
	else
		id->command_given = false;
	if (!id->command_given &&
	    recognise_sweep(r, &id->command, unsure) != 0) {
		id->why = "no sweep is recognised in it";
		return -1;
	}
	direction_main(&r->track, id->direction);
	direction_snap(id->direction);
	if (o->direction)
		memcpy(id->direction, o->direction, sizeof(id->direction));
	else if (id->command.direction[0] != 0 ||
		 id->command.direction[1] != 0 || id->command.direction[2] != 0)
		memcpy(id->direction, id->command.direction,
		    sizeof(id->direction));
	return 0;
}

/* The track is full, or the recording at its end, and no command is in work
 * yet. */
static void
start(struct recording *r, const struct identify_options *o,
    struct identified *id, bool whole)
{
	bool unsure = false;

	direction_shares(&r->track, id->along);
	id->result = IDENTIFY_NO_COMMAND;
	/* a machine that stands may still begin */
	if ((!whole && advice_at_rest(r)) ||
	    find_command(r, o, id, &unsure) != 0) {
		if (!whole)
			track_drop(&r->track, r->track.n / 2);
		return;
	}
	if (begin(r, id, whole) != 0)
		return;
	if (unsure)
		try_others(r, id, whole);
}

/* How far a recognised sweep went, now that all of it is known. */
static void
find_end(struct recording *r, struct identified *id)
{
	struct command_spec all;
	bool unsure;

	if (recognise_sweep(r, &all, &unsure) == 0 &&
	    all.hz_per_s == id->command.hz_per_s)
		id->command.freq_end_hz = all.freq_end_hz;
}

void
identify(struct recording *r, const struct identify_options *o,
    struct identified *id, bool whole)
{
	bool before = id->stream != NULL;

	if (!r->raw || (whole && !before && r->track.n < 64)) {
		id->result = IDENTIFY_NO_COMMAND;
		id->why = "a spectrum has no time in it";
		return;
	}
	if (o->ringdown || (r->has_moves && !o->command)) {
		if (whole)
			ringdown(r, o, id);
		return;
	}
	if (before)
		frf_stream_feed(id->stream, &r->track, whole);
	else
		start(r, o, id, whole);
	if (!id->stream)
		return;
	if (!whole) {
		track_drop(&r->track, frf_stream_spare(id->stream, &r->track));
		return;
	}
	if (before && !id->command_given)
		find_end(r, id);
	if (before && id->command_given &&
	    frf_stream_end_s(id->stream) > r->last_s - r->first_s + 0.5) {
		id->result = IDENTIFY_NO_COMMAND;
		id->why = "the test takes longer than the recording";
	} else {
		fit(id);
	}
	frf_stream_free(id->stream);
	id->stream = NULL;
}

void
identified_release(struct identified *id)
{
	frf_release(&id->frf);
	frf_stream_free(id->stream);
	memset(id, 0, sizeof(*id));
}

const char *
identify_confidence(const struct identified *id)
{
	double worst = 0;

	for (int k = 0; k < id->modes.n; k++) {
		const struct mode *m = &id->modes.mode[k];

		if (m->weight > 0.1)
			worst = fmax(worst, m->sd_freq_hz / m->freq_hz);
	}
	if (id->coherence > 0.9 && worst < 0.005 && id->modes.explained > 0.8)
		return "high";
	if (id->coherence > 0.7 && worst < 0.02 &&
	    id->modes.explained > 0.8 * id->modes.coherent)
		return "medium";
	return "low";
}

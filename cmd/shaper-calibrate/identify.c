/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From one recording to its modes, and how far they can be believed. */
#include "identify.h"

#include <math.h>
#include <string.h>

#include "recognise.h"
#include "ringdown.h"

#define COHERENCE_MIN 0.5 /* below it the modes are somebody else's */
#define PEAK_MIN      1.6 /* the response must stand out of its surroundings */

static void
shares(const struct track *t, double along[3])
{
	double sum = 0;

	for (int k = 0; k < 3; k++) {
		double mean = 0, power = 0;

		for (size_t i = 0; i < t->n; i++)
			mean += (double)t->a[k][i] / (double)t->n;
		for (size_t i = 0; i < t->n; i++)
			power += pow((double)t->a[k][i] - mean, 2);
		along[k] = power;
		sum += power;
	}
	for (int k = 0; k < 3 && sum > 0; k++)
		along[k] /= sum;
}

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
fit(const struct recording *r, struct identified *id)
{
	double weight = 0;

	if (frf_measure(&id->frf, &r->track, r->fs_hz, id->direction,
		&id->command) != 0) {
		id->result = IDENTIFY_NO_COMMAND;
		id->why = "the test takes longer than the recording";
		return;
	}
	if (modes_fit(&id->frf, &id->modes) != 0) {
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
	else if (amplification(&id->modes) < PEAK_MIN)
		id->why = "the response is flat";
	else
		id->result = IDENTIFY_MODES;
}

/* With or without carrier, from 5 Hz on: what leaves less unexplained. */
static void
fit_again(const struct recording *r, struct identified *id)
{
	struct command_spec first = id->command;

	for (int i = 1; i < 4; i++) {
		struct identified other = *id;

		memset(&other.frf, 0, sizeof(other.frf));
		other.coherence = 0;
		other.result = IDENTIFY_NO_RESONANCE;
		other.command = first;
		if (i & 1)
			recognise_turn_carrier(&other.command);
		if (i & 2) {
			if (first.freq_start_hz > 15)
				break;
			other.command.freq_start_hz = 5;
		}
		fit(r, &other);
		if (other.result == IDENTIFY_MODES &&
		    (id->result != IDENTIFY_MODES ||
			other.modes.explained > id->modes.explained)) {
			frf_release(&id->frf);
			*id = other;
		} else {
			frf_release(&other.frf);
		}
	}
}

void
identify(const struct recording *r, const struct identify_options *o,
    struct identified *id)
{
	bool unsure = false;
	double share;

	memset(id, 0, sizeof(*id));
	id->result = IDENTIFY_NO_COMMAND;
	if (!r->raw || r->track.n < 64) {
		id->why = "a spectrum has no time in it";
		return;
	}
	shares(&r->track, id->along);
	id->command_given = true;
	if (o->command)
		id->command = *o->command;
	else if (r->has_command)
		id->command = r->command;
	else
		id->command_given = false;
	if (!id->command_given &&
	    recognise_sweep(r, &id->command, &unsure) != 0) {
		id->why = "no sweep is recognised in it";
		return;
	}
	frf_main_direction(&r->track, id->direction, &share);
	frf_snap_direction(id->direction);
	if (o->direction)
		memcpy(id->direction, o->direction, sizeof(id->direction));
	else if (id->command.direction[0] != 0 ||
		 id->command.direction[1] != 0 || id->command.direction[2] != 0)
		memcpy(id->direction, id->command.direction,
		    sizeof(id->direction));
	id->result = IDENTIFY_NO_RESONANCE;
	fit(r, id);
	if (unsure)
		fit_again(r, id);
}

void
identify_ringdown(const struct recording *r, const struct identify_options *o,
    struct identified *id)
{
	double share;

	memset(id, 0, sizeof(*id));
	id->result = IDENTIFY_NO_RESONANCE;
	if (!r->raw || r->track.n < 64) {
		id->why = "a spectrum has no time in it";
		return;
	}
	shares(&r->track, id->along);
	frf_main_direction(&r->track, id->direction, &share);
	frf_snap_direction(id->direction);
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

void
identified_release(struct identified *id)
{
	frf_release(&id->frf);
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
	if (id->coherence > 0.7 && worst < 0.02)
		return "medium";
	return "low";
}

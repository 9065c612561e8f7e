/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test motion: what the machine was told to do. */
#ifndef GANTRY_SHAPER_COMMAND_H
#define GANTRY_SHAPER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Pulses: half cycles from rest to rest, each accelerating by a = +-A f for a
 * quarter period and braking for another, f rising by R Hz a second.  The
 * sweeping test adds a slow carrier of +-S mm/s2 with period P, so that no
 * motor stays on one step.
 */
struct command_spec {
	double freq_start_hz, freq_end_hz;
	double accel_per_hz;	  /* A */
	double hz_per_s;	  /* R */
	double sweeping_accel;	  /* S, mm/s2 */
	double sweeping_period_s; /* P; 0: pulses only */
	double direction[3];	  /* unit length; zeros: not known */
};

/* The usual sweeping test: 5 to 135 Hz, 60, 1, 400, 1.2. */
extern const struct command_spec command_default;

/* constant acceleration until end_s */
struct command_segment {
	double end_s, accel_mm_s2, freq_hz;
	double start_v_mm_s; /* speed at its begin */
};

struct command {
	struct command_segment *segment;
	size_t n;
	/* over all segments, mm and mm/s from the start at rest at 0 */
	double max_v, max_accel, lowest, highest, end_v, end_pos;
};

void command_build(struct command *, const struct command_spec *);
/* Pulses of one frequency for about that long. */
void command_constant(
    struct command *, double freq_hz, double accel_per_hz, double time_s);
void command_release(struct command *);

/* "KEY=NUMBER KEY=NUMBER ..." into the doubles at these offsets: 0, or -1 with
 * the offset of the trouble in *at. */
struct command_word {
	const char *key;
	size_t offset;
	double min, max;
};
int command_words(const struct command_word *, int n_words, void *to,
    const char *text, size_t len, size_t *at);

/* "freq_start=5 freq_end=135 ..." as a comment carries it; 0, or -1 with the
 * offset of the trouble in *at. */
int command_parse(
    struct command_spec *, const char *text, size_t len, size_t *at);
void command_format(const struct command_spec *, struct buf *out);

/* The segments one after the other, in constant memory however many. */
struct command_walk {
	struct command_spec spec;
	const struct command *stored; /* instead of them, if not NULL */
	size_t at;
	double freq_hz, sign, t_s; /* of the half cycle */
	int quarter;
	double carrier, edge_s; /* mm/s2 and when it turns */
	int edges;
	bool ended;
	double last_s, last_v; /* where the next segment begins */
	/* the segment that command_means() is in; it outlives the command */
	struct command_segment now;
	double now_from_s, stop_accel;
};

/* stop_accel: how the machine brakes after the last segment, for
 * command_means(). */
void command_walk_init(
    struct command_walk *, const struct command_spec *, double stop_accel);
/* the same through a list, which is borrowed */
void command_walk_stored(
    struct command_walk *, const struct command *, double stop_accel);
/* false: there are no more */
bool command_walk_next(struct command_walk *, struct command_segment *);

/* How long it takes, to within half a cycle. */
double command_length_s(const struct command_spec *);

/*
 * The mean accelerations over n steps of h, the first one around t; times
 * rise from call to call.
 */
void command_means(
    struct command_walk *, double t_s, double h_s, double *out, size_t n);

#endif

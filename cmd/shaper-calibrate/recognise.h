/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which test motion a recording shows, when nobody has written it down. */
#ifndef GANTRY_SHAPER_RECOGNISE_H
#define GANTRY_SHAPER_RECOGNISE_H

#include "command.h"
#include "recording.h"

/*
 * Follows the loudest frequency through the spectrogram: a sweep is a straight
 * line that most columns lie on.  Start, end and rate are rounded to what
 * people use.  0, or -1 when no line stands out.  *unsure: the sensor is too
 * noisy to see whether there was a carrier.
 */
int recognise_sweep(
    const struct recording *, struct command_spec *, bool *unsure);

/* Adds the usual carrier, or takes it away. */
void recognise_turn_carrier(struct command_spec *);

#endif

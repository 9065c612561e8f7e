/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stepstream and mcu-sim say to each other in lock-step. */
#ifndef GANTRY_PROTO_LOCKSTEP_H
#define GANTRY_PROTO_LOCKSTEP_H

#include <stdint.h>

/*
 * stepstream starts `mcu-sim --lockstep` with one end of a socketpair as its
 * standard input and output.  There is one virtual clock, the simulator's, in
 * its own ticks (64 bit, 0 at boot).  All integers little-endian.
 *
 *   simulator, once:  "GLS1", u32 clock_freq
 *   host:             u8 'R', u64 until, u32 n, n bytes
 *   simulator:        u8 'A', u64 clock, u32 n, n bytes
 *
 * R hands over the n bytes that the host writes to the link at the present
 * moment and lets the machine run to `until`, or to the first moment at which
 * the firmware has said something, whichever comes first; A gives the moment
 * reached and those bytes.  Line speed is modelled by the simulator: bytes
 * take 10 bit times each way.  `until` at or before the present moment hands
 * over bytes without letting time pass.  End of file ends the simulation:
 * the simulator runs on until its queues are empty and its heaters are off
 * (at most 10 s of its time), writes its reports and exits.
 */
#define LOCKSTEP_MAGIC	  "GLS1"
#define LOCKSTEP_HELLO	  8
#define LOCKSTEP_RUN	  'R'
#define LOCKSTEP_ANSWER	  'A'
#define LOCKSTEP_HEAD	  13 /* op, clock, count */
#define LOCKSTEP_DATA_MAX 65536

#endif

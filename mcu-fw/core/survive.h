/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known after a reset of the life before it. */
#ifndef GANTRY_FW_SURVIVE_H
#define GANTRY_FW_SURVIVE_H

#include <stdint.h>

/*
 * A reset leaves memory as it is, unless the power was gone for long or a boot
 * loader wrote over it.  So the objects of the last life are found again, and
 * where each motor stood is read from them: it costs a step nothing.  Two
 * checksums, made by finalize_config over all that does not change afterwards,
 * tell whether they can be believed; else there is no report.
 *
 * get_reset_state says how many motors are known, the checksum of their
 * configuration, and the reason if it had shut down; get_reset_position one of
 * them: its oid, its steps as stepper_get_position counts them (two more or
 * less when the reset came in the middle of a step), and how fast it was then,
 * as ticks between two steps; 0: it stood.  A motor that slowed down by itself
 * (dry_stop.h) stood.  The report is kept until another life has been
 * configured and has ended, by a reset or by a shutdown.
 */
void survive_begin(void);		   /* before any memory is given out */
void survive_note(uint32_t config_crc);	   /* configured */
void survive_note_reason(uint16_t reason); /* shut down; 0: runs again */

#endif

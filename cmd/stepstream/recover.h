/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Brings the journal of a print up to what the board itself remembers. */
#ifndef STEPSTREAM_RECOVER_H
#define STEPSTREAM_RECOVER_H

#include "session.h"

/*
 * The session's objects are made and the board is connected, not configured.
 * Asks it where its motors stand and writes that into the journal, with the
 * axes that have certainly kept their place.  An exit status.
 */
int recover(struct session *, const char *journal);

#endif

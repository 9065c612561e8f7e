/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal of a print that has ended, read and amended. */
#ifndef STEPSTREAM_JOURNAL_H
#define STEPSTREAM_JOURNAL_H

#include <stdint.h>

#include "base/diag.h"

struct journal {
	const char *path;
	struct diag_sink *sink;
	void *root;
	uint32_t board; /* checksum of the configuration it had */
	uint32_t homed; /* bit 0: X ... */
};

/* 0, or an exit status with everything said; then nothing is to be closed. */
int journal_open(struct journal *, const char *path, struct diag_sink *);
void journal_close(struct journal *);
/* It is no good: says why, gives the exit status. */
int journal_bad(const struct journal *, const char *why);
/* The coordinate of a motor where its counter is 0; NaN: not told. */
double journal_zero(const struct journal *, const char *motor);
/*
 * Replaces it: everything stands at this machine position, and axes that have
 * kept it, and why others have not ("": all have).  An exit status.
 */
int journal_amend(
    struct journal *, const double pos[4], const char *kept, const char *why);

#endif

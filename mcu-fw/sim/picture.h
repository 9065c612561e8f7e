/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of what was laid down. */
#ifndef GANTRY_SIM_PICTURE_H
#define GANTRY_SIM_PICTURE_H

#include "base/diag.h"
#include "mcu-fw/sim/laid.h"

struct picture_info {
	double bed_min[2], bed_max[2]; /* mm */
	const char *title;	       /* the machine, the file */
};

/*
 * Writes FILE.svg or FILE.png (by its ending) beside itself and renames.  The
 * large view looks from the front right on all that stands higher than the
 * first layer; the small one shows the whole bed from above.  0, or -1 after
 * reporting to the sink: another ending, PNG without cairo, nothing was laid
 * down, or the file could not be written.
 */
int picture_write(const char *path, const struct laid *,
    const struct picture_info *, struct diag_sink *);

/* Whether picture_write() can make this file at all; -1 after reporting. */
int picture_check_name(const char *path, struct diag_sink *);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every complaint of camctl about a file, by its slug. */
#ifndef GANTRY_CAMCTL_COMPLAIN_H
#define GANTRY_CAMCTL_COMPLAIN_H

#include "base/diag.h"

enum complaint {
	BAD_AUTH_FILE,
	BAD_CAMERA,
	BAD_CROWSNEST,
	NOT_CARRIED,
	BAD_EVENT,
	CAMERA_NOT_FOUND,
	CAMERA_REFUSED,
	CAMERA_NUMBER,
	CAMERA_TWICE,
	CAMERA_FORMAT,
	CAMERA_CONTROL,
	CAMERA_BUS,
};

void complain(struct diag_sink *, enum complaint, const struct diag_place *,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real camera as a source of pictures. */
#ifndef GANTRY_CAMCTL_SOURCE_V4L2_H
#define GANTRY_CAMCTL_SOURCE_V4L2_H

#include "controls.h"
#include "device.h"
#include "source.h"

/*
 * Looks for the camera anew at each opening, so that it is found again under
 * whatever number it comes back.  The texts are copied; set holds the controls
 * of the configuration, saved (NULL: none) names a file with those that were
 * set by hand and which win; both are applied at each opening.
 */
struct source *source_v4l2_new(
    const struct device_match *, const struct settings *set, const char *saved);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motion JPEG in an AVI file: the plainest film there is. */
#ifndef GANTRY_CAMCTL_AVI_H
#define GANTRY_CAMCTL_AVI_H

#include <stddef.h>
#include <stdint.h>

#include "io/file.h"

/* n pictures of these lengths, one after the other in spool, as one RIFF of at
 * most 2 GB.  0, or -1 with errno (EFBIG: too long). */
int avi_write(struct file_output *out, int spool, const size_t *length,
    uint64_t n, int width, int height, double fps);

#endif

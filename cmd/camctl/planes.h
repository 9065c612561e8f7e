/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a raw picture as the planes that a JPEG of 4:2:0 is made of. */
#ifndef GANTRY_CAMCTL_PLANES_H
#define GANTRY_CAMCTL_PLANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "picture.h"

struct planes {
	const uint8_t *p[3];
	int stride[3];
	bool grey; /* the first alone */
};

/* What planes_of() needs of tile. */
size_t planes_tile_size(int width, int rows);

/*
 * Rows row..row+rows-1 of the picture (row even; rows even but for the
 * last), in tile or where they are.  For every layout but RGB and JPEG.  The
 * chroma of two rows is their mean.
 */
void planes_of(const struct picture *, int row, int rows, uint8_t *tile,
    struct planes *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which camera a filter means, and by which way it reaches it. */
#ifndef GANTRY_CAMCTL_PICK_H
#define GANTRY_CAMCTL_PICK_H

#include "camera.h"

struct pick {
	const char *config; /* -c */
	const char *source; /* --source */
	double fps;
	uint32_t quality;
};

/*
 * In this order: the source given; a camctl that serves already, since one
 * process alone can own a camera; the camera of the configuration (its only
 * one when name is NULL).  Exits with a word to the user when there is none.
 */
/* The stream of the server that runs; NULL if none does. */
struct source *pick_from_server(const char *name);

struct source *pick_source(
    const struct pick *, const char *name, struct camera_config *);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTTP server: one thread, all cameras, all clients. */
#ifndef GANTRY_CAMCTL_SERVER_H
#define GANTRY_CAMCTL_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "auth.h"
#include "camera.h"

struct server_limits {
	int clients;	   /* connections at a time */
	size_t frame_room; /* bytes that slow clients may hold in frames */
};

/* What we may use; 0: no limit. */
struct server_budget {
	double cpu;	  /* of one core, 1.0 is all of it */
	double bandwidth; /* bytes a second to all clients */
};

struct server_camera {
	const char *name;
	struct camera_config config;
	struct source *source; /* taken over */
};

/* A camera as it shall be from now on. */
struct server_change {
	struct server_camera camera; /* source NULL: it stays what it is */
	int was;		     /* its index until now, -1: it is new */
};

struct server_config {
	const struct server_camera *camera; /* at least one */
	int n_cameras;
	struct server_limits limits;
	struct server_budget budget, printing; /* while a print runs */
	const char *const *print_signs;	       /* files: see printing.h */
	int n_print_signs;
	const struct auth *auth; /* NULL: anybody */
};

struct server;
/* NULL: the system refuses. */
struct server *server_new(const struct server_config *);
/* A listening descriptor, taken over; camera is what its root stands for,
 * open means that auth does not apply (a socket guarded by its file). */
void server_listen(struct server *, int fd, int camera, bool open);
/* From the loop: these cameras in this order instead; viewers of a camera that
 * stays, changed or not, stay too.  At least one. */
void server_rearrange(struct server *, const struct server_change *, int n);
/* This port, where the root stands for this camera, is given up. */
void server_unlisten(struct server *, int camera, int port);
/* Calls when SIGHUP comes; without this it ends the server. */
void server_on_hangup(struct server *, void (*call)(void *arg), void *arg);
/* Until a signal comes; then closes everything. */
void server_run(struct server *);
void server_free(struct server *);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sockets that wait for clients: TCP, unix, or handed over by systemd. */
#ifndef GANTRY_CAMCTL_LISTEN_H
#define GANTRY_CAMCTL_LISTEN_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * "127.0.0.1:8080", "[::1]:8080", ":8080" (loopback), "*:8080" (every
 * interface) or "unix:PATH"; port 0 lets the system choose.  A unix socket
 * that nobody serves any more is replaced.  Returns a descriptor that does not
 * block, or -1 with a reason.
 */
int listen_open(const char *spec, struct buf *why);
/* The same grammar for a client; "" in why is never left on -1. */
int listen_connect(const char *spec, struct buf *why);

/* What an address that listens is called: "127.0.0.1:8080", "unix:/run/x". */
void listen_name(int fd, struct buf *out);
int listen_port(int fd);	 /* 0: of a unix socket */
bool listen_is_loopback(int fd); /* or a unix socket */
void listen_close(int fd);	 /* removes the file of a unix socket */

/*
 * systemd's socket activation: the number of descriptors handed over to this
 * process, from 3 on; the environment variables are removed.
 */
enum {
	LISTEN_FIRST_FD = 3
};
int listen_inherited(void);

/* A word to the service manager ("READY=1"); nothing without one. */
void notify_manager(const char *state);
/* Half of the watchdog's time in ms; 0: nobody watches. */
int notify_watchdog_ms(void);

#endif

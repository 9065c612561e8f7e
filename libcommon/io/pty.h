/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pseudo-terminal under a name of our choice. */
#ifndef GANTRY_IO_PTY_H
#define GANTRY_IO_PTY_H

struct pty;

/*
 * Makes a raw pseudo-terminal and puts a symbolic link to it at `link`, where
 * no file or an older link may be.  NULL with errno on failure; EEXIST: there
 * is something else.
 */
struct pty *pty_open(const char *link);
void pty_close(struct pty *); /* removes the link; NULL is nothing */
/* Our end; reads and writes do not block. */
int pty_fd(const struct pty *);

#endif

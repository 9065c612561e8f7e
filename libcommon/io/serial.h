/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serial devices and pseudo-terminals, as descriptors for poll(2). */
#ifndef GANTRY_IO_SERIAL_H
#define GANTRY_IO_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct serial;

/*
 * Opens the device for ourselves alone: raw, 8N1, not blocking, RTS and DTR
 * on.  A pseudo-terminal has no line speed.  NULL with errno on failure.
 */
struct serial *serial_open(const char *path, uint32_t baud);
void serial_close(struct serial *);
int serial_fd(const struct serial *);
/* False for a pseudo-terminal: no line, no speed, no reset wire. */
bool serial_has_line(const struct serial *);
int serial_set_baud(struct serial *, uint32_t baud);
void serial_set_dtr(struct serial *, bool on);
/* Drops what was written and has not left yet; what came in and was not
 * read. */
void serial_drop_output(struct serial *);
void serial_drop_input(struct serial *);

/* Appends the serial devices of this computer, "NAME (DESCRIPTION), ..." with
 * the stable names of /dev/serial/by-id where there are; how many. */
int serial_list(struct buf *out);

#endif

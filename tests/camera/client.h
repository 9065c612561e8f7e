/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Test clients of camctl serve: kind ones and others. */
#ifndef GANTRY_TESTS_CLIENT_H
#define GANTRY_TESTS_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

extern const char *client_address;

int64_t client_wall_us(void);
/* Connected to the server; ends the program when that fails. */
int client_connect(void);
int client_try_connect(void); /* -1 instead */
void client_ask(int fd, const char *path);
/* The head of a response into head; what came behind it into rest. */
void client_head(int fd, struct buf *head, struct buf *rest);

/*
 * Parsers written after the descriptions of the two front ends' own: what is
 * behind the response's head is fed as it comes; each picture is given to
 * the callback once that front end would show it.
 */
struct parser {
	struct buf in;
	int pictures;
	const char *wrong; /* the rule that was broken */
	int64_t stamp_us;  /* X-Timestamp of the picture being read */
	/* of the last one */
	const uint8_t *data;
	size_t len;
	/* one of them */
	size_t need, head_end;
	int in_body;
	char boundary[80];
};
void mainsail_feed(struct parser *, const void *data, size_t len,
    void (*show)(struct parser *));
void fluidd_feed(struct parser *, const void *data, size_t len,
    void (*show)(struct parser *));
/* content type of the response; 0 or -1 with wrong set */
int fluidd_begin(struct parser *, const char *head);

int hostile(int argc, char **argv);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One request of the control socket, read. */
#ifndef STEPSTREAM_CONTROL_REQUEST_H
#define STEPSTREAM_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

struct control_request {
	char name[64];	  /* "pause" */
	char heater[64];  /* "" when absent */
	char object[256]; /* likewise */
	double target, factor;
	bool has_target, has_factor;
};

/* NULL, or what is wrong with the len bytes. */
const char *control_request_read(
    struct control_request *, const char *text, size_t len);

#endif

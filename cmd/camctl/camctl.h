/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The subcommands of camctl, and what they share. */
#ifndef GANTRY_CAMCTL_CAMCTL_H
#define GANTRY_CAMCTL_CAMCTL_H

#include <stdbool.h>

#include "cli/cli.h"

/* Each parses its own options (argv[0] is its name) and returns the status. */
int cmd_serve(int argc, char **argv);
int cmd_grab(int argc, char **argv);
int cmd_stream(int argc, char **argv);

/* a name that can stand in a URL, a file name and a key: letters, digits,
 * '-' and '_', at most 32 */
bool camera_name_ok(const char *name);

#endif

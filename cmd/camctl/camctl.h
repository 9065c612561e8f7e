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
int cmd_timelapse(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_set(int argc, char **argv);
int cmd_link(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_import(int argc, char **argv);

/* cli_parse(); then a reader that goes away is an event, and no death. */
void parse_streamer(const struct cli_program *, int *argc, char ***argv);

struct cameras;
struct device;
struct devices;
/* list.c: what a user names on the line: a configured camera, a node or a
 * link, NULL: the only one there is.  Exits with a word when there is none. */
const struct device *choose_device(
    const struct devices *, const struct cameras *, const char *name);

/* a name that can stand in a URL, a file name and a key: letters, digits,
 * '-' and '_', at most 32 */
bool camera_name_ok(const char *name);

#endif

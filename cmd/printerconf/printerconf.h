/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of printerconf share. */
#ifndef GANTRY_PRINTERCONF_H
#define GANTRY_PRINTERCONF_H

#include "cli/cli.h"
#include "machine/machine.h"
#include "machine/tree.h"

/* One function a subcommand; argv[0] is its name. */
int cmd_import(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_get(int argc, char **argv);
int cmd_set(int argc, char **argv);
int cmd_motor(int argc, char **argv);
int cmd_keys(int argc, char **argv);

/* The tree of -c FILE or of the file that is found; exits 78 (66 when it
 * cannot be opened) after the complaints. */
struct tree *open_tree(const char *config, unsigned flags);
/* The exit status for a configuration that was refused. */
enum cli_status refused_status(const char *path);

/* A tree as the text of a printer.conf.  macros: the list of files. */
enum conf_flags {
	CONF_DEFAULTS = 1, /* with defaults, marked */
};
void conf_write(const struct tree *, const char *const *macros, int n_macros,
    unsigned flags, struct buf *out);
/* The name of the group for a section's suffix, made a libconfig name. */
void conf_group_name(const char *suffix, struct buf *out);

#endif

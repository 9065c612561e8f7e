/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The subcommands: each parses its own options and returns the status. */
#ifndef GANTRY_SHAPER_CMD_H
#define GANTRY_SHAPER_CMD_H

int cmd_analyze(int argc, char **argv);
int cmd_axes_map(int argc, char **argv);
int cmd_belts(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_excite(int argc, char **argv);
int cmd_noise(int argc, char **argv);
int cmd_sweep(int argc, char **argv);
int cmd_vibrations(int argc, char **argv);

#endif

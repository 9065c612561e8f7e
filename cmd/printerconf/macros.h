/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The macros of a Klipper configuration as files of their own. */
#ifndef GANTRY_PRINTERCONF_MACROS_H
#define GANTRY_PRINTERCONF_MACROS_H

#include "base/buf.h"
#include "lang/klippercfg.h"

/*
 * Macro sections are copied as they stand, comments included, each file to
 * one of the same name; those of the main file go to macros.cfg.  The copies
 * are read back: if they would not mean the same (sections that only work
 * because of what surrounds them), one file is written from the values.
 */
struct macro_file {
	char *name; /* below the folder, "KAMP/Line_Purge.cfg" */
	struct buf text;
};

struct macro_files {
	struct macro_file *file;
	int n;
	unsigned macros;
};

void macro_files_init(struct macro_files *, const struct klippercfg *);
void macro_files_release(struct macro_files *);

#endif

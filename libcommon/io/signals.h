/* SPDX-License-Identifier: GPL-3.0-or-later */
/* INT and TERM through one self-pipe. */
#ifndef GANTRY_IO_SIGNALS_H
#define GANTRY_IO_SIGNALS_H

/*
 * After signals_begin() the first INT, TERM or HUP is only remembered and
 * makes signals_fd() readable; the program ends its work and calls
 * signals_raise(), which dies of that signal.  The second one removes
 * unfinished output files and dies at once.
 */
void signals_begin(void);
int signals_fd(void);	   /* for poll(2); -1 before signals_begin() */
int signals_pending(void); /* the first signal's number, 0 if none */
void signals_raise(void);  /* dies of signals_pending(); returns if none */

#endif

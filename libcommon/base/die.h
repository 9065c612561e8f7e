/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only two ways to end the process below cli/: our bug, no memory. */
#ifndef GANTRY_BASE_DIE_H
#define GANTRY_BASE_DIE_H

/* Exit 70 after one line on stderr: an invariant of ours does not hold. */
#define BUG(...) die_bug(__FILE__, __LINE__, __VA_ARGS__)

void die_bug(const char *file, int line, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 3, 4)));

/* Exit 71: the system refused memory. */
void die_no_memory(void) __attribute__((noreturn));

#endif

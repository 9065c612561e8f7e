/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only two ways to end the process below cli/. */
#include "base/die.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
die_bug(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "gantry: bug at %s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(70);
}

void
die_no_memory(void)
{
	fputs("gantry: out of memory\n", stderr);
	exit(71);
}

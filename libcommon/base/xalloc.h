/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation that never returns NULL (die_no_memory() instead). */
#ifndef GANTRY_BASE_XALLOC_H
#define GANTRY_BASE_XALLOC_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
void *xreallocarray(void *p, size_t n, size_t size); /* overflow checked */
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

/*
 * Makes room for at least n elements in the array x of alloc elements;
 * grows by half.  x and alloc are lvalues.
 */
#define ALLOC_GROW(x, n, alloc)                                                \
	do {                                                                   \
		if ((n) > (alloc)) {                                           \
			size_t grow_ = (size_t)(alloc) + (alloc) / 2 + 16;     \
			if (grow_ < (size_t)(n))                               \
				grow_ = (size_t)(n);                           \
			(x) = xreallocarray((x), grow_, sizeof(*(x)));         \
			(alloc) = grow_;                                       \
		}                                                              \
	} while (0)

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation that never returns NULL. */
#include "base/xalloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

void *
xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		die_no_memory();
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		die_no_memory();
	return p;
}

void *
xrealloc(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);

	if (!p)
		die_no_memory();
	return p;
}

void *
xreallocarray(void *old, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		die_no_memory();
	return xrealloc(old, n * size);
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *
xstrndup(const char *s, size_t n)
{
	char *p;

	n = strnlen(s, n);
	p = xmalloc(n + 1);
	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

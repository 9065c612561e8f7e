/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The few functions of string.h that the firmware needs, without a libc. */
#include <string.h>

#pragma GCC optimize("no-tree-loop-distribute-patterns")

void *
memcpy(void *to, const void *from, size_t n)
{
	char *p = to;
	const char *q = from;

	while (n-- > 0)
		*p++ = *q++;
	return to;
}

void *
memmove(void *to, const void *from, size_t n)
{
	char *p = to;
	const char *q = from;

	if (p <= q)
		return memcpy(to, from, n);
	while (n-- > 0)
		p[n] = q[n];
	return to;
}

void *
memset(void *to, int c, size_t n)
{
	char *p = to;

	while (n-- > 0)
		*p++ = (char)c;
	return to;
}

void *
memchr(const void *at, int c, size_t n)
{
	const unsigned char *p = at;

	for (; n > 0; n--, p++)
		if (*p == (unsigned char)c)
			return (void *)(unsigned long)p;
	return NULL;
}

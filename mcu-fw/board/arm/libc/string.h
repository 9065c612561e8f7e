/* SPDX-License-Identifier: GPL-3.0-or-later */
/* string.h of chips without a libc: see ../string.c. */
#ifndef GANTRY_FW_LIBC_STRING_H
#define GANTRY_FW_LIBC_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
void *memchr(const void *at, int c, size_t n);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A growing byte buffer; always NUL-terminated after the first add. */
#ifndef GANTRY_BASE_BUF_H
#define GANTRY_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

/* Invariant: data is NULL and cap 0, or data[len] == 0 and len < cap. */
struct buf {
	char *data;
	size_t len;
	size_t cap;
};

#define BUF_INIT                                                               \
	{                                                                      \
		NULL, 0, 0                                                     \
	}

void buf_init(struct buf *);
void buf_release(struct buf *); /* frees, back to BUF_INIT */
void buf_clear(struct buf *);	/* len = 0, keeps the memory */
void buf_grow(struct buf *, size_t extra);
void buf_add(struct buf *, const void *data, size_t len);
void buf_adds(struct buf *, const char *s);
void buf_addc(struct buf *, char c);
void buf_addf(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));
void buf_consume(struct buf *, size_t n); /* drops n bytes at the front */
char *buf_detach(struct buf *);		  /* caller frees; never NULL */

#endif

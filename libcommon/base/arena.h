/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that is freed all at once: one arena a job or a line. */
#ifndef GANTRY_BASE_ARENA_H
#define GANTRY_BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
	struct arena_block *block; /* newest first */
};

#define ARENA_INIT                                                             \
	{                                                                      \
		NULL                                                           \
	}

void arena_init(struct arena *);
void arena_release(struct arena *); /* frees everything */
void arena_clear(struct arena *);   /* forgets everything, keeps one block */
void *arena_alloc(struct arena *, size_t size); /* 16-byte aligned, zeroed */
char *arena_strdup(struct arena *, const char *s);
char *arena_strndup(struct arena *, const char *s, size_t n);

#endif

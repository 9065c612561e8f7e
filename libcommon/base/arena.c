/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that is freed all at once. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"

#define BLOCK_SIZE 16384

struct arena_block {
	struct arena_block *next; /* older */
	size_t used, size;
	_Alignas(16) unsigned char data[];
};

void
arena_init(struct arena *a)
{
	a->block = NULL;
}

void
arena_release(struct arena *a)
{
	while (a->block) {
		struct arena_block *next = a->block->next;

		free(a->block);
		a->block = next;
	}
}

void
arena_clear(struct arena *a)
{
	while (a->block && a->block->next) {
		struct arena_block *next = a->block->next;

		free(a->block);
		a->block = next;
	}
	if (a->block)
		a->block->used = 0;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->block;
	void *p;

	if (size > SIZE_MAX / 2)
		die_no_memory();
	size = (size + 15) & ~(size_t)15;
	if (!b || b->size - b->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		b = xmalloc(sizeof(*b) + room);
		b->next = a->block;
		b->used = 0;
		b->size = room;
		a->block = b;
	}
	p = b->data + b->used;
	b->used += size;
	memset(p, 0, size);
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p;

	n = strnlen(s, n);
	p = arena_alloc(a, n + 1);
	memcpy(p, s, n);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

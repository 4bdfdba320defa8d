/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bump allocator: config and plan live in one arena and are freed at once;
 * nobody frees single fields. Memory is zeroed and aligned for any type.
 * All functions return NULL (or -ENOMEM) when memory or the limit is used up.
 */
#ifndef URUN_BASE_ARENA_H
#define URUN_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used;  /* bytes handed out so far */
	size_t limit; /* 0 = none; a bound for input-driven growth */
};

#define ARENA_INIT                                  \
	{                                           \
		.head = NULL, .used = 0, .limit = 0 \
	}

void *arena_alloc(struct arena *a, size_t size);

/* count * size with an overflow check. */
void *arena_calloc(struct arena *a, size_t count, size_t size);

char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Makes sure that the next `size` bytes are served without a call to malloc
 * (the child may not allocate after clone: architecture.md, decision 7).
 */
int arena_reserve(struct arena *a, size_t size);

void arena_free(struct arena *a);

#define cleanup_arena __attribute__((cleanup(arena_free)))

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: zeroed, aligned, bounded, and without malloc where it was reserved. */
#include <errno.h>
#include <malloc.h>
#include <stdalign.h>
#include <stdint.h>

#include "../tap.h"
#include "base/arena.h"

static bool is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static void test_memory(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	bool aligned = true, zeroed = true, apart = true;
	unsigned char *last = NULL;

	for (size_t i = 1; i < 3000; i++) {
		size_t size = i % 97 + 1;
		unsigned char *p = arena_alloc(&a, size);

		if (!p)
			break;
		aligned = aligned && (uintptr_t)p % alignof(max_align_t) == 0;
		zeroed = zeroed && is_zero(p, size);
		apart = apart && p != last;
		memset(p, 0xff, size);
		last = p;
	}
	ok(aligned, "memory is aligned for any type");
	ok(zeroed, "memory is zeroed");
	ok(apart, "each piece is its own");
	ok(arena_alloc(&a, 5 << 20) != NULL, "a piece larger than any block");
	ok(arena_alloc(&a, SIZE_MAX) == NULL, "SIZE_MAX is refused");
	ok(arena_calloc(&a, SIZE_MAX / 2, 3) == NULL, "count * size may not wrap");
}

static void test_strings(void)
{
	cleanup_arena struct arena a = ARENA_INIT;

	is_str(arena_strdup(&a, "abc"), "abc", "strdup");
	is_str(arena_strndup(&a, "abcdef", 3), "abc", "strndup");
	is_str(arena_printf(&a, "%s-%d", "x", 7), "x-7", "printf");
	is_str(arena_printf(&a, "%s", ""), "", "printf of nothing");
}

static void test_limit(void)
{
	cleanup_arena struct arena a = { .limit = 4096 };
	int n = 0;

	while (n < 1000 && arena_alloc(&a, 64))
		n++;
	is_int(n, 64, "the limit counts what was handed out");
	ok(arena_alloc(&a, 1) == NULL, "and stays");
	ok(arena_strdup(&a, "x") == NULL, "also for strings");
}

static void test_reserve(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct mallinfo2 before, after;

	arena_alloc(&a, 100);
	is_int(arena_reserve(&a, 300 << 10), 0, "reserve");
	before = mallinfo2();
	for (int i = 0; i < 300; i++)
		arena_alloc(&a, 1024);
	after = mallinfo2();
	ok(before.uordblks == after.uordblks && before.hblkhd == after.hblkhd,
	   "what is reserved is served without malloc");
}

int main(void)
{
	test_memory();
	test_strings();
	test_limit();
	test_reserve();
	return tap_done();
}

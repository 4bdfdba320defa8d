/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See key_set.h. Chains begin at their youngest key, hence popping the youngest
 * of all always takes the head of a chain.
 */
#include "json/key_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/decode.h"

struct open_key {
	const char *key;
	size_t len;
	uint32_t hash;
	uint16_t depth; /* of its object */
	uint16_t next;  /* index + 1 of the next in its chain */
};

static uint32_t hash_key(const char *s, size_t len, unsigned int depth)
{
	uint32_t h = 2166136261U ^ depth; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619U;
	return h ^ h >> 15;
}

static int grow(struct key_set *s)
{
	size_t cap = s->cap ? s->cap * 2 : 64;
	struct open_key *keys = reallocarray(s->keys, cap, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	s->keys = keys;
	s->cap = cap;
	return 0;
}

int key_set_add(struct key_set *s, unsigned int depth, const char *key, size_t len)
{
	uint32_t hash = hash_key(key, len, depth);
	uint16_t *bucket = &s->buckets[hash % KEY_SET_BUCKETS];
	struct open_key *k;

	for (uint16_t i = *bucket; i; i = k->next) {
		k = &s->keys[i - 1];
		if (k->hash == hash && k->depth == depth && k->len == len &&
		    memcmp(k->key, key, len) == 0)
			return -EEXIST;
	}
	if (s->n == JSON_OPEN_KEYS_MAX)
		return -E2BIG;
	if (s->n == s->cap && grow(s) < 0)
		return -ENOMEM;
	s->keys[s->n++] = (struct open_key){
		.key = key, .len = len, .hash = hash, .depth = (uint16_t)depth, .next = *bucket
	};
	*bucket = (uint16_t)s->n;
	return 0;
}

void key_set_pop(struct key_set *s, size_t n)
{
	while (n--) {
		const struct open_key *k = &s->keys[--s->n];

		s->buckets[k->hash % KEY_SET_BUCKETS] = k->next;
	}
}

void key_set_done(struct key_set *s)
{
	free(s->keys);
	*s = (struct key_set){ .keys = NULL };
}

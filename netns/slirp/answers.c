/* SPDX-License-Identifier: Apache-2.0 */
/* See answers.h. */
#include "netns/slirp/answers.h"

#include <stddef.h>

/* Of a few slots that a pair may be in, so that none is looked for everywhere. */
enum { WAYS = 8 };

static struct answer *ways_of(struct answers *a, const struct answer *key)
{
	uint32_t hash = (uint32_t)key->client * 40503U + key->server * 9973U + key->v6;

	return &a->slots[hash % (ANSWERS_MAX / WAYS) * WAYS];
}

static struct answer *find(struct answers *a, const struct answer *key)
{
	struct answer *s = ways_of(a, key);

	for (size_t i = 0; i < WAYS; i++)
		if (s[i].until_ms && s[i].client == key->client && s[i].server == key->server &&
		    s[i].v6 == key->v6)
			return &s[i];
	return NULL;
}

void answers_note(struct answers *a, struct answer key, uint64_t now_ms)
{
	struct answer *s = find(a, &key), *ways = ways_of(a, &key);

	for (size_t i = 0; !s && i < WAYS; i++)
		if (ways[i].until_ms <= now_ms)
			s = &ways[i];
	if (!s) {
		s = ways;
		for (size_t i = 1; i < WAYS; i++)
			if (ways[i].until_ms < s->until_ms)
				s = &ways[i];
	}
	*s = key;
	s->until_ms = now_ms + ANSWERS_LIFE_MS;
}

bool answers_has(struct answers *a, struct answer key, uint64_t now_ms)
{
	struct answer *s = find(a, &key);

	if (!s || s->until_ms <= now_ms)
		return false;
	s->until_ms = now_ms + ANSWERS_LIFE_MS;
	return true;
}

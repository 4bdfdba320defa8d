/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the objects that are open at the moment, to find duplicates. It
 * works as a stack: an object's keys are entered while it is the innermost one
 * and popped when it ends, so memory is bounded by JSON_OPEN_KEYS_MAX and not
 * by the document, and a flood of colliding keys costs little.
 */
#ifndef URUN_JSON_KEY_SET_H
#define URUN_JSON_KEY_SET_H

#include <stddef.h>
#include <stdint.h>

enum { KEY_SET_BUCKETS = 1024 };

struct open_key;

struct key_set { /* zeroed: empty */
	struct open_key *keys;
	size_t n, cap;
	uint16_t buckets[KEY_SET_BUCKETS]; /* index + 1 of the youngest */
};

/*
 * Enters `key`, which must stay valid until it is popped, for the object at
 * `depth`. -EEXIST: that object has it already; -E2BIG; -ENOMEM.
 */
int key_set_add(struct key_set *s, unsigned int depth, const char *key, size_t len);

/* Takes the n youngest out. */
void key_set_pop(struct key_set *s, size_t n);

void key_set_done(struct key_set *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing string with a maximum given at initialisation: no input can grow
 * memory without a bound. After a failed append the buffer remembers it
 * (strbuf_error()), so that a run of appends needs one check at its end.
 */
#ifndef URUN_BASE_STRBUF_H
#define URUN_BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *s;    /* always NUL-terminated, "" when empty (never NULL) */
	size_t len; /* without the NUL */
	size_t cap;
	size_t max;
	int error; /* 0, -ENOMEM or -E2BIG */
};

extern char strbuf_empty[1];

/* For a cleanup_strbuf: it must be one from its declaration on. */
#define STRBUF_INIT(max_bytes)                        \
	{                                             \
		.s = strbuf_empty, .max = (max_bytes) \
	}

void strbuf_init(struct strbuf *b, size_t max);
void strbuf_done(struct strbuf *b);
void strbuf_reset(struct strbuf *b);
int strbuf_add(struct strbuf *b, const void *p, size_t len);
int strbuf_adds(struct strbuf *b, const char *s);
int strbuf_addc(struct strbuf *b, char c);
int strbuf_addf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline int strbuf_error(const struct strbuf *b)
{
	return b->error;
}

/* Hands the malloc'd string over to the caller; NULL on an earlier error. */
char *strbuf_take(struct strbuf *b);

#define cleanup_strbuf __attribute__((cleanup(strbuf_done)))

#endif

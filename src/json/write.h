/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON writer into a bounded strbuf, pretty (two spaces) or compact. It never
 * escapes '/', and replaces invalid UTF-8 by U+FFFD, so that what an engine
 * reads is always lawful JSON, whatever bytes a path or an annotation holds.
 * Calls do not fail one by one: ask jw_done() once at the end.
 */
#ifndef URUN_JSON_WRITE_H
#define URUN_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

enum { JW_DEPTH_MAX = 64 };

struct json_writer {
	struct strbuf *out;
	bool pretty;
	bool misuse;    /* unbalanced or misplaced calls: a bug of the caller */
	bool after_key; /* the next value stands behind "key": */
	unsigned int depth;
	struct {
		bool is_object, has_items;
	} level[JW_DEPTH_MAX];
};

/* Appends to `out`, which stays the caller's. */
void jw_init(struct json_writer *w, struct strbuf *out, bool pretty);

void jw_object_begin(struct json_writer *w);
void jw_object_end(struct json_writer *w);
void jw_array_begin(struct json_writer *w);
void jw_array_end(struct json_writer *w);
void jw_key(struct json_writer *w, const char *key);
void jw_string(struct json_writer *w, const char *s);
void jw_stringn(struct json_writer *w, const char *s, size_t len);
void jw_u64(struct json_writer *w, uint64_t v);
void jw_i64(struct json_writer *w, int64_t v);
void jw_bool(struct json_writer *w, bool v);
void jw_null(struct json_writer *w);

/* v / 100, as "0.25"; a whole one has no decimals. */
void jw_hundredths(struct json_writer *w, uint64_t v);

/* A key and its value. */
void jw_member_string(struct json_writer *w, const char *key, const char *value);
void jw_member_u64(struct json_writer *w, const char *key, uint64_t value);
void jw_member_i64(struct json_writer *w, const char *key, int64_t value);
void jw_member_bool(struct json_writer *w, const char *key, bool value);

/* A key and an array of the strings up to NULL (`v` itself may be NULL). */
void jw_member_strings(struct json_writer *w, const char *key, const char *const *v);

/* A key and an array of n numbers. */
void jw_member_u32s(struct json_writer *w, const char *key, const uint32_t *v, size_t n);

/*
 * Ends a pretty document with a newline. 0, the strbuf's error, or -EINVAL
 * where the calls did not make one whole value.
 */
int jw_done(struct json_writer *w);

#endif

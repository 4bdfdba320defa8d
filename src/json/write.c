/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See write.h. Written over strbuf rather than yajl_gen, which stops at invalid
 * UTF-8, indents only by callback, and has an error to check at every call.
 */
#include "json/write.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "json/utf8.h"

void jw_init(struct json_writer *w, struct strbuf *out, bool pretty)
{
	*w = (struct json_writer){ .out = out, .pretty = pretty };
}

static void newline(struct json_writer *w)
{
	if (!w->pretty)
		return;
	strbuf_addc(w->out, '\n');
	for (unsigned int i = 0; i < w->depth; i++)
		strbuf_adds(w->out, "  ");
}

/* What stands between the previous item and this one. */
static void separate(struct json_writer *w)
{
	if (w->level[w->depth].has_items)
		strbuf_addc(w->out, ',');
	w->level[w->depth].has_items = true;
	if (w->depth)
		newline(w);
}

static void before_value(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	/* A second root, or a member without a key. */
	if (w->level[w->depth].is_object || (w->depth == 0 && w->level[0].has_items))
		w->misuse = true;
	separate(w);
}

static void begin(struct json_writer *w, bool is_object)
{
	before_value(w);
	strbuf_addc(w->out, is_object ? '{' : '[');
	if (w->depth + 1 >= JW_DEPTH_MAX) {
		w->misuse = true;
		return;
	}
	w->depth++;
	w->level[w->depth].is_object = is_object;
	w->level[w->depth].has_items = false;
}

static void end(struct json_writer *w, bool is_object)
{
	bool had_items;

	if (w->depth == 0 || w->after_key || w->level[w->depth].is_object != is_object) {
		w->misuse = true;
		return;
	}
	had_items = w->level[w->depth].has_items;
	w->depth--;
	if (had_items)
		newline(w);
	strbuf_addc(w->out, is_object ? '}' : ']');
}

void jw_object_begin(struct json_writer *w)
{
	begin(w, true);
}

void jw_object_end(struct json_writer *w)
{
	end(w, true);
}

void jw_array_begin(struct json_writer *w)
{
	begin(w, false);
}

void jw_array_end(struct json_writer *w)
{
	end(w, false);
}

/* One character or valid sequence; returns the bytes used of s. */
static size_t add_escaped(struct strbuf *out, const unsigned char *s, size_t len)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *hit = *s ? strchr(plain, *s) : NULL;
	size_t n;

	if (hit) {
		strbuf_addc(out, '\\');
		strbuf_addc(out, letters[hit - plain]);
		return 1;
	}
	if (*s < 0x20 || *s == 0x7f) {
		strbuf_addf(out, "\\u%04x", (unsigned int)*s);
		return 1;
	}
	n = utf8_sequence(s, len);
	if (n == 0) {
		strbuf_adds(out, "\xef\xbf\xbd"); /* U+FFFD */
		return 1;
	}
	strbuf_add(out, s, n);
	return n;
}

static void quoted(struct json_writer *w, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t run;

	strbuf_addc(w->out, '"');
	for (size_t i = 0; i < len;) {
		for (run = i; run < len && p[run] >= 0x20 && p[run] < 0x7f && p[run] != '"' &&
			      p[run] != '\\';)
			run++;
		if (run > i)
			strbuf_add(w->out, p + i, run - i);
		i = run;
		if (i < len)
			i += add_escaped(w->out, p + i, len - i);
	}
	strbuf_addc(w->out, '"');
}

void jw_key(struct json_writer *w, const char *key)
{
	if (w->after_key || !w->level[w->depth].is_object)
		w->misuse = true;
	separate(w);
	quoted(w, key, strlen(key));
	strbuf_adds(w->out, w->pretty ? ": " : ":");
	w->after_key = true;
}

void jw_stringn(struct json_writer *w, const char *s, size_t len)
{
	before_value(w);
	quoted(w, s, len);
}

void jw_string(struct json_writer *w, const char *s)
{
	jw_stringn(w, s, strlen(s));
}

void jw_u64(struct json_writer *w, uint64_t v)
{
	before_value(w);
	strbuf_addf(w->out, "%" PRIu64, v);
}

void jw_i64(struct json_writer *w, int64_t v)
{
	before_value(w);
	strbuf_addf(w->out, "%" PRId64, v);
}

void jw_null(struct json_writer *w)
{
	before_value(w);
	strbuf_adds(w->out, "null");
}

void jw_hundredths(struct json_writer *w, uint64_t v)
{
	before_value(w);
	strbuf_addf(w->out, "%" PRIu64, v / 100);
	if (v % 100)
		strbuf_addf(w->out, ".%02u", (unsigned int)(v % 100));
}

void jw_bool(struct json_writer *w, bool v)
{
	before_value(w);
	strbuf_adds(w->out, v ? "true" : "false");
}

void jw_member_string(struct json_writer *w, const char *key, const char *value)
{
	jw_key(w, key);
	jw_string(w, value);
}

void jw_member_u64(struct json_writer *w, const char *key, uint64_t value)
{
	jw_key(w, key);
	jw_u64(w, value);
}

void jw_member_i64(struct json_writer *w, const char *key, int64_t value)
{
	jw_key(w, key);
	jw_i64(w, value);
}

void jw_member_bool(struct json_writer *w, const char *key, bool value)
{
	jw_key(w, key);
	jw_bool(w, value);
}

void jw_member_strings(struct json_writer *w, const char *key, const char *const *v)
{
	jw_key(w, key);
	jw_array_begin(w);
	for (; v && *v; v++)
		jw_string(w, *v);
	jw_array_end(w);
}

void jw_member_u32s(struct json_writer *w, const char *key, const uint32_t *v, size_t n)
{
	jw_key(w, key);
	jw_array_begin(w);
	for (size_t i = 0; i < n; i++)
		jw_u64(w, v[i]);
	jw_array_end(w);
}

int jw_done(struct json_writer *w)
{
	if (w->misuse || w->depth || w->after_key || !w->level[0].has_items)
		return -EINVAL;
	if (w->pretty)
		strbuf_addc(w->out, '\n');
	return strbuf_error(w->out);
}

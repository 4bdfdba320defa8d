/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: forms, escapes, mending of bad bytes, and misuse that is told. */
#include "json/write.h"

#include <errno.h>

#include "../tap.h"

static void sample(struct json_writer *w)
{
	static const char *const list[] = { "a", "b", NULL };

	jw_object_begin(w);
	jw_member_string(w, "path", "/a/b");
	jw_member_u64(w, "big", UINT64_MAX);
	jw_member_i64(w, "small", INT64_MIN);
	jw_member_bool(w, "yes", true);
	jw_member_strings(w, "list", list);
	jw_member_strings(w, "none", NULL);
	jw_key(w, "empty");
	jw_object_begin(w);
	jw_object_end(w);
	jw_object_end(w);
}

static void test_forms(void)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(4096);
	struct json_writer w;

	jw_init(&w, &b, false);
	sample(&w);
	is_int(jw_done(&w), 0, "H02 a compact document is whole");
	is_str(b.s,
	       "{\"path\":\"/a/b\",\"big\":18446744073709551615,\"small\":-9223372036854775808,"
	       "\"yes\":true,\"list\":[\"a\",\"b\"],\"none\":[],\"empty\":{}}",
	       "H02 compact, '/' is not escaped");
	strbuf_reset(&b);
	jw_init(&w, &b, true);
	sample(&w);
	is_int(jw_done(&w), 0, "K02 a pretty document is whole");
	is_str(b.s,
	       "{\n  \"path\": \"/a/b\",\n  \"big\": 18446744073709551615,\n"
	       "  \"small\": -9223372036854775808,\n  \"yes\": true,\n  \"list\": [\n"
	       "    \"a\",\n    \"b\"\n  ],\n  \"none\": [],\n  \"empty\": {}\n}\n",
	       "K02 pretty, two spaces, empty ones on one line");
}

static void test_strings(void)
{
	static const struct {
		const char *in;
		size_t len;
		const char *want, *name;
	} rows[] = {
		{ "\"\\", 2, "\"\\\"\\\\\"", "quote and backslash" },
		{ "\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"", "short escapes" },
		{ "\x01\x1f\x7f", 3, "\"\\u0001\\u001f\\u007f\"", "control characters" },
		{ "a\0b", 3, "\"a\\u0000b\"", "NUL" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", 6, "\"\xc3\xa9\xf0\x9f\x98\x80\"", "UTF-8 stays" },
		{ "a\xff\xc3", 3, "\"a\xef\xbf\xbd\xef\xbf\xbd\"", "bad bytes become U+FFFD" },
		{ "\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "surrogates too" },
		{ "", 0, "\"\"", "empty" },
	};
	cleanup_strbuf struct strbuf b = STRBUF_INIT(4096);
	struct json_writer w;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strbuf_reset(&b);
		jw_init(&w, &b, false);
		jw_stringn(&w, rows[i].in, rows[i].len);
		ok(jw_done(&w) == 0 && strcmp(b.s, rows[i].want) == 0, "K02 string: %s",
		   rows[i].name);
	}
}

static int misuse(int which)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(64);
	struct json_writer w;

	jw_init(&w, &b, false);
	switch (which) {
	case 0: /* nothing */
		break;
	case 1: /* not ended */
		jw_object_begin(&w);
		break;
	case 2: /* ended as another */
		jw_object_begin(&w);
		jw_array_end(&w);
		break;
	case 3: /* member without a key */
		jw_object_begin(&w);
		jw_u64(&w, 1);
		jw_object_end(&w);
		break;
	case 4: /* key without a value */
		jw_object_begin(&w);
		jw_key(&w, "k");
		jw_object_end(&w);
		break;
	case 5: /* two roots */
		jw_u64(&w, 1);
		jw_u64(&w, 2);
		break;
	case 6: /* a key in an array */
		jw_array_begin(&w);
		jw_member_u64(&w, "k", 1);
		jw_array_end(&w);
		break;
	case 7: /* too deep */
		for (int i = 0; i < JW_DEPTH_MAX + 1; i++)
			jw_array_begin(&w);
		for (int i = 0; i < JW_DEPTH_MAX + 1; i++)
			jw_array_end(&w);
		break;
	default: /* over the bound */
		for (int i = 0; i < 100; i++)
			jw_string(&w, "0123456789");
	}
	return jw_done(&w);
}

static void test_numbers(void)
{
	static const uint64_t values[] = { 0, 1, 10, 99, 100, 12345, UINT64_MAX };
	cleanup_strbuf struct strbuf b = STRBUF_INIT(4096);
	struct json_writer w;

	jw_init(&w, &b, false);
	jw_array_begin(&w);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		jw_hundredths(&w, values[i]);
	jw_null(&w);
	jw_array_end(&w);
	is_int(jw_done(&w), 0, "K19 hundredths and null");
	is_str(b.s, "[0,0.01,0.10,0.99,1,123.45,184467440737095516.15,null]",
	       "K19 as JSON has them");
}

int main(void)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(8);
	struct json_writer w;

	test_forms();
	test_numbers();
	test_strings();
	for (int i = 0; i < 8; i++)
		ok(misuse(i) == -EINVAL, "misuse %d is told", i);
	jw_init(&w, &b, false);
	jw_string(&w, "0123456789");
	is_int(jw_done(&w), -E2BIG, "a document over the bound is told");
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder on a table of its own that has a row of every kind: values, the
 * words and the path of every refusal, and the bounds.
 */
#include "json/decode.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/strbuf.h"

#include "../tap.h"

struct inner {
	const char *key;
	const char *name;
	uint64_t n;
};

struct outer {
	const char *s;
	bool b, has_b;
	int32_t i32;
	int64_t i64;
	uint16_t u16;
	uint32_t u32;
	bool has_u32;
	uint64_t u64;
	struct json_strings strings;
	uint32_t *list;
	size_t n_list;
	struct inner in;
	bool has_in;
	struct inner *ptr;
	struct inner *objects;
	size_t n_objects;
	struct json_pair *map;
	size_t n_map;
	struct inner *by_key;
	size_t n_by_key;
};

static const struct json_field inner_rows[] = {
	{ JSON_ROW("name", JSON_STRING, const char *, struct inner, name), .required = true },
	{ JSON_ROW("n", JSON_U64, uint64_t, struct inner, n) },
};

static const struct json_object inner_schema = {
	JSON_TABLE(struct inner, inner_rows),
	.key_offset = offsetof(struct inner, key),
};

#define T struct outer
static const struct json_field outer_rows[] = {
	{ JSON_ROW("s", JSON_STRING, const char *, T, s) },
	{ JSON_ROW("b", JSON_BOOL, bool, T, b), JSON_HAS(T, has_b) },
	{ JSON_ROW("i32", JSON_I32, int32_t, T, i32) },
	{ JSON_ROW("i64", JSON_I64, int64_t, T, i64) },
	{ JSON_ROW("u16", JSON_U16, uint16_t, T, u16) },
	{ JSON_ROW("u32", JSON_U32, uint32_t, T, u32), JSON_HAS(T, has_u32) },
	{ JSON_ROW("u64", JSON_U64, uint64_t, T, u64) },
	{ JSON_ROW("strings", JSON_STRINGS, struct json_strings, T, strings) },
	{ JSON_ROW("list", JSON_U32S, uint32_t *, T, list), JSON_COUNT(T, n_list) },
	{ JSON_ROW("in", JSON_OBJECT, struct inner, T, in), JSON_HAS(T, has_in),
	  .sub = &inner_schema },
	{ JSON_ROW("ptr", JSON_OBJECT_PTR, struct inner *, T, ptr), .sub = &inner_schema },
	{ JSON_ROW("objects", JSON_OBJECTS, struct inner *, T, objects), JSON_COUNT(T, n_objects),
	  .sub = &inner_schema },
	{ JSON_ROW("map", JSON_STRING_MAP, struct json_pair *, T, map), JSON_COUNT(T, n_map) },
	{ JSON_ROW("byKey", JSON_OBJECT_MAP, struct inner *, T, by_key), JSON_COUNT(T, n_by_key),
	  .sub = &inner_schema },
};
#undef T

static const struct json_object schema = { JSON_TABLE(struct outer, outer_rows) };

static int decode(struct arena *a, const char *text, size_t len, struct outer **ret,
		  struct error *e)
{
	const struct json_source src = { .name = "t.json", .text = text, .len = len };
	void *p = NULL;
	int r = json_decode(a, &src, &schema, &p, e);

	*ret = p;
	return r;
}

static void test_values(void)
{
	static const char text[] =
		"{\"s\":\"a\\u00e9\\ud83d\\ude00\\/\", \"b\":true, \"i32\":-2147483648,"
		"\"i64\":-9223372036854775808, \"u16\":65535, \"u32\":0,"
		"\"u64\":18446744073709551615, \"strings\":[\"x\",\"\",\"y\",\"z\",\"w\"],"
		"\"list\":[0,1,4294967295,3,4,5], \"in\":{\"name\":\"i\",\"n\":7},"
		"\"ptr\":{\"name\":\"p\"}, \"objects\":[{\"name\":\"0\"},{\"name\":\"1\"},"
		"{\"name\":\"2\"},{\"name\":\"3\"},{\"n\":4,\"name\":\"4\"}],"
		"\"map\":{\"b\":\"2\",\"a\":\"1\",\"\":\"e\",\"\\u0041\":\"u\"},"
		"\"byKey\":{\"k\\n\":{\"name\":\"m\"},\"l\":{\"name\":\"n\"}}}";
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct outer *o;

	if (!ok(decode(&a, text, strlen(text), &o, &e) == 0, "a document of every kind")) {
		printf("# %s\n", e.msg);
		return;
	}
	is_str(o->s, "a\xc3\xa9\xf0\x9f\x98\x80/", "string with escapes and a surrogate pair");
	ok(o->b && o->has_b && o->has_u32 && o->has_in, "has flags are set");
	ok(o->i32 == INT32_MIN && o->i64 == INT64_MIN, "smallest signed");
	ok(o->u16 == UINT16_MAX && o->u32 == 0 && o->u64 == UINT64_MAX, "largest unsigned");
	ok(o->strings.n == 5 && !strcmp(o->strings.v[4], "w") && !o->strings.v[5],
	   "strings end with NULL");
	ok(o->n_list == 6 && o->list[2] == UINT32_MAX && o->list[5] == 5, "numbers");
	ok(!strcmp(o->in.name, "i") && o->in.n == 7 && !strcmp(o->ptr->name, "p"), "objects");
	ok(o->n_objects == 5 && !strcmp(o->objects[0].name, "0") && o->objects[4].n == 4 &&
		   !strcmp(o->objects[4].name, "4"),
	   "array of objects that grew");
	ok(o->n_map == 4 && !strcmp(o->map[0].key, "b") && !strcmp(o->map[1].value, "1") &&
		   !strcmp(o->map[3].key, "A"),
	   "map in file order");
	ok(o->n_by_key == 2 && !strcmp(o->by_key[0].key, "k\n") && !strcmp(o->by_key[1].name, "n"),
	   "map of objects");
}

static void test_empty(void)
{
	static const char text[] = " {\"strings\":[],\"list\":[],\"objects\":[],\"map\":{}}\n";
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct outer *o;

	ok(decode(&a, text, strlen(text), &o, &e) == 0 && o->strings.v && !o->strings.v[0] &&
		   !o->n_list && !o->n_objects && !o->n_map && !o->has_b && !o->ptr,
	   "empty arrays and absent keys");
}

/* The NULL at the end has room also where the elements fill the array. */
static void test_string_ends(void)
{
	for (size_t n = 0; n < 40; n++) {
		cleanup_arena struct arena a = ARENA_INIT;
		cleanup_strbuf struct strbuf b = STRBUF_INIT(4096);
		struct error e = ERROR_INIT;
		struct outer *o;

		strbuf_adds(&b, "{\"strings\":[");
		for (size_t i = 0; i < n; i++)
			strbuf_adds(&b, i ? ",\"x\"" : "\"x\"");
		strbuf_adds(&b, "],\"map\":{\"a\":\"b\"}}");
		ok(decode(&a, b.s, b.len, &o, &e) == 0 && o->strings.n == n && !o->strings.v[n],
		   "%zu strings end with NULL", n);
	}
}

static const struct {
	const char *text, *want;
} bad[] = {
	{ "", "t.json:1:1: invalid JSON: parse error: premature EOF" },
	{ "{", "premature EOF" },
	{ "[]", "t.json:1:1: expected an object, found an array" },
	{ "1", "expected an object, found 1" },
	{ "null", "expected an object, found null" },
	{ "{} x", "invalid JSON" },
	{ "{}{}", "trailing garbage" },
	{ "{\"s\":\"a\"},", "trailing garbage" },
	{ "{\"s\":'a'}", "invalid JSON" },
	{ "{/* c */}", "invalid JSON" },
	{ "{\"s\":\"a\",}", "invalid JSON" },
	{ "{s:1}", "invalid JSON" },
	{ "{\"s\":\"\t\"}", "invalid JSON" },
	{ "{\"s\":\"\\x\"}", "invalid JSON" },
	{ "{\"s\":\"\\u00g0\"}", "invalid JSON" },
	{ "{\"u32\":01}", "invalid JSON" },
	{ "{\"u32\":+1}", "invalid JSON" },
	{ "{\"u32\":.5}", "invalid JSON" },
	{ "{\"u32\":NaN}", "invalid JSON" },
	{ "\xef\xbb\xbf{}", "t.json:1:1: invalid JSON" },
	{ "{\"s\":1}", "t.json:1:6: .s: expected a string, found 1" },
	{ "{\n\"s\":\ntrue}", "t.json:3:1: .s: expected a string, found true" },
	{ "{\n  \"s\": -12}", "t.json:2:8: .s: expected a string, found -12" },
	{ "{\"s\":\"\u00e4\u20ac\", \"b\": \"c\\\"\\\\\"}", "t.json:1:17: .b: expected true or" },
	{ "{\"map\": {\"a\": {}}}", "t.json:1:15: .map.a: expected a string, found an object" },
	{ "{\"zz\": 1,\n \"zz\": 2}", "t.json:2:2: .zz: duplicate key" },
	{ "{\"s\": \"a\",\n \"b\": tru}", "t.json:2:" },
	{ "{\"s\":null}", ".s: expected a string, found null" },
	{ "{\"s\":{}}", ".s: expected a string, found an object" },
	{ "{\"s\":[]}", ".s: expected a string, found an array" },
	{ "{\"b\":1}", ".b: expected true or false, found 1" },
	{ "{\"b\":\"true\"}", ".b: expected true or false, found a string" },
	{ "{\"u32\":\"0\"}", ".u32: expected an unsigned 32-bit integer, found a string" },
	{ "{\"u32\":-1}", "found -1" },
	{ "{\"u32\":-0}", "found -0" },
	{ "{\"u32\":4294967296}", ".u32: expected an unsigned 32-bit integer, found 4294967296" },
	{ "{\"u32\":1.0}", "found 1.0" },
	{ "{\"u32\":1e3}", "found 1e3" },
	{ "{\"u16\":65536}", ".u16: expected an unsigned 16-bit integer, found 65536" },
	{ "{\"u64\":18446744073709551616}",
	  ".u64: expected an unsigned 64-bit integer, found 184" },
	{ "{\"u64\":99999999999999999999999999999999999999999999999}", "..." },
	{ "{\"i32\":2147483648}", ".i32: expected a signed 32-bit integer" },
	{ "{\"i32\":-2147483649}", ".i32: expected a signed 32-bit integer" },
	{ "{\"i64\":9223372036854775808}", ".i64: expected a signed 64-bit integer" },
	{ "{\"i64\":-9223372036854775809}", ".i64: expected a signed 64-bit integer" },
	{ "{\"strings\":\"ro\"}", ".strings: expected an array of strings, found a string" },
	{ "{\"strings\":[\"a\",1]}", ".strings[1]: expected a string, found 1" },
	{ "{\"strings\":[\"a\",[]]}", ".strings[1]: expected a string, found an array" },
	{ "{\"strings\":[null]}", ".strings[0]: expected a string, found null" },
	{ "{\"strings\":[\"a\",\"b\\u0000\"]}", ".strings[1]: string with a NUL" },
	{ "{\"list\":[1,\"2\"]}", ".list[1]: expected an unsigned 32-bit integer" },
	{ "{\"list\":{}}", ".list: expected an array of unsigned 32-bit integers" },
	{ "{\"in\":[]}", ".in: expected an object, found an array" },
	{ "{\"in\":{}}", "t.json:1:7: .in: required key 'name' is missing" },
	{ "{\n\"ptr\":\n{\n\"n\":1}}", "t.json:3:1: .ptr: required key 'name' is missing" },
	{ "{\"objects\":{}}", ".objects: expected an array of objects, found an object" },
	{ "{\"objects\":[{\"name\":\"a\"},{}]}", ".objects[1]: required key 'name' is missing" },
	{ "{\"objects\":[{\"name\":\"a\"},3]}", ".objects[1]: expected an object, found 3" },
	{ "{\"objects\":[{\"name\":\"a\"},{\"name\":2}]}", ".objects[1].name: expected a string" },
	{ "{\"map\":[]}", ".map: expected an object with string values, found an array" },
	{ "{\"map\":{\"a.b\":1}}", ".map[\"a.b\"]: expected a string, found 1" },
	{ "{\"map\":{\"a\\nb\":1}}", ".map[\"a\\x0ab\"]: expected a string" },
	{ "{\"byKey\":{\"k\":1}}", ".byKey.k: expected an object, found 1" },
	{ "{\"byKey\":{\"k\":{}}}", ".byKey.k: required key 'name' is missing" },
	{ "{\"byKey\":{\"k\":{\"name\":\"a\",\"n\":true}}}", ".byKey.k.n: expected" },
	{ "{\"s\":\"a\",\"s\":\"a\"}", ".s: duplicate key" },
	{ "{\"s\":\"a\",\"\\u0073\":\"a\"}", ".s: duplicate key" },
	{ "{\"map\":{\"a\":\"1\",\"b\":\"\",\"a\":\"1\"}}", ".map.a: duplicate key" },
	{ "{\"byKey\":{\"k\":{\"name\":\"a\"},\"k\":{\"name\":\"a\"}}}", ".byKey.k: duplicate" },
	{ "{\"zz\":1,\"zz\":1}", ".zz: duplicate key" },
	{ "{\"zz\":[1,{\"a\":1,\"a\":2}]}", ".zz[1].a: duplicate key" },
	{ "{\"zz\":{\"a\":{},\"\\u0061\":2}}", ".zz.a: duplicate key" },
	{ "{\"s\":\"a\\u0000b\"}", ".s: string with a NUL" },
	{ "{\"zz\":[\"\\u0000\"]}", ".zz[0]: string with a NUL" },
	{ "{\"s\\u0000\":\"a\"}", "[\"s\\x00\"]: key with a NUL" },
	{ "{\"zz\":{\"\\u0000\":1}}", "key with a NUL" },
	{ "{\n\"s\":\"\xff\"}", "t.json:2:6: invalid UTF-8 (byte 0xff)" },
	{ "{\"zz\":\"\xc0\xaf\"}", "invalid UTF-8" },
	{ "{\"s\":\"\xed\xa0\x80\"}", "invalid UTF-8" },
	{ "{\"s\":\"\\ud800\"}", "unpaired surrogate '\\ud800'" },
	{ "{\"s\":\"\\ud800\\u0041\"}", "unpaired surrogate" },
	{ "{\"s\":\"\\ud800\\ud800\"}", "unpaired surrogate" },
	{ "{\"s\":\"\\udc00\"}", "unpaired surrogate '\\udc00'" },
	{ "{\"s\":\"01234567\\\\\\uDFFF\"}", "unpaired surrogate" },
};

static bool is_one_line(const char *s)
{
	return *s && !strpbrk(s, "\n\r");
}

static void test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cleanup_arena struct arena a = ARENA_INIT;
		struct error e = ERROR_INIT;
		struct outer *o;
		int r = decode(&a, bad[i].text, strlen(bad[i].text), &o, &e);

		if (!ok(r == -EINVAL && e.code == EINVAL && !o && is_one_line(e.msg) &&
				strstr(e.msg, bad[i].want),
			"I1 refused (%zu): %s", i, bad[i].want))
			printf("# %d '%s' lacks '%s'\n", r, e.msg, bad[i].want);
	}
}

/* head, n times unit, tail. */
static int decode_repeated(const char *head, const char *unit, size_t n, const char *tail,
			   struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_strbuf struct strbuf b = STRBUF_INIT(64 << 20);
	struct outer *o;

	strbuf_adds(&b, head);
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&b, "%s", unit);
	strbuf_adds(&b, tail);
	return decode(&a, b.s, b.len, &o, e);
}

/* An object that holds arrays, `levels` in all. */
static int decode_nested(size_t levels, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_strbuf struct strbuf b = STRBUF_INIT(4096);
	struct outer *o;

	strbuf_adds(&b, "{\"zz\":");
	for (size_t i = 1; i < levels; i++)
		strbuf_addc(&b, '[');
	for (size_t i = 1; i < levels; i++)
		strbuf_addc(&b, ']');
	strbuf_addc(&b, '}');
	return decode(&a, b.s, b.len, &o, e);
}

static int decode_keys(size_t n, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_strbuf struct strbuf b = STRBUF_INIT(64 << 20);
	struct outer *o;

	strbuf_adds(&b, "{\"map\":{\"k\":\"\"");
	for (size_t i = 1; i < n; i++)
		strbuf_addf(&b, ",\"k%zu\":\"\"", i);
	strbuf_adds(&b, "}}");
	return decode(&a, b.s, b.len, &o, e);
}

static void test_bounds(void)
{
	struct error e = ERROR_INIT;

	is_int(decode_nested(JSON_DEPTH_MAX, &e), 0, "I1 64 levels are read");
	is_int(decode_nested(JSON_DEPTH_MAX + 1, &e), -EINVAL, "I1 65 levels are refused");
	has_str(e.msg, "nested deeper than 64 levels", "I1 and the message says so");
	is_int(decode_repeated("{\"zz\":", "{\"a\":", 1000000, "", &e), -EINVAL,
	       "I1 a million levels are refused");
	is_int(decode_repeated("{\"s\":\"", "0123456789abcdef", 1 << 20, "\"}", &e), -EFBIG,
	       "I1 over 16 MiB is refused");
	has_str(e.msg, "t.json: larger than 16777216 bytes", "I1 and the message says so");
	is_int(decode_repeated("{\"s\":\"", "0123456789abcdef", (1 << 20) - 1, "\"}", &e), 0,
	       "I1 under 16 MiB is read");
	is_int(decode_repeated("{\"objects\":[{\"name\":\"\"}", ",{\"name\":\"\"}", 100000, "]}",
			       &e),
	       0, "I1 a hundred thousand objects are read");
	is_int(decode_keys(16384, &e), 0, "I1 16384 keys are read");
	is_int(decode_keys(16385, &e), -EINVAL, "I1 more keys are refused");
	has_str(e.msg, "more than 16384 keys", "I1 and the message says so");
	is_int(decode_repeated("{\"zz\":[{\"a\":1,\"b\":2}", ",{\"b\":1,\"a\":2}", 100000, "]}",
			       &e),
	       0, "I1 keys of ended objects are forgotten");
}

static char seen[256];

static void sink(void *arg, enum log_level level, const char *msg)
{
	(void)arg;
	if (level == LOG_LEVEL_DEBUG)
		snprintf(seen, sizeof(seen), "%s", msg);
}

static void test_unknown(void)
{
	static const char text[] = "{\n\"objects\":[{\"name\":\"a\",\n\"zz\":{\"a\":[{}]}}]}";
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct outer *o;

	log_set_debug();
	log_set_sink(sink, NULL);
	is_int(decode(&a, text, strlen(text), &o, &e), 0, "I2 an unknown key is skipped");
	is_str(seen, "t.json:3: .objects[0].zz: unknown key, ignored", "I2 and listed at debug");
	log_set_sink(NULL, NULL);
}

static void test_memory_limit(void)
{
	static const char text[] = "{\"strings\":[\"abc\"],\"objects\":[{\"name\":\"a\"}]}";
	struct error e = ERROR_INIT;
	int r = -ENOMEM;

	for (size_t limit = 16; limit < 4096 && r == -ENOMEM; limit += 16) {
		cleanup_arena struct arena a = { .limit = limit };
		struct outer *o;

		r = decode(&a, text, strlen(text), &o, &e);
	}
	is_int(r, 0, "an arena that is used up gives -ENOMEM, never a crash");
}

static void test_quote(void)
{
	char buf[16];

	is_str(json_quote("a\n\x7f", 3, buf, sizeof(buf)), "a\\x0a\\x7f", "control bytes");
	is_str(json_quote("0123456789abcdef", 16, buf, sizeof(buf)), "012345678...", "cut");
	is_str(json_quote("01234567\xc3\xa9zzzz", 14, buf, sizeof(buf)), "01234567...",
	       "cut between characters");
}

int main(void)
{
	test_values();
	test_empty();
	test_string_ends();
	test_bad();
	test_bounds();
	test_unknown();
	test_memory_limit();
	test_quote();
	return tap_done();
}

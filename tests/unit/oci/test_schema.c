/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks the descriptor tables: every row is fed every kind of JSON value, and
 * must take those of its own kind and refuse the others by its path; a key
 * given twice and a required key left out are refused at every level. A row
 * that is added later is tested without a line here.
 */
#include "oci/schema.h"

#include <errno.h>

#include "base/strbuf.h"

#include "../tap.h"

enum value {
	V_STRING,
	V_BOOL,
	V_SMALL, /* fits every integer */
	V_NEGATIVE,
	V_U17,
	V_U33,
	V_HUGE, /* fits none */
	V_FRACTION,
	V_EXPONENT,
	V_NULL,
	V_OBJECT,
	V_ARRAY,
	V_STRING_ARRAY,
	V_NUMBER_ARRAY,
	V_NULL_ARRAY,
	V_NUMBER_MAP,
	V_NULL_MAP,
	V_COUNT,
};

static const char *const values[V_COUNT] = {
	[V_STRING] = "\"1\"",
	[V_BOOL] = "true",
	[V_SMALL] = "1",
	[V_NEGATIVE] = "-1",
	[V_U17] = "65536",
	[V_U33] = "4294967296",
	[V_HUGE] = "18446744073709551616",
	[V_FRACTION] = "1.0",
	[V_EXPONENT] = "1e0",
	[V_NULL] = "null",
	[V_OBJECT] = "{}",
	[V_ARRAY] = "[]",
	[V_STRING_ARRAY] = "[\"1\"]",
	[V_NUMBER_ARRAY] = "[1]",
	[V_NULL_ARRAY] = "[null]",
	[V_NUMBER_MAP] = "{\"k\":1}",
	[V_NULL_MAP] = "{\"k\":null}",
};

static bool accepts(const struct json_field *f, enum value v)
{
	switch (f->kind) {
	case JSON_STRING:
		return v == V_STRING;
	case JSON_BOOL:
		return v == V_BOOL;
	case JSON_I32:
		return v == V_SMALL || v == V_NEGATIVE || v == V_U17;
	case JSON_I64:
		return v == V_SMALL || v == V_NEGATIVE || v == V_U17 || v == V_U33;
	case JSON_U16:
		return v == V_SMALL;
	case JSON_U32:
		return v == V_SMALL || v == V_U17;
	case JSON_U64:
		return v == V_SMALL || v == V_U17 || v == V_U33;
	case JSON_STRINGS:
		return v == V_ARRAY || v == V_STRING_ARRAY;
	case JSON_U32S:
		return v == V_ARRAY || v == V_NUMBER_ARRAY;
	case JSON_OBJECTS:
		return v == V_ARRAY;
	case JSON_STRING_MAP:
	case JSON_OBJECT_MAP:
		return v == V_OBJECT;
	default:
		/* As far as its own keys go, which are tested one by one. */
		return v == V_OBJECT || v == V_NUMBER_MAP || v == V_NULL_MAP;
	}
}

/* One that it takes. */
static const char *good_value(const struct json_field *f)
{
	for (enum value v = 0; v < V_COUNT; v++)
		if (accepts(f, v))
			return values[v];
	return "";
}

/* A place in the document: the text up to here and its path. */
struct place {
	struct strbuf head, path;
};

static int decode(const char *text, struct error *e)
{
	const struct json_source src = { "c.json", text, strlen(text) };
	cleanup_arena struct arena a = ARENA_INIT;
	void *p;

	return json_decode(&a, &src, &oci_config_schema, &p, e);
}

static bool is_refused(const char *text, const char *want)
{
	struct error e = ERROR_INIT;
	int r = decode(text, &e);

	if (r == -EINVAL && strstr(e.msg, want) && !strchr(e.msg, '\n'))
		return true;
	printf("# %s\n# %d '%s' lacks '%s'\n", text, r, e.msg, want);
	return false;
}

static void test_values(const struct place *at, const struct json_field *f)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT(4096);
	cleanup_strbuf struct strbuf want = STRBUF_INIT(4096);
	bool good = true;

	for (enum value v = 0; v < V_COUNT; v++) {
		if (accepts(f, v))
			continue;
		strbuf_reset(&text);
		strbuf_reset(&want);
		strbuf_addf(&text, "%s\"%s\":%s", at->head.s, f->name, values[v]);
		strbuf_addf(&want, "c.json:1: %s.%s", at->path.s, f->name);
		good &= is_refused(text.s, want.s);
	}
	ok(good, "I1 %s.%s refuses values of other types", at->path.s, f->name);

	strbuf_reset(&text);
	strbuf_reset(&want);
	strbuf_addf(&text, "%s\"%s\":\"a\\u0000b\"", at->head.s, f->name);
	strbuf_addf(&want, "%s.%s: string with a NUL", at->path.s, f->name);
	ok(is_refused(text.s, want.s), "I1 %s.%s refuses NUL", at->path.s, f->name);
}

static bool has_required(const struct json_object *o)
{
	for (size_t i = 0; i < o->n_fields; i++)
		if (o->fields[i].required)
			return true;
	return false;
}

static void test_duplicate(const struct place *at, const struct json_field *f)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT(4096);
	cleanup_strbuf struct strbuf want = STRBUF_INIT(4096);

	if ((f->kind == JSON_OBJECT || f->kind == JSON_OBJECT_PTR) && has_required(f->sub))
		return; /* has no value that is both short and whole */
	strbuf_addf(&text, "%s\"%s\":%s,\"%s\":", at->head.s, f->name, good_value(f), f->name);
	strbuf_addf(&want, "%s.%s: duplicate key", at->path.s, f->name);
	ok(is_refused(text.s, want.s), "I1 %s.%s refused when given twice", at->path.s, f->name);
}

static void test_missing(const struct place *at, const struct json_object *o, size_t missing)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT(4096);
	cleanup_strbuf struct strbuf want = STRBUF_INIT(4096);
	bool any = false;

	strbuf_adds(&text, at->head.s);
	for (size_t i = 0; i < o->n_fields; i++) {
		if (!o->fields[i].required || i == missing)
			continue;
		strbuf_addf(&text, "%s\"%s\":%s", any ? "," : "", o->fields[i].name,
			    good_value(&o->fields[i]));
		any = true;
	}
	strbuf_adds(&text, "}");
	strbuf_addf(&want, "c.json:1: %s%srequired key '%s' is missing", at->path.s,
		    at->path.len ? ": " : "", o->fields[missing].name);
	ok(is_refused(text.s, want.s), "I1 %s.%s refused when missing", at->path.s,
	   o->fields[missing].name);
}

static void walk(const struct place *at, const struct json_object *o, unsigned int depth);

static void walk_into(const struct place *at, const struct json_field *f, unsigned int depth)
{
	struct place in;

	strbuf_init(&in.head, 4096);
	strbuf_init(&in.path, 4096);
	strbuf_addf(&in.head, "%s\"%s\":", at->head.s, f->name);
	strbuf_addf(&in.path, "%s.%s", at->path.s, f->name);
	if (f->kind == JSON_OBJECTS) {
		strbuf_adds(&in.head, "[{");
		strbuf_adds(&in.path, "[0]");
	} else if (f->kind == JSON_OBJECT_MAP) {
		strbuf_adds(&in.head, "{\"a-b\":{");
		strbuf_adds(&in.path, "[\"a-b\"]");
	} else {
		strbuf_adds(&in.head, "{");
	}
	walk(&in, f->sub, depth + 1);
	strbuf_done(&in.head);
	strbuf_done(&in.path);
}

static void walk(const struct place *at, const struct json_object *o, unsigned int depth)
{
	if (depth > 16 || o->n_fields > JSON_FIELDS_MAX) {
		ok(false, "%s: tables nest sanely", at->path.s);
		return;
	}
	for (size_t i = 0; i < o->n_fields; i++) {
		const struct json_field *f = &o->fields[i];

		test_values(at, f);
		test_duplicate(at, f);
		if (f->required)
			test_missing(at, o, i);
		if (f->sub)
			walk_into(at, f, depth);
	}
}

/* Every property of the spec's schema files has its row. */
static void test_sizes(void)
{
	is_int((long long)oci_config_schema.n_fields, 9, "config has the 9 keys that Linux has");
	is_int((long long)oci_process_schema.n_fields, 16, "process has all its keys");
	is_int((long long)oci_linux_schema.n_fields, 17, "linux has all its keys");
	is_int((long long)oci_resources_schema.n_fields, 9, "resources has all its keys");
	is_int((long long)oci_mount_schema.n_fields, 6, "mounts[] has all its keys");
}

int main(void)
{
	struct place root;

	strbuf_init(&root.head, 64);
	strbuf_init(&root.path, 64);
	strbuf_adds(&root.head, "{");
	walk(&root, &oci_config_schema, 0);
	test_sizes();
	strbuf_done(&root.head);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks the descriptor tables: a key given twice and a required key left out
 * are refused at every level (wrong values: test_wrong_types.c). A row that is
 * added later is tested without a line here.
 */
#include "oci/schema.h"

#include <errno.h>

#include "base/strbuf.h"

#include "../tap.h"

/* A value that the row takes; of an object, one without what it requires. */
static const char *good_value(const struct json_field *f)
{
	switch (f->kind) {
	case JSON_STRING:
		return "\"1\"";
	case JSON_BOOL:
		return "true";
	case JSON_STRINGS:
	case JSON_U32S:
	case JSON_OBJECTS:
		return "[]";
	case JSON_OBJECT:
	case JSON_OBJECT_PTR:
	case JSON_STRING_MAP:
	case JSON_OBJECT_MAP:
		return "{}";
	default:
		return "1";
	}
}

/* A place in the document: the text up to here and its path. */
struct place {
	struct strbuf head, path;
};

static int decode(const char *text, struct error *e)
{
	const struct json_source src = { .name = "c.json", .text = text, .len = strlen(text) };
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
	strbuf_addf(&want, "c.json:1:%zu: %s%srequired key '%s' is missing", at->head.len,
		    at->path.s, at->path.len ? ": " : "", o->fields[missing].name);
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

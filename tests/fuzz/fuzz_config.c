/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json, exec's process and update's resources from hostile bytes.
 * Oracles: no crash, no leak; a refusal has a code and a message of one line
 * that begins with the file's name, and leaves the output alone; what is taken
 * can be printed by the tables, is taken again, and prints the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "json/write.h"
#include "oci/config.h"
#include "oci/schema.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

static const char name[] = "config.json";

static void print_object(struct json_writer *w, const struct json_object *o, const void *base);

static void print_elements(struct json_writer *w, const struct json_field *f, const char *base)
{
	const struct json_pair *pairs = *(void *const *)(base + f->offset);
	const char *items = (const char *)pairs;
	size_t n = *(const size_t *)(base + f->count - 1);

	for (size_t i = 0; i < n; i++) {
		if (f->kind == JSON_U32S) {
			jw_u64(w, ((const uint32_t *)items)[i]);
		} else if (f->kind == JSON_STRING_MAP) {
			jw_member_string(w, pairs[i].key, pairs[i].value);
		} else {
			const char *item = items + i * f->sub->size;

			if (f->kind == JSON_OBJECT_MAP)
				jw_key(w, *(const char *const *)(item + f->sub->key_offset));
			print_object(w, f->sub, item);
		}
	}
}

/* A pointer that is NULL, or a value whose flag is not set. */
static bool is_absent(const struct json_field *f, const char *base)
{
	const char *at = base + f->offset;

	if (f->has && !*(const bool *)(base + f->has - 1))
		return true;
	switch (f->kind) {
	case JSON_STRING:
	case JSON_OBJECT_PTR:
		return !*(void *const *)at;
	case JSON_STRINGS:
		return !((const struct json_strings *)at)->v;
	case JSON_OBJECT: /* pids without limit */
		for (size_t i = 0; i < f->sub->n_fields; i++)
			if (f->sub->fields[i].required && is_absent(&f->sub->fields[i], at))
				return true;
		return false;
	default:
		return false;
	}
}

static void print_field(struct json_writer *w, const struct json_field *f, const char *base)
{
	const char *at = base + f->offset;
	bool is_map = f->kind == JSON_STRING_MAP || f->kind == JSON_OBJECT_MAP;

	switch (f->kind) {
	case JSON_STRING:
		jw_string(w, *(const char *const *)at);
		break;
	case JSON_BOOL:
		jw_bool(w, *(const bool *)at);
		break;
	case JSON_I32:
		jw_i64(w, *(const int32_t *)at);
		break;
	case JSON_I64:
		jw_i64(w, *(const int64_t *)at);
		break;
	case JSON_U16:
		jw_u64(w, *(const uint16_t *)at);
		break;
	case JSON_U32:
		jw_u64(w, *(const uint32_t *)at);
		break;
	case JSON_U64:
		jw_u64(w, *(const uint64_t *)at);
		break;
	case JSON_STRINGS:
		jw_array_begin(w);
		for (char **v = ((const struct json_strings *)at)->v; *v; v++)
			jw_string(w, *v);
		jw_array_end(w);
		break;
	case JSON_OBJECT:
		print_object(w, f->sub, at);
		break;
	case JSON_OBJECT_PTR:
		print_object(w, f->sub, *(void *const *)at);
		break;
	default:
		is_map ? jw_object_begin(w) : jw_array_begin(w);
		print_elements(w, f, base);
		is_map ? jw_object_end(w) : jw_array_end(w);
	}
}

static void print_object(struct json_writer *w, const struct json_object *o, const void *base)
{
	jw_object_begin(w);
	for (size_t i = 0; i < o->n_fields; i++) {
		if (is_absent(&o->fields[i], base))
			continue;
		jw_key(w, o->fields[i].name);
		print_field(w, &o->fields[i], base);
	}
	jw_object_end(w);
}

static void print(const struct oci_config *c, struct strbuf *b)
{
	struct json_writer w;

	jw_init(&w, b, false);
	print_object(&w, &oci_config_schema, c);
	CHECK(jw_done(&w) == 0);
}

static void check_error(const struct error *e, int r, const void *output)
{
	CHECK(r < 0 && r == -e->code && !output);
	CHECK(strlen(e->msg) < sizeof(e->msg) && strncmp(e->msg, name, strlen(name)) == 0);
	for (const char *p = e->msg; *p; p++)
		CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void fuzz_config(const char *text, size_t len)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_strbuf struct strbuf first = STRBUF_INIT(256 << 20);
	cleanup_strbuf struct strbuf second = STRBUF_INIT(256 << 20);
	struct error e = ERROR_INIT;
	struct oci_config *c = NULL;
	int r = oci_load_memory(&a, name, text, len, &c, &e);

	if (r < 0) {
		check_error(&e, r, c);
		return;
	}
	CHECK(c && c->linux && c->oci_version);
	print(c, &first);
	if (first.len > OCI_CONFIG_MAX)
		return; /* defaults and escapes may have made it longer */
	r = oci_load_memory(&a, name, first.s, first.len, &c, &e);
	CHECK(r == 0);
	print(c, &second);
	CHECK(first.len == second.len && memcmp(first.s, second.s, first.len) == 0);
}

static void fuzz_parts(const char *text, size_t len)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct oci_process *p = NULL;
	struct limits *l = NULL;
	int r = oci_load_process(&a, name, text, len, &p, &e);

	if (r < 0)
		check_error(&e, r, p);
	r = oci_load_resources(&a, name, text, len, &l, &e);
	if (r < 0)
		check_error(&e, r, l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long as it is, so that a read behind the end is seen. */
	char *text = malloc(size ? size : 1);

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	fuzz_config(text, size);
	fuzz_parts(text, size);
	free(text);
	return 0;
}

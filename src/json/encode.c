/* SPDX-License-Identifier: Apache-2.0 */
/* See encode.h. */
#include "json/encode.h"

#include "json/kinds.h"

/* A list, or a map, and what it holds. */
struct list {
	const char *v;
	size_t n;
};

static struct list list_of(const struct json_field *f, const char *owner)
{
	struct list ret = { .v = *(const char *const *)(const void *)(owner + f->offset) };

	if (f->kind == JSON_STRINGS)
		ret.n = ((const struct json_strings *)(const void *)(owner + f->offset))->n;
	else
		ret.n = *(const size_t *)(const void *)(owner + f->count - 1);
	return ret;
}

/* Numbers as 64 bits, whatever their width. */
static uint64_t number_of(const struct json_field *f, const void *p)
{
	switch (f->kind) {
	case JSON_BOOL:
		return *(const bool *)p;
	case JSON_I32:
		return (uint64_t)(int64_t) * (const int32_t *)p;
	case JSON_U16:
		return *(const uint16_t *)p;
	case JSON_U32:
		return *(const uint32_t *)p;
	case JSON_I64:
		return (uint64_t) * (const int64_t *)p;
	default:
		return *(const uint64_t *)p;
	}
}

static bool is_set(const struct json_field *f, const char *owner);

static bool is_object_set(const struct json_object *o, const char *v)
{
	for (size_t i = 0; i < o->n_fields; i++)
		if (is_set(&o->fields[i], v))
			return true;
	return false;
}

static bool is_set(const struct json_field *f, const char *owner)
{
	const void *p = owner + f->offset;

	if (f->has)
		return *(const bool *)(const void *)(owner + f->has - 1);
	switch (f->kind) {
	case JSON_STRING:
	case JSON_OBJECT_PTR:
		return *(const void *const *)p != NULL;
	case JSON_OBJECT:
		return is_object_set(f->sub, p);
	case JSON_STRINGS:
	case JSON_U32S:
	case JSON_OBJECTS:
	case JSON_STRING_MAP:
	case JSON_OBJECT_MAP:
		return list_of(f, owner).n != 0;
	default:
		/* What must be there is, whatever its value. */
		return f->required || number_of(f, p) != 0;
	}
}

static void write_element(struct json_writer *w, const struct json_field *f, const char *v)
{
	switch (f->kind) {
	case JSON_STRINGS:
		jw_string(w, *(const char *const *)(const void *)v);
		break;
	case JSON_U32S:
		jw_u64(w, *(const uint32_t *)(const void *)v);
		break;
	case JSON_STRING_MAP:
		jw_member_string(w, ((const struct json_pair *)(const void *)v)->key,
				 ((const struct json_pair *)(const void *)v)->value);
		break;
	case JSON_OBJECT_MAP:
		jw_key(w, *(const char *const *)(const void *)(v + f->sub->key_offset));
		json_encode(w, f->sub, v);
		break;
	default:
		json_encode(w, f->sub, v);
		break;
	}
}

static void write_list(struct json_writer *w, const struct json_field *f, const char *owner)
{
	const struct list l = list_of(f, owner);
	size_t size = json_element_size(f);

	if (json_is_map(f->kind))
		jw_object_begin(w);
	else
		jw_array_begin(w);
	for (size_t i = 0; i < l.n; i++)
		write_element(w, f, l.v + i * size);
	if (json_is_map(f->kind))
		jw_object_end(w);
	else
		jw_array_end(w);
}

static void write_value(struct json_writer *w, const struct json_field *f, const char *owner)
{
	const void *p = owner + f->offset;

	switch (f->kind) {
	case JSON_STRING:
		jw_string(w, *(const char *const *)p);
		break;
	case JSON_BOOL:
		jw_bool(w, *(const bool *)p);
		break;
	case JSON_I32:
	case JSON_I64:
		jw_i64(w, (int64_t)number_of(f, p));
		break;
	case JSON_U16:
	case JSON_U32:
	case JSON_U64:
		jw_u64(w, number_of(f, p));
		break;
	case JSON_OBJECT:
		json_encode(w, f->sub, p);
		break;
	case JSON_OBJECT_PTR:
		json_encode(w, f->sub, *(const void *const *)p);
		break;
	default:
		write_list(w, f, owner);
		break;
	}
}

void json_encode(struct json_writer *w, const struct json_object *schema, const void *v)
{
	jw_object_begin(w);
	for (size_t i = 0; i < schema->n_fields; i++) {
		const struct json_field *f = &schema->fields[i];

		if (!is_set(f, v))
			continue;
		jw_key(w, f->name);
		write_value(w, f, v);
	}
	jw_object_end(w);
}

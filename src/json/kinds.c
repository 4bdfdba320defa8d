/* SPDX-License-Identifier: Apache-2.0 */
/* See kinds.h: words, sizes and number ranges, apart from the token machine. */
#include "json/kinds.h"

#include <errno.h>
#include <stdint.h>

#include "base/parse.h"

const char *json_kind_words(enum json_kind kind)
{
	static const char *const words[] = {
		[JSON_STRING] = "a string",
		[JSON_BOOL] = "true or false",
		[JSON_I32] = "a signed 32-bit integer",
		[JSON_I64] = "a signed 64-bit integer",
		[JSON_U16] = "an unsigned 16-bit integer",
		[JSON_U32] = "an unsigned 32-bit integer",
		[JSON_U64] = "an unsigned 64-bit integer",
		[JSON_STRINGS] = "an array of strings",
		[JSON_U32S] = "an array of unsigned 32-bit integers",
		[JSON_OBJECT] = "an object",
		[JSON_OBJECT_PTR] = "an object",
		[JSON_OBJECTS] = "an array of objects",
		[JSON_STRING_MAP] = "an object with string values",
		[JSON_OBJECT_MAP] = "an object with object values",
	};

	return words[kind];
}

enum json_kind json_element_kind(const struct json_field *field)
{
	switch (field->kind) {
	case JSON_STRINGS:
	case JSON_STRING_MAP:
		return JSON_STRING;
	case JSON_U32S:
		return JSON_U32;
	default:
		return JSON_OBJECT;
	}
}

bool json_is_map(enum json_kind kind)
{
	return kind == JSON_STRING_MAP || kind == JSON_OBJECT_MAP;
}

size_t json_element_size(const struct json_field *field)
{
	switch (field->kind) {
	case JSON_STRINGS:
		return sizeof(char *);
	case JSON_U32S:
		return sizeof(uint32_t);
	case JSON_STRING_MAP:
		return sizeof(struct json_pair);
	default:
		return field->sub->size;
	}
}

int json_store_number(const char *s, enum json_kind kind, void *slot)
{
	uint64_t u = 0;
	int64_t i = 0;
	bool is_signed = kind == JSON_I32 || kind == JSON_I64;
	int ret = is_signed ? parse_i64(s, &i) : parse_u64(s, &u);

	if (ret < 0)
		return ret;
	switch (kind) {
	case JSON_I32:
		if (i < INT32_MIN || i > INT32_MAX)
			return -ERANGE;
		*(int32_t *)slot = (int32_t)i;
		return 0;
	case JSON_I64:
		*(int64_t *)slot = i;
		return 0;
	case JSON_U16:
		if (u > UINT16_MAX)
			return -ERANGE;
		*(uint16_t *)slot = (uint16_t)u;
		return 0;
	case JSON_U32:
		if (u > UINT32_MAX)
			return -ERANGE;
		*(uint32_t *)slot = (uint32_t)u;
		return 0;
	case JSON_U64:
		*(uint64_t *)slot = u;
		return 0;
	default:
		return -EINVAL;
	}
}

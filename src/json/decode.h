/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table-driven streaming JSON decoder: one row per field says where its value
 * goes in a plain struct, so that the shape of a document is data which tests
 * can walk, and every consumer (config.json, exec --process, update
 * --resources, state files) refuses the same things in the same words.
 *
 * Refused, always, with the line and the JSON path where known: a value of a
 * wrong type (never ignored: a mount option list that is skipped turns a
 * read-only mount writable), numbers out of range or with a fraction or an
 * exponent, null, a missing required key, a duplicate key (also in parts that
 * are skipped), bytes after the document, invalid UTF-8, unpaired surrogates,
 * NUL in strings and keys, nesting over 64, text over 16 MiB.
 * Keys without a row are skipped and listed at debug level (OCI spec:
 * "implementations MUST ignore unknown properties").
 */
#ifndef URUN_JSON_DECODE_H
#define URUN_JSON_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

enum {
	JSON_DEPTH_MAX = 64,
	JSON_TEXT_MAX = 16 << 20,
	JSON_OPEN_KEYS_MAX = 16384, /* distinct keys of the objects open at one time */
	JSON_FIELDS_MAX = 64,       /* rows of one table */
};

enum json_kind {
	JSON_STRING, /* const char * */
	JSON_BOOL,
	JSON_I32,
	JSON_I64,
	JSON_U16,
	JSON_U32,
	JSON_U64,
	JSON_STRINGS,    /* struct json_strings: NULL-terminated vector and its length */
	JSON_U32S,       /* uint32_t *, with a count */
	JSON_OBJECT,     /* a struct embedded in its owner */
	JSON_OBJECT_PTR, /* a pointer to a struct of the arena */
	JSON_OBJECTS,    /* array of structs: pointer, with a count */
	JSON_STRING_MAP, /* struct json_pair *, with a count; in file order */
	JSON_OBJECT_MAP, /* as JSON_OBJECTS, the key stored at sub->key_offset */
};

/* The layout of a string vector; the owner's type may bear another name. */
struct json_strings {
	char **v;
	size_t n;
};

/* The layout of a member of a string map; likewise. */
struct json_pair {
	const char *key, *value;
};

struct json_object;

struct json_field {
	const char *name;
	enum json_kind kind;
	bool required;
	size_t offset;
	size_t has;   /* 1 + offset of a bool that says "was there"; 0: none */
	size_t count; /* 1 + offset of the size_t of the kinds "with a count" */
	const struct json_object *sub;
};

struct json_object {
	size_t size; /* of the struct */
	const struct json_field *fields;
	size_t n_fields;
	size_t key_offset; /* of the const char * for JSON_OBJECT_MAP */
};

/* offsetof() that refuses to compile when the member is not a ctype. */
#define JSON_AT(ctype, type, member)                                                          \
	(offsetof(type, member) +                                                             \
	 0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((type *)0)->member), ctype) \
				 ? 1                                                          \
				 : -1]))

#define JSON_ROW(json_name, json_kind, ctype, type, member) \
	.name = (json_name), .kind = (json_kind), .offset = JSON_AT(ctype, type, member)
#define JSON_HAS(type, member) .has = 1 + JSON_AT(bool, type, member)
#define JSON_COUNT(type, member) .count = 1 + JSON_AT(size_t, type, member)

/* A table of rows as a struct json_object, for a struct `type`. */
#define JSON_TABLE(type, rows) \
	.size = sizeof(type), .fields = (rows), .n_fields = sizeof(rows) / sizeof((rows)[0])

struct json_source {
	const char *name; /* for messages: "config.json" */
	const char *text;
	size_t len;
	size_t skip; /* so much of its beginning is not the file's: columns do not count it */
};

/*
 * Decodes the text, whose root must be an object of shape `schema`, into a new
 * struct of the arena. Errors: -EINVAL (content), -EFBIG (text over
 * JSON_TEXT_MAX), -ENOMEM; messages are one line that begins with the name.
 * Memory taken from the arena before a failure stays there until arena_free().
 */
int json_decode(struct arena *a, const struct json_source *src, const struct json_object *schema,
		void **ret, struct error *e);

/*
 * Copies s for a message: control bytes become \xNN, and what does not fit is
 * cut with "...". Returns buf.
 */
const char *json_quote(const char *s, size_t len, char *buf, size_t size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation: yajl calls back once per token; a stack of frames, one
 * per open object or array, knows where the next value belongs. A frame either
 * fills a struct by its table, collects an array or a map, or skips what has no
 * row. Arrays grow by doubling in the arena; a struct element is only moved
 * when its successor begins, when nothing points into it any more.
 *
 * Duplicate keys: a table's rows are marked in a bit set; keys of maps, of
 * skipped objects and those without a row stand in a key_set.
 *
 * yajl has had no release since 2015; this file and nothing else sees it.
 */
#include "json/decode.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "json/key_set.h"
#include "json/kinds.h"
#include "json/text.h"

enum frame_kind {
	FRAME_TABLE,       /* an object with a table */
	FRAME_ARRAY,       /* an array, or a map: elements of one kind */
	FRAME_SKIP_OBJECT, /* without a row */
	FRAME_SKIP_ARRAY,
};

struct frame {
	enum frame_kind kind;
	size_t start; /* offset in the text */
	/* FRAME_TABLE */
	const struct json_object *table;
	unsigned char *base;
	uint64_t seen; /* bit per row */
	/* FRAME_TABLE: the row of the current key, NULL = none; FRAME_ARRAY: the owner's row */
	const struct json_field *field;
	/* FRAME_ARRAY */
	unsigned char *items;
	size_t n, cap;
	/* objects and maps: the current key, for paths */
	const char *key;
	size_t key_len;
	size_t open_keys; /* of ours in the hash table */
};

enum { SKIP = -1 };

struct decoder {
	struct arena *arena;
	const struct json_source *src;
	struct error *e;
	yajl_handle yajl;
	const struct json_object *root;
	void *ret;
	struct frame frames[JSON_DEPTH_MAX];
	unsigned int depth; /* frames in use */
	struct key_set keys;
};

/* The innermost open object or array; only where yajl's grammar says there is one. */
static struct frame *top(struct decoder *d)
{
	return &d->frames[d->depth - 1];
}

/* As top(), but NULL before the root and behind it. */
static struct frame *top_or_null(struct decoder *d)
{
	return d->depth ? top(d) : NULL;
}

static bool is_word(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= 'A' && s[i] <= 'Z') &&
		    !(s[i] >= '0' && s[i] <= '9') && s[i] != '_')
			return false;
	return len > 0;
}

static void add_key(struct strbuf *b, const char *key, size_t len)
{
	char buf[128];

	json_quote(key, len, buf, sizeof(buf));
	strbuf_addf(b, is_word(key, len) ? ".%s" : "[\"%s\"]", buf);
}

/* ".process.user.uid", ".mounts[3].options[0]", ".annotations["a.b"]". */
static void add_path(const struct decoder *d, struct strbuf *b)
{
	for (unsigned int i = 0; i < d->depth; i++) {
		const struct frame *f = &d->frames[i];

		if (f->key)
			add_key(b, f->key, f->key_len);
		else if (f->kind == FRAME_ARRAY || f->kind == FRAME_SKIP_ARRAY)
			strbuf_addf(b, "[%zu]", f->n ? f->n - 1 : 0);
	}
}

/*
 * Sets the error "NAME:LINE:COLUMN: PATH: MSG", of the token that ends at `offset`;
 * returns 0, which stops yajl.
 */
__attribute__((format(printf, 3, 4))) static int refuse(struct decoder *d, size_t offset,
							const char *fmt, ...)
{
	const struct json_place at = json_place_of_token(d->src, offset);
	cleanup_strbuf struct strbuf path = STRBUF_INIT(2048);
	char msg[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	add_path(d, &path);
	error_msg(d->e, EINVAL, "%s:%zu:%zu: %s%s%s", d->src->name, at.line, at.column, path.s,
		  path.len ? ": " : "", msg);
	return 0;
}

static size_t here(const struct decoder *d)
{
	return yajl_get_bytes_consumed(d->yajl);
}

static int no_memory(struct decoder *d)
{
	error_set(d->e, ENOMEM, "%s", d->src->name);
	return 0;
}

/* Makes room for one more element and counts it; NULL: no memory. */
static void *add_element(struct decoder *d, struct frame *f)
{
	size_t size = json_element_size(f->field), cap = f->cap ? f->cap * 2 : 4;
	unsigned char *items;

	/* One element is kept free: the NULL at the end of a string vector. */
	if (f->n + 1 >= f->cap) {
		items = arena_calloc(d->arena, cap, size);
		if (!items)
			return NULL;
		if (f->n)
			memcpy(items, f->items, f->n * size);
		f->items = items;
		f->cap = cap;
	}
	return f->items + f->n++ * size;
}

/*
 * What the next value must be: a kind, or SKIP. For an element of an array its
 * index in the path is that of the value to come.
 */
static int expected(struct decoder *d)
{
	struct frame *f = top_or_null(d);

	if (!f)
		return JSON_OBJECT;
	switch (f->kind) {
	case FRAME_TABLE:
		return f->field ? (int)f->field->kind : SKIP;
	case FRAME_ARRAY:
		return json_element_kind(f->field);
	case FRAME_SKIP_ARRAY:
		f->n++;
		return SKIP;
	default:
		return SKIP;
	}
}

/* Makes the path end at the value that is refused, not at the one before it. */
static void point_at_value(struct decoder *d)
{
	struct frame *f = top_or_null(d);

	if (f && f->kind == FRAME_ARRAY && !json_is_map(f->field->kind))
		f->n++;
}

static int mismatch(struct decoder *d, int want, const char *found)
{
	point_at_value(d);
	return refuse(d, here(d), "expected %s, found %s", json_kind_words(want), found);
}

/* Where a scalar of the expected kind goes; NULL: no memory. */
static void *scalar_slot(struct decoder *d)
{
	struct frame *f = top(d);
	struct json_pair *pair;

	if (f->kind == FRAME_TABLE) {
		if (f->field->has)
			*(bool *)(f->base + f->field->has - 1) = true;
		return f->base + f->field->offset;
	}
	if (f->field->kind != JSON_STRING_MAP)
		return add_element(d, f);
	pair = add_element(d, f);
	if (!pair)
		return NULL;
	pair->key = arena_strndup(d->arena, f->key, f->key_len);
	return pair->key ? &pair->value : NULL;
}

static int on_null(void *ctx)
{
	struct decoder *d = ctx;
	int want = expected(d);

	/* The schemas know no null, and none of the engines' documents has one. */
	return want == SKIP ? 1 : mismatch(d, want, "null");
}

static int on_boolean(void *ctx, int value)
{
	struct decoder *d = ctx;
	int want = expected(d);
	bool *slot;

	if (want == SKIP)
		return 1;
	if (want != JSON_BOOL)
		return mismatch(d, want, value ? "true" : "false");
	slot = scalar_slot(d);
	if (!slot)
		return no_memory(d);
	*slot = value != 0;
	return 1;
}

/*
 * Integers are written as integers: "1.0" and "1e3" are refused, since the
 * peers' parsers disagree on them.
 */
static int on_number(void *ctx, const char *s, size_t len)
{
	struct decoder *d = ctx;
	int want = expected(d);
	union {
		uint64_t u64;
		uint32_t u32;
		uint16_t u16;
	} scratch;
	char text[40];
	void *slot;

	if (want == SKIP)
		return 1;
	json_quote(s, len, text, sizeof(text));
	if (len > 20 || json_store_number(text, want, &scratch) < 0)
		return mismatch(d, want, text);
	slot = scalar_slot(d);
	if (!slot)
		return no_memory(d);
	json_store_number(text, want, slot);
	return 1;
}

static int on_string(void *ctx, const unsigned char *s, size_t len)
{
	struct decoder *d = ctx;
	int want = expected(d);
	const char **slot;
	char *copy;

	if (len && memchr(s, '\0', len)) {
		point_at_value(d);
		return refuse(d, here(d), "string with a NUL (\\u0000)");
	}
	if (want == SKIP)
		return 1;
	if (want != JSON_STRING)
		return mismatch(d, want, "a string");
	copy = arena_strndup(d->arena, len ? (const char *)s : "", len);
	slot = scalar_slot(d);
	if (!copy || !slot)
		return no_memory(d);
	*slot = copy;
	return 1;
}

/* Opens a frame; NULL when an error was set. */
static struct frame *push(struct decoder *d, enum frame_kind kind)
{
	struct frame *f;

	if (d->depth == JSON_DEPTH_MAX) {
		refuse(d, here(d), "nested deeper than %d levels", JSON_DEPTH_MAX);
		return NULL;
	}
	f = &d->frames[d->depth++];
	*f = (struct frame){ .kind = kind, .start = here(d) };
	return f;
}

/* The struct that an object of the expected kind fills; NULL: no memory. */
static void *object_base(struct decoder *d, const struct json_object *table)
{
	struct frame *f = top_or_null(d);
	unsigned char *p;
	const char *key;

	if (!f)
		return d->ret = arena_alloc(d->arena, table->size);
	if (f->kind == FRAME_ARRAY) {
		p = add_element(d, f);
		if (!p || f->field->kind != JSON_OBJECT_MAP)
			return p;
		key = arena_strndup(d->arena, f->key, f->key_len);
		*(const char **)(p + table->key_offset) = key;
		return key ? p : NULL;
	}
	if (f->field->has)
		*(bool *)(f->base + f->field->has - 1) = true;
	if (f->field->kind == JSON_OBJECT)
		return f->base + f->field->offset;
	p = arena_alloc(d->arena, table->size);
	*(void **)(f->base + f->field->offset) = p;
	return p;
}

static int on_start_map(void *ctx)
{
	struct decoder *d = ctx;
	int want = expected(d);
	struct frame *f = top_or_null(d);
	const struct json_field *field = f ? f->field : NULL;
	const struct json_object *table = field ? field->sub : d->root;
	void *base;

	if (want == SKIP)
		return push(d, FRAME_SKIP_OBJECT) != NULL;
	if (json_is_map((enum json_kind)want)) {
		f = push(d, FRAME_ARRAY);
		if (!f)
			return 0;
		f->field = field;
		return 1;
	}
	if (want != JSON_OBJECT && want != JSON_OBJECT_PTR)
		return mismatch(d, want, "an object");
	base = object_base(d, table);
	if (!base)
		return no_memory(d);
	f = push(d, FRAME_TABLE);
	if (!f)
		return 0;
	f->table = table;
	f->base = base;
	return 1;
}

static int on_start_array(void *ctx)
{
	struct decoder *d = ctx;
	int want = expected(d);
	struct frame *f = top_or_null(d);
	const struct json_field *field = f ? f->field : NULL;

	if (want == SKIP)
		return push(d, FRAME_SKIP_ARRAY) != NULL;
	if (want != JSON_STRINGS && want != JSON_U32S && want != JSON_OBJECTS)
		return mismatch(d, want, "an array");
	f = push(d, FRAME_ARRAY);
	if (!f)
		return 0;
	f->field = field;
	return 1;
}

/* Hands a finished array or map to the struct that owns it. */
static int close_elements(struct decoder *d, const struct frame *f)
{
	struct frame *owner = top(d); /* ours is popped */
	unsigned char *at = owner->base + f->field->offset;
	struct json_strings *strings;
	void *none;

	if (f->field->has)
		*(bool *)(owner->base + f->field->has - 1) = true;
	if (f->field->kind == JSON_STRINGS) {
		none = f->items ? NULL : arena_calloc(d->arena, 1, sizeof(char *));
		if (!f->items && !none)
			return no_memory(d);
		strings = (struct json_strings *)at;
		strings->v = f->items ? (char **)f->items : none;
		strings->n = f->n;
		return 1;
	}
	*(void **)at = f->items;
	*(size_t *)(owner->base + f->field->count - 1) = f->n;
	return 1;
}

static int on_end_array(void *ctx)
{
	struct decoder *d = ctx;
	struct frame f = d->frames[--d->depth];

	return f.kind == FRAME_ARRAY ? close_elements(d, &f) : 1;
}

static int on_end_map(void *ctx)
{
	struct decoder *d = ctx;
	struct frame *f = top(d);
	struct frame ended;

	f->key = NULL;
	key_set_pop(&d->keys, f->open_keys);
	for (size_t i = 0; f->kind == FRAME_TABLE && i < f->table->n_fields; i++)
		if (f->table->fields[i].required && !(f->seen & 1ULL << i)) {
			d->depth--; /* the object's own path ends at its owner */
			return refuse(d, f->start, "required key '%s' is missing",
				      f->table->fields[i].name);
		}
	ended = *f;
	d->depth--;
	return ended.kind == FRAME_ARRAY ? close_elements(d, &ended) : 1;
}

/* Enters the current key of `f` among the open ones; 0 when it is there. */
static int add_open_key(struct decoder *d, struct frame *f)
{
	switch (key_set_add(&d->keys, d->depth, f->key, f->key_len)) {
	case 0:
		f->open_keys++;
		return 1;
	case -EEXIST:
		return refuse(d, here(d), "duplicate key");
	case -E2BIG:
		return refuse(d, here(d), "more than %d keys", JSON_OPEN_KEYS_MAX);
	default:
		return no_memory(d);
	}
}

static void report_unknown(struct decoder *d)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT(2048);

	if (!log_enabled(LOG_LEVEL_DEBUG))
		return;
	add_path(d, &path);
	log_debug("%s:%zu: %s: unknown key, ignored", d->src->name,
		  json_place_at(d->src, here(d)).line, path.s);
}

/* Finds the row of a table's key; *ret_known = false where there is none. */
static int table_key(struct decoder *d, struct frame *f, bool *ret_known)
{
	const struct json_field *fields = f->table->fields;

	f->field = NULL;
	for (size_t i = 0; i < f->table->n_fields; i++) {
		if (strncmp(fields[i].name, f->key, f->key_len) != 0 || fields[i].name[f->key_len])
			continue;
		if (f->seen & 1ULL << i)
			return refuse(d, here(d), "duplicate key");
		f->seen |= 1ULL << i;
		f->field = &fields[i];
		f->key = fields[i].name;
		break;
	}
	*ret_known = f->field != NULL;
	return 1;
}

static int on_map_key(void *ctx, const unsigned char *s, size_t len)
{
	struct decoder *d = ctx;
	struct frame *f = top(d);
	const char *key = len ? (const char *)s : "";
	uintptr_t p = (uintptr_t)key, text = (uintptr_t)d->src->text;
	bool known = false;

	f->key = key;
	f->key_len = len;
	if (len && memchr(key, '\0', len))
		return refuse(d, here(d), "key with a NUL (\\u0000)");
	if (f->kind == FRAME_TABLE && !table_key(d, f, &known))
		return 0;
	if (known)
		return 1;
	/* yajl's own buffer (a key with escapes) lives only until we return. */
	if (len && (p < text || p >= text + d->src->len)) {
		f->key = arena_strndup(d->arena, key, len);
		if (!f->key)
			return no_memory(d);
	}
	if (!add_open_key(d, f))
		return 0;
	if (f->kind == FRAME_TABLE)
		report_unknown(d);
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_map_key,
	.yajl_end_map = on_end_map,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end_array,
};

static int syntax_error(struct decoder *d)
{
	const struct json_source *src = d->src;
	const struct json_place at = json_place_of_token(src, here(d));
	unsigned char *words = yajl_get_error(d->yajl, 0, NULL, 0);
	int len = words ? (int)strcspn((const char *)words, "\n") : 0;

	/* yajl's sentences; ours have no full stop. */
	if (len > 0 && words[len - 1] == '.')
		len--;

	error_msg(d->e, EINVAL, "%s:%zu:%zu: invalid JSON: %.*s", src->name, at.line, at.column,
		  words ? len : 7, words ? (const char *)words : "unknown");
	yajl_free_error(d->yajl, words);
	return -EINVAL;
}

static int parse(struct decoder *d)
{
	yajl_status status;
	int ret = 0;

	d->yajl = yajl_alloc(&callbacks, NULL, d);
	if (!d->yajl)
		return error_set(d->e, ENOMEM, "%s", d->src->name);
	yajl_config(d->yajl, yajl_dont_validate_strings, 1); /* json_check_text() has */
	error_clear(d->e);
	status = yajl_parse(d->yajl, (const unsigned char *)d->src->text, d->src->len);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(d->yajl);
	if (d->e->code)
		ret = -d->e->code;
	else if (status != yajl_status_ok)
		ret = syntax_error(d);
	yajl_free(d->yajl);
	return ret;
}

int json_decode(struct arena *a, const struct json_source *src, const struct json_object *schema,
		void **ret, struct error *e)
{
	cleanup_free struct decoder *d = NULL;
	int r = json_check_text(src, e);

	if (r < 0)
		return r;
	d = calloc(1, sizeof(*d)); /* 12 KiB: too much for a caller's small stack */
	if (!d)
		return error_set(e, ENOMEM, "%s", src->name);
	d->arena = a;
	d->src = src;
	d->e = e;
	d->root = schema;
	r = parse(d);
	key_set_done(&d->keys);
	if (r < 0)
		return r;
	*ret = d->ret;
	return 0;
}

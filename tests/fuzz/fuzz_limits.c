/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `urun update`: two LinuxResources objects, the input's first line and the rest, and each
 * line as a "KEY=VALUE". Oracles: no crash, no leak; a refusal is an error with words; laid
 * over each other, written and read they are the same again; laid over it once more the
 * second changes nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "oci/config.h"
#include "oci/kept.h"
#include "run/limit_words.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

enum { DOCUMENT_MAX = 16 << 20 };

static struct limits *load(struct arena *a, const char *text, size_t len)
{
	struct error e = ERROR_INIT;
	struct limits *l = NULL;

	if (oci_load_resources(a, "r.json", text, len, &l, &e) < 0)
		CHECK(!l && strncmp(e.msg, "r.json", 6) == 0);
	return l;
}

static void write_kept(const struct oci_kept_limits *k, struct strbuf *b)
{
	strbuf_reset(b);
	CHECK(oci_kept_write(k, b) == 0);
}

static void try_documents(const char *old, size_t old_len, const char *new, size_t new_len)
{
	cleanup_strbuf struct strbuf first = STRBUF_INIT(DOCUMENT_MAX);
	cleanup_strbuf struct strbuf second = STRBUF_INIT(DOCUMENT_MAX);
	cleanup_arena struct arena a = ARENA_INIT;
	struct limits *l = load(&a, old, old_len), *u = load(&a, new, new_len);
	struct oci_kept_limits k = { .l3_cache_schema = NULL }, *again;
	struct error e = ERROR_INIT;

	if (!l)
		l = arena_alloc(&a, sizeof(*l));
	if (!l || !u)
		return;
	k.resources = *l;
	CHECK(oci_limits_merge(&a, &k.resources, u) == 0);
	write_kept(&k, &first);
	CHECK(oci_kept_load(&a, "limits.json", first.s, first.len, &again, &e) == 0);
	write_kept(again, &second);
	CHECK(strcmp(first.s, second.s) == 0);
	CHECK(oci_limits_merge(&a, &again->resources, u) == 0);
	write_kept(again, &second);
	CHECK(strcmp(first.s, second.s) == 0);
}

static void try_words(char *text)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct limits l = { .n_unified = 0 };
	struct error e = ERROR_INIT;
	char *save = NULL;

	for (char *s = strtok_r(text, "\n", &save); s; s = strtok_r(NULL, "\n", &save)) {
		error_clear(&e);
		if (limit_word_set(&a, &l, s, &e) < 0)
			CHECK(e.code && *e.msg && !strchr(e.msg, '\n'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	size_t line;

	CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	line = strcspn(text, "\n");
	if (line < size)
		try_documents(text, line, text + line + 1, size - line - 1);
	else
		try_documents("{}", 2, text, size);
	try_words(text);
	free(text);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A15: any text as a GVariant. Oracles: no crash, nothing read outside, memory within a
 * bound of the text's size; an error has a place; a value has a signature that D-Bus
 * takes, and printed with its types and read again it is the same value.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cgroup/gvariant.h"
#include "cgroup/gvariant_parts.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

static void print(struct strbuf *b, const struct gvariant *v);

static void print_string(struct strbuf *b, const char *s)
{
	strbuf_addc(b, '\'');
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			strbuf_addc(b, '\\');
		strbuf_addc(b, *s);
	}
	strbuf_addc(b, '\'');
}

static void print_kids(struct strbuf *b, const struct gvariant *v, const char *brackets)
{
	strbuf_addc(b, brackets[0]);
	for (size_t i = 0; i < v->kids.n; i++) {
		if (i)
			strbuf_addc(b, ',');
		print(b, &v->kids.v[i]);
	}
	if (brackets[0] == '(' && v->kids.n == 1)
		strbuf_addc(b, ',');
	strbuf_addc(b, brackets[1]);
}

static void print(struct strbuf *b, const struct gvariant *v)
{
	switch (v->sig[0]) {
	case 'b':
		strbuf_adds(b, v->b ? "true" : "false");
		break;
	case 'y':
	case 'q':
	case 'u':
	case 't':
		strbuf_addf(b, "0x%" PRIx64, v->u);
		break;
	case 'n':
	case 'i':
	case 'x':
		strbuf_addf(b, "%" PRId64, v->i);
		break;
	case 'd':
		strbuf_addf(b, "%.17g", v->d);
		break;
	case 's':
	case 'o':
	case 'g':
		print_string(b, v->s);
		break;
	case 'a':
		print_kids(b, v, "[]");
		break;
	case '(':
		print_kids(b, v, "()");
		break;
	case '{':
		print_kids(b, v, "{}");
		break;
	case 'v':
		CHECK(v->kids.n == 1);
		strbuf_addf(b, "<@%s ", v->kids.v->sig);
		print(b, v->kids.v);
		strbuf_addc(b, '>');
		break;
	default:
		abort();
	}
}

static void check_same(const struct gvariant *l, const struct gvariant *r)
{
	CHECK(strcmp(l->sig, r->sig) == 0);
	switch (l->sig[0]) {
	case 'b':
		CHECK(l->b == r->b);
		break;
	case 'd':
		CHECK(l->d == r->d || (l->d != l->d && r->d != r->d));
		break;
	case 's':
	case 'o':
	case 'g':
		CHECK(strcmp(l->s, r->s) == 0);
		break;
	case 'a':
	case '(':
	case '{':
	case 'v':
		CHECK(l->kids.n == r->kids.n);
		for (size_t i = 0; i < l->kids.n; i++)
			check_same(&l->kids.v[i], &r->kids.v[i]);
		break;
	default:
		CHECK(l->u == r->u);
	}
}

static void check_value(const struct gvariant *v)
{
	struct strbuf b = STRBUF_INIT(GVARIANT_TEXT_MAX);
	struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	const struct gvariant *again;
	int ret;

	CHECK(gv_type_len(v->sig) == strlen(v->sig));
	CHECK(strlen(v->sig) <= GVARIANT_SIGNATURE_MAX);
	strbuf_addf(&b, "@%s ", v->sig);
	print(&b, v);
	/* Written out it may be longer, or deeper by an annotation for each variant. */
	ret = strbuf_error(&b) ? -E2BIG : gvariant_parse(&a, b.s, &again, &e);
	if (ret == 0)
		check_same(v, again);
	else if (ret != -E2BIG)
		CHECK(strstr(e.msg, "nested too deeply"));
	strbuf_done(&b);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	const struct gvariant *v = NULL;
	char *text = malloc(size + 1);
	int ret;

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	ret = gvariant_parse(&a, text, &v, &e);
	/* A node, its pattern and a value for each byte, and what a level of nesting adds. */
	CHECK(a.used <= (size + 1) * 1024);
	free(text);
	if (ret == 0)
		check_value(v);
	else
		CHECK(e.code == -ret && strncmp(e.msg, "at byte ", 8) == 0);
	arena_free(&a);
	return 0;
}

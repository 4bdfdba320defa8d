/* SPDX-License-Identifier: Apache-2.0 */
/* Between the two halves of the parser: syntax (gvariant.c), types (gvariant_type.c). */
#ifndef URUN_CGROUP_GVARIANT_PARTS_H
#define URUN_CGROUP_GVARIANT_PARTS_H

#include "cgroup/gvariant.h"

enum gv_kind {
	GV_TRUE,
	GV_FALSE,
	GV_NUMBER,
	GV_STRING,
	GV_BYTES,
	GV_ARRAY,
	GV_TUPLE,
	GV_DICT,  /* its kids are entries */
	GV_ENTRY, /* key and value */
	GV_VARIANT,
	GV_TYPED, /* `type` says what its one kid must be */
};

/* What the text says, before types are known. */
struct gv_node {
	enum gv_kind kind;
	size_t pos;
	const char *text; /* number: as written; string, bytes: without quotes and escapes */
	size_t len;
	const char *type;
	const char *pattern; /* what is known of its type */
	struct gv_node *kids, *next;
	size_t n;
};

/* Length of the first complete D-Bus type in s; 0 if there is none. */
size_t gv_type_len(const char *s);

/* "at byte N: WHAT". */
int gv_bad(struct error *e, size_t pos, const char *what);

/* Infers the types below `node` and makes the value. */
int gv_value(struct arena *a, struct gv_node *node, const struct gvariant **ret, struct error *e);

#endif

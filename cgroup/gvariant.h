/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A typed value as D-Bus has them, and GLib's text format for it (A15):
 *
 *	true   5   uint64 5   0x1f   3.75e1   'text'   b'bytes'   objectpath '/a'
 *	['a', 'b']   @as []   ('pair', 5)   {'key': <'variant'>}
 *
 * Types are inferred over the whole value as GLib does: [1, 2.5] is an array of
 * doubles, an integer is int32 unless something says otherwise. What D-Bus does
 * not have (maybe, the empty tuple, a lone dictionary entry) or what text cannot
 * name (handle) is refused.
 */
#ifndef URUN_CGROUP_GVARIANT_H
#define URUN_CGROUP_GVARIANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum {
	GVARIANT_TEXT_MAX = 65536,
	GVARIANT_DEPTH_MAX = 32, /* D-Bus's, of arrays and of structs */
	GVARIANT_SIGNATURE_MAX = 255,
};

struct gvariant {
	const char *sig; /* the D-Bus signature of one complete type; sig[0] says which below */
	union {
		bool b;        /* b */
		uint64_t u;    /* y q u t */
		int64_t i;     /* n i x */
		double d;      /* d */
		const char *s; /* s o g */
		struct {       /* a ( { : the elements; v: the one inside */
			const struct gvariant *v;
			size_t n;
		} kids;
	};
};

/* The error says at which byte. Nothing refers to `text` afterwards. */
int gvariant_parse(struct arena *a, const char *text, const struct gvariant **ret, struct error *e);

/* The D-Bus signature of the value. */
const char *gvariant_signature(const struct gvariant *v);

/* Values without a text; NULL when memory is used up. */
const struct gvariant *gvariant_bool(struct arena *a, bool b);
const struct gvariant *gvariant_u64(struct arena *a, uint64_t u);
const struct gvariant *gvariant_string(struct arena *a, const char *s);
const struct gvariant *gvariant_bytes(struct arena *a, const uint8_t *p, size_t n);

#endif

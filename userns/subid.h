/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which ids the host's administrator granted to a user: subuid(5), subgid(5),
 * or what nsswitch.conf puts in their place. A user may have any number of
 * lines, by name and by number; all of them count.
 */
#ifndef URUN_USERNS_SUBID_H
#define URUN_USERNS_SUBID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "userns/host.h"

enum subid_kind { SUBID_UID, SUBID_GID };

struct id_range {
	uint32_t first, count;
};

/* Sorted, without overlap; adjacent ranges are one. */
struct id_ranges {
	struct id_range *r;
	size_t n;
	size_t n_malformed; /* lines for this user that cannot be read */
};

struct subid_owner {
	const char *name; /* NULL: unknown */
	uid_t uid;
	bool any; /* every line, whoever's (to find a free range) */
};

/* "/etc/subuid" or "/etc/subgid", for messages. */
const char *subid_file(enum subid_kind kind);

/*
 * All ranges of the owner in the text of such a file. Pure. A line that
 * newuidmap would not take either ("65536\r", a count of 0, ids over 32 bits) is
 * skipped and counted. -ENOMEM.
 */
int subid_parse(struct arena *a, const char *text, const struct subid_owner *owner,
		struct id_ranges *ret);

/* Sorts, joins and drops what is double, in place. */
void id_ranges_normalize(struct id_ranges *r);

bool id_ranges_has(const struct id_ranges *r, uint32_t first, uint32_t count);

/* "100000..165535, 200000..200009"; cut at len. */
const char *id_ranges_describe(const struct id_ranges *r, char *buf, size_t len);

/* The same ranges without one id (the caller's own, mapped apart). -ENOMEM. */
int id_ranges_without(struct arena *a, const struct id_ranges *r, uint32_t id,
		      struct id_ranges *ret);

/*
 * The owner's ranges on this host (h may be NULL). No ranges and no file are
 * no error: *ret is empty then. Where nsswitch.conf has a `subid:` line with
 * another source, libsubid answers; it is what newuidmap asks as well.
 */
int subid_load(struct arena *a, const struct userns_host *h, const struct subid_owner *owner,
	       enum subid_kind kind, struct id_ranges *ret);

/*
 * Lowest start >= 100000 of `count` ids that no line of either file has;
 * 0 if there is none.
 */
uint32_t subid_find_free(const struct id_ranges *uids, const struct id_ranges *gids,
			 uint32_t count);

/* subid_library.c: asks libsubid, opened when needed. -ENOSYS without it. */
int subid_library_load(struct arena *a, const struct subid_owner *owner, enum subid_kind kind,
		       struct id_ranges *ret);

#endif

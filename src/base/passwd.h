/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passwd(5) and group(5) as text that an image may have forged, and the words
 * "name[:group]" that are looked up in it. Pure: no system call, no heap. Lines
 * that cannot be read (no number, an id of 2^32-1, a comment) are not there; of
 * two lines for one name the first counts.
 */
#ifndef URUN_BASE_PASSWD_H
#define URUN_BASE_PASSWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PASSWD_NAME_MAX = 256 }; /* longer words are no name */

/* An id, or a name within somebody's text. */
struct user_word {
	const char *s;
	size_t len;
	uint32_t id;
	bool is_id;
};

struct user_spec {
	struct user_word user, group;
	bool has_group;
};

/*
 * "UID", "NAME", each with ":GID" or ":GROUP". All digits are an id, never a
 * name; what is half a number is a name, never an id (CVE-2026-30892). -EINVAL.
 */
int user_spec_parse(const char *text, struct user_spec *ret);

struct passwd_text {
	const char *s;
	size_t len;
};

struct passwd_user {
	uint32_t uid, gid;
	const char *home; /* within the text; "" where there is none */
	size_t home_len;
};

bool passwd_find_user(const struct passwd_text *t, const struct user_word *name,
		      struct passwd_user *ret);

bool group_find(const struct passwd_text *t, const struct user_word *name, uint32_t *ret);

/*
 * The gids of all groups that list this user as a member, in the file's order, the
 * first `max` of them in ret. Returns how many there are.
 */
size_t group_memberships(const struct passwd_text *t, const struct user_word *user, uint32_t *ret,
			 size_t max);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this folder reads of the host, and where: one struct of paths, so that
 * a test can point all of it at a folder of its own. NULL for a `struct
 * userns_host *` means userns_host_default everywhere.
 */
#ifndef URUN_USERNS_HOST_H
#define URUN_USERNS_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/passwd.h"

enum { USERNS_HELPER_DIRS = 4, USERNS_FILE_MAX = 1 << 20 };

struct userns_host {
	const char *etc;                             /* passwd, subuid, subgid, nsswitch.conf */
	const char *proc;                            /* a procfs */
	const char *helper_dirs[USERNS_HELPER_DIRS]; /* searched in order; NULL ends */
	const char *newuidmap, *newgidmap;           /* absolute; NULL: searched */
};

extern const struct userns_host userns_host_default;

/*
 * Reads DIR/NAME, at most USERNS_FILE_MAX bytes, into the arena with a NUL
 * behind it. -ENOENT, -EFBIG, ...; ret_len may be NULL.
 */
int userns_host_read(struct arena *a, const char *dir, const char *name, char **ret,
		     size_t *ret_len);

/*
 * The absolute path of newuidmap (newgidmap), or NULL if there is none.
 * Never from $PATH: that is the caller's, and the helper is trusted to print
 * the truth.
 */
const char *userns_host_helper(struct arena *a, const struct userns_host *h, bool gid);

/*
 * Does nsswitch.conf name a source other than "files" for this database? No
 * such line means "files" alone.
 */
bool userns_host_has_nss(const struct userns_host *h, const char *database);

/* The pure half of it. */
bool nsswitch_has_other(const char *text, const char *database);

/*
 * Name of a user, or NULL: /etc/passwd by hand first, for the C library's
 * lookup loads a library for each NSS source (0.3 ms); that comes only when the
 * file does not know the uid and nsswitch.conf names another source. A container
 * without a passwd entry or an LDAP server that is down give NULL, no error.
 */
const char *userns_host_user_name(struct arena *a, const struct userns_host *h, uid_t uid);

/* A group's number by its name, in the same way: /etc/group, then nsswitch.conf's sources. */
bool userns_host_group_id(struct arena *a, const struct userns_host *h,
			  const struct user_word *name, uint32_t *ret);

/* The pure half of userns_host_user_name(); arena-owned. */
const char *passwd_find_name(struct arena *a, const char *text, uid_t uid);

#endif

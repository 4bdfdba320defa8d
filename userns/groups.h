/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Supplementary groups in a user namespace: when setgroups() has to be given
 * up, and what keeping the caller's groups looks like inside (user_namespaces(7),
 * CVE-2018-7169: dropping a group can gain access where it has less than others).
 */
#ifndef URUN_USERNS_GROUPS_H
#define URUN_USERNS_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "userns/idmap.h"
#include "userns/userns.h"

/* What an unmapped id looks like (kernel.overflowgid's default). */
enum { GROUPS_OVERFLOW_GID = 65534 };

/* Is the map one line of one id, the caller's own (uid or gid)? */
bool idmap_is_single_own(const struct idmap *map, uint32_t own);

/*
 * Must setgroups=deny be written before this gid map? Yes for the one map that
 * a process without CAP_SETGID may write itself: its own gid.
 */
bool groups_deny_needed(const struct userns_caller *c, const struct idmap *gid_map);

/* /proc/PID/setgroups of a procfs (NULL: the host's). pid 0: ourselves. */
int groups_read_setgroups_policy(const struct userns_host *h, pid_t pid, bool *ret_denied);

/*
 * The groups of "27,video" (--map-groups, I12): numbers, or names of this host. The
 * caller, which is this process, must be in each of them.
 */
int groups_parse(struct arena *a, const struct userns_caller *c, const char *list,
		 struct shown_groups *ret, struct error *e);

/*
 * Puts c->shown into the map, each by its own number (idmap_insert()). An error where
 * newgidmap would refuse one, or the caller's own group had to make way.
 */
int groups_show(struct arena *a, const struct userns_caller *c, struct idmap *map, struct error *e);

struct kept_group {
	gid_t host;
	uint32_t inside; /* GROUPS_OVERFLOW_GID where not mapped */
	bool mapped;
};

struct kept_groups {
	struct kept_group *g;
	size_t n;
};

/*
 * How these groups of the caller are seen inside when they are kept. Access by
 * an unmapped one still works: the kernel compares its own ids. -ENOMEM.
 */
int groups_view(struct arena *a, const struct idmap *gid_map, const gid_t *gids, size_t n,
		struct kept_groups *ret);

/* groups_view() of our own supplementary groups. */
int groups_list_kept(struct arena *a, const struct idmap *gid_map, struct kept_groups *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which ids a mount shows for those of its file system: .mounts[].uidMappings
 * and gidMappings, or the option
 *
 *	idmap[=uids=F-H-N[#F-H-N...][;gids=F-H-N[#...]]]	and ridmap, for all below
 *
 * N ids of the file system from F on are shown as the host's ids from H on. "@"
 * in front of three numbers: H is an id of the container. Without a value, and
 * for the one of the two that a value lacks, it is the container's own map.
 */
#ifndef URUN_PLAN_MOUNT_IDMAP_H
#define URUN_PLAN_MOUNT_IDMAP_H

#include "plan/plan.h"

struct mount_idmap {
	struct idmap uid, gid; /* container_id: of the file system, host_id: of the caller */
};

/*
 * Reads the value ("uids=0-1-10#@10-0-5;gids=0-1-1"); `own`: the container's maps,
 * n == 0 where it has none of its own, so that "@" changes nothing. A part that
 * is not there gives n == 0. Errors name the part, not the mount. Pure.
 */
int mount_idmap_parse(struct arena *a, const char *value, const struct mount_idmap *own,
		      struct mount_idmap *ret, struct error *e);

struct mount_idmap_request {
	struct arena *arena;
	const struct namespace_plan *ns;
	const struct oci_mount *oci;
	const char *word; /* the option as given, or NULL */
};

/* Decides the maps of m, whose kind is known (M08-M11). */
int plan_mount_idmap(const struct mount_idmap_request *req, struct mount_plan *m, struct error *e);

#endif

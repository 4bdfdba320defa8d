/* SPDX-License-Identifier: Apache-2.0 */
/* Idmapped binds, which the caller opens before he clones (rootfs/idmapped_bind.c). */
#include <errno.h>

#include "run/create.h"

/* The caller's ids as the kernel wants them from who is in a user namespace. */
static int split_map(struct launch *l, size_t index, bool gid, struct idmap *map, struct error *e)
{
	struct idmap own;
	uint32_t missing;
	int r = userns_own_map(l->arena, &l->caller, gid, &own, e);

	if (r < 0)
		return r;
	r = idmap_split(l->arena, map, &own, map, &missing);
	if (r == -ENOENT)
		return error_msg(e, EINVAL,
				 ".mounts[%zu]: %s id %u of its id maps is not mapped in the user "
				 "namespace that urun is started in",
				 index, gid ? "group" : "user", missing);
	return r < 0 ? error_set(e, r, ".mounts[%zu]: split its id maps", index) : 0;
}

int launch_open_idmapped_binds(struct launch *l, struct error *e)
{
	struct rootfs_plan *p = &l->plan.rootfs;
	int r = 0;

	for (size_t i = 0; i < p->n_mounts && r == 0 && !l->caller.initial; i++) {
		struct mount_plan *m = &p->mounts[i];

		if (!rootfs_is_idmapped_bind(m))
			continue;
		r = split_map(l, m->index, false, &m->uid_mappings, e);
		if (r == 0)
			r = split_map(l, m->index, true, &m->gid_mappings, e);
	}
	return r < 0 ? r : rootfs_open_idmapped_binds(&l->rootfs, e);
}

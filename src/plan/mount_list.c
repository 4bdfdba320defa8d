/* SPDX-License-Identifier: Apache-2.0 */
/* See mount_list.h. */
#include "plan/mount_list.h"

#include <errno.h>
#include <string.h>

int mount_list_add(struct arena *a, struct rootfs_plan *r, const struct mount_plan *m,
		   struct error *e)
{
	struct mount_plan *all = arena_calloc(a, r->n_mounts + 1, sizeof(*all));

	if (!all)
		return error_set(e, ENOMEM, "plan the mounts");
	if (r->n_mounts)
		memcpy(all, r->mounts, r->n_mounts * sizeof(*all));
	all[r->n_mounts++] = *m;
	r->mounts = all;
	return 0;
}

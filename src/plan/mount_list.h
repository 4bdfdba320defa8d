/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of a plan, behind those of the config. */
#ifndef URUN_PLAN_MOUNT_LIST_H
#define URUN_PLAN_MOUNT_LIST_H

#include "plan/plan.h"

/* One more, the last: nothing of the config's comes to lie over it. */
int mount_list_add(struct arena *a, struct rootfs_plan *r, const struct mount_plan *m,
		   struct error *e);

#endif

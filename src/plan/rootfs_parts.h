/* SPDX-License-Identifier: Apache-2.0 */
/* What plan/rootfs.c, mounts.c and devices.c share. */
#ifndef URUN_PLAN_ROOTFS_PARTS_H
#define URUN_PLAN_ROOTFS_PARTS_H

#include "plan/plan.h"

/* Absolute form of a host path that is relative to the bundle; arena-owned. */
char *plan_host_path(struct arena *a, const struct launch_plan *plan, const char *path);

/* One .mounts[] row; ret->index is set by the caller. */
int plan_one_mount(struct arena *a, const struct launch_plan *plan, const struct oci_mount *oci,
		   struct mount_plan *ret, struct error *e);

/* The spec's default nodes and .linux.devices. */
int plan_devices(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		 struct launch_plan *ret, struct error *e);

#endif

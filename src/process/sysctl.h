/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the sysctls that plan/sysctl.h allowed. Usable after clone. */
#ifndef URUN_PROCESS_SYSCTL_H
#define URUN_PROCESS_SYSCTL_H

#include "plan/plan.h"

/*
 * Writes r->sysctls through a verified procfs root that has sys/ (not
 * subset=pid). gid_map is the new user namespace's (n == 0: none): a
 * ping_group_range that reaches beyond it is narrowed, with a warning (P28).
 */
int process_write_sysctls(const struct rootfs_plan *r, const struct idmap *gid_map, int proc_fd,
			  struct error *e);

/*
 * The part of a ping_group_range "LOW HIGH" whose ends are mapped. False if the
 * text is no such range or nothing of it is mapped. Exported for tests.
 */
bool sysctl_narrow_ping_range(const char *value, const struct idmap *gid_map, uint32_t *ret_low,
			      uint32_t *ret_high);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmor profile and SELinux label for the next execve. Usable after clone. */
#ifndef URUN_PROCESS_LSM_H
#define URUN_PROCESS_LSM_H

#include "plan/plan.h"

/*
 * Asks the kernel to apply the plan's label at execve, through a verified
 * procfs root (L01-L03). A label for a security module that this kernel does
 * not run is an error: the container would be less confined than asked. Must
 * come before no_new_privs.
 */
int process_set_lsm_label(const struct process_plan *p, int proc_fd, struct error *e);

/*
 * lsm_names.c. After -ENOENT of an AppArmor profile, in the parent (it allocates):
 * puts the loaded profiles with a similar name into the hint, as far as the
 * caller may see any. `dir` is /sys/kernel/security/apparmor.
 */
void process_suggest_profiles(const char *profile, int dir, struct error *e);

#endif

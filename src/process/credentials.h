/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the process is: groups, gid, uid, umask, no_new_privs. Raw system calls:
 * glibc's wrappers want to signal threads that do not exist after clone.
 */
#ifndef URUN_PROCESS_CREDENTIALS_H
#define URUN_PROCESS_CREDENTIALS_H

#include "plan/plan.h"

/*
 * Becomes uid:gid (all of real, effective, saved) and keeps permitted
 * capabilities; the supplementary groups stay. For "root of the new user
 * namespace", where our own ids are not mapped.
 */
int process_become(uint32_t uid, uint32_t gid, struct error *e);

/*
 * Supplementary groups, gid and uid of the plan. Permitted capabilities are
 * kept (effective ones go with a uid other than 0): process_set_caps() follows.
 * A parent-death signal is lost by it and must be set again.
 */
int process_set_user(const struct process_plan *p, struct error *e);

int process_set_umask(const struct process_plan *p, struct error *e);

/* Sets no_new_privs if the plan says so (C47). */
int process_set_no_new_privs(const struct process_plan *p, struct error *e);

#endif

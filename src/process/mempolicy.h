/* SPDX-License-Identifier: Apache-2.0 */
/* NUMA memory policy and execution domain. Usable after clone. */
#ifndef URUN_PROCESS_MEMPOLICY_H
#define URUN_PROCESS_MEMPOLICY_H

#include "plan/plan.h"

/* .linux.memoryPolicy by set_mempolicy(2); it survives execve (C34). */
int process_set_memory_policy(const struct process_plan *p, struct error *e);

/* .linux.personality (C30). */
int process_set_personality(const struct process_plan *p, struct error *e);

#endif

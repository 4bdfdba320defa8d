/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the OCI spec and the kernel's numbers for them: scheduler, I/O
 * priority, memory policy, personality. The planner and the `features`
 * document read the same tables, so that neither can promise what the other
 * does not know. Each ends with a row whose name is NULL.
 */
#ifndef URUN_PLAN_PROCESS_TABLES_H
#define URUN_PLAN_PROCESS_TABLES_H

#include <stdint.h>

struct name_value {
	const char *name;
	uint64_t value;
};

extern const struct name_value sched_policies[];      /* SCHED_* */
extern const struct name_value sched_flags[];         /* SCHED_FLAG_* */
extern const struct name_value io_priority_classes[]; /* IOPRIO_CLASS_* */
extern const struct name_value mempolicy_modes[];     /* MPOL_* */
extern const struct name_value mempolicy_flags[];     /* MPOL_F_* */
extern const struct name_value personality_domains[];

/* The row of `name`, or NULL. */
const struct name_value *name_value_find(const struct name_value *table, const char *name);

#endif

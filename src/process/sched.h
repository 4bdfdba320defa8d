/* SPDX-License-Identifier: Apache-2.0 */
/* CPU scheduling, CPU affinity and I/O priority. Usable after clone. */
#ifndef URUN_PROCESS_SCHED_H
#define URUN_PROCESS_SCHED_H

#include "plan/plan.h"

/* .process.scheduler by sched_setattr(2) (C31). */
int process_set_scheduler(const struct process_plan *p, struct error *e);

/* .process.ioPriority by ioprio_set(2) (C32). */
int process_set_io_priority(const struct process_plan *p, struct error *e);

/*
 * exec's CPU affinity (C33), once with the initial and once with the final mask
 * (plan_bit_list()). No mask: nothing to do.
 */
int process_set_affinity(const unsigned long *mask, size_t bits, struct error *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Resource limits and the OOM score of the process. Usable after clone. */
#ifndef URUN_PROCESS_RLIMITS_H
#define URUN_PROCESS_RLIMITS_H

#include <stdbool.h>

#include "plan/plan.h"

/*
 * Sets the limits. One above our hard limit that we may not raise is set to
 * the hard limit with a warning (C26, P10), or is an error if strict_rlimits.
 */
int process_set_rlimits(const struct process_plan *p, struct error *e);

/*
 * The same on `pid` (0: this process) from where CAP_SYS_RESOURCE counts: from
 * outside of the container's user namespace. What fails is left to
 * process_set_rlimits().
 */
void process_raise_rlimits(const struct process_plan *p, pid_t pid);

/*
 * Writes oom_score_adj through a verified procfs root. A score below what an
 * unprivileged process may take leaves the present one, with a warning (C27).
 *
 * The file of a process that is not dumpable belongs to the host's root, and
 * a rootless caller cannot open it. If `is_alone` (no process of a container
 * can see this one yet: its pid namespace is new, or was not joined so far)
 * the process is made dumpable for the time of the open.
 */
int process_set_oom_score_adj(const struct process_plan *p, int proc_fd, bool is_alone,
			      struct error *e);

#endif

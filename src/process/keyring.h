/* SPDX-License-Identifier: Apache-2.0 */
/* The container's own session keyring. Usable after clone. */
#ifndef URUN_PROCESS_KEYRING_H
#define URUN_PROCESS_KEYRING_H

#include "plan/plan.h"

/*
 * Joins a new session keyring named p->keyring (NULL: none asked, C06), so that
 * the container cannot read its caller's keys; with a SELinux label it is made
 * with that label (proc_fd: verified procfs root). A kernel or an outer filter
 * without keyrings, and a used-up quota (P20), cost a warning only.
 */
int process_join_keyring(const struct process_plan *p, int proc_fd, struct error *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capability sets of the container's process, by raw system calls (child:
 * libcap allocates). Order: process_drop_bounding(), which needs
 * CAP_SETPCAP; process_set_user() of credentials.h, which keeps the permitted
 * set; process_set_caps().
 */
#ifndef URUN_PROCESS_CAPS_H
#define URUN_PROCESS_CAPS_H

#include "plan/plan.h"

/* Drops from the bounding set what the plan does not list. */
int process_drop_bounding(const struct process_plan *p, struct error *e);

/*
 * Sets permitted, effective, inheritable and ambient. What this process does
 * not have itself is left out with a warning (C46).
 */
int process_set_caps(const struct process_plan *p, struct error *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capability sets of the container's process, by raw system calls (child:
 * libcap allocates). Order: process_drop_bounding(), which needs
 * CAP_SETPCAP; process_set_user() of credentials.h, which keeps the permitted
 * set; process_set_caps(); the filter; process_repay_caps().
 */
#ifndef URUN_PROCESS_CAPS_H
#define URUN_PROCESS_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"

/* Drops from the bounding set what the plan does not list. */
int process_drop_bounding(const struct process_plan *p, struct error *e);

/* CAP_SYS_ADMIN on loan to load a seccomp filter without no_new_privs. */
struct caps_loan {
	bool lent;
	uint64_t permitted, effective, inheritable; /* once it is paid back */
};

/*
 * Sets permitted, effective, inheritable and ambient. What this process does
 * not have itself is left out with a warning (C46). Where the filter needs it
 * (X11), CAP_SYS_ADMIN stays permitted and effective until process_repay_caps():
 * so the filter can be the last thing but one, and be as tight as the program
 * needs, not as our own last steps do.
 */
int process_set_caps(const struct process_plan *p, struct caps_loan *loan, struct error *e);

/* After the filter: one capset(2), if there was a loan. */
int process_repay_caps(const struct caps_loan *loan, struct error *e);

#endif

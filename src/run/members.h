/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a container, found by its namespaces. */
#ifndef URUN_RUN_MEMBERS_H
#define URUN_RUN_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct members {
	pid_t *pids; /* ascending, malloc'd */
	size_t n;
};

/* Was its pid namespace made for it (and not joined, or the caller's)? */
bool members_own_pidns(pid_t init);

/*
 * All processes in init's pid namespace, or where that is shared
 * (`own_pidns` false) in its mount namespace. -ESRCH: init is gone.
 */
int members_find(pid_t init, bool own_pidns, struct members *ret, struct error *e);
void members_done(struct members *m);

/* Signals all of them but init. */
int members_kill(pid_t init, bool own_pidns, int sig, struct error *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sysctls a container may set: only those of namespaces that are new
 * with it (C28, security.md R3). Pure; process/sysctl.h writes them.
 */
#ifndef URUN_PLAN_SYSCTL_H
#define URUN_PLAN_SYSCTL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

/* Which namespaces are not the caller's (user: new with the container). */
struct sysctl_namespaces {
	bool ipc, network, uts, user;
};

/* Key as given in .linux.sysctl, with '.' or '/' between its parts. -EINVAL. */
int sysctl_check(const char *key, const struct sysctl_namespaces *ns, struct error *e);

/* No control characters: a newline would be a second write to some files. */
int sysctl_check_value(const char *key, const char *value, struct error *e);

/* The key as a path below /proc/sys ("net/ipv4/ip_forward"); NULL: no memory. */
char *sysctl_path(struct arena *a, const char *key);

#endif

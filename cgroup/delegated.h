/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroupfs manager: a directory below what the caller may write (D01, V23). */
#ifndef URUN_CGROUP_DELEGATED_H
#define URUN_CGROUP_DELEGATED_H

#include "cgroup/cgroup.h"

/*
 * Where the container's cgroup would be: below the hierarchy for a path of the
 * config, else beside or below our own. The error says what is not ours.
 */
int delegated_find(struct arena *a, const struct cgroup_host *h, const struct cgroup_request *req,
		   const char **ret, struct error *e);

/* Makes it and its parents, with the controllers that are there enabled in them. */
int delegated_make(const struct cgroup_host *h, const char *path, int *ret_dir, struct error *e);

/* Enables one controller in all that is ours above `path`; what cannot be is left. */
void delegated_enable(const struct cgroup_host *h, const char *path, const char *controller);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New limits for a cgroup in use: all of them or, where one cannot be had, those that were
 * there before.
 */
#ifndef URUN_CGROUP_CHANGE_H
#define URUN_CGROUP_CHANGE_H

#include "cgroup/files.h"

struct cgroup_change {
	int dir;
	const struct cgroup_plan *plan;
	struct cgroup_plan before; /* what puts the old values back; by file of `plan` */
	size_t done;               /* so many are written */
};

/*
 * Looks whether all files are there and notes what is in them; nothing is written. A value
 * in `before` is NULL where there is none to put back.
 */
int cgroup_change_prepare(struct arena *a, int dir, const struct cgroup_plan *plan,
			  struct cgroup_change *ret, struct error *e);

/* Writes them in order; after a failure undo is the caller's. */
int cgroup_change_apply(struct cgroup_change *c, struct error *e);

/* Puts the old values back, the last first; what keeps its new one is added to `e`. */
void cgroup_change_undo(struct cgroup_change *c, struct error *e);

#endif

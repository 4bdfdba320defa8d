/* SPDX-License-Identifier: Apache-2.0 */
/* What the cgroups above one allow: a limit is the least of all. */
#ifndef URUN_CGROUP_ABOVE_H
#define URUN_CGROUP_ABOVE_H

#include <stdbool.h>

#include "base/arena.h"
#include "cgroup/host.h"

struct cgroup_above {
	const char *value; /* "67108864"; NULL: no cgroup above has a limit */
	const char *from;  /* the path of the one that has it */
};

/*
 * The least value of a file in the cgroups above `path`, and with `self` in it, too: of
 * one with a number ("memory.max") or of cpu.max. Of cpuset.cpus and cpuset.mems it is
 * what the next one above has in force.
 */
int cgroup_least_above(struct arena *a, const struct cgroup_host *h, const char *path, bool self,
		       const char *file, struct cgroup_above *ret);

/* Does `l` allow less than `r`? Texts of such a file; "max" is the most. */
bool cgroup_allows_less(const char *l, const char *r);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the OOM killer did in a cgroup, and whose limit it was (V26, P29). */
#ifndef URUN_CGROUP_OOM_H
#define URUN_CGROUP_OOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CGROUP_OOM_WORDS_MAX = 1024 };

struct cgroup_oom {
	uint64_t reached; /* how often a limit stood in the way: "oom" */
	uint64_t killed;  /* how many processes it cost: "oom_kill" */
};

/*
 * Opens memory.events, to be polled for POLLPRI; -ENOENT without a memory
 * controller.
 */
int cgroup_oom_open(int dir);

/* What it says now; -ENODEV when the cgroup has been removed. */
int cgroup_oom_read(int fd, struct cgroup_oom *ret);

/*
 * Has something happened since `before`, which becomes now? A kill that follows on a
 * limit reached is the same thing, told once.
 */
bool cgroup_oom_rose(struct cgroup_oom *before, const struct cgroup_oom *now);

/* Has the OOM killer ended a process in `dir`? -ENOENT: nothing counts; -ENODEV: it is gone. */
int cgroup_oom_has_killed(int dir, bool *ret);

/*
 * If the OOM killer ended a process in `dir`, the cgroup `path`: which limit of which cgroup,
 * here or above, and the most that was used; one line. False: it did not, or nothing counts.
 */
bool cgroup_oom_explain(int dir, const char *path, char ret[CGROUP_OOM_WORDS_MAX]);

#endif

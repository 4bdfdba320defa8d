/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory for one container in the host's cgroup v1 hierarchy "name=systemd", which has
 * no controllers: what old systemds want to see (A08). README.md says how.
 */
#ifndef URUN_CGROUP_V1_H
#define URUN_CGROUP_V1_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/request.h"

struct cgroup_v1 {
	const char *path; /* of the directory, in the caller's view; NULL: not found yet */
	bool xattr;       /* an option of the hierarchy, which is the host's */
	int dir;          /* of path */
	int procs;        /* its cgroup.procs, for writing: opened before it was given away */
};

#define CGROUP_V1_INIT                         \
	{                                      \
		.dir = -EBADF, .procs = -EBADF \
	}

/* Where it would be: below the caller's own place. The error has the hint. */
int cgroup_v1_find(struct arena *a, const char *id, struct cgroup_v1 *ret, struct error *e);

/* Makes and opens it; -EEXIST with an error where somebody has it. */
int cgroup_v1_make(struct cgroup_v1 *c, struct error *e);
void cgroup_v1_done(struct cgroup_v1 *c);

/* What a systemd in there needs. -EPERM: no power over the owner. */
int cgroup_v1_give(int dir, uid_t uid, gid_t gid);

/* Moves the calling process, whose ids are still the opener's: the kernel compares them. */
int cgroup_v1_enter(int procs);

/* tree.c: removes what a note names, with all below it, when all in it have ended. */
int cgroup_v1_destroy(const char *path, struct error *e);

/* The place that the text of /proc/self/cgroup says, which it takes apart; NULL: none. Pure. */
char *cgroup_v1_parse(char *text);

#endif

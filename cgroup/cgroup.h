/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup of a container, whoever manages it. Order of calls: choose before
 * any side effect; make before clone; begin when init's number is known; place
 * when nothing is left to do but to wait. README.md says why.
 */
#ifndef URUN_CGROUP_CGROUP_H
#define URUN_CGROUP_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/bus.h"
#include "cgroup/host.h"
#include "cgroup/request.h"
#include "cgroup/systemd.h"

struct cgroup {
	const struct cgroup_request *req;
	struct arena *arena;
	struct cgroup_host host;
	enum cgroup_manager manager; /* what it came to: never AUTO; DISABLED: none */
	struct bus_socket bus;       /* systemd: connected */
	struct bus_caller caller;
	struct systemd *systemd;
	const char *path;     /* of the cgroup with the limits; NULL: not made yet */
	size_t existed;       /* as much of it was there before us */
	const char *subgroup; /* below it, where the processes are; NULL: in it */
	int dir;              /* of path */
	int cache;            /* what is found out about systemd; the launcher opens it */
	int leaf;             /* of where the processes are; for CLONE_INTO_CGROUP */
};

#define CGROUP_INIT                                                                        \
	{                                                                                  \
		.host = { .fd = -EBADF }, .existed = SIZE_MAX, .manager = CGROUP_DISABLED, \
		.bus = { .fd = -EBADF }, .dir = -EBADF, .cache = -EBADF, .leaf = -EBADF    \
	}

/*
 * Decides who manages it. An error where what was asked for cannot be had: a
 * manager by name, or a limit.
 */
int cgroup_choose(struct arena *a, const struct cgroup_request *req,
		  const struct bus_caller *caller, struct cgroup *ret, struct error *e);

/* Has the container one of its own? */
static inline bool cgroup_is_own(const struct cgroup *c)
{
	return c->manager != CGROUP_DISABLED;
}

/* Are device rules enforced there (V22)? */
static inline bool cgroup_filters_devices(const struct cgroup *c)
{
	return cgroup_is_own(c) && c->req->privileged;
}

/* D02: nothing was asked of it; none at all is a notice, no error. */
static inline bool cgroup_may_lack(const struct cgroup_request *q)
{
	return q->manager == CGROUP_AUTO && !q->wanted && !q->strict;
}

/* cgroupfs: makes it, with its limits, so that init can be born in it. */
int cgroup_make(struct cgroup *c, struct error *e);

/* systemd: asks for the scope of `pid`. */
int cgroup_begin(struct cgroup *c, pid_t pid, struct error *e);

/* Waits for it; afterwards `pid` is in its place, under its limits. */
int cgroup_place(struct cgroup *c, pid_t pid, struct error *e);

/* After a failure: nothing of it stays. */
void cgroup_undo(struct cgroup *c);

/* Closes what is open; the cgroup stays. */
void cgroup_done(struct cgroup *c);

/* --- what exists already, by what the state directory notes of it --- */

/* Opens the cgroup of a note; -ENOENT: it is gone. */
int cgroup_open_note(const struct cgroup_note *n, int *ret_dir, struct error *e);

/* Kills all in it, waits until they are gone and removes it with all below it (V27). */
int cgroup_destroy(const struct cgroup_note *n, struct error *e);

/* SIGKILL to all in it and below, however many and however fast they fork. */
int cgroup_kill(int dir);

/* All processes in it and below, ascending, malloc'd. */
int cgroup_pids(int dir, pid_t **ret, size_t *ret_n);

/* Freezes or thaws it, and waits until it is so; -ETIMEDOUT. */
int cgroup_set_frozen(int dir, bool frozen);
bool cgroup_is_frozen(int dir);

#endif

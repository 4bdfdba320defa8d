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

/*
 * Makes c->path and its parents, with the controllers that are there enabled in them, and
 * opens c->dir. c->existed is how much of the path was there.
 */
int delegated_make(struct cgroup *c, struct error *e);

/* The parents that it made, as far as they are empty. */
void delegated_unmake(const struct cgroup *c);

/*
 * Enables all controllers that `dir`, the cgroup `path`, has for those below it. One
 * that cannot be is left, with a word in the log.
 */
void delegated_enable_all(int dir, const char *path);

/*
 * A10: the request's inner cgroup below c->leaf, with `pid` in it, and with all controllers:
 * now that nobody is in the leaf, it can enable them. *ret is its directory.
 */
int delegated_make_inner(const struct cgroup *c, pid_t pid, int *ret, struct error *e);

/*
 * systemd knows of five controllers; what else the host has and a plan needs is enabled
 * here, from where the caller's power begins down to `path`, whose directory is `dir`
 * (V23). What cannot be is left: the write says so.
 */
void delegated_enable_for(const struct cgroup_host *h, const char *path, int dir,
			  const struct cgroup_plan *plan);

#endif

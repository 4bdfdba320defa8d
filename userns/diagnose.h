/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why it failed, and what to type. Called on a failure only: the probes here
 * read files and cost what they cost. Each function picks exactly one cause,
 * the first in an order from certain to likely, sets the error and returns
 * its -errno. Messages never carry the words that engines take for an error of
 * the container's own command (base/error.h).
 */
#ifndef URUN_USERNS_DIAGNOSE_H
#define URUN_USERNS_DIAGNOSE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "userns/host.h"
#include "userns/idmap.h"
#include "userns/userns.h"

struct helper_failure {
	pid_t pid;               /* whose maps */
	bool gid;                /* newgidmap */
	const char *path;        /* NULL: none was found */
	const struct idmap *map; /* what it was asked for */
	int errnum;              /* -EPROTO: it ran and failed; else it did not start */
	const char *status;      /* "exit status 1" */
	const char *output;      /* one line */
};

/* newuidmap or newgidmap did not do its work (features.md I05, P01, P02). */
int diagnose_helper(struct arena *a, const struct userns_caller *c, const struct helper_failure *f,
		    struct error *e);

struct map_write_failure {
	int errnum;
	const char *file; /* "uid_map", "gid_map", "setgroups" */
	bool gid;
};

/* Our own write to /proc/PID/{uid_map,gid_map,setgroups} was refused. */
int diagnose_map_write(struct arena *a, const struct userns_caller *c, const struct idmap *map,
		       const struct map_write_failure *f, struct error *e);

/* A group of the caller's cannot be mapped: subgid has no line of his with it (I12). */
int diagnose_group(struct arena *a, const struct userns_caller *c, const struct shown_group *g,
		   struct error *e);

/* The user has no line in /etc/subuid or /etc/subgid. */
int diagnose_no_sub_ids(struct arena *a, const struct userns_caller *c, struct error *e);

/*
 * clone3() or unshare() with these CLONE_NEW* flags failed (P14, P15, P16).
 * h: NULL for the host.
 */
int diagnose_clone(const struct userns_host *h, int errnum, uint64_t clone_flags, struct error *e);

/*
 * Can $XDG_RUNTIME_DIR (its text, or NULL) hold this user's state? 0, or the
 * error that says why not: unset, not absolute, missing, no directory, of
 * another user, writable by others (P09).
 */
int diagnose_runtime_dir(const char *dir, uid_t euid, struct error *e);

/*
 * A helper's output without the words that engines match on: "Operation not
 * permitted" becomes "not permitted (EPERM)". Cut at len.
 */
const char *diagnose_reword(const char *output, char *buf, size_t len);

/* diagnose_host.c: does the AppArmor restriction of Ubuntu 23.10 hold? */
bool diagnose_apparmor_restricts(const struct userns_host *h);
int diagnose_apparmor(struct error *e, const char *what);

#endif

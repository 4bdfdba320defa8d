/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User namespaces as `run` uses them: who is calling, which map he gets where
 * the config has none, and the writing of maps for a child that waits for them.
 */
#ifndef URUN_USERNS_USERNS_H
#define URUN_USERNS_USERNS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/spawn.h"
#include "userns/host.h"
#include "userns/idmap.h"

/* Groups of the caller that gid maps show by their own numbers (groups.h). */
struct shown_group {
	uint32_t gid;
	const char *word; /* as he named it */
};

struct shown_groups {
	struct shown_group *g;
	size_t n;
};

struct userns_caller {
	uid_t ruid, euid;
	gid_t egid;
	bool initial;      /* in the initial user namespace */
	bool has_setid;    /* CAP_SETUID and CAP_SETGID effective: maps are written directly */
	bool has_setfcap;  /* CAP_SETFCAP effective: host id 0 may be mapped (Linux 5.12) */
	bool no_new_privs; /* setuid helpers gain nothing */
	bool bounding_setuid, bounding_setgid; /* in our bounding set */
	struct shown_groups shown;             /* in the maps made for him */
	const struct userns_host *host;        /* NULL: userns_host_default */
};

/* Facts of this process; a handful of system calls, no name lookup. */
int userns_caller_init(struct userns_caller *ret, struct error *e);

/* User name of the caller's uid or NULL; reads /etc/passwd at each call. */
const char *userns_caller_name(struct arena *a, const struct userns_caller *c);

/* Our own /proc/self/uid_map or gid_map. */
int userns_own_map(struct arena *a, const struct userns_caller *c, bool gid, struct idmap *ret,
		   struct error *e);

struct userns_maps {
	struct idmap uid, gid;
	bool single;         /* one id each: nothing else is there to give */
	bool deny_setgroups; /* setgroups() cannot be had: by these maps, or outside already */
};

/*
 * The maps for a config that has none: [0..C) from the first sub-ids, C
 * (container_uid) is the caller, the rest follows; root gets all it has,
 * one to one. Without sub-ids the caller's id alone, and a logged warning that
 * says how to get some. The gid map shows c->shown by their own numbers. The maps
 * are valid (idmap_validate()) and fit the kernel's limits.
 */
int userns_default_maps(struct arena *a, const struct userns_caller *c, uint32_t container_uid,
			uint32_t container_gid, struct userns_maps *ret, struct error *e);

/*
 * Maps of all the sub-ids, from 0 on, without the caller: what runs in there is
 * nobody outside. An error for a caller without sub-ids.
 */
int userns_sub_id_maps(struct arena *a, const struct userns_caller *c, struct userns_maps *ret,
		       struct error *e);

/* "process.user.uid 1000 is not mapped: ..." before anything is made. */
int userns_require_mapped(const struct idmap *map, uint32_t id, const char *what, struct error *e);

/* --- map_write.c --- */

struct userns_maps_request {
	pid_t pid; /* a child of ours, in its new user namespace, not reaped */
	const struct idmap *uid, *gid;
	bool deny_setgroups; /* write setgroups=deny whatever the maps are */
	bool try_single;     /* default maps: rather one id than no container */
	const struct userns_caller *caller;
};

struct userns_map_writer { /* of one of the two maps */
	const struct idmap *map;
	const char *helper; /* absolute path, NULL: written directly */
	bool running;
	int failed; /* -errno, or 0 */
	struct spawn_request spawn;
	struct spawned process;
	struct spawn_result result;
};

/* Between start and finish; not to be copied or moved. */
struct userns_writing {
	struct arena *arena;
	struct userns_maps_request req;
	int proc_fd;
	struct userns_map_writer uid, gid;
};

struct userns_maps_result {
	struct idmap uid, gid; /* as the kernel has them */
	bool setgroups_denied; /* setgroups() will fail in there */
	bool fell_back;        /* try_single was made use of */
};

/*
 * Begins to write the maps: directly where that is allowed, else with
 * newuidmap and newgidmap, which run side by side when this returns. After 0,
 * userns_maps_finish() must be called. The child should be dumpable
 * (PR_SET_DUMPABLE 1) until then: else its /proc files belong to root and
 * neither we nor the helpers can open them.
 */
int userns_maps_start(struct arena *a, const struct userns_maps_request *req,
		      struct userns_writing *w, struct error *e);

/*
 * Waits for the helpers, reads the maps back and compares. On an error, what
 * went wrong and what to type (diagnose.h). Releases all of w in any case.
 */
int userns_maps_finish(struct userns_writing *w, struct userns_maps_result *ret, struct error *e);

#endif

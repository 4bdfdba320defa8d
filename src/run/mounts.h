/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs `mounts add`, `mounts remove` and `mounts list` (K18, N14). */
#ifndef URUN_RUN_MOUNTS_H
#define URUN_RUN_MOUNTS_H

#include "base/mountinfo.h"
#include "run/launch.h"

/* `file`: an array of OCI mounts, "-" is stdin. Of remove, destinations alone count. */
int run_mounts_add(const char *root, const char *id, const char *file, struct error *e);
int run_mounts_remove(const char *root, const char *id, const char *file, struct error *e);

struct mounts_entry {
	struct mountinfo info;
	const char *reason; /* "root", "config", "masked", "readonly", "device", "other" */
};

struct mounts_list {
	struct mounts_entry *v; /* in the order in which they were made */
	size_t n;
};

/* What is mounted in the container, in the arena. */
int run_mounts_list(struct arena *a, const char *root, const char *id, struct mounts_list *ret,
		    struct error *e);

/* --- mounts_child.c --- */

enum mounts_verb { MOUNTS_ADD, MOUNTS_REMOVE, MOUNTS_LIST };

struct mounts_work {
	struct launch *l; /* target_pidfd, join_mask, plan.ns, plan.rootfs.mounts, rootfs */
	enum mounts_verb verb;
	int out; /* list: takes the mountinfo */
};

/* The clone's entry: enters the container, does its work, reports by l->child_sync. */
void mounts_child(const struct mounts_work *w) __attribute__((noreturn));

#endif

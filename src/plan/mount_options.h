/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of mount options: what mount(8), the OCI spec, crun and runc
 * call them, and what they mean to the new mount API. `features` lists it.
 */
#ifndef URUN_PLAN_MOUNT_OPTIONS_H
#define URUN_PLAN_MOUNT_OPTIONS_H

#include "plan/plan.h"

enum mount_option_kind {
	MOPT_ATTR,        /* set/clear MOUNT_ATTR_* */
	MOPT_REC_ATTR,    /* the same with AT_RECURSIVE */
	MOPT_SB,          /* a flag of the super block: fsconfig FSCONFIG_SET_FLAG */
	MOPT_PROPAGATION, /* MS_* */
	MOPT_BIND,        /* bind, rbind */
	MOPT_TMPCOPYUP,
	MOPT_COPY_SYMLINK,
	MOPT_SRC_NOFOLLOW,
	MOPT_DEST_NOFOLLOW,
	MOPT_IDMAP,  /* idmap, ridmap: with or without a value */
	MOPT_IGNORE, /* defaults, loud, remount on a new mount */
};

struct mount_option {
	const char *name;
	enum mount_option_kind kind;
	uint64_t set, clear;
	const char *sb; /* MOPT_SB: key for fsconfig, or NULL when the default */
};

/* Sorted by name; *ret_n rows. */
const struct mount_option *mount_options(size_t *ret_n);

/* The row of an option word (a "NAME=..." finds idmap and ridmap), or NULL. */
const struct mount_option *mount_option_find(const char *word);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The verb exec. */
#ifndef URUN_RUN_EXEC_H
#define URUN_RUN_EXEC_H

#include "run/launch.h"

/* What the caller lays over the container's process, or instead of it. */
struct exec_request {
	const char *process_file; /* "-": stdin; NULL: the rest counts */
	const char *const *argv, *const *env, *const *caps;
	const uint32_t *gids;
	size_t n_gids;
	const char *user; /* "UID[:GID]", "NAME[:GROUP]"; exec_user() sets the next from it */
	uint32_t uid, gid;
	bool has_uid, has_gid;
	bool replaces_gids; /* the container's additional gids are not this user's */
	const uint32_t *user_gids;
	size_t n_user_gids;
	const char *home; /* "HOME=...", unless the environment has one; NULL: unknown */
	const char *cwd, *apparmor_profile, *selinux_label;
	const char *cgroup; /* "/SUB" below the container's, or NULL */
	bool replaces_caps; /* `caps` and none besides */
	bool no_new_privs, tty, no_tty, ignore_paused;
};

int run_exec(const struct launch_options *opt, const struct exec_request *req, int *ret_status,
	     struct error *e);

/* exec_user.c: looks req->user up in the container. */
int exec_user(struct arena *a, const struct container *c, struct exec_request *req,
	      struct error *e);

/*
 * exec_process.c: the OCI process object that the request means. An own copy;
 * the container's no_new_privs is inherited, never loosened.
 */
int exec_process(struct arena *a, const struct oci_config *c, const struct exec_request *req,
		 struct oci_process **ret, struct error *e);

#endif

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
	uint32_t uid, gid;
	bool has_uid, has_gid;
	const char *cwd, *apparmor_profile, *selinux_label;
	bool no_new_privs, tty, no_tty, ignore_paused;
};

int run_exec(const struct launch_options *opt, const struct exec_request *req, int *ret_status,
	     struct error *e);

/*
 * exec_process.c: the OCI process object that the request means. An own copy;
 * the container's no_new_privs is inherited, never loosened.
 */
int exec_process(struct arena *a, const struct oci_config *c, const struct exec_request *req,
		 struct oci_process **ret, struct error *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI hooks (H01-H05): the state as JSON on stdin, exactly the environment of
 * the config, own process group, time limit, output captured for the error.
 */
#ifndef URUN_RUN_HOOKS_H
#define URUN_RUN_HOOKS_H

#include "run/launch.h"

enum hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
};

/* What a hook is told; strings live as long as the call. */
struct hook_state {
	const char *id, *bundle, *status;
	pid_t pid; /* 0 after the end */
	int pidfd; /* of the same */
	const struct oci_map *annotations;
};

/*
 * Runs the hooks of one kind in the caller's namespaces, in the bundle; by an
 * annotation as root of the container's user namespace, as long as its init is
 * there (H06). Stops at the first failure; poststop goes on and warns.
 */
int hooks_run(const struct oci_hooks *hooks, enum hook_kind kind, const struct hook_state *state,
	      struct error *e);

/* 1 << kind for each kind that has hooks. */
unsigned int hooks_mask(const struct oci_hooks *hooks);

/* In the child: the same, in the container's namespaces (pid as seen there). */
int hooks_run_inside(struct launch *l, enum hook_kind kind, struct error *e);

/* Makes the state texts for hooks_run_inside() ready, before clone. */
int hooks_prepare_inside(struct launch *l, struct error *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup in the step tables of create and exec. */
#ifndef URUN_RUN_CGROUPS_H
#define URUN_RUN_CGROUPS_H

#include "run/child.h"
#include "run/launch.h"

/* --- create; the parent --- */

/* Who manages it; before anything is made. */
int launch_choose_cgroup(struct launch *l, struct error *e);

/* Before clone: noted, made, limited, where no systemd does that. */
int launch_make_cgroup(struct launch *l, struct error *e);
void launch_undo_cgroup(struct launch *l);

/* The same of the directory in a v1 hierarchy, where one is wanted (A08). */
int launch_make_cgroup_v1(struct launch *l, struct error *e);
void launch_undo_cgroup_v1(struct launch *l);

/* Once init's number is known: asks systemd, and waits for nothing. */
int launch_ask_scope(struct launch *l, struct error *e);

/* V22: the config denies devices, and nobody does. Once it is known who manages the cgroup. */
bool launch_leaves_devices_open(const struct launch *l);

/* Waits for it, sets the limits, and tells init, which makes its namespace in there. */
int launch_place_init(struct launch *l, struct error *e);

/* --- create; init --- */

/* First of all, with the caller's ids: into the v1 directory, where one is wanted. */
int child_enter_cgroup_v1(struct child *c, struct error *e);

/* Waits until the parent has placed us; makes the cgroup namespace. Once. */
int child_enter_cgroup(struct child *c, struct error *e);

/* --- exec --- */

/*
 * Opens the cgroup that an exec'd process belongs into: the container's, or
 * `sub` ("/SUB") below it. What a container without one has is the caller's.
 */
int launch_open_cgroup(struct launch *l, const struct container *c, const char *sub,
		       struct error *e);

/* The stage, in the container's user namespace: moves itself. */
int child_move_into_cgroup(struct child *c);
int child_move_into_cgroup_v1(struct child *c, struct error *e);

/* The parent, for a process that could not get in there by itself (E19). */
int launch_attach_process(struct launch *l, const struct container *c, struct error *e);

/* --- what is there --- */

/* A connection to the systemd that has the caller's scopes. */
int container_open_systemd(struct arena *a, const struct bus_environment *env, struct systemd **ret,
			   struct error *e);

/* Stops the scope that was asked for by a create which was killed, if nobody is in it. */
void container_forget_scope(struct container *c, const struct bus_environment *env);

/* The directory of the cgroup that the container has of its own. */
int container_open_cgroup(const struct container *c, const char *id, int *ret_dir, struct error *e);

/* What to do about a container that has none. */
#define CGROUP_HINT_NONE "make it with --systemd-cgroup in a systemd user session"

/* Turns "running" into "paused" where the cgroup is frozen. */
void container_look_frozen(struct container *c);

#endif

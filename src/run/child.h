/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side. Between clone and execve: system calls on what the parent
 * prepared; no heap, no stdio, no NSS (architecture.md, decision 7).
 */
#ifndef URUN_RUN_CHILD_H
#define URUN_RUN_CHILD_H

#include "run/launch.h"

struct child {
	struct launch *l;
	int sync;
	int fifo;         /* -EBADF: does not wait on it */
	int exec_error;   /* where a late error goes once the parent is gone */
	int console_peer; /* becomes stdio; -EBADF: none */
	int root;         /* "/" of the container, for look-ups in it */
	bool handed_over; /* the parent may be gone: errors go to exec_error */
	uint64_t maps;    /* SYNC_MAPS_* */
	pid_t host_pid;   /* ours as the caller sees it, known from START on */
	bool has_maps;    /* the parent has said so */
	bool in_cgroup;   /* SYNC_CGROUP has been seen */
};

/* Where the clone of urun begins; never returns. */
void child_main(struct launch *l) __attribute__((noreturn));

/*
 * The intermediate child for joined namespaces and time offsets: joins, clones
 * init as urun's own child (CLONE_PARENT), and is gone. Never returns in the
 * stage itself; returns 0 in init.
 */
int stage_run(struct child *c, struct error *e);

/* Tells the parent of an error, or `start` once it is handed over. */
void child_report(struct child *c, const struct error *err);

/* Clones, into `cgroup` if that is an fd; the pid to the parent, 0 to the child. */
int clone_process(uint64_t flags, int cgroup, int *ret_pidfd);

/* init_steps[] and process_steps[]. */
int init_setup(struct child *c, struct error *e);
int join_setup(struct child *c, struct error *e);
int process_run(struct child *c, struct error *e);

/*
 * Lets the caller look into our /proc directory, or no longer. He must for as
 * long as we wait for him: hooks join our namespaces, exec and ps find them
 * there. A caller with privilege may anyhow; to any other the kernel shows only
 * what is dumpable. Only in a user namespace of our own, where nobody else is.
 */
void child_show(struct child *c, bool on);

/* Dies with its parent until handover; after each change of ids again. */
int child_arm_death_signal(void *ctx, struct error *e);

#endif

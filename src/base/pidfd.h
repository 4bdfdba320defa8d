/* SPDX-License-Identifier: Apache-2.0 */
/* Processes by pidfd, and what /proc says of them. -errno on failure. */
#ifndef URUN_BASE_PIDFD_H
#define URUN_BASE_PIDFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

int pidfd_open_pid(pid_t pid);
int pidfd_kill(int pidfd, int sig);

/* Has it exited (it may be a zombie still)? */
bool pidfd_exited(int pidfd);

/* Waits until it exits; -ETIMEDOUT. timeout_ms < 0: for ever. */
int pidfd_wait_exit(int pidfd, int timeout_ms);

/* Reaps our own child; *ret_status as waitpid() gives it. */
int pidfd_reap(int pidfd, int *ret_status);

/*
 * As pidfd_reap(), of a process that is another's child: once that has reaped it, for
 * which this waits. -ENOTSUP before Linux 6.15; -ETIMEDOUT.
 */
int pidfd_exit_status(int pidfd, int timeout_ms, int *ret_status);

/* What a shell says of a status of waitpid(): the code, or 128 + the signal. */
int exit_code_of(int status);

struct proc_stat {
	char state; /* R S D Z X T t ... */
	pid_t ppid;
	uint64_t start_time; /* clock ticks since boot (proc(5) field 22) */
};

/* Reads /proc/PID/stat; -ESRCH when there is no such process. */
int proc_read_stat(pid_t pid, struct proc_stat *ret);

/* Its pid in the innermost of its pid namespaces (the last number of NSpid); -errno. */
pid_t proc_inner_pid(pid_t pid);

/* Its supplementary groups, as our user namespace numbers them; arena-owned. -errno. */
int proc_groups(struct arena *a, pid_t pid, uint32_t **ret, size_t *ret_n);

/* This boot's id, 36 characters and a NUL. */
int proc_boot_id(char ret[37]);

#endif

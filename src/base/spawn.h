/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that we start: id-map helpers and hooks. Started by vfork, with a
 * pidfd, stdin from bytes given, output captured (its tail), a time limit.
 */
#ifndef URUN_BASE_SPAWN_H
#define URUN_BASE_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	SPAWN_TAIL = 4096,
	SPAWN_FDS_MAX = 8,
};

struct spawn_request {
	const char *path; /* absolute */
	char *const *argv;
	char *const *envp;
	const char *stdin_data; /* NULL: /dev/null */
	size_t stdin_len;
	int stdout_fd; /* -1: captured with stderr */
	int stderr_fd; /* -1: captured */
	int cwd_fd;    /* -1: ours */
	/* These become 3, 4, ... of the program; at most SPAWN_FDS_MAX. */
	const int *fds;
	size_t n_fds;
	bool new_session; /* it leads one, not only a process group */
	/*
	 * pidfd of a process whose user namespace it enters, to be root there; -1: ours.
	 * -EINVAL: that is ours, or nobody is root there; -ESRCH: the process has ended.
	 */
	int userns_pidfd;
	int timeout_ms; /* 0: none. On expiry the process group is killed */
};

struct spawned {
	pid_t pid;
	int pidfd;
	int out_fd;   /* read end of captured output, or -EBADF */
	int stdin_fd; /* write end, or -EBADF */
	const struct spawn_request *req;
};

struct spawn_result {
	bool timed_out;
	int status;            /* as waitpid() gives it */
	char tail[SPAWN_TAIL]; /* last of the captured output, one line, trimmed */
};

/* Starts it and returns at once. */
int spawn_start(const struct spawn_request *req, struct spawned *ret);

/* Feeds stdin, collects output, waits and reaps. */
int spawn_wait(struct spawned *s, struct spawn_result *ret);

/* Both. */
int spawn_run(const struct spawn_request *req, struct spawn_result *ret);

/* "exit status 3" / "killed by signal 9" / "timed out" into buf. */
const char *spawn_describe(const struct spawn_result *r, char *buf, size_t len);

#endif

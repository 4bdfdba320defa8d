/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container says to its NOTIFY_SOCKET, and what of it the service
 * manager gets to hear (sd_notify(3)). Pure text: no system call.
 */
#ifndef URUN_RUN_NOTIFY_MESSAGE_H
#define URUN_RUN_NOTIFY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { NOTIFY_MESSAGE_MAX = 4096 }; /* systemd drops longer ones */

struct notify_context {
	/* The pid out here of a process of the container; 0: there is none. */
	pid_t (*host_pid)(void *arg, pid_t inside);
	void *arg;
	uint64_t now_usec; /* CLOCK_MONOTONIC of the host: the container's may differ */
};

struct notify_message {
	size_t len; /* 0: nothing is to be passed on */
	bool is_ready, has_main_pid;
	bool is_barrier; /* "BARRIER=1" and nothing else, as sd_notify_barrier(3) sends it */
	char text[NOTIFY_MESSAGE_MAX + 1]; /* NUL-terminated lines */
};

/*
 * Takes over the lines with allow-listed keys and well-formed values, MAINPID=
 * translated. All others are dropped, above all those that make systemd keep fds
 * (FDSTORE=) or listen to more processes (NOTIFYACCESS=).
 */
void notify_filter(const struct notify_context *c, const char *text, size_t len,
		   struct notify_message *ret);

/* Adds a line of ours. */
void notify_append(struct notify_message *m, const char *key, uint64_t value);

#endif

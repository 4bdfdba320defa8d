/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The NOTIFY_SOCKET proxy (S02): a socket of ours in the container's directory
 * ROOT/ID/notify, of which it has a read-only mount, and the caller's own, to
 * which what notify_filter() leaves is passed on by us.
 *
 * `run` does that as long as it waits in the foreground. Who does not stay
 * (`start`, `run --detach`) waits for READY=1 or the end of the process, tells
 * the manager init's pid with it, and is gone.
 */
#ifndef URUN_RUN_NOTIFY_H
#define URUN_RUN_NOTIFY_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct notify {
	int host;     /* connected to the caller's socket, or -EBADF */
	int sock;     /* the container's, bound; -EBADF: there is none */
	int pending;  /* readable end of a pipe that the manager holds for a barrier */
	int held;     /* what the container waits for in its barrier */
	pid_t init;   /* whose container it is */
	bool leaving; /* with READY=1 goes MAINPID= */
	bool is_ready;

	/* Until READY=1, on CLOCK_MONOTONIC; notify_begin_wait() */
	uint64_t began_ms, warn_ms;
	uint64_t deadline_ms; /* 0: none */
};

#define NOTIFY_INIT                                                               \
	{                                                                         \
		.host = -EBADF, .sock = -EBADF, .pending = -EBADF, .held = -EBADF \
	}

/*
 * Does the address lead to anybody? A variable that outlived its service is
 * nothing to fail for: it is warned of.
 */
bool notify_has_listener(const char *address);

/* Makes ROOT/ID/notify; `label` is SELinux's for it, or NULL. */
int notify_make_dir(int dir, const char *label, struct error *e);

/* Connects to `address` and binds the container's socket below ROOT/ID. */
int notify_open(struct notify *n, const char *address, int dir, struct error *e);
void notify_done(struct notify *n);

/* For the foreground's loop: one row, or none. */
size_t notify_pollfds(const struct notify *n, struct pollfd *out);
void notify_handle(struct notify *n);

/* The program has started: from now on READY=1 is due, within `seconds` where not 0. */
void notify_begin_wait(struct notify *n, unsigned int seconds);

/* How long poll() may sleep until notify_check_time() has something to do; -1: for ever. */
int notify_poll_ms(const struct notify *n);

/*
 * While READY=1 is due, a warning now and then (P32), and -ETIMEDOUT with a
 * message once the time for it is over.
 */
int notify_check_time(struct notify *n, const char *id, struct error *e);

/*
 * Until READY=1 or the end of init; passed on when it returns. -ETIMEDOUT as
 * notify_check_time().
 */
int notify_wait_ready(struct notify *n, const char *id, int init_pidfd, struct error *e);

#endif

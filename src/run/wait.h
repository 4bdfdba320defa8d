/* SPDX-License-Identifier: Apache-2.0 */
/* The foreground: signals passed on, the terminal, the exit status. */
#ifndef URUN_RUN_WAIT_H
#define URUN_RUN_WAIT_H

#include <signal.h>

#include "cgroup/oom.h"
#include "run/launch.h"

enum {
	WAIT_REAP = 1 << 0,  /* adopt orphans, and reap whatever child of ours ends */
	WAIT_QUIET = 1 << 1, /* pass no signal on: they are the caller's own affair */
};

/*
 * Blocks all signals of this thread from now on: those that come while the
 * container is made are passed on once it runs. wait_end() restores the mask.
 * When quiet, only SIGPIPE is held back, which writing to stdout may raise.
 */
struct wait {
	int signals; /* signalfd */
	sigset_t old;
	unsigned int flags;
	int ended_by; /* the signal that ended the process, or 0 */
	bool began;
	bool made_subreaper;
	int oom; /* memory.events of the container's cgroup; -EBADF: not looked at */
	bool oom_killed;
	char oom_words[CGROUP_OOM_WORDS_MAX]; /* whose limit it was, or "" */
};

int wait_begin(struct wait *w, unsigned int flags, struct error *e);
void wait_end(struct wait *w);

/*
 * Where memory is limited: wait_process() looks at an OOM kill when it happens. At the end
 * systemd may have removed the cgroup, with all that it has counted (P29).
 */
void wait_watch_oom(struct wait *w, const struct launch *l);

/*
 * Until the process ends; its terminal is l->console (or -EBADF). *ret_status
 * is the exit status, or 128 + signal.
 */
int wait_process(struct wait *w, struct launch *l, int *ret_status, struct error *e);

#endif

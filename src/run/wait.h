/* SPDX-License-Identifier: Apache-2.0 */
/* The foreground: signals passed on, the terminal, the exit status. */
#ifndef URUN_RUN_WAIT_H
#define URUN_RUN_WAIT_H

#include <signal.h>

#include "run/launch.h"

/*
 * Blocks all signals from now on: those that come while the container is made
 * are passed on once it runs. wait_end() restores the mask.
 */
struct wait {
	int signals; /* signalfd */
	sigset_t old;
	bool began;
};

int wait_begin(struct wait *w, bool subreaper, struct error *e);
void wait_end(struct wait *w);

/*
 * Until the process ends; its terminal is l->console (or -EBADF). *ret_status
 * is the exit status, or 128 + signal.
 */
int wait_process(struct wait *w, struct launch *l, int *ret_status, struct error *e);

#endif

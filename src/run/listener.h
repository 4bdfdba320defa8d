/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCMP_ACT_NOTIFY (X09, X10): where the fd goes by which the container's calls
 * are answered: to an agent's socket, or to our own monitor with plugins. A
 * container whose filter asks nobody costs nothing here.
 */
#ifndef URUN_RUN_LISTENER_H
#define URUN_RUN_LISTENER_H

#include "run/child.h"

/* What the agent is told besides; init is 0 where the process is init itself. */
struct listener_state {
	const char *status;
	pid_t init;
};

/*
 * Parent, before clone: connects to the agent or starts the monitor, so that
 * nobody there is an error now, and makes the text. Fills l->listener.
 */
int listener_prepare(struct launch *l, const struct listener_state *s, struct error *e);

/*
 * Child: loads the filter and has the listener sent, whatever the filter does
 * to sendmsg(2). c->host_pid is known. Does not return when that fails after
 * the filter is loaded: the error is reported then.
 */
int listener_load(struct child *c, const struct process_plan *p, struct error *e);

#endif

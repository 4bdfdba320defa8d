/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done in the container's network namespace: by a process that is there
 * for a moment, so that this one, and with it all sockets of libslirp, never
 * leaves the host's.
 */
#ifndef URUN_NETNS_SLIRP_INSIDE_H
#define URUN_NETNS_SLIRP_INSIDE_H

#include "base/error.h"
#include "netns/net_config.h"

struct inside {
	int tap;                  /* where frames come and go */
	int redirect4, redirect6; /* egress=redirect: listening; -EBADF: none */
	int queue;                /* and held packets; -EBADF: none */
};

#define INSIDE_INIT                                                                      \
	{                                                                                \
		.tap = -EBADF, .redirect4 = -EBADF, .redirect6 = -EBADF, .queue = -EBADF \
	}

/*
 * Makes the interface in `netns` with its addresses and routes, and what the config's
 * egress and srcip need. We must be in the user namespace that owns `netns`, and have one
 * thread alone.
 */
int inside_make(const struct net_config *c, int netns, struct inside *ret, struct error *e);

#endif

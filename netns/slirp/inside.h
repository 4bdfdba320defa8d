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

/*
 * Makes the interface in `netns` with its addresses and routes; *ret_tap is where
 * its frames come and go. We must be in the user namespace that owns `netns`.
 */
int inside_make_tap(const struct net_config *c, int netns, int *ret_tap, struct error *e);

#endif

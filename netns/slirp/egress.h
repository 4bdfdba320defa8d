/* SPDX-License-Identifier: Apache-2.0 */
/*
 * egress=redirect at work: an engine (splice.h) that stays in the host's network namespace
 * takes what redirect.h leads to its sockets, and where the kernel has a queue, holds
 * each connection until the host's stands (hold.h).
 */
#ifndef URUN_NETNS_SLIRP_EGRESS_H
#define URUN_NETNS_SLIRP_EGRESS_H

#include "base/error.h"
#include "netns/net_config.h"
#include "netns/slirp/inside.h"
#include "netns/slirp/outbound.h"

/*
 * Takes the sockets of `in`. Config and outbound addresses are kept by their pointers; it
 * lives as long as the process. When: as splice_start().
 */
int egress_start(const struct net_config *c, const struct outbound *o, struct inside *in,
		 struct error *e);

#endif

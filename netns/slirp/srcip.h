/* SPDX-License-Identifier: Apache-2.0 */
/*
 * srcip=true: what listens in the container sees where a published port's connection
 * comes from, though it is us who connect, from within its network namespace. We bind
 * to the peer's address there, which is none of the namespace's; so that answers to it
 * come back to us instead of going out, they are routed to lo by a mark. The socket that
 * answers has it from our packets (net.ipv4.tcp_fwmark_accept), a reset as well
 * (fwmark_reflect). Nothing else bears it: rules on ports would catch libslirp's
 * connections, too, and hang them.
 */
#ifndef URUN_NETNS_SLIRP_SRCIP_H
#define URUN_NETNS_SLIRP_SRCIP_H

#include <sys/socket.h>

#include "base/error.h"
#include "netns/net_config.h"

/*
 * Not a bit in the lower half, which is where programs in a container have theirs, nor
 * those of the upper half that are known to be used alone.
 */
enum {
	SRCIP_MARK = 0x75720000,
	SRCIP_TABLE = 0x7572,
	SRCIP_PRIORITY = 0x75, /* of the rule: behind "local", before all that people add */
};

/* Rules, routes and switches, in the network namespace that we are in. */
int srcip_make(const struct net_config *c, struct error *e);

/*
 * As whom a socket of `family` shows `peer`. The gateway stands for whom the container
 * could not answer: the host's loopback, the container's own network, link-local
 * addresses, the other family. Pure.
 */
struct net_address srcip_address(const struct net_config *c, int family,
				 const struct sockaddr_storage *peer);

#endif

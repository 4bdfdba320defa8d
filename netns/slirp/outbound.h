/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbound, outbound6: which of the host's addresses connections out of it come from. To
 * be called in the host's network namespace, before the container's user namespace is
 * entered: what cannot be had is said while nothing is made.
 */
#ifndef URUN_NETNS_SLIRP_OUTBOUND_H
#define URUN_NETNS_SLIRP_OUTBOUND_H

#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "base/error.h"
#include "netns/net_config.h"

/* As libslirp wants them (outbound_addr, outbound_addr6: pointers that stay). */
struct outbound {
	bool has_v4, has_v6;
	struct sockaddr_in v4; /* port 0 */
	struct sockaddr_in6 v6;
};

/* An interface's first global address, or the address given; that it is ours is tried. */
int outbound_find(const struct net_config *c, struct outbound *ret, struct error *e);

/*
 * Before `fd`, a socket of the host's network namespace, connects to `to`. Connections
 * to the host's loopback do not go out. -errno of bind(2).
 */
int outbound_bind(int fd, const struct outbound *o, const struct sockaddr_storage *to);

/* ---- the pure part, for tests */

struct outbound_search {
	int family, index;
	struct net_address found; /* AF_UNSPEC until then */
};

/* A netlink_fn: 1 when it is found. arg: struct outbound_search. */
int outbound_take(void *arg, const struct nlmsghdr *h);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * egress=redirect: TCP that leaves the container goes to a socket of ours on the
 * container's own loopback, by a table of nftables in its network namespace, and from
 * there to where it was meant for; libslirp does not see it.
 *
 * What it costs where hold.h cannot help: connect() in the container succeeds before the
 * host's has. What cannot be reached shows as a reset (ECONNRESET) after it, not as
 * ECONNREFUSED or EHOSTUNREACH.
 *
 * The table guards nothing: root of the container can change the table, connect to our socket
 * itself, and make the kernel name any address as the one asked for. So what is asked for
 * is checked as frame.h checks what libslirp gets to see, and more strictly: no address
 * of the host's loopback but by the gateway's, where that is allowed.
 */
#ifndef URUN_NETNS_SLIRP_REDIRECT_H
#define URUN_NETNS_SLIRP_REDIRECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"
#include "netns/net_config.h"
#include "netns/nft.h"

#define REDIRECT_TABLE "urun" /* of family ip, and of ip6 */

/*
 * Has the host a way to IPv6? To be asked in its network namespace. Without one, a client
 * would wait for a connection that "stands" instead of going on to IPv4: libslirp keeps
 * that family, and says no at once.
 */
bool redirect_host_has_ipv6(void);

/*
 * The sockets and the tables, in the network namespace that we are in. Both listen and do
 * not block. *ret6 is -EBADF where nothing of IPv6 is redirected.
 *
 * Left to libslirp: what is for the container itself (it goes over lo), link-local
 * addresses of IPv6, and the container's network, of which libslirp answers the gateway
 * and the resolver; but with host_loopback the gateway's is redirected as well.
 */
int redirect_make(const struct net_config *c, bool host_has_ipv6, int *ret4, int *ret6,
		  struct error *e);

/*
 * Where the peer of the accepted `fd` wanted to go, as the host is to connect to it. arg: the
 * struct net_config. -errno: nowhere that it may, or it came to us by itself; reset it.
 */
int redirect_find(int fd, struct sockaddr_storage *to, void *arg);

/* ---- the pure parts, for that and for tests */

/* A chain of the table for what is to be led elsewhere, by the end of its rules: `lead`. */
struct redirect_chain {
	const char *name;
	int family;
	bool all; /* else the gateway alone */
	void (*lead)(struct nft_batch *b, uint16_t number);
	uint16_t number;
};

void redirect_rules(struct nft_batch *b, const struct net_config *c,
		    const struct redirect_chain *r);

/* The tables of one family (AF_INET, AF_INET6), for what listens on `port`. */
void redirect_build(struct nft_batch *b, const struct net_config *c, int family, uint16_t port,
		    bool all);

/* `asked`: by the container. */
int redirect_check(const struct net_config *c, const struct net_address *asked,
		   struct net_address *ret);

/* The same in place, of an address with its port; on failure it is as it was. */
int redirect_map(const struct net_config *c, struct sockaddr_storage *asked);

#endif

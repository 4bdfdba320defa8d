/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes egress=redirect exact: a connection's first packet (SYN) is held in the container's
 * network namespace until the host's connect() has an answer. If it stands, the packet
 * goes its way to the redirect, and who accepts it finds the host's socket here; if not, the
 * container is told the same error. Where the kernel has no queue, nothing is held, and
 * redirect.h says what that means.
 *
 * The packets come and go by nfnetlink_queue; what they ask for is checked as all is that
 * the container asks for (redirect_check()). All of `struct hold` is one thread's, in the
 * host's network namespace, with CAP_NET_ADMIN over the container's: each verdict needs it.
 */
#ifndef URUN_NETNS_SLIRP_HOLD_H
#define URUN_NETNS_SLIRP_HOLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"
#include "netns/net_config.h"
#include "netns/slirp/outbound.h"

struct hold;

/*
 * In the container's network namespace, after redirect_make(): the queue's socket, which
 * does not block. *ret is -EBADF where the kernel has no queue, which is no error. With
 * nobody behind the socket packets go on unheld.
 */
int hold_make(const struct net_config *c, bool host_has_ipv6, int *ret, struct error *e);

/* `queue` and the two structs stay the caller's, and must stay. -errno. */
int hold_new(const struct net_config *c, const struct outbound *o, int queue, struct hold **ret);
void hold_free(struct hold *h);

/* Poll this for reading (it is an epoll), then call hold_turn(); also once a second. */
int hold_fd(const struct hold *h);
void hold_turn(struct hold *h);

/*
 * The host's socket, connected and not blocking, for what was accepted from `from` and is
 * for `to` (redirect_find()). -ENOENT: none, connect one.
 */
int hold_take(struct hold *h, const struct sockaddr_storage *from,
	      const struct sockaddr_storage *to);

/* ---- the pure part, for tests */

/* Who wants to go where, by the head of a packet; false: it is no TCP that we understand. */
bool hold_parse(const uint8_t *packet, size_t len, struct sockaddr_storage *from,
		struct sockaddr_storage *to);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP around libslirp: an engine takes connections from listening sockets of one network
 * namespace and relays each to a socket that it makes in another. An engine is one thread
 * with one epoll; the namespace that the thread lives in is where it makes sockets.
 *
 *   published ports     listeners of the host's, the thread in the container's namespace
 *   egress=redirect     listeners of the container's, the thread stays in the host's
 *
 * Start it when the mount namespace is made and before the capabilities and the filter:
 * the thread shares the root directory of who starts it, which unshare(CLONE_NEWNS) of
 * that one alone would leave behind in the host's. From then on it can do nothing that
 * its caller cannot. What it needs of seccomp stands at the head of splice.c.
 *
 * All functions are for one thread, the main one, and return when the engine has done it,
 * which never waits for a peer: some microseconds.
 */
#ifndef URUN_NETNS_SLIRP_SPLICE_H
#define URUN_NETNS_SLIRP_SPLICE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"
#include "netns/net_config.h"

struct splice;
struct splice_listener;

union splice_address {
	struct sockaddr any; /* sa_family 0: none */
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct splice_setup {
	int netns;           /* to live in; -EBADF: stay. Still the caller's. */
	bool keep_net_admin; /* of all capabilities the one that `keep_source` and `mark` need */
	/* Where `watched` is not NULL: called when `watch` can be read, and once a second. */
	int watch;
	void (*watched)(void *arg);
	void *watched_arg;
};

/*
 * Where the connections of a listener lead.
 *
 * keep_source: the server sees the client's address (srcip_address() of that config) and
 * port; the port is another where a connection has it, and the address the engine's own
 * where even that fails. Replies must find their way back by `mark`: srcip_make().
 */
struct splice_target {
	union splice_address to;
	/*
	 * Instead of `to`, where not NULL: called in the engine's thread with an accepted
	 * socket; must not block. Negative resets the client; positive is a socket that is
	 * connected to where it leads already.
	 */
	int (*find)(int fd, union splice_address *ret_to, void *arg);
	void *arg;
	const struct net_config *keep_source; /* NULL: the server sees the engine's own address */
	/* Whence else connections come, by family; its port is not used. */
	union splice_address outbound, outbound6;
	uint32_t mark; /* SO_MARK of the sockets made; 0: none */
};

struct splice_stats {
	uint64_t accepted, failed; /* failed: no connection to the target came about */
	uint64_t copied, spliced;  /* bytes */
	uint32_t connections, listeners, pipes;
};

/*
 * -errno with words; then there is no thread. The thread blocks all signals. What it needs
 * of files is asked for here, but for sockets and pipes.
 */
int splice_start(const struct splice_setup *setup, struct splice **ret, struct error *e);

/*
 * Takes `listener`, a bound TCP socket, on success and on failure; listens on it. Bound
 * with SO_REUSEADDR, or its connections keep the port from the next listener.
 * *ret_listener is good until splice_unlisten().
 */
int splice_listen(struct splice *sp, int listener, const struct splice_target *target,
		  struct splice_listener **ret_listener, struct error *e);

/*
 * Nothing more is accepted and the socket is closed when it returns: who waited in its queue
 * is reset by the kernel. Connections that stand go on.
 */
void splice_unlisten(struct splice *sp, struct splice_listener *l);

void splice_get_stats(struct splice *sp, struct splice_stats *ret);

/* Ends the thread and all that it has; connections are reset. NULL is none. */
void splice_free(struct splice *sp);

#endif

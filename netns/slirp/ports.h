/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of published ports. TCP is served by an engine in the container's network
 * namespace that takes listening sockets of the host's (struct ports_engine), or, with
 * forward=slirp, by libslirp as UDP always is (struct ports_slirp).
 *
 * What is asked for at the start is bound before the process changes its user namespace,
 * all of it or nothing; the sockets wait, listening, until the engine has its thread and
 * ports_serve() hands them over. Later on ports come and go one by one. One thread calls
 * this; what an engine does for its own thread's sake is its own.
 *
 * The container's side is its own address alone, of the same family as the host's: what
 * other address a container may have is its own doing, and both ways in would differ in
 * what they make of it.
 */
#ifndef URUN_NETNS_SLIRP_PORTS_H
#define URUN_NETNS_SLIRP_PORTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"
#include "netns/net_config.h"

enum {
	PORTS_BACKLOG = 4096, /* the kernel cuts it to net.core.somaxconn */
	PORTS_TEXT = 64,      /* room for "[ADDRESS]:PORT/tcp" and a NUL */
};

struct port {
	uint32_t id; /* 1, 2, ...; never given twice */
	enum net_protocol protocol;
	struct net_address host, guest; /* guest AF_UNSPEC, when asked for: the container's */
	uint16_t host_port, guest_port;
};

/* libslirp. */
struct ports_slirp {
	/* -errno. IPv6 alone (SLIRP_HOSTFWD_V6ONLY) where `host` is of IPv6. */
	int (*add)(void *arg, bool udp, const struct sockaddr *host, const struct sockaddr *guest);
	int (*remove)(void *arg, bool udp, const struct sockaddr *host);
	void *arg;
};

/* The fast path. */
struct ports_engine {
	/*
	 * Serves what comes to the listening, non-blocking socket `fd`, which is the engine's
	 * from here on, whatever this returns. *handle is for unlisten(). -errno.
	 */
	int (*listen)(void *arg, int fd, const struct sockaddr *to, socklen_t len, void **handle);
	/* Closes the socket; connections that stand go on. */
	void (*unlisten)(void *arg, void *handle);
	void *arg;
};

struct ports;

/* `slirp` is copied. What is needed of the finished config, too. */
int ports_new(const struct net_config *c, const struct ports_slirp *slirp, struct ports **ret,
	      struct error *e);

/* Ends all of them. NULL is none. */
void ports_free(struct ports *p);

/*
 * Makes the sockets of a list; on failure of one, of none. The error names it, and how to
 * mend the host where that helps. ports_engine's wait for ports_serve().
 */
int ports_bind(struct ports *p, const struct net_publish_list *l, struct error *e);

/* The engine runs: it gets what waits, and TCP that is added from here on. Copied. */
int ports_serve(struct ports *p, const struct ports_engine *engine, struct error *e);

/*
 * One more: EINVAL (no port, no host's address, not the container's address), EADDRINUSE,
 * EACCES, EADDRNOTAVAIL, EAFNOSUPPORT, EMFILE, ...
 */
int ports_add(struct ports *p, const struct port *want, uint32_t *ret_id, struct error *e);

/* ENOENT. */
int ports_remove(struct ports *p, uint32_t id, struct error *e);

/* The one with the least id above `id`, or NULL; valid until a port is added or removed. */
const struct port *ports_after(const struct ports *p, uint32_t id);

size_t ports_count(const struct ports *p);

/* The host's side: "0.0.0.0:8080/tcp", "[::1]:53/udp". Returns buf. */
const char *port_format(const struct port *p, char buf[PORTS_TEXT]);

/* "tcp", "udp". */
const char *port_protocol_name(enum net_protocol protocol);

#endif

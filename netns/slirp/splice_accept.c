/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a listener to a pair of sockets. The server's is made before the client's is taken:
 * without a descriptor for both, who wants to connect stays in the kernel's queue.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cleanup.h"
#include "netns/slirp/splice_internal.h"
#include "netns/slirp/srcip.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

enum {
	BURST_MAX = 32,
	REST_MS = 100,
};

/* ---- sockets */

void splice_reset_fd(int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (fd < 0)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static int *spare_of(struct splice *sp, sa_family_t family)
{
	return &sp->spare[family == AF_INET6];
}

static int new_socket(sa_family_t family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	return fd < 0 ? -errno : fd;
}

static int get_socket(struct splice *sp, sa_family_t family)
{
	int fd = take_fd(spare_of(sp, family));

	sp->wants_spare = family;
	return fd < 0 ? new_socket(family) : fd;
}

void splice_make_spare(struct splice *sp)
{
	int *spare = spare_of(sp, sp->wants_spare);

	if (*spare < 0)
		*spare = new_socket(sp->wants_spare);
	sp->wants_spare = 0;
}

static void put_socket(struct splice *sp, sa_family_t family, int fd)
{
	*spare_of(sp, family) = fd;
}

static socklen_t address_len(const union splice_address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->in6) : sizeof(a->in);
}

/* ---- whose address the server sees */

enum source {
	SOURCE_SAME, /* the client's address and port */
	SOURCE_ADDRESS,
	SOURCE_OWN,
};

static void shown_source(const struct splice_target *t, const union splice_address *to,
			 union splice_address *source)
{
	struct sockaddr_storage peer = { 0 };
	in_port_t port = source->in.sin_port; /* sin6_port lies there, too */
	struct net_address a;

	memcpy(&peer, source, sizeof(*source));
	a = srcip_address(t->keep_source, to->any.sa_family, &peer);
	(void)net_address_to_sockaddr(&a, ntohs(port), &peer);
	memcpy(source, &peer, sizeof(*source));
}

/* Which port it gets is left to connect(): one that is free for its target. */
static int bind_address(int fd, union splice_address a)
{
	const int on = 1;

	a.in.sin_port = 0;
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	return bind(fd, &a.any, address_len(&a)) < 0 ? -errno : 0;
}

static int bind_own(int fd, const struct splice_target *t, sa_family_t family)
{
	const union splice_address *a = family == AF_INET6 ? &t->outbound6 : &t->outbound;

	return a->any.sa_family ? bind_address(fd, *a) : 0;
}

static int bind_source(int fd, const union splice_address *source, enum source how)
{
	const int on = 1;
	bool v6 = source->any.sa_family == AF_INET6;

	if (setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT,
		       &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (how == SOURCE_ADDRESS)
		return bind_address(fd, *source);
	return bind(fd, &source->any, address_len(source)) < 0 ? -errno : 0;
}

/* ---- connect */

static int try_connect(int fd, const struct splice_target *t, const union splice_address *to)
{
	const int on = 1;

	if (t->mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &t->mark, sizeof(t->mark)) < 0)
		return -errno;
	/* Who is far away may vanish without a word. */
	if (t->find)
		(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (connect(fd, &to->any, address_len(to)) < 0 && errno != EINPROGRESS)
		return -errno;
	return 0;
}

/* Takes `fd`, an unused socket of the target's family. A connecting socket, or -errno. */
static int start_connect(int fd, const struct splice_target *t, const union splice_address *to,
			 union splice_address source)
{
	enum source how = SOURCE_OWN;

	if (t->keep_source) {
		shown_source(t, to, &source);
		how = SOURCE_SAME;
	}
	for (;; how++) {
		int s = how == SOURCE_OWN ? bind_own(fd, t, to->any.sa_family)
					  : bind_source(fd, &source, how);

		if (s == 0)
			s = try_connect(fd, t, to);
		if (s == 0)
			return fd;
		close(fd);
		if (how == SOURCE_OWN)
			return s;
		/* With another port, then as ourselves. */
		fd = new_socket(to->any.sa_family);
		if (fd < 0)
			return fd;
	}
}

/* Takes both. */
static bool connect_pair(struct splice *sp, struct splice_listener *l, int client, int server,
			 const union splice_address *source)
{
	union splice_address to = l->target.to;

	int found = l->target.find ? l->target.find(client, &to, l->target.arg) : 0;

	if (found) {
		put_socket(sp, l->family, server);
		if (found > 0)
			return splice_conn_new(sp, client, found);
		splice_reset_fd(client);
		return false;
	}
	if (to.any.sa_family != l->family) {
		put_socket(sp, l->family, server);
		server = new_socket(to.any.sa_family);
	}
	if (server >= 0)
		server = start_connect(server, &l->target, &to, *source);
	if (server >= 0)
		return splice_conn_new(sp, client, server);
	splice_reset_fd(client);
	return false;
}

/* ---- accept */

static void rest(struct splice *sp, struct splice_listener *l)
{
	if (splice_listener_watch(sp, l, EPOLL_CTL_MOD, false) < 0)
		return;
	l->resting = true;
	l->next_resting = sp->resting;
	sp->resting = l;
	sp->rest_until_ms = clock_ms() + REST_MS;
}

void splice_wake_listeners(struct splice *sp)
{
	while (sp->resting) {
		struct splice_listener *l = sp->resting;

		sp->resting = l->next_resting;
		l->resting = false;
		(void)splice_listener_watch(sp, l, EPOLL_CTL_MOD, true);
	}
}

/* Is it the fault of the one connection, and the next may do? */
static bool is_of_one(int err)
{
	switch (err) {
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
	case EPERM:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

/* 1: there may be more; 0: there is none; -errno: not now. */
static int accept_one(struct splice *sp, struct splice_listener *l)
{
	union splice_address source = { 0 };
	socklen_t len = sizeof(source);
	int server = get_socket(sp, l->family), client;

	if (server < 0)
		return server;
	client = accept4(l->fd, l->target.keep_source ? &source.any : NULL,
			 l->target.keep_source ? &len : NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (client < 0) {
		int err = errno;

		put_socket(sp, l->family, server);
		if (err == EAGAIN)
			return 0;
		return is_of_one(err) ? 1 : -err;
	}
	sp->stats.accepted++;
	if (!connect_pair(sp, l, client, server, &source))
		sp->stats.failed++;
	return 1;
}

/*
 * Level-triggered: a listener that has more says so again, so that the common case, one at
 * a time, needs no call that answers EAGAIN. Who says so turn for turn has more taken.
 */
void splice_accept(struct splice *sp, struct splice_listener *l)
{
	if (l->turn != sp->turn - 1)
		l->burst = 1;
	else if (l->burst < BURST_MAX)
		l->burst *= 2;
	l->turn = sp->turn;
	for (uint32_t i = 0; i < l->burst; i++) {
		int s = accept_one(sp, l);

		if (s < 0 && splice_pipes_trim(sp))
			s = accept_one(sp, l);
		if (s < 0)
			rest(sp, l);
		if (s <= 0)
			return;
	}
}

void splice_listener_free(struct splice *sp, struct splice_listener *l)
{
	struct splice_listener **p = &sp->resting;

	while (*p && *p != l)
		p = &(*p)->next_resting;
	if (*p)
		*p = l->next_resting;
	if (l->prev)
		l->prev->next = l->next;
	else
		sp->listeners = l->next;
	if (l->next)
		l->next->prev = l->prev;
	/* Who else might hold it must not make it live on in there. */
	(void)splice_listener_watch(sp, l, EPOLL_CTL_DEL, false);
	close(l->fd);
	l->dead = true;
	l->next_resting = sp->dead_listeners;
	sp->dead_listeners = l;
	sp->stats.listeners--;
}

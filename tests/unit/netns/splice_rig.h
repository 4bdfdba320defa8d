/* SPDX-License-Identifier: Apache-2.0 */
/* An engine over the loopback: its listener, and a server behind it, in the test's thread. */
#ifndef URUN_TESTS_SPLICE_RIG_H
#define URUN_TESTS_SPLICE_RIG_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>

#include "base/fd.h"
#include "netns/slirp/splice.h"
#include "../tap.h"

enum { WAIT_MS = 10000 };

#define RIG_FN __attribute__((unused)) static

/* An engine with one listener, and what it leads to. */
struct rig {
	struct splice *sp;
	struct splice_listener *listener;
	in_port_t port; /* of the engine's listener */
	int server;     /* listens */
};

RIG_FN union splice_address at(in_port_t port)
{
	return (union splice_address){
		.in = {
			.sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
			.sin_port = port,
		},
	};
}

/* A bound socket; *ret_port as on the wire. */
RIG_FN int bound(in_port_t *ret_port)
{
	union splice_address a = at(0);
	socklen_t len = sizeof(a.in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, &a.any, len) < 0 || getsockname(fd, &a.any, &len) < 0)
		perror("bind");
	*ret_port = a.in.sin_port;
	return fd;
}

RIG_FN bool rig_new(struct rig *r)
{
	const struct splice_setup setup = { .netns = -EBADF };
	struct splice_target target = { 0 };
	struct error e = ERROR_INIT;
	in_port_t port;
	int fd = bound(&r->port);

	r->server = bound(&port);
	listen(r->server, SOMAXCONN);
	target.to = at(port);
	if (splice_start(&setup, &r->sp, &e) == 0 &&
	    splice_listen(r->sp, fd, &target, &r->listener, &e) == 0)
		return true;
	printf("# %s\n", e.msg);
	return false;
}

RIG_FN void rig_free(struct rig *r)
{
	splice_free(r->sp);
	if (r->server >= 0)
		close(r->server);
}

RIG_FN int dial(in_port_t port)
{
	union splice_address a = at(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, &a.any, sizeof(a.in)) < 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

RIG_FN int take(int listener)
{
	return fd_wait(listener, POLLIN, WAIT_MS) < 0 ? -1
						      : accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

RIG_FN bool pair(struct rig *r, int *c, int *s)
{
	*c = dial(r->port);
	*s = *c < 0 ? -1 : take(r->server);
	return *c >= 0 && *s >= 0;
}

RIG_FN void close_pair(int c, int s)
{
	close(c);
	close(s);
}

RIG_FN void reset(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/* What comes next: a byte's value, 256 at the end, -errno. */
enum { END = 256 };
RIG_FN int next_byte(int fd)
{
	unsigned char b;
	ssize_t n;

	if (fd_wait(fd, POLLIN, WAIT_MS) < 0)
		return -ETIMEDOUT;
	n = recv(fd, &b, 1, 0);
	return n < 0 ? -errno : n == 0 ? END : b;
}

RIG_FN bool passes(int from, int to, char b)
{
	return send(from, &b, 1, MSG_NOSIGNAL) == 1 && next_byte(to) == (unsigned char)b;
}

/* Until `connections` is this. */
RIG_FN bool settles(struct splice *sp, uint32_t connections)
{
	struct splice_stats st;

	for (int i = 0; i < WAIT_MS; i++) {
		splice_get_stats(sp, &st);
		if (st.connections == connections)
			return true;
		usleep(1000);
	}
	printf("# %u connections, not %u\n", st.connections, connections);
	return false;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two network namespaces with a wire between them: the container's, where "tap0" has its
 * addresses, and the outside, where the gateway stands. The caller is root of a user
 * namespace, in a child process; it makes sockets in the one or the other by going there.
 */
#ifndef URUN_TESTS_NETNS_WORLD_H
#define URUN_TESTS_NETNS_WORLD_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../process/child.h"

enum { WORLD_WAIT_MS = 10000, WORLD_QUIET_MS = 150 };

static int world_inside, world_outside;

static const char world_inside_script[] =
	"set -e; ip link set lo up\n"
	"ip link add tap0 type veth peer name out0 netns /proc/%d/fd/%d\n"
	"ip link set tap0 up\n"
	"ip addr add 10.0.2.100/24 dev tap0; ip addr add fd00::100/64 dev tap0 nodad\n"
	"echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter\n";
static const char world_outside_script[] =
	"set -e; ip link set lo up; ip link set out0 up\n"
	"ip addr add 10.0.2.2/24 dev out0; ip addr add fd00::2/64 dev out0 nodad\n"
	"ip addr add 198.51.100.8/32 dev lo; ip addr add 2001:db8::8/128 dev lo nodad\n"
	"ip route add default via 10.0.2.100; ip -6 route add default via fd00::100\n";
static const char world_routes[] =
	"ip route add default via 10.0.2.2 && ip -6 route add default via fd00::2";

/* 77: this host lets us not. */
__attribute__((unused)) static int world_make(void)
{
	char script[sizeof(world_inside_script) + 32];

	if (child_become_root() < 0 || unshare(CLONE_NEWNET) < 0)
		return 77;
	world_outside = path_open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (world_outside < 0 || unshare(CLONE_NEWNET) < 0)
		return 77;
	world_inside = path_open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	snprintf(script, sizeof(script), world_inside_script, getpid(), world_outside);
	if (world_inside < 0 || system("ip -V >/dev/null 2>&1") != 0 || system(script) != 0)
		return 77;
	CHECK(101, setns(world_outside, CLONE_NEWNET) == 0);
	CHECK(102, system(world_outside_script) == 0);
	CHECK(103, setns(world_inside, CLONE_NEWNET) == 0);
	CHECK(104, system(world_routes) == 0);
	return 0;
}

__attribute__((unused)) static struct sockaddr_storage world_address(const char *text,
								     unsigned int port)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
	} else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
	}
	return a;
}

/* "ADDRESS PORT"; valid until the next but one. */
__attribute__((unused)) static const char *world_text(const struct sockaddr_storage *a)
{
	static char texts[2][INET6_ADDRSTRLEN + 8];
	static int turn;
	char *text = texts[turn ^= 1], words[INET6_ADDRSTRLEN] = "?";
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)a;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;

	if (a->ss_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, words, sizeof(words));
	else if (a->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, words, sizeof(words));
	snprintf(text, sizeof(texts[0]), "%s %u", words,
		 ntohs(a->ss_family == AF_INET ? v4->sin_port : v6->sin6_port));
	return text;
}

static socklen_t world_len(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

__attribute__((unused)) static int world_listen(const char *text, unsigned int port)
{
	struct sockaddr_storage a = world_address(text, port);
	int fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
	    bind(fd, (struct sockaddr *)&a, world_len(&a)) == 0 && listen(fd, 16) == 0)
		return fd;
	return -1;
}

/* Ends in *ret_error: 0, an errno, or ETIMEDOUT after `ms`. A socket in any case. */
__attribute__((unused)) static int world_finish(int fd, const struct sockaddr_storage *to, int ms,
						int *ret_error)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(*ret_error);

	*ret_error = 0;
	if (connect(fd, (const struct sockaddr *)to, world_len(to)) == 0)
		return fd;
	*ret_error = errno;
	if (errno != EINPROGRESS)
		return fd;
	if (poll(&p, 1, ms) != 1)
		*ret_error = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, ret_error, &len);
	return fd;
}

__attribute__((unused)) static int world_connect(const char *text, unsigned int port, int ms,
						 int *ret_error)
{
	struct sockaddr_storage to = world_address(text, port);
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return world_finish(fd, &to, ms, ret_error);
}

/* -1: nobody came. */
__attribute__((unused)) static int world_accept(int fd, int ms, struct sockaddr_storage *peer)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	socklen_t len = sizeof(*peer);

	return poll(&p, 1, ms) == 1 ? accept4(fd, (struct sockaddr *)peer, &len, SOCK_CLOEXEC) : -1;
}

#endif

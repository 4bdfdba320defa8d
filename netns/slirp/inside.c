/* SPDX-License-Identifier: Apache-2.0 */
/* See inside.h. */
#include "netns/slirp/inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/path.h"
#include "netns/netlink.h"
#include "netns/slirp/offload.h"

enum { LO_INDEX = 1 };

/* ---- the interface */

static int open_tun(struct error *e)
{
	int fd = path_open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	error_set(e, fd, "open '/dev/net/tun'");
	if (fd == -EACCES || fd == -EPERM)
		error_hint(e, "chmod 0666 /dev/net/tun");
	else if (fd == -ENOENT || fd == -ENODEV || fd == -ENXIO)
		error_hint(e, "modprobe tun");
	return fd;
}

static int make_tap(const struct slirp_config *c, int *ret_tap, struct error *e)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL };
	cleanup_fd int fd = open_tun(e);
	bool offload = offload_wanted(c->mtu);

	if (fd < 0)
		return fd;
	if (offload)
		req.ifr_flags |= IFF_VNET_HDR;
	memcpy(req.ifr_name, c->ifname, sizeof(req.ifr_name));
	if (ioctl(fd, TUNSETIFF, &req) < 0) {
		if (errno == EBUSY || errno == EEXIST || errno == EINVAL)
			return error_msg(e, EEXIST,
					 "the network namespace already has an interface '%s'",
					 c->ifname);
		return error_set(e, errno, "make the interface '%s'", c->ifname);
	}
	if (offload && ioctl(fd, TUNSETOFFLOAD, (unsigned long)OFFLOAD_FEATURES) < 0)
		return error_set(e, errno, "let the interface '%s' segment", c->ifname);
	*ret_tap = take_fd(&fd);
	return 0;
}

static int tap_index(const struct slirp_config *c, int *ret, struct error *e)
{
	struct ifreq req = { 0 };
	cleanup_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(req.ifr_name, c->ifname, sizeof(req.ifr_name));
	if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &req) < 0)
		return error_set(e, errno, "find the interface '%s'", c->ifname);
	*ret = req.ifr_ifindex;
	return 0;
}

/*
 * The addresses are ours to give: routers' messages would only add to them, and
 * asking whether another has them takes a second. A host whose /proc/sys is
 * read-only (itself a container's) does without; the address given says so, too.
 */
static void set_sysctls(const struct slirp_config *c)
{
	static const char *const names[] = { "accept_ra", "accept_dad" };
	cleanup_fd int conf =
		path_open("/proc/sys/net/ipv6/conf", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[64];

	for (size_t i = 0; conf >= 0 && i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", c->ifname, names[i]);
		(void)io_write_value_at(conf, path, "0");
	}
}

/* ---- by rtnetlink */

static int link_up(int sock, int index, const struct slirp_config *c)
{
	struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWLINK, 0, &info, sizeof(info));
	if (c && (netlink_add(&r, IFLA_MTU, &c->mtu, sizeof(c->mtu)) < 0 ||
		  netlink_add(&r, IFLA_ADDRESS, c->mac, sizeof(c->mac)) < 0))
		return -EMSGSIZE;
	return netlink_do(sock, &r);
}

struct family {
	uint8_t family, prefix, len;
	const uint8_t *address, *gateway;
	const char *name;
};

static int add_address(int sock, int index, const struct family *f)
{
	struct ifaddrmsg m = {
		.ifa_family = f->family,
		.ifa_prefixlen = f->prefix,
		.ifa_flags = IFA_F_PERMANENT | (f->family == AF_INET6 ? IFA_F_NODAD : 0),
		.ifa_index = (uint32_t)index,
	};
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof(m));
	if (netlink_add(&r, IFA_LOCAL, f->address, f->len) < 0 ||
	    netlink_add(&r, IFA_ADDRESS, f->address, f->len) < 0)
		return -EMSGSIZE;
	if (f->family == AF_INET) {
		uint32_t broadcast;

		memcpy(&broadcast, f->address, sizeof(broadcast));
		broadcast |= htonl(UINT32_MAX >> f->prefix);
		if (netlink_add(&r, IFA_BROADCAST, &broadcast, sizeof(broadcast)) < 0)
			return -EMSGSIZE;
	}
	return netlink_do(sock, &r);
}

static int add_default_route(int sock, int index, const struct family *f)
{
	struct rtmsg m = {
		.rtm_family = f->family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof(m));
	if (netlink_add(&r, RTA_GATEWAY, f->gateway, f->len) < 0 ||
	    netlink_add(&r, RTA_OIF, &index, sizeof(index)) < 0)
		return -EMSGSIZE;
	return netlink_do(sock, &r);
}

static int add_family(int sock, int index, const struct family *f, struct error *e)
{
	int s = add_address(sock, index, f);

	if (s < 0)
		return error_set(e, s, "give the interface its %s address", f->name);
	s = add_default_route(sock, index, f);
	if (s == -EEXIST)
		return error_msg(e, EEXIST,
				 "the network namespace already has a default route (%s)", f->name);
	return s < 0 ? error_set(e, s, "add the default route (%s)", f->name) : 0;
}

static int configure(const struct slirp_config *c, struct error *e)
{
	const struct family v4 = { AF_INET, c->prefix, 4, c->address, c->gateway, "IPv4" };
	const struct family v6 = { AF_INET6, c->prefix6, 16, c->address6, c->gateway6, "IPv6" };
	cleanup_fd int sock = netlink_open();
	int index, s;

	if (sock < 0)
		return error_set(e, sock, "open a netlink socket");
	s = tap_index(c, &index, e);
	if (s < 0)
		return s;
	s = link_up(sock, LO_INDEX, NULL);
	if (s < 0)
		return error_set(e, s, "bring 'lo' up");
	set_sysctls(c);
	s = link_up(sock, index, c);
	if (s < 0)
		return error_set(e, s, "bring '%s' up", c->ifname);
	s = add_family(sock, index, &v4, e);
	if (s == 0 && (c->flags & SLIRP_IPV6))
		s = add_family(sock, index, &v6, e);
	return s;
}

/* ---- the process */

static int in_there(const struct slirp_config *c, int netns, int *ret_tap, struct error *e)
{
	int s;

	if (setns(netns, CLONE_NEWNET) < 0) {
		if (errno == EPERM)
			return error_msg(e, EPERM,
					 "the network namespace belongs to another user namespace "
					 "than the container's, or that is the host's and we are "
					 "not its root");
		return error_set(e, errno, "enter the network namespace");
	}
	s = make_tap(c, ret_tap, e);
	return s < 0 ? s : configure(c, e);
}

static _Noreturn void child(const struct slirp_config *c, int netns, int sock)
{
	struct error e = ERROR_INIT;
	cleanup_fd int tap = -EBADF;

	if (in_there(c, netns, &tap, &e) == 0)
		_exit(fd_send(sock, tap, &e, sizeof(e)) < 0);
	_exit(send(sock, &e, sizeof(e), MSG_NOSIGNAL) < 0);
}

int inside_make_tap(const struct slirp_config *c, int netns, int *ret_tap, struct error *e)
{
	int sv[2], fd = -EBADF, flags = 0, status;
	ssize_t n;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return error_set(e, errno, "make a socket pair");
	pid = fork();
	if (pid == 0)
		child(c, netns, sv[1]);
	close(sv[1]);
	if (pid < 0) {
		close(sv[0]);
		return error_set(e, errno, "fork");
	}
	n = fd_recv_message(sv[0], e, sizeof(*e), &flags, &fd);
	close(sv[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof(*e)) {
		error_clear(e);
		return error_msg(e, EPROTO, "the process in the network namespace died");
	}
	if (fd < 0)
		return e->code ? -e->code : error_msg(e, EPROTO, "no interface came back");
	*ret_tap = fd;
	return 0;
}

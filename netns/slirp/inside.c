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
#include "netns/slirp/hold.h"
#include "netns/slirp/offload.h"
#include "netns/slirp/redirect.h"
#include "netns/slirp/srcip.h"

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

static int make_tap(const struct net_config *c, int *ret_tap, struct error *e)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL | IFF_VNET_HDR };
	cleanup_fd int fd = open_tun(e);

	if (fd < 0)
		return fd;
	memcpy(req.ifr_name, c->ifname, sizeof(req.ifr_name));
	if (ioctl(fd, TUNSETIFF, &req) < 0) {
		if (errno == EBUSY || errno == EEXIST || errno == EINVAL)
			return error_msg(e, EEXIST,
					 "the network namespace already has an interface '%s'",
					 c->ifname);
		return error_set(e, errno, "make the interface '%s'", c->ifname);
	}
	if (ioctl(fd, TUNSETOFFLOAD, (unsigned long)OFFLOAD_FEATURES) < 0)
		return error_set(e, errno, "let the interface '%s' segment", c->ifname);
	*ret_tap = take_fd(&fd);
	return 0;
}

static int tap_index(const struct net_config *c, int *ret, struct error *e)
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
static void set_sysctls(const struct net_config *c)
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

static int link_up(int sock, int index, const struct net_config *c)
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

static int configure(const struct net_config *c, struct error *e)
{
	const struct family v4 = {
		AF_INET, c->cidr.prefix, 4, c->hosts.guest.bytes, c->hosts.gateway.bytes, "IPv4"
	};
	const struct family v6 = {
		AF_INET6, c->cidr6.prefix, 16, c->hosts6.guest.bytes, c->hosts6.gateway.bytes,
		"IPv6"
	};
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
	if (s == 0 && c->ipv6)
		s = add_family(sock, index, &v6, e);
	return s;
}

/* ---- the process */

static int in_there(const struct net_config *c, int netns, bool host_has_ipv6, struct inside *in,
		    struct error *e)
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
	s = make_tap(c, &in->tap, e);
	if (s == 0)
		s = configure(c, e);
	if (s == 0 && c->egress == NET_EGRESS_REDIRECT)
		s = redirect_make(c, host_has_ipv6, &in->redirect4, &in->redirect6, e);
	if (s == 0 && c->egress == NET_EGRESS_REDIRECT)
		s = hold_make(c, host_has_ipv6, &in->queue, e);
	if (s == 0 && c->srcip)
		s = srcip_make(c, e);
	return s;
}

/* In the order in which they are handed over. */
enum { INSIDE_FDS = 4 };

static void list_fds(struct inside *in, int *fds[INSIDE_FDS])
{
	fds[0] = &in->tap;
	fds[1] = &in->redirect4;
	fds[2] = &in->redirect6;
	fds[3] = &in->queue;
}

/* One message for each, with or without a descriptor, or one with the error. */
static _Noreturn void child(const struct net_config *c, int netns, bool host_has_ipv6, int sock)
{
	struct error e = ERROR_INIT;
	struct inside in = INSIDE_INIT;
	int *fds[INSIDE_FDS], s = 0;

	list_fds(&in, fds);
	if (in_there(c, netns, host_has_ipv6, &in, &e) < 0)
		_exit(send(sock, &e, sizeof(e), MSG_NOSIGNAL) < 0);
	for (int i = 0; s == 0 && i < INSIDE_FDS; i++)
		s = *fds[i] < 0 ? send(sock, "", 1, MSG_NOSIGNAL) != 1
				: fd_send(sock, *fds[i], "", 1);
	_exit(s != 0);
}

static int receive(int sock, int *ret, struct error *e)
{
	struct error theirs;
	int flags = 0, fd = -EBADF;
	ssize_t n = fd_recv_message(sock, &theirs, sizeof(theirs), &flags, &fd);

	if (n == 1) {
		*ret = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	if (n != (ssize_t)sizeof(theirs) || !theirs.code)
		return error_msg(e, EPROTO, "the process in the network namespace died");
	*e = theirs;
	return -e->code;
}

int inside_make(const struct net_config *c, int netns, struct inside *ret, struct error *e)
{
	bool host_has_ipv6 = c->egress == NET_EGRESS_REDIRECT && redirect_host_has_ipv6();
	int sv[2], *fds[INSIDE_FDS], status, s = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return error_set(e, errno, "make a socket pair");
	pid = fork();
	if (pid == 0)
		child(c, netns, host_has_ipv6, sv[1]);
	close(sv[1]);
	if (pid < 0) {
		close(sv[0]);
		return error_set(e, errno, "fork");
	}
	list_fds(ret, fds);
	for (int i = 0; s == 0 && i < INSIDE_FDS; i++)
		s = receive(sv[0], fds[i], e);
	close(sv[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return s;
}

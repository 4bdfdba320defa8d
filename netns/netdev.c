/* SPDX-License-Identifier: Apache-2.0 */
/* See netdev.h. */
#include "netns/netdev.h"

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "netns/netlink.h"

#ifndef IFLA_NEW_IFINDEX
#define IFLA_NEW_IFINDEX 49
#endif

enum { INDEX_STEP = 1 << 16, INDEX_TRIES = 8 };

struct reading {
	struct arena *a;
	struct netdev *dev;
};

static size_t length_of(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

static int append(struct reading *r, const struct netdev_address *address)
{
	struct netdev *d = r->dev;
	struct netdev_address *grown;

	if (d->n_addresses % 8 == 0) {
		grown = arena_calloc(r->a, d->n_addresses + 8, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		if (d->n_addresses)
			memcpy(grown, d->addresses, d->n_addresses * sizeof(*grown));
		d->addresses = grown;
	}
	d->addresses[d->n_addresses++] = *address;
	return 0;
}

/* IFA_LOCAL is the own address, IFA_ADDRESS the peer's; of IPv6 the one is missing. */
static void take_attributes(const struct nlmsghdr *h, struct netdev_address *ret, uint32_t *flags)
{
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	const struct rtattr *a = IFA_RTA(m);
	size_t left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*m)), len = length_of(m->ifa_family);
	bool has_local = false;

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == IFA_FLAGS && RTA_PAYLOAD(a) == sizeof(*flags))
			memcpy(flags, RTA_DATA(a), sizeof(*flags));
		if (RTA_PAYLOAD(a) != len)
			continue;
		if (a->rta_type == IFA_LOCAL) {
			memcpy(ret->local, RTA_DATA(a), len);
			has_local = true;
		} else if (a->rta_type == IFA_ADDRESS) {
			memcpy(ret->peer, RTA_DATA(a), len);
		} else if (a->rta_type == IFA_BROADCAST) {
			memcpy(ret->broadcast, RTA_DATA(a), len);
			ret->has_broadcast = true;
		}
	}
	if (!has_local)
		memcpy(ret->local, ret->peer, len);
	ret->has_peer = memcmp(ret->local, ret->peer, len) != 0;
}

static int take_address(void *arg, const struct nlmsghdr *h)
{
	struct reading *r = arg;
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	struct netdev_address address = { 0 };
	uint32_t flags;

	if (h->nlmsg_type != RTM_NEWADDR || h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)) ||
	    (int)m->ifa_index != r->dev->index || m->ifa_scope != RT_SCOPE_UNIVERSE ||
	    (m->ifa_family != AF_INET && m->ifa_family != AF_INET6))
		return 0;
	address.family = m->ifa_family;
	address.prefix = m->ifa_prefixlen;
	flags = m->ifa_flags;
	take_attributes(h, &address, &flags);
	return (flags & IFA_F_PERMANENT) ? append(r, &address) : 0;
}

int netdev_read(struct arena *a, const char *name, struct netdev *ret)
{
	const struct ifaddrmsg all = { .ifa_family = AF_UNSPEC };
	struct netdev dev = { .index = (int)if_nametoindex(name) };
	struct reading reading = { .a = a, .dev = &dev };
	cleanup_fd int sock = -EBADF;
	struct netlink_request r;
	int err;

	if (dev.index == 0)
		return -errno;
	sock = netlink_open();
	if (sock < 0)
		return sock;
	netlink_begin(&r, RTM_GETADDR, 0, &all, sizeof(all));
	err = netlink_dump(sock, &r, take_address, &reading);
	if (err == 0)
		*ret = dev;
	return err;
}

static int move_to(int sock, const struct netdev *d, const char *name, pid_t pid, int index)
{
	const struct ifinfomsg which = { .ifi_family = AF_UNSPEC, .ifi_index = d->index };
	struct netlink_request r;
	uint32_t target = (uint32_t)pid;
	int32_t there = index;
	int err;

	netlink_begin(&r, RTM_SETLINK, 0, &which, sizeof(which));
	err = netlink_add(&r, IFLA_NET_NS_PID, &target, sizeof(target));
	if (err == 0)
		err = netlink_add(&r, IFLA_NEW_IFINDEX, &there, sizeof(there));
	if (err == 0 && name)
		err = netlink_add(&r, IFLA_IFNAME, name, strlen(name) + 1);
	return err < 0 ? err : netlink_do(sock, &r);
}

/* Its number is chosen here: by name it could not be found, if that is a template. */
int netdev_move(const struct netdev *d, const char *name, pid_t pid, int *ret_index)
{
	cleanup_fd int sock = netlink_open();
	int err = sock;

	for (int i = 0; sock >= 0 && i < INDEX_TRIES; i++) {
		int index = d->index + i * INDEX_STEP;

		err = move_to(sock, d, name, pid, index);
		if (err == 0)
			*ret_index = index;
		if (err != -EBUSY)
			break;
	}
	return err;
}

static int add_address(int sock, int index, const struct netdev_address *a)
{
	const struct ifaddrmsg m = {
		.ifa_family = a->family,
		.ifa_prefixlen = a->prefix,
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = (uint32_t)index,
	};
	/* It was found to be nobody else's when it was set first. */
	const uint32_t flags = a->family == AF_INET6 ? IFA_F_NODAD : 0;
	size_t len = length_of(a->family);
	struct netlink_request r;
	int err;

	netlink_begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof(m));
	err = netlink_add(&r, IFA_LOCAL, a->local, len);
	if (err == 0)
		err = netlink_add(&r, IFA_ADDRESS, a->has_peer ? a->peer : a->local, len);
	if (err == 0 && a->has_broadcast)
		err = netlink_add(&r, IFA_BROADCAST, a->broadcast, len);
	if (err == 0 && flags)
		err = netlink_add(&r, IFA_FLAGS, &flags, sizeof(flags));
	if (err == 0)
		err = netlink_do(sock, &r);
	return err == -EEXIST ? 0 : err;
}

int netdev_set_up(int index, const struct netdev *d)
{
	const struct ifinfomsg up = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	cleanup_fd int sock = netlink_open();
	struct netlink_request r;
	int err = sock < 0 ? sock : 0;

	for (size_t i = 0; err == 0 && i < d->n_addresses; i++)
		err = add_address(sock, index, &d->addresses[i]);
	if (err < 0)
		return err;
	netlink_begin(&r, RTM_SETLINK, 0, &up, sizeof(up));
	return netlink_do(sock, &r);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See outbound.h. */
#include "netns/slirp/outbound.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "netns/netlink.h"

/* Of these no connection can come, or not for long. */
enum { UNFIT = IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED | IFA_F_TEMPORARY };

static const char *family_name(int family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

/* ---- an interface's address */

int outbound_take(void *arg, const struct nlmsghdr *h)
{
	struct outbound_search *o = arg;
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	size_t len = o->family == AF_INET ? 4 : 16, left;
	const struct rtattr *a;
	const void *own = NULL;
	uint32_t flags;

	if (h->nlmsg_type != RTM_NEWADDR || h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)) ||
	    m->ifa_family != o->family || (int)m->ifa_index != o->index ||
	    m->ifa_scope != RT_SCOPE_UNIVERSE)
		return 0;
	flags = m->ifa_flags;
	left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*m));
	for (a = IFA_RTA(m); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == IFA_FLAGS && RTA_PAYLOAD(a) == sizeof(flags))
			memcpy(&flags, RTA_DATA(a), sizeof(flags));
		/* On a wire of two ends IFA_ADDRESS is the other's. */
		if (RTA_PAYLOAD(a) == len &&
		    (a->rta_type == IFA_LOCAL || (a->rta_type == IFA_ADDRESS && !own)))
			own = RTA_DATA(a);
	}
	/* IFA_F_TEMPORARY is IFA_F_SECONDARY in IPv4, where it says nothing of that kind. */
	if (o->family == AF_INET)
		flags &= ~(uint32_t)IFA_F_SECONDARY;
	if (!own || (flags & UNFIT))
		return 0;
	o->found.family = (uint8_t)o->family;
	memcpy(o->found.bytes, own, len);
	return 1;
}

static int find_address(const char *key, const char *name, int family, struct net_address *ret,
			struct error *e)
{
	const struct ifaddrmsg all = { .ifa_family = (uint8_t)family };
	struct outbound_search search = { .family = family, .index = (int)if_nametoindex(name) };
	cleanup_fd int sock = netlink_open();
	struct netlink_request r;
	int s;

	if (search.index == 0)
		return error_msg(e, ENODEV, "%s: the host has no interface '%s'", key, name);
	if (sock < 0)
		return error_set(e, sock, "open a netlink socket");
	netlink_begin(&r, RTM_GETADDR, 0, &all, sizeof(all));
	s = netlink_dump(sock, &r, outbound_take, &search);
	if (s < 0)
		return error_set(e, s, "%s: read the addresses of '%s'", key, name);
	if (search.found.family == AF_UNSPEC)
		return error_msg(e, EADDRNOTAVAIL,
				 "%s: the host's interface '%s' has no global %s address", key,
				 name, family_name(family));
	*ret = search.found;
	return 0;
}

/* ---- both */

static void set_family(const struct net_address *a, struct outbound *ret)
{
	struct sockaddr_storage s;

	(void)net_address_to_sockaddr(a, 0, &s);
	if (a->family == AF_INET) {
		ret->has_v4 = true;
		memcpy(&ret->v4, &s, sizeof(ret->v4));
	} else {
		ret->has_v6 = true;
		memcpy(&ret->v6, &s, sizeof(ret->v6));
	}
}

static int bind_family(int fd, const struct outbound *o, int family)
{
	int s = family == AF_INET ? bind(fd, (const struct sockaddr *)&o->v4, sizeof(o->v4))
				  : bind(fd, (const struct sockaddr *)&o->v6, sizeof(o->v6));

	return s < 0 ? -errno : 0;
}

static int find_family(enum net_key key, const struct net_outbound *asked, int family,
		       struct outbound *ret, struct error *e)
{
	const char *name = net_key_name(key);
	struct net_address a = asked->address;
	cleanup_fd int fd = -EBADF;
	char text[NET_ADDRESS_TEXT];
	int s;

	if (*asked->interface) {
		s = find_address(name, asked->interface, family, &a, e);
		if (s < 0)
			return s;
	}
	if (a.family == AF_UNSPEC)
		return 0;
	set_family(&a, ret);
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	s = fd < 0 ? -errno : bind_family(fd, ret, family);
	if (s == -EADDRNOTAVAIL)
		return error_msg(e, EADDRNOTAVAIL, "%s: '%s' is none of the host's addresses", name,
				 net_address_format(&a, text));
	return s < 0 ? error_set(e, s, "%s: send from '%s'", name, net_address_format(&a, text))
		     : 0;
}

int outbound_find(const struct net_config *c, struct outbound *ret, struct error *e)
{
	struct outbound o = { 0 };
	int s = find_family(NET_KEY_OUTBOUND, &c->outbound, AF_INET, &o, e);

	if (s == 0)
		s = find_family(NET_KEY_OUTBOUND6, &c->outbound6, AF_INET6, &o, e);
	if (s == 0)
		*ret = o;
	return s;
}

int outbound_bind(int fd, const struct outbound *o, const struct sockaddr_storage *to)
{
	static const int one = 1;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)to;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)to;

	if (to->ss_family == AF_INET
		    ? !o->has_v4 || ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET
		    : !o->has_v6 || IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr))
		return 0;
	/* A port is taken when it is known where to: else there are 28000 for all. */
	(void)setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	return bind_family(fd, o, to->ss_family);
}

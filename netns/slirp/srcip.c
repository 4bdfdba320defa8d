/* SPDX-License-Identifier: Apache-2.0 */
/* See srcip.h. */
#include "netns/slirp/srcip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "netns/netlink.h"

enum { LO_INDEX = 1 };

/* ---- the namespace */

static int add_rule(int sock, uint8_t family)
{
	const uint32_t mark = SRCIP_MARK, mask = UINT32_MAX, table = SRCIP_TABLE;
	const uint32_t priority = SRCIP_PRIORITY;
	struct fib_rule_hdr h = { .family = family, .action = FR_ACT_TO_TBL };
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &h, sizeof(h));
	if (netlink_add(&r, FRA_PRIORITY, &priority, sizeof(priority)) < 0 ||
	    netlink_add(&r, FRA_FWMARK, &mark, sizeof(mark)) < 0 ||
	    netlink_add(&r, FRA_FWMASK, &mask, sizeof(mask)) < 0 ||
	    netlink_add(&r, FRA_TABLE, &table, sizeof(table)) < 0)
		return -EMSGSIZE;
	return netlink_do(sock, &r);
}

/* Every address is one of ours. */
static int add_route(int sock, uint8_t family)
{
	const uint32_t table = SRCIP_TABLE;
	const int lo = LO_INDEX;
	struct rtmsg m = {
		.rtm_family = family,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = RT_SCOPE_HOST,
		.rtm_type = RTN_LOCAL,
	};
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof(m));
	if (netlink_add(&r, RTA_TABLE, &table, sizeof(table)) < 0 ||
	    netlink_add(&r, RTA_OIF, &lo, sizeof(lo)) < 0)
		return -EMSGSIZE;
	return netlink_do(sock, &r);
}

static int add_family(int sock, uint8_t family, struct error *e)
{
	const char *name = family == AF_INET6 ? "IPv6" : "IPv4";
	int s = add_rule(sock, family);

	if (s < 0) {
		error_set(e, s, "srcip=true: add the rule for mark %#x (%s)",
			  (unsigned int)SRCIP_MARK, name);
		if (s == -EOPNOTSUPP || s == -EAFNOSUPPORT)
			error_hint(e,
				   "the kernel lacks CONFIG_%s_MULTIPLE_TABLES: leave out "
				   "'srcip=true'",
				   family == AF_INET6 ? "IPV6" : "IP");
		return -e->code;
	}
	s = add_route(sock, family);
	return s < 0 ? error_set(e, s, "srcip=true: add the route to 'lo' (%s)", name) : 0;
}

/* The first is TCP's of both families. */
static int set_switches(bool ipv6, struct error *e)
{
	static const char *const names[] = { "ipv4/tcp_fwmark_accept", "ipv4/fwmark_reflect",
					     "ipv6/fwmark_reflect" };
	cleanup_fd int net = path_open("/proc/sys/net", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (net < 0)
		return error_set(e, net, "srcip=true: '/proc/sys/net'");
	for (size_t i = 0; i < (ipv6 ? 3 : 2); i++) {
		int s = io_write_value_at(net, names[i], "1");

		if (s == 0)
			continue;
		error_set(e, s, "srcip=true: write '/proc/sys/net/%s'", names[i]);
		if (s == -EROFS)
			error_hint(e, "mount -o remount,rw /proc/sys");
		return -e->code;
	}
	return 0;
}

int srcip_make(const struct net_config *c, struct error *e)
{
	cleanup_fd int sock = netlink_open();
	int s;

	if (sock < 0)
		return error_set(e, sock, "open a netlink socket");
	s = set_switches(c->ipv6, e);
	if (s == 0)
		s = add_family(sock, AF_INET, e);
	if (s == 0 && c->ipv6)
		s = add_family(sock, AF_INET6, e);
	return s;
}

/* ---- one socket */

/* An IPv4 one as such, though a socket of both families has it. */
static struct net_address address_of(const struct sockaddr_storage *peer)
{
	struct net_address a = net_address_of_sockaddr(peer);

	if (!net_address_is_mapped(&a))
		return a;
	a.family = AF_INET;
	memmove(a.bytes, a.bytes + 12, 4);
	memset(a.bytes + 4, 0, sizeof(a.bytes) - 4);
	return a;
}

struct net_address srcip_address(const struct net_config *c, int family,
				 const struct sockaddr_storage *peer)
{
	bool v6 = family == AF_INET6;
	struct net_address a = address_of(peer);

	if (a.family == family && !net_address_is_any(&a) && !net_address_is_loopback(&a) &&
	    !net_address_is_link_local(&a) && net_address_is_unicast(&a) &&
	    !net_cidr_contains(v6 ? &c->cidr6 : &c->cidr, &a))
		return a;
	return v6 ? c->hosts6.gateway : c->hosts.gateway;
}

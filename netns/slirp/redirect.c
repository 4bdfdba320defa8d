/* SPDX-License-Identifier: Apache-2.0 */
/* See redirect.h. */
#include "netns/slirp/redirect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cleanup.h"

#define CHAIN "output"

enum {
	LO_INDEX = 1, /* in every network namespace */
	BACKLOG = 4096,
	IP4_TO = 16, /* where the destination stands in the header */
	IP6_TO = 24,
};

/* ---- the table */

static void accept_prefix(struct nft_batch *b, const char *chain, const struct nft_prefix *p)
{
	nft_rule_begin(b, REDIRECT_TABLE, chain);
	nft_match_prefix(b, p);
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b);
}

/* No TCP: the chain sees each connection's first packet, of any kind. */
static void accept_others(struct nft_batch *b, const char *chain)
{
	static const uint8_t tcp = IPPROTO_TCP;
	static const uint32_t lo = LO_INDEX;

	nft_rule_begin(b, REDIRECT_TABLE, chain);
	nft_match_meta_not(b, NFT_META_L4PROTO, &tcp, sizeof(tcp));
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b);
	nft_rule_begin(b, REDIRECT_TABLE, chain);
	nft_match_meta(b, NFT_META_OIF, &lo, sizeof(lo));
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b);
}

void redirect_rules(struct nft_batch *b, const struct net_config *c, const struct redirect_chain *r)
{
	static const uint8_t link_local[16] = { 0xfe, 0x80 };
	const struct nft_prefix local = { IP6_TO, 16, 10, link_local };
	bool v6 = r->family == AF_INET6;
	const struct net_hosts *hosts = v6 ? &c->hosts6 : &c->hosts;
	const struct net_cidr *cidr = v6 ? &c->cidr6 : &c->cidr;
	uint8_t to = v6 ? IP6_TO : IP4_TO, len = v6 ? 16 : 4;
	const struct nft_prefix gateway = { to, len, (uint8_t)(len * 8), hosts->gateway.bytes };
	const struct nft_prefix ours = { to, len, cidr->prefix, cidr->address.bytes };

	accept_others(b, r->name);
	if (c->host_loopback) {
		nft_rule_begin(b, REDIRECT_TABLE, r->name);
		nft_match_prefix(b, &gateway);
		r->lead(b, r->number);
		nft_rule_end(b);
	}
	if (!r->all)
		return;
	accept_prefix(b, r->name, &ours);
	if (v6)
		accept_prefix(b, r->name, &local);
	nft_rule_begin(b, REDIRECT_TABLE, r->name);
	r->lead(b, r->number);
	nft_rule_end(b);
}

/*
 * Not family inet, which is both in one: that takes what these two take and a switch of
 * the kernel more.
 */
void redirect_build(struct nft_batch *b, const struct net_config *c, int family, uint16_t port,
		    bool all)
{
	const struct nft_hook hook = { "nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST };
	const struct redirect_chain rules = { CHAIN, family, all, nft_redirect, port };

	nft_begin(b, family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
	nft_add_table(b, REDIRECT_TABLE);
	nft_add_chain(b, REDIRECT_TABLE, CHAIN, &hook);
	redirect_rules(b, c, &rules);
}

static int explain(int s, uint32_t message, const struct nft_batch *b, struct error *e)
{
	static const char *const parts[] = { "the batch", "its table", "its chain" };
	const char *family = b->family == NFPROTO_IPV6 ? "ip6" : "ip";

	if (s == -EEXIST)
		return error_msg(e, EEXIST,
				 "egress=redirect: the network namespace already has a table "
				 "'" REDIRECT_TABLE "' (%s) in nftables",
				 family);
	error_set(e, s, "egress=redirect: nftables (%s): %s", family,
		  message < ARRAY_SIZE(parts) ? parts[message] : "its rules");
	/* What a kernel says whose modules could not be loaded, or that was built without. */
	if (s == -ENOENT || s == -EOPNOTSUPP || s == -EPROTONOSUPPORT || s == -EAFNOSUPPORT)
		error_hint(
			e,
			"modprobe -a nf_tables nft_chain_nat nft_redir nft_queue nfnetlink_queue; "
			"a kernel without them lacks CONFIG_NF_TABLES, CONFIG_NFT_NAT or "
			"CONFIG_NFT_REDIR: leave out 'egress=redirect' there");
	return -e->code;
}

/* ---- the sockets */

static int listen_on(int family, uint16_t *ret_port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = { .any = { .sa_family = (sa_family_t)family } };
	cleanup_fd int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	socklen_t len = sizeof(a.v4);

	/* Where packets of the container itself are redirected to. */
	if (family == AF_INET) {
		a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		a.v6.sin6_addr = in6addr_loopback;
		len = sizeof(a.v6);
	}
	if (fd < 0 || bind(fd, &a.any, len) < 0 || listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, &a.any, &len) < 0)
		return -errno;
	*ret_port = ntohs(family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
	return take_fd(&fd);
}

static int make_family(const struct net_config *c, int family, bool all, struct error *e)
{
	uint16_t port = 0;
	cleanup_fd int fd = listen_on(family, &port);
	struct nft_batch b;
	uint32_t message;
	int s;

	if (fd < 0)
		return error_set(e, fd, "egress=redirect: listen on the container's loopback (%s)",
				 family == AF_INET6 ? "IPv6" : "IPv4");
	redirect_build(&b, c, family, port, all);
	s = nft_do(&b, &message);
	return s < 0 ? explain(s, message, &b, e) : take_fd(&fd);
}

bool redirect_host_has_ipv6(void)
{
	/* Root servers' network; nothing is sent. */
	struct sockaddr_in6 far = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(53),
		.sin6_addr = { .s6_addr = { 0x20, 0x01, 0x05, 0x03, [15] = 1 } },
	};
	cleanup_fd int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&far, sizeof(far)) == 0;
}

int redirect_make(const struct net_config *c, bool host_has_ipv6, int *ret4, int *ret6,
		  struct error *e)
{
	cleanup_fd int v4 = make_family(c, AF_INET, true, e), v6 = -EBADF;

	if (v4 < 0)
		return v4;
	if (c->ipv6 && (host_has_ipv6 || c->host_loopback)) {
		v6 = make_family(c, AF_INET6, host_has_ipv6, e);
		if (v6 < 0)
			return v6;
	}
	*ret4 = take_fd(&v4);
	*ret6 = take_fd(&v6);
	return 0;
}

/* ---- where to */

/* 0/8 and 127/8; ::/96, of which ::1 is one; IPv4 in IPv6's clothes. */
static bool is_of_the_host_alone(const struct net_address *a)
{
	static const uint8_t zero[12];

	if (a->family == AF_INET)
		return a->bytes[0] == 0 || a->bytes[0] == 127;
	return net_address_is_mapped(a) || memcmp(a->bytes, zero, sizeof(zero)) == 0;
}

static struct net_address loopback(uint8_t family)
{
	if (family == AF_INET)
		return (struct net_address){ AF_INET, { 127, 0, 0, 1 } };
	return (struct net_address){ AF_INET6, { [15] = 1 } };
}

int redirect_check(const struct net_config *c, const struct net_address *asked,
		   struct net_address *ret)
{
	bool v6 = asked->family == AF_INET6;

	if (v6 ? !c->ipv6 : asked->family != AF_INET)
		return -EAFNOSUPPORT;
	if (is_of_the_host_alone(asked) || !net_address_is_unicast(asked) ||
	    net_address_is_link_local(asked))
		return -EACCES;
	if (net_address_equal(asked, v6 ? &c->hosts6.gateway : &c->hosts.gateway)) {
		if (!c->host_loopback)
			return -EACCES;
		*ret = loopback(asked->family);
		return 0;
	}
	/* The resolver's address among them: that is libslirp's. */
	if (net_cidr_contains(v6 ? &c->cidr6 : &c->cidr, asked))
		return -EACCES;
	*ret = *asked;
	return 0;
}

static int asked_for(int fd, struct sockaddr_storage *ret)
{
	struct sockaddr_storage own = { 0 };
	socklen_t own_len = sizeof(own), len = sizeof(*ret);
	int s;

	memset(ret, 0, sizeof(*ret));
	if (getsockname(fd, (struct sockaddr *)&own, &own_len) < 0)
		return -errno;
	s = own.ss_family == AF_INET6 ? getsockopt(fd, SOL_IPV6, IP6T_SO_ORIGINAL_DST, ret, &len)
				      : getsockopt(fd, SOL_IP, SO_ORIGINAL_DST, ret, &len);
	if (s < 0)
		return -errno; /* ENOENT: the kernel tracks no such connection */
	return ret->ss_family == own.ss_family ? 0 : -EAFNOSUPPORT;
}

/* Nothing of the container's but address and port. */
int redirect_map(const struct net_config *c, struct sockaddr_storage *asked)
{
	struct net_address from = net_address_of_sockaddr(asked), there;
	in_port_t port = ((struct sockaddr_in *)asked)->sin_port; /* sin6_port lies there, too */
	int s = redirect_check(c, &from, &there);

	if (s < 0)
		return s;
	(void)net_address_to_sockaddr(&there, ntohs(port), asked);
	return 0;
}

/* Of a connection to us without a redirect it is our own address, which is loopback's. */
int redirect_find(int fd, struct sockaddr_storage *to, void *arg)
{
	struct sockaddr_storage asked;
	int s = asked_for(fd, &asked);

	if (s == 0)
		s = redirect_map(arg, &asked);
	if (s < 0)
		return s;
	*to = asked;
	return 0;
}

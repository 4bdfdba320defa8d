/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See slirp_config.h. urun has checked the user's options already and said what
 * is wrong in the user's words; this is the other side of a border, and believes nothing.
 */
#include "netns/slirp/slirp_config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const uint8_t zero[16];

static int bad(struct error *e, const char *what)
{
	return error_msg(e, EINVAL, "network config: %s", what);
}

static bool is_zero(const uint8_t *p, size_t len)
{
	return memcmp(p, zero, len) == 0;
}

static int check_head(const struct slirp_config *c, size_t len, struct error *e)
{
	if (len != sizeof(*c))
		return error_msg(e, EINVAL, "network config: %zu bytes, not %zu", len, sizeof(*c));
	if (c->magic != SLIRP_HELPER_MAGIC)
		return bad(e, "it does not start as one");
	if (c->version != SLIRP_HELPER_VERSION || c->size != sizeof(*c))
		return error_msg(e, EINVAL,
				 "network config: version %u of %u bytes, not %d of %zu: urun and "
				 "urun-slirp are not of one build",
				 c->version, c->size, SLIRP_HELPER_VERSION, sizeof(*c));
	if (c->flags & ~(uint32_t)SLIRP_FLAGS_ALL)
		return error_msg(e, EINVAL, "network config: unknown flags 0x%x", c->flags);
	if (c->n_listeners)
		return bad(e, "published ports are not supported yet");
	return 0;
}

/* A name that is one component below /proc/sys/net/ipv6/conf, and not one of its own. */
static bool good_ifname(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t n = strnlen(name, SLIRP_IFNAME_MAX);

	if (n == 0 || n == SLIRP_IFNAME_MAX)
		return false;
	if (!is_zero((const uint8_t *)name + n, SLIRP_IFNAME_MAX - n))
		return false;
	if (strspn(name, letters) != n || name[0] == '.' || name[0] == '-')
		return false;
	return strcmp(name, "lo") != 0 && strcmp(name, "all") != 0 && strcmp(name, "default") != 0;
}

/* libslirp's own: 52:55 and an IPv4 address, 52:56:00:00:00 and a number. */
static bool good_mac(const uint8_t *m)
{
	static const uint8_t slirp6[5] = { 0x52, 0x56, 0, 0, 0 };

	if ((m[0] & 1) || is_zero(m, 6))
		return false;
	return !(m[0] == 0x52 && m[1] == 0x55) && memcmp(m, slirp6, sizeof(slirp6)) != 0;
}

static int check_link(const struct slirp_config *c, struct error *e)
{
	if (!good_ifname(c->ifname))
		return bad(e, "the interface's name");
	if (c->mtu < SLIRP_MTU_MIN || c->mtu > SLIRP_MTU_MAX)
		return error_msg(e, EINVAL, "network config: mtu %u is not in %d..%d", c->mtu,
				 SLIRP_MTU_MIN, SLIRP_MTU_MAX);
	if (!good_mac(c->mac))
		return bad(e, "the MAC address is none of a host, or libslirp's own");
	return 0;
}

static uint32_t number(const uint8_t *a)
{
	uint32_t n;

	memcpy(&n, a, sizeof(n));
	return ntohl(n);
}

/* A host's address in c's network: not the network's own and not its broadcast. */
static bool is_host_of(const struct slirp_config *c, const uint8_t *a)
{
	uint32_t host_bits = UINT32_MAX >> c->prefix, n = number(a);
	uint32_t host = n & host_bits;

	return ((n ^ number(c->address)) & ~host_bits) == 0 && host != 0 && host != host_bits;
}

static int check_ipv4(const struct slirp_config *c, struct error *e)
{
	uint8_t first = c->address[0];

	if (c->prefix < SLIRP_PREFIX_MIN || c->prefix > SLIRP_PREFIX_MAX)
		return error_msg(e, EINVAL, "network config: IPv4 prefix %u is not in %d..%d",
				 c->prefix, SLIRP_PREFIX_MIN, SLIRP_PREFIX_MAX);
	if (first == 0 || first == 127 || first >= 224)
		return bad(e, "the IPv4 network is not one for hosts");
	if (!is_host_of(c, c->address))
		return bad(e, "the IPv4 address is none of a host");
	if (!is_host_of(c, c->gateway) || memcmp(c->gateway, c->address, 4) == 0)
		return bad(e, "the IPv4 gateway is not another host of the network");
	if (!(c->flags & SLIRP_DNS))
		return is_zero(c->dns, 4) ? 0 : bad(e, "a resolver's address, but no resolver");
	if (!is_host_of(c, c->dns) || memcmp(c->dns, c->address, 4) == 0 ||
	    memcmp(c->dns, c->gateway, 4) == 0)
		return bad(e, "the IPv4 resolver is not another host of the network");
	return 0;
}

static bool in_net6(const struct slirp_config *c, const uint8_t *a)
{
	size_t whole = c->prefix6 / 8;
	unsigned int bits = c->prefix6 % 8;
	uint8_t mask = (uint8_t)(0xff00 >> bits);

	return memcmp(a, c->address6, whole) == 0 &&
	       (bits == 0 || ((a[whole] ^ c->address6[whole]) & mask) == 0);
}

/* In the network, and not the routers' own address (all 0 behind the prefix). */
static bool is_host6_of(const struct slirp_config *c, const uint8_t *a)
{
	uint8_t host[16];

	if (!in_net6(c, a))
		return false;
	memcpy(host, a, sizeof(host));
	for (unsigned int i = 0; i < c->prefix6; i++)
		host[i / 8] &= (uint8_t) ~(0x80 >> (i % 8));
	return !is_zero(host, sizeof(host));
}

/* For hosts: not ::/8 (loopback, IPv4 in disguise), link-local or multicast. */
static bool is_unicast6(const uint8_t *a)
{
	return a[0] != 0 && a[0] != 0xff && !(a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
}

static int check_ipv6(const struct slirp_config *c, struct error *e)
{
	if (!(c->flags & SLIRP_IPV6)) {
		if (c->prefix6 || !is_zero(c->address6, 16) || !is_zero(c->gateway6, 16) ||
		    !is_zero(c->dns6, 16) || (c->flags & SLIRP_OUTBOUND6))
			return bad(e, "IPv6 addresses, but no IPv6");
		return 0;
	}
	if (c->prefix6 < SLIRP_PREFIX6_MIN || c->prefix6 > SLIRP_PREFIX6_MAX)
		return error_msg(e, EINVAL, "network config: IPv6 prefix %u is not in %d..%d",
				 c->prefix6, SLIRP_PREFIX6_MIN, SLIRP_PREFIX6_MAX);
	if (!is_unicast6(c->address6) || !is_host6_of(c, c->address6))
		return bad(e, "the IPv6 address is none of a host");
	if (!is_host6_of(c, c->gateway6) || memcmp(c->gateway6, c->address6, 16) == 0)
		return bad(e, "the IPv6 gateway is not another host of the network");
	if (!(c->flags & SLIRP_DNS))
		return is_zero(c->dns6, 16) ? 0 : bad(e, "a resolver's address, but no resolver");
	if (!is_host6_of(c, c->dns6) || memcmp(c->dns6, c->address6, 16) == 0 ||
	    memcmp(c->dns6, c->gateway6, 16) == 0)
		return bad(e, "the IPv6 resolver is not another host of the network");
	return 0;
}

static int check_outbound(const struct slirp_config *c, struct error *e)
{
	bool v4 = c->flags & SLIRP_OUTBOUND, v6 = c->flags & SLIRP_OUTBOUND6;

	if (v4 ? c->outbound[0] == 0 || c->outbound[0] >= 224 : !is_zero(c->outbound, 4))
		return bad(e, "the IPv4 outbound address");
	if (v6 ? is_zero(c->outbound6, 15) && c->outbound6[15] == 0 : !is_zero(c->outbound6, 16))
		return bad(e, "the IPv6 outbound address");
	if (v6 && !is_unicast6(c->outbound6) &&
	    !(is_zero(c->outbound6, 15) && c->outbound6[15] == 1))
		return bad(e, "the IPv6 outbound address");
	return 0;
}

int slirp_config_check(const struct slirp_config *c, size_t len, struct error *e)
{
	int s = check_head(c, len, e);

	if (s == 0)
		s = check_link(c, e);
	if (s == 0)
		s = check_ipv4(c, e);
	if (s == 0)
		s = check_ipv6(c, e);
	return s < 0 ? s : check_outbound(c, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See net_address.h. */
#include "netns/net_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/parse.h"

static unsigned int length(const struct net_address *a)
{
	return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;
}

int net_address_parse(const char *s, int family, struct net_address *ret)
{
	struct net_address a = { .family = strchr(s, ':') ? AF_INET6 : AF_INET };

	if (family != AF_UNSPEC && family != a.family)
		return -EINVAL;
	if (inet_pton(a.family, s, a.bytes) != 1)
		return -EINVAL;
	*ret = a;
	return 0;
}

const char *net_address_format(const struct net_address *a, char buf[NET_ADDRESS_TEXT])
{
	if (!length(a) || !inet_ntop(a->family, a->bytes, buf, NET_ADDRESS_TEXT))
		buf[0] = '\0';
	return buf;
}

socklen_t net_address_to_sockaddr(const struct net_address *a, uint16_t port,
				  struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = a->family;
	if (a->family == AF_INET) {
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, a->bytes, sizeof(v4->sin_addr));
		return sizeof(*v4);
	}
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, a->bytes, sizeof(v6->sin6_addr));
	return sizeof(*v6);
}

struct net_address net_address_of_sockaddr(const struct sockaddr_storage *s)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)s;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)s;
	struct net_address a = { .family = AF_UNSPEC };

	if (s->ss_family == AF_INET)
		memcpy(a.bytes, &v4->sin_addr, sizeof(v4->sin_addr));
	else if (s->ss_family == AF_INET6)
		memcpy(a.bytes, &v6->sin6_addr, sizeof(v6->sin6_addr));
	else
		return a;
	a.family = (uint8_t)s->ss_family;
	return a;
}

bool net_address_equal(const struct net_address *a, const struct net_address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, length(a)) == 0;
}

bool net_address_is_any(const struct net_address *a)
{
	static const uint8_t zero[16];

	return length(a) && memcmp(a->bytes, zero, length(a)) == 0;
}

bool net_address_is_loopback(const struct net_address *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == AF_INET)
		return a->bytes[0] == 127;
	return a->family == AF_INET6 && memcmp(a->bytes, one, sizeof(one)) == 0;
}

bool net_address_is_link_local(const struct net_address *a)
{
	return a->family == AF_INET6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

bool net_address_is_mapped(const struct net_address *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return a->family == AF_INET6 && memcmp(a->bytes, prefix, sizeof(prefix)) == 0;
}

bool net_address_is_unicast(const struct net_address *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] < 224;
	return a->family == AF_INET6 && a->bytes[0] != 0xff;
}

int net_address_add(const struct net_address *a, uint32_t n, struct net_address *ret)
{
	struct net_address sum = *a;
	uint64_t carry = n;

	for (unsigned int i = length(a); i-- > 0;) {
		carry += sum.bytes[i];
		sum.bytes[i] = (uint8_t)carry;
		carry >>= 8;
	}
	if (carry)
		return -ERANGE;
	*ret = sum;
	return 0;
}

int net_cidr_parse(const char *s, int family, struct net_cidr *ret)
{
	char address[NET_ADDRESS_TEXT];
	const char *slash = strchr(s, '/');
	size_t len = slash ? (size_t)(slash - s) : sizeof(address);
	struct net_cidr c;
	uint32_t prefix;
	int r;

	if (len >= sizeof(address))
		return -EINVAL;
	memcpy(address, s, len);
	address[len] = '\0';
	r = net_address_parse(address, family, &c.address);
	if (r < 0)
		return r;
	r = parse_u32(slash + 1, &prefix);
	if (r < 0)
		return r;
	if (prefix > 8 * length(&c.address))
		return -ERANGE;
	c.prefix = (uint8_t)prefix;
	*ret = c;
	return 0;
}

const char *net_cidr_format(const struct net_cidr *c, char buf[NET_CIDR_TEXT])
{
	char address[NET_ADDRESS_TEXT];

	snprintf(buf, NET_CIDR_TEXT, "%s/%u", net_address_format(&c->address, address),
		 (unsigned int)c->prefix);
	return buf;
}

/* The bits of byte i that belong to the network. */
static uint8_t mask(unsigned int prefix, unsigned int i)
{
	if (prefix >= 8 * (i + 1))
		return 0xff;
	return prefix <= 8 * i ? 0 : (uint8_t)(0xff << (8 * (i + 1) - prefix));
}

struct net_address net_cidr_network(const struct net_cidr *c)
{
	struct net_address a = c->address;

	for (unsigned int i = 0; i < length(&a); i++)
		a.bytes[i] &= mask(c->prefix, i);
	return a;
}

bool net_cidr_has_host_bits(const struct net_cidr *c)
{
	struct net_address network = net_cidr_network(c);

	return !net_address_equal(&network, &c->address);
}

bool net_cidr_contains(const struct net_cidr *c, const struct net_address *a)
{
	struct net_cidr other = { .address = *a, .prefix = c->prefix };
	struct net_address mine = net_cidr_network(c), its = net_cidr_network(&other);

	return net_address_equal(&mine, &its);
}

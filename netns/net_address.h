/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and networks of both families as values: text in, text out, and the little
 * arithmetic that a network of ours needs. Pure.
 */
#ifndef URUN_NETNS_NET_ADDRESS_H
#define URUN_NETNS_NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	NET_ADDRESS_TEXT = 46, /* room for any address and a NUL */
	NET_CIDR_TEXT = 50,
};

/* AF_INET has 4 bytes of it, in the network's order; the rest is 0. AF_UNSPEC: none. */
struct net_address {
	uint8_t family;
	uint8_t bytes[16];
};

struct net_cidr {
	struct net_address address;
	uint8_t prefix;
};

/* The whole of s, of that family or (AF_UNSPEC) of either; no zone ("%eth0"). -EINVAL. */
int net_address_parse(const char *s, int family, struct net_address *ret);

/* Canonical text (RFC 5952); "" for AF_UNSPEC. Returns buf. */
const char *net_address_format(const struct net_address *a, char buf[NET_ADDRESS_TEXT]);

/* As the kernel's calls have it; returns its length. And back: AF_UNSPEC for other families. */
socklen_t net_address_to_sockaddr(const struct net_address *a, uint16_t port,
				  struct sockaddr_storage *ret);
struct net_address net_address_of_sockaddr(const struct sockaddr_storage *s);

bool net_address_equal(const struct net_address *a, const struct net_address *b);
bool net_address_is_any(const struct net_address *a); /* 0.0.0.0, :: */
bool net_address_is_loopback(const struct net_address *a);
bool net_address_is_link_local(const struct net_address *a); /* of IPv6: needs an interface */
bool net_address_is_mapped(const struct net_address *a);     /* an IPv4 one in IPv6's clothes */

/* One host's own: neither multicast, nor a broadcast, nor reserved (240.0.0.0/4). Any is. */
bool net_address_is_unicast(const struct net_address *a);

/* The address n further on. -ERANGE: there is none. */
int net_address_add(const struct net_address *a, uint32_t n, struct net_address *ret);

/* "ADDRESS/PREFIX". -EINVAL: is none; -ERANGE: the prefix is longer than the address. */
int net_cidr_parse(const char *s, int family, struct net_cidr *ret);
const char *net_cidr_format(const struct net_cidr *c, char buf[NET_CIDR_TEXT]);

/* The network itself: the address with all behind the prefix 0. */
struct net_address net_cidr_network(const struct net_cidr *c);
bool net_cidr_has_host_bits(const struct net_cidr *c);
bool net_cidr_contains(const struct net_cidr *c, const struct net_address *a);

#endif

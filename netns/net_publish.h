/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports of the host that lead into the container:
 *
 *     [ADDRESS:]PORT[-PORT]:PORT[-PORT][/tcp|/udp]       the host's, then the container's
 *
 * with an IPv6 address in brackets, several by comma. No protocol is tcp, no address is
 * 0.0.0.0: IPv4 alone. [::] is IPv6 alone, never both, so that "8080:80,[::]:8080:80" says
 * what it does and neither half is refused for the other. Pure: nothing is bound here.
 */
#ifndef URUN_NETNS_NET_PUBLISH_H
#define URUN_NETNS_NET_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "netns/net_address.h"

enum {
	NET_PUBLISH_TEXT = 80,    /* room for any of them and a NUL */
	NET_PUBLISH_ITEMS = 1024, /* a list's most; a range is one of them */
};

enum net_protocol {
	NET_TCP,
	NET_UDP,
};

/* host_port + i leads to container_port + i, for i < count. */
struct net_publish {
	enum net_protocol protocol;
	struct net_address address; /* of the host */
	uint16_t host_port, container_port;
	uint16_t count; /* 1..65535 */
};

struct net_publish_list {
	struct net_publish *items;
	size_t n;
};

/* One item, without a comma. -EINVAL. */
int net_publish_parse(const char *text, struct net_publish *ret, struct error *e);

/* In full: "0.0.0.0:8080:80/tcp", "[::1]:9000-9010:9000-9010/udp". Returns buf. */
const char *net_publish_format(const struct net_publish *p, char buf[NET_PUBLISH_TEXT]);

/* Do both want a port of the host? 0.0.0.0 and :: are each address of their family. */
bool net_publish_overlaps(const struct net_publish *a, const struct net_publish *b);

/*
 * Adds the items of a list "ITEM,ITEM". -EINVAL: one is malformed, overlaps another or is
 * one too many, and *l is as before.
 */
int net_publish_add(struct arena *a, struct net_publish_list *l, const char *text, struct error *e);

#endif

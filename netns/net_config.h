/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user asks of the built-in network, decided and checked before anything is made.
 * net_options.h fills it from annotations and from the command line, net_config_finish()
 * completes it; what makes the network takes each value from here as it is. Pure.
 */
#ifndef URUN_NETNS_NET_CONFIG_H
#define URUN_NETNS_NET_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "netns/net_address.h"
#include "netns/net_publish.h"

enum {
	NET_PREFIX_MIN = 8, /* of cidr */
	NET_PREFIX_MAX = 29,
	NET_PREFIX6_MIN = 48, /* of cidr6: a site's, and room for ::100 */
	NET_PREFIX6_MAX = 112,
	NET_MTU_MIN = 1280, /* IPv6's least */
	NET_MTU_MAX = 65520,
	NET_IFNAME_SIZE = 16, /* with the NUL, as the kernel has it */
	NET_MAC_SIZE = 6,
	NET_API_PATH_MAX = 107, /* sun_path without its NUL */
};

enum net_mode {
	NET_MODE_UNSET, /* what the config's namespaces say, untouched */
	NET_MODE_SLIRP,
	NET_MODE_NONE,
	NET_MODE_HOST,
};

/* The options, by the names of run.urun.net.*; an alias is the option it stands for. */
enum net_key {
	NET_KEY_CIDR,
	NET_KEY_CIDR6,
	NET_KEY_IPV6,
	NET_KEY_MTU,
	NET_KEY_MAC,
	NET_KEY_IFNAME,
	NET_KEY_DNS,
	NET_KEY_HOST_LOOPBACK,
	NET_KEY_OUTBOUND,
	NET_KEY_OUTBOUND6,
	NET_KEY_PUBLISH,
	NET_KEY_FORWARD,
	NET_KEY_SRCIP,
	NET_KEY_EGRESS,
	NET_KEY_API,
	N_NET_KEYS,
};

enum net_dns {
	NET_DNS_WRITE,   /* the container's resolv.conf names our DNS address */
	NET_DNS_KEEP,    /* resolv.conf stays; our DNS address answers */
	NET_DNS_NONE,    /* resolv.conf stays, and nobody answers */
	NET_DNS_ADDRESS, /* resolv.conf names `nameserver` */
};

enum net_forward { /* how published TCP ports are served */
		   NET_FORWARD_SPLICE,
		   NET_FORWARD_SLIRP,
};

enum net_egress { /* which way TCP goes out */
		  NET_EGRESS_SLIRP,
		  NET_EGRESS_REDIRECT,
};

/* Where connections go out of the host: neither, one or the other. */
struct net_outbound {
	struct net_address address; /* AF_UNSPEC: not asked for */
	char interface[NET_IFNAME_SIZE];
};

/* The container's side of one family. */
struct net_hosts {
	struct net_address gateway, dns, guest;
};

struct net_config {
	enum net_mode mode;
	uint32_t given;   /* bit 1 << KEY: said by the user */
	uint32_t in_turn; /* the same, by the source that is being read (net_options_begin()) */
	struct net_cidr cidr, cidr6;
	bool ipv6;
	uint32_t mtu;
	uint8_t mac[NET_MAC_SIZE];
	char ifname[NET_IFNAME_SIZE];
	enum net_dns dns;
	struct net_address nameserver;
	bool host_loopback; /* does the gateway lead to the host's loopback? */
	struct net_outbound outbound, outbound6;
	struct net_publish_list publish;
	enum net_forward forward;
	bool srcip; /* spliced connections keep the address they come from */
	enum net_egress egress;
	const char *api; /* NULL: where the runtime has its state */

	/* By net_config_finish(). */
	struct net_hosts hosts, hosts6; /* hosts6 only with ipv6 */
};

/* The defaults: no mode, 10.0.2.0/24, fd00::/64, MTU 65520, tap0. */
void net_config_init(struct net_config *c);

/*
 * When all sources are read: checks what one option says against another, computes the
 * addresses, and the MAC address from the container's id where none was given (the same
 * for the same id, locally administered). -EINVAL.
 */
int net_config_finish(struct net_config *c, const char *id, struct error *e);

/*
 * A finished config of mode slirp, in full and in one line, in the form of --network:
 * "slirp:cidr=10.0.2.0/24,...". net_options_network() makes the same of it. strbuf_error().
 */
int net_config_write(const struct net_config *c, struct strbuf *b);

/* The name of an option, and of a mode ("" for NET_MODE_UNSET). */
const char *net_key_name(enum net_key key);
const char *net_mode_name(enum net_mode mode);

#endif

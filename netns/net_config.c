/* SPDX-License-Identifier: Apache-2.0 */
/* See net_config.h. */
#include "netns/net_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/sha256.h"

/* slirp4netns' addresses: the users' scripts have them. */
enum {
	HOST_GATEWAY = 2,
	HOST_DNS = 3,
	HOST_GUEST = 100,
	HOST_GUEST6 = 0x100,
};

static const char *const key_names[] = {
	[NET_KEY_CIDR] = "cidr",         [NET_KEY_CIDR6] = "cidr6",
	[NET_KEY_IPV6] = "ipv6",         [NET_KEY_MTU] = "mtu",
	[NET_KEY_MAC] = "mac",           [NET_KEY_IFNAME] = "ifname",
	[NET_KEY_DNS] = "dns",           [NET_KEY_HOST_LOOPBACK] = "host_loopback",
	[NET_KEY_OUTBOUND] = "outbound", [NET_KEY_OUTBOUND6] = "outbound6",
	[NET_KEY_PUBLISH] = "publish",   [NET_KEY_FORWARD] = "forward",
	[NET_KEY_SRCIP] = "srcip",       [NET_KEY_EGRESS] = "egress",
	[NET_KEY_API] = "api",
};
_Static_assert(ARRAY_SIZE(key_names) == N_NET_KEYS, "a key without a name");

static const char *const mode_names[] = {
	[NET_MODE_UNSET] = "",
	[NET_MODE_SLIRP] = "slirp",
	[NET_MODE_NONE] = "none",
	[NET_MODE_HOST] = "host",
};

const char *net_key_name(enum net_key key)
{
	return key_names[key];
}

const char *net_mode_name(enum net_mode mode)
{
	return mode_names[mode];
}

void net_config_init(struct net_config *c)
{
	*c = (struct net_config){
		.cidr = { { AF_INET, { 10, 0, 2, 0 } }, 24 },
		.cidr6 = { { AF_INET6, { 0xfd } }, 64 },
		.ipv6 = true,
		.mtu = NET_MTU_MAX,
		.ifname = "tap0",
	};
}

/* 02 and 40 bits of the id's hash: unicast, locally administered, none of libslirp's. */
static void mac_of_id(const char *id, uint8_t mac[NET_MAC_SIZE])
{
	static const char use[] = "urun tap mac"; /* the hash is no other's */
	uint8_t hash[SHA256_SIZE];
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, use, sizeof(use));
	sha256_update(&s, id, strlen(id));
	sha256_final(&s, hash);
	mac[0] = 0x02;
	memcpy(mac + 1, hash, NET_MAC_SIZE - 1);
}

static int compute(const struct net_cidr *c, uint32_t guest, struct net_hosts *h)
{
	int r = net_address_add(&c->address, HOST_GATEWAY, &h->gateway);

	if (r == 0)
		r = net_address_add(&c->address, HOST_DNS, &h->dns);
	return r < 0 ? r : net_address_add(&c->address, guest, &h->guest);
}

/* .100, or the last address for a host where the network is too small for that. */
static uint32_t guest_number(const struct net_cidr *c)
{
	uint32_t last = (UINT32_C(1) << (32 - c->prefix)) - 2;

	return last < HOST_GUEST ? last : HOST_GUEST;
}

static int check_mode(const struct net_config *c, struct error *e)
{
	int key = __builtin_ffs((int)c->given) - 1;

	if (c->mode == NET_MODE_SLIRP || key < 0)
		return 0;
	if (c->mode == NET_MODE_UNSET)
		return error_msg(
			e, EINVAL,
			"network option '%s': needs the network 'slirp', none is asked for",
			key_names[key]);
	return error_msg(e, EINVAL, "network option '%s': needs the network 'slirp', not '%s'",
			 key_names[key], mode_names[c->mode]);
}

static int refuse_ipv6(enum net_key key, const char *value, struct error *e)
{
	return error_msg(e, EINVAL, "network option '%s': '%s' needs IPv6, and ipv6=false is given",
			 key_names[key], value);
}

/* An option of IPv6 alone is not passed over without a word. */
static int check_no_ipv6(const struct net_config *c, struct error *e)
{
	const struct net_outbound *o = &c->outbound6;
	char cidr[NET_CIDR_TEXT], text[NET_PUBLISH_TEXT];

	if (c->given & 1u << NET_KEY_CIDR6)
		return refuse_ipv6(NET_KEY_CIDR6, net_cidr_format(&c->cidr6, cidr), e);
	if (c->given & 1u << NET_KEY_OUTBOUND6)
		return refuse_ipv6(
			NET_KEY_OUTBOUND6,
			*o->interface ? o->interface : net_address_format(&o->address, text), e);
	/* A nameserver in the container itself can be asked over its loopback. */
	if (c->dns == NET_DNS_ADDRESS && c->nameserver.family == AF_INET6 &&
	    !net_address_is_loopback(&c->nameserver))
		return refuse_ipv6(NET_KEY_DNS, net_address_format(&c->nameserver, text), e);
	for (size_t i = 0; i < c->publish.n; i++)
		if (c->publish.items[i].address.family == AF_INET6)
			return refuse_ipv6(NET_KEY_PUBLISH,
					   net_publish_format(&c->publish.items[i], text), e);
	return 0;
}

int net_config_finish(struct net_config *c, const char *id, struct error *e)
{
	int r = check_mode(c, e);

	if (r < 0 || c->mode != NET_MODE_SLIRP)
		return r;
	if (!c->ipv6) {
		r = check_no_ipv6(c, e);
		if (r < 0)
			return r;
	}
	r = compute(&c->cidr, guest_number(&c->cidr), &c->hosts);
	if (r == 0 && c->ipv6)
		r = compute(&c->cidr6, HOST_GUEST6, &c->hosts6);
	if (r < 0) /* the options' own checks leave room */
		return error_set(e, r, "addresses of the network");
	if (!(c->given & 1u << NET_KEY_MAC))
		mac_of_id(id, c->mac);
	return 0;
}

static void write_outbound(const char *name, const struct net_outbound *o, struct strbuf *b)
{
	char text[NET_ADDRESS_TEXT];

	if (*o->interface)
		strbuf_addf(b, ",%s=%s", name, o->interface);
	else if (o->address.family != AF_UNSPEC)
		strbuf_addf(b, ",%s=%s", name, net_address_format(&o->address, text));
}

static const char *dns_text(const struct net_config *c, char buf[NET_ADDRESS_TEXT])
{
	switch (c->dns) {
	case NET_DNS_WRITE:
		return "write";
	case NET_DNS_KEEP:
		return "keep";
	case NET_DNS_NONE:
		return "none";
	case NET_DNS_ADDRESS:
		break;
	}
	return net_address_format(&c->nameserver, buf);
}

int net_config_write(const struct net_config *c, struct strbuf *b)
{
	char text[NET_PUBLISH_TEXT];

	strbuf_addf(b, "%s:cidr=%s", mode_names[c->mode], net_cidr_format(&c->cidr, text));
	if (c->ipv6)
		strbuf_addf(b, ",cidr6=%s", net_cidr_format(&c->cidr6, text));
	strbuf_addf(b, ",ipv6=%s,mtu=%u,mac=", c->ipv6 ? "true" : "false", c->mtu);
	for (int i = 0; i < NET_MAC_SIZE; i++)
		strbuf_addf(b, "%s%02x", i ? ":" : "", (unsigned int)c->mac[i]);
	strbuf_addf(b, ",ifname=%s,dns=%s", c->ifname, dns_text(c, text));
	strbuf_addf(b, ",host_loopback=%s", c->host_loopback ? "allow" : "deny");
	write_outbound("outbound", &c->outbound, b);
	write_outbound("outbound6", &c->outbound6, b);
	for (size_t i = 0; i < c->publish.n; i++)
		strbuf_addf(b, ",publish=%s", net_publish_format(&c->publish.items[i], text));
	strbuf_addf(b, ",forward=%s,srcip=%s,egress=%s",
		    c->forward == NET_FORWARD_SLIRP ? "slirp" : "splice",
		    c->srcip ? "true" : "false",
		    c->egress == NET_EGRESS_REDIRECT ? "redirect" : "slirp");
	if (c->api)
		strbuf_addf(b, ",api=%s", c->api);
	return strbuf_error(b);
}

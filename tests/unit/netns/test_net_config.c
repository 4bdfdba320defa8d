/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of a network's config: defaults, addresses, what goes with what (N01). */
#include <errno.h>
#include <sys/socket.h>

#include "../tap.h"
#include "base/arena.h"
#include "netns/net_options.h"

static struct arena a = ARENA_INIT;
static struct error e = ERROR_INIT;

static int make(struct net_config *c, const char *network, const char *id)
{
	int r;

	error_clear(&e);
	net_config_init(c);
	r = net_options_network(&a, c, "--network", network, &e);
	return r < 0 ? r : net_config_finish(c, id, &e);
}

static const char *text(const struct net_address *address)
{
	static char buf[NET_ADDRESS_TEXT];

	return net_address_format(address, buf);
}

static void test_defaults(void)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(4096);
	struct net_config c;

	is_int(make(&c, "slirp", "box"), 0, "N01 nothing but the mode");
	is_str(text(&c.hosts.guest), "10.0.2.100", "N01 the container is .100");
	is_str(text(&c.hosts.gateway), "10.0.2.2", "N01 the gateway is .2");
	is_str(text(&c.hosts.dns), "10.0.2.3", "N01 DNS is .3");
	is_str(text(&c.hosts6.guest), "fd00::100", "N01 the container is ::100");
	is_str(text(&c.hosts6.gateway), "fd00::2", "N01 the gateway is ::2");
	is_str(text(&c.hosts6.dns), "fd00::3", "N01 DNS is ::3");
	ok(!c.host_loopback && c.dns == NET_DNS_WRITE && c.ipv6 && !c.api && !c.srcip,
	   "N01 the host's loopback is denied, resolv.conf written, IPv6 on");
	is_int(net_config_write(&c, &b), 0, "N01 it is written");
	ok(strncmp(b.s, "slirp:cidr=10.0.2.0/24,cidr6=fd00::/64,ipv6=true,mtu=65520,mac=02:", 66) ==
		   0,
	   "N01 its start");
	has_str(b.s,
		",ifname=tap0,dns=write,host_loopback=deny,forward=splice,srcip=false,egress=slirp",
		"N01 its end");
}

static void test_mac(void)
{
	static const char *const ids[] = { "a", "b", "box", "box1", "ab", "" };
	struct net_config c, again;
	uint8_t seen[sizeof(ids) / sizeof(*ids)][NET_MAC_SIZE];

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		ok(make(&c, "slirp", ids[i]) == 0 && make(&again, "slirp:mtu=1500", ids[i]) == 0 &&
			   memcmp(c.mac, again.mac, sizeof(c.mac)) == 0,
		   "N01 the MAC address of '%s' is the same again", ids[i]);
		ok((c.mac[0] & 3) == 2, "N01 it is locally administered and unicast");
		memcpy(seen[i], c.mac, sizeof(c.mac));
		for (size_t j = 0; j < i; j++)
			ok(memcmp(seen[i], seen[j], sizeof(c.mac)) != 0, "N01 and not that of '%s'",
			   ids[j]);
	}
	/* Stable over versions of urun, too: this is what the hash gives. */
	make(&c, "slirp", "box");
	ok(memcmp(c.mac, "\x02\x2b\xc6\xfb\x3d\xc1", NET_MAC_SIZE) == 0,
	   "N01 the MAC address of 'box'");
	make(&c, "slirp:mac=06:00:00:00:00:07", "box");
	ok(memcmp(c.mac, "\x06\0\0\0\0\x07", NET_MAC_SIZE) == 0, "N01 one that is given stays");
}

/* net.md's property: for each prefix the four are hosts of the network and distinct. */
static void check_hosts(const struct net_config *c, const char *network)
{
	const struct net_address *h[] = { &c->hosts.gateway, &c->hosts.dns, &c->hosts.guest };
	struct net_address broadcast;
	uint32_t size = UINT32_C(1) << (32 - c->cidr.prefix);
	bool inside = true, distinct = true;

	net_address_add(&c->cidr.address, size - 1, &broadcast);
	ok(net_cidr_contains(&c->cidr, &broadcast), "N01 %s ends where it should", network);
	for (int i = 0; i < 3; i++) {
		inside = inside && net_cidr_contains(&c->cidr, h[i]) &&
			 !net_address_equal(h[i], &c->cidr.address) &&
			 !net_address_equal(h[i], &broadcast);
		for (int j = 0; j < i; j++)
			distinct = distinct && !net_address_equal(h[i], h[j]);
	}
	ok(inside, "N01 %s: gateway, DNS and container are hosts of it", network);
	ok(distinct, "N01 %s: they are distinct", network);
}

static void test_prefixes(void)
{
	static const char *const bases[] = { "10.0.0.0", "223.0.0.0", "100.128.64.248" };
	static const char *const guests[] = { "10.0.0.62", "10.0.0.30", "10.0.0.14", "10.0.0.6" };
	char network[64], cidr[NET_CIDR_TEXT];
	struct net_config c;

	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++)
		for (unsigned int prefix = NET_PREFIX_MIN; prefix <= NET_PREFIX_MAX; prefix++) {
			struct net_cidr n = { .prefix = (uint8_t)prefix };

			net_address_parse(bases[i], AF_INET, &n.address);
			n.address = net_cidr_network(&n);
			net_cidr_format(&n, cidr);
			snprintf(network, sizeof(network), "slirp:cidr=%s", cidr);
			if (!ok(make(&c, network, "box") == 0, "N01 %s", network))
				continue;
			check_hosts(&c, cidr);
			if (i == 0)
				is_str(text(&c.hosts.guest),
				       prefix > 25 ? guests[prefix - 26] : "10.0.0.100",
				       "N01 the container's address");
		}
	for (unsigned int prefix = NET_PREFIX6_MIN; prefix <= NET_PREFIX6_MAX; prefix++) {
		snprintf(network, sizeof(network), "slirp:cidr6=fd00::/%u", prefix);
		ok(make(&c, network, "box") == 0 && net_cidr_contains(&c.cidr6, &c.hosts6.guest) &&
			   net_cidr_contains(&c.cidr6, &c.hosts6.gateway) &&
			   net_cidr_contains(&c.cidr6, &c.hosts6.dns),
		   "N01 fd00::/%u has room", prefix);
	}
}

static void test_round_trip(void)
{
	static const char *const networks[] = {
		"slirp",
		"slirp:ipv6=false,dns=none",
		"slirp:dns=keep,host_loopback=allow,forward=slirp,egress=redirect,srcip=true",
		"slirp:dns=192.0.2.53,mtu=1500,mac=02:00:00:00:00:01,ifname=eth0",
		"slirp:dns=2001:db8::53,outbound=eth0,outbound6=2001:db8::1,api=/run/a:b=c",
		"slirp:cidr=10.0.0.0/8,cidr6=fd01:2::/48,outbound=192.0.2.1,outbound6=eth1.5",
		"slirp:publish=8080:80,publish=[::1]:9000-9010:1-11/udp,publish=127.0.0.1:1:1",
		"slirp:ipv6=false,dns=::1",
		"slirp4netns:enable_ipv6=true,port_handler=slirp4netns,allow_host_loopback=true",
	};

	for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++) {
		cleanup_strbuf struct strbuf first = STRBUF_INIT(4096);
		cleanup_strbuf struct strbuf second = STRBUF_INIT(4096);
		struct net_config c;

		ok(make(&c, networks[i], "box") == 0 && net_config_write(&c, &first) == 0,
		   "N01 '%s' is written", networks[i]);
		/* By another id: all of it is in the text. */
		ok(make(&c, first.s, "other") == 0 && net_config_write(&c, &second) == 0,
		   "N01 and read");
		is_str(second.s, first.s, "N01 and is the same again");
	}
}

static void test_together(void)
{
	static const struct {
		const char *network, *why;
	} bad[] = {
		{ "slirp:ipv6=false,cidr6=fd00::/64",
		  "network option 'cidr6': 'fd00::/64' needs IPv6, and ipv6=false is given" },
		{ "slirp:cidr6=fd00::/64,ipv6=false", "'cidr6'" },
		{ "slirp:ipv6=false,outbound6=eth0",
		  "network option 'outbound6': 'eth0' needs IPv6" },
		{ "slirp:ipv6=false,outbound6=2001:db8::1",
		  "'outbound6': '2001:db8::1' needs IPv6" },
		{ "slirp:ipv6=false,dns=2001:db8::1", "'dns': '2001:db8::1' needs IPv6" },
		{ "slirp:ipv6=false,publish=1:1,publish=[::]:2:2",
		  "'publish': '[::]:2:2/tcp' needs IPv6" },
		{ "none:mtu=1500", "network option 'mtu': needs the network 'slirp', not 'none'" },
		{ "host:publish=1:1",
		  "network option 'publish': needs the network 'slirp', not 'host'" },
	};
	const struct net_option mac = { "run.urun.net.mac", "mac", "02:00:00:00:00:01" };
	struct net_config c;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		is_int(make(&c, bad[i].network, "box"), -EINVAL, "N01 what does not go together");
		has_str(e.msg, bad[i].why, "N01 the message says what");
	}
	is_int(make(&c, "none", "box"), 0, "N01 none");
	is_int(make(&c, "host", "box"), 0, "N01 host");
	net_config_init(&c);
	is_int(net_config_finish(&c, "box", &e), 0, "N01 nothing is asked for");
	is_int(c.mode, NET_MODE_UNSET, "N01 and nothing done");
	is_int(net_options_set(&a, &c, &mac, &e), 0, "N01 an option without a mode");
	is_int(net_config_finish(&c, "box", &e), -EINVAL, "N01 is refused");
	has_str(e.msg, "network option 'mac': needs the network 'slirp', none is asked for",
		"N01 by name");
}

static void test_written_in_part(void)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(64);
	struct net_config c;

	make(&c, "slirp", "box");
	is_int(net_config_write(&c, &b), -E2BIG, "N01 a text that does not fit is an error");
}

int main(void)
{
	test_defaults();
	test_mac();
	test_prefixes();
	test_round_trip();
	test_together();
	test_written_in_part();
	arena_free(&a);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the built-in network, one by one (N01). */
#include <errno.h>
#include <sys/socket.h>

#include "../tap.h"
#include "base/arena.h"
#include "netns/net_options.h"

static struct arena a = ARENA_INIT;
static struct error e = ERROR_INIT;

#define LONG_108                                                                                  \
	"/23456789012345678901234567890123456789012345678901234567890123456789012345678901234567" \
	"890123456789012345678"

static const struct {
	const char *key, *value, *why; /* why NULL: taken */
} options[] = {
	{ "cidr", "10.0.0.0/8", NULL },
	{ "cidr", "192.168.7.248/29", NULL },
	{ "cidr", "10.0.2.0/30", "prefix that is not in /8../29" },
	{ "cidr", "10.0.2.0/31", "prefix that is not in /8../29" },
	{ "cidr", "10.0.2.0/32", "prefix that is not in /8../29" },
	{ "cidr", "10.0.2.0/33", "prefix that is not in /8../29" },
	{ "cidr", "10.0.0.0/7", "prefix that is not in /8../29" },
	{ "cidr", "0.0.0.0/0", "prefix that is not in /8../29" },
	{ "cidr", "10.0.2.1/24", "bits set behind its prefix, the network is 10.0.2.0/24" },
	{ "cidr", "10.0.2.4/29", "the network is 10.0.2.0/29" },
	{ "cidr", "10.0.2.0", "is no IPv4 network (10.0.2.0/24)" },
	{ "cidr", "fd00::/64", "is no IPv4 network" },
	{ "cidr", "", "is no IPv4 network" },
	{ "cidr", "127.0.0.0/8", "no network that hosts can have" },
	{ "cidr", "127.9.0.0/24", "no network that hosts can have" },
	{ "cidr", "0.0.0.0/8", "no network that hosts can have" },
	{ "cidr", "224.0.0.0/8", "no network that hosts can have" },
	{ "cidr", "240.0.0.0/24", "no network that hosts can have" },
	{ "cidr6", "fd12:3456::/48", NULL },
	{ "cidr6", "fd00::/112", NULL },
	{ "cidr6", "fd00::/47", "prefix that is not in /48../112" },
	{ "cidr6", "fd00::/113", "prefix that is not in /48../112" },
	{ "cidr6", "fd00::1/64", "the network is fd00::/64" },
	{ "cidr6", "10.0.2.0/24", "is no IPv6 network (fd00::/64)" },
	{ "cidr6", "fe80::/64", "no network that hosts can have" },
	{ "cidr6", "ff02::/64", "no network that hosts can have" },
	{ "cidr6", "::/64", "no network that hosts can have" },
	{ "cidr6", "::ffff:0:0/96", "no network that hosts can have" },
	{ "ipv6", "true", NULL },
	{ "ipv6", "false", NULL },
	{ "ipv6", "yes", "is none of false, true" },
	{ "ipv6", "", "is none of false, true" },
	{ "mtu", "1280", NULL },
	{ "mtu", "65520", NULL },
	{ "mtu", "0", "is no number in 1280..65520" },
	{ "mtu", "67", "is no number in 1280..65520" },
	{ "mtu", "1279", "is no number in 1280..65520" },
	{ "mtu", "65521", "is no number in 1280..65520" },
	{ "mtu", "70000", "is no number in 1280..65520" },
	{ "mtu", "abc", "is no number in 1280..65520" },
	{ "mtu", "-1", "is no number in 1280..65520" },
	{ "mtu", "1500 ", "is no number in 1280..65520" },
	{ "mtu", "4294968796", "is no number in 1280..65520" }, /* 2^32 + 1500 */
	{ "mtu", "", "is no number in 1280..65520" },
	{ "mac", "02:00:00:00:00:01", NULL },
	{ "mac", "AA:bb:Cc:dD:EE:ff", NULL },
	{ "mac", "01:00:00:00:00:01", "a group's MAC address" },
	{ "mac", "33:33:00:00:00:01", "a group's MAC address" },
	{ "mac", "ff:ff:ff:ff:ff:ff", "a group's MAC address" },
	{ "mac", "00:00:00:00:00:00", "no interface's MAC address" },
	{ "mac", "52:55:0a:00:02:02", "of those that the gateway has" },
	{ "mac", "52:56:00:00:00:02", "of those that the gateway has" },
	{ "mac", "02:00:00:00:00", "is no MAC address" },
	{ "mac", "02:00:00:00:00:01:02", "is no MAC address" },
	{ "mac", "02:00:00:00:00:0g", "is no MAC address" },
	{ "mac", "2:0:0:0:0:1", "is no MAC address" },
	{ "mac", "02-00-00-00-00-01", "is no MAC address" },
	{ "mac", "020000000001", "is no MAC address" },
	{ "mac", "02:00:00:00:00:01 ", "is no MAC address" },
	{ "mac", "", "is no MAC address" },
	{ "ifname", "eth0", NULL },
	{ "ifname", "123456789012345", NULL },
	{ "ifname", "1234567890123456", "is no name of an interface" },
	{ "ifname", "a234567890123456789012", "is no name of an interface" },
	{ "ifname", "a/b", "is no name of an interface" },
	{ "ifname", ".", "is no name of an interface" },
	{ "ifname", "..", "is no name of an interface" },
	{ "ifname", "...", NULL },
	{ "ifname", "", "is no name of an interface" },
	{ "ifname", "tap 0", "is no name of an interface" },
	{ "ifname", "tap\t0", "is no name of an interface" },
	{ "ifname", "tap%d", "is no name of an interface" },
	{ "ifname", "tap0:1", "is no name of an interface" },
	{ "ifname", "t\xc3\xa4p", "is no name of an interface" },
	{ "ifname", "lo", "is taken" },
	{ "ifname", "all", "is taken" },
	{ "dns", "write", NULL },
	{ "dns", "keep", NULL },
	{ "dns", "none", NULL },
	{ "dns", "192.0.2.53", NULL },
	{ "dns", "127.0.0.1", NULL },
	{ "dns", "fd00::3", NULL },
	{ "dns", "WRITE", "is none of write, keep, none, and no address" },
	{ "dns", "an address", "is none of write, keep, none, and no address" },
	{ "dns", "1.2.3", "is none of write, keep, none, and no address" },
	{ "dns", "0.0.0.0", "is no address that a nameserver can have" },
	{ "dns", "::", "is no address that a nameserver can have" },
	{ "dns", "224.0.0.251", "is no address that a nameserver can have" },
	{ "dns", "fe80::1", "is no address that a nameserver can have" },
	{ "host_loopback", "deny", NULL },
	{ "host_loopback", "allow", NULL },
	{ "host_loopback", "true", "is none of deny, allow" },
	{ "outbound", "192.0.2.1", NULL },
	{ "outbound", "127.0.0.2", NULL },
	{ "outbound", "eth0", NULL },
	{ "outbound", "eth0.100", NULL },
	{ "outbound", "2001:db8::1", "is neither an IPv4 address nor the name of an interface" },
	{ "outbound", "1.2.3.400", "is neither an IPv4 address nor the name of an interface" },
	{ "outbound", "1.2.3", "is neither an IPv4 address nor the name of an interface" },
	{ "outbound", "", "is neither an IPv4 address nor the name of an interface" },
	{ "outbound", "1234567890abcdef", "is neither an IPv4 address nor the name of" },
	{ "outbound", "0.0.0.0", "is no IPv4 address of a host to go out from" },
	{ "outbound", "255.255.255.255", "is no IPv4 address of a host to go out from" },
	{ "outbound6", "2001:db8::1", NULL },
	{ "outbound6", "eth0", NULL },
	{ "outbound6", "192.0.2.1", "is neither an IPv6 address nor the name of an interface" },
	{ "outbound6", "fe80::1%eth0", "is neither an IPv6 address nor the name of an interface" },
	{ "outbound6", "fe80::1", "is no IPv6 address of a host to go out from" },
	{ "outbound6", "::ffff:192.0.2.1", "is no IPv6 address of a host to go out from" },
	{ "outbound6", "ff02::1", "is no IPv6 address of a host to go out from" },
	{ "publish", "8080:80,[::1]:9000-9010:9000-9010/udp", NULL },
	{ "publish", "8080:80,8080:80", "'8080:80': overlaps '0.0.0.0:8080:80/tcp'" },
	{ "publish", "0:80", "'0:80': port 0 is not in 1..65535" },
	{ "publish", "", "'': a port is missing" },
	{ "forward", "splice", NULL },
	{ "forward", "slirp", NULL },
	{ "forward", "rootlesskit", "is none of splice, slirp" },
	{ "srcip", "true", NULL },
	{ "srcip", "1", "is none of false, true" },
	{ "egress", "slirp", NULL },
	{ "egress", "redirect", NULL },
	{ "egress", "pasta", "is none of slirp, redirect" },
	{ "api", "/run/net.sock", NULL },
	{ "api", &LONG_108[1], "is no absolute path of a socket" },
	{ "api", LONG_108, "is too long for a socket: 108 bytes, 107 are allowed" },
	{ "api", "net.sock", "is no absolute path of a socket" },
	{ "api", "/run/", "is no absolute path of a socket" },
	{ "api", "/", "is no absolute path of a socket" },
	{ "api", "/run/a,b", "is no absolute path of a socket" },
	{ "api", "", "is no absolute path of a socket" },
	{ "enable_ipv6", "false", NULL },
	{ "enable_ipv6", "0", "is none of false, true" },
	{ "allow_host_loopback", "true", NULL },
	{ "allow_host_loopback", "allow", "is none of false, true" },
	{ "outbound_addr", "eth0", NULL },
	{ "outbound_addr", "::1", "is neither an IPv4 address" },
	{ "outbound_addr6", "2001:db8::1", NULL },
	{ "outbound_addr6", "10.0.0.1", "is neither an IPv6 address" },
	{ "port_handler", "rootlesskit", NULL },
	{ "port_handler", "slirp4netns", NULL },
	{ "port_handler", "splice", "is none of rootlesskit, slirp4netns" },
	{ "colour", "red", "there is no network option 'colour' (cidr, cidr6, ipv6, mtu, mac," },
	{ "MTU", "1500", "there is no network option 'MTU'" },
	{ "mt", "1500", "there is no network option 'mt'" },
	{ "mtu ", "1500", "there is no network option 'mtu '" },
	{ "", "1500", "there is no network option ''" },
};

static int set(struct net_config *c, const char *key, const char *value)
{
	const struct net_option o = { .shown = "run.urun.net.KEY", .key = key, .value = value };

	error_clear(&e);
	return net_options_set(&a, c, &o, &e);
}

static void test_values(void)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct net_config c, before;
		int r;

		net_config_init(&c);
		before = c;
		r = set(&c, options[i].key, options[i].value);
		if (!options[i].why) {
			ok(r == 0 && c.given, "N01 %s=%s is taken", options[i].key,
			   options[i].value);
			continue;
		}
		ok(r == -EINVAL && e.code == EINVAL, "N01 %s='%s' is refused", options[i].key,
		   options[i].value);
		has_str(e.msg, options[i].why, "N01 the message says why");
		ok(strncmp(e.msg, "run.urun.net.KEY: ", 18) == 0,
		   "N01 the message names the option");
		ok(memcmp(&c, &before, sizeof(c)) == 0, "N01 nothing is changed by it");
	}
}

static bool said(const char *key, const char *value, struct net_config *c)
{
	net_config_init(c);
	return set(c, key, value) == 0;
}

/* That the values arrive where they are read. */
static void test_fields(void)
{
	static const uint8_t mac[] = { 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
	struct net_config c;
	char text[NET_CIDR_TEXT];

	ok(said("cidr", "10.9.0.0/16", &c), "N01 cidr");
	is_str(net_cidr_format(&c.cidr, text), "10.9.0.0/16", "N01 the network of cidr");
	ok(said("cidr6", "fd01::/80", &c), "N01 cidr6");
	is_str(net_cidr_format(&c.cidr6, text), "fd01::/80", "N01 the network of cidr6");
	ok(said("ipv6", "false", &c) && !c.ipv6, "N01 ipv6=false");
	ok(said("enable_ipv6", "false", &c) && !c.ipv6, "N01 enable_ipv6=false");
	ok(said("mtu", "1500", &c) && c.mtu == 1500, "N01 mtu=1500");
	ok(said("mac", "AA:bb:Cc:dD:EE:ff", &c) && memcmp(c.mac, mac, sizeof(mac)) == 0, "N01 mac");
	ok(said("ifname", "123456789012345", &c) && !strcmp(c.ifname, "123456789012345"),
	   "N01 ifname of 15 bytes");
	ok(said("dns", "keep", &c) && c.dns == NET_DNS_KEEP, "N01 dns=keep");
	ok(said("dns", "none", &c) && c.dns == NET_DNS_NONE, "N01 dns=none");
	ok(said("dns", "192.0.2.53", &c) && c.dns == NET_DNS_ADDRESS, "N01 dns=ADDRESS");
	is_str(net_address_format(&c.nameserver, text), "192.0.2.53", "N01 the nameserver");
	ok(said("host_loopback", "allow", &c) && c.host_loopback, "N01 host_loopback=allow");
	ok(said("allow_host_loopback", "true", &c) && c.host_loopback,
	   "N01 podman's spelling of it");
	ok(said("outbound", "eth0", &c) && !strcmp(c.outbound.interface, "eth0") &&
		   c.outbound.address.family == AF_UNSPEC,
	   "N01 outbound=INTERFACE");
	ok(said("outbound_addr", "192.0.2.1", &c) && !*c.outbound.interface, "N01 outbound_addr");
	is_str(net_address_format(&c.outbound.address, text), "192.0.2.1", "N01 its address");
	ok(said("outbound_addr6", "2001:db8::1", &c) && !*c.outbound6.interface,
	   "N01 outbound_addr6");
	is_str(net_address_format(&c.outbound6.address, text), "2001:db8::1", "N01 its address");
	ok(said("publish", "1:1,2:2", &c) && c.publish.n == 2, "N01 publish");
	ok(said("forward", "slirp", &c) && c.forward == NET_FORWARD_SLIRP, "N01 forward=slirp");
	ok(said("port_handler", "slirp4netns", &c) && c.forward == NET_FORWARD_SLIRP,
	   "N01 port_handler=slirp4netns is forward=slirp");
	ok(said("port_handler", "rootlesskit", &c) && c.forward == NET_FORWARD_SPLICE,
	   "N01 port_handler=rootlesskit is forward=splice");
	ok(said("srcip", "true", &c) && c.srcip, "N01 srcip=true");
	ok(said("egress", "redirect", &c) && c.egress == NET_EGRESS_REDIRECT,
	   "N01 egress=redirect");
	ok(said("api", "/run/s", &c) && !strcmp(c.api, "/run/s"), "N01 api");
}

/* LONG_108 is of 108 bytes, so that the test above is at the limit. */
static void test_api_length(void)
{
	char path[] = LONG_108;
	struct net_config c;

	is_int((long long)strlen(path), NET_API_PATH_MAX + 1, "N01 a path one byte too long");
	path[NET_API_PATH_MAX] = '\0';
	ok(said("api", path, &c) && strcmp(c.api, path) == 0, "N01 a path of 107 bytes");
}

static void test_twice(void)
{
	struct net_config c;

	net_config_init(&c);
	ok(set(&c, "ipv6", "true") == 0, "N01 an option");
	ok(set(&c, "ipv6", "true") == -EINVAL, "N01 an option said twice");
	has_str(e.msg, "is the second value of the network option 'ipv6'", "N01 says so");
	ok(set(&c, "enable_ipv6", "false") == -EINVAL && c.ipv6, "N01 and by podman's name");
	ok(set(&c, "publish", "1:1") == 0 && set(&c, "publish", "2:2") == 0 && c.publish.n == 2,
	   "N01 ports are published by each");
	net_options_begin(&c);
	ok(set(&c, "enable_ipv6", "false") == 0 && !c.ipv6, "N01 the next source overrides");
	ok(set(&c, "publish", "1:3") == -EINVAL, "N01 but a port stays taken");
}

static void test_network(void)
{
	static const struct {
		const char *value, *why;
	} bad[] = {
		{ "", "--network: '' is none of slirp, none, host" },
		{ "bridge", "--network: 'bridge' is none of slirp, none, host" },
		{ "slirp:", "--network: '' is not KEY=VALUE" },
		{ "slirp:mtu", "--network: 'mtu' is not KEY=VALUE" },
		{ "slirp:mtu=1500,", "--network: '' is not KEY=VALUE" },
		{ "slirp:,mtu=1500", "--network: '' is not KEY=VALUE" },
		{ "slirp:mtu=1", "--network mtu: '1' is no number in 1280..65520" },
		{ "slirp:mtu=1500,mtu=1500", "--network mtu: '1500' is the second value" },
		{ "slirp:=1", "there is no network option ''" },
		{ "slirp:foo=1", "--network foo: there is no network option 'foo'" },
		{ "slirp,mtu=1500", "'slirp,mtu=1500' is none of" },
	};
	struct net_config c;

	net_config_init(&c);
	ok(net_options_network(&a, &c, "--network", "slirp", &e) == 0 && c.mode == NET_MODE_SLIRP &&
		   !c.given,
	   "N01 a mode alone");
	ok(net_options_network(&a, &c, "--network", "slirp:mtu=1500,publish=1:1,publish=[::1]:2:2",
			       &e) == 0 &&
		   c.mtu == 1500 && c.publish.n == 2,
	   "N01 a mode with options; colons in their values");
	net_config_init(&c);
	ok(net_options_network(&a, &c, "--network",
			       "slirp4netns:port_handler=slirp4netns,enable_ipv6=true", &e) == 0 &&
		   c.mode == NET_MODE_SLIRP && c.forward == NET_FORWARD_SLIRP,
	   "N01 as podman's users have it");
	ok(net_options_network(&a, &c, "--network", "none", &e) == 0 && c.mode == NET_MODE_NONE,
	   "N01 none");
	ok(net_options_network(&a, &c, "--network", "host", &e) == 0 && c.mode == NET_MODE_HOST,
	   "N01 host");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		error_clear(&e);
		net_config_init(&c);
		ok(net_options_network(&a, &c, "--network", bad[i].value, &e) == -EINVAL,
		   "N01 --network '%s' is refused", bad[i].value);
		has_str(e.msg, bad[i].why, "N01 the message says why");
	}
}

/* run.urun.net itself: no options behind it. */
static void test_mode(void)
{
	struct net_config c;

	net_config_init(&c);
	ok(net_options_mode(&c, "run.urun.net", "slirp", &e) == 0 && c.mode == NET_MODE_SLIRP,
	   "N01 the mode");
	error_clear(&e);
	is_int(net_options_mode(&c, "run.urun.net", "slirp:mtu=1500", &e), -EINVAL,
	       "N01 options behind the mode are the flag's alone");
	has_str(e.msg, "run.urun.net: 'slirp:mtu=1500' is none of slirp, none, host",
		"N01 the message says why");
	is_int(c.mode, NET_MODE_SLIRP, "N01 the mode is what it was");
	is_int(set(&c, "mode", "slirp"), -EINVAL, "N01 the mode is no option, too");
}

static void test_long(void)
{
	char value[4000];
	struct net_config c;

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	net_config_init(&c);
	ok(set(&c, "egress", value) == -EINVAL && strlen(e.msg) < 300, "N01 a long value is cut");
	has_str(e.msg, "xxx...' is none of slirp, redirect", "N01 and its reason is not");
	ok(set(&c, value, "1") == -EINVAL && strlen(e.msg) < 500, "N01 a long key is, too");
	has_str(e.msg, "api)", "N01 and not what is known");
	ok(set(&c, "egress", "a\nb\x1b[31m") == -EINVAL && !strpbrk(e.msg, "\n\x1b"),
	   "N01 the message is one line of plain text");
}

static void test_another_mode(void)
{
	struct net_config c;

	net_config_init(&c);
	net_options_begin(&c);
	is_int(net_options_network(&a, &c, "--network", "slirp:mtu=1500", &e), 0, "N01 a source");
	net_options_begin(&c);
	is_int(net_options_network(&a, &c, "--network", "slirp:ifname=eth0", &e), 0, "another");
	is_int(c.mtu, 1500, "of the same mode: what the first has said stays");
	net_options_begin(&c);
	is_int(net_options_network(&a, &c, "--network", "none", &e), 0, "of another mode");
	is_int(c.mode, NET_MODE_NONE, "that is asked for");
	is_int(c.given, 0, "and nothing is left");
	is_int(c.mtu, NET_MTU_MAX, "of what was said");
}

int main(void)
{
	test_values();
	test_fields();
	test_api_length();
	test_twice();
	test_network();
	test_mode();
	test_long();
	arena_free(&a);
	test_another_mode();
	return tap_done();
}

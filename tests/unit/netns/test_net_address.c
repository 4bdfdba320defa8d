/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and networks as text and as numbers (N01). */
#include <netinet/in.h>
#include <errno.h>
#include <sys/socket.h>

#include "../tap.h"
#include "netns/net_address.h"

static const struct {
	const char *text;
	int family;
	const char *canonical; /* NULL: refused */
} addresses[] = {
	{ "0.0.0.0", AF_UNSPEC, "0.0.0.0" },
	{ "10.0.2.100", AF_UNSPEC, "10.0.2.100" },
	{ "255.255.255.255", AF_INET, "255.255.255.255" },
	{ "::", AF_UNSPEC, "::" },
	{ "FD00:0:0::0100", AF_INET6, "fd00::100" },
	{ "::ffff:1.2.3.4", AF_INET6, "::ffff:1.2.3.4" },
	{ "10.0.2.100", AF_INET6, NULL },
	{ "fd00::1", AF_INET, NULL },
	{ "", AF_UNSPEC, NULL },
	{ "10.0.2", AF_UNSPEC, NULL },
	{ "10.0.2.256", AF_UNSPEC, NULL },
	{ "10.0.2.1 ", AF_UNSPEC, NULL },
	{ "10.0.2.01", AF_UNSPEC, NULL },
	{ "0x0a.0.2.1", AF_UNSPEC, NULL },
	{ "fe80::1%eth0", AF_UNSPEC, NULL },
	{ "1:2:3:4:5:6:7:8:9", AF_UNSPEC, NULL },
	{ "[::1]", AF_UNSPEC, NULL },
};

static const struct {
	const char *text, *network; /* NULL: refused with r */
	int r;
	bool host_bits;
} networks[] = {
	{ "10.0.2.0/24", "10.0.2.0/24", 0, false },
	{ "10.0.2.1/24", "10.0.2.0/24", 0, true },
	{ "10.0.2.128/25", "10.0.2.128/25", 0, false },
	{ "10.0.2.129/25", "10.0.2.128/25", 0, true },
	{ "255.255.255.255/0", "0.0.0.0/0", 0, true },
	{ "1.2.3.4/32", "1.2.3.4/32", 0, false },
	{ "fd00::/64", "fd00::/64", 0, false },
	{ "fd00::1:0:0:0/64", "fd00::/64", 0, true },
	{ "fd00:0:0:4000::/49", "fd00::/49", 0, true },
	{ "::1/128", "::1/128", 0, false },
	{ "10.0.2.0/33", NULL, -ERANGE, false },
	{ "fd00::/129", NULL, -ERANGE, false },
	{ "10.0.2.0/4294967297", NULL, -ERANGE, false },
	{ "10.0.2.0/99999999999999999999", NULL, -ERANGE, false },
	{ "10.0.2.0", NULL, -EINVAL, false },
	{ "10.0.2.0/", NULL, -EINVAL, false },
	{ "/24", NULL, -EINVAL, false },
	{ "10.0.2.0/-1", NULL, -EINVAL, false },
	{ "10.0.2.0/24/24", NULL, -EINVAL, false },
	{ "10.0.2.0/255.255.255.0", NULL, -EINVAL, false },
	{ "10.0.2.0 /24", NULL, -EINVAL, false },
	{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/1", NULL, -EINVAL, false },
};

static struct net_address address(const char *text)
{
	struct net_address a = { .family = AF_UNSPEC };

	if (net_address_parse(text, AF_UNSPEC, &a) < 0)
		ok(false, "N01 '%s' is an address", text);
	return a;
}

static void test_text(void)
{
	char buf[NET_ADDRESS_TEXT];

	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		struct net_address a = { .family = 77 };
		int r = net_address_parse(addresses[i].text, addresses[i].family, &a);

		if (!addresses[i].canonical) {
			ok(r == -EINVAL && a.family == 77, "N01 '%s' is no address",
			   addresses[i].text);
			continue;
		}
		is_str(r < 0 ? NULL : net_address_format(&a, buf), addresses[i].canonical,
		       "N01 the canonical text of an address");
	}
	is_str(net_address_format(&(struct net_address){ 0 }, buf), "", "N01 no address, no text");
}

static void test_networks(void)
{
	char text[NET_CIDR_TEXT];

	for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++) {
		struct net_cidr c;
		int r = net_cidr_parse(networks[i].text, AF_UNSPEC, &c);

		if (!ok(r == networks[i].r, "N01 '%s' is %s network", networks[i].text,
			networks[i].r ? "no" : "a") ||
		    r < 0)
			continue;
		is_str(net_cidr_format(&c, text), networks[i].text, "N01 a network's text");
		ok(net_cidr_has_host_bits(&c) == networks[i].host_bits, "N01 '%s': host bits",
		   networks[i].text);
		ok(net_cidr_contains(&c, &c.address), "N01 '%s' contains its address",
		   networks[i].text);
		c.address = net_cidr_network(&c);
		is_str(net_cidr_format(&c, text), networks[i].network, "N01 the network itself");
		ok(!net_cidr_has_host_bits(&c), "N01 '%s' has no host bits then",
		   networks[i].network);
	}
}

static void adds(const char *from, uint32_t n, const char *want)
{
	struct net_address a = address(from), sum = a;
	char buf[NET_ADDRESS_TEXT];
	int r = net_address_add(&a, n, &sum);

	is_int(r, want ? 0 : -ERANGE, "N01 an address plus a number");
	is_str(net_address_format(&sum, buf), want ? want : from, "N01 the sum");
}

static bool contains(const char *network, const char *host)
{
	struct net_address a = address(host);
	struct net_cidr c;

	return net_cidr_parse(network, AF_UNSPEC, &c) == 0 && net_cidr_contains(&c, &a);
}

static void test_kinds(void)
{
	struct net_address a;

	a = address("127.1.2.3");
	ok(net_address_is_loopback(&a) && net_address_is_unicast(&a), "N01 127.0.0.0/8");
	a = address("::1");
	ok(net_address_is_loopback(&a) && !net_address_is_any(&a), "N01 ::1");
	a = address("::7f00:1");
	ok(!net_address_is_loopback(&a), "N01 an IPv6 address that ends as 127.0.0.1");
	a = address("0.0.0.0");
	ok(net_address_is_any(&a) && !net_address_is_loopback(&a), "N01 0.0.0.0");
	a = address("::");
	ok(net_address_is_any(&a), "N01 ::");
	a = address("febf::1");
	ok(net_address_is_link_local(&a), "N01 fe80::/10 is of one link");
	a = address("fec0::1");
	ok(!net_address_is_link_local(&a), "N01 fec0:: is not");
	a = address("169.254.1.1");
	ok(!net_address_is_link_local(&a), "N01 IPv4 needs no interface");
	a = address("::ffff:10.0.0.1");
	ok(net_address_is_mapped(&a), "N01 ::ffff:0:0/96");
	a = address("224.0.0.1");
	ok(!net_address_is_unicast(&a), "N01 224.0.0.1 is a group");
	a = address("ff02::1");
	ok(!net_address_is_unicast(&a), "N01 ff02::1 is a group");
	a = (struct net_address){ .family = AF_UNSPEC };
	ok(!net_address_is_any(&a) && !net_address_is_loopback(&a) && !net_address_is_unicast(&a),
	   "N01 no address is of no kind");
}

static void test_sockaddr(void)
{
	static const char *const cases[] = { "192.0.2.1", "0.0.0.0", "fd00::100", "::" };
	struct sockaddr_storage k = { .ss_family = AF_UNIX };
	char text[NET_ADDRESS_TEXT];
	struct net_address a, b;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool v6 = strchr(cases[i], ':');

		net_address_parse(cases[i], AF_UNSPEC, &a);
		is_int(net_address_to_sockaddr(&a, 8080, &k),
		       v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
		       "N01 as long as the family's");
		is_int(ntohs(v6 ? ((struct sockaddr_in6 *)&k)->sin6_port
				: ((struct sockaddr_in *)&k)->sin_port),
		       8080, "with its port");
		b = net_address_of_sockaddr(&k);
		is_str(net_address_format(&b, text), cases[i], "and back");
	}
	k.ss_family = AF_UNIX;
	is_int(net_address_of_sockaddr(&k).family, AF_UNSPEC, "N01 another family's is none");
}

int main(void)
{
	test_text();
	test_networks();
	adds("10.0.2.0", 100, "10.0.2.100");
	adds("10.0.2.255", 1, "10.0.3.0");
	adds("10.255.255.255", 0xffffffff - 0x0affffff, "255.255.255.255");
	adds("255.255.255.255", 1, NULL);
	adds("fd00::ffff:ffff", 1, "fd00::1:0:0");
	adds("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1, NULL);
	ok(contains("10.0.0.0/8", "10.255.0.1"), "N01 inside of a /8");
	ok(!contains("10.0.2.0/25", "10.0.2.128"), "N01 behind the end of a /25");
	ok(!contains("10.0.0.0/8", "fd00::1"), "N01 of the other family");
	ok(contains("fd00::/64", "fd00::100"), "N01 inside of a /64");
	test_kinds();
	test_sockaddr();
	return tap_done();
}

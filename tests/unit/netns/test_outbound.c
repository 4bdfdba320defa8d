/* SPDX-License-Identifier: Apache-2.0 */
/* outbound, outbound6: an interface's address, messages of the kernel's, and what fails. */
#include <errno.h>
#include <linux/if_addr.h>

#include "base/cleanup.h"
#include "netns/netlink.h"
#include "netns/slirp/outbound.h"
#include "../tap.h"
#include "world.h"

/* ---- pure: one message at a time */

struct message {
	int family, index, scope;
	uint32_t flags;
	const char *local, *address; /* NULL: no such attribute */
};

static const char *taken(const struct message *m, int family)
{
	static char text[NET_ADDRESS_TEXT];
	struct ifaddrmsg fixed = {
		.ifa_family = (uint8_t)m->family,
		.ifa_index = (uint32_t)m->index,
		.ifa_scope = (uint8_t)m->scope,
	};
	struct outbound_search search = { .family = family, .index = 7 };
	struct net_address a;
	struct netlink_request r;
	int s;

	netlink_begin(&r, RTM_NEWADDR, 0, &fixed, sizeof(fixed));
	if (m->address && net_address_parse(m->address, m->family, &a) == 0)
		netlink_add(&r, IFA_ADDRESS, a.bytes, m->family == AF_INET ? 4 : 16);
	if (m->local && net_address_parse(m->local, m->family, &a) == 0)
		netlink_add(&r, IFA_LOCAL, a.bytes, m->family == AF_INET ? 4 : 16);
	netlink_add(&r, IFA_FLAGS, &m->flags, sizeof(m->flags));
	s = outbound_take(&search, &r.header);
	if (s != (search.found.family != AF_UNSPEC))
		return "result and address differ";
	return net_address_format(&search.found, text);
}

static void test_take(void)
{
	static const struct {
		struct message m;
		int family;
		const char *want, *name;
	} cases[] = {
		{ { AF_INET, 7, RT_SCOPE_UNIVERSE, 0, "192.0.2.1", "192.0.2.1" },
		  AF_INET,
		  "192.0.2.1",
		  "N01 an address" },
		{ { AF_INET, 7, RT_SCOPE_UNIVERSE, 0, "192.0.2.1", "192.0.2.9" },
		  AF_INET,
		  "192.0.2.1",
		  "N01 ours, of a wire with two ends" },
		{ { AF_INET, 7, RT_SCOPE_UNIVERSE, IFA_F_SECONDARY, "192.0.2.1", NULL },
		  AF_INET,
		  "192.0.2.1",
		  "N01 a second one of IPv4" },
		{ { AF_INET, 8, RT_SCOPE_UNIVERSE, 0, "192.0.2.1", NULL },
		  AF_INET,
		  "",
		  "N01 another's" },
		{ { AF_INET, 7, RT_SCOPE_LINK, 0, "169.254.0.1", NULL },
		  AF_INET,
		  "",
		  "N01 link-local" },
		{ { AF_INET, 7, RT_SCOPE_HOST, 0, "127.0.0.1", NULL }, AF_INET, "", "N01 lo's" },
		{ { AF_INET, 7, RT_SCOPE_UNIVERSE, 0, "192.0.2.1", NULL },
		  AF_INET6,
		  "",
		  "N01 the other family" },
		{ { AF_INET, 7, RT_SCOPE_UNIVERSE, 0, NULL, NULL },
		  AF_INET,
		  "",
		  "N01 no address in it" },
		{ { AF_INET6, 7, RT_SCOPE_UNIVERSE, 0, NULL, "2001:db8::1" },
		  AF_INET6,
		  "2001:db8::1",
		  "N01 of IPv6" },
		{ { AF_INET6, 7, RT_SCOPE_UNIVERSE, IFA_F_PERMANENT, "2001:db8::1", "2001:db8::9" },
		  AF_INET6,
		  "2001:db8::1",
		  "N01 of two ends" },
		{ { AF_INET6, 7, RT_SCOPE_UNIVERSE, IFA_F_TENTATIVE, NULL, "2001:db8::1" },
		  AF_INET6,
		  "",
		  "N01 not ours yet" },
		{ { AF_INET6, 7, RT_SCOPE_UNIVERSE, IFA_F_DEPRECATED, NULL, "2001:db8::1" },
		  AF_INET6,
		  "",
		  "N01 not for long" },
		{ { AF_INET6, 7, RT_SCOPE_UNIVERSE, IFA_F_TEMPORARY, NULL, "2001:db8::1" },
		  AF_INET6,
		  "",
		  "N01 for a time" },
	};
	struct outbound_search search = { .family = AF_INET, .index = 7 };
	struct nlmsghdr cut = { .nlmsg_len = NLMSG_LENGTH(4), .nlmsg_type = RTM_NEWADDR };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		is_str(taken(&cases[i].m, cases[i].family), cases[i].want, cases[i].name);
	is_int(outbound_take(&search, &cut), 0, "N01 a message cut short");
}

/* ---- the kernel's: tap0 has 10.0.2.100 and fd00::100, lo nothing global */

static struct net_config config;
static struct outbound found;

static int find(const char *address, const char *interface, bool v6)
{
	struct net_outbound *o = v6 ? &config.outbound6 : &config.outbound;

	net_config_init(&config);
	error_clear(&child_error);
	if (address && net_address_parse(address, AF_UNSPEC, &o->address) < 0)
		return -EINVAL;
	if (interface)
		snprintf(o->interface, sizeof(o->interface), "%s", interface);
	return outbound_find(&config, &found, &child_error);
}

static int says(const char *part)
{
	return strstr(child_error.msg, part) != NULL;
}

static int is_v4(const char *text)
{
	struct sockaddr_storage want = world_address(text, 0);

	return found.has_v4 && !found.has_v6 && memcmp(&found.v4, &want, sizeof(found.v4)) == 0;
}

static int is_v6(const char *text)
{
	struct sockaddr_storage want = world_address(text, 0);

	return found.has_v6 && !found.has_v4 && memcmp(&found.v6, &want, sizeof(found.v6)) == 0;
}

static int in_found(void)
{
	int r = world_make();

	CHECK(r == 77 ? 77 : 1, r == 0);
	CHECK(2, find(NULL, NULL, false) == 0 && !found.has_v4 && !found.has_v6);
	CHECK(3, find("10.0.2.100", NULL, false) == 0 && is_v4("10.0.2.100"));
	CHECK(4, find("127.0.0.2", NULL, false) == 0 && is_v4("127.0.0.2"));
	CHECK(5, find("fd00::100", NULL, true) == 0 && is_v6("fd00::100"));
	CHECK(6, find(NULL, "tap0", false) == 0 && is_v4("10.0.2.100"));
	CHECK(7, find(NULL, "tap0", true) == 0 && is_v6("fd00::100"));
	return 0;
}

static int in_failing(void)
{
	int r = world_make();

	CHECK(r == 77 ? 77 : 1, r == 0);
	CHECK(2, find("192.0.2.1", NULL, false) == -EADDRNOTAVAIL);
	CHECK(3, says("outbound: '192.0.2.1' is none of the host's addresses"));
	CHECK(4, find("2001:db8::1", NULL, true) == -EADDRNOTAVAIL);
	CHECK(5, says("outbound6: '2001:db8::1' is none of the host's addresses"));
	CHECK(6, find(NULL, "eth9", false) == -ENODEV);
	CHECK(7, says("outbound: the host has no interface 'eth9'"));
	CHECK(8, find(NULL, "lo", false) == -EADDRNOTAVAIL);
	CHECK(9, says("outbound: the host's interface 'lo' has no global IPv4 address"));
	CHECK(10, find(NULL, "lo", true) == -EADDRNOTAVAIL);
	CHECK(11, says("outbound6: the host's interface 'lo' has no global IPv6 address"));
	return 0;
}

/* Who the other side sees. */
static int seen_from(const char *to_text, unsigned int port, const char *want)
{
	struct sockaddr_storage to = world_address(to_text, port), seen = { 0 };
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int server = world_listen(to_text, port), error = 0, got;

	if (outbound_bind(fd, &found, &to) < 0)
		return 0;
	world_finish(fd, &to, WORLD_WAIT_MS, &error);
	got = world_accept(server, WORLD_WAIT_MS, &seen);
	close(fd);
	close(server);
	close(got);
	return error == 0 && strncmp(world_text(&seen), want, strlen(want)) == 0;
}

static int in_bind(void)
{
	int r = world_make();

	CHECK(r == 77 ? 77 : 1, r == 0);
	CHECK(2, system("ip addr add 192.0.2.5/32 dev tap0; "
			"ip addr add 2001:db8::5/128 dev tap0 nodad") == 0);
	CHECK(3, find("192.0.2.5", NULL, false) == 0);
	CHECK(4, seen_from("10.0.2.100", 80, "192.0.2.5 "));
	CHECK(5, seen_from("127.0.0.1", 80, "127.0.0.1 "));
	CHECK(6, seen_from("fd00::100", 80, "fd00::100 "));
	CHECK(7, find("2001:db8::5", NULL, true) == 0);
	CHECK(8, seen_from("fd00::100", 80, "2001:db8::5 "));
	CHECK(9, seen_from("::1", 80, "::1 "));
	CHECK(10, seen_from("10.0.2.100", 81, "10.0.2.100 "));
	return 0;
}

int main(void)
{
	test_take();
	child_ok(in_found, NULL, "N01 addresses and interfaces");
	child_ok(in_failing, NULL, "N01 what cannot be had is named");
	child_ok(in_bind, NULL, "N01 connections come from there");
	return tap_done();
}

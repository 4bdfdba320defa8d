/* SPDX-License-Identifier: Apache-2.0 */
/* What urun-slirp takes for a config, and which frames it lets through by it. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "netns/slirp/frame.h"
#include "netns/slirp/slirp_config.h"
#include "../tap.h"

static struct slirp_config plain(void)
{
	struct slirp_config c = {
		.magic = SLIRP_HELPER_MAGIC,
		.version = SLIRP_HELPER_VERSION,
		.size = sizeof(c),
		.flags = SLIRP_DNS,
		.mtu = SLIRP_MTU_MAX,
		.ifname = "tap0",
		.mac = { 2, 0, 0, 0, 0, 1 },
		.prefix = 24,
	};

	inet_pton(AF_INET, "10.0.2.100", c.address);
	inet_pton(AF_INET, "10.0.2.2", c.gateway);
	inet_pton(AF_INET, "10.0.2.3", c.dns);
	return c;
}

static struct slirp_config with_ipv6(void)
{
	struct slirp_config c = plain();

	c.flags |= SLIRP_IPV6;
	c.prefix6 = 64;
	inet_pton(AF_INET6, "fd00::100", c.address6);
	inet_pton(AF_INET6, "fd00::2", c.gateway6);
	inet_pton(AF_INET6, "fd00::3", c.dns6);
	return c;
}

static void takes(const struct slirp_config *c, const char *name)
{
	struct error e = ERROR_INIT;

	is_int(slirp_config_check(c, sizeof(*c), &e), 0, name);
	if (e.code)
		printf("# %s\n", e.msg);
}

static void refuses(const struct slirp_config *c, const char *part)
{
	struct error e = ERROR_INIT;

	is_int(slirp_config_check(c, sizeof(*c), &e), -EINVAL, part);
	has_str(e.msg, part, "and says so");
	ok(e.msg[0] != 'R', "in words that do not look like success");
}

static void test_good(void)
{
	struct slirp_config c = plain();

	takes(&c, "N01 the plain one");
	c.flags = SLIRP_DNS | SLIRP_HOST_LOOPBACK | SLIRP_OUTBOUND;
	inet_pton(AF_INET, "127.0.0.2", c.outbound);
	takes(&c, "N01 an outbound address");
	c = plain();
	c.prefix = 8;
	inet_pton(AF_INET, "10.200.255.255", c.address);
	takes(&c, "N01 the largest network");
	c = plain();
	c.prefix = 29;
	inet_pton(AF_INET, "10.0.2.6", c.address);
	takes(&c, "N01 the smallest");
	c = with_ipv6();
	takes(&c, "N01 IPv6");
	c.prefix6 = 115;
	inet_pton(AF_INET6, "fd00::1fff", c.address6);
	takes(&c, "N01 a prefix that ends in a byte");
}

static void test_ipv6(void)
{
	static const char *const addresses[] = { "fd00::", "fe80::1",         "ff02::1",   "::1",
						 "::",     "::ffff:10.0.0.1", "::10.0.0.1" };
	struct slirp_config c = with_ipv6();

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		inet_pton(AF_INET6, addresses[i], c.address6);
		refuses(&c, "the IPv6 address is none of a host");
	}
	c = with_ipv6();
	memcpy(c.gateway6, c.address6, 16);
	refuses(&c, "the IPv6 gateway");
	c = with_ipv6();
	c.prefix6 = 115;
	inet_pton(AF_INET6, "fd00::2000", c.gateway6);
	refuses(&c, "the IPv6 gateway");
	c = with_ipv6();
	memcpy(c.dns6, c.gateway6, 16);
	refuses(&c, "the IPv6 resolver");
	c = with_ipv6();
	c.prefix6 = 63;
	refuses(&c, "IPv6 prefix 63");
	c.prefix6 = 121;
	refuses(&c, "IPv6 prefix 121");
	c = with_ipv6();
	c.flags &= ~(uint32_t)SLIRP_IPV6;
	refuses(&c, "IPv6 addresses, but no IPv6");
	c = with_ipv6();
	c.flags |= SLIRP_OUTBOUND6;
	refuses(&c, "the IPv6 outbound address");
	inet_pton(AF_INET6, "::ffff:127.0.0.1", c.outbound6);
	refuses(&c, "the IPv6 outbound address");
}

/* Each byte of a good one changed to each value: no crash, and never another length. */
static void test_lengths(void)
{
	struct slirp_config c = with_ipv6();
	struct error e = ERROR_INIT;
	char *file;
	size_t taken = 0;

	for (size_t len = 0; len < 2 * sizeof(c); len++) {
		error_clear(&e);
		taken += slirp_config_check(&c, len, &e) == 0;
	}
	is_int((long long)taken, 1, "N01 only one length is taken");
	for (size_t i = 0; i < offsetof(struct slirp_config, mtu); i++) {
		file = (char *)&c;
		file[i] = (char)(file[i] ^ 0x40);
		error_clear(&e);
		taken += slirp_config_check(&c, sizeof(c), &e) == 0;
		file[i] = (char)(file[i] ^ 0x40);
	}
	is_int((long long)taken, 1, "N01 no byte of the head may differ");
}

/* ---- frames */

static size_t frame4(uint8_t *f, const char *to, int protocol, unsigned int port)
{
	memset(f, 0, 64);
	f[12] = 8;
	f[14] = 0x45;
	f[23] = (uint8_t)protocol;
	inet_pton(AF_INET, to, f + 30);
	f[36] = (uint8_t)(port >> 8);
	f[37] = (uint8_t)port;
	return 42;
}

static size_t frame6(uint8_t *f, const char *to, int protocol, unsigned int port)
{
	memset(f, 0, 64);
	f[12] = 0x86;
	f[13] = 0xdd;
	f[14] = 0x60;
	f[20] = (uint8_t)protocol;
	inet_pton(AF_INET6, to, f + 38);
	f[56] = (uint8_t)(port >> 8);
	f[57] = (uint8_t)port;
	return 62;
}

static void test_frames(void)
{
	static const struct {
		const char *to;
		int protocol;
		unsigned int port;
		bool allowed;
	} cases[] = {
		{ "10.0.2.2", IPPROTO_TCP, 80, true }, /* libslirp's to refuse */
		{ "192.0.2.1", IPPROTO_TCP, 80, true },
		{ "128.0.0.1", IPPROTO_TCP, 80, true },
		{ "127.0.0.1", IPPROTO_TCP, 80, false },
		{ "127.255.1.2", IPPROTO_UDP, 53, false },
		{ "0.0.0.0", IPPROTO_TCP, 80, false },
		{ "0.0.0.1", IPPROTO_ICMP, 0, false },
		{ "10.0.2.3", IPPROTO_UDP, 53, true },
		{ "10.0.2.3", IPPROTO_TCP, 53, true },
		{ "10.0.2.3", IPPROTO_TCP, 54, false },
		{ "10.0.2.3", IPPROTO_UDP, 53 << 8, false },
		{ "10.0.2.3", IPPROTO_ICMP, 0, true },
		{ "10.0.2.3", IPPROTO_SCTP, 53, false },
		{ "::", IPPROTO_TCP, 80, false },
		{ "::1", IPPROTO_TCP, 80, false },
		{ "::ffff:127.0.0.1", IPPROTO_TCP, 80, false },
		{ "::127.0.0.1", IPPROTO_TCP, 80, false },
		{ "fd00::3", IPPROTO_UDP, 53, true },
		{ "fd00::3", IPPROTO_TCP, 22, false },
		{ "fd00::3", IPPROTO_ICMPV6, 0, true },
		{ "2001:db8::1", IPPROTO_TCP, 22, true },
		{ "ff02::1", IPPROTO_ICMPV6, 0, true },
	};
	struct slirp_config c = with_ipv6(), open = with_ipv6();
	uint8_t f[64];
	size_t n;

	open.flags |= SLIRP_HOST_LOOPBACK;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool v6 = strchr(cases[i].to, ':');

		n = (v6 ? frame6 : frame4)(f, cases[i].to, cases[i].protocol, cases[i].port);
		ok(frame_is_allowed(&c, f, n) == cases[i].allowed, "N01 %s protocol %d port %u",
		   cases[i].to, cases[i].protocol, cases[i].port);
		ok(frame_is_allowed(&open, f, n), "N01 with loopback allowed it may");
	}
	n = frame4(f, "10.0.2.3", IPPROTO_UDP, 53);
	f[20] = 0x40;
	ok(frame_is_allowed(&c, f, n), "N01 a packet that must not be cut");
	f[20] = 0x20;
	ok(!frame_is_allowed(&c, f, n), "N01 a piece of a packet, more to come");
	ok(!frame_is_allowed(&open, f, n), "N01 also where loopback is allowed");
	f[20] = 0;
	f[21] = 1;
	ok(!frame_is_allowed(&open, f, n), "N01 the last piece of a packet");
	n = frame4(f, "10.0.2.3", IPPROTO_UDP, 53);
	f[14] = 0x46;
	ok(!frame_is_allowed(&c, f, n), "N01 a head with options: the port is behind them");
	f[14] = 0x44;
	ok(!frame_is_allowed(&c, f, n), "N01 a head too short");
	f[14] = 0x65;
	ok(!frame_is_allowed(&c, f, n), "N01 another version");
}

/* In memory of just that size: a sanitizer sees what is read behind it. */
static void test_short_frames(void)
{
	struct slirp_config c = with_ipv6();
	uint8_t f[64];

	for (int kind = 0; kind < 2; kind++) {
		size_t n = kind ? frame6(f, "fd00::3", IPPROTO_UDP, 53)
				: frame4(f, "10.0.2.3", IPPROTO_UDP, 53);
		size_t need = kind ? 14 + 40 + 4 : 14 + 20 + 4, wrong = 0;

		for (size_t len = 0; len <= n; len++) {
			uint8_t *copy = malloc(len ? len : 1);

			memcpy(copy, f, len);
			wrong += frame_is_allowed(&c, copy, len) != (len >= need);
			free(copy);
		}
		is_int((long long)wrong, 0, kind ? "N01 IPv6, cut" : "NET05 IPv4, cut");
	}
}

int main(void)
{
	test_good();
	test_ipv6();
	test_lengths();
	test_frames();
	test_short_frames();
	return tap_done();
}

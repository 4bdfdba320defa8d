/* SPDX-License-Identifier: Apache-2.0 */
/* What urun-slirp takes for a config. */
#include <arpa/inet.h>
#include <errno.h>

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

int main(void)
{
	test_good();
	test_ipv6();
	test_lengths();
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which frames of a container libslirp gets to see. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "netns/slirp/frame.h"
#include "netns/slirp/packet.h"
#include "../tap.h"

static struct frame_rules strict(void)
{
	struct frame_rules r = { .dns = true };

	inet_pton(AF_INET, "10.0.2.3", r.dns4);
	inet_pton(AF_INET6, "fd00::3", r.dns6);
	inet_pton(AF_INET6, "fd00::2", r.gateway6);
	return r;
}

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
	struct frame_rules c = strict(), open = strict();
	uint8_t f[64];
	size_t n;

	open.host_loopback = true;
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
	f[21] = 0;
	f[20] = 0x80;
	ok(!frame_is_allowed(&open, f, n), "N01 the reserved bit, for libslirp a piece");
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
	struct frame_rules c = strict();
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
		is_int((long long)wrong, 0, kind ? "N01 IPv6, cut" : "N01 IPv4, cut");
	}
}

static void test_types(void)
{
	static const unsigned int types[] = { 0, 0x88f8, 0x8100, 0x0801, 0x0805, 0x86de, 0xffff };
	struct frame_rules open = { .host_loopback = true }, none = { .dns = false };
	uint8_t f[64];
	size_t n = frame4(f, "10.0.2.3", IPPROTO_TCP, 54);

	ok(frame_is_allowed(&none, f, n), "N01 where no resolver is, it is an address as any");
	packet_put_word(f + 12, TYPE_ARP);
	ok(frame_is_allowed(&none, f, n), "N01 ARP");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		packet_put_word(f + 12, types[i]);
		ok(!frame_is_allowed(&open, f, n), "N01 frames of type 0x%x", types[i]);
	}
}

static void test_echo6(void)
{
	static const struct {
		const char *to;
		int type;
		bool allowed;
	} cases[] = {
		{ "fd00::2", 128, true },      { "fd00::3", 128, true },
		{ "fe80::2", 128, true },      { "fe80::3", 128, true },
		{ "fd00::4", 128, false },     { "fe80::4", 128, false },
		{ "ff02::1", 128, false },     { "2001:db8::1", 128, false },
		{ "2001:db8::2", 128, false }, { "ff02::1", 133, true },
		{ "fd00::4", 135, true },      { "2001:db8::1", 129, true },
	};
	struct frame_rules r = strict();
	uint8_t f[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = frame6(f, cases[i].to, IPPROTO_ICMPV6, 0);

		f[ETHER_HEAD + IP6_HEAD] = (uint8_t)cases[i].type;
		r.host_loopback = i & 1;
		ok(frame_is_allowed(&r, f, n) == cases[i].allowed, "N01 ICMPv6 %d to %s",
		   cases[i].type, cases[i].to);
	}
}

int main(void)
{
	test_echo6();
	test_frames();
	test_short_frames();
	test_types();
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which frames of a container libslirp gets to see. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "netns/slirp/answers.h"
#include "netns/slirp/frame.h"
#include "netns/slirp/packet.h"
#include "netns/slirp/refuse.h"
#include "../tap.h"

static struct frame_rules strict(void)
{
	struct frame_rules r = { .dns = true };

	inet_pton(AF_INET, "10.0.2.2", r.gateway4);
	net_cidr_parse("fd00::/64", AF_INET6, &r.net6);
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
		{ "10.0.2.2", IPPROTO_UDP, 80, false },
		{ "10.0.2.2", IPPROTO_ICMP, 0, true },
		{ "10.0.2.9", IPPROTO_UDP, 80, true },
		{ "255.255.255.255", IPPROTO_UDP, 67, false },
		{ "fd00::2", IPPROTO_UDP, 80, false },
		{ "fd00::1:2", IPPROTO_UDP, 80, false },
		{ "fd00:0:0:1::2", IPPROTO_UDP, 80, true },
		{ "ff02::1", IPPROTO_UDP, 80, false },
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

/* ---- the host's loopback */

static size_t tcp_frame(uint8_t *f, const char *to, uint8_t flags)
{
	bool v6 = strchr(to, ':');
	size_t n = (v6 ? frame6 : frame4)(f, to, IPPROTO_TCP, 80);
	uint8_t *tcp = f + n - 8;

	memset(tcp + 8, 0, 12);
	packet_put_word(tcp, 4000);
	tcp[7] = 9; /* its number */
	tcp[12] = 0x50;
	tcp[13] = flags;
	return n + 12;
}

static void test_connections(void)
{
	static const char *const to[] = { "10.0.2.2", "fd00::2" };
	struct frame_rules r = strict();
	uint8_t f[80], out[REFUSE_MAX];

	for (size_t i = 0; i < 2; i++) {
		size_t ip = i ? IP6_HEAD : IP4_HEAD, n = tcp_frame(f, to[i], 2);
		const uint8_t *tcp = out + ETHER_HEAD + ip;

		ok(!frame_is_allowed(&r, f, n), "N01 no connection to %s begins", to[i]);
		is_int((long long)refuse_frame(f, n, out), (long long)(ETHER_HEAD + ip + TCP_HEAD),
		       "it is reset");
		is_int(tcp[13], 0x14, "RST, ACK");
		is_int(tcp[11], 10, "of its SYN");
		is_int(packet_word(tcp), 80, "from where it went");
		is_int(packet_word(tcp + 2), 4000, "to where it came from");
		ok(memcmp(out + ETHER_HEAD + (i ? 8 : 12), f + ETHER_HEAD + (i ? 24 : 16),
			  i ? 16 : 4) == 0,
		   "by the address it wanted");
		is_int(packet_sum(tcp, TCP_HEAD,
				  packet_pseudo_sum(out + ETHER_HEAD, IPPROTO_TCP, TCP_HEAD)),
		       0xffff, "with a right checksum");
		is_int((long long)refuse_frame(f, n - 1, out), 0, "what is cut is not answered");
		ok(frame_is_allowed(&r, f, tcp_frame(f, to[i], 0x12)),
		   "N01 what stands goes on: SYN, ACK");
		is_int((long long)refuse_frame(f, n, out), 0, "and is not reset");
		ok(frame_is_allowed(&r, f, tcp_frame(f, to[i], 0x10)), "ACK");
		ok(!frame_is_allowed(&r, f, tcp_frame(f, to[i], 0x0a)), "not SYN with PSH");
	}
}

/* What libslirp would send for a client at port 4000 of the host's loopback. */
static size_t client_frame(uint8_t *f, bool v6, unsigned int server)
{
	size_t n = (v6 ? frame6 : frame4)(f, v6 ? "fd00::100" : "10.0.2.100", IPPROTO_UDP, server);

	inet_pton(v6 ? AF_INET6 : AF_INET, v6 ? "fd00::2" : "10.0.2.2", f + (v6 ? 22 : 26));
	packet_put_word(f + n - 8, 4000);
	return n;
}

static size_t answer_frame(uint8_t *f, bool v6, unsigned int from, unsigned int to)
{
	size_t n = (v6 ? frame6 : frame4)(f, v6 ? "fd00::2" : "10.0.2.2", IPPROTO_UDP, to);

	packet_put_word(f + n - 8, from);
	return n;
}

static void test_answers(void)
{
	struct answers a = { 0 };
	struct frame_rules r = strict();
	uint8_t f[80];

	r.answers = &a;
	r.now_ms = 5;
	for (int v6 = 0; v6 < 2; v6++) {
		ok(!frame_is_allowed(&r, f, answer_frame(f, v6, 53, 4000)), "N01 nobody asked");
		frame_note_client(&r, f, client_frame(f, v6, 53));
		ok(frame_is_allowed(&r, f, answer_frame(f, v6, 53, 4000)), "N01 an answer");
		ok(!frame_is_allowed(&r, f, answer_frame(f, v6, 54, 4000)), "of another's");
		ok(!frame_is_allowed(&r, f, answer_frame(f, v6, 53, 4001)), "to another");
	}
	r.now_ms += ANSWERS_LIFE_MS - 1;
	ok(frame_is_allowed(&r, f, answer_frame(f, false, 53, 4000)), "N01 later, too");
	r.now_ms += ANSWERS_LIFE_MS - 1;
	ok(frame_is_allowed(&r, f, answer_frame(f, false, 53, 4000)), "which counts");
	ok(!frame_is_allowed(&r, f, answer_frame(f, true, 53, 4000)), "N01 too late");
	for (unsigned int i = 0; i < 10 * ANSWERS_MAX; i++)
		frame_note_client(&r, f, client_frame(f, false, 1000 + i));
	ok(frame_is_allowed(&r, f, answer_frame(f, false, 999 + 10 * ANSWERS_MAX, 4000)),
	   "N01 the last of many");
	ok(!frame_is_allowed(&r, f, answer_frame(f, false, 1000, 4000)), "the first is forgotten");
	r.host_loopback = true;
	ok(frame_is_allowed(&r, f, answer_frame(f, false, 1, 2)), "N01 all of it where allowed");
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
	test_connections();
	test_answers();
	test_short_frames();
	test_types();
	return tap_done();
}

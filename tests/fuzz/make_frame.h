/* SPDX-License-Identifier: Apache-2.0 */
/* A frame of a container's, made piece by piece; lengths and sums are put right at the end. */
#ifndef URUN_TESTS_FUZZ_MAKE_FRAME_H
#define URUN_TESTS_FUZZ_MAKE_FRAME_H

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "netns/slirp/packet.h"

enum { FRAME_MAX = 4096 };

static struct {
	uint8_t frame[FRAME_MAX];
	size_t len;
} made;

static inline void put(const void *bytes, size_t n)
{
	if (n > sizeof(made.frame) - made.len)
		n = sizeof(made.frame) - made.len;
	memcpy(made.frame + made.len, bytes, n);
	made.len += n;
}

static inline void put_word(unsigned int value)
{
	uint8_t w[2];

	packet_put_word(w, value);
	put(w, sizeof(w));
}

static inline void put_ip(bool v6, unsigned int protocol, unsigned int to)
{
	static const uint8_t to4[8][4] = {
		{ 10, 0, 2, 2 },     { 10, 0, 2, 3 },  { 10, 0, 2, 255 }, { 255, 255, 255, 255 },
		{ 192, 168, 77, 1 }, { 224, 0, 0, 1 }, { 10, 0, 2, 100 }, { 10, 0, 2, 2 },
	};
	static const uint8_t to6[8][16] = {
		{ 0xfd, [15] = 2 },
		{ 0xfd, [15] = 3 },
		{ 0xff, 2, [15] = 1 },
		{ 0xff, 2, [15] = 2 },
		{ 0xfe, 0x80, [15] = 2 },
		{ 0x20, 1, [15] = 9 },
		{ 0xff, 2, [11] = 1, 0xff, [15] = 2 },
		{ 0xfd, [15] = 2 },
	};
	static const uint8_t us[16] = { 0xfd, [14] = 1 };

	made.len = 0;
	put("\x52\x55\x0a\0\2\2\2\0\0\0\0\1", 12);
	put_word(v6 ? TYPE_IP6 : TYPE_IP4);
	if (v6) {
		put("\x60\0\0\0\0\0", 6);
		put(&(uint8_t[]){ (uint8_t)protocol, 255 }, 2);
		put(us, 16);
		put(to6[to & 7], 16);
		return;
	}
	put("\x45\0\0\0\0\7\0\0\x40", 9);
	put(&(uint8_t){ (uint8_t)protocol }, 1);
	put("\0\0\x0a\0\2\x64", 6);
	put(to4[to & 7], 4);
}

/* Lengths and sums are right, before bytes are changed (lengths) and after (sums). */
static inline void fix_lengths(void)
{
	uint8_t *ip = made.frame + ETHER_HEAD;
	size_t head = ip[0] >> 4 == 6 ? IP6_HEAD : IP4_HEAD;

	if (made.len < ETHER_HEAD + head)
		return;
	if (head == IP4_HEAD)
		packet_put_word(ip + 2, (unsigned int)(made.len - ETHER_HEAD));
	else
		packet_put_word(ip + 4, (unsigned int)(made.len - ETHER_HEAD - head));
}

static inline void fix_sums(void)
{
	uint8_t *ip = made.frame + ETHER_HEAD;
	bool v6 = packet_word(made.frame + 12) == TYPE_IP6;
	size_t head = v6 ? IP6_HEAD : (ip[0] & 15U) * 4U, at, len, total;
	unsigned int protocol, sum;

	if (made.len < ETHER_HEAD + IP4_HEAD || head < IP4_HEAD || made.len < ETHER_HEAD + head ||
	    packet_word(made.frame + 12) == TYPE_ARP)
		return;
	if (!v6) {
		packet_put_word(ip + 10, 0);
		packet_put_word(ip + 10, 0xffff & ~packet_sum(ip, head, 0));
	}
	total = v6 ? head + packet_word(ip + 4) : packet_word(ip + 2);
	if (total > made.len - ETHER_HEAD || total < head)
		return;
	len = total - head;
	protocol = ip[v6 ? 6 : 9];
	at = protocol == IPPROTO_TCP ? 16 : protocol == IPPROTO_UDP ? 6 : 2;
	if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP && protocol != IPPROTO_ICMP &&
	     protocol != IPPROTO_ICMPV6) ||
	    len < at + 2)
		return;
	packet_put_word(ip + head + at, 0);
	sum = protocol == IPPROTO_ICMP
		      ? 0
		      : packet_pseudo_sum(v6 ? ip : (ip[0] = 0x40 | (ip[0] & 15), ip), protocol,
					  len);
	packet_put_word(ip + head + at, 0xffff & ~packet_sum(ip + head, len, sum));
}

#endif

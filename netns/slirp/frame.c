/* SPDX-License-Identifier: Apache-2.0 */
/* See frame.h. Reads nothing behind `len`. */
#include "netns/slirp/frame.h"

#include <netinet/in.h>
#include <string.h>

#include "netns/slirp/answers.h"
#include "netns/slirp/packet.h"

enum {
	PORTS = 4,
	PORT_DNS = 53,
	ECHO_REQUEST6 = 128,
	TCP_FLAGS = 13, /* a byte of its header */
	TCP_SYN = 2,
	TCP_ACK = 16,
	ALL_BITS = 255,
};

/* What may be asked of the resolver: names, and whether it is there. */
static bool is_for_resolver(unsigned int protocol, const uint8_t *p, size_t len)
{
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6)
		return true;
	if (protocol != IPPROTO_UDP && protocol != IPPROTO_TCP)
		return false;
	return len >= PORTS && packet_word(p + 2) == PORT_DNS;
}

/* To the host's loopback: no connection that begins, and no datagram but an answer. */
static bool is_answer(const struct frame_rules *r, bool v6, unsigned int protocol, const uint8_t *p,
		      size_t len)
{
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6)
		return true;
	if (protocol == IPPROTO_TCP)
		return len > TCP_FLAGS && (p[TCP_FLAGS] & (TCP_SYN | TCP_ACK)) != TCP_SYN;
	if (protocol != IPPROTO_UDP || len < PORTS || !r->answers)
		return false;
	return answers_has(r->answers,
			   (struct answer){ .client = (uint16_t)packet_word(p + 2),
					    .server = (uint16_t)packet_word(p),
					    .v6 = v6 },
			   r->now_ms);
}

static bool is_loopback4(const struct frame_rules *r, const uint8_t *a)
{
	return memcmp(a, r->gateway4, 4) == 0 || (a[0] & a[1] & a[2] & a[3]) == ALL_BITS;
}

static bool is_loopback6(const struct frame_rules *r, const uint8_t *a)
{
	static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };
	struct net_address there = { .family = AF_INET6 };

	memcpy(there.bytes, a, sizeof(there.bytes));
	return memcmp(a, all_nodes, sizeof(all_nodes)) == 0 || net_cidr_contains(&r->net6, &there);
}

static bool ip4_is_allowed(const struct frame_rules *r, const uint8_t *p, size_t len)
{
	const uint8_t *to = p + 16;
	size_t head;

	if (len < IP4_HEAD || p[0] >> 4 != 4 || (packet_word(p + 6) & ~(unsigned int)IP4_DONT))
		return false;
	if (r->host_loopback)
		return true;
	if (to[0] == 0 || to[0] == 127)
		return false;
	head = (p[0] & 15U) * 4;
	if (head < IP4_HEAD || head > len)
		return false;
	if (r->dns && memcmp(to, r->dns4, 4) == 0)
		return is_for_resolver(p[9], p + head, len - head);
	return !is_loopback4(r, to) || is_answer(r, false, p[9], p + head, len - head);
}

/* The gateway's or the resolver's, or the same host by its link-local address. */
static bool is_of_libslirp(const struct frame_rules *r, const uint8_t *to)
{
	static const uint8_t link[8] = { 0xfe, 0x80 };
	const uint8_t *const own[] = { r->gateway6, r->dns6 };

	for (size_t i = 0; i < 2; i++)
		if (memcmp(to + 8, own[i] + 8, 8) == 0 &&
		    (memcmp(to, own[i], 8) == 0 || memcmp(to, link, 8) == 0))
			return true;
	return false;
}

static bool ip6_is_allowed(const struct frame_rules *r, const uint8_t *p, size_t len)
{
	static const uint8_t zero[10];
	const uint8_t *to = p + 24;

	if (len < IP6_HEAD || p[0] >> 4 != 6)
		return false;
	if (p[6] == IPPROTO_ICMPV6 && len > IP6_HEAD && p[IP6_HEAD] == ECHO_REQUEST6 &&
	    !is_of_libslirp(r, to))
		return false;
	if (r->host_loopback)
		return true;
	/* ::, ::1, and IPv4 in both of its disguises */
	if (memcmp(to, zero, sizeof(zero)) == 0 &&
	    (packet_word(to + 10) == 0 || packet_word(to + 10) == 0xffff))
		return false;
	if (r->dns && memcmp(to, r->dns6, 16) == 0)
		return is_for_resolver(p[6], p + IP6_HEAD, len - IP6_HEAD);
	return !is_loopback6(r, to) || is_answer(r, true, p[6], p + IP6_HEAD, len - IP6_HEAD);
}

bool frame_is_allowed(const struct frame_rules *r, const uint8_t *frame, size_t len)
{
	if (len < ETHER_HEAD)
		return false;
	switch (packet_word(frame + 12)) {
	case TYPE_IP4:
		return ip4_is_allowed(r, frame + ETHER_HEAD, len - ETHER_HEAD);
	case TYPE_IP6:
		return ip6_is_allowed(r, frame + ETHER_HEAD, len - ETHER_HEAD);
	case TYPE_ARP:
		return true;
	}
	return false; /* libslirp would read NC-SI, too */
}

bool frame_is_neighbour(const uint8_t *frame, size_t len)
{
	unsigned int type = packet_word(frame + 12);

	return type == TYPE_ARP || (type == TYPE_IP6 && len > ETHER_HEAD + 6 &&
				    frame[ETHER_HEAD + 6] == IPPROTO_ICMPV6);
}

/* libslirp's frames are well formed; what is not is not noted. */
void frame_note_client(const struct frame_rules *r, const uint8_t *frame, size_t len)
{
	bool v6 = len > ETHER_HEAD && packet_word(frame + 12) == TYPE_IP6;
	const uint8_t *p = frame + ETHER_HEAD, *from = p + (v6 ? 8 : 12);
	size_t head = v6 ? IP6_HEAD : IP4_HEAD;

	if (!r->answers || r->host_loopback || len < ETHER_HEAD + head + PORTS ||
	    p[v6 ? 6 : 9] != IPPROTO_UDP)
		return;
	if (v6 ? !is_loopback6(r, from) : !is_loopback4(r, from))
		return;
	if (r->dns && memcmp(from, v6 ? r->dns6 : r->dns4, v6 ? 16 : 4) == 0)
		return;
	answers_note(r->answers,
		     (struct answer){ .client = (uint16_t)packet_word(p + head),
				      .server = (uint16_t)packet_word(p + head + 2),
				      .v6 = v6 },
		     r->now_ms);
}

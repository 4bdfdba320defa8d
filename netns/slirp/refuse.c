/* SPDX-License-Identifier: Apache-2.0 */
/* See refuse.h. Reads nothing behind `len`. */
#include "netns/slirp/refuse.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

enum {
	MAC = 6,
	TCP_FLAGS = 13,
	TCP_SYN = 2,
	TCP_RST_ACK = 4 | 16,
	TTL = 64,
};

/* The container's, turned round: what it holds of length is that of a reset. */
static void put_ip(uint8_t *ip, const uint8_t *theirs, bool v6)
{
	size_t at = v6 ? 8 : 12, n = v6 ? 16 : 4;

	memset(ip, 0, v6 ? IP6_HEAD : IP4_HEAD);
	ip[0] = v6 ? 0x60 : 0x45;
	packet_put_word(ip + (v6 ? 4 : 2), v6 ? TCP_HEAD : IP4_HEAD + TCP_HEAD);
	ip[v6 ? 6 : 9] = IPPROTO_TCP;
	ip[v6 ? 7 : 8] = TTL;
	memcpy(ip + at, theirs + at + n, n);
	memcpy(ip + at + n, theirs + at, n);
	if (!v6)
		packet_put_word(ip + 10, ~packet_sum(ip, IP4_HEAD, 0) & 0xffff);
}

static void put_tcp(uint8_t *tcp, const uint8_t *theirs, const uint8_t *ip)
{
	uint32_t next;

	memset(tcp, 0, TCP_HEAD);
	memcpy(tcp, theirs + 2, 2);
	memcpy(tcp + 2, theirs, 2);
	memcpy(&next, theirs + 4, sizeof(next));
	next = htonl(ntohl(next) + 1); /* a SYN counts as one */
	memcpy(tcp + 8, &next, sizeof(next));
	tcp[12] = TCP_HEAD / 4 << 4;
	tcp[TCP_FLAGS] = TCP_RST_ACK;
	packet_put_word(tcp + 16,
			~packet_sum(tcp, TCP_HEAD, packet_pseudo_sum(ip, IPPROTO_TCP, TCP_HEAD)) &
				0xffff);
}

size_t refuse_frame(const uint8_t *frame, size_t len, uint8_t out[REFUSE_MAX])
{
	const uint8_t *ip = frame + ETHER_HEAD;
	size_t head = IP6_HEAD, ours;
	bool v6;

	if (len < ETHER_HEAD + IP4_HEAD)
		return 0;
	v6 = packet_word(frame + 12) == TYPE_IP6;
	if (!v6)
		head = (ip[0] & 15U) * 4;
	ours = v6 ? IP6_HEAD : IP4_HEAD;
	if ((!v6 && packet_word(frame + 12) != TYPE_IP4) || head < ours ||
	    len < ETHER_HEAD + head + TCP_HEAD || ip[v6 ? 6 : 9] != IPPROTO_TCP ||
	    (ip[head + TCP_FLAGS] & (TCP_SYN | TCP_RST_ACK)) != TCP_SYN)
		return 0;
	memcpy(out, frame + MAC, MAC);
	memcpy(out + MAC, frame, MAC);
	memcpy(out + 12, frame + 12, 2);
	put_ip(out + ETHER_HEAD, ip, v6);
	put_tcp(out + ETHER_HEAD + ours, ip + head, out + ETHER_HEAD);
	return ETHER_HEAD + ours + TCP_HEAD;
}

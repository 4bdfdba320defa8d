/* SPDX-License-Identifier: Apache-2.0 */
/* See offload.h. */
#include "netns/slirp/offload.h"

#include <netinet/in.h>
#include <string.h>

enum {
	TCP_SUM = 16, /* where it is in the header */
	TCP_SYN = 0x02,
	OPTION_END = 0,
	OPTION_NOTHING = 1,
	OPTION_MSS = 2,
	OPTION_MSS_LEN = 4,
};

/* Where the TCP header begins, and of it all that its length says; else false. */
struct tcp {
	size_t ip, head, payload; /* from the frame's start */
};

static bool find_tcp(const uint8_t *frame, size_t len, struct tcp *ret)
{
	const uint8_t *ip = frame + ETHER_HEAD;
	size_t head;

	if (len < ETHER_HEAD + IP4_HEAD)
		return false;
	if (packet_word(frame + 12) == TYPE_IP4) {
		head = (ip[0] & 15U) * 4;
		if (ip[0] >> 4 != 4 || head < IP4_HEAD || ip[9] != IPPROTO_TCP ||
		    (packet_word(ip + 6) & (IP4_MORE | IP4_OFFSET)))
			return false;
	} else {
		head = IP6_HEAD;
		if (packet_word(frame + 12) != TYPE_IP6 || len < ETHER_HEAD + IP6_HEAD ||
		    ip[0] >> 4 != 6 || ip[6] != IPPROTO_TCP)
			return false;
	}
	ret->ip = ETHER_HEAD;
	ret->head = ETHER_HEAD + head;
	if (len < ret->head + TCP_HEAD)
		return false;
	ret->payload = ret->head + (size_t)(frame[ret->head + 12] >> 4) * 4;
	return ret->payload >= ret->head + TCP_HEAD && ret->payload <= len;
}

/* ---- from the container */

/* The value of the option by which it says how large a segment may be; NULL: none. */
static uint8_t *find_mss(uint8_t *frame, const struct tcp *t)
{
	size_t at = t->head + TCP_HEAD, len;

	while (at < t->payload && frame[at] != OPTION_END) {
		if (frame[at] == OPTION_NOTHING) {
			at++;
			continue;
		}
		if (t->payload - at < 2)
			return NULL;
		len = frame[at + 1];
		if (len < 2 || len > t->payload - at)
			return NULL;
		/* At an odd byte no kernel has it; the sum would be another. */
		if (frame[at] == OPTION_MSS)
			return len == OPTION_MSS_LEN && (at - t->head) % 2 == 0 ? frame + at + 2
										: NULL;
		at += len;
	}
	return NULL;
}

/* With the sum, RFC 1624: the old word's complement and the new word come in. */
static void put_mss(uint8_t *mss, unsigned int value, uint8_t *sum)
{
	unsigned int news = (0xffff & ~packet_word(sum)) + (0xffff & ~packet_word(mss)) + value;

	packet_put_word(mss, value);
	packet_put_word(sum, 0xffff & ~packet_sum(NULL, 0, news));
}

static void raise_mss(unsigned int mtu, bool summed, uint8_t *frame, size_t len)
{
	unsigned int heads, now;
	struct tcp t;
	uint8_t *mss;

	if (!find_tcp(frame, len, &t) || !(frame[t.head + 13] & TCP_SYN))
		return;
	mss = find_mss(frame, &t);
	if (!mss)
		return;
	heads = (frame[t.ip] >> 4 == 4 ? IP4_HEAD : IP6_HEAD) + TCP_HEAD;
	now = packet_word(mss);
	if (now + heads < mtu || now + heads >= OFFLOAD_MTU)
		return;
	if (summed)
		put_mss(mss, OFFLOAD_MTU - heads, frame + t.head + TCP_SUM);
	else
		packet_put_word(mss, OFFLOAD_MTU - heads);
}

/* What the kernel has put where the sum belongs is that of the pseudo-header. */
static bool complete_sum(const struct virtio_net_hdr *head, uint8_t *frame, size_t len)
{
	size_t start = head->csum_start, at = start + head->csum_offset;
	unsigned int sum;

	if (start < ETHER_HEAD || at + 2 > len)
		return false;
	sum = 0xffff & ~packet_sum(frame + start, len - start, 0);
	packet_put_word(frame + at, sum ? sum : 0xffff); /* UDP's 0 is none at all */
	return true;
}

bool offload_from_guest(unsigned int mtu, const struct virtio_net_hdr *head, uint8_t *frame,
			size_t len)
{
	bool summed = !(head->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);

	switch (head->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_NONE:
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		break;
	default:
		return false; /* not in OFFLOAD_FEATURES */
	}
	raise_mss(mtu, summed, frame, len);
	return summed || complete_sum(head, frame, len);
}

/* ---- to the container */

static void lower_mss(const uint8_t *frame, size_t len, struct offload_head *ret)
{
	struct tcp t;
	uint8_t *mss;

	if (!find_tcp(frame, len, &t) || !(frame[t.head + 13] & TCP_SYN) ||
	    t.payload > sizeof(ret->frame))
		return;
	memcpy(ret->frame, frame, t.payload);
	mss = find_mss(ret->frame, &t);
	if (!mss || packet_word(mss) <= OFFLOAD_MSS)
		return;
	put_mss(mss, OFFLOAD_MSS, ret->frame + t.head + TCP_SUM);
	ret->n = t.payload;
}

enum offload_way offload_to_guest(unsigned int mtu, const uint8_t *frame, size_t len,
				  struct offload_head *ret)
{
	size_t heads, tcp_len;
	bool v4;
	struct tcp t;

	*ret = (struct offload_head){ .n = 0 };
	if (len <= ETHER_HEAD + (size_t)mtu) {
		lower_mss(frame, len, ret);
		return OFFLOAD_PLAIN;
	}
	if (!find_tcp(frame, len, &t))
		return OFFLOAD_TOO_LARGE;
	heads = t.payload - t.ip;
	v4 = frame[t.ip] >> 4 == 4;
	tcp_len = len - t.head;
	if (heads >= mtu || tcp_len > IP_LEN_MAX || t.head > ETHER_HEAD + IP6_HEAD)
		return OFFLOAD_TOO_LARGE;
	ret->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	ret->vnet.gso_type = v4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
	ret->vnet.hdr_len = (uint16_t)t.payload;
	ret->vnet.gso_size = (uint16_t)(mtu - heads);
	ret->vnet.csum_start = (uint16_t)t.head;
	ret->vnet.csum_offset = TCP_SUM;
	ret->n = t.head + TCP_HEAD;
	memcpy(ret->frame, frame, ret->n);
	packet_put_word(ret->frame + t.head + TCP_SUM,
			packet_pseudo_sum(frame + t.ip, IPPROTO_TCP, tcp_len));
	return OFFLOAD_SEGMENTS;
}

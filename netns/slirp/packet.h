/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the headers that pass here, words in network order, and the Internet's checksum. */
#ifndef URUN_NETNS_SLIRP_PACKET_H
#define URUN_NETNS_SLIRP_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum {
	ETHER_HEAD = 14,
	IP4_HEAD = 20, /* without options */
	IP6_HEAD = 40,
	TCP_HEAD = 20,
	IP_LEN_MAX = 65535,
	TYPE_IP4 = 0x0800,
	TYPE_IP6 = 0x86dd,
	TYPE_ARP = 0x0806,
	IP4_MORE = 0x2000, /* of IPv4's word 6: the rest is an offset, DF and a reserved bit */
	IP4_DONT = 0x4000,
	IP4_OFFSET = 0x1fff,
};

static inline unsigned int packet_word(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static inline void packet_put_word(uint8_t *p, unsigned int value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* The sum of the words at `p`, and of `start`, in one's complement; 0xffff over a good header. */
unsigned int packet_sum(const uint8_t *p, size_t len, unsigned int start);

/* What TCP and UDP sum besides themselves; `ip` is a whole header of either version. */
unsigned int packet_pseudo_sum(const uint8_t *ip, unsigned int protocol, size_t len);

#endif

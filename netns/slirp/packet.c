/* SPDX-License-Identifier: Apache-2.0 */
/* See packet.h. */
#include "netns/slirp/packet.h"

#include <arpa/inet.h>
#include <string.h>

static unsigned int fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned int)sum;
}

/* In the machine's order, eight bytes at once: the sum is the same but for its own order. */
unsigned int packet_sum(const uint8_t *p, size_t len, unsigned int start)
{
	uint64_t sum = 0, word;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sum += word;
		sum += sum < word;
	}
	word = 0;
	if (len)
		memcpy(&word, p, len);
	sum += word;
	sum += sum < word;
	return fold((uint64_t)ntohs((uint16_t)fold(sum)) + start);
}

unsigned int packet_pseudo_sum(const uint8_t *ip, unsigned int protocol, size_t len)
{
	unsigned int rest = fold(protocol + (uint64_t)len);

	return ip[0] >> 4 == 4 ? packet_sum(ip + 12, 8, rest) : packet_sum(ip + 8, 32, rest);
}

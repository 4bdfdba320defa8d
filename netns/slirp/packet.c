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

typedef uint64_t pair __attribute__((vector_size(16)));

/*
 * In the machine's order, 64 bytes at once: the sum is the same but for its own order. As 32
 * bits are added to 64, nothing is carried.
 */
unsigned int packet_sum(const uint8_t *p, size_t len, unsigned int start)
{
	pair words[4], low = { 0 }, high = { 0 }, low2 = { 0 }, high2 = { 0 };
	uint64_t sum;
	uint32_t word;

	for (; len >= sizeof(words); len -= sizeof(words), p += sizeof(words)) {
		memcpy(words, p, sizeof(words));
		low += words[0] & UINT32_MAX;
		high += words[0] >> 32;
		low2 += words[1] & UINT32_MAX;
		high2 += words[1] >> 32;
		low += words[2] & UINT32_MAX;
		high += words[2] >> 32;
		low2 += words[3] & UINT32_MAX;
		high2 += words[3] >> 32;
	}
	low += high + low2 + high2;
	sum = (uint64_t)fold(low[0]) + fold(low[1]);
	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sum += word;
	}
	word = 0;
	if (len)
		memcpy(&word, p, len);
	return fold((uint64_t)ntohs((uint16_t)fold(sum + word)) + start);
}

unsigned int packet_pseudo_sum(const uint8_t *ip, unsigned int protocol, size_t len)
{
	unsigned int rest = fold(protocol + (uint64_t)len);

	return ip[0] >> 4 == 4 ? packet_sum(ip + 12, 8, rest) : packet_sum(ip + 8, 32, rest);
}

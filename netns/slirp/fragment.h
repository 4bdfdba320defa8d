/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams that are larger than the interface's mtu. libslirp must not put pieces of the
 * container's together: 4.7.0 crashes on those that overlap (and CVE-2019-14378 was there
 * before), and of IPv6 it knows none. Here they must come in their order, one behind the other,
 * as a kernel sends them: then nothing can overlap, and nothing is kept but what was copied.
 * No call of the kernel's, no memory but that of the caller.
 */
#ifndef URUN_NETNS_SLIRP_FRAGMENT_H
#define URUN_NETNS_SLIRP_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/slirp/packet.h"

enum {
	FRAGMENT_SLOTS = 8, /* datagrams at once; the one that waits longest makes room */
	FRAGMENT_LIFE_MS = 2000,
	FRAGMENT_KEY = 38,
	FRAGMENT_FRAME_MAX = ETHER_HEAD + IP6_HEAD + IP_LEN_MAX,
};

/* What has come of a datagram. All 0 is an empty one, whose pages were never touched. */
struct fragment_slot {
	uint64_t until_ms; /* 0: free */
	size_t have;       /* bytes of `frame`, its headers too */
	uint8_t key[FRAGMENT_KEY];
	uint8_t frame[FRAGMENT_FRAME_MAX];
};

struct fragments {
	struct fragment_slot slots[FRAGMENT_SLOTS];
};

/*
 * A frame of the container's. It comes back as it is, unless it is a piece of UDP or ICMP:
 * then the whole comes back with the last piece, in memory of `f` that is good until the next
 * call, and NULL before. Also NULL: drop it, no piece of that kind is taken.
 */
const uint8_t *fragment_join(struct fragments *f, const uint8_t *frame, size_t len, uint64_t now_ms,
			     size_t *ret_len);

/* A frame that is cut, and how far that has come. */
struct fragment_cut {
	const uint8_t *frame;
	size_t end, head, at; /* of the frame: its IP packet's end and payload, what comes next */
	size_t step;
	unsigned int offset; /* and flags: of a piece of libslirp's that is cut once more */
	uint32_t id;
};

/* False: it cannot or must not be cut. `id` is for IPv6, another each time. */
bool fragment_cut_begin(struct fragment_cut *c, const uint8_t *frame, size_t len, unsigned int mtu,
			uint32_t id);

/* The next piece, at most mtu + ETHER_HEAD bytes at `out`. 0: that was all. */
size_t fragment_cut_next(struct fragment_cut *c, uint8_t *out);

#endif

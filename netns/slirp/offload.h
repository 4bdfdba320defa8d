/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tap leaves to us, and we to it. It has a struct virtio_net_hdr before each frame
 * (IFF_VNET_HDR; of 10 bytes, in the machine's order) and says that it sums and segments by
 * itself (OFFLOAD_FEATURES): the sum is made here, faster, and over an interface with a small
 * mtu the container's kernel hands over up to 64 KiB of TCP at once and takes as much;
 * libslirp is told of an mtu of NET_MTU_MAX. No call of the kernel's in here; whatever the
 * container sends, nothing outside the buffers is touched.
 */
#ifndef URUN_NETNS_SLIRP_OFFLOAD_H
#define URUN_NETNS_SLIRP_OFFLOAD_H

#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/slirp/packet.h"

enum {
	OFFLOAD_FEATURES = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6, /* for TUNSETOFFLOAD */
	OFFLOAD_MTU = 65520,                                     /* libslirp's own */
	/*
	 * What it announces to the container as the largest segment becomes this, so that its
	 * window of 128 KiB holds many. As large segments are cut by nobody, they cost nothing.
	 */
	OFFLOAD_MSS = 8140,
	OFFLOAD_HEADS_MAX = ETHER_HEAD + 60 + 60,
};

/*
 * A frame of the container's, changed in place: the checksum that the kernel left to us is
 * completed (libslirp verifies it), and where a TCP handshake announces segments of just this
 * interface's mtu, larger ones. Smaller ones stay as they are: somebody behind the container
 * has a smaller mtu yet, and would get what does not fit. False: drop it.
 */
bool offload_from_guest(unsigned int mtu, const struct virtio_net_hdr *head, uint8_t *frame,
			size_t len);

enum offload_way {
	OFFLOAD_PLAIN,     /* as it is, with an empty header; of a handshake, another MSS */
	OFFLOAD_SEGMENTS,  /* with a header that says how it is segmented */
	OFFLOAD_TOO_LARGE, /* no TCP and larger than the mtu: fragment.h */
};

/* `vnet` and `n` bytes of `frame` are written as one, then the frame from its byte `n` on. */
struct offload_head {
	struct virtio_net_hdr vnet;
	uint8_t frame[OFFLOAD_HEADS_MAX];
	size_t n;
};

_Static_assert(offsetof(struct offload_head, frame) == sizeof(struct virtio_net_hdr),
	       "struct offload_head has a hole");

enum offload_way offload_to_guest(unsigned int mtu, const uint8_t *frame, size_t len,
				  struct offload_head *ret);

#endif

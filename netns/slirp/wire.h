/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a frame between the tap and libslirp: offload.h, fragment.h and frame.h in
 * their order. Pure: the caller reads and writes.
 */
#ifndef URUN_NETNS_SLIRP_WIRE_H
#define URUN_NETNS_SLIRP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "netns/slirp/fragment.h"
#include "netns/slirp/answers.h"
#include "netns/slirp/frame.h"
#include "netns/slirp/offload.h"
#include "netns/slirp/refuse.h"

enum {
	/* What a read from the tap may give. */
	WIRE_READ_MAX = sizeof(struct virtio_net_hdr) + ETHER_HEAD + 4 + IP_LEN_MAX,
	WIRE_IOV = 2,
};

/*
 * The first two are the caller's to set, all else is 0 at first. It is large, and most of it
 * never touched: calloc() it.
 */
struct wire {
	struct frame_rules rules; /* but for `answers` and `now_ms` */
	unsigned int mtu;         /* of the interface; libslirp's own is OFFLOAD_MTU */
	uint32_t id;
	/* the frame that goes to the container */
	const uint8_t *out;
	size_t out_len;
	enum offload_way way;
	struct offload_head head;
	struct fragment_cut cut;
	uint8_t piece[ETHER_HEAD + OFFLOAD_MTU];
	struct fragments fragments;
	struct answers answers;
	uint8_t refusal[REFUSE_MAX];
	size_t refusal_len;
};

/*
 * What came from the tap, changed in place: the frame that libslirp gets, in `data` or in `w`,
 * good until the next call; NULL: none this time. Where it was to begin a connection that may
 * not be, `refusal` is what the container gets, by wire_to_guest().
 */
const uint8_t *wire_from_guest(struct wire *w, uint8_t *data, size_t len, uint64_t now_ms,
			       size_t *ret_len);

/*
 * A frame of libslirp's becomes one write or more: wire_to_guest() with it, then writev(2) of
 * what wire_next() fills in until that is false.
 */
void wire_to_guest(struct wire *w, const uint8_t *frame, size_t len, uint64_t now_ms);
bool wire_next(struct wire *w, struct iovec iov[WIRE_IOV]);

#endif

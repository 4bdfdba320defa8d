/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which frames of the container libslirp gets to see. It keeps a guest from the
 * host's loopback by translating its gateway's address only: a frame to 127.0.0.1,
 * 0.0.0.0 or ::ffff:127.0.0.1 as such, which root of a container can send, would be
 * a connection of the host's to itself. Its resolver's address is the host's resolver,
 * often on loopback: on all ports in some versions, here on that of DNS alone.
 */
#ifndef URUN_NETNS_SLIRP_FRAME_H
#define URUN_NETNS_SLIRP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/net_address.h"

struct answers;

/* All 0 is the strict one: no way to the host's loopback, no resolver. */
struct frame_rules {
	bool host_loopback;
	uint8_t gateway4[4]; /* of IPv6 the whole of this network is the host's loopback: */
	struct net_cidr net6;
	struct answers *answers; /* what may go there all the same; NULL: nothing */
	uint64_t now_ms;
	bool dns; /* these two are the host's resolver */
	uint8_t dns4[4], dns6[16];
	uint8_t gateway6[16]; /* 0 without IPv6 */
};

/*
 * A datagram of libslirp's for the container: if it is a client's on the host's loopback,
 * answers to it are allowed from now on.
 */
void frame_note_client(const struct frame_rules *r, const uint8_t *frame, size_t len);

/* Of one that is allowed: what libslirp may wait for (ARP, and IPv6's neighbours)? */
bool frame_is_neighbour(const uint8_t *frame, size_t len);

/*
 * Nor pieces of IPv4 packets, nor the reserved bit that libslirp takes for one: putting them
 * together is where it was broken before; fragment.h does that ahead of this. Nor what is
 * neither IP nor ARP; nor echo requests of ICMPv6 to others than libslirp's own addresses: it
 * answers none, and writes of each on stderr, which is somebody's log.
 */
bool frame_is_allowed(const struct frame_rules *r, const uint8_t *frame, size_t len);

#endif

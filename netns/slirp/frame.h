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

#include "netns/net_config.h"

/*
 * Nor pieces of IPv4 packets: putting them together is where libslirp was broken before
 * (CVE-2019-14378), and 4.7.0 crashes in it on pieces that overlap. With an mtu of 65520 a
 * kernel makes none; with a smaller one larger datagrams are lost, as libslirp itself
 * loses those of IPv6.
 */
bool frame_is_allowed(const struct net_config *c, const uint8_t *frame, size_t len);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which frames of the container libslirp gets to see. It keeps a guest from the
 * host's loopback by translating its gateway's address only: a frame to 127.0.0.1,
 * 0.0.0.0 or ::ffff:127.0.0.1 as such, which root of a container can send, would be
 * a connection of the host's to itself; and its resolver's address is the host's
 * resolver on all ports, which is loopback where a resolver runs on the host.
 */
#ifndef URUN_NETNS_SLIRP_FRAME_H
#define URUN_NETNS_SLIRP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/slirp/slirp_config.h"

bool frame_is_allowed(const struct slirp_config *c, const uint8_t *frame, size_t len);

#endif

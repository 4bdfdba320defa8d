/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection that frame.h does not let begin is refused as a host without a listener would,
 * so that who tries does not wait for nothing.
 */
#ifndef URUN_NETNS_SLIRP_REFUSE_H
#define URUN_NETNS_SLIRP_REFUSE_H

#include <stddef.h>
#include <stdint.h>

#include "netns/slirp/packet.h"

enum { REFUSE_MAX = ETHER_HEAD + IP6_HEAD + TCP_HEAD };

/* The reset for a whole frame that is the first of a TCP connection; 0: it is none. */
size_t refuse_frame(const uint8_t *frame, size_t len, uint8_t out[REFUSE_MAX]);

#endif

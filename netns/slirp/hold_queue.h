/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of hold.h agree on: in the container's network namespace alone. */
#ifndef URUN_NETNS_SLIRP_HOLD_QUEUE_H
#define URUN_NETNS_SLIRP_HOLD_QUEUE_H

enum {
	HOLD_QUEUE = 0x7572,
	/* Of a packet that is to be answered so, and goes nowhere else. */
	HOLD_MARK_RESET = 0x75730001,
	HOLD_MARK_NO_HOST,
	HOLD_MARK_NO_NET,
};

#endif

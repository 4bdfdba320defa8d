/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which datagrams of the container's to the gateway are answers. A client on the host's loopback
 * of a published UDP port is shown to the container as the gateway, which is where nothing of
 * the container's may go while the host's loopback is denied, but what answers such a client.
 * libslirp's own switch denies that, too: so it is off, and frame.h is what denies.
 */
#ifndef URUN_NETNS_SLIRP_ANSWERS_H
#define URUN_NETNS_SLIRP_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ANSWERS_MAX = 512,
	ANSWERS_LIFE_MS = 60000, /* behind the client's last datagram, or the last answer */
};

/* One family's pair of ports; all 0 is free. */
struct answer {
	uint64_t until_ms;
	uint16_t client, server;
	bool v6;
};

struct answers {
	struct answer slots[ANSWERS_MAX];
};

/* The client has asked; where all are in use, who has waited longest is forgotten. */
void answers_note(struct answers *a, struct answer key, uint64_t now_ms);

/* Has it, of late? (until_ms of `key` is not looked at.) */
bool answers_has(struct answers *a, struct answer key, uint64_t now_ms);

#endif

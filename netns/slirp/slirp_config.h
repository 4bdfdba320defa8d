/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What urun-slirp is told, and how it answers; all that urun may include of it.
 *
 * The program is started without arguments, with these descriptors and no other
 * but stdio. It answers once on SLIRP_FD_READY:
 *   "R4.7.0\n"          the network is up; the number is libslirp's version
 *   "words\thint\n"     why it is not, with "\thint" where there is something to
 *                       mend on the host; then it ends with status 1. A message
 *                       never starts with 'R'.
 * Then it closes the pipe. stderr gets what is fatal later on, and nothing else.
 * It ends with status 0 when the process behind SLIRP_FD_INIT has ended.
 */
#ifndef URUN_NETNS_SLIRP_SLIRP_CONFIG_H
#define URUN_NETNS_SLIRP_SLIRP_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
	SLIRP_FD_CONFIG = 3, /* a file (memfd) with a struct slirp_config and nothing else */
	SLIRP_FD_READY = 4,
	SLIRP_FD_INIT = 5,   /* pidfd of the container's init */
	SLIRP_FD_USERNS = 6, /* owns the next */
	SLIRP_FD_NETNS = 7,
	SLIRP_FD_FREE, /* the first that is closed at the start */
};

/* libslirp before this has known faults: urun warns of it. */
#define SLIRP_VERSION_WARN_BELOW "4.9.5"

enum {
	SLIRP_HELPER_MAGIC = 0x75727331,
	SLIRP_HELPER_VERSION = 1,
	SLIRP_IFNAME_MAX = 16, /* with its NUL */
	SLIRP_MTU_MIN = 1280,
	SLIRP_MTU_MAX = 65520,
	SLIRP_PREFIX_MIN = 8,
	SLIRP_PREFIX_MAX = 29,
	SLIRP_PREFIX6_MIN = 64,
	SLIRP_PREFIX6_MAX = 120,
};

/* All 0 is the strict one: no IPv6, no way to the host's loopback, no resolver. */
enum slirp_flag {
	SLIRP_IPV6 = 1 << 0,
	SLIRP_HOST_LOOPBACK = 1 << 1, /* the gateway's address is the host's 127.0.0.1 */
	SLIRP_DNS = 1 << 2,           /* `dns` and `dns6` are the host's resolver */
	SLIRP_OUTBOUND = 1 << 3,      /* connections come from `outbound` */
	SLIRP_OUTBOUND6 = 1 << 4,
	SLIRP_FLAGS_ALL = (1 << 5) - 1,
};

/* Plain old data without a hole. What no flag asks for is 0. Addresses as on the wire. */
struct slirp_config {
	uint32_t magic, version, size;
	uint32_t flags;
	uint32_t mtu;
	uint32_t n_listeners;          /* none yet: published ports come later */
	char ifname[SLIRP_IFNAME_MAX]; /* 0 up to its end */
	uint8_t mac[6], prefix, prefix6;
	uint8_t address[4], gateway[4], dns[4], outbound[4];
	uint8_t address6[16], gateway6[16], dns6[16], outbound6[16];
};

_Static_assert(sizeof(struct slirp_config) == 128, "struct slirp_config has a hole");

/* Is this what it should be? `len`: how long the file is. -EINVAL with words. */
int slirp_config_check(const struct slirp_config *c, size_t len, struct error *e);

#endif

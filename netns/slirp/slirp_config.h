/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What urun-slirp is told, and how it answers; all that urun may include of it.
 *
 * With --version it names libslirp's, and ends. Else it is started without arguments, with
 * these descriptors and no other but stdio, and answers once on SLIRP_FD_READY:
 *   "R4.7.0 123\n"      the network is up: libslirp's version, the process that makes it
 *   "words\thint\n"     why it is not, with "\thint" where there is something to
 *                       mend on the host; then it ends with status 1. A message
 *                       never starts with 'R'.
 * stderr gets what is fatal later on, and nothing else. The process that was started has
 * ended by then: it is the parent of the one that stays. The pipe stays open until the
 * published ports are free again.
 * It ends with status 0 when the process behind SLIRP_FD_INIT has ended.
 */
#ifndef URUN_NETNS_SLIRP_SLIRP_CONFIG_H
#define URUN_NETNS_SLIRP_SLIRP_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "netns/net_config.h"

enum {
	SLIRP_FD_CONFIG =
		3, /* a file (memfd): SLIRP_CONFIG_HEAD, and a line of net_config_write() */
	SLIRP_FD_READY = 4,
	SLIRP_FD_INIT = 5,   /* pidfd of the container's init */
	SLIRP_FD_USERNS = 6, /* owns the next */
	SLIRP_FD_NETNS = 7,
	SLIRP_FD_SOCKET_DIR = 8, /* O_PATH: the directory that the API's socket is made in */
	SLIRP_FD_FREE,           /* the first that is closed at the start */
};

/* Both sides say the same number, or they are not of one build. */
#define SLIRP_CONFIG_HEAD "urun-slirp 1\n"

/* The socket, where the config has no `api`; else that path's last component. */
#define SLIRP_SOCKET "net.sock"

/* libslirp before this has known faults: urun warns of it. */
#define SLIRP_VERSION_WARN_BELOW "4.9.5"

/* Who has the socket open: its name below SLIRP_FD_SOCKET_DIR. */
const char *slirp_socket_name(const struct net_config *c);

/*
 * The whole text of SLIRP_FD_CONFIG into a config that is complete; its strings are the
 * arena's. -EINVAL with words.
 */
int slirp_config_read(struct arena *a, const char *text, struct net_config *c, struct error *e);

#endif

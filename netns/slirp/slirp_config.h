/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What urun-slirp is told, and how it answers; all that urun may include of it.
 *
 * With --version it names libslirp's, and ends. Else it is started without arguments, with
 * these descriptors and no other but stdio, before there is a container: libraries are loaded
 * and ports are bound meanwhile. On SLIRP_FD_URUN it then waits for what enum slirp_handed
 * lists, and ends without a word where that is closed; and answers there, once:
 *   "R4.7.0 123\n"      the network is up: libslirp's version, the process that makes it
 *   "words\thint\n"     why it is not, with "\thint" where there is something to
 *                       mend on the host; then it ends with status 1. A message
 *                       never starts with 'R'.
 * stderr gets what is fatal later on, and nothing else. The process that was started has
 * ended by then: it is the parent of the one that stays. The socket stays open until the
 * published ports are free again.
 * It ends with status 0 when the container's init has ended.
 */
#ifndef URUN_NETNS_SLIRP_SLIRP_CONFIG_H
#define URUN_NETNS_SLIRP_SLIRP_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "netns/net_config.h"

enum {
	SLIRP_FD_CONFIG =
		3,         /* a file (memfd): SLIRP_CONFIG_HEAD, and a line of net_config_write() */
	SLIRP_FD_URUN = 4, /* UNIX stream socket */
	SLIRP_FD_SOCKET_DIR = 5, /* O_PATH: the directory that the API's socket is made in */
	SLIRP_FD_FREE,           /* the first that is closed at the start */
};

/* In this order, each with a message of one byte, which is its number here. */
enum slirp_handed {
	SLIRP_HANDED_INIT,   /* pidfd of the container's init */
	SLIRP_HANDED_USERNS, /* owns the next */
	SLIRP_HANDED_NETNS,
	SLIRP_HANDED,
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

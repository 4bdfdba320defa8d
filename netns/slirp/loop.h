/* SPDX-License-Identifier: Apache-2.0 */
/* libslirp between the tap and the host's sockets; the one file that includes its header. */
#ifndef URUN_NETNS_SLIRP_LOOP_H
#define URUN_NETNS_SLIRP_LOOP_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"
#include "netns/net_config.h"
#include "netns/slirp/outbound.h"

struct loop;

/*
 * Opens libslirp and makes one of it. Its sockets are made in the network namespace that we
 * are in; the config and the outbound addresses are kept by their pointers. -ELIBACC: no libslirp.
 */
int loop_new(const struct net_config *c, struct outbound *out, struct loop **ret, struct error *e);

/*
 * A port of the host that leads to one of the guest, by libslirp. -errno: -EADDRINUSE,
 * -EACCES ... as bind(2) has them.
 */
int loop_add_hostfwd(struct loop *l, bool udp, const struct sockaddr *host,
		     const struct sockaddr *guest);
int loop_remove_hostfwd(struct loop *l, bool udp, const struct sockaddr *host);

/* A descriptor of somebody else's: run(arg) when it can be read. One at most. */
void loop_watch(struct loop *l, int fd, void (*run)(void *arg), void *arg);

/* Until the process behind the pidfd `init` has ended (0), or it cannot go on. */
int loop_run(struct loop *l, int tap, int init, struct error *e);

/* By itself: for its version. */
int loop_open_library(struct error *e);
const char *loop_version(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The API's socket, and what takes it away in the end (janitor.h). */
#ifndef URUN_NETNS_SLIRP_SOCKET_H
#define URUN_NETNS_SLIRP_SOCKET_H

#include "base/error.h"
#include "netns/net_config.h"

/*
 * In SLIRP_FD_SOCKET_DIR, for the caller alone. A listening socket, or -errno. Its name goes when
 * this process or the one behind the pidfd `init` ends.
 */
int socket_make(const struct net_config *c, int init, struct error *e);

#endif

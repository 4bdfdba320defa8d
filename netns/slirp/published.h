/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways that published ports (ports.h) lead into the container: libslirp, and for TCP an
 * engine (splice.h) in the container's network namespace.
 */
#ifndef URUN_NETNS_SLIRP_PUBLISHED_H
#define URUN_NETNS_SLIRP_PUBLISHED_H

#include "base/error.h"
#include "netns/net_config.h"
#include "netns/slirp/loop.h"
#include "netns/slirp/ports.h"

/* Binds all that the config asks for, in the host's namespaces, with the caller's rights. */
int published_bind(const struct net_config *c, struct loop *l, struct ports **ret, struct error *e);

/* Starts the engine, if there is to be one; it lives as long as the process. */
int published_serve(const struct net_config *c, int netns, struct ports *p, struct error *e);

#endif

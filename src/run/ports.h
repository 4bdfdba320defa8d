/* SPDX-License-Identifier: Apache-2.0 */
/* The published ports of a container with the built-in network: asked of its helper. */
#ifndef URUN_RUN_PORTS_H
#define URUN_RUN_PORTS_H

#include "base/arena.h"
#include "base/error.h"
#include "oci/net_api.h"
#include "run/network.h"

/* All of them, as they are now; a helper that does not answer is -errno within the timeout. */
int ports_ask(struct arena *a, const struct network_view *v, int timeout_ms,
	      struct net_api_reply **ret, struct error *e);

int ports_list(struct arena *a, const char *root, const char *id, struct net_api_reply **ret,
	       struct error *e);

/* "[ADDRESS:]PORT[-PORT]:PORT[-PORT][/tcp|/udp]", all of them or none. */
int ports_add(const char *root, const char *id, const char *ports, struct error *e);

/* The same, or a number of the list. */
int ports_remove(const char *root, const char *id, const char *ports, struct error *e);

#endif

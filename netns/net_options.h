/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of the built-in network into a net_config, the same ones for annotations and
 * for the command line:
 *
 *     run.urun.net = slirp|none|host         --network slirp[:KEY=VALUE,...]
 *     run.urun.net.KEY = VALUE
 *
 * The keys are in netns/README.md. podman's names for slirp4netns are taken, too
 * (slirp4netns as the mode; enable_ipv6, allow_host_loopback, outbound_addr,
 * outbound_addr6, port_handler). All return -EINVAL with one line that names the option,
 * its value and what is allowed.
 *
 * Sources are read one after another, a later one overrides: net_options_begin(), then
 * what it says. Within one source an option is said once; ports are published by all.
 */
#ifndef URUN_NETNS_NET_OPTIONS_H
#define URUN_NETNS_NET_OPTIONS_H

#include "base/arena.h"
#include "base/error.h"
#include "netns/net_config.h"

struct net_option {
	const char *shown; /* its name to the user: the annotation's or the flag's */
	const char *key;   /* "mtu": what stands behind run.urun.net. */
	const char *value;
};

void net_options_begin(struct net_config *c);

/* -EINVAL for a key that is not known, too. */
int net_options_set(struct arena *a, struct net_config *c, const struct net_option *o,
		    struct error *e);

/* "slirp"; `shown` as in net_option. */
int net_options_mode(struct net_config *c, const char *shown, const char *value, struct error *e);

/*
 * "slirp:KEY=VALUE,...": a mode and its options. Of an earlier source that has asked for
 * another mode nothing stays.
 */
int net_options_network(struct arena *a, struct net_config *c, const char *shown, const char *value,
			struct error *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said on the socket of the built-in network: the API of slirp4netns(1), with an
 * errno beside the words of an error.
 */
#ifndef URUN_OCI_NET_API_H
#define URUN_OCI_NET_API_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "json/write.h"
#include "netns/net_config.h"

struct net_api_port {
	uint64_t id;
	const char *protocol, *host_address, *guest_address;
	uint16_t host_port, guest_port;
};

struct net_api_reply {
	uint64_t id;               /* of what was added */
	struct net_api_port *list; /* of list_hostfwd */
	size_t n;
	const char *error; /* NULL: it was done */
	uint32_t error_number;
};

/* One request each. The port's i-th of a range; its guest's address as `hosts` says. */
int net_api_write_list(struct strbuf *out);
int net_api_write_add(const struct net_config *c, const struct net_publish *p, uint16_t i,
		      struct strbuf *out);
int net_api_write_remove(uint64_t id, struct strbuf *out);

int net_api_read(struct arena *a, const char *text, size_t len, struct net_api_reply **ret,
		 struct error *e);

/* The member "net" of a state document, or what it shows. */
struct net_api_view {
	const struct net_config *config;
	pid_t helper; /* 0: it has ended */
	const char *api;
	const struct net_api_port *ports; /* as they are now; NULL: those of the config */
	size_t n_ports;
};

void net_api_write_port(const struct net_api_port *p, struct json_writer *w);
void net_api_write_view(const struct net_api_view *v, struct json_writer *w);

#endif

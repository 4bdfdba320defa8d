/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in network (N01) as the runtime sees it: it starts the helper urun-slirp
 * (../netns/slirp), hears whether it is ready, and ends it. The helper is nobody's child,
 * holds nothing of the container but a pidfd of its init, and ends with that, whatever
 * becomes of us. It stays in the caller's cgroup: neither the container's limits nor a
 * pause are for it.
 */
#ifndef URUN_RUN_NETWORK_H
#define URUN_RUN_NETWORK_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "netns/net_config.h"

struct launch;

struct network {
	pid_t leader;       /* of the helper's session; ends at once, and is not reaped before */
	int leader_pidfd;   /* -EBADF: reaped */
	int socket;         /* to the helper: the container goes there, its word comes */
	int pidfd;          /* of the helper, once it is ready */
	const char *config; /* of net_config_write() */
};

#define NETWORK_INIT                                                      \
	{                                                                 \
		.leader_pidfd = -EBADF, .socket = -EBADF, .pidfd = -EBADF \
	}

/* Before init opens the sources of its mounts: its resolv.conf. */
int network_prepare(struct launch *l, struct error *e);

/* Starts the helper, which gets as far as it can without a container. */
int network_start(struct launch *l, struct error *e);

/* Hands it init and its namespaces, once init is in them. */
int network_hand_over(struct launch *l, struct error *e);

/* Until it says that all is there: *e is what it says otherwise. */
int network_await(struct launch *l, struct error *e);

/* Ends it at once, ready or not. */
void network_kill(struct network *n);
void network_done(struct network *n);

/* init has ended, and the helper is about to: returns when its ports are free. */
void network_end(struct network *n);

/*
 * The same by what the state directory says; record may be NULL. A socket of the API that
 * lies elsewhere is removed if the helper could not.
 */
struct state_record;
void network_remove(struct arena *a, int dir, const struct state_record *record);

/* --- what is known of it --- */

/* Which libslirp the helper finds, into buf; NULL: none, or no helper. */
const char *network_library(char *buf, size_t len);

/* May the caller send ICMP echo (net.ipv4.ping_group_range)? */
bool network_may_ping(void);

struct network_view {
	struct net_config config;
	pid_t helper;    /* 0: it has ended */
	const char *api; /* path of its socket */
};

/* -ENOENT: it has none of ours. root: the state root. */
int network_look(struct arena *a, const char *root, int dir, const struct state_record *record,
		 struct network_view *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interfaces that go into a container's network namespace (C38). The kernel
 * takes an interface's addresses away when it is moved: they are read before,
 * and given back inside.
 */
#ifndef URUN_NETNS_NETDEV_H
#define URUN_NETNS_NETDEV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

struct netdev_address {
	uint8_t family, prefix;
	uint8_t local[16], peer[16], broadcast[16]; /* 4 bytes of them for AF_INET */
	uint8_t has_peer, has_broadcast;
};

struct netdev {
	int index;
	struct netdev_address *addresses; /* global and permanent ones */
	size_t n_addresses;
};

/* -ENODEV: no such interface in this namespace. */
int netdev_read(struct arena *a, const char *name, struct netdev *ret);

/*
 * Moves it into the network namespace of `pid`, there to be called `name`
 * (NULL: as here; "eth%d": the first that is free). *ret_index is its number there.
 */
int netdev_move(const struct netdev *d, const char *name, pid_t pid, int *ret_index);

/* In there: gives it its addresses and brings it up. Does not allocate. */
int netdev_set_up(int index, const struct netdev *d);

#endif

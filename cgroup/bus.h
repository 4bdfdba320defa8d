/* SPDX-License-Identifier: Apache-2.0 */
/* Where the caller's systemd listens (D04). */
#ifndef URUN_CGROUP_BUS_H
#define URUN_CGROUP_BUS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

struct bus_socket {
	int fd;           /* connected; the caller's */
	bool direct;      /* the manager's own socket: no bus in between */
	const char *path; /* for messages; in the arena */
	size_t next;      /* of the places to try: one that failed later is not tried again */
};

/*
 * Connects to the user's manager, or with `privileged` to the system's: never
 * to the system's for another. `uid` is the caller's as the host sees it. The
 * error says which sockets were tried, and what to type.
 */
int bus_connect(struct arena *a, bool privileged, uid_t uid, struct bus_socket *ret,
		struct error *e);

/*
 * The path of the first "unix:path=" in a D-Bus address list, unescaped, in the
 * arena; NULL where there is none. "unix:abstract=" comes back as "@NAME".
 */
const char *bus_address_path(struct arena *a, const char *address);

#endif

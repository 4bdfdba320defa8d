/* SPDX-License-Identifier: Apache-2.0 */
/* Where the caller's systemd listens (D04). */
#ifndef URUN_CGROUP_BUS_H
#define URUN_CGROUP_BUS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

/* What the caller's environment says of them; NULL where it says nothing. */
struct bus_environment {
	char *session, *system; /* DBUS_SESSION_BUS_ADDRESS, DBUS_SYSTEM_BUS_ADDRESS */
	char *runtime_dir;      /* XDG_RUNTIME_DIR */
};

struct bus_caller {
	const struct bus_environment *env;
	uid_t uid;       /* as the host sees it */
	bool privileged; /* root of the host: asks the system's manager */
};

struct bus_socket {
	int fd;           /* connected; the caller's */
	bool direct;      /* the manager's own socket: no bus in between */
	const char *path; /* for messages; in the arena */
	size_t next;      /* of the places to try: one that failed later is not tried again */
};

/*
 * Connects to the user's manager, or for real root to the system's: never to
 * that for another. The error says which sockets were tried, and what to type.
 */
int bus_connect(struct arena *a, const struct bus_caller *caller, struct bus_socket *ret,
		struct error *e);

/*
 * The path of the first "unix:path=" in a D-Bus address list, unescaped, in the
 * arena; NULL where there is none. "unix:abstract=" comes back as "@NAME".
 */
const char *bus_address_path(struct arena *a, const char *address);

#endif

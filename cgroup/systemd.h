/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The systemd that manages the caller's cgroups, asked over sd-bus. What has to
 * wait for an answer has a limit of 30 seconds.
 */
#ifndef URUN_CGROUP_SYSTEMD_H
#define URUN_CGROUP_SYSTEMD_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/bus.h"
#include "cgroup/request.h"

enum { SYSTEMD_TIMEOUT_MS = 30000 };

struct systemd; /* a connection */

/* Takes the socket over; nothing is sent yet. NULL is a lawful *s to close. */
int systemd_open(struct arena *a, struct bus_socket *sock, struct systemd **ret, struct error *e);
void systemd_close(struct systemd *s);

/*
 * Asks for a transient scope with `pid` in it and returns at once: the answer
 * comes while the child does its mounts. `req`, `s` and `cache`, a directory for what
 * is found out about this systemd (or -EBADF), stay the caller's.
 */
int systemd_ask_scope(struct systemd *s, const struct cgroup_request *req, pid_t pid, int cache,
		      struct error *e);

/*
 * Waits until that scope is there; a stale unit of its name is cleared once.
 * -ENXIO: this is another bus, on which there is no systemd.
 */
int systemd_await_scope(struct systemd *s, struct error *e);

/*
 * After init's end: a scope that was asked for is stopped. A process that ended
 * meanwhile was never in it, so no end of it would be noticed. NULL is lawful.
 */
void systemd_abandon(struct systemd *s);

/* Puts a process into a unit, or below it with `subgroup` ("/container"). */
int systemd_attach(struct systemd *s, const char *unit, const char *subgroup, pid_t pid,
		   struct error *e);

/* The manager's own cgroup, below which all is its user's; NULL with an error. */
const char *systemd_control_group(struct systemd *s, struct arena *a, struct error *e);

/*
 * Starts "PROGRAM __relay" as a service with `sock` as its stdin and nothing else
 * open. Returns when systemd has taken the job.
 */
int systemd_start_service(struct systemd *s, const char *unit, const char *program, int sock,
			  struct error *e);

/*
 * Changes properties of a unit that is there, until it goes (U07): all or none of them.
 * Those that only a new unit takes are left out.
 */
int systemd_set_properties(struct systemd *s, const char *unit, const struct unit_property *p,
			   size_t n, struct error *e);

/* Stops a unit in which nobody is, and waits until it has gone. */
int systemd_stop_empty(struct systemd *s, const char *unit, struct error *e);

/* Stops a unit, if it is still there. */
int systemd_stop(struct systemd *s, const char *unit, struct error *e);

#endif

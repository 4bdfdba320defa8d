/* SPDX-License-Identifier: Apache-2.0 */
/* What the process inherits: fds, signals, timers. Usable after clone. */
#ifndef URUN_PROCESS_STDIO_H
#define URUN_PROCESS_STDIO_H

#include "plan/plan.h"

/* Puts these on fds 0-2; what is negative stays as it is. */
int process_place_stdio(const int fds[3], struct error *e);

/*
 * Gives fds 0-2 to the container's user, so that it can open /dev/stdout; ttys
 * and the null device stay as they are (C24). Needs CAP_CHOWN.
 */
int process_chown_stdio(const struct process_plan *p, struct error *e);

/*
 * Replaces fds 0-2 that are the host's null device by the container's, if its
 * /dev/null below rootfd is one (C25).
 */
int process_reopen_null(int rootfd, struct error *e);

/*
 * Leaves fds 3 .. 2+preserve_fds and pass_fds to the process and closes all others
 * but those of `keep` (sorted upwards, n may be 0), which become close-on-exec: the
 * sync socket must live until execve. Before argv[0] is looked up, so that no
 * directory of the host can be reached through /proc/self/fd (L06).
 *
 * Engines count more fds than they pass (podman counts LISTEN_FDS twice), so
 * that fds of our own may lie among the preserved numbers. They cannot be taken
 * for the caller's: what came through his execve() is not close-on-exec, and
 * every one of ours is.
 */
int process_close_fds(const struct process_plan *p, const int *keep, size_t n, struct error *e);

/* Default dispositions, empty mask, no timers. */
int process_reset_signals(struct error *e);

#endif

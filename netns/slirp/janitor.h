/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who takes the API's socket away. This program cannot: when it ends it sees neither that
 * directory nor, where the container has taken it over, a reason to. So a process without
 * a part in anything else waits for its end.
 */
#ifndef URUN_NETNS_SLIRP_JANITOR_H
#define URUN_NETNS_SLIRP_JANITOR_H

#include "base/error.h"

/*
 * Forks it. When this process has ended, or the one behind the pidfd `init`, which this one
 * has a moment to notice before it is killed, `name` is removed from `dir`.
 */
int janitor_start(int dir, const char *name, int init, struct error *e);

#endif

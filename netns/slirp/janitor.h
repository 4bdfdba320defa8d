/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who takes the API's socket away. This program cannot: when it ends it sees neither that
 * directory nor, where the container has taken it over, a reason to. So a process without
 * a part in anything else waits for its end.
 */
#ifndef URUN_NETNS_SLIRP_JANITOR_H
#define URUN_NETNS_SLIRP_JANITOR_H

#include "base/error.h"

struct sockaddr_un;

/*
 * Forks it. It binds `sock` to `name`, in the directory `dir`: there is no moment in which the
 * socket is there and the janitor is not. When this process has ended, or the one behind the
 * pidfd `init`, which this one has a moment to notice before it is killed, the name is removed.
 * *ret_bound is 0, or the -errno of bind(2); then there is no janitor.
 */
int janitor_start(int dir, int sock, const struct sockaddr_un *name, int init, int *ret_bound,
		  struct error *e);

#endif

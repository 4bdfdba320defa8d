/* SPDX-License-Identifier: Apache-2.0 */
/* libslirp between the tap and the host's sockets; the one file that includes its header. */
#ifndef URUN_NETNS_SLIRP_LOOP_H
#define URUN_NETNS_SLIRP_LOOP_H

#include "base/error.h"
#include "netns/slirp/slirp_config.h"

struct loop;

/* All of it that allocates at the start. The descriptors stay the caller's. */
int loop_new(const struct slirp_config *c, int tap, int init, struct loop **ret, struct error *e);

/* Until the process behind `init` has ended (0), or it cannot go on. */
int loop_run(struct loop *l, struct error *e);

const char *loop_version(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left to a libslirp that the container has taken over: the sockets of a
 * user without privileges, the tap, and the directory of resolv.conf.
 */
#ifndef URUN_NETNS_SLIRP_SANDBOX_H
#define URUN_NETNS_SLIRP_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* In order; sandbox_mounts() needs all capabilities in our user namespace. */
int sandbox_mounts(bool dns, struct error *e); /* a root with resolv.conf's directory, or none */
int sandbox_process(struct error *e);          /* capabilities, no_new_privs */
int sandbox_seccomp(struct error *e);          /* the last: fewer system calls from here on */

/* Of the calling thread: all but `keep` (bit N is capability N), and no_new_privs. */
int sandbox_capabilities(uint64_t keep, struct error *e);

#endif

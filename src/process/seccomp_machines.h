/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One filter out of one per machine. libseccomp needs 27 ms for podman's
 * profile with its three machines at once, and 12 ms for three filters of one
 * machine each (2.5.4; what it does to order the tree is worse than linear).
 * Each of them is whole and jumps forwards only, so that they can stand one
 * behind the other, with a few instructions in front that choose.
 */
#ifndef URUN_PROCESS_SECCOMP_MACHINES_H
#define URUN_PROCESS_SECCOMP_MACHINES_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MACHINES_MAX = 32, MACHINES_INSNS_MAX = 4 * MACHINES_MAX + 4 };

struct machine_filter {
	uint32_t audit_arch; /* as struct seccomp_data shows it */
	bool is_x32;         /* x86_64's number space from 0x40000000 on */
	size_t len;          /* instructions of this machine's filter */
};

/*
 * Writes the chooser for n filters that follow it in this order; returns its
 * length. A machine that none is for ends in SECCOMP_RET_KILL_THREAD, as with
 * libseccomp.
 */
size_t machines_emit(const struct machine_filter *m, size_t n, struct sock_filter *insns);

#endif

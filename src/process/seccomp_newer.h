/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X06: programs of a new libc try a new system call first and fall back to an
 * older one on ENOSYS, but not on EPERM. A profile that is older than the call
 * would answer EPERM. So a few instructions in front of the compiled filter
 * answer ENOSYS for numbers above all that the profile knows, per machine, and
 * leave everything else to the filter behind them.
 */
#ifndef URUN_PROCESS_SECCOMP_NEWER_H
#define URUN_PROCESS_SECCOMP_NEWER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NEWER_RANGES_MAX = 32,
	NEWER_INSNS_MAX = 8 * NEWER_RANGES_MAX,
};

/* Numbers first..last of the machine with this AUDIT_ARCH_* answer ENOSYS. */
struct newer_range {
	uint32_t audit_arch, first, last;
};

/*
 * Writes the instructions for n (<= NEWER_RANGES_MAX) ranges, those of one
 * machine side by side, to insns[NEWER_INSNS_MAX]; returns their number. The
 * filter follows directly behind them.
 */
size_t newer_emit(const struct newer_range *ranges, size_t n, struct sock_filter *insns);

#endif

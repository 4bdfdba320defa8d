/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of the OCI spec (cgroup v1's) as cgroup v2 and systemd take them; rows
 * V01 to V14. Pure. An unlimited value is LIMIT_NONE here, as in systemd's
 * properties; "max" in the kernel's files.
 */
#ifndef URUN_CGROUP_CONVERT_H
#define URUN_CGROUP_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIMIT_NONE UINT64_MAX

enum {
	CPU_SHARES_DEFAULT = 1024,
	CPU_PERIOD_DEFAULT = 100000, /* microseconds */
	CPU_PERIOD_MIN = 1000,       /* the kernel's bounds */
	CPU_PERIOD_MAX = 1000000,
	BLKIO_WEIGHT_MIN = 10,
	BLKIO_WEIGHT_MAX = 1000,
	IO_WEIGHT_MAX = 10000,
	CPUSET_BITS_MAX = 8192, /* the kernel's largest NR_CPUS */
	LIMIT_TEXT_MAX = 24,    /* room for any u64, "max" and a NUL */
};

/* V06. cpu.weight for cpu.shares: 2 -> 1, 1024 -> 100, 262144 -> 10000; 0 (unset) -> 0. */
uint64_t convert_shares(uint64_t shares);

/*
 * V02. memory.swap.max for the spec's sum of memory and swap. `limit` is memory.limit, 0
 * where there is none. -EDOM: a swap without a limit; -ERANGE: less than the limit.
 */
int convert_swap(int64_t limit, int64_t swap, uint64_t *ret);

/*
 * D06. CPUQuotaPerSecUSec: rounded up to a whole percent, for systemd keeps no more of it
 * over a reload. A quota <= 0 is LIMIT_NONE; a period of 0 is the default.
 */
uint64_t convert_quota_per_sec(int64_t quota, uint64_t period);

/* V13. blkio weight 10..1000 -> io.weight 1..10000, and back. 0 (unset) -> 0. */
uint64_t convert_blkio_weight(uint64_t weight);
uint64_t convert_io_weight(uint64_t weight);

/*
 * D06. The IOWeight from which systemd makes this io.bfq.weight: it keeps 1..100 and maps
 * 100..10000 onto 100..1000.
 */
uint64_t convert_bfq_to_unit_weight(uint64_t weight);

/*
 * V11. A list of CPUs or memory nodes ("0-3,8", "0-31:2/4") as a little-endian bit mask of
 * `size` bytes, zeroed here; returns how many bytes are used. -EINVAL; -ERANGE; -ENOTSUP for
 * "all" and "N", whose meaning only the kernel knows.
 */
int convert_cpuset(const char *list, uint8_t *mask, size_t size);

/*
 * U02. A size for people: "512M", "1g", "1.5" is none; "max" and "-1" are -1. Units are
 * powers of 1024, with or without a B behind. -EINVAL, -ERANGE.
 */
int convert_size(const char *text, int64_t *ret);

/* "max" or the number. */
const char *convert_text(uint64_t value, char buf[LIMIT_TEXT_MAX]);

#endif

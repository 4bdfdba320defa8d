/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources of the OCI runtime spec, as the schema decodes it and the
 * cgroup library takes it. Numbers are the spec's (bytes, microseconds, ...);
 * conversion to cgroup v2 is cgroup/convert.c's.
 */
#ifndef URUN_CGROUP_LIMITS_H
#define URUN_CGROUP_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limit_device { /* linux.resources.devices[] */
	bool allow;
	const char *type; /* "a", "c", "b"; NULL = "a" */
	int64_t major, minor;
	bool has_major, has_minor;
	const char *access; /* of "rwm"; NULL = all */
};

struct limit_memory {
	int64_t limit, reservation, swap, kernel, kernel_tcp;
	bool has_limit, has_reservation, has_swap, has_kernel, has_kernel_tcp;
	uint64_t swappiness;
	bool has_swappiness;
	bool disable_oom_killer, has_disable_oom_killer;
	bool use_hierarchy, has_use_hierarchy;
	bool check_before_update;
};

struct limit_cpu {
	uint64_t shares, period, burst, realtime_period;
	int64_t quota, realtime_runtime, idle;
	bool has_shares, has_period, has_burst, has_realtime_period;
	bool has_quota, has_realtime_runtime, has_idle;
	const char *cpus, *mems;
};

struct limit_pids {
	int64_t limit;
	bool has_limit;
};

struct limit_io_weight {
	int64_t major, minor;
	uint16_t weight, leaf_weight;
	bool has_weight, has_leaf_weight;
};

struct limit_io_throttle {
	int64_t major, minor;
	uint64_t rate;
};

struct limit_io { /* blockIO */
	uint16_t weight, leaf_weight;
	bool has_weight, has_leaf_weight;
	struct limit_io_weight *weight_device;
	size_t n_weight_device;
	struct limit_io_throttle *read_bps, *write_bps, *read_iops, *write_iops;
	size_t n_read_bps, n_write_bps, n_read_iops, n_write_iops;
};

struct limit_hugepage {
	const char *page_size; /* "2MB" */
	uint64_t limit;
};

struct limit_net_priority {
	const char *name;
	uint32_t priority;
};

struct limit_network {
	uint32_t class_id;
	bool has_class_id;
	struct limit_net_priority *priorities;
	size_t n_priorities;
};

struct limit_rdma {
	const char *device; /* the key */
	uint32_t hca_handles, hca_objects;
	bool has_hca_handles, has_hca_objects;
};

struct limit_unified {
	const char *key, *value;
};

struct limits {
	struct limit_device *devices;
	size_t n_devices;
	struct limit_memory memory;
	struct limit_cpu cpu;
	struct limit_pids pids;
	struct limit_io io;
	struct limit_hugepage *hugepages;
	size_t n_hugepages;
	struct limit_network network;
	struct limit_rdma *rdma;
	size_t n_rdma;
	struct limit_unified *unified;
	size_t n_unified;
};

/*
 * The first limit that asks for something, as a key below .linux.resources, or NULL: what
 * has to be refused where there is no cgroup to put it on (D02, D11). 0 where it means
 * unset, -1, and cpu.shares 1024 (the default) ask for nothing.
 */
const char *limits_first_asked(const struct limits *l);

/* Is there a rule that denies a device? cgroup_filters_devices() says who enforces it (V22). */
bool limits_deny_device(const struct limits *l);

/* Have both the same device rules, in the same words? */
bool limits_same_devices(const struct limits *x, const struct limits *y);

#endif

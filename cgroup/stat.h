/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cgroup has used (V26), from the files of its directory. A part whose
 * controller, or whose file, is not there is absent: nothing is made up for it.
 */
#ifndef URUN_CGROUP_STAT_H
#define URUN_CGROUP_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum {
	CGROUP_STAT_MAX = 1 << 20, /* of a file that is read */
	CGROUP_STAT_HUGETLB_MAX = 16,
};

/* "KEY VALUE" or "KEY=VALUE"; "max" is LIMIT_NONE (convert.h). */
struct cgroup_key {
	const char *name;
	uint64_t value;
};

struct cgroup_keys {
	const struct cgroup_key *v;
	size_t n;
};

/* "NAME KEY=VALUE...": of one device. */
struct cgroup_nested {
	const char *name;
	struct cgroup_keys keys;
};

/* Percent in hundredths, the total in microseconds. */
struct cgroup_pressure_line {
	uint64_t avg10, avg60, avg300, total;
};

struct cgroup_pressure {
	bool has, has_full;
	struct cgroup_pressure_line some, full;
};

struct cgroup_number {
	bool has;
	uint64_t value; /* LIMIT_NONE: "max" */
};

struct cgroup_cpu_stats {
	struct cgroup_number usage, user, system;        /* microseconds */
	struct cgroup_number periods, throttled_periods; /* the controller's */
	struct cgroup_number throttled;                  /* microseconds */
	struct cgroup_pressure pressure;
};

struct cgroup_memory_stats {
	struct cgroup_number current, max, peak;
	struct cgroup_number swap_current, swap_max;
	struct cgroup_keys stat, events, swap_events;
	struct cgroup_pressure pressure;
};

struct cgroup_hugetlb_stats {
	const char *size; /* "2MB" */
	struct cgroup_number current, max;
	uint64_t failures; /* "max" of its events */
};

struct cgroup_stats {
	struct cgroup_cpu_stats cpu;
	const char *cpus, *mems; /* cpuset: the effective ones, "0-3,8"; NULL: absent */
	struct cgroup_memory_stats memory;
	struct cgroup_number pids_current, pids_max;
	const struct cgroup_nested *io; /* io.stat, a device a row; NULL: absent */
	size_t n_io;
	struct cgroup_pressure io_pressure;
	struct cgroup_hugetlb_stats hugetlb[CGROUP_STAT_HUGETLB_MAX];
	size_t n_hugetlb;
	const struct cgroup_nested *rdma; /* rdma.current */
	size_t n_rdma;
	struct cgroup_keys misc, misc_max; /* misc.current and misc.max */
};

/*
 * Reads all that `dir` has; texts are in the arena. -ENODEV: the cgroup has
 * been removed; -ENOMEM.
 */
int cgroup_stats_read(struct arena *a, int dir, struct cgroup_stats *ret);

/* The value of a key; absent without it. */
struct cgroup_number cgroup_key_find(const struct cgroup_keys *keys, const char *name);

/* --- the files' grammars; pure; a line of another form is left out; -ENOMEM --- */

int cgroup_parse_flat(struct arena *a, const char *text, struct cgroup_keys *ret);
int cgroup_parse_nested(struct arena *a, const char *text, const struct cgroup_nested **ret,
			size_t *ret_n);
void cgroup_parse_pressure(const char *text, struct cgroup_pressure *ret);

#endif

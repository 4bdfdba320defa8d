/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources as what is written to the files of a cgroup v2, in order (V01 to V21). Pure:
 * what the cgroup has now comes in as a struct. properties.h makes the same limits from the
 * same plan for systemd, so that both agree.
 */
#ifndef URUN_CGROUP_FILES_H
#define URUN_CGROUP_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroup/limits.h"

struct arena;
struct error;

/* One write. */
struct cgroup_file {
	const char *name;       /* "memory.max" */
	const char *value;      /* "67108864" */
	const char *key;        /* of the user: "memory.limit", "unified[\"x\"]" */
	const char *controller; /* "memory"; NULL: a file that every cgroup has */
	/* Written where `name` is missing (io.bfq.weight -> io.weight). */
	const char *other_name, *other_value;
	bool is_default; /* asks for nothing: may be ignored where there is no cgroup */
	bool optional;   /* `name` may be missing where its controller is there: warned of */
};

/* What the cgroup has, for an update that gives a part of what belongs together (U06). */
struct cgroup_present {
	int64_t memory_max; /* -1 = unlimited; 0 = not known */
	int64_t quota;      /* -1 = unlimited; 0 = not known */
	uint64_t period;    /* 0 = not known */
	uint64_t burst;
	bool has_burst; /* known */
};

struct cgroup_plan {
	struct cgroup_file *files;
	size_t n;
	const char **warnings; /* no-ops that v2 cannot express; for the log */
	size_t n_warnings;
};

/*
 * `now` may be NULL: a fresh cgroup. Errors name the key below .linux.resources. All memory
 * is of `a`; texts of `l` (unified, cpus) are referred to.
 */
int cgroup_plan_files(struct arena *a, const struct limits *l, const struct cgroup_present *now,
		      struct cgroup_plan *ret, struct error *e);

#endif

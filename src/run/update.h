/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs update and limits: changing what a container may use, and saying what it may. */
#ifndef URUN_RUN_UPDATE_H
#define URUN_RUN_UPDATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "oci/kept.h"
#include "state/store.h"

struct update_request {
	const char *root, *id;
	const struct bus_environment *bus;
	const char *file;       /* a LinuxResources object; "-": stdin; NULL: none */
	const char *json;       /* the object itself; NULL: none */
	const char *const *set; /* "KEY=VALUE" (limit_words.h), laid over it; NULL: none */
	const char *l3_cache_schema, *mem_bw_schema; /* NULL: as they are */
};

/* All of it or, where something fails, nothing. */
int run_update(const struct update_request *req, struct error *e);

/* What was asked for a container: its config, and updates since. */
int kept_limits(struct arena *a, const struct container *c, const char *id,
		struct oci_kept_limits **ret, struct error *e);

/* --- limits.c --- */

struct limits_entry {
	const char *key;     /* below linux.resources, or the file where nothing was asked */
	const char *asked;   /* what is in the file where the config is obeyed; NULL: nothing */
	const char *applied; /* the file's text; NULL: there is none */
	const char *inherited, *inherited_from; /* the least above, and whose; NULL: none */
	const char *reason;                     /* why it is not as asked; NULL: it is */
};

struct limits_fact { /* "memory.peak", "cpu.pressure" */
	const char *file, *text;
};

struct limits_report {
	const char *cgroup; /* its path; NULL: none of its own */
	struct limits_entry *v;
	size_t n;
	struct limits_fact facts[4];
	size_t n_facts;
};

int run_limits(struct arena *a, const char *root, const char *id, struct limits_report *ret,
	       struct error *e);

#endif

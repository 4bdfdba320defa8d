/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits of a container after updates: ROOT/ID/limits.json, beside its config. What is
 * in it are all limits, those of the config, too: the last update is no diff to anything.
 */
#ifndef URUN_OCI_KEPT_H
#define URUN_OCI_KEPT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cgroup/limits.h"

struct oci_kept_limits {
	struct limits resources;
	const char *l3_cache_schema, *mem_bw_schema; /* of linux.intelRdt; NULL: the config's */
};

int oci_kept_load(struct arena *a, const char *name, const char *json, size_t len,
		  struct oci_kept_limits **ret, struct error *e);
int oci_kept_write(const struct oci_kept_limits *k, struct strbuf *out);

/*
 * Lays what `u` gives over `l`: members that it has, elements of a list by their device,
 * page size or key. Device rules are one list, of which the new one is all. Where one limit
 * takes another along (an unlimited memory its swap, idle the shares), so does it here.
 */
int oci_limits_merge(struct arena *a, struct limits *l, const struct limits *u);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup that a container is to have: decided by the planner, without a
 * look at the host. cgroup/cgroup.h makes it.
 */
#ifndef URUN_CGROUP_REQUEST_H
#define URUN_CGROUP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/device_bpf.h"
#include "cgroup/files.h"
#include "cgroup/limits.h"
#include "cgroup/properties.h"

enum cgroup_manager {
	CGROUP_AUTO,     /* the best that the host gives */
	CGROUP_SYSTEMD,  /* a scope of the caller's systemd, over its bus */
	CGROUP_CGROUPFS, /* a directory below a cgroup that the caller may write */
	CGROUP_DISABLED, /* none: the caller's own */
};

const char *cgroup_manager_name(enum cgroup_manager m);

/* The annotations for `inner` and `v1`. */
#define CGROUP_INNER_KEY "run.oci.delegate-cgroup"
#define CGROUP_V1_KEY "run.oci.systemd.force_cgroup_v1"

struct cgroup_request {
	enum cgroup_manager manager;
	bool privileged;      /* root of the host: the system's manager */
	bool strict;          /* --rootless=false: no cgroup is an error even without a limit */
	bool delegate;        /* to the container: own namespace and writable mount (M20) */
	const char *id;       /* the container's */
	const char *path;     /* of the config, below the hierarchy; NULL: chosen by us */
	const char *slice;    /* systemd's; NULL: the manager's default */
	const char *unit;     /* "urun-ID.scope"; never NULL */
	const char *subgroup; /* below the scope, "container"; NULL: none (A09) */
	const char *inner;    /* below that, for the container to manage; NULL: none (A10) */
	const char *v1;       /* where the container wants a cgroup v1 mounted; NULL (A08) */
	const char *wanted;   /* JSON path of the first thing that needs a cgroup; NULL: none */
	const char *lack;     /* in words, where there is none: "no cgroup to put this limit on" */
	const struct limits *limits;
	struct cgroup_plan plan;             /* of these limits */
	struct device_program device_filter; /* of their device rules; privileged only (V22) */
	struct unit_property *properties;    /* of annotations (A15) */
	size_t n_properties;
};

/* What the state directory notes of a cgroup: enough to find and to end it. */
struct cgroup_note {
	enum cgroup_manager manager;
	const char *unit;     /* systemd's, or NULL */
	const char *subgroup; /* or NULL */
	const char *inner;    /* below that, or NULL: the processes' (A10) */
	const char *path;
	const char *v1; /* directory of a v1 hierarchy, in the caller's view; or NULL (A08) */
};

/*
 * Slice and unit of a linux.cgroupsPath in any form that engines use (D03):
 * "slice:prefix:name", a path, or NULL. Pure.
 */
int cgroup_name_unit(struct arena *a, const char *cgroups_path, struct cgroup_request *ret,
		     struct error *e);

#endif

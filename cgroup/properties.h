/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits as properties of a systemd unit (D06), made from the planned files: where a file
 * has a property, systemd writes that file the same value, now and after a daemon-reload.
 * Device* is not among them: a user manager cannot, and root has a filter (V22).
 */
#ifndef URUN_CGROUP_PROPERTIES_H
#define URUN_CGROUP_PROPERTIES_H

#include <stdbool.h>
#include <stddef.h>

#include "cgroup/files.h"
#include "cgroup/gvariant.h"

struct unit_property {
	const char *name;             /* "MemoryMax" */
	const struct gvariant *value; /* its signature: value->sig */
	const char *key;  /* of the user, below .linux.resources; or the annotation's name */
	bool create_only; /* StartTransientUnit takes it, SetUnitProperties does not */
};

/*
 * `bfq`: the host has io.bfq.weight, so IOWeight is what makes systemd write the right
 * one there; else it is io.weight itself. What has no property (burst, hugetlb, rdma, a
 * unified value that is only the kernel's) is left to the files.
 */
int cgroup_plan_properties(struct arena *a, const struct cgroup_plan *plan, bool bfq,
			   struct unit_property **ret, size_t *ret_n);

/*
 * A15: the annotation org.systemd.property.NAME with its text. ...Sec is given to systemd
 * as ...USec. NAME must be one of those that a scope may have from a config (security.md
 * H3). Errors do not name the annotation.
 */
int cgroup_annotation_property(struct arena *a, const char *name, const char *text,
			       struct unit_property *ret, struct error *e);

#endif

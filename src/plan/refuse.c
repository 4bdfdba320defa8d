/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that a later issue implements and whose absence would change the
 * container: refused by name, never dropped. Limits that change nothing
 * (containerd's cpu.shares 1024, podman's bare device deny) are no limits
 * (cgroup/asked.c).
 */
#include <errno.h>

#include "cgroup/limits.h"
#include "plan/plan.h"

static int refuse_limits(const struct oci_config *c, struct error *e)
{
	const char *key = c->linux->resources ? limits_first_asked(c->linux->resources) : NULL;

	if (!key)
		return 0;
	error_kind(
		e, KIND_CONFIG_UNSUPPORTED, ENOTSUP,
		"not supported yet: .linux.resources.%s: urun has no cgroup to put this limit on",
		key);
	return error_hint(e, "remove the limit from the config");
}

int plan_refuse_unsupported(const struct oci_config *c, struct error *e)
{
	const char *key = NULL;

	if (oci_annotation(c, "run.oci.handler"))
		key = ".annotations[\"run.oci.handler\"]";
	else if (oci_annotation(c, "run.oci.systemd.force_cgroup_v1"))
		key = ".annotations[\"run.oci.systemd.force_cgroup_v1\"]";
	else if (oci_annotation(c, "run.oci.delegate-cgroup"))
		key = ".annotations[\"run.oci.delegate-cgroup\"]";
	if (key)
		return error_kind(e, KIND_CONFIG_UNSUPPORTED, ENOTSUP, "not supported yet: %s",
				  key);
	return refuse_limits(c, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which namespaces are made, joined or shared, and with which id maps.
 * I01: a caller without privilege gets a user namespace, asked for or not.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/syscalls.h"
#include "plan/plan.h"

static const uint64_t clone_flag[OCI_NS_COUNT] = {
	[OCI_NS_USER] = CLONE_NEWUSER,     [OCI_NS_MOUNT] = CLONE_NEWNS,
	[OCI_NS_PID] = CLONE_NEWPID,       [OCI_NS_NETWORK] = CLONE_NEWNET,
	[OCI_NS_IPC] = CLONE_NEWIPC,       [OCI_NS_UTS] = CLONE_NEWUTS,
	[OCI_NS_CGROUP] = CLONE_NEWCGROUP, [OCI_NS_TIME] = 0, /* unshared later */
};

static int check_mount_namespace(const struct namespace_plan *ns, struct error *e)
{
	if (ns->join[OCI_NS_MOUNT])
		return error_msg(e, ENOTSUP,
				 ".linux.namespaces: joining a mount namespace by path is not "
				 "supported: the container's own mounts would change it");
	if (ns->host[OCI_NS_MOUNT])
		return error_msg(e, EINVAL,
				 ".linux.namespaces: a 'mount' namespace is required: without one "
				 "the container's mounts would be the caller's");
	return 0;
}

static int plan_maps(const struct oci_config *c, const struct plan_host *host,
		     struct namespace_plan *ns, struct error *e)
{
	const struct oci_linux *l = c->linux;

	if (!(ns->clone_flags & CLONE_NEWUSER)) {
		/* A joined one has its maps; engines send some along, podman a dummy. */
		if (!ns->join[OCI_NS_USER] && (l->uid_mappings.n || l->gid_mappings.n))
			return error_msg(
				e, EINVAL,
				".linux.uidMappings: given, but no new 'user' namespace is "
				"in .linux.namespaces");
		return 0;
	}
	if (l->uid_mappings.n) {
		ns->uid_map = l->uid_mappings;
		ns->gid_map = l->gid_mappings;
		/* A lone id written without a helper: the kernel demands "deny". */
		ns->deny_setgroups = !host->keep_setgroups && idmap_is_single(&ns->gid_map) &&
				     ns->gid_map.m[0].host_id == host->egid;
		return 0;
	}
	ns->uid_map = host->uid_map;
	ns->gid_map = host->gid_map;
	ns->default_maps = true;
	ns->deny_setgroups = host->maps_single && !host->keep_setgroups;
	return 0;
}

static int plan_time(const struct oci_config *c, struct namespace_plan *ns, struct error *e)
{
	if (!c->linux->time_offsets)
		return 0;
	if (!ns->new_time)
		return error_msg(e, EINVAL,
				 ".linux.timeOffsets: needs a new 'time' namespace in "
				 ".linux.namespaces");
	ns->time_offsets = *c->linux->time_offsets;
	return 0;
}

int plan_namespaces(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		    struct launch_plan *ret, struct error *e)
{
	struct namespace_plan *ns = &ret->ns;
	bool has_user = false;
	int r;

	(void)a;
	ns->caller_initial = host->initial_userns;
	for (size_t i = 0; i < OCI_NS_COUNT; i++)
		ns->host[i] = true;
	for (size_t i = 0; i < c->linux->n_namespaces; i++) {
		const struct oci_namespace *n = &c->linux->namespaces[i];

		ns->host[n->type] = false;
		if (n->type == OCI_NS_USER)
			has_user = true;
		if (n->path)
			ns->join[n->type] = n->path;
		else if (n->type == OCI_NS_TIME)
			ns->new_time = true;
		else
			ns->clone_flags |= clone_flag[n->type];
	}
	if (!has_user && !host->has_sys_admin) {
		ns->host[OCI_NS_USER] = false;
		ns->clone_flags |= CLONE_NEWUSER;
	}
	ns->new_cgroup = (ns->clone_flags & CLONE_NEWCGROUP) != 0;
	ns->loopback = (ns->clone_flags & CLONE_NEWNET) != 0;
	r = check_mount_namespace(ns, e);
	if (r == 0)
		r = plan_maps(c, host, ns, e);
	if (r == 0)
		r = plan_time(c, ns, e);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The root, propagation, masks and sysctls; mounts and devices have own files. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "plan/rootfs_parts.h"
#include "plan/sysctl.h"

char *plan_host_path(struct arena *a, const struct launch_plan *plan, const char *path)
{
	if (path[0] == '/')
		return arena_strdup(a, path);
	return arena_printf(a, "%s/%s", plan->bundle, path);
}

static int plan_propagation(const struct oci_config *c, struct rootfs_plan *r, struct error *e)
{
	static const struct {
		const char *name;
		unsigned long flags;
	} names[] = {
		{ "private", MS_PRIVATE },       { "rprivate", MS_PRIVATE | MS_REC },
		{ "shared", MS_SHARED },         { "rshared", MS_SHARED | MS_REC },
		{ "slave", MS_SLAVE },           { "rslave", MS_SLAVE | MS_REC },
		{ "unbindable", MS_UNBINDABLE }, { "runbindable", MS_UNBINDABLE | MS_REC },
	};
	const char *name = c->linux->rootfs_propagation;

	if (!name || !*name)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i].name, name) == 0) {
			r->propagation = names[i].flags;
			return 0;
		}
	return error_msg(e, EINVAL, ".linux.rootfsPropagation: unknown value '%s'", name);
}

static int clean_paths(struct arena *a, const struct oci_strings *in, char ***ret, struct error *e)
{
	char **out = arena_calloc(a, in->n + 1, sizeof(*out));
	char clean[PATH_MAX];

	if (!out)
		return error_set(e, ENOMEM, "plan the masks");
	for (size_t i = 0; i < in->n; i++) {
		if (path_clean(in->v[i], clean, sizeof(clean)) < 0)
			return error_msg(e, ENAMETOOLONG, "path '%.64s...' is too long", in->v[i]);
		out[i] = arena_strdup(a, clean);
		if (!out[i])
			return error_set(e, ENOMEM, "plan the masks");
	}
	*ret = out;
	return 0;
}

/*
 * The file belongs to the host's root, setdomainname(2) asks for CAP_SYS_ADMIN
 * over the namespace: it works for users, too.
 */
static int domainname_by_sysctl(struct launch_plan *ret, const char *value, struct error *e)
{
	if (ret->domainname && strcmp(ret->domainname, value) != 0)
		return error_msg(
			e, EINVAL,
			".linux.sysctl: 'kernel.domainname' is '%s', but .domainname is '%s'",
			value, ret->domainname);
	ret->domainname = value;
	return 0;
}

static int plan_sysctls(struct arena *a, const struct oci_config *c, struct launch_plan *ret,
			struct error *e)
{
	struct rootfs_plan *r = &ret->rootfs;
	const struct sysctl_namespaces ns = {
		/* A joined one is the pod's, which podman lets each member set. */
		.ipc = !ret->ns.host[OCI_NS_IPC],
		.network = !ret->ns.host[OCI_NS_NETWORK],
		.uts = !ret->ns.host[OCI_NS_UTS],
		.user = ret->ns.clone_flags & CLONE_NEWUSER,
	};
	size_t n = c->linux->sysctl.n;

	r->sysctls = arena_calloc(a, n ? n : 1, sizeof(*r->sysctls));
	if (!r->sysctls)
		return error_set(e, ENOMEM, "plan the sysctls");
	for (size_t i = 0; i < n; i++) {
		const struct oci_key_value *kv = &c->linux->sysctl.v[i];
		char *path;
		int s = sysctl_check(kv->key, &ns, e);

		if (s == 0)
			s = sysctl_check_value(kv->key, kv->value, e);
		if (s < 0)
			return s;
		path = sysctl_path(a, kv->key);
		if (!path)
			return error_set(e, ENOMEM, "plan the sysctls");
		if (strcmp(path, "kernel/domainname") == 0) {
			s = domainname_by_sysctl(ret, kv->value, e);
			if (s < 0)
				return s;
			continue;
		}
		r->sysctls[r->n_sysctls++] = (struct oci_key_value){ path, kv->value };
	}
	return 0;
}

static int plan_mounts(struct arena *a, const struct oci_config *c, struct launch_plan *ret,
		       struct error *e)
{
	struct rootfs_plan *r = &ret->rootfs;

	r->want_devices = true;
	r->mounts = arena_calloc(a, c->n_mounts ? c->n_mounts : 1, sizeof(*r->mounts));
	if (!r->mounts)
		return error_set(e, ENOMEM, "plan the mounts");
	for (size_t i = 0; i < c->n_mounts; i++) {
		struct mount_plan *m = &r->mounts[i];
		int s;

		m->index = i;
		s = plan_one_mount(a, ret, &c->mounts[i], m, e);
		if (s < 0)
			return s;
		if (strcmp(m->destination, "/dev") == 0 && m->kind == MOUNT_BIND) {
			/* The host's own tree: its nodes are there, and not ours to change. */
			r->has_dev_mount = true;
			r->want_devices = false;
		}
		if (strcmp(m->destination, "/dev") == 0 && m->kind == MOUNT_FS &&
		    (m->read_only_late || (m->flags.set & MOUNT_ATTR_RDONLY))) {
			m->flags.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
			m->read_only_late = false;
			r->dev_readonly = true;
		}
		if (strcmp(m->destination, "/dev/pts") == 0)
			r->want_devpts_links = true;
	}
	r->n_mounts = c->n_mounts;
	return 0;
}

int plan_rootfs(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		struct launch_plan *ret, struct error *e)
{
	struct rootfs_plan *r = &ret->rootfs;
	char clean[PATH_MAX];
	int s;

	if (!*c->root->path)
		return error_msg(e, EINVAL, ".root.path: empty");
	r->path = plan_host_path(a, ret, c->root->path);
	if (!r->path)
		return error_set(e, ENOMEM, "plan the root");
	r->readonly = c->root->readonly;
	/*
	 * The host's own tree (spec --host-rootfs): it comes with every mount of the
	 * host, and nobody who says read-only means /home to be left out.
	 */
	r->readonly_tree = r->readonly && path_clean(r->path, clean, sizeof(clean)) == 0 &&
			   strcmp(clean, "/") == 0;
	s = plan_propagation(c, r, e);
	if (s == 0)
		s = plan_mounts(a, c, ret, e);
	if (s == 0)
		s = plan_devices(a, c, host, ret, e);
	if (s == 0)
		s = clean_paths(a, &c->linux->masked_paths, &r->masked_paths, e);
	if (s == 0)
		s = clean_paths(a, &c->linux->readonly_paths, &r->readonly_paths, e);
	if (s == 0)
		s = plan_sysctls(a, c, ret, e);
	return s;
}

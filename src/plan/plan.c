/* SPDX-License-Identifier: Apache-2.0 */
/* plan_create(): the parts in order, and what stands between them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "plan/capabilities.h"
#include "plan/plan.h"

static const struct oci_hooks no_hooks;

static bool has_env(const struct process_plan *p, const char *name)
{
	size_t len = strlen(name);

	for (char **v = p->env; v && *v; v++)
		if (strncmp(*v, name, len) == 0 && (*v)[len] == '=')
			return true;
	return false;
}

/*
 * C08: sockets of socket activation. The process is pid 1 of its namespace, or
 * of the caller's: 1 is what conmon's and systemd's users expect.
 */
int plan_listen_env(struct arena *a, unsigned int fds, const char *names, struct process_plan *p,
		    struct error *e)
{
	size_t n = 0;
	char **env;

	if (fds == 0 || !p->argv)
		return 0;
	while (p->env[n])
		n++;
	env = arena_calloc(a, n + 4, sizeof(*env));
	if (!env)
		return error_set(e, ENOMEM, "plan the environment");
	memcpy(env, p->env, n * sizeof(*env));
	if (!has_env(p, "LISTEN_FDS"))
		env[n++] = arena_printf(a, "LISTEN_FDS=%u", fds);
	if (!has_env(p, "LISTEN_PID"))
		env[n++] = arena_strdup(a, "LISTEN_PID=1");
	if (names && !has_env(p, "LISTEN_FDNAMES"))
		env[n++] = arena_printf(a, "LISTEN_FDNAMES=%s", names);
	p->env = env;
	return 0;
}

static int compare_ints(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int plan_pass_fds(struct arena *a, const int *fds, size_t n, struct process_plan *p,
		  struct error *e)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	p->pass_fds = arena_calloc(a, n, sizeof(*p->pass_fds));
	if (!p->pass_fds)
		return error_set(e, ENOMEM, "plan the fds to pass");
	memcpy(p->pass_fds, fds, n * sizeof(*fds));
	qsort(p->pass_fds, n, sizeof(*p->pass_fds), compare_ints);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || p->pass_fds[kept - 1] != p->pass_fds[i])
			p->pass_fds[kept++] = p->pass_fds[i];
	p->n_pass_fds = kept;
	return 0;
}

static int plan_hostname(const struct oci_config *c, struct launch_plan *ret, struct error *e)
{
	bool own = !ret->ns.host[OCI_NS_UTS] && !ret->ns.join[OCI_NS_UTS];

	if (c->hostname && *c->hostname && ret->ns.host[OCI_NS_UTS])
		return error_msg(e, EINVAL,
				 ".hostname: needs a 'uts' namespace: it would rename the host");
	if (c->domainname && *c->domainname && ret->ns.host[OCI_NS_UTS])
		return error_msg(e, EINVAL,
				 ".domainname: needs a 'uts' namespace: it would rename the host");
	/* A pod's namespace has its name already; podman sends it to each member. */
	ret->hostname = own && c->hostname && *c->hostname ? c->hostname : NULL;
	ret->domainname = own && c->domainname && *c->domainname ? c->domainname : NULL;
	return 0;
}

static int plan_hooks(const struct oci_config *c, struct launch_plan *ret, struct error *e)
{
	ret->hooks_userns = oci_annotation_is_on(c, OCI_HOOKS_USERNS);
	if (ret->hooks_userns && ret->ns.host[OCI_NS_USER])
		return error_msg(e, EINVAL,
				 ".annotations[\"%s\"]: the container has no user namespace of its "
				 "own (add one to .linux.namespaces)",
				 OCI_HOOKS_USERNS);
	return 0;
}

static int plan_the_process(struct arena *a, const struct oci_config *c,
			    const struct plan_host *host, const struct plan_options *opt,
			    struct launch_plan *ret, struct error *e)
{
	struct process_plan *p = &ret->process;
	struct plan_host effective = *host;
	int r;

	if (!c->process)
		return 0;
	effective.uid_map = ret->ns.uid_map;
	effective.gid_map = ret->ns.gid_map;
	if (opt->strict) {
		r = capability_check_names(c->process->capabilities, host->last_cap, e);
		if (r < 0)
			return r;
	}
	p->keep_groups = opt->keep_groups ||
			 oci_annotation_is_on(c, "run.oci.keep_original_groups") ||
			 oci_annotation_is_on(c, "io.crun.keep_original_groups");
	p->deny_groups = ret->ns.deny_setgroups;
	p->strict_rlimits = opt->strict_rlimits;
	r = plan_process(a, c->process, &effective, p, e);
	if (r < 0)
		return r;
	p->preserve_fds = opt->preserve_fds;
	r = plan_pass_fds(a, opt->pass_fds, opt->n_pass_fds, p, e);
	if (r < 0)
		return r;
	if (!opt->no_new_keyring)
		p->keyring = opt->id;
	if (c->linux->personality) {
		r = plan_personality(c->linux->personality, p, e);
		if (r < 0)
			return r;
	}
	if (c->linux->memory_policy) {
		r = plan_memory_policy(a, c->linux->memory_policy, p, e);
		if (r < 0)
			return r;
	}
	return plan_listen_env(a, opt->listen_fds, opt->listen_fdnames, p, e);
}

int plan_create(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		const struct plan_options *opt, struct launch_plan *ret, struct error *e)
{
	int r;

	*ret = (struct launch_plan){
		.id = opt->id,
		.bundle = opt->bundle,
		.config = c,
		.hooks = c->hooks ? c->hooks : &no_hooks,
	};
	if (!c->root)
		return error_msg(e, EINVAL, ".root: required key missing");
	r = plan_refuse_unsupported(c, e);
	if (r == 0)
		r = plan_namespaces(a, c, host, ret, e);
	if (r == 0)
		r = plan_network(a, c, opt, ret, e);
	if (r == 0)
		r = plan_hostname(c, ret, e);
	if (r == 0)
		r = plan_hooks(c, ret, e);
	if (r == 0)
		r = plan_net_devices(c, ret, e);
	if (r == 0)
		r = plan_the_process(a, c, host, opt, ret, e);
	if (r == 0)
		r = plan_seccomp(a, c, host, ret, e);
	if (r == 0) {
		ret->rootfs.no_pivot = opt->no_pivot;
		r = plan_rootfs(a, c, host, ret, e);
	}
	if (r == 0)
		r = plan_intel_rdt(a, c, opt->id, &ret->rdt, e);
	if (r == 0)
		r = plan_cgroup(a, c, host, opt, ret, e);
	if (r == 0)
		r = plan_mount_label(a, c, host, ret, e);
	if (r == 0)
		r = plan_notify(a, opt, ret, e);
	if (r == 0)
		r = plan_resolv_conf(a, opt, ret, e);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_SOCKET (S02). The container never sees the caller's socket: what it
 * gets is one of ours, in a directory of its own below the state root, mounted
 * read-only where runc and podman have it.
 */
#include <errno.h>
#include <string.h>

#include "base/syscalls.h"
#include "plan/mount_list.h"
#include "plan/plan.h"

static const char variable[] = "NOTIFY_SOCKET=";
static const char directory[] = "/run/notify";
static const char socket_env[] = "NOTIFY_SOCKET=/run/notify/notify.sock";

/* A config that was made from the caller's environment has his; any other has its own. */
static bool has_own_socket(const struct plan_options *opt, const struct process_plan *p)
{
	for (char **v = p->env; v && *v; v++)
		if (strncmp(*v, variable, strlen(variable)) == 0 &&
		    strcmp(*v + strlen(variable), opt->notify_socket) != 0)
			return true;
	return false;
}

static int set_env(struct arena *a, struct process_plan *p, struct error *e)
{
	size_t n = 0, kept = 0;
	char **env;

	while (p->env[n])
		n++;
	env = arena_calloc(a, n + 2, sizeof(*env));
	if (!env)
		return error_set(e, ENOMEM, "plan the environment");
	for (size_t i = 0; i < n; i++)
		if (strncmp(p->env[i], variable, strlen(variable)) != 0)
			env[kept++] = p->env[i];
	env[kept++] = arena_strdup(a, socket_env);
	if (!env[kept - 1])
		return error_set(e, ENOMEM, "plan the environment");
	p->env = env;
	return 0;
}

static int add_mount(struct arena *a, const char *source, struct rootfs_plan *r, struct error *e)
{
	const struct mount_plan m = {
		.kind = MOUNT_BIND,
		.index = SIZE_MAX,
		.destination = directory,
		.source = source,
		/* A socket can be written to all the same; the directory cannot. */
		.flags.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			     MOUNT_ATTR_NOEXEC,
		.flags.propagation = MS_PRIVATE,
	};

	return mount_list_add(a, r, &m, e);
}

int plan_notify(struct arena *a, const struct plan_options *opt, struct launch_plan *ret,
		struct error *e)
{
	int r;

	if (!opt->notify_socket || !ret->process.argv || has_own_socket(opt, &ret->process))
		return 0;
	r = set_env(a, &ret->process, e);
	if (r == 0)
		r = add_mount(a, opt->notify_dir, &ret->rootfs, e);
	ret->notify = r == 0;
	return r;
}

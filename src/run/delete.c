/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb delete. With force it works on whatever a killed create or a broken
 * disk left: the init symlink finds the process when state.json cannot (S3).
 */
#include <errno.h>
#include <signal.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/pidfd.h"
#include "cgroup/cgroup.h"
#include "cgroup/v1.h"
#include "run/cgroups.h"
#include "run/create.h"
#include "run/members.h"
#include "run/network.h"
#include "run/resctrl.h"
#include "run/saved.h"
#include "run/unshare.h"

enum { KILL_TIMEOUT_MS = 10000 };

static int kill_and_wait(const struct container *c, const char *id, struct error *e)
{
	int r;

	if (c->pidfd < 0)
		return 0;
	if (!members_own_pidns(c->init.pid)) {
		(void)members_kill(c->init.pid, false, SIGKILL, e);
		error_clear(e);
	}
	/* A frozen init dies of it, too. */
	r = pidfd_kill(c->pidfd, SIGKILL);
	if (r == 0)
		r = pidfd_wait_exit(c->pidfd, KILL_TIMEOUT_MS);
	if (r < 0 && r != -ESRCH)
		return error_set(e, r, "kill process %d of container `%s`", c->init.pid, id);
	return 0;
}

static bool destroy_in_there(void *arg)
{
	struct error ignored = ERROR_INIT;

	return cgroup_destroy(arg, &ignored) == 0;
}

/* M20: what a container's root has made in its own is a sub-id's, and not ours to remove. */
static int destroy_cgroup(struct container *c, struct error *e)
{
	int r = cgroup_destroy(&c->cgroup, e);

	if (r != -EACCES || !unshare_call(destroy_in_there, &c->cgroup))
		return r;
	error_clear(e);
	/* The directory itself is in one of ours. */
	return cgroup_destroy(&c->cgroup, e);
}

static bool destroy_v1_in_there(void *arg)
{
	struct error ignored = ERROR_INIT;

	return cgroup_v1_destroy(arg, &ignored) == 0;
}

static int destroy_cgroup_v1(const char *path, struct error *e)
{
	int r = cgroup_v1_destroy(path, e);

	if (r != -EACCES || !unshare_call(destroy_v1_in_there, (void *)path))
		return r;
	error_clear(e);
	return cgroup_v1_destroy(path, e);
}

static int check_status(const struct container *c, const char *id, enum delete_what what,
			struct error *e)
{
	if (what == DELETE_ANY || c->status == STATUS_STOPPED ||
	    (c->status == STATUS_CREATED && what == DELETE_IDLE))
		return 0;
	if (what == DELETE_STOPPED)
		return error_kind(e, KIND_IS_RUNNING, EBUSY,
				  "the container `%s` is not in `stopped` state but `%s`", id,
				  status_name(c->status));
	if (!c->record && c->record_error.code && c->pidfd >= 0)
		return error_kind(e, KIND_IS_RUNNING, EBUSY,
				  "the container `%s` runs, and %s: use --force", id,
				  c->record_error.msg);
	return error_kind(e, KIND_IS_RUNNING, EBUSY,
			  "the container `%s` is not in `created` or `stopped` state but `%s`", id,
			  status_name(c->status));
}

int run_delete(const struct delete_request *req, struct error *e)
{
	const char *root = req->root, *id = req->id;
	bool force = req->what == DELETE_ANY;
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_fd int root_fd = -EBADF;
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	int r;

	r = container_find(&a, root, id, true, &root_fd, &c, e);
	if (r == -EACCES && force && store_unseal(root, id, e) == 0)
		r = container_find(&a, root, id, true, &root_fd, &c, e);
	if (r == -ENOENT && force) {
		error_clear(e);
		return 0;
	}
	if (r == 0 && !force)
		container_look_frozen(&c);
	if (r == 0)
		r = check_status(&c, id, req->what, e);
	if (r == 0)
		r = kill_and_wait(&c, id, e);
	if (r == 0 && !c.cgroup.path && c.cgroup.unit)
		container_forget_scope(&c, req->bus);
	if (r == 0 && c.cgroup.path)
		r = destroy_cgroup(&c, e);
	if (r == 0 && c.cgroup.v1)
		r = destroy_cgroup_v1(c.cgroup.v1, e);
	if (r < 0)
		return r;
	if (saved_hooks(&a, &c, HOOK_POSTSTOP, "stopped", e) < 0) {
		log_warning("%s", e->msg);
		error_clear(e);
	}
	network_remove(&a, c.dir, c.record);
	if (c.record)
		resctrl_remove(c.record->rdt_made);
	return store_remove(root_fd, id, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs pause and resume (K14): cgroup.freeze, waited for. */
#include <errno.h>

#include "base/cleanup.h"
#include "cgroup/cgroup.h"
#include "run/cgroups.h"
#include "run/create.h"

static int check_status(const struct container *c, const char *id, bool frozen, struct error *e)
{
	const char *verb = frozen ? "pause" : "resume";

	if (c->status == STATUS_STOPPED)
		return error_kind(e, KIND_NOT_RUNNING, ESRCH,
				  "cannot %s container `%s`: container not running", verb, id);
	if (c->status == STATUS_CREATING || c->status == STATUS_CREATED)
		return error_kind(e, KIND_NOT_RUNNING, EAGAIN,
				  "cannot %s container `%s`: it is %s, not running", verb, id,
				  status_name(c->status));
	if (frozen && c->status == STATUS_PAUSED)
		return error_kind(e, KIND_IS_PAUSED, EBUSY, "container `%s` is already paused", id);
	if (!frozen && c->status != STATUS_PAUSED)
		return error_kind(e, KIND_IS_RUNNING, EBUSY, "container `%s` is not paused", id);
	return 0;
}

static int set_frozen(const struct container *c, const char *id, bool frozen, struct error *e)
{
	cleanup_fd int dir = -EBADF;
	int r = container_open_cgroup(c, id, &dir, e);

	if (r < 0)
		return r;
	r = cgroup_set_frozen(dir, frozen);
	if (r == 0)
		return 0;
	error_kind(e, KIND_CGROUP, -r, "%s container `%s`: cgroup.freeze of '%s' (errno %d)",
		   frozen ? "pause" : "resume", id, c->cgroup.path, -r);
	if (r == -ETIMEDOUT)
		return error_hint(e, "a process in it cannot be stopped now (state D): try again");
	return r;
}

int run_pause(const char *root, const char *id, bool frozen, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_fd int root_fd = -EBADF;
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	int r = container_find(&a, root, id, true, &root_fd, &c, e);

	if (r < 0)
		return r;
	if (!c.cgroup.path && c.pidfd >= 0) {
		error_kind(e, KIND_CGROUP, ENOTSUP,
			   "cannot %s the container without a cgroup: `%s` has none of its own",
			   frozen ? "pause" : "resume", id);
		return error_hint(e, CGROUP_HINT_NONE);
	}
	container_look_frozen(&c);
	r = check_status(&c, id, frozen, e);
	return r < 0 ? r : set_frozen(&c, id, frozen, e);
}

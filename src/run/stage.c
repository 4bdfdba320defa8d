/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The intermediate child. setns() into a pid or time namespace counts for
 * children only, and a new time namespace takes its offsets before anyone is
 * in it: both need one more process.
 *
 * Order of joins: the user namespace first where one is joined (it gives the
 * capabilities for the others); where a new one is made, last (our present
 * capabilities open the others).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "process/rlimits.h"
#include "run/child.h"
#include "run/sync.h"
#include "userns/diagnose.h"

static const struct {
	enum oci_namespace_type type;
	const char *name;
	int flag;
} join_order[] = {
	{ OCI_NS_USER, "user", CLONE_NEWUSER },	     { OCI_NS_IPC, "ipc", CLONE_NEWIPC },
	{ OCI_NS_UTS, "uts", CLONE_NEWUTS },	     { OCI_NS_NETWORK, "network", CLONE_NEWNET },
	{ OCI_NS_CGROUP, "cgroup", CLONE_NEWCGROUP }, { OCI_NS_TIME, "time", CLONE_NEWTIME },
	{ OCI_NS_PID, "pid", CLONE_NEWPID },
};

/* Are we in that namespace already? Joining one's own user namespace is EINVAL. */
static bool is_own_user_namespace(int fd)
{
	struct stat theirs, own;

	return fstat(fd, &theirs) == 0 && path_stat("/proc/self/ns/user", &own) == 0 &&
	       theirs.st_ino == own.st_ino && theirs.st_dev == own.st_dev;
}

static int join_paths(struct child *c, struct error *e)
{
	const struct namespace_plan *ns = &c->l->plan.ns;

	for (size_t i = 0; i < ARRAY_SIZE(join_order); i++) {
		const char *path = ns->join[join_order[i].type];
		cleanup_fd int fd = -EBADF;

		if (!path)
			continue;
		fd = path_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			return error_set(e, fd, ".linux.namespaces: open the %s namespace '%s'",
					 join_order[i].name, path);
		if (join_order[i].flag == CLONE_NEWUSER && is_own_user_namespace(fd))
			continue;
		if (setns(fd, join_order[i].flag) == 0)
			continue;
		error_set(e, errno, ".linux.namespaces: join the %s namespace '%s'", join_order[i].name,
			  path);
		if (e->code == EPERM)
			error_hint(e, "it belongs to a user namespace in which you have no power: join "
				      "that user namespace, too");
		return -e->code;
	}
	return 0;
}

static int explain_join(struct child *c, int errnum, struct error *e)
{
	error_set(e, errnum, "join the namespaces of container `%s`", c->l->opt->id);
	if (errnum != EPERM)
		return -errnum;
	return error_hint(e, (c->l->join_mask & CLONE_NEWUSER)
				     ? "its user namespace is another user's, or one outside of ours: exec "
				       "as who made the container, from where he made it"
				     : "it was made with CAP_SYS_ADMIN, which is lacking now");
}

static int join_container(struct child *c, struct error *e)
{
	const struct process_plan *p = &c->l->plan.process;

	/* Before anyone in there can see us: the file is ours only while dumpable. */
	if (p->has_oom_score_adj) {
		int r = process_set_oom_score_adj(p, c->l->rootfs.proc, true, e);

		if (r < 0)
			return r;
	}
	if (setns(c->l->target_pidfd, (int)c->l->join_mask) < 0)
		return explain_join(c, errno, e);
	return 0;
}

static int make_user_namespace(struct child *c, struct error *e)
{
	struct sync_message m;
	int r;

	if (!(c->l->plan.ns.clone_flags & CLONE_NEWUSER))
		return 0;
	if (unshare(CLONE_NEWUSER) < 0)
		return diagnose_clone(NULL, errno, CLONE_NEWUSER, e);
	r = sync_send(c->sync, SYNC_UNSHARED, 0, -1);
	if (r < 0)
		return error_set(e, r, "ask for the id maps");
	r = sync_expect(c->sync, SYNC_IDMAPS, &m, e);
	if (r == 0)
		c->maps = (uint64_t)m.value;
	return r;
}

static int make_time_namespace(struct child *c, struct error *e)
{
	const struct oci_time_offsets *o = &c->l->plan.ns.time_offsets;
	char text[128];
	int n = 0, r;

	if (!c->l->plan.ns.new_time)
		return 0;
	if (unshare(CLONE_NEWTIME) < 0)
		return diagnose_clone(NULL, errno, CLONE_NEWTIME, e);
	if (o->monotonic)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "monotonic %lld %u\n",
			      (long long)o->monotonic->secs, o->monotonic->nanosecs);
	if (o->boottime)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "boottime %lld %u\n",
			      (long long)o->boottime->secs, o->boottime->nanosecs);
	if (n == 0)
		return 0;
	r = io_write_value_at(AT_FDCWD, "/proc/self/timens_offsets", text);
	if (r < 0)
		return error_set(e, r, ".linux.timeOffsets: write them");
	return 0;
}

int stage_run(struct child *c, struct error *e)
{
	uint64_t flags = c->l->plan.ns.clone_flags & ~(uint64_t)CLONE_NEWUSER;
	int pid, r;

	if (c->l->is_exec) {
		flags = 0;
		r = join_container(c, e);
	} else {
		r = join_paths(c, e);
		if (r == 0)
			r = make_user_namespace(c, e);
		if (r == 0)
			r = make_time_namespace(c, e);
	}
	if (r < 0)
		return r;
	pid = clone_process(flags | CLONE_PARENT, NULL);
	if (pid < 0)
		return diagnose_clone(NULL, -pid, flags, e);
	if (pid > 0) {
		/* The pid as the caller sees it: we are still in his pid namespace. */
		r = sync_send(c->sync, SYNC_PID, pid, -1);
		_exit(r < 0);
	}
	return child_arm_death_signal(c, e);
}

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
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "process/rlimits.h"
#include "process/sched.h"
#include "run/cgroups.h"
#include "run/child.h"
#include "run/create.h"
#include "run/sync.h"
#include "userns/diagnose.h"

static const struct {
	enum oci_namespace_type type;
	const char *name;
	int flag;
} join_order[] = {
	{ OCI_NS_USER, "user", CLONE_NEWUSER },       { OCI_NS_IPC, "ipc", CLONE_NEWIPC },
	{ OCI_NS_UTS, "uts", CLONE_NEWUTS },          { OCI_NS_NETWORK, "network", CLONE_NEWNET },
	{ OCI_NS_CGROUP, "cgroup", CLONE_NEWCGROUP }, { OCI_NS_TIME, "time", CLONE_NEWTIME },
	{ OCI_NS_PID, "pid", CLONE_NEWPID },
};

/* Are we in that namespace already? Joining one's own user namespace is EINVAL. */
static bool is_own_user_namespace(int fd)
{
	struct stat theirs, own;

	return fstat(fd, &theirs) == 0 && path_stat("/proc/self/ns/user", &own) == 0 &&
	       stat_is_same(&theirs, &own);
}

#ifndef NS_GET_NSTYPE
#define NS_GET_NSTYPE _IO(0xb7, 0x3)
#endif

static int explain_path(int fd, const char *name, int flag, const char *path, int errnum,
			struct error *e)
{
	if (ioctl(fd, NS_GET_NSTYPE) != flag)
		return error_msg(e, EINVAL, ".linux.namespaces: '%s' is no %s namespace", path,
				 name);
	error_set(e, errnum, ".linux.namespaces: join the %s namespace '%s'", name, path);
	if (errnum != EPERM)
		return -errnum;
	if (flag == CLONE_NEWUSER)
		return error_hint(e, "it is another user's, or one outside of ours");
	return error_hint(
		e, "it belongs to a user namespace in which you have no power: join that user "
		   "namespace, too");
}

static int explain_open(const char *name, const char *path, int err, struct error *e)
{
	error_set(e, err, ".linux.namespaces: open the %s namespace '%s'", name, path);
	if (err == -ENOENT)
		return error_hint(e, "has its process ended?");
	if (err == -EACCES || err == -EPERM)
		return error_hint(
			e, "its process is another user's, or lives in a user namespace in which "
			   "you have no power: join that user namespace, too");
	return -e->code;
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
			return explain_open(join_order[i].name, path, fd, e);
		if (join_order[i].flag == CLONE_NEWUSER && is_own_user_namespace(fd))
			continue;
		if (setns(fd, join_order[i].flag) == 0)
			continue;
		return explain_path(fd, join_order[i].name, join_order[i].flag, path, errno, e);
	}
	return 0;
}

static int explain_join(struct child *c, int errnum, struct error *e)
{
	error_set(e, errnum, "join the namespaces of container `%s`", c->l->opt->id);
	if (errnum != EPERM)
		return -errnum;
	return error_hint(
		e, (c->l->join_mask & CLONE_NEWUSER)
			   ? "its user namespace is another user's, or one outside of ours: exec "
			     "as who made the container, from where he made it"
			   : "it was made with CAP_SYS_ADMIN, which is lacking now");
}

static int join_container(struct child *c, struct error *e)
{
	const struct process_plan *p = &c->l->plan.process;
	int mask = (int)c->l->join_mask;
	int r = process_set_affinity(p->cpus_initial.mask, p->cpus_initial.bits, e);

	if (r < 0)
		return error_prefix(e, ".process.execCPUAffinity.initial");
	/* C26: in there it is too late. */
	if (c->l->may_raise_rlimits && (c->l->join_mask & CLONE_NEWUSER))
		process_raise_rlimits(p, 0);

	/* Before anyone in there can see us: the file is ours only while dumpable. */
	if (p->has_oom_score_adj) {
		r = process_set_oom_score_adj(p, c->l->rootfs.proc, true, e);
		if (r < 0)
			return r;
	}
	/* Before the cgroup namespace: from within, nothing outside of it can be left. */
	if (c->l->enter_cgroup || c->l->cgroup_v1.dir >= 0) {
		if (mask & CLONE_NEWUSER && setns(c->l->target_pidfd, CLONE_NEWUSER) < 0)
			return explain_join(c, errno, e);
		mask &= ~CLONE_NEWUSER;
	}
	if (c->l->enter_cgroup)
		c->in_cgroup = child_move_into_cgroup(c) == 0;
	if (c->l->cgroup_v1.dir >= 0) {
		r = child_move_into_cgroup_v1(c, e);
		if (r < 0)
			return r;
	}
	if (mask && setns(c->l->target_pidfd, mask) < 0)
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

/*
 * Opened as the caller: the kernel asks for his power over the new namespace,
 * which the maker of its user namespace has. The file is ours only while we are
 * dumpable, and that must be over before anyone in a joined namespace sees us.
 */
static int open_time_offsets(struct child *c, int *ret, struct error *e)
{
	const struct oci_time_offsets *o = &c->l->plan.ns.time_offsets;
	int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);

	if (!o->monotonic && !o->boottime)
		return 0;
	if (dumpable == 0)
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	*ret = path_open("/proc/self/timens_offsets", O_WRONLY);
	if (dumpable == 0)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return *ret < 0 ? error_set(e, *ret, ".linux.timeOffsets: open '/proc/self/timens_offsets'")
			: 0;
}

static int make_time_namespace(struct child *c, int offsets, struct error *e)
{
	const struct oci_time_offsets *o = &c->l->plan.ns.time_offsets;
	char text[128];
	int n = 0, r;

	if (!c->l->plan.ns.new_time)
		return 0;
	/* One write: the kernel takes both lines or none. */
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
	r = io_write_all(offsets, text, (size_t)n);
	return r < 0 ? error_set(e, r, ".linux.timeOffsets: write them") : 0;
}

int stage_run(struct child *c, struct error *e)
{
	uint64_t flags = launch_clone_flags(c->l) & ~(uint64_t)CLONE_NEWUSER;
	cleanup_fd int offsets = -EBADF;
	int pid, r;

	if (c->l->is_exec) {
		flags = 0;
		r = join_container(c, e);
	} else {
		r = open_time_offsets(c, &offsets, e);
		if (r == 0)
			r = join_paths(c, e);
		if (r == 0)
			r = make_user_namespace(c, e);
		if (r == 0)
			r = make_time_namespace(c, offsets, e);
	}
	if (r < 0)
		return error_default_kind(e, KIND_JOIN);
	pid = clone_process(flags | CLONE_PARENT, -EBADF, NULL);
	if (pid < 0)
		return diagnose_clone(NULL, -pid, flags, e);
	if (pid > 0)
		_exit(0);
	r = child_arm_death_signal(c, e);
	if (r < 0)
		return r;
	/* From init, not from here, so that nothing else of it can come before. */
	r = sync_send(c->sync, SYNC_INIT, c->in_cgroup, -1);
	return r < 0 ? error_set(e, r, "tell of the init process") : 0;
}

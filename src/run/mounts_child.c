/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts of a running container, from inside. Theory of operation: binds are
 * opened in a copy of the caller's mount namespace that belongs to the
 * container's user namespace, by the caller's ids, as at create (P5); then all
 * of the container's namespaces are joined, and a clone that is in its pid
 * namespace as well (for type proc) makes the targets and attaches, by fd
 * below the root that setns() has given it. Nothing of the image runs here,
 * and who is in the container cannot look into us: we are not dumpable.
 *
 * Between clone and _exit: no heap, no stdio streams.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "run/child.h"
#include "run/mounts.h"
#include "run/sync.h"

static void log_to_parent(void *arg, enum log_level level, const char *msg)
{
	const struct mounts_work *w = arg;

	(void)sync_send_log(w->l->child_sync, (int)level, msg);
}

static int explain_join(const struct launch *l, int err, struct error *e)
{
	error_set(e, err, "join the namespaces of container `%s`", l->opt->id);
	if (err != EPERM)
		return -err;
	return error_hint(e,
			  (l->join_mask & CLONE_NEWUSER)
				  ? "its user namespace is another user's, or one outside of "
				    "ours: do it as who made the container, from where he made it"
				  : "it takes CAP_SYS_ADMIN");
}

/* Root of its user namespace, or who its process is: targets are made as he (I07). */
static int become_its_root(struct launch *l, struct error *e)
{
	const struct namespace_plan *ns = &l->plan.ns;
	const struct oci_process *p = l->config->process;
	uint32_t uid = 0, gid = 0;

	if (!(l->join_mask & CLONE_NEWUSER))
		return 0;
	if (!idmap_has(&ns->uid_map, 0))
		uid = p ? p->user.uid : ns->uid_map.m[0].container_id;
	if (!idmap_has(&ns->gid_map, 0))
		gid = p ? p->user.gid : ns->gid_map.m[0].container_id;
	if (sys_setgroups(0, NULL) < 0 && errno != EPERM)
		return error_set(e, errno, "drop the caller's groups");
	if (sys_setresgid(gid) < 0)
		return error_set(e, errno, "become gid %u of the user namespace", gid);
	if (sys_setresuid(uid) < 0)
		return error_set(e, errno, "become uid %u of the user namespace", uid);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(e, errno, "become non-dumpable");
	return child_arm_death_signal(NULL, e);
}

/* Binds, while the caller's view of the host is still ours. */
static int open_sources(struct launch *l, struct error *e)
{
	int r;

	if (unshare(CLONE_NEWNS) < 0)
		return error_set(e, errno, "copy the mount namespace to open the sources in");
	r = rootfs_isolate(&l->rootfs, e);
	return r < 0 ? r : rootfs_open_mount_sources(&l->rootfs, e);
}

static int enter(const struct mounts_work *w, struct error *e)
{
	struct launch *l = w->l;
	uint64_t rest = w->verb == MOUNTS_ADD ? l->join_mask & ~(uint64_t)CLONE_NEWUSER
					      : CLONE_NEWNS;
	int r = 0;

	if ((l->join_mask & CLONE_NEWUSER) && setns(l->target_pidfd, CLONE_NEWUSER) < 0)
		return explain_join(l, errno, e);
	if (w->verb == MOUNTS_ADD)
		r = open_sources(l, e);
	if (r == 0)
		r = become_its_root(l, e);
	if (r < 0)
		return r;
	return setns(l->target_pidfd, (int)rest) < 0 ? explain_join(l, errno, e) : 0;
}

/*
 * Unmounts what the fd is the root of. umount2() knows paths alone; this one
 * leads through the caller's /proc to the very mount, whatever has become of
 * the container's tree meanwhile.
 */
static int unmount_fd(const struct rootfs *r, int fd)
{
	char path[48];

	snprintf(path, sizeof(path), "self/fd/%d", fd);
	if (fchdir(r->proc) < 0)
		return -errno;
	return sys_umount2(path, MNT_DETACH) < 0 ? -errno : 0;
}

/* All or nothing: what was attached before one failed goes again, the last first. */
static void take_back(struct rootfs *r)
{
	for (size_t i = r->plan->n_mounts; i-- > 0;)
		if (r->attached[i] >= 0 && unmount_fd(r, r->attached[i]) < 0)
			log_debug(".mounts[%zu]: cannot be taken back", i);
}

static int add(struct launch *l, struct error *e)
{
	struct rootfs *r = &l->rootfs;
	int s;

	s = idmapped_prepare(r, e);
	if (s == 0)
		s = rootfs_mounts(r, e);
	if (s < 0)
		take_back(r);
	return s;
}

/*
 * A destination through a symlink of the container's could be any mount of it,
 * the masks of /proc included: only the place that was named is unmounted.
 */
static int check_place(const struct rootfs *r, const struct mount_plan *m, int fd, struct error *e)
{
	char link[48], real[4096], name[256];
	ssize_t n;

	snprintf(link, sizeof(link), "self/fd/%d", fd);
	n = path_readlinkat(r->proc, link, real, sizeof(real));
	if (n < 0)
		return error_set(e, (int)n, "%s: look at it", mount_name(m, name, sizeof(name)));
	if (strcmp(real, m->destination) == 0)
		return 0;
	return error_msg(e, ELOOP,
			 "%s: it is a symlink, or lies behind one: '%s' is what would be unmounted",
			 mount_name(m, name, sizeof(name)), real);
}

static int remove_one(struct rootfs *r, const struct mount_plan *m, struct error *e)
{
	cleanup_fd int fd = path_open_in(r->root, m->destination, O_PATH | O_NOFOLLOW);
	char name[256];
	int s;

	mount_name(m, name, sizeof(name));
	if (fd < 0)
		return error_set(e, fd, "%s: open it in the container", name);
	s = check_place(r, m, fd, e);
	if (s < 0)
		return s;
	s = unmount_fd(r, fd);
	if (s == -EINVAL)
		return error_msg(e, EINVAL,
				 "%s: nothing is mounted there, or it is locked to a mount above "
				 "it",
				 name);
	return s < 0 ? error_set(e, s, "%s: unmount", name) : 0;
}

static int remove_all(struct launch *l, struct error *e)
{
	const struct rootfs_plan *p = l->rootfs.plan;
	int s = 0;

	for (size_t i = p->n_mounts; i-- > 0 && s == 0;)
		s = remove_one(&l->rootfs, &p->mounts[i], e);
	return s;
}

static int list(const struct mounts_work *w, struct error *e)
{
	cleanup_fd int fd = path_openat(w->l->rootfs.proc, "self/mountinfo", O_RDONLY, 0);
	char buf[4096];

	if (fd < 0)
		return error_set(e, fd, "open the container's mountinfo");
	for (;;) {
		ssize_t n = io_read_full(fd, buf, sizeof(buf));
		int s = n > 0 ? io_write_all(w->out, buf, (size_t)n) : (int)n;

		if (n == 0)
			return 0;
		if (s < 0)
			return error_set(e, s, "read the container's mountinfo");
	}
}

static int work_inside(const struct mounts_work *w, struct error *e)
{
	struct launch *l = w->l;

	/* What setns() of a mount namespace has set. */
	l->rootfs.root = path_open("/", O_PATH | O_DIRECTORY);
	if (l->rootfs.root < 0)
		return error_set(e, l->rootfs.root, "open the container's root");
	switch (w->verb) {
	case MOUNTS_ADD:
		return add(l, e);
	case MOUNTS_REMOVE:
		return remove_all(l, e);
	case MOUNTS_LIST:
		return list(w, e);
	}
	return 0;
}

static int report(const struct mounts_work *w, int r, const struct error *e)
{
	if (r < 0)
		(void)sync_send_error(w->l->child_sync, e);
	else
		(void)sync_send(w->l->child_sync, SYNC_READY, 0, -1);
	return r < 0;
}

void mounts_child(const struct mounts_work *w)
{
	struct error e = ERROR_INIT;
	pid_t pid = 0;
	int r;

	close(w->l->sync);
	log_set_sink(log_to_parent, (void *)(uintptr_t)w);
	/* urun itself is not dumpable; a program of another's that calls us may be. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	r = child_arm_death_signal(NULL, &e);
	if (r == 0)
		r = enter(w, &e);
	/* A pid namespace that was joined is one for children only. */
	if (r == 0 && w->verb == MOUNTS_ADD) {
		pid = clone_process(0, -EBADF, NULL);
		if (pid < 0)
			r = error_set(&e, pid, "start a process in container `%s`", w->l->opt->id);
	}
	if (pid > 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		_exit(0);
	}
	if (r == 0 && w->verb == MOUNTS_ADD)
		r = child_arm_death_signal(NULL, &e);
	if (r == 0)
		r = work_inside(w, &e);
	_exit(report(w, r, &e));
}

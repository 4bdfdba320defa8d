/* SPDX-License-Identifier: Apache-2.0 */
/* The verb kill, and who belongs to a container that has no cgroup (N30). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "cgroup/cgroup.h"
#include "run/create.h"
#include "run/members.h"

/* A namespace is the same if inode and device of its nsfs file are. */
static int namespace_of(pid_t pid, const char *ns, struct stat *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, ns);
	return path_stat(path, ret);
}

/*
 * The namespace that tells the container's processes from all others; never
 * our own, whatever has become of init's number since we looked.
 */
static int namespace_of_members(pid_t init, const char *ns, struct stat *ret, struct error *e)
{
	struct stat own;

	if (namespace_of(init, ns, ret) < 0 || namespace_of(getpid(), ns, &own) < 0 ||
	    stat_is_same(&own, ret))
		return error_kind(e, KIND_NOT_RUNNING, ESRCH, "container not running");
	return 0;
}

static int append(struct members *m, pid_t pid)
{
	pid_t *grown;

	if (m->n % 64 == 0) {
		grown = realloc(m->pids, (m->n + 64) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		m->pids = grown;
	}
	m->pids[m->n++] = pid;
	return 0;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

void members_done(struct members *m)
{
	free(m->pids);
	m->pids = NULL;
	m->n = 0;
}

/*
 * The record knows only that the pid namespace is not the caller's: a pod's is
 * joined, and its other members are not ours. Where it was made for init, init
 * is process 1 in it, and another one here.
 */
bool members_own_pidns(pid_t init)
{
	return init != 1 && proc_inner_pid(init) == 1;
}

int members_find(pid_t init, bool own_pidns, struct members *ret, struct error *e)
{
	cleanup_dir DIR *stream = NULL;
	struct members m = { 0 };
	/* With a shared pid namespace, its mount namespace is what it has alone. */
	const char *ns = own_pidns ? "pid" : "mnt";
	struct proc_stat state;
	struct stat theirs, st;
	struct dirent *d;
	uint32_t pid;
	int r = path_opendirat(AT_FDCWD, "/proc", &stream);

	if (r < 0)
		return error_set(e, r, "read '/proc'");
	if (namespace_of_members(init, ns, &theirs, e) < 0)
		return -ESRCH;
	while ((d = readdir(stream)) != NULL) {
		if (parse_u32(d->d_name, &pid) < 0 || namespace_of((pid_t)pid, ns, &st) < 0 ||
		    !stat_is_same(&st, &theirs))
			continue;
		/* As in cgroup.procs: who has ended is no member, whoever should reap it. */
		if (proc_read_stat((pid_t)pid, &state) < 0 || state.state == 'Z')
			continue;
		if (append(&m, (pid_t)pid) < 0) {
			members_done(&m);
			return error_set(e, ENOMEM, "read '/proc'");
		}
	}
	qsort(m.pids, m.n, sizeof(*m.pids), compare_pids);
	*ret = m;
	return 0;
}

/* By pidfd, and only after a second look: the number may be another's by now. */
static void signal_member(pid_t pid, const char *ns, const struct stat *theirs, int sig)
{
	cleanup_fd int fd = pidfd_open_pid(pid);
	struct stat st;

	if (fd >= 0 && namespace_of(pid, ns, &st) == 0 && stat_is_same(&st, theirs))
		(void)pidfd_kill(fd, sig);
}

int members_kill(pid_t init, bool own_pidns, int sig, struct error *e)
{
	const char *ns = own_pidns ? "pid" : "mnt";
	struct members m = { 0 };
	struct stat theirs;
	int r;

	if (namespace_of_members(init, ns, &theirs, e) < 0)
		return -ESRCH;
	/* Twice: what forked during the first walk is met by the second. */
	for (int round = 0; round < (sig == SIGKILL ? 3 : 1); round++) {
		r = members_find(init, own_pidns, &m, e);
		if (r < 0)
			return round ? 0 : r;
		for (size_t i = 0; i < m.n; i++)
			if (m.pids[i] != init)
				signal_member(m.pids[i], ns, &theirs, sig);
		members_done(&m);
	}
	return 0;
}

/* By pidfd, and only if the number is still of one in there. */
static void signal_in_cgroup(pid_t pid, const struct container *c, int sig)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_fd int fd = pidfd_open_pid(pid);
	const char *path;

	if (fd >= 0 && cgroup_path_of(&a, pid, &path) == 0 && path_is_below(path, c->cgroup.path))
		(void)pidfd_kill(fd, sig);
}

/* All that its cgroup holds, however it got there; one signal at a time but for KILL. */
static int kill_cgroup(const struct container *c, int sig, struct error *e)
{
	cleanup_fd int dir = -EBADF;
	cleanup_free pid_t *pids = NULL;
	size_t n = 0;
	int r = cgroup_open_note(&c->cgroup, &dir, e);

	if (r == 0)
		r = sig == SIGKILL ? cgroup_kill(dir) : cgroup_pids(dir, &pids, &n);
	if (r < 0)
		return r == -ENOENT || r == -ENODEV
			       ? 0
			       : error_set(e, r, "signal the cgroup '%s'", c->cgroup.path);
	for (size_t i = 0; i < n; i++)
		if (pids[i] != c->init.pid)
			signal_in_cgroup(pids[i], c, sig);
	return 0;
}

static int not_running(const char *id, struct error *e)
{
	return error_kind(e, KIND_NOT_RUNNING, ESRCH,
			  "cannot kill container `%s`: container not running", id);
}

int run_kill(const char *root, const char *id, int sig, bool all, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_fd int root_fd = -EBADF;
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	bool own_pidns;
	int r;

	r = container_find(&a, root, id, false, &root_fd, &c, e);
	if (r < 0)
		return r;
	if (all && c.cgroup.path) {
		r = kill_cgroup(&c, sig, e);
		if (r < 0)
			return r;
	}
	if (c.pidfd < 0)
		return all ? 0 : not_running(id, e);
	own_pidns = members_own_pidns(c.init.pid);
	/* The end of a pid namespace's init is the end of all in it. */
	if (all && !c.cgroup.path && !(sig == SIGKILL && own_pidns)) {
		r = members_kill(c.init.pid, own_pidns, sig, e);
		if (r < 0 && r != -ESRCH)
			return r;
		error_clear(e);
	}
	r = pidfd_kill(c.pidfd, sig);
	if (r == -ESRCH)
		return all ? 0 : not_running(id, e);
	if (r < 0)
		return error_set(e, r, "signal container `%s`", id);
	return 0;
}

static int cgroup_members(const struct container *c, struct members *ret, struct error *e)
{
	cleanup_fd int dir = -EBADF;
	int r = cgroup_open_note(&c->cgroup, &dir, e);

	if (r == -ENOENT)
		return members_find(c->init.pid, members_own_pidns(c->init.pid), ret, e);
	if (r == 0) {
		r = cgroup_pids(dir, &ret->pids, &ret->n);
		if (r < 0)
			error_set(e, r, "read cgroup.procs of '%s'", c->cgroup.path);
	}
	return r;
}

int run_ps(const char *root, const char *id, pid_t **ret, size_t *ret_n, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_fd int root_fd = -EBADF;
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	struct members m = { 0 };
	int r;

	r = container_find(&a, root, id, false, &root_fd, &c, e);
	if (r < 0)
		return r;
	if (c.pidfd < 0)
		return error_kind(e, KIND_NOT_RUNNING, ESRCH,
				  "container `%s`: container not running", id);
	r = c.cgroup.path ? cgroup_members(&c, &m, e)
			  : members_find(c.init.pid, members_own_pidns(c.init.pid), &m, e);
	if (r < 0)
		return error_prefix(e, "container `%s`", id);
	*ret = m.pids;
	*ret_n = m.n;
	return 0;
}

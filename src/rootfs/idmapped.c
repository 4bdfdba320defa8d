/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user namespaces of id-mapped mounts (M10), and such mounts of file systems
 * that are made for the container (idmapped_bind.c has the others). The
 * kernel takes the mapping as a user namespace: a child makes one below the
 * container's, init writes its maps (it has the capabilities for that) and
 * keeps the namespace's fd for mount_setattr(); the child is gone then. All
 * before the root lies over "/": from there on we count as chrooted, and the
 * kernel makes no user namespace for such a process.
 *
 * For its maps to be written the child must be dumpable, and a process that
 * shares our pid namespace (a pod's) could then look into it: so it closes what
 * it has and makes the container's root its own before.
 *
 * Between clone and execve: no heap, no stdio streams.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "rootfs/rootfs.h"

enum {
	PID_TEXT_SIZE = 16,
	LINE_SIZE = 34, /* three 10-digit numbers, two blanks, a newline, NUL */
};

/* What the child says: its pid as the caller's /proc has it, or what failed. */
struct hello {
	int err;
	char pid[PID_TEXT_SIZE];
};

/* How the child becomes the namespace's holder; 0 or an errno. */
static int child_set_up(struct rootfs *r, char *pid, size_t len)
{
	ssize_t n = path_readlinkat(r->proc, "self", pid, len);

	if (n <= 0)
		return n < 0 ? (int)-n : ESRCH;
	if ((r->root >= 0 && fchdir(r->root) < 0) || sys_close_range(2, ~0U, 0) < 0)
		return errno;
	/* chroot() after unshare(): the kernel refuses the other order. */
	if (unshare(CLONE_NEWUSER) < 0 || (r->root >= 0 && chroot(".") < 0) ||
	    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return errno;
	return 0;
}

/* `wait` ends when it is to go. */
static void child_run(struct rootfs *r, int out, int wait)
{
	struct hello h = { 0 };
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (dup2(out, 0) < 0 || dup2(wait, 1) < 0)
		_exit(1);
	h.err = child_set_up(r, h.pid, sizeof(h.pid));
	if (io_write_all(0, &h, sizeof(h)) == 0 && !h.err)
		while (read(1, &byte, 1) < 0 && errno == EINTR)
			;
	_exit(0);
}

static pid_t start_child(struct rootfs *r, int *ret_in, int *ret_hold)
{
	/* The caller's handlers are not for a process that he does not know. */
	struct clone_args args = { .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD };
	cleanup_fd int out = -EBADF, wait = -EBADF;
	int hello[2], hold[2];
	pid_t pid;

	if (pipe2(hello, O_CLOEXEC) < 0)
		return -errno;
	*ret_in = hello[0];
	out = hello[1];
	if (pipe2(hold, O_CLOEXEC) < 0)
		return -errno;
	*ret_hold = hold[1];
	wait = hold[0];
	pid = sys_clone3(&args, sizeof(args));
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child_run(r, out, wait);
	return pid;
}

static int write_map(struct rootfs *r, const char *pid, const char *file, const struct idmap *map)
{
	char text[IDMAP_MAX_LINES * LINE_SIZE], path[64];
	size_t len = 0;

	for (size_t i = 0; i < map->n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u %u %u\n",
					map->m[i].container_id, map->m[i].host_id, map->m[i].size);
	snprintf(path, sizeof(path), "%s/%s", pid, file);
	return io_write_value_at(r->proc, path, text);
}

/* The namespace with m's maps, or -errno with a message. */
static int make_namespace(struct rootfs *r, const struct mount_plan *m, int in, struct error *e)
{
	char path[64], name[256];
	struct hello h;
	int fd, s;

	mount_name(m, name, sizeof(name));
	if (io_read_full(in, &h, sizeof(h)) != sizeof(h))
		return error_msg(e, ECHILD, "%s: the process for its id maps ended", name);
	if (h.err)
		return error_set(e, h.err, "%s: make a user namespace for its id maps", name);
	h.pid[sizeof(h.pid) - 1] = '\0';
	s = write_map(r, h.pid, "uid_map", &m->uid_mappings);
	if (s < 0)
		return error_set(e, s, "%s: write the map of its user ids", name);
	s = write_map(r, h.pid, "gid_map", &m->gid_mappings);
	if (s < 0)
		return error_set(e, s, "%s: write the map of its group ids", name);
	snprintf(path, sizeof(path), "%s/ns/user", h.pid);
	fd = path_openat(r->proc, path, O_RDONLY, 0);
	return fd < 0 ? error_set(e, fd, "%s: open the user namespace of its id maps", name) : fd;
}

int idmapped_namespace(struct rootfs *r, const struct mount_plan *m, struct error *e)
{
	cleanup_fd int in = -EBADF, hold = -EBADF;
	char name[256];
	pid_t pid;
	int ns;

	pid = start_child(r, &in, &hold);
	if (pid < 0)
		return error_set(e, pid, "%s: start a process for its id maps",
				 mount_name(m, name, sizeof(name)));
	ns = make_namespace(r, m, in, e);
	cleanup_fdp(&hold);
	hold = -EBADF;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return ns;
}

int idmapped_prepare(struct rootfs *r, struct error *e)
{
	for (size_t i = 0; i < r->plan->n_mounts; i++) {
		const struct mount_plan *m = &r->plan->mounts[i];

		if (m->uid_mappings.n == 0 || m->kind != MOUNT_FS)
			continue;
		r->sources[i] = idmapped_namespace(r, m, e);
		if (r->sources[i] < 0)
			return r->sources[i];
	}
	return 0;
}

int idmapped_setattr(const struct mount_plan *m, int mnt, int ns)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)ns };
	unsigned int flags = AT_EMPTY_PATH | (m->idmap_recursive ? AT_RECURSIVE : 0);

	return sys_mount_setattr(mnt, "", flags, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

int idmapped_set(const struct mount_plan *m, int mnt, int ns, struct error *e)
{
	char name[256];
	int s = idmapped_setattr(m, mnt, ns);

	if (s == 0)
		return 0;
	error_set(e, s, "%s: map its ids", mount_name(m, name, sizeof(name)));
	if (s == -EINVAL)
		error_hint(e, "this kernel cannot map the ids of type %s (tmpfs: Linux 6.3)",
			   m->fstype);
	return s;
}

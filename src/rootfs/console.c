/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's terminal (T1): a pseudo-terminal of its own devpts, made and
 * checked by fd alone. The peer comes from the master (TIOCGPTPEER), never from
 * the name "/dev/pts/N", which a container can put anything at (CVE-2025-52565),
 * and /dev/console is a clone of the peer's mount on a file that no symlink
 * led to (CVE-2026-88264).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "rootfs/rootfs.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* Numbers of the kernel's devices.txt. */
enum {
	PTMX_MAJOR = 5,
	PTMX_MINOR = 2,
	PTS_MAJOR_FIRST = 136,
	PTS_MAJOR_LAST = 143,
};

static bool has_magic(int fd, long magic)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (long)fs.f_type == magic;
}

static int no_devpts(int err, struct error *e)
{
	error_msg(e, err, ".process.terminal: '/dev/pts' of the container is no devpts");
	return error_hint(e,
			  "add to .mounts: {\"destination\": \"/dev/pts\", \"type\": \"devpts\", "
			  "\"source\": \"devpts\", \"options\": [\"nosuid\", \"noexec\", "
			  "\"newinstance\", \"ptmxmode=0666\", \"mode=0620\"]}");
}

/*
 * The host's own /dev, bound in: its devpts mostly has ptmxmode=000, so that
 * pts/ptmx is closed and the node /dev/ptmx is the way in.
 */
static int open_host_ptmx(struct rootfs *r, struct error *e)
{
	const int flags = O_NOFOLLOW | O_NOCTTY;
	cleanup_fd int node = -EBADF;
	struct stat st;
	int fd;

	node = path_open_in_resolve(r->root, "/dev/ptmx", O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
	if (node < 0)
		return error_set(e, node, ".process.terminal: '/dev/ptmx'");
	if (fstat(node, &st) < 0 || !S_ISCHR(st.st_mode) ||
	    st.st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR))
		return error_msg(
			e, ENODEV,
			".process.terminal: '/dev/ptmx' is not the terminal multiplexer (5:2)");
	fd = path_open_in_resolve(r->root, "/dev/ptmx", O_RDWR | flags, RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return error_set(e, fd, ".process.terminal: open '/dev/ptmx'");
	return fd;
}

/* In a devpts, "ptmx" is the kernel's own node: the directory is checked. */
static int open_master(struct rootfs *r, int *ret, struct error *e)
{
	cleanup_fd int pts = -EBADF;
	int fd;

	pts = path_open_in_resolve(r->root, "/dev/pts", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	if (pts == -ENOENT || pts == -ENOTDIR)
		return no_devpts(ENODEV, e);
	if (pts < 0)
		return error_set(e, pts, ".process.terminal: open '/dev/pts'");
	if (!has_magic(pts, DEVPTS_SUPER_MAGIC))
		return no_devpts(ENODEV, e);
	fd = path_open_in_resolve(pts, "ptmx", O_RDWR | O_NOCTTY,
				  RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	if (fd == -EACCES && r->plan->has_dev_mount)
		fd = open_host_ptmx(r, e);
	else if (fd < 0)
		error_set(e, fd, ".process.terminal: open '/dev/pts/ptmx'");
	if (fd < 0)
		return fd;
	*ret = fd;
	return 0;
}

static int open_peer(int master, int *ret, struct error *e)
{
	cleanup_fd int peer = -EBADF;
	struct stat st;
	int unlock = 0;

	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return error_set(e, errno, ".process.terminal: unlock the terminal");
	peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (peer < 0)
		return error_set(e, errno, ".process.terminal: open the terminal's peer");
	if (fstat(peer, &st) < 0)
		return error_set(e, errno, ".process.terminal: stat the terminal");
	if (!S_ISCHR(st.st_mode) || major(st.st_rdev) < PTS_MAJOR_FIRST ||
	    major(st.st_rdev) > PTS_MAJOR_LAST || !has_magic(peer, DEVPTS_SUPER_MAGIC))
		return error_msg(e, ENODEV,
				 ".process.terminal: the peer (%u:%u) is no terminal of a "
				 "devpts",
				 major(st.st_rdev), minor(st.st_rdev));
	*ret = take_fd(&peer);
	return 0;
}

/*
 * The process owns its terminal (C16). A uid that is not mapped, or a host's
 * devpts, keeps the maker as owner: it is usable all the same.
 */
static int give_away(int peer, const struct process_plan *p, struct error *e)
{
	if (fchown(peer, p->uid, p->gid) < 0) {
		if (errno != EPERM && errno != EINVAL)
			return error_set(e, errno, ".process.terminal: set the terminal's owner");
		log_debug("the terminal's owner stays: %u:%u cannot be set", p->uid, p->gid);
		return 0;
	}
	if (fchmod(peer, 0620) < 0) {
		if (errno != EPERM)
			return error_set(e, errno, ".process.terminal: set the terminal's mode");
		log_debug("the terminal's mode stays");
	}
	return 0;
}

static int set_size(int master, const struct process_plan *p, struct error *e)
{
	const struct winsize size = { .ws_row = p->rows, .ws_col = p->cols };

	if ((p->rows || p->cols) && ioctl(master, TIOCSWINSZ, &size) < 0)
		return error_set(e, errno, ".process.consoleSize: set %ux%u", p->cols, p->rows);
	return 0;
}

/* A tmpfs that this very plan has put at /dev: what lies in it is ours. */
static bool dev_is_ours(const struct rootfs_plan *plan, int dev)
{
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct mount_plan *m = &plan->mounts[i];

		if (m->kind == MOUNT_FS && strcmp(m->destination, "/dev") == 0)
			return has_magic(dev, TMPFS_MAGIC);
	}
	return false;
}

/* The object "console" itself, not what it might lead to. */
static int open_console(int dev, struct stat *st)
{
	cleanup_fd int fd = path_open_in_resolve(dev, "console", O_PATH | O_NOFOLLOW,
						 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);

	if (fd >= 0 && fstat(fd, st) < 0)
		return -errno;
	return fd >= 0 ? take_fd(&fd) : fd;
}

/* The mount point: 0, or 1 when /dev cannot hold one (it is read-only). */
static int make_console(const struct rootfs_plan *plan, int dev, int *ret, struct error *e)
{
	struct stat st;
	int fd = open_console(dev, &st);

	if (fd >= 0 && S_ISLNK(st.st_mode)) {
		int s;

		close(fd);
		if (!dev_is_ours(plan, dev))
			return error_msg(e, ELOOP,
					 "'/dev/console' of the container is a symlink: it is not "
					 "followed");
		s = path_unlinkat(dev, "console", 0);
		if (s < 0)
			return error_set(e, s, "remove the symlink '/dev/console'");
		fd = -ENOENT;
	}
	if (fd == -ENOENT) {
		fd = path_openat(dev, "console", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0620);
		if (fd == -EROFS) {
			log_warning("'/dev' of the container is read-only: no '/dev/console'");
			return 1;
		}
		if (fd >= 0) {
			close(fd);
			fd = open_console(dev, &st);
		}
		if (fd >= 0 && !S_ISREG(st.st_mode)) { /* exchanged meanwhile */
			close(fd);
			fd = -ESTALE;
		}
	}
	if (fd < 0)
		return error_set(e, fd, "make '/dev/console'");
	*ret = fd;
	return 0;
}

static int mount_console(struct rootfs *r, int peer, struct error *e)
{
	cleanup_fd int dev = -EBADF, target = -EBADF, tree = -EBADF;
	int s;

	dev = path_open_in_resolve(r->root, "/dev", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	if (dev < 0)
		return error_set(e, dev, "'/dev' of the container");
	s = make_console(r->plan, dev, &target, e);
	if (s != 0)
		return s < 0 ? s : 0;
	tree = sys_open_tree(peer, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return error_set(e, errno, "clone the terminal's mount for '/dev/console'");
	if (sys_move_mount(tree, "", target, "",
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return error_set(e, errno, "attach '/dev/console'");
	return 0;
}

int rootfs_console(struct rootfs *r, const struct process_plan *p, int *ret_master, int *ret_peer,
		   struct error *e)
{
	cleanup_fd int master = -EBADF, peer = -EBADF;
	int s;

	s = open_master(r, &master, e);
	if (s == 0)
		s = open_peer(master, &peer, e);
	if (s == 0)
		s = set_size(master, p, e);
	if (s == 0)
		s = give_away(peer, p, e);
	/* With the host's own /dev it is the host's; in exec (which says so, too) init's. */
	if (s == 0 && !r->plan->has_dev_mount)
		s = mount_console(r, peer, e);
	if (s < 0)
		return s;
	*ret_master = take_fd(&master);
	*ret_peer = take_fd(&peer);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes, the links of /dev, and /dev/console. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "rootfs/rootfs.h"

/* Is the very node there already (a /dev of the image's or the host's)? */
static bool node_is_there(struct rootfs *r, const struct device_plan *d)
{
	cleanup_fd int fd =
		path_open_in_resolve(r->root, d->path, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == d->type &&
	       (d->type == S_IFIFO || st.st_rdev == makedev(d->major, d->minor));
}

/*
 * The directory of a node: below /dev no symlink is followed, or a node would
 * appear wherever the image points (CVE-2026-41579, 47766).
 */
static int open_parent(struct rootfs *r, const char *path, const char **ret_name)
{
	cleanup_fd int made = path_open_parent_in(r->root, path, true, ret_name);
	char parent[PATH_MAX];
	size_t len;

	if (made < 0 || !path_is_below(path, "/dev"))
		return take_fd(&made);
	len = (size_t)(*ret_name - path);
	if (len >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, len);
	parent[len] = '\0';
	return path_open_in_resolve(r->root, parent, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
}

/* The file that a node is bound on: itself no symlink either. */
static int open_mount_point(struct rootfs *r, const char *path)
{
	cleanup_fd int parent = -EBADF, fd = -EBADF;
	const char *name;
	struct stat st;

	parent = open_parent(r, path, &name);
	if (parent < 0)
		return parent;
	fd = path_openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
	if (fd < 0 && fd != -EEXIST)
		return fd;
	cleanup_fdp(&fd);
	fd = path_open_in_resolve(parent, name, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode))
		return -ELOOP;
	return take_fd(&fd);
}

static int bind_node(struct rootfs *r, size_t i, struct error *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC };
	const struct device_plan *d = &r->plan->devices[i];
	cleanup_fd int target = open_mount_point(r, d->path);

	if (target < 0)
		return error_set(e, target, "device '%s': make its mount point", d->path);
	if (sys_mount_setattr(r->nodes[i], "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return error_set(e, errno, "device '%s': set its flags", d->path);
	if (sys_move_mount(r->nodes[i], "", target, "",
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return error_set(e, errno, "device '%s': bind the host's node", d->path);
	return 0;
}

static int make_node(struct rootfs *r, const struct device_plan *d, struct error *e)
{
	cleanup_fd int parent = -EBADF, fd = -EBADF;
	const char *name;

	parent = open_parent(r, d->path, &name);
	if (parent < 0)
		return error_set(e, parent, "device '%s': open its directory", d->path);
	/* The umask is 0: the mode needs no chmod(), which would follow a symlink. */
	if (mknodat(parent, name, d->type | d->mode, makedev(d->major, d->minor)) < 0)
		return error_set(e, errno, "device '%s': mknod", d->path);
	if (d->uid == 0 && d->gid == 0)
		return 0;
	/* By fd, and only what we made. */
	fd = path_open_in_resolve(parent, name, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return error_set(e, fd, "device '%s': open it", d->path);
	if (fchownat(fd, "", d->uid, d->gid, AT_EMPTY_PATH) < 0)
		return error_set(e, errno, "device '%s': set its owner", d->path);
	return 0;
}

static int make_links(struct rootfs *r, struct error *e)
{
	static const struct {
		const char *path, *target;
	} links[] = {
		{ "/dev/fd", "/proc/self/fd" },       { "/dev/stdin", "/proc/self/fd/0" },
		{ "/dev/stdout", "/proc/self/fd/1" }, { "/dev/stderr", "/proc/self/fd/2" },
		{ "/dev/core", "/proc/kcore" },
	};
	int s;

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		s = path_symlink_in(r->root, links[i].path, links[i].target, false);
		/* An image's own file of that name is its own business. */
		if (s < 0 && s != -EEXIST)
			return error_set(e, s, "make the link '%s'", links[i].path);
	}
	if (!r->plan->want_devpts_links)
		return 0;
	s = path_symlink_in(r->root, "/dev/ptmx", "pts/ptmx", true);
	if (s < 0)
		return error_set(e, s, "make the link '/dev/ptmx'");
	return 0;
}

/* M3: /dev must be a directory of the root itself, not reached by a link. */
static int check_dev(struct rootfs *r, struct error *e)
{
	cleanup_fd int fd = -EBADF;

	fd = path_mkdirs_in(r->root, "/dev", 0755);
	if (fd >= 0) {
		close(fd);
		fd = path_open_in_resolve(r->root, "/dev", O_PATH | O_DIRECTORY,
					  RESOLVE_NO_SYMLINKS);
	}
	if (fd < 0)
		return error_set(e, fd, "'/dev' of the container");
	return 0;
}

static int make_devices(struct rootfs *r, struct error *e)
{
	int s;

	if (r->plan->want_devices) {
		s = check_dev(r, e);
		if (s < 0)
			return s;
	}
	for (size_t i = 0; i < r->plan->n_devices; i++) {
		const struct device_plan *d = &r->plan->devices[i];

		if (node_is_there(r, d))
			continue;
		s = d->source ? bind_node(r, i, e) : make_node(r, d, e);
		if (r->nodes[i] >= 0)
			close(r->nodes[i]);
		r->nodes[i] = -EBADF;
		if (s < 0)
			return s;
	}
	return r->plan->want_devices ? make_links(r, e) : 0;
}

int rootfs_devices(struct rootfs *r, struct error *e)
{
	mode_t mask = umask(0);
	int s = make_devices(r, e);

	umask(mask);
	return s;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes, the links of /dev, and /dev/console. */
#include <errno.h>
#include <fcntl.h>
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
	cleanup_fd int fd = path_open_in_resolve(r->root, d->path, O_PATH | O_NOFOLLOW,
						 RESOLVE_NO_SYMLINKS);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == d->type &&
	       (d->type == S_IFIFO || st.st_rdev == makedev(d->major, d->minor));
}

static int bind_node(struct rootfs *r, size_t i, struct error *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC };
	const struct device_plan *d = &r->plan->devices[i];
	cleanup_fd int target = path_mkfile_in(r->root, d->path, 0644);

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

	parent = path_open_parent_in(r->root, d->path, true, &name);
	if (parent < 0)
		return error_set(e, parent, "device '%s': open its directory", d->path);
	if (mknodat(parent, name, d->type | d->mode, makedev(d->major, d->minor)) < 0)
		return error_set(e, errno, "device '%s': mknod", d->path);
	/* By fd, and only what we made: mknod() has the umask in it. */
	fd = path_open_in_resolve(parent, name, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return error_set(e, fd, "device '%s': open it", d->path);
	if (fchownat(fd, "", d->uid, d->gid, AT_EMPTY_PATH) < 0)
		return error_set(e, errno, "device '%s': set its owner", d->path);
	if (fchmodat(parent, name, d->mode, 0) < 0)
		return error_set(e, errno, "device '%s': set its mode", d->path);
	return 0;
}

static int make_links(struct rootfs *r, struct error *e)
{
	static const struct {
		const char *path, *target;
	} links[] = {
		{ "/dev/fd", "/proc/self/fd" },
		{ "/dev/stdin", "/proc/self/fd/0" },
		{ "/dev/stdout", "/proc/self/fd/1" },
		{ "/dev/stderr", "/proc/self/fd/2" },
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
		fd = path_open_in_resolve(r->root, "/dev", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	}
	if (fd < 0)
		return error_set(e, fd, "'/dev' of the container");
	return 0;
}

int rootfs_devices(struct rootfs *r, struct error *e)
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

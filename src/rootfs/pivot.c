/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving the host's tree. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "rootfs/rootfs.h"

static int make_readonly(struct rootfs *r, struct error *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	/* "/" alone: /dev and the rest stay as configured (C45). */
	if (sys_mount_setattr(r->root, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return error_set(e, errno, ".root.readonly: make the root read-only");
	return 0;
}

/* A tmpfs that is configured "ro": its nodes, links and mount points are made now. */
static int make_dev_readonly(struct rootfs *r, struct error *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	cleanup_fd int dev =
		path_open_in_resolve(r->root, "/dev", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);

	if (dev < 0)
		return error_set(e, dev, "'/dev' of the container");
	if (sys_mount_setattr(dev, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return error_set(e, errno, "make '/dev' of the container read-only");
	return 0;
}

static int set_propagation(const struct rootfs_plan *p, struct error *e)
{
	struct mount_attr attr = { .propagation = p->propagation & ~(unsigned long)MS_REC };
	unsigned int flags = (p->propagation & MS_REC) ? AT_RECURSIVE : 0;

	if (!attr.propagation)
		return 0;
	if (sys_mount_setattr(AT_FDCWD, "/", flags, &attr, sizeof(attr)) < 0)
		return error_set(e, errno, ".linux.rootfsPropagation: set it on '/'");
	return 0;
}

/* C11: for hosts whose root is a ramfs, where pivot_root() cannot work. */
static int move_root(struct rootfs *r, struct error *e)
{
	/* Over "/" first: what a chroot leaves behind it, a process can climb back to. */
	if (sys_move_mount(r->root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_set(e, errno, "move the root over '/' (no pivot)");
	if (chroot(".") < 0)
		return error_set(e, errno, "change the root (no pivot)");
	return 0;
}

static int pivot(struct error *e)
{
	if (sys_pivot_root(".", ".") < 0) {
		if (errno == EINVAL) {
			error_set(e, EINVAL, "pivot_root");
			return error_hint(e, "is the host's root a ramfs? then use --no-pivot");
		}
		return error_set(e, errno, "pivot_root");
	}
	/* The old root now lies over the new one, and "." is its top. */
	if (sys_umount2(".", MNT_DETACH) < 0)
		return error_set(e, errno, "unmount the host's root");
	return 0;
}

int rootfs_pivot(struct rootfs *r, struct error *e)
{
	int s;

	if (r->plan->readonly) {
		s = make_readonly(r, e);
		if (s < 0)
			return s;
	}
	if (r->plan->dev_readonly) {
		s = make_dev_readonly(r, e);
		if (s < 0)
			return s;
	}
	if (fchdir(r->root) < 0)
		return error_set(e, errno, "enter the root");
	s = r->plan->no_pivot ? move_root(r, e) : pivot(e);
	if (s < 0)
		return s;
	s = path_chdir("/");
	if (s < 0)
		return error_set(e, s, "enter '/'");
	return set_propagation(r->plan, e);
}

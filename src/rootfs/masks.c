/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .linux.maskedPaths and .readonlyPaths. Before pivot_root, while the host's
 * /dev/null can still be cloned: a mask is never made of something that the
 * container brings (M4, CVE-2025-31133). What is missing needs no mask; any
 * other failure is fatal.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "rootfs/rootfs.h"

static int open_masked(struct rootfs *r, const char *path, const char *key, int *ret,
		       struct error *e)
{
	/* A link is followed within the root: what it leads to is masked. */
	int fd = path_open_in(r->root, path, O_PATH);

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return error_set(e, fd, "%s: open '%s'", key, path);
	*ret = fd;
	return 1;
}

/* An empty, read-only, sealed-off directory; one for all masks. */
static int new_empty_dir(const char *option, int *ret, struct error *e)
{
	static char *data[] = { "size=4k", "mode=755", "nr_inodes=1", NULL };
	const struct mount_plan empty = {
		.index = SIZE_MAX,
		.destination = "(mask)",
		.fstype = "tmpfs",
		.source = "tmpfs",
		.data = data,
		.flags = { .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				  MOUNT_ATTR_NOEXEC },
	};

	return fsmount_new(&empty, option, ret, e);
}

static int clone_mount(int fd, bool recursive)
{
	int tree = sys_open_tree(fd, "",
				 AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
					 (recursive ? AT_RECURSIVE : 0));

	return tree < 0 ? -errno : tree;
}

static int mask_one(struct rootfs *r, const char *path, int *empty, struct error *e)
{
	cleanup_fd int target = -EBADF, mask = -EBADF;
	struct stat st;
	int s;

	s = open_masked(r, path, ".linux.maskedPaths", &target, e);
	if (s <= 0)
		return s;
	if (fstat(target, &st) < 0)
		return error_set(e, errno, ".linux.maskedPaths: stat '%s'", path);
	if (!S_ISDIR(st.st_mode)) {
		mask = clone_mount(r->null, false);
	} else if (*empty < 0) {
		/* The first is attached itself: only an attached mount can be cloned. */
		s = new_empty_dir(r->plan->mask_option, empty, e);
		if (s < 0)
			return error_prefix(e, ".linux.maskedPaths: '%s'", path);
		mask = fcntl(*empty, F_DUPFD_CLOEXEC, 3);
		mask = mask < 0 ? -errno : mask;
	} else {
		mask = clone_mount(*empty, false);
	}
	if (mask < 0)
		return error_set(e, mask, ".linux.maskedPaths: mask for '%s'", path);
	if (sys_move_mount(mask, "", target, "",
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return error_set(e, errno, ".linux.maskedPaths: mask '%s'", path);
	return 0;
}

int rootfs_mask(struct rootfs *r, struct error *e)
{
	cleanup_fd int empty = -EBADF;

	for (char **p = r->plan->masked_paths; *p; p++) {
		int s = mask_one(r, *p, &empty, e);

		if (s < 0)
			return s;
	}
	return 0;
}

static int readonly_one(struct rootfs *r, const char *path, struct error *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	cleanup_fd int target = -EBADF, tree = -EBADF;
	int s;

	s = open_masked(r, path, ".linux.readonlyPaths", &target, e);
	if (s <= 0)
		return s;
	/* A clone keeps the locked flags (nosuid, nodev, noexec) by itself. */
	tree = clone_mount(target, true);
	if (tree < 0)
		return error_set(e, tree, ".linux.readonlyPaths: clone '%s'", path);
	if (sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return error_set(e, errno, ".linux.readonlyPaths: make '%s' read-only", path);
	if (sys_move_mount(tree, "", target, "",
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return error_set(e, errno, ".linux.readonlyPaths: attach '%s'", path);
	return 0;
}

int rootfs_readonly_paths(struct rootfs *r, struct error *e)
{
	for (char **p = r->plan->readonly_paths; *p; p++) {
		int s = readonly_one(r, *p, e);

		if (s < 0)
			return s;
	}
	return 0;
}

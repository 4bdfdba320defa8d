/* SPDX-License-Identifier: Apache-2.0 */
/* Sources are opened, the root is attached: all before the first mount. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "rootfs/rootfs.h"

int rootfs_prepare(struct arena *a, const struct rootfs_plan *plan, const struct namespace_plan *ns,
		   struct rootfs *ret, struct error *e)
{
	*ret = (struct rootfs){
		.plan = plan,
		.ns = ns,
		.root = -EBADF,
		.over = -EBADF,
		.proc = -EBADF,
		.null = -EBADF,
		.sys = -EBADF,
		.sources = arena_calloc(a, plan->n_mounts + 1, sizeof(int)),
		.nodes = arena_calloc(a, plan->n_devices + 1, sizeof(int)),
	};
	if (!ret->sources || !ret->nodes)
		return error_set(e, ENOMEM, "prepare the mounts");
	for (size_t i = 0; i < plan->n_mounts; i++)
		ret->sources[i] = -EBADF;
	for (size_t i = 0; i < plan->n_devices; i++)
		ret->nodes[i] = -EBADF;
	return 0;
}

const char *mount_name(const struct mount_plan *m, char *buf, size_t len)
{
	if (m->index == SIZE_MAX)
		snprintf(buf, len, "mount '%s'", m->destination);
	else
		snprintf(buf, len, ".mounts[%zu] '%s'", m->index, m->destination);
	return buf;
}

/* Everything we see; afterwards nothing of ours travels to the host. */
static int cut_from_host(unsigned long how, struct error *e)
{
	struct mount_attr attr = { .propagation = how };

	if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return error_set(e, errno, "cut the mount propagation from the host");
	return 0;
}

int rootfs_isolate(struct rootfs *r, struct error *e)
{
	/*
	 * Slave, not private: a bind with "rslave" must go on to receive what the
	 * host mounts later.
	 */
	unsigned long how = MS_SLAVE;

	/* A shared bind must be cloned while its source is; rootfs_attach() cuts then. */
	if (r->plan->propagation & MS_SHARED)
		return 0;
	if (r->plan->propagation & (MS_PRIVATE | MS_UNBINDABLE))
		how = MS_PRIVATE;
	return cut_from_host(how, e);
}

/*
 * P25: a path that the caller's ids may not walk is a common trap; name the
 * first component that refuses.
 */
static int explain_refusal(const char *path, int err, struct error *e)
{
	char part[4096];
	size_t len = strlen(path);
	struct stat st;

	if (err != -EACCES || len >= sizeof(part))
		return -e->code;
	for (size_t i = 1; i <= len; i++) {
		int fd;

		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		fd = path_open(part, O_PATH);
		if (fd >= 0) {
			close(fd);
			continue;
		}
		for (; i > 1 && part[i] != '/'; i--)
			;
		part[i] = '\0';
		if (path_stat(part, &st) == 0)
			return error_hint(
				e, "'%s' (mode %04o) does not let this user pass: chmod o+x '%s'",
				part, st.st_mode & 07777, part);
		break;
	}
	return -e->code;
}

int rootfs_open_tree(const char *path, bool recursive, unsigned int at_flags)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | at_flags;
	int fd;

	fd = sys_open_tree(AT_FDCWD, path, flags | (recursive ? AT_RECURSIVE : 0));
	/*
	 * Mounts below it that came with the namespace are locked to it in a user
	 * namespace: they cannot be left out, so they come along.
	 */
	if (fd < 0 && errno == EINVAL && !recursive)
		fd = sys_open_tree(AT_FDCWD, path, flags | AT_RECURSIVE);
	return fd < 0 ? -errno : fd;
}

int rootfs_source_error(const struct mount_plan *m, int err, struct error *e)
{
	char name[256];

	error_set(e, err, "%s: open source '%s'", mount_name(m, name, sizeof(name)), m->source);
	return explain_refusal(m->source, err, e);
}

static int open_bind_source(struct rootfs *r, size_t i, struct error *e)
{
	const struct mount_plan *m = &r->plan->mounts[i];
	int fd = rootfs_open_tree(m->source, m->flags.recursive,
				  m->src_nofollow ? AT_SYMLINK_NOFOLLOW : 0);

	if (fd == -ENOENT && m->optional)
		return 0;
	if (fd < 0)
		return rootfs_source_error(m, fd, e);
	r->sources[i] = fd;
	return 0;
}

/* copy-symlink: the link itself is held; what is no link is bound (M06). */
static int open_link(struct rootfs *r, size_t i, struct error *e)
{
	const struct mount_plan *m = &r->plan->mounts[i];
	int fd = path_open(m->source, O_PATH | O_NOFOLLOW);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode)) {
		r->sources[i] = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	return open_bind_source(r, i, e);
}

static int open_node(struct rootfs *r, size_t i, struct error *e)
{
	const struct device_plan *d = &r->plan->devices[i];
	struct stat st;
	int fd;

	if (!d->source)
		return 0;
	fd = rootfs_open_tree(d->source, false, 0);
	if (fd < 0) {
		error_set(e, fd, "device '%s': open the host's node", d->path);
		return error_hint(e, "without real root a device is bound from the host: load its "
				     "module there, or leave it out of .linux.devices");
	}
	r->nodes[i] = fd;
	if (fstat(fd, &st) < 0)
		return error_set(e, errno, "device '%s': look at the host's node", d->path);
	if ((st.st_mode & S_IFMT) != d->type || st.st_rdev != makedev(d->major, d->minor))
		return error_msg(
			e, ENODEV,
			"device '%s': the host's node is %u:%u, not %u:%u of the kind asked for",
			d->path, major(st.st_rdev), minor(st.st_rdev), d->major, d->minor);
	return 0;
}

static int open_null(struct rootfs *r, struct error *e)
{
	r->null = path_open("/dev/null", O_PATH | O_NOFOLLOW);
	if (r->null < 0)
		return error_set(e, r->null, "open '/dev/null'");
	if (!fd_is_null_device(r->null))
		return error_msg(e, ENODEV, "'/dev/null' of the host is not the null device (1:3)");
	return 0;
}

int rootfs_open_mount_sources(struct rootfs *r, struct error *e)
{
	int s;

	for (size_t i = 0; i < r->plan->n_mounts; i++) {
		const struct mount_plan *m = &r->plan->mounts[i];

		if (rootfs_is_idmapped_bind(m)) {
			continue; /* the caller has opened it */
		} else if (m->kind == MOUNT_BIND) {
			s = open_bind_source(r, i, e);
			if (s < 0)
				return s;
		} else if (m->kind == MOUNT_COPY_SYMLINK) {
			s = open_link(r, i, e);
			if (s < 0)
				return s;
		} else if (m->fallback_sys_bind && r->sys < 0) {
			r->sys = rootfs_open_tree("/sys", true, 0);
		} else if (m->uid_mappings.n) {
			s = rootfs_open_procfs(r, e);
			if (s < 0)
				return s;
		}
	}
	return 0;
}

int rootfs_open_sources(struct rootfs *r, struct error *e)
{
	int s;

	r->root = rootfs_open_tree(r->plan->path, true, 0);
	if (r->root < 0) {
		s = r->root;
		error_kind_set(e, KIND_ROOTFS, s, ".root.path: open '%s'", r->plan->path);
		return explain_refusal(r->plan->path, s, e);
	}
	r->over = path_open(r->plan->path, O_PATH);
	if (r->over < 0)
		return error_set(e, r->over, ".root.path: open '%s'", r->plan->path);
	s = rootfs_open_mount_sources(r, e);
	if (s < 0)
		return s;
	for (size_t i = 0; i < r->plan->n_devices; i++) {
		s = open_node(r, i, e);
		if (s < 0)
			return error_default_kind(e, KIND_DEVICE);
	}
	return r->plan->masked_paths[0] ? open_null(r, e) : 0;
}

/* The kernel gives the root of every procfs this inode number. */
enum { PROC_ROOT_INODE = 1 };

int rootfs_open_procfs(struct rootfs *r, struct error *e)
{
	cleanup_fd int fd = path_open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW);
	struct statfs fs;
	struct stat st;

	if (r->proc >= 0)
		return 0;
	if (fd < 0)
		return error_set(e, fd, "open '/proc'");
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return error_set(e, errno, "look at '/proc'");
	if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != PROC_ROOT_INODE)
		return error_msg(e, ENODEV, "'/proc' of the host is no procfs: mount one there");
	r->proc = take_fd(&fd);
	return 0;
}

/*
 * rootfsPropagation "shared": the clones of the root and of /sys are peers of
 * the host's mounts, so that /proc and the rest, mounted on them, would show up
 * there, and the host's "/" would be covered by the root. Only the binds stay.
 */
static int keep_root_to_ourselves(struct rootfs *r, struct error *e)
{
	const int ours[] = { r->root, r->sys };
	struct mount_attr attr = { .propagation = MS_PRIVATE };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (ours[i] >= 0 && sys_mount_setattr(ours[i], "", AT_EMPTY_PATH | AT_RECURSIVE,
						      &attr, sizeof(attr)) < 0)
			return error_set(e, errno,
					 "cut the root's mount propagation from the host");
	return cut_from_host(MS_SLAVE, e);
}

/* Before the container's own mounts are in it: they are as they are configured. */
static int make_tree_readonly(struct rootfs *r, struct error *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (sys_mount_setattr(r->root, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return error_set(e, errno, ".root.readonly: make the host's tree read-only");
	return 0;
}

int rootfs_attach(struct rootfs *r, struct error *e)
{
	struct stat st;
	int s;

	if (fstat(r->root, &st) < 0 || !S_ISDIR(st.st_mode))
		return error_msg(e, ENOTDIR, ".root.path: '%s' is not a directory", r->plan->path);
	s = idmapped_prepare(r, e);
	if (s == 0 && r->plan->readonly_tree)
		s = make_tree_readonly(r, e);
	if (s == 0 && (r->plan->propagation & MS_SHARED))
		s = keep_root_to_ourselves(r, e);
	if (s < 0)
		return s;
	/*
	 * Over its own path, where hooks look for it (CDI, nvidia), by an fd: its
	 * parents may be closed to the mapped ids (buildah's are).
	 */
	if (sys_move_mount(r->root, "", r->over, "",
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return error_set(e, errno, ".root.path: attach '%s'", r->plan->path);
	close(r->over);
	r->over = -EBADF;
	return 0;
}

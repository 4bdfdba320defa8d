/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .mounts in order. Each one: make it detached, set its flags, find its
 * target below the root by fd, attach. Attributes come before the attachment:
 * there is no moment in which a read-only mount is writable (M1).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "rootfs/rootfs.h"

/*
 * /proc and /sys, and what is of their type elsewhere, are real directories of
 * the root: no symlink may lead there (CVE-2019-19921).
 */
static bool wants_real_directory(const struct mount_plan *m)
{
	if (m->kind == MOUNT_FS &&
	    (strcmp(m->fstype, "proc") == 0 || strcmp(m->fstype, "sysfs") == 0))
		return true;
	return strcmp(m->destination, "/proc") == 0 || strcmp(m->destination, "/sys") == 0;
}

static bool is_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* Files of /proc that may be replaced: what lxcfs and its like show instead. */
static bool may_replace(const char *destination)
{
	static const char *const files[] = {
		"cpuinfo",
		"diskstats",
		"loadavg",
		"meminfo",
		"net/dev",
		"slabinfo",
		"stat",
		"swaps",
		"sys/crypto/fips_enabled",
		"sys/kernel/ns_last_pid",
		"uptime",
	};

	if (!path_is_below(destination, "/proc") || strlen(destination) <= strlen("/proc/"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (strcmp(destination + strlen("/proc/"), files[i]) == 0)
			return true;
	return false;
}

/*
 * M5: /proc holds the kernel's own files. A volume over it, or in it, would
 * catch what programs mean to write to the kernel, LSM labels above all
 * (CVE-2019-16884).
 */
static int check_proc(const struct mount_plan *m, int mnt, int target, struct error *e)
{
	char name[256];

	if (is_procfs(mnt) || (strcmp(m->destination, "/proc") != 0 && !is_procfs(target)) ||
	    may_replace(m->destination))
		return 0;
	return error_msg(e, EINVAL, "%s: only a procfs can be mounted on '/proc' or inside of it",
			 mount_name(m, name, sizeof(name)));
}

/*
 * dest-nofollow: what the container's own programs take for the kernel's files
 * is not to be covered behind their back (as in crun).
 */
static int check_nofollow_target(const struct mount_plan *m, int target, struct error *e)
{
	static const struct {
		long magic;
		const char *name;
	} refused[] = {
		{ PROC_SUPER_MAGIC, "procfs" },
		{ SYSFS_MAGIC, "sysfs" },
		{ DEVPTS_SUPER_MAGIC, "devpts" },
	};
	char name[256];
	struct statfs fs;

	if (fstatfs(target, &fs) < 0)
		return error_set(e, errno, "%s: look at the target",
				 mount_name(m, name, sizeof(name)));
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (fs.f_type == refused[i].magic)
			return error_msg(
				e, EINVAL,
				"%s: 'dest-nofollow' is not possible on a target inside of a %s",
				mount_name(m, name, sizeof(name)), refused[i].name);
	return 0;
}

/* M07: the target as it is, a symlink included; made it is not. */
static int open_nofollow_target(struct rootfs *r, const struct mount_plan *m, int *ret,
				struct error *e)
{
	cleanup_fd int fd = path_open_in(r->root, m->destination, O_PATH | O_NOFOLLOW);
	char name[256];
	int s;

	if (fd == -ENOENT)
		return error_msg(
			e, ENOENT,
			"%s: the target is missing: 'dest-nofollow' needs one that is there",
			mount_name(m, name, sizeof(name)));
	if (fd < 0)
		return error_set(e, fd, "%s: open the target", mount_name(m, name, sizeof(name)));
	s = check_nofollow_target(m, fd, e);
	if (s == 0)
		*ret = take_fd(&fd);
	return s;
}

static int open_target(struct rootfs *r, const struct mount_plan *m, bool directory, int *ret,
		       struct error *e)
{
	char name[256];
	int fd;

	if (m->dest_nofollow && !wants_real_directory(m)) {
		int s = open_nofollow_target(r, m, ret, e);

		if (s != -ENOENT || !m->dest_create)
			return s;
		error_clear(e);
	}
	if (directory)
		fd = path_mkdirs_in(r->root, m->destination, 0755);
	else
		fd = path_mkfile_in(r->root, m->destination, 0644);
	if (fd >= 0 && wants_real_directory(m)) {
		close(fd);
		fd = path_open_in_resolve(r->root, m->destination, O_PATH | O_DIRECTORY,
					  RESOLVE_NO_SYMLINKS);
	}
	if (fd >= 0) {
		*ret = fd;
		return 0;
	}
	error_set(e, fd, "%s: make or open the target", mount_name(m, name, sizeof(name)));
	if (fd == -EROFS || fd == -EACCES)
		error_hint(e, "where the root cannot be written, the target must be in it already");
	return fd;
}

static int attach(struct rootfs *r, const struct mount_plan *m, int mnt, struct error *e)
{
	cleanup_fd int target = -EBADF;
	struct stat st;
	char name[256];
	int s;

	if (fstat(mnt, &st) < 0)
		return error_set(e, errno, "%s: stat", mount_name(m, name, sizeof(name)));
	s = open_target(r, m, S_ISDIR(st.st_mode), &target, e);
	if (s == 0)
		s = check_proc(m, mnt, target, e);
	if (s < 0)
		return s;
	if (sys_move_mount(mnt, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) <
	    0)
		return error_set(e, errno, "%s: attach", mount_name(m, name, sizeof(name)));
	if (r->attached)
		r->attached[m - r->plan->mounts] = fcntl(mnt, F_DUPFD_CLOEXEC, 3);
	return 0;
}

#define ACCESS_TIMES (MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME)

/*
 * Sets flags on a detached tree. Flags that the host locked (nosuid, nodev,
 * noexec, ro, atime of a mount seen through a user namespace) cannot be taken
 * away: they stay as they are (M14, M23), all others are set.
 */
static int set_flags(int mnt, uint64_t set, uint64_t clear, bool recursive)
{
	static const uint64_t groups[] = {
		MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID,     MOUNT_ATTR_NODEV,       MOUNT_ATTR_NOEXEC,
		MOUNT_ATTR__ATIME, MOUNT_ATTR_NODIRATIME, MOUNT_ATTR_NOSYMFOLLOW,
	};
	unsigned int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear };

	if (!set && !clear)
		return 0;
	if (sys_mount_setattr(mnt, "", flags, &attr, sizeof(attr)) == 0)
		return 0;
	if (errno != EPERM || (!clear && !(set & ACCESS_TIMES)))
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		attr.attr_set = set & groups[i];
		attr.attr_clr = clear & groups[i];
		if (!attr.attr_set && !attr.attr_clr)
			continue;
		if (sys_mount_setattr(mnt, "", flags, &attr, sizeof(attr)) == 0)
			continue;
		/*
		 * What was to be added must be there; what was to go may be locked,
		 * and access times (one lock for all of them) either way.
		 */
		if (errno != EPERM || (attr.attr_set & ~(uint64_t)ACCESS_TIMES))
			return -errno;
		log_debug("a mount flag (%#llx) is locked by the host and stays",
			  (unsigned long long)groups[i]);
	}
	return 0;
}

int rootfs_set_mount_flags(const struct mount_plan *m, int mnt, struct error *e)
{
	struct mount_attr attr = { .propagation = m->flags.propagation & ~(unsigned long)MS_REC };
	unsigned int rec = (m->flags.propagation & MS_REC) ? AT_RECURSIVE : 0;
	char name[256];
	int s;

	s = set_flags(mnt, m->flags.set, m->flags.clear, false);
	if (s == 0)
		s = set_flags(mnt, m->flags.rec_set, m->flags.rec_clear, true);
	if (s < 0)
		return error_set(e, s, "%s: set its flags", mount_name(m, name, sizeof(name)));
	if (attr.propagation &&
	    sys_mount_setattr(mnt, "", AT_EMPTY_PATH | rec, &attr, sizeof(attr)) < 0)
		return error_set(e, errno, "%s: set its propagation",
				 mount_name(m, name, sizeof(name)));
	return 0;
}

/* The recursive bind of the host's /sys that stands in for sysfs (M17). */
static int attach_host_sys(struct rootfs *r, const struct mount_plan *m, struct error *e)
{
	struct mount_plan bind = *m;
	int s;

	if (r->sys < 0)
		return -e->code;
	error_clear(e);
	/* Locked to the host's view, and never writable. */
	bind.flags.rec_set |= m->flags.set | MOUNT_ATTR_RDONLY;
	bind.flags.set = bind.flags.clear = 0;
	s = rootfs_set_mount_flags(&bind, r->sys, e);
	return s < 0 ? s : attach(r, m, r->sys, e);
}

/* Mode of the directory that a tmpfs hides, as its mode= (M15). */
static const char *shadowed_mode(struct rootfs *r, const struct mount_plan *m, char *buf,
				 size_t len)
{
	int nofollow = m->dest_nofollow ? O_NOFOLLOW : 0;
	cleanup_fd int fd = path_open_in(r->root, m->destination, O_PATH | O_DIRECTORY | nofollow);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	snprintf(buf, len, "mode=%o", st.st_mode & 07777);
	return buf;
}

static int copy_up(struct rootfs *r, const struct mount_plan *m, int mnt, struct error *e)
{
	cleanup_fd int from = -EBADF;
	char name[256];
	int s;

	from = path_open_in(r->root, m->destination,
			    O_RDONLY | O_DIRECTORY | (m->dest_nofollow ? O_NOFOLLOW : 0));
	if (from == -ENOENT)
		return 0;
	if (from < 0)
		return error_set(e, from, "%s: tmpcopyup", mount_name(m, name, sizeof(name)));
	s = tmpcopyup(from, mnt, e);
	if (s < 0)
		return error_prefix(e, "%s: tmpcopyup", mount_name(m, name, sizeof(name)));
	return 0;
}

/* M21: of a file system that takes no label as an option; to its directory. */
static int set_label(const struct mount_plan *m, int mnt, struct error *e)
{
	cleanup_fd int dir = path_open_in(mnt, ".", O_RDONLY | O_DIRECTORY);
	char name[256];

	if (dir < 0)
		return error_set(e, dir, "%s: open it", mount_name(m, name, sizeof(name)));
	if (fsetxattr(dir, "security.selinux", m->label, strlen(m->label) + 1, 0) < 0)
		return error_set(e, errno, "%s: .linux.mountLabel: set '%s'",
				 mount_name(m, name, sizeof(name)), m->label);
	return 0;
}

static int mount_fs(struct rootfs *r, size_t i, struct error *e)
{
	const struct mount_plan *m = &r->plan->mounts[i];
	cleanup_fd int mnt = -EBADF;
	const char *extra = NULL;
	char mode[32], name[256];
	int s;

	if (m->mode_from_target)
		extra = shadowed_mode(r, m, mode, sizeof(mode));
	s = fsmount_new(m, extra, &mnt, e);
	if (s == -EPERM && m->fallback_sys_bind)
		return attach_host_sys(r, m, e);
	if (s < 0)
		return s;
	if (m->tmpcopyup) {
		s = copy_up(r, m, mnt, e);
		if (s == 0 && m->read_only_late)
			s = set_flags(mnt, MOUNT_ATTR_RDONLY, 0, false);
		if (s < 0)
			return e->code ? s
				       : error_set(e, s, "%s: make it read-only",
						   mount_name(m, name, sizeof(name)));
	}
	s = rootfs_set_mount_flags(m, mnt, e);
	if (s == 0 && m->label)
		s = set_label(m, mnt, e);
	/* After the copy: the image's ids are those of the file system itself. */
	if (s == 0 && m->uid_mappings.n)
		s = idmapped_set(m, mnt, r->sources[i], e);
	return s < 0 ? s : attach(r, m, mnt, e);
}

/*
 * A cgroup2 of the container's own cgroup namespace; where the kernel refuses
 * (no such namespace), the host's tree, read-only (M19, CVE-2023-25809).
 */
static int mount_cgroup(struct rootfs *r, const struct mount_plan *m, struct error *e)
{
	struct mount_plan fs = *m;
	cleanup_fd int mnt = -EBADF;
	int s = r->before_cgroup ? r->before_cgroup(r->before_arg, e) : 0;

	if (s < 0)
		return s;
	fs.fstype = "cgroup2";
	if (!r->ns->host[OCI_NS_CGROUP]) {
		s = fsmount_new(&fs, NULL, &mnt, e);
		if (s == 0)
			s = rootfs_set_mount_flags(&fs, mnt, e);
		if (s == 0)
			return attach(r, m, mnt, e);
		/* In a running container that path would be the container's. */
		if ((s != -EPERM && s != -EBUSY) || r->attached)
			return s;
		error_clear(e);
	}
	mnt = sys_open_tree(AT_FDCWD, "/sys/fs/cgroup",
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (mnt < 0)
		return error_set(e, errno, ".mounts[%zu] '%s': bind the host's /sys/fs/cgroup",
				 m->index, m->destination);
	fs.flags.rec_set |= fs.flags.set | MOUNT_ATTR_RDONLY;
	fs.flags.set = fs.flags.clear = 0;
	s = rootfs_set_mount_flags(&fs, mnt, e);
	return s < 0 ? s : attach(r, m, mnt, e);
}

/* A08: the container's own directory of the host's hierarchy is its root. */
static int mount_cgroup_v1(struct rootfs *r, const struct mount_plan *m, struct error *e)
{
	cleanup_fd int mnt = -EBADF;
	int s = r->before_cgroup(r->before_arg, e);

	if (s == 0)
		s = fsmount_new(m, NULL, &mnt, e);
	if (s == 0)
		s = rootfs_set_mount_flags(m, mnt, e);
	return s < 0 ? s : attach(r, m, mnt, e);
}

static int mount_bind(struct rootfs *r, size_t i, struct error *e)
{
	const struct mount_plan *m = &r->plan->mounts[i];
	int s;

	if (r->sources[i] < 0)
		return 0;
	/* Who mapped its ids has set its flags, too. */
	s = rootfs_is_idmapped_bind(m) ? 0 : rootfs_set_mount_flags(m, r->sources[i], e);
	if (s == 0)
		s = attach(r, m, r->sources[i], e);
	close(r->sources[i]);
	r->sources[i] = -EBADF;
	return s;
}

/* The link is made again, not mounted; what is no link is bound (M06). */
static int copy_symlink(struct rootfs *r, size_t i, struct error *e)
{
	const struct mount_plan *m = &r->plan->mounts[i];
	cleanup_fd int source = -EBADF;
	char target[4096], name[256];
	struct stat st;
	ssize_t n;
	int s;

	if (fstat(r->sources[i], &st) < 0 || !S_ISLNK(st.st_mode))
		return mount_bind(r, i, e);
	source = take_fd(&r->sources[i]);
	n = path_readlinkat(source, "", target, sizeof(target));
	if (n < 0)
		return error_set(e, (int)n, "%s: read the link '%s'",
				 mount_name(m, name, sizeof(name)), m->source);
	s = path_symlink_in(r->root, m->destination, target, false);
	if (s < 0)
		return error_set(e, s, "%s: make the link", mount_name(m, name, sizeof(name)));
	return 0;
}

static int mount_one(struct rootfs *r, size_t i, struct error *e)
{
	const struct mount_plan *m = &r->plan->mounts[i];

	switch (m->kind) {
	case MOUNT_FS:
		return mount_fs(r, i, e);
	case MOUNT_BIND:
		return mount_bind(r, i, e);
	case MOUNT_CGROUP:
		return mount_cgroup(r, m, e);
	case MOUNT_CGROUP_V1:
		return mount_cgroup_v1(r, m, e);
	case MOUNT_COPY_SYMLINK:
		return copy_symlink(r, i, e);
	}
	return 0;
}

int rootfs_mounts(struct rootfs *r, struct error *e)
{
	mode_t mask = umask(0); /* the caller's must not narrow a target's mode (M13) */
	int s = 0;

	for (size_t i = 0; i < r->plan->n_mounts && s == 0; i++)
		s = mount_one(r, i, e);
	umask(mask);
	return s;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Id-mapped binds (M10, M11). The kernel lets only those map the ids of a file
 * system who have CAP_SYS_ADMIN in the user namespace that mounted it. The
 * container's init has that in its own alone, so the caller does it, before he
 * clones: a detached tree, mapped and with its flags, that init inherits as a
 * descriptor and attaches. Real root can map what the host has mounted; root of
 * a user namespace what was mounted in it; nobody else anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "rootfs/rootfs.h"

/* Since when a file system can be mapped; NULL: not in any kernel so far. */
static const struct file_system {
	unsigned int magic;
	const char *name, *since;
} file_systems[] = {
	{ 0xef53, "ext4", "Linux 5.12" },
	{ 0x4d44, "vfat", "Linux 5.12" },
	{ 0x58465342, "xfs", "Linux 5.13" },
	{ 0x9123683e, "btrfs", "Linux 5.15" },
	{ 0x7366746e, "ntfs3", "Linux 5.15" },
	{ 0xf2f52010, "f2fs", "Linux 5.18" },
	{ 0xe0f5e1e2, "erofs", "Linux 5.19" },
	{ 0x73717368, "squashfs", "Linux 6.2" },
	{ 0x01021994, "tmpfs", "Linux 6.3" },
	{ 0x00c36400, "ceph", "Linux 6.7" },
	{ 0x65735546, "fuse", "Linux 6.12" },
	{ 0x2fc12fc1, "zfs", "OpenZFS 2.2" },
	{ 0x794c7630, "overlay", NULL },
	{ 0x6969, "nfs", NULL },
	{ 0xfe534d42, "smb", NULL },
	{ 0x01021997, "9p", NULL },
	{ 0x9fa0, "proc", NULL },
	{ 0x62656572, "sysfs", NULL },
	{ 0x63677270, "cgroup2", NULL },
	{ 0x1cd1, "devpts", NULL },
	{ 0x858458f6, "ramfs", NULL },
};

static struct file_system file_system_of(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) == 0)
		for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++)
			if (file_systems[i].magic == (unsigned int)fs.f_type)
				return file_systems[i];
	return (struct file_system){ 0, "its type", NULL };
}

/*
 * systemd-mountfsd (io.systemd.MountFileSystem.MountDirectory, systemd 258) maps host
 * directories for users, but takes no map: the caller's id or the 65536 "foreign" ids go
 * to the first ids of a namespace that systemd-nsresourced has made, never to sub-ids.
 */
static const char *about_mountfsd(void)
{
	struct stat st;

	if (path_stat("/run/systemd/io.systemd.MountFileSystem", &st) < 0 || !S_ISSOCK(st.st_mode))
		return "";
	return "; systemd-mountfsd is no way around it: it maps to user namespaces of "
	       "systemd-nsresourced alone, and only its own foreign ids";
}

static int explain_owner(const struct mount_plan *m, int fd, struct error *e)
{
	char name[256];

	error_msg(e, EPERM,
		  "%s: its ids cannot be mapped: the file system of '%s' (%s) was not mounted in "
		  "the user namespace that urun is started in%s",
		  mount_name(m, name, sizeof(name)), m->source, file_system_of(fd).name,
		  about_mountfsd());
	return error_hint(
		e, "only real root can map ids of the host's file systems: leave the mapping out "
		   "and give the files to other ids ('podman unshare chown'), or start urun where "
		   "a tmpfs of its user namespace is the source");
}

static int explain_type(const struct mount_plan *m, int fd, struct error *e)
{
	const struct file_system fs = file_system_of(fd);
	char name[256];

	error_msg(e, EINVAL, "%s: its ids cannot be mapped: this kernel has no id maps for %s%s",
		  mount_name(m, name, sizeof(name)), fs.name,
		  m->idmap_recursive ? ", or for a mount below it" : "");
	if (fs.since)
		return error_hint(e, "%s can be mapped since %s", fs.name, fs.since);
	return -EINVAL;
}

/* No CAP_SYS_ADMIN at all: say so only if it is not the source that is wrong. */
static int explain_no_power(const struct mount_plan *m, struct error *e)
{
	cleanup_fd int fd = path_open(m->source, O_PATH | (m->src_nofollow ? O_NOFOLLOW : 0));

	return fd < 0 ? rootfs_source_error(m, fd, e) : explain_owner(m, fd, e);
}

/* What rootfs_isolate() does to all that init sees: no mount of ours goes out. */
static int isolate(const struct rootfs *r, const struct mount_plan *m, int mnt, struct error *e)
{
	struct mount_attr attr = { .propagation = MS_SLAVE };
	char name[256];

	if (r->plan->propagation & MS_SHARED)
		return 0;
	if (r->plan->propagation & (MS_PRIVATE | MS_UNBINDABLE))
		attr.propagation = MS_PRIVATE;
	if (sys_mount_setattr(mnt, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) == 0)
		return 0;
	return error_set(e, errno, "%s: cut its propagation from the host",
			 mount_name(m, name, sizeof(name)));
}

static int map_ids(struct rootfs *r, const struct mount_plan *m, int mnt, struct error *e)
{
	cleanup_fd int ns = -EBADF;
	char name[256];
	int s;

	if (m->idmap_userns) {
		ns = path_open(m->idmap_userns, O_RDONLY | O_NONBLOCK | O_NOCTTY);
		if (ns < 0)
			return error_set(e, ns, "%s: open the user namespace '%s'",
					 mount_name(m, name, sizeof(name)), m->idmap_userns);
	} else {
		ns = idmapped_namespace(r, m, e);
		if (ns < 0)
			return ns;
	}
	s = idmapped_setattr(m, mnt, ns);
	if (s == -EPERM)
		return explain_owner(m, mnt, e);
	if (s == -EINVAL)
		return explain_type(m, mnt, e);
	return s < 0 ? error_set(e, s, "%s: map its ids", mount_name(m, name, sizeof(name))) : 0;
}

static int open_one(struct rootfs *r, size_t i, struct error *e)
{
	const struct mount_plan *m = &r->plan->mounts[i];
	cleanup_fd int mnt = rootfs_open_tree(m->source, m->flags.recursive,
					      m->src_nofollow ? AT_SYMLINK_NOFOLLOW : 0);
	int s;

	if (mnt == -EPERM)
		return explain_no_power(m, e);
	if (mnt < 0)
		return rootfs_source_error(m, mnt, e);
	s = isolate(r, m, mnt, e);
	if (s == 0)
		s = rootfs_set_mount_flags(m, mnt, e);
	if (s == 0)
		s = map_ids(r, m, mnt, e);
	if (s == 0)
		r->sources[i] = take_fd(&mnt);
	return s;
}

bool rootfs_is_idmapped_bind(const struct mount_plan *m)
{
	return m->kind == MOUNT_BIND && (m->uid_mappings.n || m->idmap_userns);
}

bool rootfs_has_idmapped_binds(const struct rootfs_plan *p)
{
	for (size_t i = 0; i < p->n_mounts; i++)
		if (rootfs_is_idmapped_bind(&p->mounts[i]))
			return true;
	return false;
}

int rootfs_open_idmapped_binds(struct rootfs *r, struct error *e)
{
	int s = rootfs_open_procfs(r, e);

	for (size_t i = 0; i < r->plan->n_mounts && s == 0; i++)
		if (rootfs_is_idmapped_bind(&r->plan->mounts[i]))
			s = open_one(r, i, e);
	return s;
}

void rootfs_close_idmapped_binds(struct rootfs *r)
{
	for (size_t i = 0; i < r->plan->n_mounts; i++) {
		cleanup_fdp(&r->sources[i]);
		r->sources[i] = -EBADF;
	}
	cleanup_fdp(&r->proc);
	r->proc = -EBADF;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See sandbox.h. */
#include "netns/slirp/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscalls.h"

#define RESOLV_CONF "/etc/resolv.conf"

/* ---- the root */

static int make_tmpfs(struct error *e)
{
	cleanup_fd int fs = sys_fsopen("tmpfs", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0 || sys_fsconfig(fs, FSCONFIG_SET_STRING, "size", "64k", 0) < 0 ||
	    sys_fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
	    sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_set(e, errno, "make a tmpfs");
	fd = sys_fsmount(fs, FSMOUNT_CLOEXEC,
			 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd < 0 ? error_set(e, errno, "mount a tmpfs") : fd;
}

/*
 * libslirp reads resolv.conf anew when it changes, and who changes it puts another
 * file in its place: so it is the directory that must be there, of the file that a
 * symlink leads to. *ret_real is malloc'd.
 */
static int find_resolv_conf(char **ret_real, char **ret_dir, struct error *e)
{
	char *dir;
	int s = path_real(RESOLV_CONF, ret_real);

	/* Not there yet, or a link to what is not: it may come into /etc. */
	if (s == -ENOENT)
		*ret_real = strdup(RESOLV_CONF);
	else if (s < 0)
		return error_set(e, s, "'" RESOLV_CONF "'");
	dir = *ret_real ? strdup(*ret_real) : NULL;
	if (!dir)
		return error_set(e, ENOMEM, "'" RESOLV_CONF "'");
	*strrchr(dir, '/') = '\0';
	*ret_dir = dir;
	if (!*dir)
		return error_msg(e, EINVAL,
				 "'" RESOLV_CONF "' leads to '%s': the host's root would "
				 "be seen by libslirp",
				 *ret_real);
	return 0;
}

static int open_directory(const char *dir, struct error *e)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
	};
	/* With what is mounted below, which we may not uncover. */
	int fd = sys_open_tree(AT_FDCWD, dir, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (fd < 0)
		return error_set(e, errno, "'%s' for libslirp's resolver", dir);
	if (sys_mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0) {
		error_set(e, errno, "make '%s' read-only for libslirp", dir);
		close(fd);
		return -e->code;
	}
	return fd;
}

static int attach(int root, int tree, const char *real, const char *dir, struct error *e)
{
	cleanup_fd int target = path_mkdirs_in(root, dir, 0755);
	int s;

	if (target < 0)
		return error_set(e, target, "make '%s' in the new root", dir);
	if (sys_move_mount(tree, "", target, "",
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return error_set(e, errno, "mount '%s' in the new root", dir);
	if (strcmp(real, RESOLV_CONF) == 0)
		return 0;
	s = path_symlink_in(root, RESOLV_CONF, real, false);
	return s < 0 ? error_set(e, s, "make '" RESOLV_CONF "' in the new root") : 0;
}

static int enter_root(int root, struct error *e)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	int s;

	if (sys_mount_setattr(root, "", AT_EMPTY_PATH, &readonly, sizeof(readonly)) < 0)
		return error_set(e, errno, "make the new root read-only");
	if (fchdir(root) < 0)
		return error_set(e, errno, "enter the new root");
	if (sys_pivot_root(".", ".") < 0)
		return error_set(e, errno, "pivot_root");
	/* The host's now lies over it. */
	if (sys_umount2(".", MNT_DETACH) < 0)
		return error_set(e, errno, "unmount the host's root");
	s = path_chdir("/");
	return s < 0 ? error_set(e, s, "enter '/'") : 0;
}

int sandbox_mounts(bool dns, struct error *e)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	cleanup_free char *real = NULL, *dir = NULL;
	cleanup_fd int root = -EBADF, tree = -EBADF;
	int s;

	if (unshare(CLONE_NEWNS) < 0)
		return error_set(e, errno, "make a mount namespace");
	if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private, sizeof(private)) < 0)
		return error_set(e, errno, "make the mount namespace private");
	if (dns) {
		s = find_resolv_conf(&real, &dir, e);
		tree = s < 0 ? s : open_directory(dir, e);
		if (tree < 0)
			return tree;
	}
	root = make_tmpfs(e);
	if (root < 0)
		return root;
	if (sys_move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_set(e, errno, "mount the new root");
	if (dns) {
		s = attach(root, tree, real, dir, e);
		if (s < 0)
			return s;
	}
	return enter_root(root, e);
}

/* ---- the process */

int sandbox_capabilities(uint64_t keep, struct error *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)keep, .permitted = (uint32_t)keep },
		{ .effective = (uint32_t)(keep >> 32), .permitted = (uint32_t)(keep >> 32) },
	};

	/* Without the right to, there is none that could come back: no_new_privs. */
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0UL, 0UL, 0UL) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0UL, 0UL, 0UL) < 0) {
			if (errno == EPERM)
				break;
			return error_set(e, errno, "drop capability %lu", cap);
		}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL) < 0)
		return error_set(e, errno, "drop the ambient capabilities");
	if (syscall(SYS_capset, &head, data) < 0)
		return error_set(e, errno, "drop the capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) < 0)
		return error_set(e, errno, "PR_SET_NO_NEW_PRIVS");
	return 0;
}

int sandbox_process(struct error *e)
{
	int s = sandbox_capabilities(0, e);

	if (s < 0)
		return s;
	if (prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) < 0)
		return error_set(e, errno, "PR_SET_DUMPABLE");
	return 0;
}

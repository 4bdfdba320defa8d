/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls and constants that Debian 12's glibc (2.36) does not wrap or
 * that a static libc may lack. Minimum kernel: 5.14. All return -1 and errno,
 * as the kernel manual says.
 */
#ifndef URUN_BASE_SYSCALLS_H
#define URUN_BASE_SYSCALLS_H

#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

/*
 * Ids of the calling thread alone. libc's wrappers change them in all threads of
 * the process, by locks and signals: in a clone of a threaded program these would
 * wait for threads that are not there. On 32-bit machines with old 16-bit calls
 * the wide ones have own names.
 */
#ifdef SYS_setresuid32
enum { NR_SETRESUID = SYS_setresuid32, NR_SETRESGID = SYS_setresgid32 };
enum { NR_SETGROUPS = SYS_setgroups32 };
#else
enum { NR_SETRESUID = SYS_setresuid, NR_SETRESGID = SYS_setresgid };
enum { NR_SETGROUPS = SYS_setgroups };
#endif

/* Real, effective and saved alike. */
static inline int sys_setresuid(uid_t uid)
{
	return (int)syscall(NR_SETRESUID, uid, uid, uid);
}

static inline int sys_setresgid(gid_t gid)
{
	return (int)syscall(NR_SETRESGID, gid, gid, gid);
}

static inline int sys_setgroups(size_t n, const gid_t *gids)
{
	return (int)syscall(NR_SETGROUPS, n, gids);
}

static inline int sys_openat2(int dirfd, const char *path, const struct open_how *how, size_t size)
{
	return (int)syscall(SYS_openat2, dirfd, path, how, size);
}

static inline pid_t sys_clone3(struct clone_args *args, size_t size)
{
	return (pid_t)syscall(SYS_clone3, args, size);
}

static inline int sys_pidfd_open(pid_t pid, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int sys_pidfd_send_signal(int fd, int sig, siginfo_t *info, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_send_signal, fd, sig, info, flags);
}

static inline int sys_open_tree(int dirfd, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path, flags);
}

static inline int sys_move_mount(int from, const char *from_path, int to, const char *to_path,
				 unsigned int flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int sys_fsopen(const char *fs, unsigned int flags)
{
	return (int)syscall(SYS_fsopen, fs, flags);
}

static inline int sys_fsconfig(int fd, unsigned int cmd, const char *key, const void *value,
			       int aux)
{
	return (int)syscall(SYS_fsconfig, fd, cmd, key, value, aux);
}

static inline int sys_fsmount(int fd, unsigned int flags, unsigned int attrs)
{
	return (int)syscall(SYS_fsmount, fd, flags, attrs);
}

static inline int sys_mount_setattr(int dirfd, const char *path, unsigned int flags,
				    struct mount_attr *attr, size_t size)
{
	return (int)syscall(SYS_mount_setattr, dirfd, path, flags, attr, size);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

/* <sys/mount.h> cannot stand beside <linux/mount.h> in glibc 2.36. */
static inline int sys_umount2(const char *path, int flags)
{
	return (int)syscall(SYS_umount2, path, flags);
}

#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif
#ifndef UMOUNT_NOFOLLOW
#define UMOUNT_NOFOLLOW 8
#endif

static inline int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

union bpf_attr;

static inline int sys_bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	return (int)syscall(SYS_bpf, cmd, attr, size);
}

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

#endif

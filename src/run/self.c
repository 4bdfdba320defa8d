/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which executables need no copy. In a container only ids of its user namespace
 * exist, so the file is safe when no mapped id may write it:
 *
 *  - The caller is not root, the file is root's, and group and others may not
 *    write: a rootless map holds the caller and his sub-ids, never host root
 *    (newuidmap gives what /etc/subuid lists, which is root's to write).
 *  - The caller is inside a user namespace (podman's) and the file's owner has no
 *    id in it: it shows as the overflow uid. Ids of a nested container are a
 *    part of that namespace's, so they cannot own it either.
 *  - The file system is read-only or the file is a sealed memfd: this is the
 *    second life, or nobody can write it at all.
 *
 * All else (a build tree, $HOME/bin, real root) pays for a copy: 1.5 ms.
 */
#include "run/self.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"

enum {
	SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
	OVERFLOW_UID = 65534,
	MEMFD_NAME_MAX = 249, /* without its NUL */
};

/* The initial user namespace has this inode number in every kernel. */
#define INITIAL_USERNS_INODE 0xEFFFFFFDU

static bool in_initial_userns(void)
{
	struct stat st;

	return path_stat("/proc/self/ns/user", &st) < 0 || st.st_ino == INITIAL_USERNS_INODE;
}

static bool is_safe(int exe)
{
	int seals = fcntl(exe, F_GET_SEALS);
	struct statvfs vfs;
	struct stat st;

	if (seals >= 0 && (seals & SEALS) == SEALS)
		return true;
	if (fstat(exe, &st) < 0)
		return false;
	if (!(st.st_mode & 022)) {
		if (st.st_uid == 0 && geteuid() != 0)
			return true;
		if (st.st_uid == OVERFLOW_UID && !in_initial_userns())
			return true;
	}
	return fstatvfs(exe, &vfs) == 0 && (vfs.f_flag & ST_RDONLY) && geteuid() != 0;
}

/*
 * By its name the copy knows where it comes from (self_program()); one that is too long for
 * that is found in the configured folder only.
 */
static int copy_of(int exe)
{
	char name[MEMFD_NAME_MAX + 2];
	ssize_t len = path_readlinkat(AT_FDCWD, "/proc/self/exe", name, sizeof(name));
	cleanup_fd int copy =
		memfd_create(len < 0 ? "urun" : name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat st;
	off_t at = 0;

	if (copy < 0 || fstat(exe, &st) < 0)
		return -errno;
	while (at < st.st_size) {
		ssize_t n = sendfile(copy, exe, &at, (size_t)(st.st_size - at));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EIO;
	}
	if (fchmod(copy, 0700) < 0 || fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	return take_fd(&copy);
}

int self_protect(char *const argv[], struct error *e)
{
	cleanup_fd int exe = path_open("/proc/self/exe", O_RDONLY);
	cleanup_fd int copy = -EBADF;

	if (exe < 0)
		return error_set(e, exe, "open our own executable");
	if (is_safe(exe))
		return 0;
	copy = copy_of(exe);
	if (copy < 0)
		return error_set(e, copy, "copy our own executable into memory");
	fexecve(copy, argv, environ);
	return error_set(e, errno, "start our own executable from memory");
}

/* Where we lie, or the copy's original did; "" where that cannot be told. */
static void own_folder(char *buf, size_t len)
{
	static const char memfd[] = "/memfd:", deleted[] = " (deleted)";
	ssize_t n = path_readlinkat(AT_FDCWD, "/proc/self/exe", buf, len);
	char *slash;

	if (n >= 0 && strncmp(buf, memfd, strlen(memfd)) == 0) {
		size_t tail = strlen(deleted), head = strlen(memfd);

		if ((size_t)n > head + tail && strcmp(buf + n - tail, deleted) == 0)
			buf[(size_t)n - tail] = '\0';
		memmove(buf, buf + head, strlen(buf + head) + 1);
	}
	slash = n < 0 || buf[0] != '/' ? NULL : strrchr(buf, '/');
	*(slash ? slash : buf) = '\0';
}

int self_program(struct arena *a, const char *name, const char **ret)
{
	static const char *const beside[] = { "", "/../libexec/urun" };
	char folder[PATH_MAX];

	own_folder(folder, sizeof(folder));
	for (size_t i = 0; *folder && i < ARRAY_SIZE(beside); i++) {
		*ret = arena_printf(a, "%s%s/%s", folder, beside[i], name);
		if (*ret && path_accessat(AT_FDCWD, *ret, X_OK) == 0)
			return 0;
	}
	*ret = arena_printf(a, "%s/%s", PKGLIBEXECDIR, name);
	if (!*ret)
		return -ENOMEM;
	return path_accessat(AT_FDCWD, *ret, X_OK);
}

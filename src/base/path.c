/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See path.h. Theory of operation: a container may change its root while we
 * work in it, so no path below it is resolved twice. Each function opens with
 * openat2() and goes on with the fd; what is made is made below a parent fd
 * by a single name, and then opened again with no symlink allowed.
 */
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/syscalls.h"

/* A rename beside ".." makes openat2() give EAGAIN; racing longer is an attack. */
enum { RACE_DEADLINE_US = 20 * 1000 };

static int open_how(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.mode = mode,
		.resolve = resolve,
	};
	uint64_t start = 0;

	/* openat2() refuses what open() ignores beside O_PATH. */
	if (flags & O_PATH)
		how.flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	for (;;) {
		int fd = sys_openat2(dirfd, path, &how, sizeof(how));

		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (start == 0)
			start = clock_us();
		else if (clock_us() - start > RACE_DEADLINE_US)
			return -EAGAIN;
	}
}

int path_open_in_resolve(int rootfd, const char *path, int flags, uint64_t resolve)
{
	/* BENEATH and IN_ROOT exclude each other in the kernel. */
	if (!(resolve & RESOLVE_BENEATH))
		resolve |= RESOLVE_IN_ROOT;
	return open_how(rootfd, path, flags, 0, resolve | RESOLVE_NO_MAGICLINKS);
}

int path_open_in(int rootfd, const char *path, int flags)
{
	return path_open_in_resolve(rootfd, path, flags, 0);
}

/* Opens a directory that stands directly below dirfd, through no symlink. */
static int open_child_dir(int dirfd, const char *name)
{
	return open_how(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0,
			RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

/*
 * Opens the deepest prefix of `path` that exists, as a directory, and points
 * *ret_rest at what is left of it (without leading slashes).
 */
static int open_existing_prefix(int rootfd, const char *path, const char **ret_rest)
{
	char prefix[PATH_MAX];
	size_t len = strlen(path);
	size_t cut = len;

	if (len >= sizeof(prefix))
		return -ENAMETOOLONG;
	for (;;) {
		int fd;

		memcpy(prefix, path, cut);
		prefix[cut] = '\0';
		fd = path_open_in(rootfd, cut ? prefix : "/", O_PATH | O_DIRECTORY);
		if (fd >= 0) {
			while (path[cut] == '/')
				cut++;
			*ret_rest = path + cut;
			return fd;
		}
		if (fd != -ENOENT || cut == 0)
			return fd;
		while (cut > 0 && path[cut - 1] == '/')
			cut--;
		while (cut > 0 && path[cut - 1] != '/')
			cut--;
	}
}

int path_mkdirs_in(int rootfd, const char *path, mode_t mode)
{
	cleanup_fd int dir = -EBADF;
	const char *rest;

	dir = open_existing_prefix(rootfd, path, &rest);
	if (dir < 0)
		return dir;
	while (*rest) {
		char name[NAME_MAX + 1];
		size_t len = strcspn(rest, "/");
		int next;

		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, rest, len);
		name[len] = '\0';
		rest += len + strspn(rest + len, "/");
		/* ".." behind something that does not exist: nothing honest. */
		if (strcmp(name, "..") == 0)
			return -EINVAL;
		if (strcmp(name, ".") == 0)
			continue;
		if (mkdirat(dir, name, mode) < 0 && errno != EEXIST)
			return -errno;
		next = open_child_dir(dir, name);
		if (next < 0)
			return next;
		close(dir);
		dir = next;
	}
	return take_fd(&dir);
}

int path_open_parent_in(int rootfd, const char *path, bool mkdirs, const char **ret_name)
{
	const char *name = path_base(path);
	char parent[PATH_MAX];
	size_t len = (size_t)(name - path);
	int fd;

	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	if (len >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, len);
	parent[len] = '\0';
	if (mkdirs)
		fd = path_mkdirs_in(rootfd, len ? parent : "/", 0755);
	else
		fd = path_open_in(rootfd, len ? parent : "/", O_PATH | O_DIRECTORY);
	if (fd >= 0)
		*ret_name = name;
	return fd;
}

int path_mkfile_in(int rootfd, const char *path, mode_t mode)
{
	cleanup_fd int parent = -EBADF;
	const char *name;
	int fd;

	fd = path_open_in(rootfd, path, O_PATH);
	if (fd != -ENOENT)
		return fd;
	parent = path_open_parent_in(rootfd, path, true, &name);
	if (parent < 0)
		return parent;
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		    mode);
	if (fd < 0)
		return errno == EEXIST ? -ELOOP : -errno; /* a dangling symlink */
	close(fd);
	return open_how(parent, name, O_PATH | O_NOFOLLOW, 0,
			RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int path_symlink_in(int rootfd, const char *path, const char *target, bool replace)
{
	cleanup_fd int parent = -EBADF;
	char old[PATH_MAX];
	const char *name;
	ssize_t n;

	parent = path_open_parent_in(rootfd, path, true, &name);
	if (parent < 0)
		return parent;
	if (symlinkat(target, parent, name) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	n = readlinkat(parent, name, old, sizeof(old));
	if (n >= 0 && (size_t)n == strlen(target) && memcmp(old, target, (size_t)n) == 0)
		return 0;
	if (!replace)
		return -EEXIST;
	if (unlinkat(parent, name, 0) < 0)
		return -errno;
	return symlinkat(target, parent, name) < 0 ? -errno : 0;
}

ssize_t path_read_in(int rootfd, const char *path, char *buf, size_t max)
{
	cleanup_fd int fd = -EBADF;
	struct stat st;
	size_t got = 0;

	fd = path_open_in(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	for (;;) {
		char probe;
		bool full = got == max;
		ssize_t n = read(fd, full ? &probe : buf + got, full ? 1 : max - got);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (n == 0)
			break;
		if (full)
			return -EFBIG;
		got += (size_t)n;
	}
	buf[got] = '\0';
	return (ssize_t)got;
}

int path_open(const char *path, int flags)
{
	return path_openat(AT_FDCWD, path, flags, 0);
}

int path_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dirfd, path, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

int path_stat(const char *path, struct stat *st)
{
	return path_statat(AT_FDCWD, path, st, 0);
}

int path_statat(int dirfd, const char *path, struct stat *st, int flags)
{
	return fstatat(dirfd, path, st, flags) < 0 ? -errno : 0;
}

int path_mkdir(const char *path, mode_t mode)
{
	return path_mkdirat(AT_FDCWD, path, mode);
}

int path_mkdirat(int dirfd, const char *name, mode_t mode)
{
	return mkdirat(dirfd, name, mode) < 0 ? -errno : 0;
}

int path_mkdirs(const char *path, mode_t mode)
{
	char buf[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(buf))
		return -ENAMETOOLONG;
	memcpy(buf, path, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if (buf[i] != '/' && buf[i] != '\0')
			continue;
		buf[i] = '\0';
		if (mkdir(buf, mode) < 0 && errno != EEXIST && errno != EROFS)
			return -errno;
		buf[i] = path[i];
	}
	return 0;
}

int path_unlinkat(int dirfd, const char *name, int flags)
{
	return unlinkat(dirfd, name, flags) < 0 ? -errno : 0;
}

int path_accessat(int dirfd, const char *name, int mode)
{
	return faccessat(dirfd, name, mode, AT_EACCESS) < 0 ? -errno : 0;
}

int path_chownat(int dirfd, const char *name, uid_t uid, gid_t gid)
{
	return fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int path_opendirat(int dirfd, const char *name, DIR **ret)
{
	cleanup_fd int fd = path_openat(dirfd, name, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return fd;
	*ret = fdopendir(fd);
	if (!*ret)
		return -errno;
	take_fd(&fd); /* the stream's now */
	return 0;
}

int path_mkfifoat(int dirfd, const char *name, mode_t mode)
{
	return mkfifoat(dirfd, name, mode) < 0 ? -errno : 0;
}

int path_chmodat(int dirfd, const char *name, mode_t mode)
{
	return fchmodat(dirfd, name, mode, 0) < 0 ? -errno : 0;
}

int path_renameat(int dirfd, const char *from, const char *to)
{
	return renameat(dirfd, from, dirfd, to) < 0 ? -errno : 0;
}

int path_linkat(int fromfd, const char *from, int tofd, const char *to)
{
	return linkat(fromfd, from, tofd, to, 0) < 0 ? -errno : 0;
}

int path_chdir(const char *path)
{
	return chdir(path) < 0 ? -errno : 0;
}

ssize_t path_readlinkat(int dirfd, const char *name, char *buf, size_t len)
{
	ssize_t n = readlinkat(dirfd, name, buf, len - 1);

	if (n < 0)
		return -errno;
	if ((size_t)n >= len - 1)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	return n;
}

int path_real(const char *path, char **ret)
{
	char *real = realpath(path, NULL);

	if (!real)
		return -errno;
	*ret = real;
	return 0;
}

int path_remove_tree(int dirfd, const char *name)
{
	cleanup_fd int fd = -EBADF;
	cleanup_dir DIR *stream = NULL;
	int self, ret;

	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT)
			return 0;
		if (errno != ENOTDIR && errno != ELOOP)
			return -errno;
		return unlinkat(dirfd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	}
	stream = fdopendir(fd);
	if (!stream)
		return -errno;
	self = take_fd(&fd); /* now the stream's */
	for (;;) {
		struct dirent *d;

		errno = 0;
		d = readdir(stream);
		if (!d) {
			if (errno)
				return -errno;
			break;
		}
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (d->d_type != DT_DIR && unlinkat(self, d->d_name, 0) == 0)
			continue;
		ret = path_remove_tree(self, d->d_name);
		if (ret < 0)
			return ret;
	}
	return unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

bool path_is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (len == 1)
		return path[0] == '/';
	return strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

int path_clean(const char *path, char *buf, size_t len)
{
	size_t out = 0;

	if (len < 2)
		return -ENAMETOOLONG;
	for (;;) {
		size_t n;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 0)
			break;
		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (out > 0 && buf[--out] != '/')
				;
		} else if (n != 1 || path[0] != '.') {
			if (out + 1 + n + 1 > len)
				return -ENAMETOOLONG;
			buf[out++] = '/';
			memcpy(buf + out, path, n);
			out += n;
		}
		path += n;
	}
	if (out == 0)
		buf[out++] = '/';
	buf[out] = '\0';
	return 0;
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

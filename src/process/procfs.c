/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See procfs.h. "self" and "thread-self" are symlinks, which the lookup must
 * not follow: the kernel's answer is read first, checked to be PID/task/TID,
 * and then walked as plain directories.
 */
#include "process/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscalls.h"

static const char thread_self[] = "thread-self";

/* "12/task/13": digits, "/task/", digits. */
static bool is_thread_link(const char *s)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || strncmp(s + n, "/task/", 6) != 0)
		return false;
	s += n + 6;
	n = strspn(s, "0123456789");
	return n > 0 && s[n] == '\0';
}

int procfs_open(int proc_fd, const char *path, int flags)
{
	const size_t prefix = sizeof(thread_self) - 1;
	char link[64], real[192];
	cleanup_fd int fd = -EBADF;
	struct statfs st;
	ssize_t n;

	if (strncmp(path, thread_self, prefix) == 0 && path[prefix] == '/') {
		n = path_readlinkat(proc_fd, thread_self, link, sizeof(link));
		if (n < 0)
			return (int)n;
		if (!is_thread_link(link))
			return -EXDEV;
		n = snprintf(real, sizeof(real), "%s%s", link, path + prefix);
		if (n < 0 || (size_t)n >= sizeof(real))
			return -ENAMETOOLONG;
		path = real;
	}
	fd = path_open_in_resolve(proc_fd, path, flags | O_CLOEXEC,
				  RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return fd;
	if (fstatfs(fd, &st) < 0)
		return -errno;
	if (st.f_type != PROC_SUPER_MAGIC)
		return -EXDEV;
	return take_fd(&fd);
}

int procfs_write(int proc_fd, const char *path, const char *value)
{
	cleanup_fd int fd = procfs_open(proc_fd, path, O_WRONLY);
	size_t len = strlen(value);
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = write(fd, value, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

ssize_t procfs_read(int proc_fd, const char *path, char *buf, size_t size)
{
	cleanup_fd int fd = procfs_open(proc_fd, path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = read(fd, buf, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\0'))
		n--;
	buf[n] = '\0';
	return n;
}

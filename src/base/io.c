/* SPDX-License-Identifier: Apache-2.0 */
/* See io.h. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"

int io_write_all(int fd, const void *p, size_t len)
{
	const char *s = p;

	while (len > 0) {
		ssize_t n = write(fd, s, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		s += n;
		len -= (size_t)n;
	}
	return 0;
}

/*
 * The signal goes to the thread that writes: it is held back in this one and
 * taken out of the queue. What the process does with it is not touched.
 */
ssize_t io_write_unsignalled(int fd, const void *p, size_t len)
{
	const struct timespec at_once = { 0 };
	sigset_t pipe_only, old, pending;
	ssize_t n;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigemptyset(&pending);
	sigprocmask(SIG_BLOCK, &pipe_only, &old);
	if (sigismember(&old, SIGPIPE))
		sigpending(&pending);
	n = write(fd, p, len);
	if (n < 0)
		n = -errno;
	/* One that was there before is not ours to take. */
	if (n == -EPIPE && !sigismember(&pending, SIGPIPE))
		(void)sigtimedwait(&pipe_only, NULL, &at_once);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return n;
}

ssize_t io_read_full(int fd, void *p, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, (char *)p + got, len - got);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int io_read_all(int fd, size_t max, char **ret, size_t *ret_len)
{
	cleanup_free char *buf = NULL;
	size_t len = 0, cap = 4096;
	struct stat st;

	/* One read for a regular file: its size, and a byte to see the end. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		if ((uint64_t)st.st_size > max)
			return -EFBIG;
		cap = (size_t)st.st_size + 1;
	}
	for (;;) {
		char *grown = realloc(buf, cap + 1);
		ssize_t n;

		if (!grown)
			return -ENOMEM;
		buf = grown;
		n = io_read_full(fd, buf + len, cap - len);
		if (n < 0)
			return (int)n;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
		if (len < cap)
			break;
		cap *= 2;
	}
	buf[len] = '\0';
	if (ret_len)
		*ret_len = len;
	*ret = take_ptr(buf);
	return 0;
}

int io_read_file_at(int dirfd, const char *name, size_t max, char **ret, size_t *ret_len)
{
	cleanup_fd int fd = -EBADF;
	struct stat st;
	int flags;

	/* Non-blocking, so that a FIFO in the file's place cannot hang us. */
	fd = path_openat(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (S_ISFIFO(st.st_mode)) {
		/* /dev/stdin, <(...): a pipe with a writer; a lone FIFO gives EOF. */
		flags = fcntl(fd, F_GETFL);
		if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
			return -errno;
	} else if (!S_ISREG(st.st_mode)) {
		return -EINVAL;
	}
	return io_read_all(fd, max, ret, ret_len);
}

static bool is_stdin(const char *name)
{
	return strcmp(name, "-") == 0;
}

int io_read_input_at(int dirfd, const char *name, size_t max, char **ret, size_t *ret_len)
{
	return is_stdin(name) ? io_read_all(STDIN_FILENO, max, ret, ret_len)
			      : io_read_file_at(dirfd, name, max, ret, ret_len);
}

const char *io_input_name(const char *name)
{
	return is_stdin(name) ? "(stdin)" : name;
}

int io_write_file_at(int dirfd, const char *name, const void *p, size_t len, mode_t mode)
{
	static atomic_uint serial;
	cleanup_fd int fd = -EBADF;
	const char *base = path_base(name);
	char tmp[4096];
	int ret;

	/* Beside its final place, so that rename() stays in one file system. */
	ret = snprintf(tmp, sizeof(tmp), "%.*s.%s.%d.%u", (int)(base - name), name, base, getpid(),
		       atomic_fetch_add(&serial, 1));
	if (ret < 0 || (size_t)ret >= sizeof(tmp))
		return -ENAMETOOLONG;
	fd = path_openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
	if (fd < 0)
		return fd;
	ret = io_write_all(fd, p, len);
	if (ret == 0 && fchmod(fd, mode) < 0) /* whatever the umask is */
		ret = -errno;
	if (ret == 0)
		ret = path_renameat(dirfd, tmp, name);
	if (ret < 0)
		path_unlinkat(dirfd, tmp, 0);
	return ret;
}

int io_write_value_at(int dirfd, const char *name, const char *value)
{
	cleanup_fd int fd = path_openat(dirfd, name, O_WRONLY, 0);
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

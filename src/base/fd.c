/* SPDX-License-Identifier: Apache-2.0 */
/* See fd.h. */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/syscalls.h"

int fd_sanitize_stdio(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		int got;

		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/* The lowest free number is taken: with 0..fd-1 open, that is fd. */
		got = path_open("/dev/null", O_RDWR);
		if (got < 0)
			return got;
		if (got != fd) {
			close(got);
			return -EBADF;
		}
		if (fd_set_cloexec(fd, false) < 0)
			return -errno;
	}
	return 0;
}

int fd_cloexec_from(unsigned int first)
{
	if (sys_close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	return 0;
}

int fd_set_cloexec(int fd, bool on)
{
	if (fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0) < 0)
		return -errno;
	return 0;
}

bool fd_is_null_device(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

int fd_send(int sock, int fd, const void *payload, size_t len)
{
	struct iovec iov = { .iov_base = (void *)payload, .iov_len = len };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	ssize_t n;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EAGAIN;
}

ssize_t fd_recv_message(int sock, void *payload, size_t len, int *flags, int *ret_fd)
{
	struct iovec iov = { .iov_base = payload, .iov_len = len };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		/* No room for a second one: the kernel drops it and says so. */
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	struct cmsghdr *c;
	ssize_t n;

	*ret_fd = -EBADF;
	do
		n = recvmsg(sock, &msg, *flags | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*flags = msg.msg_flags;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	return n;
}

int fd_recv(int sock, void *payload, size_t len, int *ret_fd)
{
	cleanup_fd int fd = -EBADF;
	int flags = 0;
	ssize_t n = fd_recv_message(sock, payload, len, &flags, &fd);

	if (n < 0)
		return (int)n;
	if (n == 0)
		return -ECONNRESET;
	if (fd < 0 || (flags & MSG_CTRUNC))
		return -EBADMSG;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* `at` holds what the address leads through; to be open until it was used. */
static int unix_address(int type, const char *path, struct sockaddr_un *addr, socklen_t *len,
			int *at)
{
	size_t n = strlen(path);

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*len = sizeof(*addr);
	if (type == SOCK_DGRAM && path[0] == '@') {
		if (n > sizeof(addr->sun_path))
			return -ENAMETOOLONG;
		memcpy(addr->sun_path + 1, path + 1, n - 1);
		*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	} else if (n < sizeof(addr->sun_path)) {
		memcpy(addr->sun_path, path, n + 1);
	} else {
		*at = path_open(path, O_PATH);
		if (*at < 0)
			return *at;
		snprintf(addr->sun_path, sizeof(addr->sun_path), "/proc/self/fd/%d", *at);
	}
	return 0;
}

static int connect_unix(int type, const char *path, int timeout_ms, int *ret_fd)
{
	const struct timeval timeout = { .tv_sec = timeout_ms / 1000,
					 .tv_usec = timeout_ms % 1000 * 1000 };
	struct sockaddr_un addr;
	cleanup_fd int sock = -EBADF;
	cleanup_fd int at = -EBADF;
	socklen_t len;
	int r;

	sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	/* It counts for connect(), too: a listener may not come to accept. */
	if (timeout_ms > 0 &&
	    setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
		return -errno;
	r = unix_address(type, path, &addr, &len, &at);
	if (r < 0)
		return r;
	if (connect(sock, (struct sockaddr *)&addr, len) < 0)
		return timeout_ms > 0 && errno == EAGAIN ? -ETIMEDOUT : -errno;
	*ret_fd = take_fd(&sock);
	return 0;
}

int fd_connect_unix(const char *path, int *ret_fd)
{
	return connect_unix(SOCK_STREAM, path, 0, ret_fd);
}

int fd_connect_unix_timeout(const char *path, int timeout_ms, int *ret_fd)
{
	return connect_unix(SOCK_STREAM, path, timeout_ms, ret_fd);
}

int fd_connect_datagram(const char *address, int *ret_fd)
{
	return connect_unix(SOCK_DGRAM, address, 0, ret_fd);
}

int fd_wait(int fd, short events, int timeout_ms)
{
	int64_t end = timeout_ms > 0 ? (int64_t)clock_ms() + timeout_ms : 0;
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int n = poll(&p, 1, timeout_ms);

		if (n >= 0)
			return n == 0 ? -ETIMEDOUT : 0;
		if (errno != EINTR)
			return -errno;
		if (timeout_ms > 0) {
			int64_t left = end - (int64_t)clock_ms();

			timeout_ms = left > 0 ? (int)left : 0;
		}
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See sync.h. The sending side is used between clone and exec: no heap. */
#include "run/sync.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

enum {
	SYNC_MAGIC = 0x7572756e, /* "urun": both ends are one build, this is for stray writers */
	KIND_SHIFT = 32,         /* an error's value: its kind above its errno */
};

struct header {
	uint32_t magic, point;
	int64_t value;
};

const char *sync_name(enum sync_point point)
{
	static const char *const names[] = {
		[SYNC_UNSHARED] = "UNSHARED",   [SYNC_IDMAPS] = "IDMAPS",
		[SYNC_INIT] = "INIT",           [SYNC_CGROUP] = "CGROUP",
		[SYNC_NARROW] = "NARROW",       [SYNC_FILTER] = "FILTER",
		[SYNC_HOOKS] = "HOOKS",         [SYNC_NET_DEVICE] = "NET_DEVICE",
		[SYNC_NETWORK] = "NETWORK",     [SYNC_CONSOLE] = "CONSOLE",
		[SYNC_CONFIGURE] = "CONFIGURE", [SYNC_READY] = "READY",
		[SYNC_START] = "START",         [SYNC_LOG] = "LOG",
		[SYNC_ERROR] = "ERROR",         [SYNC_EOF] = "EOF",
	};

	return point > 0 && point < ARRAY_SIZE(names) ? names[point] : "?";
}

int sync_pair(int *ret_parent, int *ret_child)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	*ret_parent = fds[0];
	*ret_child = fds[1];
	return 0;
}

int sync_want_sender(int sock)
{
	const int on = 1;

	return setsockopt(sock, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ? -errno : 0;
}

static int send_packet(int sock, const struct header *h, const struct iovec *text, size_t n_text,
		       int fd)
{
	struct iovec iov[4] = { { .iov_base = (void *)h, .iov_len = sizeof(*h) } };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 1 + n_text };
	ssize_t n;

	for (size_t i = 0; i < n_text; i++)
		iov[1 + i] = text[i];
	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int sync_send(int sock, enum sync_point point, int64_t value, int fd)
{
	const struct header h = { SYNC_MAGIC, point, value };

	return send_packet(sock, &h, NULL, 0, fd);
}

int sync_send_error(int sock, const struct error *err)
{
	const struct header h = { SYNC_MAGIC, SYNC_ERROR,
				  (int64_t)err->kind << KIND_SHIFT | err->code };
	const struct iovec text[] = {
		{ .iov_base = (void *)err->msg, .iov_len = strlen(err->msg) + 1 },
		{ .iov_base = (void *)err->hint, .iov_len = strlen(err->hint) },
	};

	return send_packet(sock, &h, text, ARRAY_SIZE(text), -1);
}

int sync_send_log(int sock, int level, const char *line)
{
	const struct header h = { SYNC_MAGIC, SYNC_LOG, level };
	size_t len = strnlen(line, SYNC_TEXT_MAX);
	const struct iovec text = { .iov_base = (void *)line, .iov_len = len };

	return send_packet(sock, &h, &text, 1, -1);
}

static void take_control(struct msghdr *msg, struct sync_message *ret)
{
	struct ucred cred;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int))) {
			memcpy(&ret->fd, CMSG_DATA(c), sizeof(int));
		} else if (c->cmsg_type == SCM_CREDENTIALS &&
			   c->cmsg_len == CMSG_LEN(sizeof(cred))) {
			memcpy(&cred, CMSG_DATA(c), sizeof(cred));
			ret->sender = cred.pid;
			ret->uid = cred.uid;
			ret->gid = cred.gid;
		}
	}
}

int sync_recv(int sock, struct sync_message *ret, struct error *e)
{
	struct header h;
	struct iovec iov[2] = {
		{ .iov_base = &h, .iov_len = sizeof(h) },
		{ .iov_base = ret->text, .iov_len = SYNC_TEXT_MAX },
	};
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	ssize_t n;

	ret->fd = -EBADF;
	ret->sender = 0;
	ret->uid = ret->gid = 0;
	ret->len = 0;
	ret->text[0] = '\0';
	/*
	 * A peer that dies with bytes unread resets the connection: told once,
	 * before what the peer has sent; that, or the end, comes next.
	 */
	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n == 0) {
		ret->point = SYNC_EOF;
		ret->value = 0;
		return 0;
	}
	if (n < 0)
		return error_set(e, errno, "read from the container's init");
	take_control(&msg, ret);
	if ((size_t)n < sizeof(h) || h.magic != SYNC_MAGIC || (msg.msg_flags & MSG_TRUNC)) {
		cleanup_fdp(&ret->fd);
		return error_msg(e, EPROTO, "a malformed message came from the container's init");
	}
	ret->point = (enum sync_point)h.point;
	ret->value = h.value;
	ret->len = (size_t)n - sizeof(h);
	ret->text[ret->len] = '\0';
	return 0;
}

int sync_take_error(const struct sync_message *m, struct error *e)
{
	size_t len = strlen(m->text);

	error_kind(e, (enum error_kind)(m->value >> KIND_SHIFT), (int)(uint32_t)m->value, "%s",
		   m->text);
	if (len + 1 < m->len)
		error_hint(e, "%s", m->text + len + 1);
	return -e->code;
}

int sync_expect(int sock, enum sync_point point, struct sync_message *ret, struct error *e)
{
	for (;;) {
		int r = sync_recv(sock, ret, e);

		if (r < 0)
			return r;
		if (ret->point == point)
			return 0;
		if (ret->point == SYNC_ERROR)
			return sync_take_error(ret, e);
		if (ret->point != SYNC_LOG)
			break;
		log_line((enum log_level)ret->value, ret->text);
	}
	cleanup_fdp(&ret->fd);
	if (ret->point == SYNC_EOF)
		return error_msg(e, ECONNRESET, "the other side ended before %s", sync_name(point));
	return error_msg(e, EPROTO, "got %s where %s was due", sync_name(ret->point),
			 sync_name(point));
}

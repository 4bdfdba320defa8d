/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of sd_notify(3), for tests:
 *
 *   notify recv SOCKET    prints each datagram as one line, its newlines as '|',
 *                         and " [fds=N]" behind it; a barrier's fds are closed
 *                         0.2 s later, what else comes at once. Until killed.
 *   notify send TEXT...   each to $NOTIFY_SOCKET; "\n" in it is a newline
 *   notify barrier        sends BARRIER=1 with a pipe, prints "passed" when the
 *                         other end is closed (within 5 s, else "stuck")
 *   notify fds TEXT       sends TEXT with an open file
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int address_of(const char *path, struct sockaddr_un *a, socklen_t *len)
{
	size_t n = strlen(path);

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (n == 0 || n >= sizeof(a->sun_path))
		return -1;
	memcpy(a->sun_path, path, n);
	*len = sizeof(*a);
	if (path[0] == '@') {
		a->sun_path[0] = '\0';
		*len = (socklen_t)(sizeof(a->sun_family) + n);
	}
	return 0;
}

static void print_message(const char *text, size_t len, size_t fds)
{
	for (size_t i = 0; i < len; i++)
		putchar(text[i] == '\n' ? '|' : text[i]);
	if (fds)
		printf(" [fds=%zu]", fds);
	putchar('\n');
	fflush(stdout);
}

static int receive_one(int sock)
{
	char text[8192], control[CMSG_SPACE(16 * sizeof(int))];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(sock, &m, 0);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	size_t fds = 0;
	int got[16];

	if (n < 0)
		return errno == EINTR ? 0 : -1;
	if (c && c->cmsg_type == SCM_RIGHTS) {
		fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(got, CMSG_DATA(c), fds * sizeof(int));
	}
	print_message(text, (size_t)n, fds);
	if (fds)
		usleep(200000);
	for (size_t i = 0; i < fds; i++)
		close(got[i]);
	return 0;
}

static int receive(const char *path)
{
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;
	socklen_t len;

	if (address_of(path, &a, &len) < 0 || bind(sock, (struct sockaddr *)&a, len) < 0)
		return fail(path);
	while (receive_one(sock) == 0)
		;
	return fail("recvmsg");
}

static int send_text(const char *text, int fd)
{
	const char *to = getenv("NOTIFY_SOCKET");
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char copy[8192], control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { copy, 0 };
	struct sockaddr_un a;
	struct msghdr m = { .msg_name = &a, .msg_iov = &iov, .msg_iovlen = 1 };

	if (!to || address_of(to, &a, &m.msg_namelen) < 0)
		return fail("NOTIFY_SOCKET");
	for (const char *p = text; *p && iov.iov_len < sizeof(copy); p++) {
		if (p[0] == '\\' && p[1] == 'n')
			p++;
		copy[iov.iov_len++] = p[0] == 'n' && p > text && p[-1] == '\\' ? '\n' : *p;
	}
	if (fd >= 0) {
		struct cmsghdr *c = (struct cmsghdr *)control;

		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	if (sendmsg(sock, &m, MSG_NOSIGNAL) < 0)
		return fail("sendmsg");
	close(sock);
	return 0;
}

static int barrier(void)
{
	struct pollfd p = { .events = 0 };
	int fds[2], r;

	if (pipe(fds) < 0)
		return fail("pipe");
	r = send_text("BARRIER=1", fds[1]);
	close(fds[1]);
	p.fd = fds[0];
	if (r == 0)
		puts(poll(&p, 1, 5000) == 1 ? "passed" : "stuck");
	return r;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	int r = 0;

	if (strcmp(verb, "recv") == 0 && argc == 3)
		return receive(argv[2]);
	if (strcmp(verb, "barrier") == 0)
		return barrier();
	if (strcmp(verb, "fds") == 0 && argc == 3)
		return send_text(argv[2], 0);
	if (strcmp(verb, "send") != 0)
		return 2;
	for (int i = 2; i < argc && r == 0; i++)
		r = send_text(argv[i], -1);
	return r;
}

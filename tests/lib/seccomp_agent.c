/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seccomp agent for tests: what a container's SCMP_ACT_NOTIFY asks.
 *   seccomp_agent SOCKET FOLDER [ERRNO]
 * listens on SOCKET, and for each connection reads the state to its end into
 * FOLDER/state.N (by rename: it is whole), takes the listener, and answers: all
 * calls fail with ERRNO, or, without one, go on. FOLDER/calls.N has a line
 * "PID NR" for each.
 *   seccomp_agent SOCKET FOLDER leave   closes the listener at once
 *   seccomp_agent deaf SOCKET     never accepts, and its backlog is full
 *   seccomp_agent rude SOCKET     closes each connection at once
 */
#include "base/cleanup.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

enum { TEXT_MAX = 4 << 20 };

static int listen_on(const char *path, int backlog)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path)) {
		fprintf(stderr, "seccomp_agent: path too long\n");
		exit(1);
	}
	memcpy(addr.sun_path, path, strlen(path));
	if (sock < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(sock, backlog) < 0) {
		perror("seccomp_agent: listen");
		exit(1);
	}
	return sock;
}

/* Text up to the end of the sender's side, and the one fd in it. */
static size_t receive(int conn, char *text, int *ret_listener)
{
	size_t len = 0;

	for (;;) {
		struct iovec iov = { .iov_base = text + len, .iov_len = TEXT_MAX - len };
		union {
			struct cmsghdr align;
			char buf[CMSG_SPACE(4 * sizeof(int))];
		} control;
		struct msghdr msg = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.buf,
			.msg_controllen = sizeof(control.buf),
		};
		ssize_t n = recvmsg(conn, &msg, MSG_CMSG_CLOEXEC);
		struct cmsghdr *c;

		if (n <= 0)
			return len;
		len += (size_t)n;
		c = CMSG_FIRSTHDR(&msg);
		if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(ret_listener, CMSG_DATA(c), sizeof(int));
	}
}

static void write_state(const char *folder, int n, const char *text, size_t len)
{
	char name[4200], tmp[4200];
	int fd;

	snprintf(name, sizeof(name), "%s/state.%d", folder, n);
	snprintf(tmp, sizeof(tmp), "%s/.state.%d", folder, n);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || io_write_all(fd, text, len) < 0 || close(fd) < 0 || rename(tmp, name) < 0) {
		perror("seccomp_agent: write the state");
		exit(1);
	}
}

/* No errno: the call goes on. */
static void answer(int listener, FILE *calls, int err)
{
	static struct seccomp_notif_sizes sizes;
	cleanup_free struct seccomp_notif *req = NULL;
	cleanup_free struct seccomp_notif_resp *resp = NULL;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		exit(1);
	req = calloc(1, sizes.seccomp_notif + sizeof(*req));
	resp = calloc(1, sizes.seccomp_notif_resp + sizeof(*resp));
	if (!req || !resp || ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, req) < 0)
		return;
	fprintf(calls, "%u %d\n", req->pid, req->data.nr);
	fflush(calls);
	resp->id = req->id;
	resp->error = -err;
	resp->flags = err ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, resp);
}

static void serve(int conn, int n, const char *folder, int err)
{
	cleanup_fd int listener = -EBADF;
	char *text = malloc(TEXT_MAX), name[4200];
	size_t len = text ? receive(conn, text, &listener) : 0;
	FILE *calls;

	close(conn);
	snprintf(name, sizeof(name), "%s/calls.%d", folder, n);
	calls = fopen(name, "we");
	if (!calls)
		exit(1);
	write_state(folder, n, text, len);
	while (listener >= 0 && err >= 0) {
		struct pollfd p = { .fd = listener, .events = POLLIN };

		if (poll(&p, 1, -1) < 0 || !(p.revents & POLLIN))
			break;
		answer(listener, calls, err);
	}
	exit(0);
}

static void be_deaf(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = listen_on(path, 0), r;

	memcpy(addr.sun_path, path, strlen(path));
	/* One connection waits at a backlog of 0; there is no room for another. */
	do {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		r = connect(fd, (struct sockaddr *)&addr, sizeof(addr));
	} while (r == 0);
	printf("full\n");
	fflush(stdout);
	for (;;)
		pause();
	close(sock);
}

int main(int argc, char **argv)
{
	int sock, err = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: seccomp_agent SOCKET FOLDER [ERRNO|leave]\n");
		return 64;
	}
	if (strcmp(argv[1], "deaf") == 0) {
		be_deaf(argv[2]);
	}
	if (strcmp(argv[1], "rude") == 0) {
		sock = listen_on(argv[2], 8);
		for (;;)
			close(accept(sock, NULL, NULL));
	}
	signal(SIGCHLD, SIG_IGN);
	sock = listen_on(argv[1], 8);
	if (argc > 3)
		err = strcmp(argv[3], "leave") == 0 ? -1 : (int)strtol(argv[3], NULL, 10);
	for (int n = 1;; n++) {
		int conn = accept4(sock, NULL, NULL, SOCK_CLOEXEC);

		if (conn >= 0 && fork() == 0)
			serve(conn, n, argv[2], err);
		if (conn >= 0)
			close(conn);
	}
}

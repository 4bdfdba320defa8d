/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: closed stdio, close-on-exec, passing them, sockets of any length. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "../tap.h"
#include "base/fd.h"
#include "tempdir.h"

static void test_stdio(void)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(0);
		close(2);
		if (fd_sanitize_stdio() < 0)
			_exit(1);
		if (!fd_is_null_device(0) || !fd_is_null_device(2) || fd_is_null_device(1))
			_exit(2);
		_exit(fcntl(2, F_GETFD) & FD_CLOEXEC ? 3 : 0);
	}
	waitpid(pid, &status, 0);
	is_int(WEXITSTATUS(status), 0, "O1 closed stdio becomes /dev/null, open stdio stays");
}

static void test_cloexec(void)
{
	int null = open("/dev/null", O_RDONLY), zero = open("/dev/zero", O_RDONLY);

	ok(fd_is_null_device(null), "the null device");
	ok(!fd_is_null_device(zero), "another device");
	ok(!fd_is_null_device(-1), "no fd");
	is_int(fd_cloexec_from((unsigned int)zero), 0, "cloexec from");
	ok(!(fcntl(null, F_GETFD) & FD_CLOEXEC), "below: unchanged");
	ok(fcntl(zero, F_GETFD) & FD_CLOEXEC, "from there: set");
	fd_set_cloexec(zero, false);
	ok(!(fcntl(zero, F_GETFD) & FD_CLOEXEC), "cleared again");
	ok(fd_set_cloexec(-1, true) < 0, "a bad fd is an error");
	close(null);
	close(zero);
}

static int lowest_free(void)
{
	int fd = open("/dev/null", O_RDONLY);

	close(fd);
	return fd;
}

/* Two fds at once, where one is expected. */
static void send_two(int sock)
{
	int fds[2] = { 0, 0 };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(fds))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)"x", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	if (sendmsg(sock, &msg, 0) < 0)
		abort();
}

static void test_passing(void)
{
	int s[2], fd = -1, null = open("/dev/null", O_RDONLY), before;
	char buf[8] = "";

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
		return;
	is_int(fd_send(s[0], null, "abc", 3), 0, "S01 send");
	is_int(fd_recv(s[1], buf, sizeof(buf), &fd), 0, "S01 receive");
	ok(fd >= 0 && fd != null && fd_is_null_device(fd), "S01 the fd");
	is_str(buf, "abc", "S01 the payload");
	ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "S01 close-on-exec");
	close(fd);
	fd = 42;
	if (write(s[0], "x", 1) != 1)
		return;
	is_int(fd_recv(s[1], buf, sizeof(buf), &fd), -EBADMSG, "S01 no fd in it");
	before = lowest_free();
	send_two(s[0]);
	is_int(fd_recv(s[1], buf, sizeof(buf), &fd), -EBADMSG, "S01 two fds in it");
	is_int(lowest_free(), before, "S01 and none of them stays open");
	close(s[0]);
	is_int(fd_recv(s[1], buf, sizeof(buf), &fd), -ECONNRESET, "S01 closed");
	is_int(fd, 42, "S01 the output is untouched");
	signal(SIGPIPE, SIG_DFL);
	ok(fd_send(s[1], null, "x", 1) < 0, "S01 no SIGPIPE");
	close(s[1]);
	close(null);
}

static int listen_at(int dir, const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/%s", dir, name);
	if (bind(s, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(s, 1) < 0)
		abort();
	return s;
}

static void test_connect(void)
{
	static char path[2048];
	int top = temp_begin(), dir = top, server, fd = -1;

	snprintf(path, sizeof(path), "%s", temp_name);
	for (int i = 0; i < 5; i++) {
		static const char part[] = "a-folder-with-a-rather-long-name-of-forty-char";

		mkdirat(dir, part, 0700);
		dir = openat(dir, part, O_RDONLY | O_DIRECTORY);
		snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", part);
	}
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/sock");
	server = listen_at(dir, "sock");
	ok(strlen(path) > 107, "C05 a path too long for sun_path");
	is_int(fd_connect_unix(path, &fd), 0, "C05 is connected to");
	close(fd);
	close(server);
	server = listen_at(top, "s");
	snprintf(path, sizeof(path), "%s/s", temp_name);
	is_int(fd_connect_unix(path, &fd), 0, "C05 a short path");
	close(fd);
	close(server);
	is_int(fd_connect_unix(path, &fd), -ECONNREFUSED, "C05 nobody listens");
	is_int(fd_connect_unix("/nonexistent/sock", &fd), -ENOENT, "C05 missing");
	temp_done(top);
}

int main(void)
{
	test_stdio();
	test_cloexec();
	test_passing();
	test_connect();
	return tap_done();
}

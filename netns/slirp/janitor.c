/* SPDX-License-Identifier: Apache-2.0 */
/* See janitor.h. */
#include "netns/slirp/janitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/syscalls.h"

enum { GRACE_MS = 50 };

/* Keeps these three, by the numbers 3 to 5, and the null device. */
static int keep_only(int fds[3])
{
	/* Above what they become, then down: one never overwrites another. */
	for (int i = 0; i < 3; i++) {
		fds[i] = fcntl(fds[i], F_DUPFD, 64);
		if (fds[i] < 0)
			return -errno;
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(fds[i], 3 + i) < 0)
			return -errno;
		fds[i] = 3 + i;
	}
	/* stdin is the null device by now. */
	if (dup2(0, 1) < 0 || dup2(0, 2) < 0 || sys_close_range(6, ~0U, 0) < 0)
		return -errno;
	return 0;
}

struct janitor {
	int dir, sock, init;
	int self;  /* pidfd of who forked it */
	int bound; /* a pipe to that one */
	const struct sockaddr_un *name;
};

/* By its name alone: a state directory's whole path may be longer than an address. */
static int bind_in_dir(const struct janitor *j)
{
	if (fchdir(j->dir) < 0 ||
	    bind(j->sock, (const struct sockaddr *)j->name, sizeof(*j->name)) < 0)
		return -errno;
	return path_chdir("/");
}

static _Noreturn void janitor_main(const struct janitor *j)
{
	int fds[3] = { j->dir, j->init, j->self }, bound;
	struct pollfd p[2];

	(void)prctl(PR_SET_NAME, "urun-slirp-end", 0UL, 0UL, 0UL);
	/* urun kills the helper with all of its group where it is not ready in time. */
	(void)setpgid(0, 0);
	bound = bind_in_dir(j);
	/* Who does not hear it has ended. */
	(void)io_write_all(j->bound, &bound, sizeof(bound));
	if (bound < 0)
		_exit(1);
	if (keep_only(fds) < 0) {
		(void)path_unlinkat(j->dir, j->name->sun_path, 0);
		_exit(1);
	}
	p[0] = (struct pollfd){ .fd = fds[1], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = fds[2], .events = POLLIN };
	while (poll(p, ARRAY_SIZE(p), -1) < 0 && errno == EINTR)
		;
	if (pidfd_wait_exit(fds[2], GRACE_MS) < 0)
		(void)pidfd_kill(fds[2], SIGKILL);
	(void)path_unlinkat(fds[0], j->name->sun_path, 0);
	_exit(0);
}

int janitor_start(int dir, int sock, const struct sockaddr_un *name, int init, int *ret_bound,
		  struct error *e)
{
	cleanup_fd int self = pidfd_open_pid(getpid()), out = -EBADF, in = -EBADF;
	int p[2];
	pid_t pid;

	if (self < 0)
		return error_set(e, self, "open this process");
	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(e, errno, "make a pipe");
	out = p[0];
	in = p[1];
	pid = fork();
	if (pid == 0)
		janitor_main(&(struct janitor){ dir, sock, init, self, in, name });
	if (pid < 0)
		return error_set(e, errno, "fork");
	cleanup_fdp(&in);
	in = -EBADF;
	if (io_read_full(out, ret_bound, sizeof(*ret_bound)) != sizeof(*ret_bound))
		return error_msg(e, ECHILD, "the process that removes the API's socket has ended");
	return 0;
}

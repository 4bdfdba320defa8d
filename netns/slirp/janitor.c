/* SPDX-License-Identifier: Apache-2.0 */
/* See janitor.h. */
#include "netns/slirp/janitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
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

static _Noreturn void janitor_main(int dir, const char *name, int init, int self)
{
	int fds[3] = { dir, init, self };
	struct pollfd p[2];

	(void)prctl(PR_SET_NAME, "urun-slirp-end", 0UL, 0UL, 0UL);
	/* urun kills the helper with all of its group where it is not ready in time. */
	(void)setpgid(0, 0);
	if (keep_only(fds) < 0)
		_exit(1);
	p[0] = (struct pollfd){ .fd = fds[1], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = fds[2], .events = POLLIN };
	while (poll(p, ARRAY_SIZE(p), -1) < 0 && errno == EINTR)
		;
	if (pidfd_wait_exit(fds[2], GRACE_MS) < 0)
		(void)pidfd_kill(fds[2], SIGKILL);
	(void)path_unlinkat(fds[0], name, 0);
	_exit(0);
}

int janitor_start(int dir, const char *name, int init, struct error *e)
{
	cleanup_fd int self = pidfd_open_pid(getpid());
	pid_t pid;

	if (self < 0)
		return error_set(e, self, "open this process");
	pid = fork();
	if (pid == 0)
		janitor_main(dir, name, init, self);
	return pid < 0 ? error_set(e, errno, "fork") : 0;
}

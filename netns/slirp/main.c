/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun-slirp: a network for one container, without privileges. urun starts it by
 * the descriptors of slirp_config.h and waits for its word.
 *
 * Order: sockets belong to the network namespace in which they are made, so this
 * process stays in the host's for ever. The container's user namespace gives it the
 * capabilities to make the interface (in a process of a moment, inside.c) and its
 * own root; then it gives up all of that, before it has seen one frame.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/signals.h"
#include "base/syscalls.h"
#include "netns/slirp/inside.h"
#include "netns/slirp/loop.h"
#include "netns/slirp/sandbox.h"
#include "netns/slirp/slirp_config.h"

enum { OVERFLOW_ID = 65534 };

/* ---- what was handed over */

static int check_descriptors(struct error *e)
{
	static const char *const names[] = { "config", "ready pipe", "pidfd", "user namespace",
					     "network namespace" };

	for (int fd = SLIRP_FD_CONFIG; fd < SLIRP_FD_FREE; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			return error_msg(e, EBADF,
					 "descriptor %d (%s) is not open: urun starts this program",
					 fd, names[fd - SLIRP_FD_CONFIG]);
		(void)fd_set_cloexec(fd, true);
	}
	/* EPERM, ESRCH: it is one. */
	if (pidfd_kill(SLIRP_FD_INIT, 0) == -EBADF)
		return error_msg(e, EBADF, "descriptor %d is no pidfd", SLIRP_FD_INIT);
	if (ioctl(SLIRP_FD_USERNS, NS_GET_NSTYPE) != CLONE_NEWUSER)
		return error_msg(e, EBADF, "descriptor %d is no user namespace", SLIRP_FD_USERNS);
	if (ioctl(SLIRP_FD_NETNS, NS_GET_NSTYPE) != CLONE_NEWNET)
		return error_msg(e, EBADF, "descriptor %d is no network namespace", SLIRP_FD_NETNS);
	return 0;
}

static int read_config(struct slirp_config *c, struct error *e)
{
	struct stat st;
	ssize_t n;

	if (fstat(SLIRP_FD_CONFIG, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0)
		return error_msg(e, EINVAL, "network config: not a file");
	memset(c, 0, sizeof(*c));
	n = pread(SLIRP_FD_CONFIG, c, sizeof(*c), 0);
	if (n < 0)
		return error_set(e, errno, "read the network config");
	/* A file that is shorter than it says has a size that is wrong, too. */
	return slirp_config_check(c, n < (ssize_t)sizeof(*c) ? (size_t)n : (size_t)st.st_size, e);
}

/* ---- where connections come from */

static int try_address(int family, const void *addr, socklen_t len, const uint8_t *ip,
		       struct error *e)
{
	cleanup_fd int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char words[INET6_ADDRSTRLEN] = "";

	if (fd >= 0 && bind(fd, addr, len) == 0)
		return 0;
	error_set(e, errno, "send from the outbound address '%s'",
		  inet_ntop(family, ip, words, sizeof(words)));
	return -e->code;
}

static int check_outbound(const struct slirp_config *c, struct error *e)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6 };
	int s = 0;

	memcpy(&a.sin_addr, c->outbound, sizeof(a.sin_addr));
	memcpy(&a6.sin6_addr, c->outbound6, sizeof(a6.sin6_addr));
	if (c->flags & SLIRP_OUTBOUND)
		s = try_address(AF_INET, &a, sizeof(a), c->outbound, e);
	if (s == 0 && (c->flags & SLIRP_OUTBOUND6))
		s = try_address(AF_INET6, &a6, sizeof(a6), c->outbound6, e);
	return s;
}

/* ---- the user namespace */

static bool is_ours(int userns)
{
	cleanup_fd int own = path_open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	struct stat a, b;

	return own >= 0 && fstat(own, &a) == 0 && fstat(userns, &b) == 0 && stat_is_same(&a, &b);
}

static int enter_userns(struct error *e)
{
	if (is_ours(SLIRP_FD_USERNS)) /* root's container without one */
		return 0;
	if (setns(SLIRP_FD_USERNS, CLONE_NEWUSER) < 0)
		return error_set(e, errno, "enter the container's user namespace");
	/* Its maps may leave us out; then nothing could be made in a file system of its. */
	if (geteuid() == OVERFLOW_ID)
		(void)sys_setresuid(0);
	if (getegid() == OVERFLOW_ID)
		(void)sys_setresgid(0);
	return 0;
}

/* ---- all of it */

static int set_up_process(struct error *e)
{
	int s, null;

	/* Nothing of the caller's: its variables speak to glib, its signals are its own. */
	clearenv();
	s = signals_reset();
	if (s < 0)
		return error_set(e, s, "reset the signals");
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return error_set(e, errno, "ignore SIGPIPE");
	(void)setsid(); /* ^C is for the container; fails where we lead one already */
	umask(077);
	if (prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) < 0)
		return error_set(e, errno, "PR_SET_DUMPABLE");
	if (sys_close_range(SLIRP_FD_FREE, UINT32_MAX, 0) < 0)
		return error_set(e, errno, "close_range");
	/* An engine waits until nobody holds its pipes. */
	null = path_open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0) {
		error_set(e, null < 0 ? null : errno, "'/dev/null' as stdin and stdout");
		s = -e->code;
	}
	if (null > 2)
		close(null);
	return s;
}

static int set_up(struct loop **ret, struct error *e)
{
	struct slirp_config c;
	int tap, s;

	s = set_up_process(e);
	if (s == 0)
		s = check_descriptors(e);
	if (s == 0)
		s = read_config(&c, e);
	if (s == 0)
		s = check_outbound(&c, e);
	if (s == 0)
		s = enter_userns(e);
	if (s == 0)
		s = inside_make_tap(&c, SLIRP_FD_NETNS, &tap, e);
	if (s < 0)
		return s;
	/* Of these the network namespace would not die with the container. */
	close(SLIRP_FD_CONFIG);
	close(SLIRP_FD_USERNS);
	close(SLIRP_FD_NETNS);
	s = loop_new(&c, tap, SLIRP_FD_INIT, ret, e);
	if (s == 0)
		s = sandbox_mounts(c.flags & SLIRP_DNS, e);
	if (s == 0)
		s = sandbox_process(e);
	return s < 0 ? s : sandbox_seccomp(e);
}

/* One line, where there is somebody to read it, else on stderr. */
static void say(int fd, const struct error *e)
{
	char line[sizeof(e->msg) + sizeof(e->hint) + 2];
	int n = snprintf(line, sizeof(line), "%s%s%s\n", e->msg, e->hint[0] ? "\t" : "", e->hint);

	if (io_write_all(fd, line, (size_t)n) < 0 && fd != STDERR_FILENO)
		(void)io_write_all(STDERR_FILENO, line, (size_t)n);
}

int main(void)
{
	struct error e = ERROR_INIT;
	struct loop *loop = NULL;
	char ready[64];
	int n;

	if (fd_sanitize_stdio() < 0)
		return 1;
	if (set_up(&loop, &e) < 0) {
		say(SLIRP_FD_READY, &e);
		return 1;
	}
	n = snprintf(ready, sizeof(ready), "R%s\n", loop_version());
	if (io_write_all(SLIRP_FD_READY, ready, (size_t)n) < 0)
		return 1; /* who asked for it is gone */
	close(SLIRP_FD_READY);
	if (loop_run(loop, &e) == 0)
		return 0;
	say(STDERR_FILENO, &e);
	return 1;
}

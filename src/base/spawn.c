/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See spawn.h. The child of clone(CLONE_VM|CLONE_VFORK) runs on a stack of its
 * own and makes system calls only; it hands its errno back through shared
 * memory, so a program that cannot be started is an error of spawn_start(). One
 * that enters a user namespace has a copy of our memory instead of sharing it:
 * with its ids it changes who may look into that.
 */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/signals.h"
#include "base/syscalls.h"

enum { CHILD_STACK = 32 << 10 };

struct child_arg {
	const struct spawn_request *req;
	int fds[3];
	int *error; /* in memory that both of us see */
};

/* The process cannot be seen while it is root in there and has our memory still. */
static int enter_userns(int pidfd)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || setns(pidfd, CLONE_NEWUSER) < 0)
		return -1;
	/* A map of groups without a 0 takes no power from its root. */
	if (sys_setresgid(0) < 0 && errno != EINVAL)
		return -1;
	return sys_setresuid(0);
}

/* Above what they become, then down: one never overwrites another. */
static int place_fds(const struct spawn_request *req)
{
	int up[SPAWN_FDS_MAX];

	for (size_t i = 0; i < req->n_fds; i++) {
		up[i] = fcntl(req->fds[i], F_DUPFD_CLOEXEC, 3 + SPAWN_FDS_MAX);
		if (up[i] < 0)
			return -1;
	}
	for (size_t i = 0; i < req->n_fds; i++)
		if (dup2(up[i], 3 + (int)i) < 0)
			return -1;
	return 0;
}

static int child_main(void *p)
{
	struct child_arg *arg = p;
	const struct spawn_request *req = arg->req;

	/* Parent and child share memory, not signal tables: no CLONE_SIGHAND. */
	(void)signals_reset();
	if (req->new_session)
		setsid();
	else
		setpgid(0, 0);
	for (int i = 0; i < 3; i++) {
		/* Lift a source out of the way of a later target. */
		while (arg->fds[i] >= 0 && arg->fds[i] < i) {
			int up = fcntl(arg->fds[i], F_DUPFD_CLOEXEC, 3);

			if (up < 0)
				goto fail;
			arg->fds[i] = up;
		}
	}
	for (int i = 0; i < 3; i++) {
		if (arg->fds[i] == i) {
			if (fcntl(i, F_SETFD, 0) < 0)
				goto fail;
		} else if (dup2(arg->fds[i], i) < 0) {
			goto fail;
		}
	}
	if (place_fds(req) < 0 ||
	    sys_close_range(3 + (unsigned int)req->n_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		goto fail;
	if (req->cwd_fd >= 0 && fchdir(req->cwd_fd) < 0 && errno != EACCES)
		goto fail;
	/* Last: what is ours is opened with our rights. */
	if (req->userns_pidfd >= 0 && enter_userns(req->userns_pidfd) < 0)
		goto fail;
	execve(req->path, req->argv, req->envp);
fail:
	*arg->error = errno;
	_exit(127);
}

/* The vfork proper: returns the pid, with the child exec'd or failed. */
static int start_child(struct child_arg *arg, int *ret_pidfd, int *ret_error)
{
	bool copies = arg->req->userns_pidfd >= 0;
	void *stack = mmap(NULL, CHILD_STACK, PROT_READ | PROT_WRITE,
			   (copies ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	sigset_t all, old;
	int pid, err;

	if (stack == MAP_FAILED)
		return -errno;
	arg->error = copies ? stack : ret_error;
	/* A handler of ours must not run in the child, on shared memory. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	pid = clone(child_main, (char *)stack + CHILD_STACK,
		    (copies ? 0 : CLONE_VM) | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, arg, ret_pidfd);
	err = errno;
	*ret_error = *arg->error; /* of a copy: from the far end of its stack */
	sigprocmask(SIG_SETMASK, &old, NULL);
	munmap(stack, CHILD_STACK);
	return pid < 0 ? -err : pid;
}

static int open_plumbing(const struct spawn_request *req, struct child_arg *arg, int in[2],
			 int out[2])
{
	if (req->stdin_data) {
		if (pipe2(in, O_CLOEXEC) < 0)
			return -errno;
		arg->fds[0] = in[0];
	} else {
		in[0] = path_open("/dev/null", O_RDONLY);
		if (in[0] < 0)
			return in[0];
		arg->fds[0] = in[0];
	}
	if ((req->stdout_fd < 0 || req->stderr_fd < 0) && pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	arg->fds[1] = req->stdout_fd < 0 ? out[1] : req->stdout_fd;
	arg->fds[2] = req->stderr_fd < 0 ? out[1] : req->stderr_fd;
	return 0;
}

int spawn_start(const struct spawn_request *req, struct spawned *ret)
{
	struct child_arg arg = { .req = req };
	cleanup_fd int in_r = -EBADF, in_w = -EBADF, out_r = -EBADF, out_w = -EBADF;
	int in[2] = { -EBADF, -EBADF }, out[2] = { -EBADF, -EBADF };
	int pidfd = -EBADF, error = 0;
	int r;

	r = open_plumbing(req, &arg, in, out);
	in_r = in[0];
	in_w = in[1];
	out_r = out[0];
	out_w = out[1];
	if (r < 0)
		return r;
	r = start_child(&arg, &pidfd, &error);
	if (r < 0)
		return r;
	if (error) {
		pidfd_reap(pidfd, NULL);
		close(pidfd);
		return -error;
	}
	if (in_w >= 0)
		(void)fcntl(in_w, F_SETFL, O_NONBLOCK);
	if (out_r >= 0)
		(void)fcntl(out_r, F_SETFL, O_NONBLOCK);
	*ret = (struct spawned){
		.pid = r,
		.pidfd = pidfd,
		.out_fd = take_fd(&out_r),
		.stdin_fd = take_fd(&in_w),
		.req = req,
	};
	return 0;
}

/* Keeps the last SPAWN_TAIL - 1 bytes. */
static void keep_tail(char *tail, size_t *len, const char *p, size_t n)
{
	size_t room = SPAWN_TAIL - 1;

	if (n > room) {
		p += n - room;
		n = room;
	}
	if (*len + n > room) {
		size_t drop = *len + n - room;

		memmove(tail, tail + drop, *len - drop);
		*len -= drop;
	}
	memcpy(tail + *len, p, n);
	*len += n;
}

/* One line: newlines and control characters to blanks, ends trimmed. */
static void tidy_tail(char *tail, size_t len)
{
	size_t start = 0;

	tail[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)tail[i] < 0x20 || tail[i] == 0x7f)
			tail[i] = ' ';
	while (len > 0 && tail[len - 1] == ' ')
		tail[--len] = '\0';
	while (tail[start] == ' ')
		start++;
	memmove(tail, tail + start, len - start + 1);
}

static void close_and_forget(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -EBADF;
}

static void feed(struct spawned *s, size_t *done)
{
	const struct spawn_request *req = s->req;
	/* A program that does not read its stdin is no error of ours. */
	ssize_t n =
		io_write_unsignalled(s->stdin_fd, req->stdin_data + *done, req->stdin_len - *done);

	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n > 0)
		*done += (size_t)n;
	if (n < 0 || *done == req->stdin_len)
		close_and_forget(&s->stdin_fd);
}

static void drain(struct spawned *s, char *tail, size_t *len)
{
	char buf[4096];
	ssize_t n = read(s->out_fd, buf, sizeof(buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		close_and_forget(&s->out_fd);
	else
		keep_tail(tail, len, buf, (size_t)n);
}

int spawn_wait(struct spawned *s, struct spawn_result *ret)
{
	int64_t deadline = s->req->timeout_ms ? (int64_t)clock_ms() + s->req->timeout_ms : 0;
	size_t fed = 0, len = 0;
	bool exited = false;
	int r;

	ret->timed_out = false;
	if (s->stdin_fd >= 0 && s->req->stdin_len == 0)
		close_and_forget(&s->stdin_fd);
	while (!exited) {
		struct pollfd p[3] = {
			{ .fd = s->pidfd, .events = POLLIN },
			{ .fd = s->out_fd, .events = POLLIN },
			{ .fd = s->stdin_fd, .events = POLLOUT },
		};
		int64_t left = deadline ? deadline - (int64_t)clock_ms() : -1;

		if (deadline && left <= 0 && !ret->timed_out) {
			ret->timed_out = true;
			kill(-s->pid, SIGKILL);
			pidfd_kill(s->pidfd, SIGKILL);
		}
		r = poll(p, 3, ret->timed_out || !deadline ? -1 : (int)left);
		if (r < 0 && errno != EINTR)
			break;
		if (r <= 0)
			continue;
		if (p[2].revents)
			feed(s, &fed);
		if (p[1].revents)
			drain(s, ret->tail, &len);
		exited = p[0].revents != 0;
	}
	/* What it wrote before it ended; a daemon it left behind is not waited for. */
	for (int i = 0; i < 64 && s->out_fd >= 0; i++) {
		struct pollfd p = { .fd = s->out_fd, .events = POLLIN };

		if (poll(&p, 1, 0) <= 0)
			break;
		drain(s, ret->tail, &len);
	}
	tidy_tail(ret->tail, len);
	close_and_forget(&s->out_fd);
	close_and_forget(&s->stdin_fd);
	r = pidfd_reap(s->pidfd, &ret->status);
	close_and_forget(&s->pidfd);
	return r;
}

int spawn_run(const struct spawn_request *req, struct spawn_result *ret)
{
	struct spawned s;
	int r = spawn_start(req, &s);

	return r < 0 ? r : spawn_wait(&s, ret);
}

const char *spawn_describe(const struct spawn_result *r, char *buf, size_t len)
{
	if (r->timed_out)
		snprintf(buf, len, "timed out");
	else if (WIFSIGNALED(r->status))
		snprintf(buf, len, "killed by signal %d", WTERMSIG(r->status));
	else
		snprintf(buf, len, "exit status %d", WEXITSTATUS(r->status));
	return buf;
}

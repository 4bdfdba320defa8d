/* SPDX-License-Identifier: Apache-2.0 */
/* The clone's entry, and how its errors and log lines reach the user. */
#include "run/child.h"

#include <errno.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/syscalls.h"
#include "run/cgroups.h"
#include "run/sync.h"

int clone_process(uint64_t flags, int cgroup, int *ret_pidfd)
{
	int pidfd = -EBADF;
	struct clone_args args = {
		.flags = flags | CLONE_CLEAR_SIGHAND | (ret_pidfd ? CLONE_PIDFD : 0) |
			 (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		/* With CLONE_PARENT the kernel takes the stage's own exit signal. */
		.exit_signal = (flags & CLONE_PARENT) ? 0 : SIGCHLD,
		.cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
	};
	pid_t pid = sys_clone3(&args, sizeof(args));

	if (pid < 0)
		return -errno;
	if (pid > 0 && ret_pidfd)
		*ret_pidfd = pidfd;
	return pid;
}

static void log_to_parent(void *arg, enum log_level level, const char *msg)
{
	const struct child *c = arg;

	if (!c->handed_over)
		(void)sync_send_log(c->sync, (int)level, msg);
}

int child_arm_death_signal(void *ctx, struct error *e)
{
	(void)ctx;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_set(e, errno, "set the parent-death signal");
	/*
	 * A parent that died before this line sent no signal; it shows as the end
	 * of the sync socket at the next message, and we go then.
	 */
	return 0;
}

void child_show(struct child *c, bool on)
{
	const struct launch *l = c->l;

	if (l->caller.euid == 0 || !(l->plan.ns.clone_flags & CLONE_NEWUSER))
		return;
	/* The caller's secrets are not for who execs into us meanwhile. */
	for (char **v = environ; on && *v; v++)
		explicit_bzero(*v, strlen(*v));
	(void)prctl(PR_SET_DUMPABLE, on, 0, 0, 0);
}

/*
 * ER03: who reads the container's output learns it there. Never at the price of
 * waiting for a reader: what does not fit into a pipe at once is left out.
 */
static void tell_stderr(const struct error *err)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	char line[PIPE_BUF];
	int n = snprintf(line, sizeof(line) - 1, "urun: %s%s%s%s", err->msg,
			 err->hint[0] ? " (hint: " : "", err->hint, err->hint[0] ? ")" : "");

	if (n < 0 || poll(&p, 1, 0) != 1 || p.revents != POLLOUT)
		return;
	n = (int)strnlen(line, sizeof(line) - 2);
	for (int i = 0; i < n; i++)
		if (line[i] == '\n' || line[i] == '\r')
			line[i] = ' ';
	line[n++] = '\n';
	(void)!write(STDERR_FILENO, line, (size_t)n);
}

void child_report(struct child *c, const struct error *err)
{
	if (!c->handed_over) {
		(void)sync_send_error(c->sync, err);
		return;
	}
	/* `start` waits for the fifo to close and then reads this (C19, ER03). */
	(void)io_write_all(c->exec_error, err, sizeof(*err));
	tell_stderr(err);
}

void child_main(struct launch *l)
{
	struct error e = ERROR_INIT;
	struct child c = {
		.l = l,
		.sync = l->child_sync,
		.fifo = l->fifo,
		.exec_error = l->exec_error,
		.console_peer = -EBADF,
		.root = -EBADF,
	};
	int r;

	close(l->sync);
	/* The parent's alone: the helper sees when he is gone. */
	cleanup_fdp(&l->network.socket);
	log_set_sink(log_to_parent, &c);
	/* urun itself is not dumpable; a program of another's that calls us may be. */
	if (l->hides)
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	r = child_arm_death_signal(&c, &e);
	if (r == 0)
		r = child_enter_cgroup_v1(&c, &e);
	if (r == 0 && l->staged)
		r = stage_run(&c, &e);
	if (r == 0)
		r = l->is_exec ? join_setup(&c, &e) : init_setup(&c, &e);
	if (r == 0)
		process_run(&c, &e); /* returns on failure only */
	child_report(&c, &e);
	_exit(1);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See wait.h (C15, C16, G18). */
#include "run/wait.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/pidfd.h"
#include "run/terminal.h"

static void choose_signals(unsigned int flags, sigset_t *ret)
{
	/* Faults of our own must end us, not wait in a queue. */
	static const int ours[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };

	if (flags & WAIT_QUIET) {
		sigemptyset(ret);
		sigaddset(ret, SIGPIPE);
		return;
	}
	sigfillset(ret);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		sigdelset(ret, ours[i]);
}

int wait_begin(struct wait *w, unsigned int flags, struct error *e)
{
	sigset_t set;
	int was = 0;

	choose_signals(flags, &set);
	w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signals < 0)
		return error_set(e, errno, "wait for signals");
	sigprocmask(SIG_BLOCK, &set, &w->old);
	w->flags = flags;
	w->oom = -EBADF;
	w->began = true;
	w->made_subreaper = (flags & WAIT_REAP) &&
			    prctl(PR_GET_CHILD_SUBREAPER, &was, 0, 0, 0) == 0 && !was &&
			    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
	return 0;
}

/* What our last words to a closed stdout raised is not the caller's to die of. */
static void forget_sigpipe(const struct wait *w)
{
	const struct timespec at_once = { 0 };
	sigset_t pipe_only;

	if (sigismember(&w->old, SIGPIPE))
		return;
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	(void)sigtimedwait(&pipe_only, NULL, &at_once);
}

void wait_end(struct wait *w)
{
	if (!w->began)
		return;
	close(w->signals);
	cleanup_fdp(&w->oom);
	w->oom = -EBADF;
	if (w->flags & WAIT_QUIET)
		forget_sigpipe(w);
	if (w->made_subreaper)
		prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	sigprocmask(SIG_SETMASK, &w->old, NULL);
	w->began = false;
}

/* Orphans of a container that shares our pid namespace end up with us. */
static void reap_orphans(pid_t init)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 ||
		    info.si_pid == init)
			return;
		waitpid(info.si_pid, NULL, WNOHANG);
	}
}

static void handle_signals(struct wait *w, struct launch *l, struct terminal *t)
{
	struct signalfd_siginfo s;

	while (read(w->signals, &s, sizeof(s)) == sizeof(s)) {
		switch (s.ssi_signo) {
		case SIGCHLD:
			if (w->flags & WAIT_REAP)
				reap_orphans(l->pid);
			break;
		case SIGWINCH:
			if (t)
				terminal_resize(t);
			break;
		case SIGPIPE:
		case SIGTTIN:
		case SIGTTOU:
			/* What our own stdio does to us is nothing to init. */
			if (s.ssi_code == SI_KERNEL || s.ssi_pid == (uint32_t)getpid())
				break;
			/* fall through */
		default:
			if (!(w->flags & WAIT_QUIET))
				(void)pidfd_kill(l->pidfd, (int)s.ssi_signo);
		}
	}
}

void wait_watch_oom(struct wait *w, const struct launch *l)
{
	const struct cgroup_plan *p = &l->plan.cgroup.plan;

	for (size_t i = 0; i < p->n && w->oom < 0; i++) {
		const char *controller = p->files[i].controller;

		if (controller && !p->files[i].is_default && strcmp(controller, "memory") == 0)
			w->oom = cgroup_oom_open(l->cgroup.dir);
	}
}

static void handle_oom(struct wait *w, const struct launch *l)
{
	struct cgroup_oom now;

	if (cgroup_oom_read(w->oom, &now) < 0) {
		cleanup_fdp(&w->oom);
		w->oom = -EBADF;
		return;
	}
	w->oom_killed = now.killed > 0;
	if (!w->oom_killed || !cgroup_oom_explain(l->cgroup.dir, l->cgroup.path, w->oom_words))
		w->oom_words[0] = '\0';
}

static int wait_loop(struct wait *w, struct launch *l, struct terminal *t, struct error *e)
{
	for (;;) {
		struct pollfd p[8] = {
			{ .fd = l->pidfd, .events = POLLIN },
			{ .fd = w->signals, .events = POLLIN },
		};
		size_t n = 2 + (t ? terminal_pollfds(t, p + 2) : 0);
		size_t notify = notify_pollfds(&l->notify, p + n);
		int r;

		p[n + notify] = (struct pollfd){ .fd = w->oom, .events = POLLPRI };
		r = poll(p, n + notify + 1, notify_poll_ms(&l->notify));
		if (r < 0) {
			if (errno == EINTR)
				continue;
			return error_set(e, errno, "wait for the container");
		}
		if (p[1].revents)
			handle_signals(w, l, t);
		if (t && n > 2 && terminal_handle(t, p + 2, n - 2) < 0)
			log_debug("the terminal is gone");
		/* Also what it said last, before it ended. */
		if (notify && p[n].revents)
			notify_handle(&l->notify);
		if (p[n + notify].revents)
			handle_oom(w, l);
		if (p[0].revents)
			return 0;
		r = notify_check_time(&l->notify, l->opt->id, e);
		if (r < 0)
			return r;
	}
}

int wait_process(struct wait *w, struct launch *l, int *ret_status, struct error *e)
{
	struct terminal terminal, *t = NULL;
	int status = 0, r;

	if (l->console >= 0) {
		const int *io = l->opt->stdio;

		r = terminal_begin_on(&terminal, l->console,
				      io && io[0] >= 0 ? io[0] : STDIN_FILENO,
				      io && io[1] >= 0 ? io[1] : STDOUT_FILENO);
		if (r < 0)
			return error_set(e, r, "set up the terminal");
		t = &terminal;
	}
	r = wait_loop(w, l, t, e);
	if (t)
		terminal_end(t);
	if (r < 0)
		return r;
	r = pidfd_reap(l->pidfd, &status);
	if (r < 0)
		return error_set(e, r, "read the exit status of process %d", l->pid);
	close(l->pidfd);
	l->pidfd = -EBADF;
	w->ended_by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	*ret_status = exit_code_of(status);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See notify.h. The listener exists from the moment on at which the filter is
 * in force, and the filter may stop all that is needed to send it (crun #1002).
 * So a helper process is cloned first, which shares the table of fds and not
 * the filter:
 *
 *	init                            helper
 *	clone(CLONE_FILES)              waits for a number in shared memory
 *	seccomp() makes the listener
 *	stores its number               sends that fd and the text
 *	waits for the helper's end      closes both ends, ends
 *	execve()
 *
 * Behind seccomp() init makes no system call until it executes the program:
 * it spins until SIGCHLD comes, which tells the end of the helper however it
 * ends. The handler does not return (rt_sigreturn is a system call) but jumps.
 * SA_NOCLDWAIT: no zombie that the container's program would have to reap.
 *
 * No ptrace right is needed for this, as it were for pidfd_getfd(2): init stays
 * undumpable, and nobody in the container can take the fd or the socket.
 */
#include "run/listener.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "oci/state_doc.h"
#include "process/seccomp.h"
#include "run/monitor.h"

enum {
	TEXT_MAX = 32 << 20, /* annotations are a part of it */
	TIMEOUT_MS = 5000,
	PAUSE_US = 50,
};

/* In place of the pid until the child knows it: the widest there is. */
#define PID_PLACE INT_MAX
#define PID_KEY "\"pid\":"

/* --- parent --- */

static int make_text(struct launch *l, const struct listener_state *s, struct error *e)
{
	const struct oci_state_doc state = {
		.id = l->opt->id,
		.bundle = l->plan.bundle,
		.status = s->status,
		.pid = s->init ? s->init : PID_PLACE,
		.annotations = &l->config->annotations,
	};
	cleanup_strbuf struct strbuf text = STRBUF_INIT(TEXT_MAX);
	int r;

	r = oci_process_state_write(&state, PID_PLACE, l->plan.listener.metadata, &text);
	l->listener_text = r == 0 ? arena_strdup(l->arena, text.s) : NULL;
	if (r == 0 && !l->listener_text)
		r = -ENOMEM;
	return r < 0 ? error_set(e, r, "write the state for the seccomp agent") : 0;
}

static int connect_agent(struct launch *l, struct error *e)
{
	const struct listener_plan *n = &l->plan.listener;
	int r = fd_connect_unix_timeout(n->receiver, TIMEOUT_MS, &l->listener);

	if (r == 0)
		return 0;
	error_set(e, r, "%s: connect to the seccomp agent at '%s'", n->receiver_key, n->receiver);
	return error_hint(e, "start the agent that listens on this socket first");
}

int listener_prepare(struct launch *l, const struct listener_state *s, struct error *e)
{
	int r;

	if (!l->plan.listener.wanted || !l->plan.process.argv)
		return 0;
	if (l->plan.listener.plugins) {
		l->listener_text = arena_strdup(l->arena, "fd");
		if (!l->listener_text)
			return error_set(e, ENOMEM, "start the seccomp plugins");
		return monitor_start(l, &l->listener, e);
	}
	r = make_text(l, s, e);
	return r < 0 ? r : connect_agent(l, e);
}

/* --- the helper --- */

enum { WAITING = -1, GAVE_UP = -2 };

/* init's side; the number is shared with the helper. */
static struct {
	_Atomic int *fd;
	sigjmp_buf back;
	volatile int loaded; /* what loading the filter gave */
	volatile sig_atomic_t exited, status;
} handoff;

static int wait_for_listener(void)
{
	const struct timespec pause = { .tv_nsec = PAUSE_US * 1000 };
	struct timespec now, end;
	int fd;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += TIMEOUT_MS / 1000;
	do {
		fd = atomic_load(handoff.fd);
		if (fd != WAITING)
			break;
		nanosleep(&pause, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec ||
		 (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
	return fd;
}

static int send_listener(const struct launch *l, int fd, struct error *e)
{
	const struct listener_plan *n = &l->plan.listener;
	int r;

	if (fd == WAITING)
		return error_msg(e, ETIMEDOUT, "the seccomp listener was not there in time");
	r = fd_send(l->listener, fd, l->listener_text, strlen(l->listener_text));
	/* The agent sees the end of the text, whoever else holds the socket. */
	if (r == 0 && shutdown(l->listener, SHUT_WR) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	if (n->plugins)
		return error_set(e, r, "send the seccomp listener to the plugins");
	return error_set(e, r == -EAGAIN ? ETIMEDOUT : r,
			 "%s: send the listener to the seccomp agent at '%s'", n->receiver_key,
			 n->receiver);
}

static void help(struct child *c) __attribute__((noreturn));

static void help(struct child *c)
{
	struct error e = ERROR_INIT;
	int fd, r;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	fd = wait_for_listener();
	if (fd == GAVE_UP)
		_exit(0);
	r = send_listener(c->l, fd, &e);
	/* For init, too, whose table it is: it ends up holding neither. */
	close(c->l->listener);
	if (fd >= 0)
		close(fd);
	if (r < 0)
		child_report(c, &e);
	_exit(r < 0);
}

/* --- the child --- */

static void on_helper_end(int sig, siginfo_t *info, void *ctx)
{
	(void)sig;
	(void)ctx;
	/* The kernel lets nobody forge these codes. */
	if (info->si_code != CLD_EXITED && info->si_code != CLD_KILLED &&
	    info->si_code != CLD_DUMPED)
		return;
	handoff.exited = info->si_code == CLD_EXITED;
	handoff.status = info->si_status;
	siglongjmp(handoff.back, 1);
}

static void spin(void) __attribute__((noreturn));

static void spin(void)
{
	for (;;) {
#if defined(__x86_64__) || defined(__i386__)
		__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
		__asm__ volatile("yield");
#else
		__asm__ volatile("");
#endif
	}
}

/* The number that takes the place of the widest, blanks behind it. */
static void place_pid(char *text, pid_t pid)
{
	char place[32], number[32];
	size_t len;

	snprintf(place, sizeof(place), PID_KEY "%d", PID_PLACE);
	len = strlen(place) - strlen(PID_KEY);
	snprintf(number, sizeof(number), "%-*d", (int)len, pid);
	while ((text = strstr(text, place)) != NULL) {
		text += strlen(PID_KEY);
		memcpy(text, number, len);
	}
}

static int begin(struct child *c, struct error *e)
{
	const struct sigaction sa = {
		.sa_sigaction = on_helper_end,
		/* NODEFER: the jump leaves the mask as it is, and execve would keep it. */
		.sa_flags = SA_SIGINFO | SA_NOCLDWAIT | SA_NODEFER,
	};
	void *page = mmap(NULL, sizeof(*handoff.fd), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return error_set(e, errno, "share memory for the seccomp listener");
	handoff.fd = page;
	atomic_store(handoff.fd, WAITING);
	handoff.loaded = handoff.exited = 0;
	place_pid(c->l->listener_text, c->host_pid);
	if (sigaction(SIGCHLD, &sa, NULL) < 0)
		return error_set(e, errno, "watch the helper for the seccomp listener");
	return 0;
}

/* Returns where there is no helper; its end comes back by handoff.back. */
static int load_beside_helper(struct child *c, const struct process_plan *p, struct error *e)
{
	int r = clone_process(CLONE_FILES, -EBADF, NULL);

	if (r < 0)
		return error_set(e, r, "start the helper for the seccomp listener");
	if (r == 0)
		help(c);
	r = process_apply_filter(p, e);
	handoff.loaded = r < 0 ? r : 0;
	atomic_store(handoff.fd, r < 0 ? GAVE_UP : r);
	spin();
}

int listener_load(struct child *c, const struct process_plan *p, struct error *e)
{
	int r = begin(c, e);

	if (r < 0)
		return r;
	if (sigsetjmp(handoff.back, 0) == 0)
		return load_beside_helper(c, p, e);
	if (handoff.loaded < 0)
		return handoff.loaded;
	if (handoff.exited && handoff.status == 0)
		return 0;
	/*
	 * The helper has told why, and has closed the listener: a call that the
	 * filter asks about is ENOSYS. Where it was killed we hold the listener
	 * ourselves, and such a call would never come back.
	 */
	if (handoff.exited)
		syscall(SYS_exit_group, 1);
	__builtin_trap();
}

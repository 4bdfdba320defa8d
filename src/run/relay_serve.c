/* SPDX-License-Identifier: Apache-2.0 */
/* See relay.h: the service's end. Its caller is of our own user: systemd has made the pair. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "run/relay.h"

enum {
	STATE_MAX = 16 << 20,
	LOW_FDS = 300, /* our own ones live above what is lent */
};

struct service {
	int sock;
	int lent[RELAY_FD_MAX]; /* by number; -EBADF: closed */
	int cwd;
	struct relay_state state;
	char **argv, **env;
};

/* Up, out of the way of the numbers that the command is to see. */
static int move_up(int *fd)
{
	int up = fcntl(*fd, F_DUPFD_CLOEXEC, LOW_FDS);

	if (up < 0)
		return -errno;
	close(*fd);
	*fd = up;
	return 0;
}

static int split_words(struct arena *a, char **p, const char *end, uint32_t n, char ***ret)
{
	char **words = arena_calloc(a, (size_t)n + 1, sizeof(*words));

	if (!words)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		words[i] = *p;
		*p = memchr(*p, '\0', (size_t)(end - *p));
		if (!*p)
			return -EBADMSG;
		++*p;
	}
	*ret = words;
	return 0;
}

static int read_state(struct arena *a, struct service *s, int fd)
{
	cleanup_free char *text = NULL;
	const char *end;
	size_t len;
	char *p;
	int r;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	r = io_read_all(fd, STATE_MAX, &text, &len);
	if (r < 0 || len < sizeof(s->state))
		return r < 0 ? r : -EBADMSG;
	memcpy(&s->state, text, sizeof(s->state));
	len -= sizeof(s->state);
	p = arena_alloc(a, len + 1);
	if (!p)
		return -ENOMEM;
	memcpy(p, text + sizeof(s->state), len);
	end = p + len;
	r = split_words(a, &p, end, s->state.argc, &s->argv);
	return r < 0 ? r : split_words(a, &p, end, s->state.envc, &s->env);
}

/* Everything up to GO. */
static int take_over(struct arena *a, struct service *s)
{
	for (;;) {
		struct relay_message m;
		int fd = -EBADF, flags = 0, r;
		ssize_t n = fd_recv_message(s->sock, &m, sizeof(m), &flags, &fd);

		if (n != (ssize_t)sizeof(m) || fd < 0) {
			cleanup_fdp(&fd);
			return -ECONNRESET;
		}
		if (m.point == RELAY_GO) {
			r = read_state(a, s, fd);
			close(fd);
			return r;
		}
		r = move_up(&fd);
		if (m.point != RELAY_FD || m.value < RELAY_CWD || m.value >= RELAY_FD_MAX ||
		    r < 0) {
			close(fd);
			return r < 0 ? r : -EPROTO;
		}
		if (m.value == RELAY_CWD)
			s->cwd = fd;
		else
			s->lent[m.value] = fd;
	}
}

/* --- the command --- */

static void set_signals(const struct relay_state *s)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, s->ignored & 1ULL << (sig - 1) ? SIG_IGN : SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A limit that the caller has lower is kept; one that we may not raise stays ours. */
static void set_limits(const struct relay_state *s)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		(void)setrlimit((__rlimit_resource_t)i, &s->limits[i]);
	if (s->cpus_size)
		(void)sched_setaffinity(0, s->cpus_size, (const cpu_set_t *)(const void *)s->cpus);
	umask((mode_t)s->umask);
}

/* What names its process by number was meant for the caller, whose place we take. */
static void adopt_listen_pid(struct arena *a, char **env)
{
	for (; *env; env++)
		if (strncmp(*env, "LISTEN_PID=", 11) == 0)
			*env = arena_printf(a, "LISTEN_PID=%d", getpid());
}

static void run_command(struct arena *a, struct service *s)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	for (int fd = 0; fd < RELAY_FD_MAX; fd++) {
		if (s->lent[fd] >= 0)
			dup2(s->lent[fd], fd);
		else if (fd <= STDERR_FILENO)
			close(fd);
	}
	if (s->cwd < 0 || fchdir(s->cwd) < 0)
		_exit(EXIT_FAILURE);
	adopt_listen_pid(a, s->env);
	set_signals(&s->state);
	set_limits(&s->state);
	execve("/proc/self/exe", s->argv, s->env);
	_exit(EXIT_FAILURE);
}

static void pass_signal(const struct service *s, int pidfd)
{
	struct relay_message m;

	/* The caller is gone: the container goes on, as without us. */
	if (recv(s->sock, &m, sizeof(m), MSG_DONTWAIT) == (ssize_t)sizeof(m) &&
	    m.point == RELAY_SIGNAL)
		(void)pidfd_kill(pidfd, m.value);
}

static int wait_for(const struct service *s, int pidfd)
{
	struct pollfd p[] = { { .fd = pidfd, .events = POLLIN },
			      { .fd = s->sock, .events = POLLIN } };
	struct relay_message m = { .point = RELAY_STATUS };
	int status = 0;

	while (!(p[0].revents & POLLIN)) {
		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			return EXIT_FAILURE;
		if (p[1].revents & POLLIN)
			pass_signal(s, pidfd);
		if (p[1].revents & (POLLHUP | POLLERR))
			p[1].fd = -1;
	}
	if (pidfd_reap(pidfd, &status) < 0)
		return EXIT_FAILURE;
	m.value = status;
	return send(s->sock, &m, sizeof(m), MSG_NOSIGNAL) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int relay_serve(int sock)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct relay_message hello = { .point = RELAY_HELLO };
	struct service s = { .sock = sock, .cwd = -EBADF };
	cleanup_fd int pidfd = -EBADF;
	pid_t pid;

	for (size_t i = 0; i < RELAY_FD_MAX; i++)
		s.lent[i] = -EBADF;
	relay_own_namespaces(hello.namespaces);
	if (move_up(&s.sock) < 0 || send(s.sock, &hello, sizeof(hello), MSG_NOSIGNAL) < 0 ||
	    take_over(&a, &s) < 0)
		return EXIT_FAILURE;
	/* Orphans of the container go where they would: to the command, or past us. */
	pid = fork();
	if (pid == 0)
		run_command(&a, &s);
	for (size_t i = 0; i < RELAY_FD_MAX; i++)
		cleanup_fdp(&s.lent[i]);
	cleanup_fdp(&s.cwd);
	if (pid < 0)
		return EXIT_FAILURE;
	pidfd = pidfd_open_pid(pid);
	return pidfd < 0 ? EXIT_FAILURE : wait_for(&s, pidfd);
}

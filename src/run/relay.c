/* SPDX-License-Identifier: Apache-2.0 */
/* See relay.h: the caller's end. */
#include "run/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "cgroup/bus.h"
#include "cgroup/host.h"
#include "cgroup/systemd.h"

enum { HELLO_TIMEOUT_MS = 10000 };

void relay_own_namespaces(uint64_t ret[RELAY_NAMESPACES])
{
	static const char *const names[RELAY_NAMESPACES] = { "user", "mnt", "pid",   "net",
							     "ipc",  "uts", "cgroup" };

	for (size_t i = 0; i < RELAY_NAMESPACES; i++) {
		char path[32];
		struct stat st;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		ret[i] = path_stat(path, &st) == 0 ? st.st_ino : 0;
	}
}

/* --- is there anything to gain? --- */

/* By its path, as systemd names it; else we ask where its systemd is. */
static bool is_inside(struct arena *a, struct systemd *s, const char *own, struct error *e)
{
	const char *top = systemd_control_group(s, a, e);

	/* What systemd starts for us is inside: nothing is relayed twice. */
	return !top || !*top || path_is_below(own, top);
}

static bool looks_inside(const char *own)
{
	char name[64];

	snprintf(name, sizeof(name), "/user@%u.service/", geteuid());
	return strstr(own, name) != NULL;
}

/* --- what goes along --- */

static uint64_t signals_ignored(void)
{
	uint64_t set = 0;

	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction sa;

		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			set |= 1ULL << (sig - 1);
	}
	return set;
}

static void fill_state(struct relay_state *s, char *const *argv)
{
	int size;

	*s = (struct relay_state){ .ignored = signals_ignored() };
	s->umask = umask(0);
	umask((mode_t)s->umask);
	while (argv[s->argc])
		s->argc++;
	while (environ[s->envc])
		s->envc++;
	for (int i = 0; i < RLIM_NLIMITS; i++)
		(void)getrlimit((__rlimit_resource_t)i, &s->limits[i]);
	size = sched_getaffinity(0, sizeof(s->cpus), (cpu_set_t *)(void *)s->cpus);
	s->cpus_size = size == 0 ? sizeof(s->cpus) : 0;
}

static int write_words(int fd, char *const *words)
{
	int r = 0;

	for (; *words && r == 0; words++)
		r = io_write_all(fd, *words, strlen(*words) + 1);
	return r;
}

static int make_memfd(char *const *argv, int *ret)
{
	cleanup_fd int fd = memfd_create("urun-relay", MFD_CLOEXEC);
	struct relay_state s;
	int r = fd < 0 ? -errno : 0;

	fill_state(&s, argv);
	if (r == 0)
		r = io_write_all(fd, &s, sizeof(s));
	if (r == 0)
		r = write_words(fd, argv);
	if (r == 0)
		r = write_words(fd, environ);
	if (r == 0)
		*ret = take_fd(&fd);
	return r;
}

static int send_point(int sock, enum relay_point point, int value, int fd)
{
	const struct relay_message m = { .point = point, .value = value };

	if (fd >= 0)
		return fd_send(sock, fd, &m, sizeof(m));
	return send(sock, &m, sizeof(m), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int lend(int sock, const struct relay_request *req)
{
	cleanup_fd int cwd = path_open(".", O_PATH | O_DIRECTORY), state = -EBADF;
	int r = cwd < 0 ? cwd : send_point(sock, RELAY_FD, RELAY_CWD, cwd);

	for (int fd = 0; fd < (int)req->fds && r == 0; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			r = send_point(sock, RELAY_FD, fd, fd);
	if (r == 0)
		r = make_memfd(req->argv, &state);
	return r < 0 ? r : send_point(sock, RELAY_GO, 0, state);
}

/* --- its life --- */

static int await_hello(int sock)
{
	uint64_t own[RELAY_NAMESPACES];
	struct relay_message m;

	if (fd_wait(sock, POLLIN, HELLO_TIMEOUT_MS) < 0 ||
	    recv(sock, &m, sizeof(m), 0) != (ssize_t)sizeof(m) || m.point != RELAY_HELLO)
		return -ETIMEDOUT;
	relay_own_namespaces(own);
	return memcmp(own, m.namespaces, sizeof(own)) == 0 ? 0 : -EXDEV;
}

static int wait_for_status(int sock, int signals, int *ret_status, struct error *e)
{
	struct pollfd p[] = { { .fd = sock, .events = POLLIN },
			      { .fd = signals, .events = POLLIN } };
	struct signalfd_siginfo s;
	struct relay_message m;

	for (;;) {
		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			return error_set(e, errno, "wait for the service that runs the container");
		while (read(signals, &s, sizeof(s)) == (ssize_t)sizeof(s))
			(void)send_point(sock, RELAY_SIGNAL, (int)s.ssi_signo, -1);
		if (!p[0].revents)
			continue;
		if (recv(sock, &m, sizeof(m), 0) == (ssize_t)sizeof(m) && m.point == RELAY_STATUS) {
			*ret_status = exit_code_of(m.value);
			return 1;
		}
		return error_kind(e, KIND_SYSTEMD, ECONNRESET,
				  "the service that runs the container was ended by somebody");
	}
}

/* All but faults of our own, and what stops or wakes us only. */
static int open_signals(sigset_t *old)
{
	static const int ours[] = { SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGTRAP,
				    SIGSYS,  SIGCHLD, SIGTTIN, SIGTTOU, SIGTSTP };
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		sigdelset(&set, ours[i]);
	sigprocmask(SIG_BLOCK, &set, old);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int converse(int sock, const struct relay_request *req, int *ret_status, struct error *e)
{
	cleanup_fd int signals = -EBADF;
	sigset_t old;
	int r = await_hello(sock);

	if (r < 0) {
		log_debug("the service for the container is no place for it (errno %d)", -r);
		return 0;
	}
	signals = open_signals(&old);
	r = lend(sock, req);
	if (r < 0)
		r = error_set(e, r, "hand over to the service that runs the container");
	else
		r = wait_for_status(sock, signals, ret_status, e);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

static int start_service(struct arena *a, struct systemd *s, int theirs, struct error *e)
{
	char exe[4096];
	ssize_t n = path_readlinkat(AT_FDCWD, "/proc/self/exe", exe, sizeof(exe));
	const char *unit = arena_printf(a, "urun-relay-%d.service", getpid());

	/* A copy in memory, or a file that is gone: systemd could not start it. */
	if (n <= 0 || !unit || strncmp(exe, "/memfd:", 7) == 0 || strstr(exe, " (deleted)"))
		return -ENOENT;
	return systemd_start_service(s, unit, exe, theirs, e);
}

static int relay_by(struct arena *a, struct systemd *s, const struct relay_request *req,
		    int *ret_status, struct error *e)
{
	struct error ignored = ERROR_INIT;
	cleanup_fd int sock = -EBADF, theirs = -EBADF;
	int fds[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return 0;
	sock = fds[0];
	theirs = fds[1];
	r = start_service(a, s, theirs, &ignored);
	cleanup_fdp(&theirs);
	theirs = -EBADF;
	if (r < 0) {
		log_debug("no service for the container: %s", ignored.msg);
		return 0;
	}
	r = converse(sock, req, ret_status, e);
	return r;
}

int relay_run(const struct relay_request *req, int *ret_status, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	const struct bus_caller caller = { .env = req->bus, .uid = geteuid() };
	struct bus_socket sock = { .fd = -EBADF };
	struct error ignored = ERROR_INIT;
	struct systemd *s = NULL;
	const char *own;
	int r = 0;

	if (geteuid() == 0 || (req->manager != CGROUP_AUTO && req->manager != CGROUP_SYSTEMD) ||
	    req->fds > RELAY_FD_MAX || cgroup_path_of(&a, 0, &own) < 0 || looks_inside(own) ||
	    bus_connect(&a, &caller, &sock, &ignored) < 0)
		return 0;
	if (systemd_open(&a, &sock, &s, &ignored) == 0 && !is_inside(&a, s, own, &ignored))
		r = relay_by(&a, s, req, ret_status, e);
	systemd_close(s);
	cleanup_fdp(&sock.fd);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See notify.h. */
#include "run/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "run/members.h"
#include "run/notify_message.h"

enum {
	BARRIER_MS = 30000,  /* as crun waits */
	PROGRESS_MS = 30000, /* until the first warning that READY=1 is due; then twice that, ... */
	BATCH = 64,          /* datagrams in one round of the foreground */
	SEND_SECONDS = 5,
};

bool notify_has_listener(const char *address)
{
	cleanup_fd int fd = -EBADF;
	int r;

	if (address[0] != '/' && address[0] != '@')
		r = -EAFNOSUPPORT;
	else
		r = fd_connect_datagram(address, &fd);
	if (r < 0)
		log_warning("NOTIFY_SOCKET '%s' is not passed on: nobody can be reached there: %s",
			    address, error_words(-r));
	return r == 0;
}

int notify_make_dir(int dir, const char *label, struct error *e)
{
	cleanup_fd int fd = -EBADF;
	int r = path_mkdirat(dir, "notify", 0755);

	if (r == 0)
		r = fd = path_openat(dir, "notify", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	/* Whatever the umask is: users of the container pass through it. */
	if (r >= 0 && fchmod(fd, 0755) < 0)
		r = -errno;
	if (r < 0)
		return error_set(e, r, "make the directory of NOTIFY_SOCKET");
	/* The socket inherits it. */
	if (label && fsetxattr(fd, "security.selinux", label, strlen(label) + 1, 0) < 0)
		log_debug("label the directory of NOTIFY_SOCKET: %s", error_words(errno));
	return 0;
}

static int bind_socket(struct notify *n, int dir)
{
	cleanup_fd int at = path_openat(dir, "notify", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int r;

	if (at < 0)
		return at;
	n->sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->sock < 0)
		return -errno;
	r = path_unlinkat(at, "notify.sock", 0);
	if (r < 0 && r != -ENOENT)
		return r;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/notify.sock", at);
	if (bind(n->sock, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -errno;
	return path_chmodat(at, "notify.sock", 0777);
}

int notify_open(struct notify *n, const char *address, int dir, struct error *e)
{
	const struct timeval limit = { .tv_sec = SEND_SECONDS };
	int r = fd_connect_datagram(address, &n->host);

	if (r < 0)
		return error_set(e, r, "connect to NOTIFY_SOCKET '%s'", address);
	/* A manager that is busy may take its time, one that hangs must not hold us. */
	(void)setsockopt(n->host, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	r = bind_socket(n, dir);
	return r < 0 ? error_set(e, r, "make the container's NOTIFY_SOCKET") : 0;
}

static void close_one(int *fd)
{
	cleanup_fdp(fd);
	*fd = -EBADF;
}

void notify_done(struct notify *n)
{
	close_one(&n->host);
	close_one(&n->sock);
	close_one(&n->pending);
	close_one(&n->held);
}

/* Only of the container's own processes: systemd believes root whatever it says. */
static pid_t host_pid(void *arg, pid_t inside)
{
	const struct notify *n = arg;
	struct members m = { 0 };
	struct error ignored = ERROR_INIT;
	bool own = members_own_pidns(n->init);
	pid_t ret = 0;

	if (own && inside == 1)
		return n->init;
	if (members_find(n->init, own, &m, &ignored) < 0)
		return 0;
	for (size_t i = 0; i < m.n && ret == 0; i++)
		if (proc_inner_pid(m.pids[i]) == inside)
			ret = m.pids[i];
	members_done(&m);
	return ret;
}

static void send_to_host(struct notify *n, const struct notify_message *m)
{
	ssize_t r;

	if (m->len == 0)
		return;
	do
		r = send(n->host, m->text, m->len, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		log_warning("pass '%s' on to NOTIFY_SOCKET: %s", m->text, error_words(errno));
}

/*
 * sd_notify_barrier(3) of our own: the manager closes the pipe's other end once
 * it has worked on all that was sent before. Nothing of the container's fd goes
 * to it.
 */
static int start_barrier(struct notify *n)
{
	int pipe_fds[2], r;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	r = fd_send(n->host, pipe_fds[1], "BARRIER=1", strlen("BARRIER=1"));
	close(pipe_fds[1]);
	if (r < 0)
		close(pipe_fds[0]);
	else
		n->pending = pipe_fds[0];
	return r;
}

static void end_barrier(struct notify *n)
{
	close_one(&n->pending);
	close_one(&n->held);
}

/* One datagram with at most one fd of it. The length, or -errno. */
static ssize_t receive(struct notify *n, char *buf, size_t size, int *ret_fd)
{
	int flags = MSG_DONTWAIT;
	ssize_t len = fd_recv_message(n->sock, buf, size, &flags, ret_fd);

	/* As systemd does with what is too long or has more fds than asked for. */
	return len > 0 && (flags & (MSG_TRUNC | MSG_CTRUNC)) ? 0 : len;
}

/* False when nothing more is there, or has to wait for a barrier. */
static bool pass_one(struct notify *n)
{
	const struct notify_context c = {
		.host_pid = host_pid,
		.arg = n,
		.now_usec = clock_us(),
	};
	char text[NOTIFY_MESSAGE_MAX];
	cleanup_fd int fd = -EBADF;
	struct notify_message m;
	ssize_t len = receive(n, text, sizeof(text), &fd);

	if (len < 0)
		return false;
	notify_filter(&c, text, (size_t)len, &m);
	if (m.is_barrier && fd >= 0 && start_barrier(n) == 0) {
		n->held = take_fd(&fd);
		return false;
	}
	if (m.is_ready && n->leaving && !m.has_main_pid)
		notify_append(&m, "MAINPID", (uint64_t)n->init);
	send_to_host(n, &m);
	n->is_ready = n->is_ready || m.is_ready;
	return !(n->is_ready && n->leaving);
}

size_t notify_pollfds(const struct notify *n, struct pollfd *out)
{
	if (n->sock < 0)
		return 0;
	/* What comes behind a barrier waits: order is its whole meaning. */
	*out = (struct pollfd){
		.fd = n->pending >= 0 ? n->pending : n->sock,
		.events = n->pending >= 0 ? 0 : POLLIN,
	};
	return 1;
}

void notify_handle(struct notify *n)
{
	if (n->pending >= 0)
		end_barrier(n);
	for (int i = 0; i < BATCH && pass_one(n); i++)
		;
}

/* The manager finds the sender by its pid: it must have looked before we go. */
static void wait_for_host(struct notify *n)
{
	end_barrier(n);
	if (start_barrier(n) < 0)
		return;
	if (fd_wait(n->pending, 0, BARRIER_MS) == -ETIMEDOUT)
		log_warning("NOTIFY_SOCKET: no answer to BARRIER=1 for %d s", BARRIER_MS / 1000);
	end_barrier(n);
}

void notify_begin_wait(struct notify *n, unsigned int seconds)
{
	n->began_ms = clock_ms();
	n->warn_ms = n->began_ms + PROGRESS_MS;
	n->deadline_ms = seconds ? n->began_ms + (uint64_t)seconds * 1000 : 0;
}

static bool is_due(const struct notify *n)
{
	return n->sock >= 0 && n->began_ms && !n->is_ready;
}

int notify_poll_ms(const struct notify *n)
{
	uint64_t now, next = n->warn_ms;

	if (!is_due(n))
		return -1;
	now = clock_ms();
	if (n->deadline_ms && n->deadline_ms < next)
		next = n->deadline_ms;
	if (next <= now)
		return 0;
	return next - now > INT_MAX ? INT_MAX : (int)(next - now);
}

int notify_check_time(struct notify *n, const char *id, struct error *e)
{
	uint64_t now, waited;

	if (!is_due(n))
		return 0;
	now = clock_ms();
	waited = now - n->began_ms;
	if (n->deadline_ms && now >= n->deadline_ms)
		return error_kind(e, KIND_READY_TIMEOUT, ETIMEDOUT,
				  "container `%s` has not sent READY=1 within %" PRIu64 " s", id,
				  waited / 1000);
	if (now >= n->warn_ms) {
		log_warning("container `%s` has not sent READY=1 for %" PRIu64 " s", id,
			    waited / 1000);
		n->warn_ms = now + waited;
		/* Whoever holds our barrier holds up what comes behind it, too. */
		end_barrier(n);
	}
	return 0;
}

int notify_wait_ready(struct notify *n, const char *id, int init_pidfd, struct error *e)
{
	n->leaving = true;
	while (!n->is_ready) {
		struct pollfd p[2] = { { .fd = init_pidfd, .events = POLLIN } };
		size_t rows = 1 + notify_pollfds(n, p + 1);
		int r = poll(p, rows, notify_poll_ms(n));

		if (r < 0 && errno != EINTR)
			return error_set(e, errno, "wait for READY=1 of container `%s`", id);
		if (r <= 0)
			p[0].revents = p[1].revents = 0;
		if (p[1].revents)
			notify_handle(n);
		if (p[0].revents && !n->is_ready) {
			log_warning("container `%s` has ended without READY=1", id);
			return 0;
		}
		r = notify_check_time(n, id, e);
		if (r < 0)
			return r;
	}
	wait_for_host(n);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See terminal.h. Theory of operation: two flows, each with one buffer that is
 * filled only when it is empty and polled for only in the state it is in, so
 * that nothing is lost, nothing grows, and poll() never spins.
 *
 * O_NONBLOCK belongs to the open file description, which stdin and stdout share
 * with the shell that started us. So it is set on descriptions of our own
 * (terminals and pipes are opened again); where that fails, what poll() allows
 * is written in pieces that a pipe takes whole.
 *
 * A peer of the pseudo-terminal is held open: a process that closes its
 * terminal for a moment (systemd does) would else end the master with EIO. The
 * end of the container is its pidfd's to tell.
 */
#include "run/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* More than the kernel holds of one terminal: 64 KiB and a line buffer. */
enum { DRAIN_MAX = 256 * 1024 };

/* Our own non-blocking description of a terminal or pipe; -EBADF: none. */
static int open_twin(int fd, int flags)
{
	char path[32];
	struct stat st;
	int twin;

	if (fstat(fd, &st) < 0 || (!S_ISFIFO(st.st_mode) && !isatty(fd)))
		return -EBADF;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	twin = path_open(path, flags | O_NONBLOCK | O_NOCTTY);
	return twin < 0 ? -EBADF : twin;
}

static void hold_peer(struct terminal *t)
{
	cleanup_fdp(&t->peer);
	t->peer = ioctl(t->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->peer < 0)
		t->peer = -EBADF;
}

static int read_fd(const struct terminal *t)
{
	return t->own_in >= 0 ? t->own_in : t->in;
}

static int write_fd(const struct terminal *t)
{
	return t->own_out >= 0 ? t->own_out : t->out;
}

static int make_raw(struct terminal *t)
{
	struct termios raw;

	/* Not a terminal: bytes are passed on as they are. */
	if (tcgetattr(t->in, &t->saved) < 0)
		return 0;
	raw = t->saved;
	cfmakeraw(&raw);
	if (tcsetattr(t->in, TCSANOW, &raw) < 0)
		return -errno;
	t->is_raw = true;
	return 0;
}

void terminal_resize(struct terminal *t)
{
	struct winsize size;

	if (ioctl(t->in, TIOCGWINSZ, &size) < 0 && ioctl(t->out, TIOCGWINSZ, &size) < 0)
		return;
	(void)ioctl(t->master, TIOCSWINSZ, &size);
}

static bool has_size(int master)
{
	struct winsize size;

	/* .process.consoleSize has been set by the container's side (C16). */
	return ioctl(master, TIOCGWINSZ, &size) < 0 || size.ws_row || size.ws_col;
}

void terminal_fit(int master)
{
	struct terminal t = { .master = master, .in = STDIN_FILENO, .out = STDOUT_FILENO };

	if (!has_size(master))
		terminal_resize(&t);
}

int terminal_begin_on(struct terminal *t, int master, int in, int out)
{
	int flags = fcntl(master, F_GETFL);
	int r;

	if (flags < 0)
		return -errno;
	if (!isatty(master))
		return -ENOTTY;
	*t = (struct terminal){
		.master = master,
		.in = in,
		.out = out,
		.own_in = -EBADF,
		.own_out = -EBADF,
		.peer = -EBADF,
		.in_open = true,
		.out_open = true,
		.master_open = true,
		.last = '\n',
	};
	r = make_raw(t);
	if (r < 0)
		return r;
	if (fcntl(master, F_SETFL, flags | O_NONBLOCK) < 0) {
		r = -errno;
		terminal_end(t);
		return r;
	}
	t->own_in = open_twin(in, O_RDONLY);
	t->own_out = open_twin(out, O_WRONLY);
	hold_peer(t);
	if (!has_size(master))
		terminal_resize(t);
	return 0;
}

int terminal_begin(struct terminal *t, int master)
{
	return terminal_begin_on(t, master, STDIN_FILENO, STDOUT_FILENO);
}

size_t terminal_pollfds(struct terminal *t, struct pollfd *out)
{
	short master = 0;
	size_t n = 0;

	if (!t->master_open) {
		/* Only what it has said is left. */
		if (t->out_open && t->to_out.len)
			out[n++] = (struct pollfd){ .fd = write_fd(t), .events = POLLOUT };
		return n;
	}
	if (t->in_open && t->to_master.len == 0)
		out[n++] = (struct pollfd){ .fd = read_fd(t), .events = POLLIN };
	if (t->to_master.len)
		master |= POLLOUT;
	if (t->to_out.len == 0)
		master |= POLLIN;
	/* Without wishes it is left out: poll() would report its hang-up for ever. */
	if (master)
		out[n++] = (struct pollfd){ .fd = t->master, .events = master };
	if (t->out_open && t->to_out.len)
		out[n++] = (struct pollfd){ .fd = write_fd(t), .events = POLLOUT };
	return n;
}

/*
 * A terminal has no half-close: in line mode the end of input is a character,
 * twice where it would else only end an unfinished line.
 */
static void queue_eof(struct terminal *t)
{
	struct termios tio;
	struct terminal_flow *f = &t->to_master;

	t->eof_due = false;
	if (tcgetattr(t->master, &tio) < 0 || !(tio.c_lflag & ICANON) ||
	    tio.c_cc[VEOF] == _POSIX_VDISABLE)
		return;
	f->at = 0;
	f->buf[f->len++] = (char)tio.c_cc[VEOF];
	if (t->last != '\n')
		f->buf[f->len++] = (char)tio.c_cc[VEOF];
}

static void read_in(struct terminal *t)
{
	struct terminal_flow *f = &t->to_master;
	ssize_t n = read(read_fd(t), f->buf, sizeof(f->buf));

	if (n > 0) {
		f->at = 0;
		f->len = (size_t)n;
		t->last = f->buf[n - 1];
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	t->in_open = false;
	t->eof_due = n == 0;
}

static void read_master(struct terminal *t)
{
	struct terminal_flow *f = &t->to_out;

	for (int attempt = 0; attempt < 2; attempt++) {
		ssize_t n = read(t->master, f->buf, sizeof(f->buf));

		if (n > 0) {
			f->at = 0;
			f->len = (size_t)n;
			return;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		/* Every peer is closed, or vhangup() took ours: hold a new one. */
		hold_peer(t);
		if (t->peer < 0)
			break;
	}
	t->master_open = false;
}

static void write_flow(struct terminal_flow *f, int fd, size_t max, bool *open)
{
	while (f->len) {
		ssize_t n = write(fd, f->buf + f->at, f->len < max ? f->len : max);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			if (errno == EAGAIN)
				return;
			*open = false; /* EPIPE, EIO: nobody reads any more */
			break;
		}
		f->at += (size_t)n;
		f->len -= (size_t)n;
		if (max < sizeof(f->buf)) /* may block: one piece for each POLLOUT */
			return;
	}
	if (!*open)
		f->len = 0;
}

static void write_out(struct terminal *t)
{
	write_flow(&t->to_out, write_fd(t), t->own_out >= 0 ? sizeof(t->to_out.buf) : PIPE_BUF,
		   &t->out_open);
}

int terminal_handle(struct terminal *t, const struct pollfd *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		short got = p[i].revents;

		if (!got)
			continue;
		if (got & POLLNVAL) {
			if (p[i].fd == t->master)
				t->master_open = false;
			else if (p[i].events & POLLIN)
				t->in_open = false;
			else
				t->out_open = false;
		} else if (p[i].fd == t->master) {
			if ((got & (POLLOUT | POLLHUP | POLLERR)) && t->to_master.len)
				write_flow(&t->to_master, t->master, SIZE_MAX, &t->master_open);
			if ((got & (POLLIN | POLLHUP | POLLERR)) && t->to_out.len == 0)
				read_master(t);
		} else if (p[i].events & POLLIN) {
			read_in(t);
		} else {
			write_out(t);
		}
	}
	if (t->eof_due && t->to_master.len == 0)
		queue_eof(t);
	/* Without a reader the container still must not block on its output. */
	if (!t->out_open)
		t->to_out.len = 0;
	return !t->master_open && t->to_out.len == 0;
}

/* Waits until stdout takes something; a slow reader may take its time. */
static void flush_out(struct terminal *t)
{
	while (t->out_open && t->to_out.len) {
		struct pollfd p = { .fd = write_fd(t), .events = POLLOUT };

		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return;
		if (p.revents & POLLNVAL)
			return;
		if (p.revents)
			write_out(t);
	}
	t->to_out.len = 0;
}

static void drain(struct terminal *t)
{
	size_t total = 0;

	flush_out(t);
	/* n_tty has all that was written by now before it says EAGAIN. */
	while (t->master_open && t->out_open && total < DRAIN_MAX) {
		read_master(t);
		if (t->to_out.len == 0)
			break;
		total += t->to_out.len;
		flush_out(t);
	}
}

void terminal_end(struct terminal *t)
{
	drain(t);
	t->master_open = t->in_open = t->out_open = false;
	if (t->is_raw)
		(void)tcsetattr(t->in, TCSANOW, &t->saved);
	t->is_raw = false;
	cleanup_fdp(&t->own_in);
	cleanup_fdp(&t->own_out);
	cleanup_fdp(&t->peer);
	t->own_in = t->own_out = t->peer = -EBADF;
}

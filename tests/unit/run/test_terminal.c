/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The foreground terminal (C16): every byte arrives both ways, with slow
 * readers, at the end of either side, and the caller's terminal is given back.
 */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../tap.h"
#include "run/terminal.h"

enum { BIG = 1 << 20 };

static char pattern(size_t i)
{
	return (char)(i * 7 + i / 251);
}

static void nap(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static void raw(int fd)
{
	struct termios t;

	tcgetattr(fd, &t);
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
}

/* Child: writes BIG bytes of the pattern to out, reads as many from in. */
static pid_t talker(int in, int out, bool writes, bool reads, long delay)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	alarm(60);
	for (size_t done = 0; writes && done < BIG;) {
		char buf[1000];
		size_t n = BIG - done < sizeof(buf) ? BIG - done : sizeof(buf);
		ssize_t w;

		for (size_t i = 0; i < n; i++)
			buf[i] = pattern(done + i);
		w = write(out, buf, n);
		if (w < 0)
			_exit(1);
		done += (size_t)w;
	}
	for (size_t done = 0; reads && done < BIG;) {
		char buf[5000];
		ssize_t n = read(in, buf, sizeof(buf));

		if (n <= 0)
			_exit(2);
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] != pattern(done + (size_t)i))
				_exit(3);
		done += (size_t)n;
		if (delay && done % 16 == 0)
			nap(delay);
	}
	_exit(0);
}

static bool ended(pid_t pid, int *ret_status)
{
	return waitpid(pid, ret_status, WNOHANG) == pid;
}

/* Runs the loop until both children (0: none) have ended. */
static int run_loop(struct terminal *t, pid_t a, pid_t b)
{
	int bad = 0, rounds = 0;

	while ((a > 0 || b > 0) && rounds++ < 2000000) {
		struct pollfd p[TERMINAL_POLLFDS];
		size_t n = terminal_pollfds(t, p);
		int status;

		poll(p, n, 10);
		terminal_handle(t, p, n);
		if (a > 0 && ended(a, &status)) {
			bad |= status;
			a = 0;
		}
		if (b > 0 && ended(b, &status)) {
			bad |= status;
			b = 0;
		}
	}
	return a > 0 || b > 0 ? -1 : bad;
}

static void open_pty(int *master, int *slave)
{
	if (openpty(master, slave, NULL, NULL, NULL) < 0) {
		printf("Bail out! openpty: %s\n", strerror(errno));
		exit(1);
	}
	fcntl(*master, F_SETFD, FD_CLOEXEC);
}

static void test_bulk(long delay, const char *what)
{
	int master, slave, in[2], out[2], r;
	struct terminal t;
	pid_t inside, outside, reader;

	open_pty(&master, &slave);
	raw(slave);
	if (pipe(in) < 0 || pipe(out) < 0)
		return;
	is_int(terminal_begin_on(&t, master, in[0], out[1]), 0, "begin");
	/* inside: the container's process; outside: who feeds stdin and reads stdout */
	inside = talker(slave, slave, true, false, 0);
	reader = talker(out[0], -1, false, true, delay);
	r = run_loop(&t, inside, reader);
	ok(r == 0, "C16 1 MiB out of the container%s", what);
	inside = talker(slave, -1, false, true, delay);
	outside = talker(-1, in[1], true, false, 0);
	r = run_loop(&t, inside, outside);
	ok(r == 0, "C16 1 MiB into the container%s", what);
	ok(!(fcntl(out[1], F_GETFL) & O_NONBLOCK) && !(fcntl(in[0], F_GETFL) & O_NONBLOCK),
	   "C16 the caller's descriptions stay blocking");
	terminal_end(&t);
	close(master);
	close(slave);
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
}

/* The process has gone; what it said is still in the kernel. */
static void test_drain(void)
{
	int master, slave, in[2], out[2];
	struct terminal t;
	size_t got = 0;
	char buf[4096];
	pid_t reader;
	int status = -1;

	open_pty(&master, &slave);
	raw(slave);
	if (pipe(in) < 0 || pipe(out) < 0)
		return;
	terminal_begin_on(&t, master, in[0], out[1]);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	memset(buf, 'x', sizeof(buf));
	for (ssize_t n; got < 32768 && (n = write(slave, buf, 1024)) > 0;)
		got += (size_t)n;
	close(slave);
	fflush(stdout);
	reader = fork();
	if (reader == 0) {
		size_t sum = 0;

		close(out[1]);
		close(t.own_out);
		nap(100);
		for (ssize_t n; (n = read(out[0], buf, 100)) > 0;)
			sum += (size_t)n;
		_exit(sum == got ? 0 : 1);
	}
	close(out[0]);
	terminal_end(&t);
	close(out[1]);
	waitpid(reader, &status, 0);
	ok(got > 4096, "C16 the process said something (%zu bytes) and left", got);
	is_int(status, 0, "C16 all of it is written out at the end");
	terminal_end(&t);
	close(master);
	close(in[0]);
	close(in[1]);
}

static void pump(struct terminal *t, int rounds)
{
	while (rounds-- > 0) {
		struct pollfd p[TERMINAL_POLLFDS];
		size_t n = terminal_pollfds(t, p);

		poll(p, n, 20);
		terminal_handle(t, p, n);
	}
}

/* systemd closes its console and opens it again. */
static void test_reopen(void)
{
	int master, slave, in[2], out[2], count = 0;
	char name[64], buf[64] = "";
	struct terminal t;
	struct timespec a, b;

	open_pty(&master, &slave);
	snprintf(name, sizeof(name), "%s", ptsname(master));
	raw(slave);
	if (pipe(in) < 0 || pipe(out) < 0)
		return;
	terminal_begin_on(&t, master, in[0], out[1]);
	close(slave);
	clock_gettime(CLOCK_MONOTONIC, &a);
	do {
		struct pollfd p[TERMINAL_POLLFDS];
		size_t n = terminal_pollfds(&t, p);

		poll(p, n, 50);
		terminal_handle(&t, p, n);
		count++;
		clock_gettime(CLOCK_MONOTONIC, &b);
	} while ((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 < 200);
	ok(count < 50, "C16 nobody on the terminal: poll() does not spin (%d rounds)", count);
	slave = open(name, O_RDWR | O_NOCTTY);
	ok(write(slave, "back", 4) == 4, "C16 the terminal is opened again");
	pump(&t, 5);
	ok(read(out[0], buf, sizeof(buf)) == 4 && strcmp(buf, "back") == 0, "C16 and is heard");
	terminal_end(&t);
	close(slave);
	close(master);
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
}

static void test_stdin_eof(void)
{
	int master, slave, in[2], out[2];
	struct terminal t;
	char buf[64] = "";
	ssize_t n;

	open_pty(&master, &slave); /* in line mode */
	if (pipe(in) < 0 || pipe(out) < 0)
		return;
	terminal_begin_on(&t, master, in[0], out[1]);
	if (write(in[1], "one\ntwo", 7) != 7)
		return;
	close(in[1]);
	pump(&t, 6);
	alarm(20);
	n = read(slave, buf, sizeof(buf));
	ok(n == 4 && memcmp(buf, "one\n", 4) == 0, "C16 stdin from a pipe: a line");
	n = read(slave, buf, sizeof(buf));
	ok(n == 3 && memcmp(buf, "two", 3) == 0, "C16 the rest without a newline");
	is_int(read(slave, buf, sizeof(buf)), 0, "C16 its end is the end for the process");
	alarm(0);
	terminal_end(&t);
	close(master);
	close(slave);
	close(in[0]);
	close(out[0]);
	close(out[1]);
}

static void test_stdout_gone(void)
{
	int master, slave, in[2], out[2], r;
	struct terminal t;
	pid_t inside;

	open_pty(&master, &slave);
	raw(slave);
	if (pipe(in) < 0 || pipe(out) < 0)
		return;
	signal(SIGPIPE, SIG_IGN);
	terminal_begin_on(&t, master, in[0], out[1]);
	close(out[0]);
	inside = talker(-1, slave, true, false, 0);
	r = run_loop(&t, inside, 0);
	ok(r == 0, "C16 without a reader the container does not block");
	terminal_end(&t);
	close(master);
	close(slave);
	close(in[0]);
	close(in[1]);
	close(out[1]);
}

static void test_own_terminal(void)
{
	const struct winsize big = { .ws_row = 40, .ws_col = 120 }, none = { 0 };
	int master, slave, my_master, my_slave;
	struct termios before = { 0 }, during, after = { 0 };
	struct winsize w;
	struct terminal t;

	open_pty(&master, &slave);
	open_pty(&my_master, &my_slave);
	ioctl(my_master, TIOCSWINSZ, &big);
	ioctl(master, TIOCSWINSZ, &none);
	tcgetattr(my_slave, &before);
	is_int(terminal_begin_on(&t, master, my_slave, my_slave), 0, "C16 begin on a terminal");
	tcgetattr(my_slave, &during);
	ok(!(during.c_lflag & (ICANON | ECHO | ISIG)), "C16 it is raw");
	ioctl(slave, TIOCGWINSZ, &w);
	ok(w.ws_row == 40 && w.ws_col == 120, "C16 the container's has its size");
	ioctl(my_master, TIOCSWINSZ, &(struct winsize){ .ws_row = 10, .ws_col = 20 });
	terminal_resize(&t);
	ioctl(slave, TIOCGWINSZ, &w);
	ok(w.ws_row == 10 && w.ws_col == 20, "C16 and follows it");
	terminal_end(&t);
	tcgetattr(my_slave, &after);
	ok(memcmp(&before, &after, sizeof(before)) == 0, "C16 it is given back as it was");

	ioctl(master, TIOCSWINSZ, &big);
	terminal_begin_on(&t, master, my_slave, my_slave);
	ioctl(slave, TIOCGWINSZ, &w);
	ok(w.ws_row == 40, "C16 consoleSize of the config is not overridden");
	terminal_end(&t);
	ok(terminal_begin_on(&t, -1, 0, 1) < 0, "C16 no master is an error");
	close(master);
	close(slave);
	close(my_master);
	close(my_slave);
}

int main(void)
{
	test_bulk(0, "");
	test_bulk(1, ", to a slow reader");
	test_drain();
	test_reopen();
	test_stdin_eof();
	test_stdout_gone();
	test_own_terminal();
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load of the network benchmark, and its clocks.
 *
 * usage: net_load serve ADDRESS PORT              TCP, in the background; returns when it listens
 *        net_load push ADDRESS PORT MS            send for so long: "BYTES NS", as the server counts
 *        net_load crr ADDRESS PORT SOURCE MS MAX  connect, ask, hear, close: "DONE NS FAILED"
 *        net_load start COMMAND...                "PID NS" when it has written to descriptor 3,
 *                                                 "0 NS" when it has put itself in the background
 *        net_load time COMMAND...                 "NS" of a command that succeeds
 *        net_load gone PID HELPER MS              kill PID: "NS" until HELPER has ended
 *
 * The first byte of a connection says what it is: 'B' all that comes is counted, and the
 * number is the answer; 'R' is asked and answered in one block each.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCK (128 * 1024)
#define MESSAGE 64
#define CLIENTS_MAX 256
#define PATIENCE_S 4
#define FAILED_IN_A_ROW 100
#define START_TIMEOUT_MS 10000
#define MS 1000000

static char block[BLOCK];

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "net_load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 * MS + t.tv_nsec;
}

static struct sockaddr_in address_of(const char *address, const char *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, address, &in.sin_addr) != 1) {
		errno = EINVAL;
		die(address);
	}
	in.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	return in;
}

static int tcp_socket(void)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

/* ---- the server: many short connections side by side, one that is long by itself ---- */

static void count_bytes(int fd)
{
	uint64_t total = 0;
	ssize_t n;

	while ((n = recv(fd, block, sizeof(block), 0)) > 0)
		total += (uint64_t)n;
	if (n == 0)
		(void)send(fd, &total, sizeof(total), MSG_NOSIGNAL);
}

/* False: the connection is over. */
static bool answer(int fd)
{
	char message[MESSAGE];
	ssize_t n = recv(fd, message, sizeof(message), MSG_PEEK);

	if (n <= 0)
		return false;
	if (message[0] == 'B') {
		count_bytes(fd);
		return false;
	}
	return recv(fd, message, sizeof(message), MSG_WAITALL) == MESSAGE &&
	       send(fd, message, sizeof(message), MSG_NOSIGNAL) == MESSAGE;
}

static void serve_forever(int listener)
{
	struct pollfd p[1 + CLIENTS_MAX] = { { .fd = listener, .events = POLLIN } };
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	size_t n = 1;

	for (;;) {
		p[0].events = n < sizeof(p) / sizeof(p[0]) ? POLLIN : 0;
		if (poll(p, n, -1) < 0)
			die("poll");
		for (size_t i = n; i-- > 1;) {
			if (!p[i].revents || answer(p[i].fd))
				continue;
			close(p[i].fd);
			p[i] = p[--n];
		}
		if (p[0].revents) {
			int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

			if (fd < 0)
				continue;
			setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
			p[n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
		}
	}
}

static int serve(char **args)
{
	struct sockaddr_in in = address_of(args[0], args[1]);
	int fd = tcp_socket(), null, one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 || listen(fd, 4096) < 0)
		die("listen");
	switch (fork()) {
	case -1:
		die("fork");
	case 0:
		null = open("/dev/null", O_RDWR);
		for (int i = 0; i < 3; i++)
			dup2(null, i);
		serve_forever(fd);
	}
	return 0;
}

/* ---- the clients ---- */

static int push(char **args)
{
	struct sockaddr_in in = address_of(args[0], args[1]);
	int64_t begin = now(), end = begin + strtoll(args[2], NULL, 10) * MS;
	uint64_t total = 0;
	int fd = tcp_socket();

	if (connect(fd, (struct sockaddr *)&in, sizeof(in)) < 0)
		die("connect");
	memset(block, 'B', sizeof(block));
	do {
		if (send(fd, block, sizeof(block), MSG_NOSIGNAL) < 0)
			die("send");
	} while (now() < end);
	if (shutdown(fd, SHUT_WR) < 0)
		die("shutdown");
	if (recv(fd, &total, sizeof(total), MSG_WAITALL) != sizeof(total) || total == 0)
		die("no count from the server");
	printf("%llu %lld\n", (unsigned long long)total, (long long)(now() - begin));
	return 0;
}

static bool ask_once(const struct sockaddr_in *to, const struct sockaddr_in *from)
{
	char message[MESSAGE] = "R";
	int fd = tcp_socket(), one = 1;
	bool ok;

	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	ok = bind(fd, (const struct sockaddr *)from, sizeof(*from)) == 0 &&
	     connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0 &&
	     send(fd, message, sizeof(message), MSG_NOSIGNAL) == MESSAGE &&
	     recv(fd, message, sizeof(message), MSG_WAITALL) == MESSAGE;
	close(fd);
	return ok;
}

static int crr(char **args)
{
	struct sockaddr_in to = address_of(args[0], args[1]), from = address_of(args[2], "0");
	int64_t begin = now(), end = begin + strtoll(args[3], NULL, 10) * MS;
	long max = strtol(args[4], NULL, 10), done = 0, failed = 0, in_a_row = 0;

	while (done < max && now() < end) {
		if (ask_once(&to, &from)) {
			done++;
			in_a_row = 0;
			continue;
		}
		failed++;
		if (++in_a_row == FAILED_IN_A_ROW)
			die("no connection");
	}
	printf("%ld %lld %ld\n", done, (long long)(now() - begin), failed);
	return 0;
}

/* ---- the clocks ---- */

static int pidfd_of(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		die("pidfd_open");
	return fd;
}

static pid_t start_command(char **argv, int ready)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		dup2(null, 0);
		dup2(null, 1);
		if (ready >= 0)
			dup2(ready, 3);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	return pid;
}

static int start(char **argv)
{
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int64_t begin, end;
	int fds[2], status;
	pid_t pid;
	char byte;

	if (pipe2(fds, O_CLOEXEC) < 0)
		die("pipe");
	/* Not 3: a dup2() to itself would leave it close-on-exec. */
	if (fds[1] == 3)
		fds[1] = fcntl(fds[1], F_DUPFD_CLOEXEC, 10);
	begin = now();
	pid = start_command(argv, fds[1]);
	p[0].fd = fds[0];
	p[1].fd = pidfd_of(pid);
	if (poll(p, 2, START_TIMEOUT_MS) <= 0) {
		kill(pid, SIGKILL);
		errno = ETIMEDOUT;
		die(argv[0]);
	}
	end = now();
	if ((p[0].revents & POLLIN) && read(fds[0], &byte, 1) == 1) {
		printf("%d %lld\n", (int)pid, (long long)(end - begin));
		return 0;
	}
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		return 1; /* it has said why */
	printf("0 %lld\n", (long long)(end - begin));
	return 0;
}

static int time_command(char **argv)
{
	int64_t begin = now();
	pid_t pid = start_command(argv, -1);
	int status;

	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		return 1;
	printf("%lld\n", (long long)(now() - begin));
	return 0;
}

static int gone(char **args)
{
	pid_t pid = (pid_t)strtol(args[0], NULL, 10), helper = (pid_t)strtol(args[1], NULL, 10);
	int fd = pidfd_of(pid);
	struct pollfd p = { .fd = pidfd_of(helper), .events = POLLIN };
	int64_t begin = now();

	if (syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0)
		die("kill");
	if (poll(&p, 1, (int)strtol(args[2], NULL, 10)) < 1)
		return 1;
	printf("%lld\n", (long long)(now() - begin));
	return 0;
}

static const struct {
	const char *name;
	int (*run)(char **args);
	int min, max;
} commands[] = {
	{ "serve", serve, 2, 2 },   { "push", push, 3, 3 },           { "crr", crr, 5, 5 },
	{ "start", start, 1, 100 }, { "time", time_command, 1, 100 }, { "gone", gone, 3, 3 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 >= commands[i].min &&
		    argc - 2 <= commands[i].max)
			return commands[i].run(argv + 2);
	}
	fprintf(stderr, "usage: net_load serve|push|crr|start|time|gone ...\n");
	return 2;
}

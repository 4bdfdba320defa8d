/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side of a terminal, for tests:
 *   tty recv SOCKET   listens there, takes the container's terminal (what
 *                     conmon does with --console-socket), then copies
 *   tty run CMD...    runs CMD on a fresh terminal of 80x24, copies, and ends
 *                     with its exit status; SIGUSR1 makes it 132x43
 * Both copy stdin to the terminal and the terminal to stdout. An EOF of stdin
 * is not sent on; the end is the terminal's hang-up.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static volatile sig_atomic_t resize_wanted;

static void on_usr1(int sig)
{
	(void)sig;
	resize_wanted = 1;
}

static void set_size(int master, unsigned short rows, unsigned short cols)
{
	struct winsize ws = { .ws_row = rows, .ws_col = cols };

	ioctl(master, TIOCSWINSZ, &ws);
}

/* Moves what is there from one fd to the other; false at the end. */
static bool copy_some(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return true;
	return n > 0 && io_write_all(to, buf, (size_t)n) == 0;
}

static void copy_terminal(int master)
{
	struct pollfd p[2] = {
		{ .fd = master, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};

	for (;;) {
		if (resize_wanted) {
			resize_wanted = 0;
			set_size(master, 43, 132);
		}
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		if (p[1].revents && !copy_some(STDIN_FILENO, master))
			p[1].fd = -1;
		p[1].revents = 0;
		if (p[0].revents && !copy_some(master, STDOUT_FILENO))
			return;
		p[0].revents = 0;
	}
}

static int cmd_recv(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_fd int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cleanup_fd int conn = -EBADF;
	cleanup_fd int master = -EBADF;
	char name[256];

	if (strlen(path) >= sizeof(addr.sun_path)) {
		fprintf(stderr, "tty: path too long\n");
		return 1;
	}
	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	if (sock < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(sock, 1) < 0) {
		perror("tty: listen");
		return 1;
	}
	conn = accept4(sock, NULL, NULL, SOCK_CLOEXEC);
	if (conn < 0 || fd_recv(conn, name, sizeof(name), &master) < 0) {
		fprintf(stderr, "tty: no terminal received\n");
		return 1;
	}
	copy_terminal(master);
	return 0;
}

static int cmd_run(char **argv)
{
	struct sigaction sa = { .sa_handler = on_usr1 };
	int master, status;
	pid_t pid = forkpty(&master, NULL, NULL, NULL);

	if (pid < 0) {
		perror("tty: forkpty");
		return 1;
	}
	if (pid == 0) {
		/* Wait for the size, so that no test races with it. */
		set_size(STDIN_FILENO, 24, 80);
		execvp(argv[0], argv);
		perror("tty: exec");
		_exit(127);
	}
	sigaction(SIGUSR1, &sa, NULL);
	copy_terminal(master);
	close(master);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "recv") == 0)
		return cmd_recv(argv[2]);
	if (argc >= 3 && strcmp(argv[1], "run") == 0)
		return cmd_run(argv + 2);
	fprintf(stderr, "usage: tty recv SOCKET | tty run CMD...\n");
	return 2;
}

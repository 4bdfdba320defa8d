/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What engines do around a runtime, for tests (engine-contracts.md 0, 3, 5):
 *   engine conmon [-e] [-m] [-p PIDFILE] [-o FILE] [-z FILE] CMD...
 *       runs CMD as conmon does: subreaper, session of its own, SIGPIPE ignored,
 *       SIGUSR1 blocked, foreign fds leaked, pipes as stdio. Prints "runtime
 *       STATUS"; with -p then "pid N", "adopted" if N is our child by now,
 *       "exit STATUS" once it has ended. The pipes are read until nobody holds
 *       them: -o writes that to FILE, else it follows as "output N bytes".
 *       -e: of the environment XDG_RUNTIME_DIR alone; -m: only our "output" part,
 *       raw, on stdout and CMD's status as ours; -z: a container that has ended
 *       stays a zombie until FILE exists
 *   engine dying FILE CMD...    starts CMD with PDEATHSIG and is gone once FILE exists
 *   engine console SOCKET       takes a terminal there as strictly as conmon, then copies
 *   engine pidfd SOCKET         takes a pidfd there and prints whose it is
 */
#include "base/cleanup.h"
#include "base/io.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

struct conmon {
	bool bare_env, merged;
	const char *pid_file, *out_file, *reap_file;
	char **argv;
};

static int die(const char *what)
{
	perror(what);
	return 99;
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* podman leaks such fds to conmon, buildah eleven (0.9). */
static void leak_fds(void)
{
	int dir = open("/", O_RDONLY | O_DIRECTORY);
	int p[2];

	if (pipe(p) < 0 || dir < 0)
		_exit(die("leak"));
	dup2(p[0], 7);
	dup2(p[1], 8);
	dup2(dir, 9);
	dup2(dir, 41);
}

static void become_runtime(const struct conmon *c, const int in[2], const int out[2])
{
	static char xdg[4200];
	char *bare[] = { xdg, NULL };
	const char *dir = getenv("XDG_RUNTIME_DIR");

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in[0], 0);
	dup2(out[1], 1);
	dup2(out[1], 2);
	close(in[1]);
	close(out[0]);
	leak_fds();
	if (c->bare_env) {
		snprintf(xdg, sizeof(xdg), "XDG_RUNTIME_DIR=%s", dir ? dir : "");
		execve(c->argv[0], c->argv, bare);
	} else {
		execvp(c->argv[0], c->argv);
	}
	_exit(die("engine: exec"));
}

/* Until EOF: as long as any process holds the pipe. */
static int drain(const struct conmon *c, int fd)
{
	cleanup_fd int file = -EBADF;
	char buf[65536];
	size_t total = 0;
	ssize_t n;

	if (c->out_file)
		file = open(c->out_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		total += (size_t)n;
		if (file >= 0 || c->merged)
			if (io_write_all(file >= 0 ? file : 1, buf, (size_t)n) < 0)
				return die("engine: write");
	}
	if (!c->merged)
		printf("output %zu bytes\n", total);
	return 0;
}

/* As go-runc: the bytes of the file are the number (0.2). */
static int read_pid(const char *path)
{
	char buf[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0 || strspn(buf, "0123456789") != (size_t)n)
		return -1;
	return atoi(buf);
}

static int follow(const struct conmon *c)
{
	int pid = read_pid(c->pid_file);
	siginfo_t info;

	if (pid < 0) {
		printf("no pid\n");
		return 0;
	}
	printf("pid %d\n", pid);
	/* Ours by waitpid(), or conmon could never tell its exit status (0.6). */
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0) {
		printf("not adopted\n");
		return 0;
	}
	printf("adopted\n");
	fflush(stdout);
	return pid;
}

static void wait_for_file(const char *path)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	struct stat st;

	for (int i = 0; i < 2000 && stat(path, &st) < 0; i++)
		nanosleep(&moment, NULL);
}

static int conmon_run(const struct conmon *c)
{
	int in[2], out[2], status, pid;
	bool ok;

	setsid();
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || pipe2(in, O_CLOEXEC) < 0 ||
	    pipe2(out, O_CLOEXEC) < 0)
		return die("engine");
	fchmod(out[1], 0777);
	pid = fork();
	if (pid == 0) {
		sigset_t usr1;

		sigemptyset(&usr1);
		sigaddset(&usr1, SIGUSR1);
		sigprocmask(SIG_BLOCK, &usr1, NULL);
		become_runtime(c, in, out);
	}
	close(in[0]);
	close(in[1]);
	close(out[1]);
	if (c->merged) {
		int r = drain(c, out[0]);

		waitpid(pid, &status, 0);
		return r ? r : exit_status(status);
	}
	if (!c->pid_file) {
		drain(c, out[0]);
		waitpid(pid, &status, 0);
		printf("runtime %d\n", exit_status(status));
		return 0;
	}
	waitpid(pid, &status, 0);
	printf("runtime %d\n", exit_status(status));
	ok = status == 0;
	pid = follow(c);
	drain(c, out[0]);
	if (c->reap_file)
		wait_for_file(c->reap_file);
	if (pid > 0 && ok && waitpid(pid, &status, 0) == pid)
		printf("exit %d\n", exit_status(status));
	return 0;
}

static int cmd_conmon(int argc, char **argv)
{
	struct conmon c = { 0 };
	int opt;

	while ((opt = getopt(argc, argv, "+emp:o:z:")) != -1) {
		if (opt == 'e')
			c.bare_env = true;
		else if (opt == 'm')
			c.merged = true;
		else if (opt == 'p')
			c.pid_file = optarg;
		else if (opt == 'o')
			c.out_file = optarg;
		else if (opt == 'z')
			c.reap_file = optarg;
		else
			return 2;
	}
	c.argv = argv + optind;
	return c.argv[0] ? conmon_run(&c) : 2;
}

static int cmd_dying(const char *file, char **argv)
{
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[0], argv);
		_exit(die("engine: exec"));
	}
	wait_for_file(file);
	return 0;
}

static int serve(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_fd int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const char *slash = strrchr(path, '/');

	/* A long path: from within its directory. */
	if (strlen(path) >= sizeof(addr.sun_path) && slash) {
		cleanup_free char *dir = strndup(path, (size_t)(slash - path));

		if (!dir || chdir(dir) < 0)
			return die("engine: chdir");
		path = slash + 1;
	}
	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	if (sock < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(sock, 1) < 0) {
		perror("engine: listen");
		return -1;
	}
	return accept4(sock, NULL, NULL, SOCK_CLOEXEC);
}

/* Exactly one fd with a payload of 1 to 4095 bytes, then the end (S01). */
static int receive_one(int conn, char payload[4096])
{
	union {
		char room[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = payload, .iov_len = 4095 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	ssize_t n = recvmsg(conn, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *cm = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	char more;
	int fd;

	if (n <= 0) {
		printf("no message\n");
		return -1;
	}
	payload[n] = '\0';
	if (!cm || cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS ||
	    cm->cmsg_len != CMSG_LEN(sizeof(int)) || CMSG_NXTHDR(&msg, cm)) {
		printf("not one fd\n");
		return -1;
	}
	memcpy(&fd, CMSG_DATA(cm), sizeof(fd));
	if (read(conn, &more, 1) != 0) {
		printf("more than one message\n");
		return -1;
	}
	return fd;
}

static int cmd_console(const char *path)
{
	cleanup_fd int conn = serve(path);
	char payload[4096], buf[4096];
	int master = conn < 0 ? -1 : receive_one(conn, payload);
	ssize_t n;

	if (master < 0)
		return 1;
	printf("terminal %s %s\n", isatty(master) ? "yes" : "no", payload);
	fflush(stdout);
	while ((n = read(master, buf, sizeof(buf))) > 0)
		if (io_write_all(1, buf, (size_t)n) < 0)
			return die("engine: write");
	return 0;
}

static int cmd_pidfd(const char *path)
{
	cleanup_fd int conn = serve(path);
	char payload[4096], line[256], info[64];
	int fd = conn < 0 ? -1 : receive_one(conn, payload);
	cleanup_file FILE *f = NULL;

	if (fd < 0)
		return 1;
	snprintf(info, sizeof(info), "/proc/self/fdinfo/%d", fd);
	f = fopen(info, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "Pid:", 4) == 0)
			printf("%d\n", atoi(line + 4));
	return 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc >= 3 && strcmp(argv[1], "conmon") == 0)
		return cmd_conmon(argc - 1, argv + 1);
	if (argc >= 4 && strcmp(argv[1], "dying") == 0)
		return cmd_dying(argv[2], argv + 3);
	if (argc == 3 && strcmp(argv[1], "console") == 0)
		return cmd_console(argv[2]);
	if (argc == 3 && strcmp(argv[1], "pidfd") == 0)
		return cmd_pidfd(argv[2]);
	fprintf(stderr, "usage: engine conmon|dying|console|pidfd ...\n");
	return 2;
}

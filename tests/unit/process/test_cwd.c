/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Working directory, HOME, stdio and fds of the process. A temporary directory
 * is the container's root, entered by chroot in a child.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "child.h"
#include "process/cwd.h"
#include "process/stdio.h"

static char dir[] = "/tmp/urun-test-cwd-XXXXXX";

/* As root in the temporary directory; its fd. */
static int enter_root(void)
{
	int root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (child_become_root() < 0 || chroot(dir) < 0 || chdir("/") < 0)
		return -1;
	return root;
}

static int cwd_is_made(void)
{
	struct process_plan p = { .cwd = "/made/deep" };
	int root = enter_root();
	bool entered = false;
	char now[256];
	struct stat st;

	CHECK(77, root >= 0);
	umask(077);
	CHECK(1, process_make_cwd(&p, root, &entered, &child_error) == 0 && entered);
	CHECK(2, process_set_cwd(&p, root, entered, &child_error) == 0);
	CHECK(3, getcwd(now, sizeof(now)) && strcmp(now, "/made/deep") == 0);
	CHECK(4, stat("/made", &st) == 0 && (st.st_mode & 07777) == 0755);
	return 0;
}

static int cwd_missing(void)
{
	struct process_plan p = { .cwd = "/missing" };
	int root = enter_root();
	bool entered;

	CHECK(77, root >= 0);
	CHECK(1, process_set_cwd(&p, root, false, &child_error) == -ENOENT);
	CHECK(2, strcmp(child_error.msg, "chdir to cwd ('/missing') set in config.json failed: no "
					 "such file or directory") == 0);
	p.cwd = "/file";
	CHECK(3, process_make_cwd(&p, root, &entered, &child_error) == -ENOTDIR);
	p.cwd = "/link"; /* -> /made/../deep2, resolved in the root */
	CHECK(4, symlink("../../../../deep2", "/link") == 0 && mkdir("/deep2", 0755) == 0);
	CHECK(5, process_set_cwd(&p, root, false, &child_error) == 0);
	return 0;
}

/* A leaked directory of the host behind a magic link, or a cwd outside. */
static int cwd_outside(void)
{
	int host = open("/", O_RDONLY | O_DIRECTORY), root;
	struct process_plan p = { .cwd = "/proc/self/fd/9" };

	CHECK(77, geteuid() == 0);
	root = open("/", O_PATH | O_DIRECTORY);
	CHECK(1, dup2(host, 9) == 9);
	CHECK(2, process_set_cwd(&p, root, false, &child_error) == -ELOOP);
	CHECK(3, fchdir(host) == 0 && chroot(dir) == 0);
	/* Still outside: the directory cannot be entered, the old cwd is refused. */
	p.cwd = "/closed";
	close(root);
	root = open("/", O_PATH | O_DIRECTORY);
	CHECK(4, setresgid(1, 1, 1) == 0 && setresuid(1, 1, 1) == 0);
	CHECK(5, process_set_cwd(&p, root, true, &child_error) == -EXDEV);
	CHECK(6, strstr(child_error.msg, "outside of the container's root") != NULL);
	return 0;
}

static int cwd_of_user(void)
{
	struct process_plan p = { .cwd = "/closed" };
	bool entered = false;
	int root;

	CHECK(77, geteuid() == 0);
	root = enter_root();
	CHECK(1, process_make_cwd(&p, root, &entered, &child_error) == 0 && entered);
	CHECK(2, setresgid(1, 1, 1) == 0 && setresuid(1, 1, 1) == 0);
	CHECK(3, process_set_cwd(&p, root, true, &child_error) == 0);
	CHECK(4, process_set_cwd(&p, root, false, &child_error) == -EACCES);
	CHECK(5, strstr(child_error.msg, "failed: permission denied") != NULL);
	return 0;
}

static void home_of(const char *passwd, size_t len, uint32_t uid, const char *want,
		    const char *name)
{
	char *env[] = { "A=b", "HOME=/", NULL };
	struct process_plan p = { .uid = uid, .env = env, .needs_home = true };
	cleanup_fd int root = open(dir, O_PATH | O_DIRECTORY);
	struct error e = ERROR_INIT;
	char buf[4200];

	if (passwd) {
		cleanup_fd int fd = openat(root, "etc/passwd", O_WRONLY | O_CREAT | O_TRUNC, 0644);

		if (write(fd, passwd, len) != (ssize_t)len)
			printf("# cannot write passwd\n");
	}
	is_int(process_set_home(&p, root, buf, sizeof(buf), &e), 0, name);
	is_str(env[1], want, name);
}

static void test_home(void)
{
	static const char some[] = "root:x:0:0:root:/root:/bin/sh\n"
				   "# a comment\n\n:::::::\nbad:x:7:7\n"
				   "neg:x:-5:0::/neg:\nrel:x:8:8::relative:/bin/sh\n"
				   "user:x:1000:1000:A User,,,:/home/user:/bin/bash\n"
				   "again:x:1000:1000::/home/again:\n"
				   "last:x:9:9::/last:/bin/sh";
	static char huge[3 << 20], lines[300000];
	size_t n = 0;

	home_of(NULL, 0, 0, "HOME=/", "C22 no passwd");
	home_of(some, sizeof(some) - 1, 0, "HOME=/root", "C22 the first line");
	home_of(some, sizeof(some) - 1, 1000, "HOME=/home/user", "C22 the first of two");
	home_of(some, sizeof(some) - 1, 9, "HOME=/last", "C22 a last line without newline");
	home_of(some, sizeof(some) - 1, 7, "HOME=/", "C22 a short line is none");
	home_of(some, sizeof(some) - 1, 8, "HOME=/", "C22 a relative home is none");
	home_of(some, sizeof(some) - 1, 5, "HOME=/", "C22 an unknown user");
	memset(huge, 'a', sizeof(huge));
	memcpy(huge, "x:x:5:5::/", 10);
	home_of(huge, sizeof(huge), 5, "HOME=/", "C22 a line of 3 MiB is skipped");
	memcpy(huge + 9000, "\nu:x:6:6::/six:/sh\n", 19);
	home_of(huge, sizeof(huge), 6, "HOME=/six", "C22 the line after a long one");
	while (n < sizeof(lines) - 100)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n,
				      "u%zu:x:%zu:1::/h/%zu:/bin/sh\n", n, n + 100, n);
	memcpy(lines + n, "z:x:42:1::/found:/\n", 19);
	home_of(lines, n + 19, 42, "HOME=/found", "C22 a line after 300 kB");
}

static void test_home_hostile(void)
{
	cleanup_fd int root = open(dir, O_PATH | O_DIRECTORY);

	unlinkat(root, "etc/passwd", 0);
	mkfifoat(root, "etc/passwd", 0644);
	home_of(NULL, 0, 0, "HOME=/", "C22 a FIFO as passwd does not block");
	unlinkat(root, "etc/passwd", 0);
	ok(symlinkat("/dev/zero", root, "etc/passwd") == 0, "C22 (a symlink)");
	home_of(NULL, 0, 0, "HOME=/", "C22 a device as passwd is not read");
	unlinkat(root, "etc/passwd", 0);
	ok(symlinkat("../../../../../../etc/passwd", root, "etc/passwd") == 0, "C22 (a symlink)");
	home_of(NULL, 0, 0, "HOME=/", "C22 passwd of the host is not reached");
	unlinkat(root, "etc/passwd", 0);
}

static int fds_close(void)
{
	struct process_plan p = { .preserve_fds = 2 };
	int keep[] = { 10, 20 }, under[] = { 4 };

	for (int fd = 3; fd < 30; fd++)
		dup3(0, fd, fd == 3 ? 0 : O_CLOEXEC);
	CHECK(1, process_close_fds(&p, keep, 2, &child_error) == 0);
	for (int fd = 3; fd < 40; fd++) {
		int flags = fcntl(fd, F_GETFD);

		/* 3 came through an execve; 4 is the runtime's own and goes at the next. */
		if (fd < 5)
			CHECK(2, flags == (fd == 3 ? 0 : FD_CLOEXEC));
		else if (fd == 10 || fd == 20)
			CHECK(3, flags == FD_CLOEXEC);
		else
			CHECK(4, flags < 0 && errno == EBADF);
	}
	CHECK(5, process_close_fds(&p, under, 1, &child_error) == 0);
	p.preserve_fds = 5; /* not all of them are open: fine */
	CHECK(6, process_close_fds(&p, keep, 0, &child_error) == 0);
	CHECK(7, fcntl(10, F_GETFD) < 0);
	return 0;
}

/* Single ones, among and around those that are kept for the runtime. */
static int fds_pass(void)
{
	int pass[] = { 4, 9, 15, 25 }, keep[] = { 10, 12, 20 };
	struct process_plan p = { .preserve_fds = 2, .pass_fds = pass, .n_pass_fds = 4 };

	for (int fd = 3; fd < 30; fd++)
		dup2(0, fd);
	CHECK(1, process_close_fds(&p, keep, 3, &child_error) == 0);
	for (int fd = 3; fd < 40; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (fd == 10 || fd == 12 || fd == 20)
			CHECK(2, flags == FD_CLOEXEC);
		else if (fd < 5 || fd == 9 || fd == 15 || fd == 25)
			CHECK(3, flags == 0);
		else
			CHECK(4, flags < 0 && errno == EBADF);
	}
	CHECK(5, process_close_fds(&p, NULL, 0, &child_error) == 0);
	CHECK(6, fcntl(9, F_GETFD) == 0 && fcntl(25, F_GETFD) == 0 && fcntl(10, F_GETFD) < 0);
	return 0;
}

static int signals_reset(void)
{
	const struct itimerval soon = { { 0, 0 }, { 100, 0 } };
	struct itimerval timer;
	struct sigaction act;
	sigset_t all, now;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGRTMIN + 1, SIG_IGN);
	setitimer(ITIMER_REAL, &soon, NULL);
	CHECK(1, process_reset_signals(&child_error) == 0);
	CHECK(2, sigprocmask(SIG_SETMASK, NULL, &now) == 0 && sigisemptyset(&now));
	CHECK(3, sigaction(SIGINT, NULL, &act) == 0 && act.sa_handler == SIG_DFL);
	CHECK(4, sigaction(SIGRTMIN + 1, NULL, &act) == 0 && act.sa_handler == SIG_DFL);
	CHECK(5, getitimer(ITIMER_REAL, &timer) == 0 && timer.it_value.tv_sec == 0);
	return 0;
}

static bool is_same_file(int fd, ino_t ino)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == ino;
}

/* Even where the given ones lie on one another's places. */
static int stdio_is_placed(void)
{
	ino_t ino[4];

	for (int fd = 0; fd < 4; fd++) {
		int p[2];
		struct stat st;

		CHECK(1, pipe(p) == 0 && dup2(p[0], 30 + fd) >= 0 && fstat(30 + fd, &st) == 0);
		ino[fd] = st.st_ino;
	}
	for (int fd = 0; fd < 4; fd++)
		CHECK(2, dup3(30 + fd, fd, O_CLOEXEC) == fd);
	CHECK(3, process_place_stdio((const int[]){ 2, 0, 1 }, &child_error) == 0);
	CHECK(4, is_same_file(0, ino[2]) && is_same_file(1, ino[0]) && is_same_file(2, ino[1]));
	CHECK(5, process_place_stdio((const int[]){ -1, 3, 2 }, &child_error) == 0);
	CHECK(6, is_same_file(0, ino[2]) && is_same_file(1, ino[3]) && is_same_file(2, ino[1]));
	for (int fd = 0; fd < 3; fd++)
		CHECK(7, fcntl(fd, F_GETFD) == 0);
	CHECK(8, process_place_stdio((const int[]){ -1, 900, -1 }, &child_error) == -EBADF);
	CHECK(9, strstr(child_error.msg, "put fd 900 on stdout"));
	return 0;
}

static int stdio_is_given(void)
{
	struct process_plan p = { .uid = 1234 };
	int fds[2];
	struct stat st;

	CHECK(77, geteuid() == 0);
	CHECK(1, pipe(fds) == 0 && dup2(fds[0], 0) == 0);
	close(1);
	CHECK(2, dup2(open("/dev/null", O_RDWR), 2) == 2 && close(1) <= 0);
	CHECK(3, process_chown_stdio(&p, &child_error) == 0);
	CHECK(4, fstat(0, &st) == 0 && st.st_uid == 1234);
	CHECK(5, fstat(2, &st) == 0 && st.st_uid == 0);
	return 0;
}

static int null_is_reopened(void)
{
	struct stat before, after;
	int root;

	CHECK(77, geteuid() == 0);
	CHECK(1, dup2(open("/dev/null", O_RDWR), 0) == 0 && fstat(0, &before) == 0);
	root = open(dir, O_PATH | O_DIRECTORY);
	mkdirat(root, "dev", 0755);
	/* a forged one: a regular file, then the zero device, then none */
	CHECK(2, close(openat(root, "dev/null", O_WRONLY | O_CREAT, 0666)) == 0);
	CHECK(3, process_reopen_null(root, &child_error) == 0);
	CHECK(4, fstat(0, &after) == 0 && after.st_ino == before.st_ino && fd_is_null_device(0));
	unlinkat(root, "dev/null", 0);
	if (mknodat(root, "dev/null", S_IFCHR | 0666, makedev(1, 3)) < 0)
		return 77;
	CHECK(5, process_reopen_null(root, &child_error) == 0);
	/* The node may not be openable here (nodev); if it is, it was taken. */
	CHECK(6, fstat(0, &after) == 0 && fd_is_null_device(0));
	CHECK(7, !(fcntl(0, F_GETFL) & O_NONBLOCK));
	return 0;
}

int main(void)
{
	int fd;

	if (!mkdtemp(dir))
		return 1;
	chmod(dir, 0755);
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	mkdirat(fd, "etc", 0755);
	mkdirat(fd, "closed", 0700);
	close(openat(fd, "file", O_WRONLY | O_CREAT, 0644));
	child_ok(cwd_is_made, NULL, "C21 a missing cwd is made with mode 0755");
	child_ok(cwd_missing, NULL, "C21 a missing cwd, a file, a symlink");
	child_ok(cwd_outside, NULL, "C21 O5 a cwd outside of the root is refused");
	child_ok(cwd_of_user, NULL, "C21 entered as root where the user may not");
	test_home();
	test_home_hostile();
	child_ok(fds_close, NULL, "L06 C07 fds are closed but the preserved ones");
	child_ok(fds_pass, NULL, "C07 N20 L06 single fds pass, the others are closed");
	child_ok(signals_reset, NULL, "C20 signals and timers are reset");
	child_ok(stdio_is_placed, NULL, "Y01 the given fds become stdio");
	child_ok(stdio_is_given, NULL, "C24 stdio is given to the user");
	child_ok(null_is_reopened, NULL, "C25 the null device is the container's");
	close(fd);
	path_remove_tree(AT_FDCWD, dir);
	return tap_done();
}

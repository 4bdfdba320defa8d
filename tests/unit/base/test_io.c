/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads with a bound, and files that are replaced in one step. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "tempdir.h"

static int count_entries(int dir)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY));
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void test_read(int dir)
{
	cleanup_free char *text = NULL, *big = NULL, *pipe_text = NULL;
	size_t len = 0;
	int p[2];

	temp_file(dir, "f", "12345");
	is_int(io_read_file_at(dir, "f", 5, &text, &len), 0, "read: exactly the bound");
	is_str(text, "12345", "the content, with a NUL");
	is_int((long long)len, 5, "the length");
	is_int(io_read_file_at(dir, "f", 4, &big, NULL), -EFBIG, "read: over the bound");
	ok(big == NULL, "the output is untouched");
	is_int(io_read_file_at(dir, "none", 4, &big, NULL), -ENOENT, "read: missing");
	is_int(io_read_file_at(dir, ".", 4, &big, NULL), -EISDIR, "read: a directory");
	is_int(io_read_file_at(AT_FDCWD, "/dev/zero", 4, &big, NULL), -EINVAL, "read: a device");
	mkfifoat(dir, "fifo", 0600);
	alarm(20);
	is_int(io_read_file_at(dir, "fifo", 10, &big, &len), 0, "read: a FIFO nobody writes to");
	is_int((long long)len, 0, "is empty, and does not block");
	alarm(0);
	if (pipe(p) < 0)
		return;
	if (fork() == 0) {
		for (int i = 0; i < 1000; i++)
			if (write(p[1], "0123456789", 10) != 10)
				_exit(1);
		_exit(0);
	}
	close(p[1]);
	is_int(io_read_all(p[0], 10000, &pipe_text, &len), 0, "read_all: a pipe in pieces");
	is_int((long long)len, 10000, "all of it");
	close(p[0]);
	wait(NULL);
}

static void test_write(int dir)
{
	cleanup_free char *text = NULL;
	struct stat st;
	int before, r;
	int torn = 0;
	pid_t pid;

	umask(077);
	is_int(io_write_file_at(dir, "w", "one", 3, 0644), 0, "write a new file");
	fstatat(dir, "w", &st, 0);
	is_int(st.st_mode & 0777, 0644, "its mode, whatever the umask");
	before = count_entries(dir);
	is_int(io_write_file_at(dir, "w", "two", 3, 0600), 0, "replace it");
	is_int(count_entries(dir), before, "no temporary file is left");
	io_read_file_at(dir, "w", 100, &text, NULL);
	is_str(text, "two", "the new content");
	is_int(io_write_file_at(dir, "none/w", "x", 1, 0600), -ENOENT, "no directory");
	mkdirat(dir, "d", 0700);
	r = io_write_file_at(dir, "d", "x", 1, 0600);
	ok(r == -EISDIR || r == -EEXIST, "a directory is not replaced");
	is_int(count_entries(dir), before + 1, "no temporary file is left after a failure");
	temp_link("elsewhere", dir, "l");
	is_int(io_write_file_at(dir, "l", "x", 1, 0600), 0, "a link is replaced");
	ok(fstatat(dir, "elsewhere", &st, 0) < 0, "not written through");
	is_int(io_write_file_at(dir, "d/in", "x", 1, 0600), 0, "in a folder below");

	pid = fork();
	if (pid == 0) {
		char a[3000], b[5000];

		memset(a, 'a', sizeof(a));
		memset(b, 'b', sizeof(b));
		for (;;) {
			io_write_file_at(dir, "atomic", a, sizeof(a), 0600);
			io_write_file_at(dir, "atomic", b, sizeof(b), 0600);
		}
	}
	for (int i = 0; i < 3000; i++) {
		char *s = NULL;
		size_t len;

		if (io_read_file_at(dir, "atomic", 10000, &s, &len) < 0)
			continue;
		torn += s[0] == 'a' ? len != 3000 : len != 5000;
		free(s);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	is_int(torn, 0, "S01 a reader never sees half a file");
}

static void test_value(int dir)
{
	cleanup_free char *text = NULL;

	is_int(io_write_value_at(dir, "none", "1"), -ENOENT, "a value goes to existing files only");
	temp_file(dir, "v", "");
	is_int(io_write_value_at(dir, "v", "12 34"), 0, "write a value");
	io_read_file_at(dir, "v", 100, &text, NULL);
	is_str(text, "12 34", "as it is");
}

static bool is_pending(int sig)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, sig);
}

/* With the disposition that kills: surviving is the first result. */
static void test_unsignalled(void)
{
	sigset_t set, mask;
	int p[2];

	signal(SIGPIPE, SIG_DFL);
	ok(pipe(p) == 0 && io_write_unsignalled(p[1], "ab", 2) == 2, "Y01 a write that is read");
	close(p[0]);
	is_int(io_write_unsignalled(p[1], "a", 1), -EPIPE, "Y01 nobody reads: an error alone");
	sigprocmask(SIG_SETMASK, NULL, &mask);
	ok(!sigismember(&mask, SIGPIPE), "Y01 the mask is as it was");
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	is_int(io_write_unsignalled(p[1], "a", 1), -EPIPE, "Y01 the same where it is blocked");
	ok(!is_pending(SIGPIPE), "Y01 nothing is left in the queue");
	raise(SIGPIPE);
	is_int(io_write_unsignalled(p[1], "a", 1), -EPIPE, "Y01 the same where one waits");
	ok(is_pending(SIGPIPE), "Y01 the caller's own is still there");
	sigtimedwait(&set, NULL, &(const struct timespec){ 0 });
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	close(p[1]);
}

int main(void)
{
	int dir = temp_begin();

	test_read(dir);
	test_write(dir);
	test_value(dir);
	test_unsignalled();
	temp_done(dir);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a test does to itself it does in a forked child: a function that returns
 * 0 or the number of the check that failed. Its warnings are kept for it.
 */
#ifndef URUN_TESTS_CHILD_H
#define URUN_TESTS_CHILD_H

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"

static struct error child_error;
static char child_warnings[4096];

static void child_keep_warning(void *arg, enum log_level level, const char *msg)
{
	(void)arg;
	if (level == LOG_LEVEL_WARNING)
		strncat(child_warnings, msg, sizeof(child_warnings) - strlen(child_warnings) - 1);
}

/* Root with capabilities: of the machine, or of a user namespace of one id. */
__attribute__((unused)) static int child_become_root(void)
{
	char map[64];

	if (geteuid() == 0)
		return 0;
	snprintf(map, sizeof(map), "0 %u 1", geteuid());
	if (unshare(CLONE_NEWUSER) < 0 ||
	    io_write_value_at(AT_FDCWD, "/proc/self/setgroups", "deny") < 0 ||
	    io_write_value_at(AT_FDCWD, "/proc/self/uid_map", map) < 0)
		return -1;
	return 0;
}

__attribute__((unused)) static int child_proc(void)
{
	return path_open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Exit status; what the child printed with child_say() is in *said. */
static int run_child(int (*fn)(void), char *said, size_t size)
{
	int status = 0, fds[2];
	ssize_t n;
	pid_t pid;

	fflush(stdout);
	if (pipe(fds) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		int r;

		log_set_level("warning");
		log_set_sink(child_keep_warning, NULL);
		r = fn();
		if (r != 0 && child_error.code)
			dprintf(fds[1], "[%s] ", child_error.msg);
		dprintf(fds[1], "%s", child_warnings);
		_exit(r);
	}
	close(fds[1]);
	n = io_read_full(fds[0], said, size - 1);
	said[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One test: it must succeed, and say `part` if not NULL. */
__attribute__((unused)) static void child_ok(int (*fn)(void), const char *part, const char *name)
{
	char said[4096];
	int r = run_child(fn, said, sizeof(said));

	if (r == 77) {
		skip(name, *said ? said : "needs root, or user namespaces");
		return;
	}
	if (!ok(r == 0, "%s", name))
		printf("# check %d: %s\n", r, said);
	if (part)
		has_str(said, part, name);
}

/* In a child: is it so? Else its line is the exit status. */
#define CHECK(n, cond)              \
	do {                        \
		if (!(cond))        \
			return (n); \
	} while (0)

#endif

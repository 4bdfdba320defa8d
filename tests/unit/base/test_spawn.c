/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that we start: status, limits, and what they said (H01-H05, I04). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../tap.h"
#include "base/pidfd.h"
#include "base/spawn.h"

static struct spawn_result result;

static int sh(const char *script, struct spawn_request extra)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	char *envp[] = { (char *)"PATH=/usr/bin:/bin", (char *)"ONLY=this", NULL };

	extra.path = "/bin/sh";
	extra.argv = argv;
	extra.envp = envp;
	memset(&result, 0x5a, sizeof(result));
	return spawn_run(&extra, &result);
}

#define PLAIN .stdout_fd = -1, .stderr_fd = -1, .cwd_fd = -1, .userns_pidfd = -1

static void test_status(void)
{
	char *argv[] = { (char *)"x", NULL };
	struct spawn_request none = { .path = "/nonexistent/x", .argv = argv, .envp = argv, PLAIN };
	struct spawned s;
	char buf[64];

	is_int(sh("exit 3", (struct spawn_request){ PLAIN }), 0, "run");
	is_str(spawn_describe(&result, buf, sizeof(buf)), "exit status 3", "exit status");
	ok(!result.timed_out, "not timed out");
	sh("kill -9 $$", (struct spawn_request){ PLAIN });
	is_str(spawn_describe(&result, buf, sizeof(buf)), "killed by signal 9", "signal");
	is_int(spawn_start(&none, &s), -ENOENT, "a missing program is an error of start");
	none.path = "/etc/passwd";
	is_int(spawn_start(&none, &s), -EACCES, "so is one that cannot be run");
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no zombie is left");
}

static void test_output(void)
{
	pid_t daemon_pid;

	sh("echo one; echo two >&2", (struct spawn_request){ PLAIN });
	is_str(result.tail, "one two", "H04 stdout and stderr, one line, trimmed");
	sh("printf '\\033[31mred\\n'", (struct spawn_request){ PLAIN });
	ok(!strchr(result.tail, '\033'), "H04 no control characters");
	sh("i=0; while [ $i -lt 3000 ]; do echo 0123456789; i=$((i+1)); done; echo the-end",
	   (struct spawn_request){ PLAIN });
	ok(strlen(result.tail) < SPAWN_TAIL, "H04 bounded");
	has_str(result.tail, "the-end", "H04 the tail is kept");
	sh("echo $ONLY; env | wc -l", (struct spawn_request){ PLAIN });
	has_str(result.tail, "this", "H02 the environment given");
	sh("sleep 100 & echo $!", (struct spawn_request){ PLAIN, .timeout_ms = 20000 });
	daemon_pid = atoi(result.tail);
	ok(daemon_pid > 1 && !result.timed_out, "a daemon left behind is not waited for");
	ok(daemon_pid > 1 && kill(daemon_pid, SIGKILL) == 0, "and goes on");
}

static void test_stdin(void)
{
	static char big[1 << 20];
	char name[32];
	int null = open("/dev/null", O_WRONLY);

	sh("cat", (struct spawn_request){ PLAIN, .stdin_data = "{\"a\":1}", .stdin_len = 7 });
	is_str(result.tail, "{\"a\":1}", "H01 stdin is fed");
	sh("wc -c", (struct spawn_request){ PLAIN });
	is_str(result.tail, "0", "H01 without data: empty");
	memset(big, 'x', sizeof(big));
	sh("wc -c", (struct spawn_request){ PLAIN, .stdin_data = big, .stdin_len = sizeof(big) });
	snprintf(name, sizeof(name), "%zu", sizeof(big));
	is_str(result.tail, name, "H01 more than a pipe holds");
	sh("exit 0", (struct spawn_request){ PLAIN, .stdin_data = big, .stdin_len = sizeof(big) });
	ok(WIFEXITED(result.status), "H01 a program that reads nothing is no SIGPIPE of ours");
	sh("echo out; echo err >&2",
	   (struct spawn_request){
		   .stdout_fd = null, .stderr_fd = -1, .cwd_fd = -1, .userns_pidfd = -1 });
	is_str(result.tail, "err", "stdout goes where it is told to");
	close(null);
}

static void test_isolation(void)
{
	int cwd = open("/usr", O_PATH | O_DIRECTORY), leak = open("/dev/null", O_RDONLY);
	struct sigaction ign = { .sa_handler = SIG_IGN };

	sh("pwd", (struct spawn_request){
			  .stdout_fd = -1, .stderr_fd = -1, .cwd_fd = cwd, .userns_pidfd = -1 });
	is_str(result.tail, "/usr", "H03 the cwd given");
	sh("ls /proc/self/fd | wc -l", (struct spawn_request){ PLAIN });
	is_str(result.tail, "4", "H03 fds 0-2 only (and ls's own)");
	sigaction(SIGPIPE, &ign, NULL);
	sh("grep SigIgn /proc/self/status", (struct spawn_request){ PLAIN });
	/* 32 and 33 are glibc's own; some parents leave them ignored. */
	ok(strlen(result.tail) > 8 &&
		   strtoul(result.tail + strlen(result.tail) - 8, NULL, 16) % (1UL << 31) == 0,
	   "no ignored signal is inherited");
	close(cwd);
	close(leak);
}

/* H06: what can be shown without a user namespace; the rest is area_hooks.bats'. */
static void test_userns(void)
{
	int own = pidfd_open_pid(getpid()), gone;
	pid_t child = fork();

	is_int(sh("exit 0",
		  (struct spawn_request){
			  .stdout_fd = -1, .stderr_fd = -1, .cwd_fd = -1, .userns_pidfd = own }),
	       -EINVAL, "H06 our own user namespace cannot be entered");
	if (child == 0)
		_exit(0);
	gone = pidfd_open_pid(child);
	waitpid(child, NULL, 0);
	is_int(sh("exit 0",
		  (struct spawn_request){
			  .stdout_fd = -1, .stderr_fd = -1, .cwd_fd = -1, .userns_pidfd = gone }),
	       -ESRCH, "H06 nor that of a process that has ended");
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "H06 no zombie is left");
	is_int(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1, "H06 we are what we were");
	close(own);
	close(gone);
}

static void test_timeout(void)
{
	struct timespec a, b;
	char buf[64];
	int pid;

	clock_gettime(CLOCK_MONOTONIC, &a);
	sh("sleep 99 & echo $!; sleep 99", (struct spawn_request){ PLAIN, .timeout_ms = 300 });
	clock_gettime(CLOCK_MONOTONIC, &b);
	ok(result.timed_out, "H05 the time limit");
	ok(b.tv_sec - a.tv_sec < 10, "H05 ends it at once");
	is_str(spawn_describe(&result, buf, sizeof(buf)), "timed out", "H05 in words");
	pid = atoi(result.tail);
	for (int i = 0; i < 100; i++) {
		struct proc_stat st;

		if (pid <= 0 || proc_read_stat(pid, &st) < 0 || st.state == 'Z')
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
		if (i == 99)
			pid = -1;
	}
	ok(pid > 0, "H05 the whole process group is killed");
}

int main(void)
{
	test_status();
	test_output();
	test_stdin();
	test_isolation();
	test_userns();
	test_timeout();
	return tap_done();
}

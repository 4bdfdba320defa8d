/* SPDX-License-Identifier: Apache-2.0 */
/* Processes by pidfd, and /proc/PID/stat with names made to mislead. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"
#include "base/pidfd.h"

static pid_t child(int code, const char *name)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (name)
		prctl(PR_SET_NAME, name);
	if (code >= 0)
		_exit(code);
	for (;;)
		pause();
}

static volatile sig_atomic_t ticks;

static void tick(int sig)
{
	static const struct itimerval off = { { 0, 0 }, { 0, 0 } };

	(void)sig;
	if (++ticks == 500) /* a limit that never comes ends here */
		setitimer(ITIMER_REAL, &off, NULL);
}

/* Signals that come more often than the limit is long: a host with busy threads. */
static void test_interrupted_wait(void)
{
	const struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	const struct itimerval off = { { 0, 0 }, { 0, 0 } };
	const struct sigaction sa = { .sa_handler = tick };
	pid_t pid = child(-1, NULL);
	int fd = pidfd_open_pid(pid);

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	is_int(pidfd_wait_exit(fd, 30), -ETIMEDOUT, "Y01 signals do not prolong a time limit");
	setitimer(ITIMER_REAL, &off, NULL);
	ok(ticks > 0 && ticks < 500, "Y01 it came while they did");
	pidfd_kill(fd, SIGKILL);
	pidfd_reap(fd, NULL);
	close(fd);
}

/* K19: what another's child ended with: ours, after we have reaped it as its parent does. */
static void test_exit_status(void)
{
	pid_t pid = child(9, NULL);
	int fd = pidfd_open_pid(pid), status = -1, r;

	r = pidfd_exit_status(fd, 20, &status);
	if (r == -ENOTSUP) {
		skip("K19 the status of another's child", "Linux before 6.15");
		waitpid(pid, NULL, 0);
		close(fd);
		return;
	}
	is_int(r, -ETIMEDOUT, "K19 nobody has reaped it yet");
	waitpid(pid, NULL, 0);
	r = pidfd_exit_status(fd, 1000, &status);
	if (r == -ETIMEDOUT)
		skip("K19 the status of another's child", "Linux before 6.15");
	else
		ok(r == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 9,
		   "K19 the status of another's child");
	close(fd);
}

/* I11: our own. In none and in some of a choice: area_userns_root.bats. */
static void test_groups(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	gid_t own[1024];
	uint32_t *gids = NULL;
	size_t n = 77;
	int n_own = getgroups(1024, own);
	bool same;

	is_int(proc_groups(&a, getpid(), &gids, &n), 0, "I11 groups of a process");
	is_int((long long)n, n_own, "I11 as many as it has");
	same = n_own >= 0 && n == (size_t)n_own;
	for (int i = 0; same && i < n_own; i++)
		same = gids[i] == own[i];
	ok(same, "I11 and the same");
	is_int(proc_groups(&a, 0, &gids, &n), -ENOENT, "I11 of no process");
}

int main(void)
{
	struct proc_stat self, st = { .state = '?' };
	char boot[37] = "", again[37] = "";
	int fd, status = -1;
	pid_t pid;

	test_groups();
	test_exit_status();
	test_interrupted_wait();
	pid = child(7, NULL);
	fd = pidfd_open_pid(pid);
	ok(fd >= 0, "open");
	is_int(pidfd_wait_exit(fd, 10000), 0, "wait for its exit");
	ok(pidfd_exited(fd), "a zombie has exited");
	is_int(proc_read_stat(pid, &st), 0, "stat of a zombie");
	is_int(st.state, 'Z', "its state");
	is_int(pidfd_reap(fd, &status), 0, "reap");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 7, "status as waitpid gives it");
	ok(pidfd_reap(fd, &status) < 0, "reap twice fails");
	is_int(pidfd_kill(fd, SIGKILL), -ESRCH, "S2 a signal after the end hits nobody");
	close(fd);
	is_int(proc_read_stat(pid, &st), -ESRCH, "no such process");
	ok(pidfd_open_pid(pid) < 0, "nor a pidfd of it");

	/* Blanks, brackets, and a state letter of its own. */
	pid = child(-1, ") R 1 (x) 9");
	fd = pidfd_open_pid(pid);
	is_int(pidfd_wait_exit(fd, 50), -ETIMEDOUT, "a time limit");
	ok(!pidfd_exited(fd), "it runs");
	is_int(proc_read_stat(pid, &st), 0, "S2 stat with a hostile name");
	is_int(st.state, 'S', "S2 state");
	is_int(st.ppid, getpid(), "S2 parent");
	is_int(proc_read_stat(getpid(), &self), 0, "our own");
	ok(st.start_time >= self.start_time && st.start_time > 0, "S2 start time");
	is_int(pidfd_kill(fd, SIGTERM), 0, "kill");
	is_int(pidfd_reap(fd, &status), 0, "reap a killed one");
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "the signal in its status");
	close(fd);

	is_int(proc_boot_id(boot), 0, "boot id");
	is_int((long long)strlen(boot), 36, "of 36 characters");
	proc_boot_id(again);
	is_str(again, boot, "the same each time");
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to a whole tree of cgroups (V26, V27, K15): on plain folders where
 * only files are read and written, and on true ones where the caller's own
 * cgroup is delegated (area_cgroup_delegated.bats runs this in such a one).
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/tempdir.h"
#include "../tap.h"
#include "cgroup/cgroup.h"

static struct arena a = ARENA_INIT;
static struct error e = ERROR_INIT;

static int make(int dir, const char *name)
{
	mkdirat(dir, name, 0755);
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void test_plain(void)
{
	int dir = temp_begin(), one = make(dir, "one"), two = make(one, "two"),
	    more = make(dir, "x");
	pid_t *pids = NULL;
	size_t n = 0;

	temp_file(dir, "cgroup.procs", "30\n");
	temp_file(one, "cgroup.procs", "");
	temp_file(two, "cgroup.procs", "7\n0\n12\n");
	temp_file(more, "cgroup.procs", "5\n");
	is_int(cgroup_pids(dir, &pids, &n), 0, "K15 all that is in a tree is listed");
	is_int((long long)n, 4, "K15 but for those of another pid namespace");
	ok(n == 4 && pids[0] == 5 && pids[1] == 7 && pids[2] == 12 && pids[3] == 30,
	   "K15 in ascending order");
	free(pids);
	temp_file(two, "cgroup.procs", "7\nx\n");
	ok(cgroup_pids(dir, &pids, &n) < 0, "K15 what is no number is an error");
	ok(cgroup_kill(dir) < 0, "V26 a folder without cgroup.kill is an error");
	temp_file(dir, "cgroup.kill", "");
	is_int(cgroup_kill(dir), 0, "V26 kill writes one file");
	ok(!cgroup_is_frozen(dir), "V26 a folder without cgroup.freeze is not frozen");
	temp_file(dir, "cgroup.freeze", "1\n");
	ok(cgroup_is_frozen(dir), "V26 1 is frozen");
	temp_file(dir, "cgroup.freeze", "0\n");
	ok(!cgroup_is_frozen(dir), "V26 0 is not");
	/* Without cgroup.events: gone between the two. */
	is_int(cgroup_set_frozen(dir, true), -ENOENT,
	       "V26 K14 what goes while it freezes was not frozen");
	is_int(cgroup_set_frozen(dir, false), 0, "V26 K14 what was thawed may end and be gone");
	close(one);
	close(two);
	close(more);
	temp_done(dir);
}

/* A child that sleeps in this cgroup. */
static pid_t sleeper(int dir)
{
	pid_t pid = fork();
	int fd;

	if (pid == 0) {
		fd = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	return pid;
}

static bool died_of_kill(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGKILL;
}

static void test_true(const struct cgroup_host *h, const char *path)
{
	struct cgroup_note note = { .manager = CGROUP_CGROUPFS, .path = path };
	int dir, at, next, found = -1, i;
	pid_t pid[3], *pids = NULL;
	size_t n = 0;

	dir = cgroup_open(h, path);
	at = dup(dir);
	for (i = 0; i < 1000; i++) {
		next = make(at, "deep");
		if (next < 0)
			break;
		close(at);
		at = next;
	}
	is_int(i, 1000, "V27 a thousand levels are made");
	pid[0] = sleeper(dir);
	pid[1] = sleeper(at);
	close(at);
	at = make(dir, "beside");
	pid[2] = sleeper(at);
	for (i = 0; i < 500 && n != 3; i++) {
		free(pids);
		cgroup_pids(dir, &pids, &n);
		usleep(10000);
	}
	is_int((long long)n, 3, "K15 three processes, however deep");
	free(pids);
	is_int(cgroup_set_frozen(dir, true), 0, "V26 it can be frozen");
	ok(cgroup_is_frozen(dir), "V26 and says so");
	is_int(cgroup_destroy(&note, &e), 0, "V27 and removed, although it is frozen");
	ok(died_of_kill(pid[0]) && died_of_kill(pid[1]) && died_of_kill(pid[2]),
	   "V27 with all that was in it");
	is_int(cgroup_open_note(&note, &found, &e), -ENOENT, "V27 it is gone");
	is_int(cgroup_destroy(&note, &e), 0, "V27 once more is no error");
	is_int(cgroup_set_frozen(dir, true) < 0, 1, "V26 what is gone cannot be frozen");
	close(at);
	close(dir);
}

static void test_own(void)
{
	struct cgroup_host h;
	const char *own = NULL, *path;
	int dir = -1;

	cgroup_host_open(&h);
	if (h.mount && cgroup_path_of(&a, 0, &own) == 0)
		dir = cgroup_open(&h, own);
	path = arena_printf(&a, "%s/test-tree-%d", own ? own : "", getpid());
	if (dir < 0 || !cgroup_is_ours(dir))
		skip("V27 a tree of true cgroups", "the caller's own cgroup is not delegated");
	else if (mkdirat(dir, strrchr(path, '/') + 1, 0755) == 0)
		test_true(&h, path);
	else
		ok(false, "V27 a cgroup is made");
	if (dir >= 0)
		close(dir);
	cgroup_host_close(&h);
}

int main(void)
{
	test_plain();
	test_own();
	arena_free(&a);
	return tap_done();
}

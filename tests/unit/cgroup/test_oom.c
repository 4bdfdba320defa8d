/* SPDX-License-Identifier: Apache-2.0 */
/* P29, K19: whose limit it was, from folders that stand for cgroups. */
#include "cgroup/oom.h"

#include <errno.h>
#include <sys/stat.h>

#include "../base/tempdir.h"
#include "../tap.h"

static char words[CGROUP_OOM_WORDS_MAX];
static bool killed;

/* A cgroup's files: what happened in it and below, in it alone, its limit. */
static void set(int dir, const char *events, const char *local, const char *max)
{
	temp_file(dir, "memory.events", events);
	temp_file(dir, "memory.events.local", local);
	temp_file(dir, "memory.max", max);
	temp_file(dir, "memory.peak", "67108864\n");
}

static const char none[] = "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n";
static const char once[] = "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n";
static const char victim[] = "low 0\nhigh 0\nmax 0\noom 0\noom_kill 1\noom_group_kill 0\n";

static void test_explain(int above, int dir)
{
	static const char path[] = "/a.slice/c.scope";

	ok(!cgroup_oom_explain(dir, path, words), "P29 without a memory controller");
	is_int(cgroup_oom_has_killed(dir, &killed), -ENOENT, "K02 without a memory controller");
	is_int(cgroup_oom_has_killed(-EBADF, &killed), -ENOENT, "K02 without a cgroup");
	ok(!cgroup_oom_explain(-EBADF, NULL, words), "P29 without a cgroup");
	set(above, none, none, "max\n");
	set(dir, none, none, "67108864\n");
	ok(!cgroup_oom_explain(dir, path, words), "P29 nothing was killed");
	is_int(cgroup_oom_has_killed(dir, &killed), 0, "K02 counted");
	ok(!killed, "K02 nothing was killed");
	set(dir, once, once, "67108864\n");
	ok(cgroup_oom_explain(dir, path, words), "P29 its own limit");
	is_int(cgroup_oom_has_killed(dir, &killed), 0, "K02 counted, too");
	ok(killed, "K02 something was killed");
	is_str(words,
	       "memory.max of the cgroup '/a.slice/c.scope' is 67108864 bytes; memory.peak there is "
	       "67108864",
	       "P29 is named, with the peak");
	path_unlinkat(dir, "memory.peak", 0);
	ok(cgroup_oom_explain(dir, path, words), "P29 before memory.peak (Linux 5.19)");
	is_str(words, "memory.max of the cgroup '/a.slice/c.scope' is 67108864 bytes",
	       "P29 without it");
	set(dir, victim, victim, "max\n");
	set(above, once, once, "1048576\n");
	ok(cgroup_oom_explain(dir, path, words), "P29 the limit of a cgroup above");
	is_str(words,
	       "memory.max of the cgroup '/a.slice' is 1048576 bytes; memory.peak there is 67108864",
	       "P29 that one is named");
	set(above, none, none, "max\n");
	ok(cgroup_oom_explain(dir, path, words), "P29 no limit was reached");
	has_str(words,
		"the host was out of memory; memory.peak of the cgroup '/a.slice/c.scope' "
		"is 67108864",
		"P29 it was the host");
	set(dir, once, none, "max\n");
	ok(cgroup_oom_explain(dir, path, words), "P29 a limit below");
	is_str(words, "memory.max of a cgroup below '/a.slice/c.scope' was reached",
	       "P29 that is not made up");
}

static void test_rose(void)
{
	struct cgroup_oom before = { 3, 2 };

	ok(!cgroup_oom_rose(&before, &(struct cgroup_oom){ 3, 2 }), "K19 nothing new");
	ok(cgroup_oom_rose(&before, &(struct cgroup_oom){ 4, 2 }), "K19 a limit is reached");
	ok(!cgroup_oom_rose(&before, &(struct cgroup_oom){ 4, 3 }), "K19 the kill that follows");
	ok(cgroup_oom_rose(&before, &(struct cgroup_oom){ 5, 4 }), "K19 both at once");
	before = (struct cgroup_oom){ 0, 0 };
	ok(cgroup_oom_rose(&before, &(struct cgroup_oom){ 0, 1 }), "K19 a kill from above");
}

static void test_read(int dir)
{
	struct cgroup_oom now;
	int fd;

	path_unlinkat(dir, "memory.events", 0);
	is_int(cgroup_oom_open(dir), -ENOENT, "K19 without a memory controller");
	temp_file(dir, "memory.events", once);
	fd = cgroup_oom_open(dir);
	ok(fd >= 0, "K19 with one");
	is_int(cgroup_oom_read(fd, &now), 0, "K19 read");
	ok(now.reached == 1 && now.killed == 1, "K19 the counters");
	temp_file(dir, "memory.events", "oom 5\noom_kill 4\n");
	is_int(cgroup_oom_read(fd, &now), 0, "K19 read again");
	ok(now.reached == 5 && now.killed == 4, "K19 what they are now");
	close(fd);
}

int main(void)
{
	int top = temp_begin(), above = -1, dir = -1;

	if (ok(top >= 0, "a folder") && ok(mkdirat(top, "a.slice", 0755) == 0, "and one in it")) {
		above = openat(top, "a.slice", O_RDONLY | O_DIRECTORY);
		mkdirat(above, "c.scope", 0755);
		dir = openat(above, "c.scope", O_RDONLY | O_DIRECTORY);
	}
	if (!ok(dir >= 0, "and one in that"))
		return tap_done();
	test_explain(above, dir);
	test_rose();
	test_read(dir);
	close(dir);
	close(above);
	temp_done(top);
	return tap_done();
}

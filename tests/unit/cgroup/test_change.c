/* SPDX-License-Identifier: Apache-2.0 */
/* U07: new limits in a folder of plain files that stands for a cgroup, and the old ones back. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/tempdir.h"
#include "cgroup/above.h"
#include "cgroup/apply.h"
#include "cgroup/change.h"
#include "plan.h"

#define SET(x, v) .has_##x = true, .x = v

static int dir;
static struct error e = ERROR_INIT;

static const char *now_in(const char *name)
{
	const char *s = "(missing)";

	cgroup_read_file(&test_arena, dir, name, &s);
	return s;
}

static void test_all(void)
{
	struct limits l = { .memory = { SET(limit, 64), SET(swap, 100) },
			    .pids = { SET(limit, 5) } };
	struct cgroup_plan p = plan_of(&l, NULL);
	struct cgroup_change c;

	temp_file(dir, "memory.max", "max\n");
	temp_file(dir, "memory.swap.max", "99\n");
	temp_file(dir, "pids.max", "70\n");
	is_int(cgroup_change_prepare(&test_arena, dir, &p, &c, &e), 0, "U07 all files are there");
	is_str(now_in("memory.max"), "max", "U07 and nothing is written yet");
	is_str(c.before.files[2].value, "70", "U07 what was there is noted");
	is_int(cgroup_change_apply(&c, &e), 0, "U07 the change");
	ok(strncmp(now_in("memory.max"), "64", 2) == 0 && *now_in("pids.max") == '5',
	   "U07 is written");
	cgroup_change_undo(&c, &e);
	is_str(now_in("memory.max"), "max", "U07 and taken back");
	is_str(now_in("memory.swap.max"), "99", "U07 all of it");
	is_str(now_in("pids.max"), "70", "U07 to the first");
	is_str(e.msg, "", "U07 without a word");
}

static void test_middle(void)
{
	struct limit_unified u[] = { { "memory.reclaim", "1" }, { "pids.max", "9" } };
	struct limits l = { .memory = { SET(limit, 64) }, .unified = u, .n_unified = 2 };
	struct cgroup_plan p = plan_of(&l, NULL);
	struct cgroup_change c;

	temp_file(dir, "memory.max", "max\n");
	temp_file(dir, "memory.reclaim", "");
	unlinkat(dir, "pids.max", 0);
	mkdirat(dir, "pids.max", 0755);
	is_int(cgroup_change_prepare(&test_arena, dir, &p, &c, &e), 0, "U07 a file that fails");
	ok(cgroup_change_apply(&c, &e) < 0, "U07 the third write");
	has_str(e.msg, ".linux.resources.unified[\"pids.max\"]", "U07 names its key");
	is_int((long long)c.done, 2, "U07 two were before it");
	cgroup_change_undo(&c, &e);
	is_str(now_in("memory.max"), "max", "U07 the first is back");
	has_str(e.msg, "memory.reclaim keeps its new value: .linux",
		"U07 what cannot be put back is said");
	unlinkat(dir, "pids.max", AT_REMOVEDIR);
}

static void test_missing(void)
{
	struct limits l = { .memory = { SET(limit, 64) }, .cpu = { SET(quota, 5000) } };
	struct cgroup_plan p = plan_of(&l, NULL);
	struct cgroup_change c;

	error_clear(&e);
	temp_file(dir, "memory.max", "max\n");
	temp_file(dir, "cgroup.controllers", "memory\n");
	is_int(cgroup_change_prepare(&test_arena, dir, &p, &c, &e), -ENOENT,
	       "U07 a controller that lacks is seen before any write");
	has_str(e.msg, ".linux.resources.cpu.quota: the controller 'cpu'", "U07 and named");
	is_str(now_in("memory.max"), "max", "U07 nothing is written");
}

/* What puts back a line, a list and a default. */
static void test_lines(void)
{
	static const struct {
		const char *file, *has, *value, *back;
	} rows[] = {
		{ "io.max", "", "8:0 rbps=1", "8:0 rbps=max wbps=max riops=max wiops=max" },
		{ "io.max", "8:0 rbps=5 wbps=max riops=max wiops=max\n8:1 rbps=9\n", "8:0 rbps=1",
		  "8:0 rbps=5 wbps=max riops=max wiops=max" },
		{ "io.weight", "default 100\n8:0 50\n", "30", "default 100" },
		{ "io.weight", "default 100\n", "8:0 50", "8:0 default" },
		{ "rdma.max", "", "mlx hca_handle=2", "mlx hca_handle=max hca_object=max" },
		{ "cpuset.mems", "\n", "0", "\n" },
		{ "cpu.max", "max 100000\n", "5000 100000", "max 100000" },
		{ "memory.peculiar", "", "1 2", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cgroup_file f = { .name = rows[i].file, .value = rows[i].value, .key = "x" };
		struct cgroup_plan p = { .files = &f, .n = 1 };
		struct cgroup_change c;

		error_clear(&e);
		temp_file(dir, rows[i].file, rows[i].has);
		if (cgroup_change_prepare(&test_arena, dir, &p, &c, &e) < 0)
			ok(false, "U07 %s: %s", rows[i].file, e.msg);
		else if (!rows[i].back)
			ok(!c.before.files[0].value, "U07 %s: no way back", rows[i].file);
		else
			is_str(c.before.files[0].value, rows[i].back, rows[i].value);
	}
}

static void test_least(void)
{
	ok(cgroup_allows_less("1", "max"), "N08 a number is less than max");
	ok(!cgroup_allows_less("max", "max"), "N08 max is no limit");
	ok(cgroup_allows_less("99", "100") && !cgroup_allows_less("100", "99"),
	   "N08 numbers, not texts");
	ok(cgroup_allows_less("50000 100000", "60000 100000"), "N08 a quota");
	ok(cgroup_allows_less("50000 100000", "10000 10000"), "N08 with its period");
	ok(!cgroup_allows_less("50000 100000", "5000 10000"), "N08 the same share");
	ok(cgroup_allows_less("50000 100000", "max 100000"), "N08 and none");
	ok(!cgroup_allows_less("x", "5"), "N08 what is none");
}

static void test_above(void)
{
	struct cgroup_host h = { .mode = CGROUP_MODE_UNIFIED, .fd = dir };
	struct cgroup_above up;

	mkdirat(dir, "a", 0755);
	mkdirat(dir, "a/b", 0755);
	mkdirat(dir, "a/b/c", 0755);
	unlinkat(dir, "memory.max", 0);
	temp_file(dir, "a/memory.max", "300\n");
	temp_file(dir, "a/b/memory.max", "max\n");
	temp_file(dir, "a/b/c/memory.max", "100\n");
	temp_file(dir, "cpuset.cpus.effective", "0-7\n");
	temp_file(dir, "a/cpuset.cpus.effective", "0-3\n");
	temp_file(dir, "a/b/cpuset.cpus.effective", "0-1\n");
	is_int(cgroup_least_above(&test_arena, &h, "/a/b/c", false, "memory.max", &up), 0,
	       "N08 the cgroups above");
	is_str(up.value, "300", "N08 the least of them");
	is_str(up.from, "/a", "N08 and whose");
	cgroup_least_above(&test_arena, &h, "/a/b/c", true, "memory.max", &up);
	is_str(up.value, "100", "N08 with itself");
	cgroup_least_above(&test_arena, &h, "/a/b/c", false, "cpuset.cpus", &up);
	is_str(up.value, "0-1", "N08 CPUs are those of the next");
	cgroup_least_above(&test_arena, &h, "/a/b/c", false, "pids.max", &up);
	ok(!up.value && !up.from, "N08 none has a limit");
	cgroup_least_above(&test_arena, &h, "/", true, "cpuset.cpus", &up);
	is_str(up.value, "0-7", "N08 the top itself");
}

int main(void)
{
	dir = temp_begin();
	if (dir < 0)
		return 1;
	test_all();
	test_middle();
	test_missing();
	test_lines();
	test_least();
	test_above();
	temp_done(dir);
	arena_free(&test_arena);
	return tap_done();
}

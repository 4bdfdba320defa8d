/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planned limits written to a folder of plain files that stands for a cgroup, and read back
 * (V01 to V20, V04, V11).
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/tempdir.h"
#include "cgroup/apply.h"
#include "plan.h"

#define SET(x, v) .has_##x = true, .x = v

static int parent, dir;
static struct error e = ERROR_INIT;

static int apply(const struct limits *l)
{
	struct cgroup_plan p = plan_of(l, NULL);

	error_clear(&e);
	return test_error.code ? -test_error.code : cgroup_apply(dir, p.files, p.n, &e);
}

static const char *now_in(const char *name)
{
	const char *s = "(missing)";

	cgroup_read_file(&test_arena, dir, name, &s);
	return s;
}

/* What podman takes for the words of the user's own command. */
static bool is_safe(const char *msg)
{
	return !strcasestr(msg, "no such file") && !strcasestr(msg, "not found") &&
	       !strcasestr(msg, "permission denied") && !strcasestr(msg, "not permitted");
}

static void test_write(void)
{
	struct limits l = { .memory = { SET(limit, 64), SET(swap, 100) },
			    .pids = { SET(limit, 0) } };

	temp_file(dir, "memory.max", "");
	temp_file(dir, "memory.swap.max", "");
	temp_file(dir, "pids.max", "");
	is_int(apply(&l), 0, "V01 V02 V12 limits are written");
	is_str(now_in("memory.max"), "64", "V01 memory.max");
	is_str(now_in("memory.swap.max"), "36", "V02 memory.swap.max");
	is_str(now_in("pids.max"), "0", "V12 pids.max");
	ok(faccessat(dir, "cpu.max", F_OK, 0) < 0, "V15 nothing else is opened, or made");
}

static void test_other_file(void)
{
	struct limits l = { .io = { SET(weight, 100) } };

	temp_file(dir, "io.weight", "");
	is_int(apply(&l), 0, "V13 without io.bfq.weight");
	is_str(now_in("io.weight"), "910", "V13 io.weight stands in");
	temp_file(dir, "io.bfq.weight", "");
	temp_file(dir, "io.weight", "");
	is_int(apply(&l), 0, "V13 with io.bfq.weight");
	is_str(now_in("io.bfq.weight"), "100", "V13 it is taken");
	is_str(now_in("io.weight"), "", "V13 and not the other");
}

/* The cgroup below the scope; its folder has no files of a controller that is off. */
static void test_show(void)
{
	struct limits l = { .memory = { SET(limit, 64) },
			    .io = { SET(weight, 100) },
			    .pids = { SET(limit, -1) } };
	struct cgroup_plan p = plan_of(&l, NULL);
	const char *s = "(missing)";
	int own;

	if (mkdirat(dir, "container", 0755) < 0)
		return;
	own = openat(dir, "container", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	temp_file(own, "io.weight", "");
	temp_file(own, "pids.max", "");
	temp_file(dir, "cgroup.subtree_control", "");
	cgroup_show(dir, own, p.files, 1);
	is_str(now_in("cgroup.subtree_control"), "+memory", "V23 a controller that is off");
	cgroup_show(dir, own, p.files, p.n);
	cgroup_read_file(&test_arena, own, "io.weight", &s);
	is_str(s, "910", "V13 the fallback is shown, too");
	cgroup_read_file(&test_arena, own, "pids.max", &s);
	is_str(s, "max", "V12 what asks for nothing lifts what was there");
	temp_file(own, "memory.max", "");
	cgroup_show(dir, own, p.files, p.n);
	cgroup_read_file(&test_arena, own, "memory.max", &s);
	is_str(s, "64", "V01 what the container sees");
	close(own);
}

static void test_missing(void)
{
	struct limit_hugepage huge = { "2MB", 4096 };
	struct limits l = { .cpu = { SET(quota, 5000) } };

	temp_file(dir, "cgroup.controllers", "memory pids io hugetlb\n");
	is_int(apply(&l), -ENOENT, "V20 a controller that is not there");
	has_str(e.msg, ".linux.resources.cpu.quota: the controller 'cpu' is not available",
		"V20 is named, with the limit");
	has_str(e.msg, "'memory pids io hugetlb'", "V20 with those that are there");
	ok(e.hint[0] && is_safe(e.msg), "V20 with a hint, and no word of a missing command");
	l = (struct limits){ .cpu = { SET(shares, 1024), SET(idle, 0) },
			     .pids = { SET(limit, -1) } };
	is_int(apply(&l), 0, "D02 what asks for nothing needs no controller");
	l = (struct limits){ .hugepages = &huge, .n_hugepages = 1 };
	is_int(apply(&l), -ENOENT, "V17 a page size that the kernel has not");
	has_str(e.msg, "this kernel offers no hugetlb.2MB.max", "V17 is named");
	temp_file(dir, "hugetlb.2MB.max", "");
	is_int(apply(&l), 0, "V17 without .rsvd.max");
	is_str(now_in("hugetlb.2MB.max"), "4096", "V17 hugetlb.2MB.max");
	unlinkat(dir, "memory.swap.max", 0);
	l = (struct limits){ .memory = { SET(limit, 64), SET(swap, 64) } };
	is_int(apply(&l), 0, "V02 a kernel without swap accounting");
	unlinkat(dir, "cgroup.controllers", 0);
	l = (struct limits){ .cpu = { SET(quota, 5000) } };
	is_int(apply(&l), -ENOENT, "V20 no cgroup any more");
	ok(strstr(e.msg, "is gone (errno 2)") && is_safe(e.msg), "V20 is said");
}

static void test_cpuset(void)
{
	struct limits l = { .cpu = { .cpus = "0-1" } };

	temp_file(parent, "cpuset.cpus.effective", "0-2\n");
	temp_file(dir, "cpuset.cpus", "");
	is_int(apply(&l), 0, "V11 CPUs that are there");
	is_str(now_in("cpuset.cpus"), "0-1", "V11 verbatim");
	l.cpu.cpus = "1-3";
	is_int(apply(&l), -EINVAL, "V11 CPUs that are not");
	has_str(e.msg, ".linux.resources.cpu.cpus: '1-3' is more", "V11 names them");
	has_str(e.msg, "offers: '0-2'", "V11 and those that are offered");
	is_str(now_in("cpuset.cpus"), "0-1", "V11 nothing was written");
	l.cpu.cpus = "1--3";
	is_int(apply(&l), -EINVAL, "V11 no list");
}

static void test_errors(void)
{
	static const struct {
		const char *file, *target, *want;
		int ret;
	} rows[] = {
		/* /dev/full answers ENOSPC to all that is written. */
		{ "memory.max", "/dev/full", "cannot write '64' to memory.max", -ENOSPC },
		/* A folder cannot be written. */
		{ "memory.max", "/", "cannot write", -EISDIR },
	};
	struct limits l = { .memory = { SET(limit, 64) } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unlinkat(dir, rows[i].file, 0);
		temp_link(rows[i].target, dir, rows[i].file);
		is_int(apply(&l), rows[i].ret, "V01 a write that fails");
		ok(strstr(e.msg, rows[i].want) && strstr(e.msg, "memory.limit") && is_safe(e.msg),
		   "V01 names the limit: %s", e.msg);
	}
	unlinkat(dir, "memory.max", 0);
	if (geteuid() == 0) {
		skip("D02 a file that is not ours", "root may write it");
		return;
	}
	temp_file(dir, "memory.max", "");
	ok(fchmodat(dir, "memory.max", 0400, 0) == 0, "D02 only to be read");
	is_int(apply(&l), -EACCES, "D02 a file that is not ours");
	ok(is_safe(e.msg) && e.hint[0], "D02 says so, with a hint");
	unlinkat(dir, "memory.max", 0);
}

static int check(struct limit_memory m)
{
	m.check_before_update = true;
	error_clear(&e);
	return cgroup_check_usage(dir, &m, &e);
}

static void test_usage(void)
{
	struct limit_memory off = { SET(limit, 1) };

	temp_file(dir, "memory.current", "100\n");
	is_int(check((struct limit_memory){ SET(limit, 101), SET(swap, 101) }), 0,
	       "V04 above what is used, without swap accounting");
	temp_file(dir, "memory.swap.current", "50\n");
	is_int(cgroup_check_usage(dir, &off, &e), 0, "V04 only if it is asked for");
	is_int(check((struct limit_memory){ SET(limit, 101) }), 0, "V04 above what is used");
	is_int(check((struct limit_memory){ SET(limit, 100) }), -EBUSY, "V04 not above it");
	has_str(e.msg, "memory.limit: 100 is not above the 100 bytes", "V04 with both numbers");
	is_int(check((struct limit_memory){ SET(limit, 101), SET(swap, 151) }), 0,
	       "V04 memory.swap is the sum, nothing is added");
	is_int(check((struct limit_memory){ SET(limit, 101), SET(swap, 150) }), -EBUSY,
	       "V04 a sum that is not above");
	has_str(e.msg, "memory.swap: 150", "V04 names it");
	is_int(check((struct limit_memory){ SET(limit, -1), SET(swap, -1) }), 0, "V04 no limit");
}

static void test_read_back(void)
{
	struct limit_io_throttle rate = { 8, 16, 1048576 };
	struct limits l = { .memory = { SET(limit, 200000) },
			    .cpu = { SET(quota, 5000), .cpus = "0,1" },
			    .io = { SET(weight, 100), .read_bps = &rate, .n_read_bps = 1 } };
	static const struct {
		const char *file, *text, *want, *from;
		bool holds;
	} rows[] = {
		{ "memory.max", "196608\n", "196608", "memory.max", true },
		{ "memory.max", "200000\n", "200000", "memory.max", true },
		{ "memory.max", "max\n", "max", "memory.max", false },
		{ "memory.max", "4096\n", "4096", "memory.max", false },
		{ "cpu.max", "5000 100000\n", "5000 100000", "cpu.max", true },
		{ "cpu.max", "5000 50000\n", "5000 50000", "cpu.max", false },
		{ "cpuset.cpus", "0-1\n", "0-1", "cpuset.cpus", true },
		{ "cpuset.cpus", "0\n", "0", "cpuset.cpus", false },
		{ "io.max", "8:0 rbps=1 wbps=max\n8:16 rbps=1048576 wbps=max riops=max wiops=max\n",
		  "8:16 rbps=1048576 wbps=max riops=max wiops=max", "io.max", true },
		{ "io.max", "8:0 rbps=1048576 wbps=max riops=max wiops=max\n", "", "io.max",
		  false },
		{ "io.weight", "default 910\n8:0 5\n", "default 910\n8:0 5", "io.weight", true },
		{ "io.weight", "default 100\n", "default 100", "io.weight", false },
	};
	struct cgroup_plan p = plan_of(&l, NULL);

	unlinkat(dir, "io.bfq.weight", 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *from = NULL, *have = NULL;
		size_t f = 0;

		temp_file(dir, rows[i].file, rows[i].text);
		while (f + 1 < p.n && strcmp(p.files[f].name, rows[i].file) != 0 &&
		       (!p.files[f].other_name || strcmp(p.files[f].other_name, rows[i].file) != 0))
			f++;
		is_int(cgroup_read_back(&test_arena, dir, &p.files[f], &from, &have), 0,
		       "N08 read back");
		is_str(have, rows[i].want, "N08 the text of it");
		is_str(from, rows[i].from, "N08 the file of it");
		ok(cgroup_value_holds(&p.files[f], from, have) == rows[i].holds,
		   "N08 %s: is it what was asked", rows[i].file);
	}
}

static void test_present(void)
{
	struct cgroup_present now;

	temp_file(dir, "memory.max", "max\n");
	temp_file(dir, "cpu.max", "max 50000\n");
	unlinkat(dir, "cpu.max.burst", 0);
	cgroup_read_present(dir, &now);
	ok(now.memory_max == -1 && now.quota == -1 && now.period == 50000 && !now.has_burst,
	   "U06 what the cgroup has: no limits");
	temp_file(dir, "memory.max", "4096\n");
	temp_file(dir, "cpu.max", "20000 100000\n");
	temp_file(dir, "cpu.max.burst", "7\n");
	cgroup_read_present(dir, &now);
	ok(now.memory_max == 4096 && now.quota == 20000 && now.period == 100000 && now.has_burst &&
		   now.burst == 7,
	   "U06 what the cgroup has: limits");
	unlinkat(dir, "cpu.max", 0);
	cgroup_read_present(dir, &now);
	ok(now.quota == 0 && now.period == 0, "U06 what cannot be read is not known");
}

int main(void)
{
	parent = temp_begin();
	if (parent < 0 || mkdirat(parent, "scope", 0755) < 0)
		return 1;
	dir = openat(parent, "scope", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_write();
	test_other_file();
	test_missing();
	test_show();
	test_cpuset();
	test_errors();
	test_usage();
	test_read_back();
	test_present();
	close(dir);
	temp_done(parent);
	arena_free(&test_arena);
	return tap_done();
}

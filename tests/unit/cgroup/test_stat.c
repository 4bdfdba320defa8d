/* SPDX-License-Identifier: Apache-2.0 */
/* V26: the files of a cgroup, from their text and from a folder that stands for one. */
#include "cgroup/stat.h"

#include <errno.h>
#include <sys/stat.h>

#include "../base/tempdir.h"
#include "../tap.h"
#include "base/arena.h"
#include "cgroup/convert.h"

static struct arena arena = ARENA_INIT;

static void is_number(struct cgroup_number n, uint64_t want, const char *name)
{
	ok(n.has && n.value == want, "V26 %s", name);
}

static void test_flat(void)
{
	struct cgroup_keys k;

	is_int(cgroup_parse_flat(&arena, "a 1\nb max\nc 18446744073709551615", &k), 0, "V26 flat");
	is_int((long long)k.n, 3, "V26 a line, a key");
	is_number(cgroup_key_find(&k, "a"), 1, "its value");
	is_number(cgroup_key_find(&k, "b"), LIMIT_NONE, "max");
	is_number(cgroup_key_find(&k, "c"), UINT64_MAX, "the largest, without a newline behind");
	ok(!cgroup_key_find(&k, "d").has, "V26 a key that is not there");
	is_int(cgroup_parse_flat(&arena,
				 "\n 1\nx\nx \nx y\nx -1\nx 1 2\nx 1.5\nx 18446744073709551616\n"
				 "maxx maxx\nz 7\n",
				 &k),
	       0, "V26 lines of another form");
	is_int((long long)k.n, 1, "V26 are left out");
	is_number(cgroup_key_find(&k, "z"), 7, "the rest stays");
	is_int(cgroup_parse_flat(&arena, "", &k), 0, "V26 an empty file");
	is_int((long long)k.n, 0, "V26 has no key");
}

static void test_nested(void)
{
	const struct cgroup_nested *v;
	size_t n;

	is_int(cgroup_parse_nested(&arena,
				   "8:0 rbytes=1 wbytes=2\n8:16 \n7:7 8:32 rios=3\nx=1 y=2\n"
				   "mlx4_0 hca_handle=max hca_object=x a=5 =6\n",
				   &v, &n),
	       0, "V26 nested");
	is_int((long long)n, 5, "V26 a device, a row");
	is_str(v[0].name, "8:0", "V26 its name");
	is_number(cgroup_key_find(&v[0].keys, "rbytes"), 1, "its first key");
	is_number(cgroup_key_find(&v[0].keys, "wbytes"), 2, "its second");
	is_int((long long)v[1].keys.n, 0, "V26 one without numbers");
	is_int((long long)v[2].keys.n, 0, "V26 one with the next on its line (old kernels)");
	is_str(v[3].name, "8:32", "V26 which has its own row");
	is_number(cgroup_key_find(&v[3].keys, "rios"), 3, "and its own numbers");
	is_int((long long)v[4].keys.n, 2, "V26 what is no number is left out");
	is_number(cgroup_key_find(&v[4].keys, "hca_handle"), LIMIT_NONE, "max");
	is_number(cgroup_key_find(&v[4].keys, "a"), 5, "what follows stays");
}

static void test_pressure(void)
{
	struct cgroup_pressure p;

	cgroup_parse_pressure("some avg10=1.25 avg60=0.5 avg300=12.345 total=27600\n"
			      "full avg10=0.00 avg60=100.00 avg300=0.01 total=9\n",
			      &p);
	ok(p.has && p.has_full, "V26 both lines");
	is_int((long long)p.some.avg10, 125, "V26 avg10");
	is_int((long long)p.some.avg60, 50, "V26 one decimal");
	is_int((long long)p.some.avg300, 1234, "V26 three decimals");
	is_int((long long)p.some.total, 27600, "V26 total");
	is_int((long long)p.full.avg60, 10000, "V26 full");
	is_int((long long)p.full.avg300, 1, "V26 a hundredth");
	cgroup_parse_pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n", &p);
	ok(p.has && !p.has_full, "V26 no line full");
	cgroup_parse_pressure("some avg10=x avg60=0.00 avg300=0.00 total=0\n", &p);
	ok(!p.has, "V26 no number");
	cgroup_parse_pressure("", &p);
	ok(!p.has && !p.has_full, "V26 an empty file");
}

static void test_bare(int dir)
{
	struct cgroup_stats s;

	is_int(cgroup_stats_read(&arena, dir, &s), -ENODEV, "V26 a cgroup that is gone");
	temp_file(dir, "cpu.stat", "usage_usec 30\nuser_usec 10\nsystem_usec 20\n");
	is_int(cgroup_stats_read(&arena, dir, &s), 0, "V26 without a controller");
	is_number(s.cpu.usage, 30, "usage");
	is_number(s.cpu.user, 10, "user");
	is_number(s.cpu.system, 20, "system");
	ok(!s.cpu.periods.has && !s.cpu.throttled.has && !s.cpu.throttled_periods.has,
	   "V26 no throttling");
	ok(!s.memory.current.has && !s.memory.max.has && !s.memory.stat.n && !s.memory.peak.has,
	   "V26 no memory");
	ok(!s.pids_current.has && !s.pids_max.has && !s.cpus && !s.mems, "V26 no pids, no cpuset");
	ok(!s.io && !s.rdma && !s.misc.v && !s.n_hugetlb, "V26 no io, rdma, misc, hugetlb");
	ok(!s.cpu.pressure.has && !s.memory.pressure.has && !s.io_pressure.has, "V26 no pressure");
}

static void fill(int dir)
{
	temp_file(dir, "cpu.stat",
		  "usage_usec 30\nnr_periods 4\nnr_throttled 2\nthrottled_usec 9\n");
	temp_file(dir, "cpu.pressure", "some avg10=0.10 avg60=0.00 avg300=0.00 total=1\n");
	temp_file(dir, "cpuset.cpus.effective", "0-1\n");
	temp_file(dir, "cpuset.mems.effective", "\n");
	temp_file(dir, "memory.current", "4096\n");
	temp_file(dir, "memory.max", "max\n");
	temp_file(dir, "memory.peak", "8192\n");
	temp_file(dir, "memory.swap.current", "0\n");
	temp_file(dir, "memory.swap.max", "1024\n");
	temp_file(dir, "memory.stat", "anon 1\nfile 2\n");
	temp_file(dir, "memory.events", "low 0\nhigh 0\nmax 5\noom 1\noom_kill 1\n");
	temp_file(dir, "memory.swap.events", "high 0\nmax 3\nfail 0\n");
	temp_file(dir, "pids.current", "7\n");
	temp_file(dir, "pids.max", "max\n");
	temp_file(dir, "io.stat", "254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n");
	temp_file(dir, "hugetlb.2MB.current", "2097152\n");
	temp_file(dir, "hugetlb.2MB.rsvd.current", "1\n");
	temp_file(dir, "hugetlb.2MB.max", "4194304\n");
	temp_file(dir, "hugetlb.2MB.events", "max 11\n");
	temp_file(dir, "misc.current", "sev 1\n");
	temp_file(dir, "misc.max", "sev max\n");
	temp_file(dir, "rdma.current", "mlx hca_handle=1 hca_object=2\n");
	/* What a container may make, where it is let. */
	ok(mkdirat(dir, "hugetlb.1GB.current", 0755) == 0, "a folder with a file's name");
}

static void test_whole(int dir)
{
	struct cgroup_stats s;

	fill(dir);
	is_int(cgroup_stats_read(&arena, dir, &s), 0, "V26 with all controllers");
	is_number(s.cpu.periods, 4, "nr_periods");
	is_number(s.cpu.throttled_periods, 2, "nr_throttled");
	is_number(s.cpu.throttled, 9, "throttled_usec");
	ok(!s.cpu.user.has, "V26 a key that is missing is absent");
	is_int((long long)s.cpu.pressure.some.avg10, 10, "V26 cpu.pressure");
	is_str(s.cpus, "0-1", "V26 cpuset.cpus.effective");
	is_str(s.mems, "", "V26 cpuset.mems.effective");
	is_number(s.memory.current, 4096, "memory.current");
	is_number(s.memory.max, LIMIT_NONE, "memory.max");
	is_number(s.memory.peak, 8192, "memory.peak");
	is_number(s.memory.swap_max, 1024, "memory.swap.max");
	is_number(cgroup_key_find(&s.memory.stat, "file"), 2, "memory.stat");
	is_number(cgroup_key_find(&s.memory.events, "max"), 5, "memory.events");
	is_number(cgroup_key_find(&s.memory.swap_events, "max"), 3, "memory.swap.events");
	is_number(s.pids_current, 7, "pids.current");
	is_number(s.pids_max, LIMIT_NONE, "pids.max");
	ok(s.n_io == 1 && s.io[0].keys.n == 6, "V26 io.stat");
	ok(s.n_hugetlb == 1 && !strcmp(s.hugetlb[0].size, "2MB"), "V26 one size of huge pages");
	is_number(s.hugetlb[0].current, 2097152, "hugetlb current");
	is_number(s.hugetlb[0].max, 4194304, "hugetlb max");
	is_int((long long)s.hugetlb[0].failures, 11, "V26 hugetlb events");
	is_number(cgroup_key_find(&s.misc, "sev"), 1, "misc.current");
	ok(s.n_rdma == 1 && !strcmp(s.rdma[0].name, "mlx"), "V26 rdma.current");
}

int main(void)
{
	int dir = temp_begin();

	if (!ok(dir >= 0, "a folder"))
		return tap_done();
	test_flat();
	test_nested();
	test_pressure();
	test_bare(dir);
	test_whole(dir);
	temp_done(dir);
	arena_free(&arena);
	return tap_done();
}

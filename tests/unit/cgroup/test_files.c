/* SPDX-License-Identifier: Apache-2.0 */
/* Which files get which text in which order, and what is refused or warned of (V01 to V21). */
#include "plan.h"

static void is_plan(struct limits l, const char *want, const char *name)
{
	is_str(text_of(&l, NULL), want, name);
}

static void is_bad(struct limits l, const char *want, const char *name)
{
	has_str(text_of(&l, NULL), want, name);
	ok(test_error.code != 0, "%s: an error", name);
}

#define MEMORY(...) ((struct limits){ .memory = { __VA_ARGS__ } })
#define CPU(...) ((struct limits){ .cpu = { __VA_ARGS__ } })
#define SET(x, v) .has_##x = true, .x = v

static void test_memory(void)
{
	is_plan(MEMORY(SET(limit, 64)), "memory.max=64", "V01 a limit");
	is_plan(MEMORY(SET(limit, 0)), "", "V01 0 is unset");
	is_plan(MEMORY(SET(limit, -1)), "memory.swap.max=max?; memory.max=max?",
		"V01 -1 is no limit, of swap neither");
	is_plan(MEMORY(SET(limit, 64), SET(swap, 100)), "memory.swap.max=36; memory.max=64",
		"V02 swap is the rest of the sum");
	is_plan(MEMORY(SET(limit, 64), SET(swap, 64)), "memory.swap.max=0; memory.max=64",
		"V02 no swap");
	is_plan(MEMORY(SET(limit, 64), SET(swap, 0)), "memory.swap.max=0; memory.max=64",
		"V02 0 is no swap");
	is_plan(MEMORY(SET(limit, 64), SET(swap, -1)), "memory.swap.max=max?; memory.max=64",
		"V02 -1 is any swap");
	is_bad(MEMORY(SET(swap, 64)), ".linux.resources.memory.swap: ", "V02 swap without limit");
	is_bad(MEMORY(SET(limit, 64), SET(swap, 63)), "less than memory.limit", "V02 swap < limit");
	is_plan(MEMORY(SET(reservation, 5)), "memory.low=5", "V03 a reservation");
	is_plan(MEMORY(SET(reservation, -1)), "memory.low=max?", "V03 -1");
	is_bad(MEMORY(SET(kernel, 5)), "memory.kernel: ", "V05 kernel");
	is_bad(MEMORY(SET(kernel_tcp, 5)), "memory.kernelTCP: ", "V05 kernelTCP");
	is_bad(MEMORY(SET(swappiness, 0)), "memory.swappiness: ", "V05 swappiness");
	is_bad(MEMORY(SET(disable_oom_killer, true)), "disableOOMKiller", "V05 disableOOMKiller");
}

static void test_warnings(void)
{
	struct limits l = MEMORY(SET(kernel, -1), SET(kernel_tcp, 0), SET(swappiness, 60),
				 SET(use_hierarchy, false), SET(disable_oom_killer, false));
	struct cgroup_plan p = plan_of(&l, NULL);

	is_int((long long)p.n_warnings, 4, "V05 no-ops are warned of, not refused");
	has_str(p.warnings[3], ".linux.resources.memory.useHierarchy", "V05 by name");
	l = CPU(SET(realtime_period, 5));
	is_int((long long)plan_of(&l, NULL).n_warnings, 1, "V10 a period alone is a no-op");
	l = (struct limits){ .io = { SET(leaf_weight, 500) } };
	p = plan_of(&l, NULL);
	ok(p.n == 0 && p.n_warnings == 1, "V16 leafWeight is warned of");
	l = (struct limits){ .network = { SET(class_id, 5),
					  .priorities = &(struct limit_net_priority){ "e", 1 },
					  .n_priorities = 1 } };
	p = plan_of(&l, NULL);
	ok(p.n == 0 && p.n_warnings == 2, "V19 classID and priorities are warned of");
}

static void test_cpu(void)
{
	is_plan(CPU(SET(shares, 1024)), "cpu.weight=100?", "V06 1024 is the default");
	is_plan(CPU(SET(shares, 2048)), "cpu.weight=174", "V06 2048");
	is_plan(CPU(SET(shares, 0)), "", "V06 0 is unset");
	is_plan(CPU(SET(quota, 50000), SET(period, 200000)), "cpu.max=50000 200000", "V07 both");
	is_plan(CPU(SET(quota, 50000)), "cpu.max=50000 100000", "V07 the default period");
	is_plan(CPU(SET(quota, -1), SET(period, 50000)), "cpu.max=max 50000?", "V07 no quota");
	is_plan(CPU(SET(quota, 0)), "", "V07 0 is unset");
	is_bad(CPU(SET(quota, 5000), SET(period, 999)), "cpu.period: ", "V07 period too short");
	is_bad(CPU(SET(quota, 999)), "cpu.quota: ", "V07 quota too small");
	is_plan(CPU(SET(quota, 50000), SET(burst, 20000)),
		"cpu.max=50000 100000; cpu.max.burst=20000", "V08 the burst after the quota");
	is_bad(CPU(SET(quota, 50000), SET(burst, 50001)), "cpu.burst: ", "V08 burst > quota");
	is_plan(CPU(SET(idle, 1)), "cpu.idle=1", "V09 idle");
	is_bad(CPU(SET(idle, 1), SET(shares, 512)), "cannot be set together",
	       "V09 idle and shares");
	is_plan(CPU(SET(idle, 1), SET(shares, 1024)), "cpu.idle=1",
		"V09 idle and the default shares");
	is_plan(CPU(SET(idle, 0), SET(shares, 512)), "cpu.idle=0?; cpu.weight=59",
		"V09 out of idle, then a weight");
	is_bad(CPU(SET(realtime_runtime, 5)), "cpu.realtimeRuntime: ", "V10 realtime");
	is_plan(CPU(.cpus = "0-1", .mems = "0"), "cpuset.cpus=0-1; cpuset.mems=0", "V11 cpuset");
	is_plan(CPU(.cpus = "", .mems = ""), "", "V11 empty is unset");
}

static void test_present(void)
{
	struct cgroup_present now = {
		.memory_max = 64,
		.quota = 80000,
		.period = 50000,
		.burst = 30000,
		.has_burst = true,
	};
	struct limits l = CPU(SET(quota, 60000));

	is_str(text_of(&l, &now), "cpu.max=60000 50000", "U06 the period stays");
	l = CPU(SET(period, 40000));
	is_str(text_of(&l, &now), "cpu.max=80000 40000", "U06 the quota stays");
	l = CPU(SET(quota, 20000), SET(burst, 10000));
	is_str(text_of(&l, &now), "cpu.max.burst=10000; cpu.max=20000 50000",
	       "V08 a lower burst goes first");
	l = CPU(SET(quota, 90000), SET(burst, 85000));
	is_str(text_of(&l, &now), "cpu.max=90000 50000; cpu.max.burst=85000",
	       "V08 a higher burst goes last");
	l = CPU(SET(quota, 20000));
	has_str(text_of(&l, &now), "cpu.quota: below the burst", "V08 a quota below the burst");
	l = CPU(SET(burst, 80001));
	has_str(text_of(&l, &now), "cpu.burst: above", "V08 a burst above the present quota");
	l = MEMORY(SET(swap, 100));
	is_str(text_of(&l, &now), "memory.swap.max=36", "V02 the limit is the present one");
	now.memory_max = -1;
	is_str(text_of(&l, &now), "memory.swap.max=100", "V02 the present one is none");
}

static void test_io(void)
{
	struct limit_io_weight weights[] = { { 8, 0, SET(weight, 200) },
					     { 8, 16, SET(weight, 0) } };
	struct limit_io_throttle rates[] = { { 8, 0, 1048576 }, { 8, 16, 0 } };
	struct limits l = { .io = { SET(weight, 100), .weight_device = weights,
				    .n_weight_device = 2 } };

	is_str(text_of(&l, NULL),
	       "io.bfq.weight=100|io.weight=910; io.bfq.weight=8:0 200|io.weight=8:0 1920",
	       "V13 V14 weights, with what stands in for them");
	weights[0].weight = 9;
	has_str(text_of(&l, NULL), "blockIO.weightDevice[0]: not within", "V14 too small");
	l = (struct limits){ .io = { .read_bps = rates,
				     .n_read_bps = 2,
				     .write_bps = rates,
				     .n_write_bps = 1,
				     .read_iops = rates,
				     .n_read_iops = 1,
				     .write_iops = rates,
				     .n_write_iops = 1 } };
	is_str(text_of(&l, NULL),
	       "io.max=8:0 rbps=1048576; io.max=8:16 rbps=max?; io.max=8:0 wbps=1048576; "
	       "io.max=8:0 riops=1048576; io.max=8:0 wiops=1048576",
	       "V15 throttles");
}

static void test_others(void)
{
	struct limit_hugepage huge = { "2MB", 4194304 };
	struct limit_rdma rdma[] = { { "mlx5_0", 3, 0, true, false },
				     { "mlx5_1", 3, 9, true, true } };
	struct limit_unified unified[] = { { "memory.high", "5" },
					   { "io.max", "8:0 rbps=1\n8:0 wbps=2\n" },
					   { "misc.max", "res_a 3" } };
	struct limits l = { .pids = { SET(limit, 0) } };
	struct cgroup_plan p;

	is_str(text_of(&l, NULL), "pids.max=0", "V12 0 is a limit");
	l.pids.limit = -1;
	is_str(text_of(&l, NULL), "pids.max=max?", "V12 -1 is none");
	l = (struct limits){ .hugepages = &huge, .n_hugepages = 1 };
	is_str(text_of(&l, NULL), "hugetlb.2MB.max=4194304; hugetlb.2MB.rsvd.max=4194304",
	       "V17 huge pages and what is reserved");
	p = plan_of(&l, NULL);
	ok(!p.files[0].optional && p.files[1].optional, "V17 .rsvd may be missing");
	is_str(p.files[1].key, "hugepageLimits[0]", "V17 the key");
	is_str(p.files[1].controller, "hugetlb", "V17 the controller");
	l = (struct limits){ .rdma = rdma, .n_rdma = 2 };
	is_str(text_of(&l, NULL),
	       "rdma.max=mlx5_0 hca_handle=3; rdma.max=mlx5_1 hca_handle=3 hca_object=9",
	       "V18 rdma");
	l = (struct limits){ .memory = { SET(limit, 9) }, .unified = unified, .n_unified = 3 };
	is_str(text_of(&l, NULL),
	       "memory.max=9; memory.high=5; io.max=8:0 rbps=1; io.max=8:0 wbps=2; "
	       "misc.max=res_a 3",
	       "V20 V21 unified comes last, a write for each line");
	is_str(plan_of(&l, NULL).files[1].key, "unified[\"memory.high\"]", "V20 the key");
	unified[0].key = "cgroup.procs";
	has_str(text_of(&l, NULL), "not a limit", "V20 not the runtime's files");
	unified[0].key = "cgroup.max.descendants";
	ok(!plan_of(&l, NULL).files[1].controller, "V20 the core's limits need no controller");
	unified[0].key = "memory";
	has_str(text_of(&l, NULL), "not the name of a cgroup file", "V20 not a file's name");
}

/* What asks for nothing is the same to both: no row is in one of them only. */
static void test_asked(void)
{
	static struct limit_io_throttle rate = { 8, 0, 5 }, none = { 8, 0, 0 };
	static struct limit_io_weight unset = { 8, 0, SET(weight, 0) };
	static struct limit_unified unified = { "memory.high", "5" };
	static const struct {
		struct limits l;
		const char *key;
	} rows[] = {
		{ { .memory = { SET(limit, 1) } }, "memory.limit" },
		{ { .memory = { SET(limit, -1), SET(swap, 0) } }, NULL },
		{ { .memory = { SET(limit, -1), SET(swap, 5) } }, "memory.swap" },
		{ { .memory = { SET(swap, 0) } }, "memory.swap" },
		{ { .memory = { SET(swap, -1) } }, NULL },
		{ { .memory = { SET(reservation, -1) } }, NULL },
		{ { .cpu = { SET(shares, 1024), SET(idle, 0), SET(burst, 0) } }, NULL },
		{ { .cpu = { SET(shares, 1023) } }, "cpu.shares" },
		{ { .cpu = { SET(period, 50000) } }, NULL },
		{ { .cpu = { SET(quota, 5000) } }, "cpu.quota" },
		{ { .cpu = { SET(burst, 1) } }, "cpu.burst" },
		{ { .cpu = { .mems = "0" } }, "cpu.mems" },
		{ { .pids = { SET(limit, 0) } }, "pids.limit" },
		{ { .pids = { SET(limit, -1) } }, NULL },
		{ { .io = { .write_iops = &rate, .n_write_iops = 1 } },
		  "blockIO.throttleWriteIOPSDevice" },
		{ { .io = { .read_bps = &none, .n_read_bps = 1 } }, NULL },
		{ { .io = { .weight_device = &unset, .n_weight_device = 1 } }, NULL },
		{ { .unified = &unified, .n_unified = 1 }, "unified" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *key = limits_first_asked(&rows[i].l);
		struct cgroup_plan p = plan_of(&rows[i].l, NULL);
		bool asked = false;

		for (size_t f = 0; f < p.n; f++)
			asked = asked || !p.files[f].is_default;
		ok(test_error.code == 0 && asked == (key != NULL) &&
			   (key == rows[i].key ||
			    (key && rows[i].key && strcmp(key, rows[i].key) == 0)),
		   "D02 what is asked: row %zu", i);
	}
}

int main(void)
{
	test_memory();
	test_warnings();
	test_cpu();
	test_present();
	test_io();
	test_others();
	test_asked();
	arena_free(&test_arena);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* D06: limits as properties, which systemd makes into the very values of the files. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/parse.h"
#include "cgroup/convert.h"
#include "cgroup/properties.h"
#include "plan.h"

static struct unit_property *props;
static size_t n_props;

static void make(const struct limits *l, bool bfq, struct cgroup_plan *plan)
{
	*plan = plan_of(l, NULL);
	ok(test_error.code == 0 &&
		   cgroup_plan_properties(&test_arena, plan, bfq, &props, &n_props) == 0,
	   "D06 properties are planned");
}

static const struct gvariant *get(const char *name, const char *sig)
{
	for (size_t i = 0; i < n_props; i++)
		if (strcmp(props[i].name, name) == 0)
			return strcmp(props[i].value->sig, sig) == 0 ? props[i].value : NULL;
	return NULL;
}

static bool is_u64(const char *name, uint64_t want)
{
	const struct gvariant *v = get(name, "t");

	return v && v->u == want;
}

/* What systemd writes to the file for its property. */
static const char *written(const char *file, const char *value)
{
	static const struct {
		const char *file, *property;
	} plain[] = {
		{ "memory.max", "MemoryMax" },
		{ "memory.low", "MemoryLow" },
		{ "memory.high", "MemoryHigh" },
		{ "memory.min", "MemoryMin" },
		{ "memory.swap.max", "MemorySwapMax" },
		{ "memory.zswap.max", "MemoryZSwapMax" },
		{ "pids.max", "TasksMax" },
		{ "cpu.weight", "CPUWeight" },
		{ "io.weight", "IOWeight" },
	};
	const struct gvariant *v, *period;
	char buf[LIMIT_TEXT_MAX];
	uint64_t quota;

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (strcmp(plain[i].file, file) == 0) {
			v = get(plain[i].property, "t");
			return v ? arena_strdup(&test_arena, convert_text(v->u, buf)) : NULL;
		}
	if (strcmp(file, "cpu.idle") == 0) {
		v = get("CPUWeight", "t");
		return v && v->u == 0 ? "1" : "0";
	}
	if (strcmp(file, "io.bfq.weight") == 0) {
		v = get("IOWeight", "t");
		return v ? arena_printf(&test_arena, "%" PRIu64,
					v->u <= 100 ? v->u : 100 + (v->u - 100) * 900 / 9900)
			 : NULL;
	}
	if (strcmp(file, "cpu.max") == 0) {
		v = get("CPUQuotaPerSecUSec", "t");
		period = get("CPUQuotaPeriodUSec", "t");
		if (!v || !period)
			return NULL;
		quota = v->u == LIMIT_NONE ? LIMIT_NONE : v->u * period->u / 1000000;
		return arena_printf(&test_arena, "%s %" PRIu64, convert_text(quota, buf),
				    period->u);
	}
	if (strcmp(file, "cpuset.cpus") == 0 || strcmp(file, "cpuset.mems") == 0) {
		uint8_t mask[8];
		int n = convert_cpuset(value, mask, sizeof(mask));

		v = get(strcmp(file, "cpuset.cpus") == 0 ? "AllowedCPUs" : "AllowedMemoryNodes",
			"ay");
		if (!v || (int)v->kids.n != n)
			return NULL;
		for (int i = 0; i < n; i++)
			if (v->kids.v[i].u != mask[i])
				return NULL;
		return value;
	}
	return NULL;
}

#define SET(x, v) .has_##x = true, .x = v

static void test_agree(void)
{
	static struct limit_unified high = { "memory.high", "max" }, min = { "memory.min", "4096" },
				    zswap = { "memory.zswap.max", "0" },
				    weight = { "io.weight", "77" };
	static const struct limits rows[] = {
		{ .memory = { SET(limit, 67108864), SET(swap, 134217728) } },
		{ .memory = { SET(limit, -1), SET(swap, -1), SET(reservation, 4096) } },
		{ .memory = { SET(limit, 4096), SET(swap, 0) } },
		{ .cpu = { SET(shares, 512), SET(quota, 50000), SET(period, 100000) } },
		{ .cpu = { SET(quota, -1), SET(period, 50000) } },
		{ .cpu = { SET(quota, 250000) } },
		{ .cpu = { SET(idle, 1) } },
		{ .cpu = { SET(idle, 0) } },
		{ .cpu = { .cpus = "0-3,8", .mems = "0" } },
		{ .pids = { SET(limit, 5) } },
		{ .pids = { SET(limit, -1) } },
		{ .io = { SET(weight, 10) } },
		{ .io = { SET(weight, 500) } },
		{ .io = { SET(weight, 1000) } },
		{ .unified = &high, .n_unified = 1 },
		{ .unified = &min, .n_unified = 1 },
		{ .unified = &zswap, .n_unified = 1 },
		{ .unified = &weight, .n_unified = 1 },
	};
	struct cgroup_plan plan;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		make(&rows[i], true, &plan);
		for (size_t f = 0; f < plan.n; f++)
			is_str(written(plan.files[f].name, plan.files[f].value),
			       plan.files[f].value,
			       arena_printf(&test_arena, "D06 row %zu: systemd writes %s alike", i,
					    plan.files[f].name));
	}
}

static void test_differ(void)
{
	struct limits l = { .pids = { SET(limit, 0) }, .cpu = { SET(quota, 33333) } };
	struct cgroup_plan plan;

	make(&l, true, &plan);
	ok(is_u64("TasksMax", 1), "V12 systemd's smallest TasksMax is 1");
	ok(is_u64("CPUQuotaPerSecUSec", 340000), "D06 a quota is rounded up to a whole percent");
	ok(is_u64("CPUQuotaPeriodUSec", 100000), "D06 the period");
	l = (struct limits){ .io = { SET(weight, 100) } };
	make(&l, false, &plan);
	ok(is_u64("IOWeight", 910), "V13 without BFQ systemd writes io.weight alike");
	is_str(written("io.weight", NULL), plan.files[0].other_value, "V13 as the file's");
	l = (struct limits){ .cpu = { SET(idle, 0) } };
	make(&l, false, &plan);
	ok(is_u64("CPUWeight", LIMIT_NONE), "V09 idle=0 takes CPUWeight=0 back");
	l = (struct limits){ .cpu = { SET(idle, 0), SET(shares, 512) } };
	make(&l, false, &plan);
	ok(is_u64("CPUWeight", 59) && n_props == 1, "V09 ... for the weight that is given");
}

static bool is_pair(const char *property, size_t i, const char *path, uint64_t number)
{
	const struct gvariant *v = get(property, "a(st)");

	return v && i < v->kids.n && strcmp(v->kids.v[i].sig, "(st)") == 0 &&
	       strcmp(v->kids.v[i].kids.v[0].s, path) == 0 && v->kids.v[i].kids.v[1].u == number;
}

static void test_devices(void)
{
	struct limit_io_throttle rates[] = { { 8, 0, 1048576 }, { 8, 16, 0 } };
	struct limit_io_weight weight = { 8, 0, SET(weight, 200) };
	struct limit_unified unified[] = { { "io.max", "8:32 rbps=7 wiops=max" },
					   { "io.latency", "8:0 target=1000" } };
	struct limits l = { .io = { .read_bps = rates,
				    .n_read_bps = 2,
				    .write_iops = rates,
				    .n_write_iops = 1,
				    .weight_device = &weight,
				    .n_weight_device = 1 },
			    .unified = unified,
			    .n_unified = 2 };
	struct cgroup_plan plan;

	make(&l, true, &plan);
	ok(is_pair("IOReadBandwidthMax", 0, "/dev/block/8:0", 1048576) &&
		   is_pair("IOReadBandwidthMax", 1, "/dev/block/8:16", LIMIT_NONE) &&
		   is_pair("IOReadBandwidthMax", 2, "/dev/block/8:32", 7),
	   "V15 IOReadBandwidthMax, with the unified one");
	ok(is_pair("IOWriteIOPSMax", 0, "/dev/block/8:0", 1048576) &&
		   is_pair("IOWriteIOPSMax", 1, "/dev/block/8:32", LIMIT_NONE),
	   "V15 IOWriteIOPSMax");
	ok(is_pair("IODeviceWeight", 0, "/dev/block/8:0", 1200), "V14 IODeviceWeight for BFQ");
	ok(is_pair("IODeviceLatencyTargetUSec", 0, "/dev/block/8:0", 1000), "D06 io.latency");
	make(&l, false, &plan);
	ok(is_pair("IODeviceWeight", 0, "/dev/block/8:0", 1920), "V14 IODeviceWeight without");
}

static void test_unified(void)
{
	struct limit_unified u[] = {
		{ "memory.max", "1M" },        { "memory.oom.group", "1" },
		{ "memory.high", "nonsense" }, { "hugetlb.2MB.max", "0" },
		{ "cpu.max", "20000" },        { "memory.zswap.writeback", "0" },
	};
	struct limits l = { .memory = { SET(limit, 64) }, .unified = u, .n_unified = 6 };
	struct cgroup_plan plan;
	const struct gvariant *v;

	make(&l, false, &plan);
	ok(is_u64("MemoryMax", 1048576), "V20 unified overrides");
	v = get("OOMPolicy", "s");
	is_str(v ? v->s : NULL, "kill", "D06 OOMPolicy from memory.oom.group");
	ok(!get("MemoryHigh", "t"), "D06 what systemd cannot say is left to the file");
	ok(is_u64("CPUQuotaPerSecUSec", 200000), "D06 a quota alone");
	v = get("MemoryZSwapWriteback", "b");
	ok(v && !v->b, "D06 MemoryZSwapWriteback");
	is_int((long long)n_props, 5, "D06 no other");
	for (size_t i = 0; i < n_props; i++)
		ok(props[i].create_only == (strcmp(props[i].name, "OOMPolicy") == 0),
		   "D06 %s: when it can be set", props[i].name);
	is_str(props[0].key, "unified[\"memory.max\"]", "D06 the key of the last to set it");
}

int main(void)
{
	test_agree();
	test_differ();
	test_devices();
	test_unified();
	arena_free(&test_arena);
	return tap_done();
}

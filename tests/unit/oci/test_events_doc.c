/* SPDX-License-Identifier: Apache-2.0 */
/* K19: the lines of `urun events`, against what runc wrote (tests/samples). */
#include "oci/events_doc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <yajl/yajl_tree.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "base/io.h"

static const char *stats_line(const struct cgroup_stats *s)
{
	static struct strbuf b = STRBUF_INIT(65536);

	strbuf_reset(&b);
	is_int(oci_event_stats("s1", s, &b), 0, "K19 stats");
	ok(b.len && strchr(b.s, '\n') == b.s + b.len - 1, "K19 one line");
	return b.s;
}

static void fill(struct cgroup_stats *s)
{
	static const struct cgroup_pressure psi = { true, true, { 125, 0, 9900, 27600 }, { 0 } };
	static struct cgroup_key stat[] = { { "anon", 1 }, { "file", 512 }, { "kernel", 64 } };
	static struct cgroup_key events[] = { { "max", 5 } };
	static struct cgroup_key io[] = { { "rbytes", 1 }, { "wios", 4 }, { "dbytes", 5 } };
	static struct cgroup_key rdma[] = { { "hca_handle", 2 } }, misc[] = { { "sev", 1 } };
	static struct cgroup_nested devices[] = { { "254:16", { io, 3 } }, { "x", { io, 3 } } };
	static struct cgroup_nested adapters[] = { { "mlx4_0", { rdma, 1 } } };

	*s = (struct cgroup_stats){
		.cpu = { { true, 9629 },
			 { true, 0 },
			 { true, 9629 },
			 { true, 4 },
			 { true, 2 },
			 { true, 7 },
			 psi },
		.cpus = "0-2,5",
		.mems = "0",
		.memory = { { true, 4096 },
			    { true, UINT64_MAX },
			    { true, 8192 },
			    { true, 100 },
			    { true, 1000 },
			    { stat, 3 },
			    { events, 1 },
			    { events, 1 },
			    psi },
		.pids_current = { true, 7 },
		.pids_max = { true, 100 },
		.io = devices,
		.n_io = 2,
		.io_pressure = psi,
		.hugetlb = { { "2MB", { true, 2097152 }, { true, 4194304 }, 11 } },
		.n_hugetlb = 1,
		.rdma = adapters,
		.n_rdma = 1,
		.misc = { misc, 1 },
		.misc_max = { misc, 1 },
	};
}

/* In what go-runc and containerd parse: units, names, kinds. */
static void test_full(void)
{
	struct cgroup_stats s;
	const char *t;

	fill(&s);
	t = stats_line(&s);
	has_str(t, "{\"type\":\"stats\",\"id\":\"s1\",\"data\":{\"cpu\":", "K19 type, id, data");
	has_str(t, "\"usage\":{\"total\":9629000,\"kernel\":9629000,\"user\":0}",
		"K19 the CPU in nanoseconds");
	has_str(t, "\"throttling\":{\"periods\":4,\"throttledPeriods\":2,\"throttledTime\":7000}",
		"K19 throttling in nanoseconds");
	has_str(t,
		"\"psi\":{\"some\":{\"avg10\":1.25,\"avg60\":0,\"avg300\":99,\"total\":27600},\"full\":",
		"K19 the pressure");
	has_str(t, "\"cpuset\":{\"cpus\":[0,1,2,5],\"mems\":[0]}", "K19 CPUs as numbers");
	has_str(t,
		"\"memory\":{\"cache\":512,\"usage\":{\"limit\":18446744073709551615,\"usage\":4096,"
		"\"max\":8192,\"failcnt\":5}",
		"K19 memory");
	has_str(t, "\"swap\":{\"limit\":18446744073709551615,\"usage\":4196,\"failcnt\":5}",
		"K19 swap is the sum with memory, as in v1");
	has_str(t, "\"raw\":{\"anon\":1,\"file\":512,\"kernel\":64}", "K19 memory.stat");
	has_str(t, "\"pids\":{\"current\":7,\"limit\":100}", "K19 pids");
	has_str(t,
		"\"ioServiceBytesRecursive\":[{\"major\":254,\"minor\":16,\"op\":\"Read\",\"value\":1},"
		"{\"major\":254,\"minor\":16,\"op\":\"Discard\",\"value\":5}],",
		"K19 bytes of a device; none that is no device");
	has_str(t,
		"\"ioServicedRecursive\":[{\"major\":254,\"minor\":16,\"op\":\"Write\",\"value\":4}]",
		"K19 operations");
	has_str(t, "\"hugetlb\":{\"2MB\":{\"usage\":2097152,\"limit\":4194304,\"failcnt\":11}}",
		"K19 huge pages");
	has_str(t, "\"rdma\":{\"mlx4_0\":{\"hca_handle\":2}}", "K19 rdma");
	has_str(t, "\"misc\":{\"sev\":{\"usage\":1,\"limit\":1}}", "K19 misc");
	has_str(t, "\"intel_rdt\":{},\"network_interfaces\":null}}\n", "K19 the end");
}

static void test_bare(void)
{
	const struct cgroup_stats s = { .cpu = { .usage = { true, 1 } },
					.pids_current = { true, 1 } };

	is_str(stats_line(&s),
	       "{\"type\":\"stats\",\"id\":\"s1\",\"data\":{\"cpu\":{\"usage\":{\"total\":1000},"
	       "\"throttling\":{}},\"memory\":{},\"pids\":{\"current\":1},\"blkio\":{},"
	       "\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":null}}\n",
	       "K19 what nothing counts is absent");
}

static void test_limits(void)
{
	struct cgroup_stats s;
	const char *t;

	fill(&s);
	s.memory.max.value = 1000;
	s.pids_max.value = UINT64_MAX;
	s.cpu.usage.value = UINT64_MAX / 2;
	s.cpus = "8,3-1,x";
	s.mems = "";
	t = stats_line(&s);
	has_str(t, "\"swap\":{\"limit\":2000,\"usage\":4196", "K19 both have a limit");
	has_str(t, "\"pids\":{\"current\":7}", "K19 pids without a limit");
	has_str(t, "\"total\":18446744073709551615", "K19 too many nanoseconds");
	has_str(t, "\"cpus\":[8],\"mems\":[]", "K19 a list that is none");
}

static const char *kind(yajl_val v)
{
	return YAJL_IS_OBJECT(v)   ? "object"
	       : YAJL_IS_ARRAY(v)  ? "array"
	       : YAJL_IS_STRING(v) ? "string"
	       : YAJL_IS_NUMBER(v) ? "number"
	       : YAJL_IS_NULL(v)   ? "null"
				   : "other";
}

/* v2 has none of these. */
static bool is_v1(const char *key)
{
	static const char *const keys[] = { "cpu_exclusive",
					    "mem_hardwall",
					    "mem_exclusive",
					    "memory_migrate",
					    "memory_spread_page",
					    "memory_spread_slab",
					    "memory_pressure",
					    "sched_load_balance",
					    "sched_relax_domain_level",
					    "1GB" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* All that runc writes is there, and is of the same kind. */
static void compare(yajl_val runc, yajl_val ours, const char *path)
{
	for (size_t i = 0; i < runc->u.object.len; i++) {
		const char *key = runc->u.object.keys[i], *at[] = { key, NULL };
		yajl_val r = runc->u.object.values[i];
		yajl_val o = yajl_tree_get(ours, at, yajl_t_any);
		char below[256];

		if (is_v1(key))
			continue;
		snprintf(below, sizeof(below), "%s.%s", path, key);
		if (ok(o && strcmp(kind(r), kind(o)) == 0, "K19 %s is as runc's", below) &&
		    YAJL_IS_OBJECT(r))
			compare(r, o, below);
	}
}

static void test_sample(void)
{
	const char *srcdir = getenv("srcdir");
	cleanup_free char *text = NULL;
	struct cgroup_stats s;
	yajl_val runc, ours;
	char name[512];

	snprintf(name, sizeof(name), "%s/tests/samples/events-stats-runc.json",
		 srcdir ? srcdir : ".");
	if (io_read_file_at(AT_FDCWD, name, 65536, &text, NULL) < 0) {
		skip("K19 as runc", "tests/samples is not here");
		return;
	}
	fill(&s);
	runc = yajl_tree_parse(text, NULL, 0);
	ours = yajl_tree_parse(stats_line(&s), NULL, 0);
	if (ok(YAJL_IS_OBJECT(runc) && YAJL_IS_OBJECT(ours), "K19 both are documents"))
		compare(runc, ours, "");
	yajl_tree_free(runc);
	yajl_tree_free(ours);
}

static void test_events(void)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(4096);
	struct oci_exit x = { .pid = 42 };

	is_int(oci_event_oom("a", &b), 0, "K19 oom");
	is_str(b.s, "{\"type\":\"oom\",\"id\":\"a\"}\n", "K19 oom in runc's words");
	strbuf_reset(&b);
	is_int(oci_event_exit("a", &x, &b), 0, "K19 exit");
	is_str(b.s, "{\"type\":\"exit\",\"id\":\"a\",\"data\":{\"pid\":42}}\n",
	       "K19 exit, of which nothing is known");
	strbuf_reset(&b);
	x = (struct oci_exit){ 42, true, 137, 9, true, true };
	is_int(oci_event_exit("a", &x, &b), 0, "K19 exit");
	is_str(b.s,
	       "{\"type\":\"exit\",\"id\":\"a\",\"data\":{\"pid\":42,\"status\":137,\"signal\":9,"
	       "\"oomKilled\":true}}\n",
	       "K19 exit by a signal");
}

int main(void)
{
	test_full();
	test_bare();
	test_limits();
	test_sample();
	test_events();
	return tap_done();
}

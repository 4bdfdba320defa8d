/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What cannot be done yet is refused by its name. Limits that ask for nothing are none
 * (engines send many).
 */
#include <errno.h>

#include "load.h"

static const struct {
	const char *resources, *key; /* NULL: no limit */
} limits[] = {
	{ "{}", NULL },
	{ "\"cpu\":{\"shares\":1024}", NULL },
	{ "\"cpu\":{\"shares\":0}", NULL },
	{ "\"cpu\":{\"period\":100000}", NULL },
	{ "\"cpu\":{\"quota\":-1,\"period\":50000}", NULL },
	{ "\"cpu\":{\"quota\":0}", NULL },
	{ "\"cpu\":{\"cpus\":\"\",\"mems\":\"\"}", NULL },
	{ "\"pids\":{\"limit\":-1}", NULL },
	{ "\"memory\":{\"limit\":-1,\"swap\":-1}", NULL },
	{ "\"memory\":{\"limit\":0}", NULL },
	{ "\"memory\":{}", NULL },
	{ "\"blockIO\":{\"weight\":0}", NULL },
	{ "\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]", NULL },
	{ "\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3}]", NULL },
	{ "\"memory\":{\"limit\":1048576}", "memory.limit" },
	{ "\"memory\":{\"swap\":1048576}", "memory.swap" },
	{ "\"memory\":{\"reservation\":1048576}", "memory.reservation" },
	{ "\"cpu\":{\"shares\":1023}", "cpu.shares" },
	{ "\"cpu\":{\"quota\":50000}", "cpu.quota" },
	{ "\"cpu\":{\"cpus\":\"0\"}", "cpu.cpus" },
	{ "\"cpu\":{\"mems\":\"0\"}", "cpu.mems" },
	{ "\"cpu\":{\"idle\":1}", "cpu.idle" },
	{ "\"pids\":{\"limit\":0}", "pids.limit" },
	{ "\"pids\":{\"limit\":2048}", "pids.limit" },
	{ "\"blockIO\":{\"weight\":100}", "blockIO.weight" },
	{ "\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}]}",
	  "blockIO.throttle" },
	{ "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]", "hugepageLimits" },
	{ "\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3}}", "rdma" },
	{ "\"unified\":{\"memory.high\":\"1\"}", "unified" },
	{ "\"network\":{\"classID\":7}", "network.classID" },
};

/* D02: the first one is named where there is no cgroup to put it on. */
static void test_limits(void)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const char *text = strcmp(limits[i].resources, "{}") == 0 ? ""
									  : limits[i].resources;
		cleanup_arena struct arena a = ARENA_INIT;
		const char *key;
		char json[512];

		snprintf(json, sizeof(json), "\"resources\":{%s},", text);
		key = limits_first_asked(load(&a, "mount", json, "")->linux->resources);
		if (limits[i].key)
			ok(key && strstr(key, limits[i].key), "D02 V12 asked: %s",
			   limits[i].resources);
		else
			ok(!key, "D02 V12 asks for nothing: %s", limits[i].resources);
	}
}

static void test_keys(void)
{
	static const struct {
		const char *in_linux, *top, *key;
	} rows[] = {
		{ "", "\"annotations\":{\"run.oci.handler\":\"krun\"},", "run.oci.handler" },
		{ "", "\"annotations\":{\"run.oci.systemd.force_cgroup_v1\":\"/x\"},", NULL },
		{ "", "\"annotations\":{\"run.oci.delegate-cgroup\":\"x\"},", NULL },
		{ "", "\"annotations\":{\"run.oci.seccomp.receiver\":\"/x\"},", NULL },
		{ "\"mountLabel\":\"\",", "", NULL },
		{ "", "\"annotations\":{\"org.example\":\"x\"},", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cleanup_arena struct arena a = ARENA_INIT;
		struct error e = ERROR_INIT;
		int r = plan_refuse_unsupported(load(&a, "mount", rows[i].in_linux, rows[i].top),
						&e);

		if (rows[i].key)
			ok(r == -ENOTSUP && strstr(e.msg, rows[i].key), "refused: %s", rows[i].key);
		else
			is_int(r, 0, "asks for nothing");
	}
}

int main(void)
{
	test_limits();
	test_keys();
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* U07: limits laid over limits, and kept as JSON that says the same again. */
#include <string.h>

#include "../tap.h"
#include "base/arena.h"
#include "oci/config.h"
#include "oci/kept.h"

static struct arena a = ARENA_INIT;
static struct error e = ERROR_INIT;

static struct limits *load(const char *json)
{
	struct limits *l = NULL;

	if (oci_load_resources(&a, "r.json", json, strlen(json), &l, &e) < 0)
		ok(false, "%s", e.msg);
	return l;
}

/* Written, read again, and written: the text of both. */
static const char *text_of(const struct oci_kept_limits *k)
{
	struct strbuf first, second;
	struct oci_kept_limits *again;
	const char *ret;

	strbuf_init(&first, 1 << 16);
	strbuf_init(&second, 1 << 16);
	if (oci_kept_write(k, &first) < 0 ||
	    oci_kept_load(&a, "limits.json", first.s, first.len, &again, &e) < 0 ||
	    oci_kept_write(again, &second) < 0 || strcmp(first.s, second.s) != 0)
		ok(false, "'%s' is not '%s': %s", first.s, second.s, e.msg);
	ret = arena_strdup(&a, first.s);
	strbuf_done(&first);
	strbuf_done(&second);
	return ret;
}

static void merges(const char *old, const char *new, const char *want, const char *name)
{
	struct oci_kept_limits k = { .resources = *load(old) };

	is_int(oci_limits_merge(&a, &k.resources, load(new)), 0, name);
	is_str(text_of(&k),
	       arena_printf(&a, "{%s%s%s}", *want ? "\"resources\":{" : "", want, *want ? "}" : ""),
	       name);
}

static void test_merge(void)
{
	merges("{}", "{}", "", "U07 nothing");
	merges("{\"memory\":{\"limit\":5,\"swap\":9}}", "{\"memory\":{\"limit\":7}}",
	       "\"memory\":{\"limit\":7,\"swap\":9}", "U07 what is not given stays");
	merges("{\"memory\":{\"limit\":5,\"swap\":9}}", "{\"memory\":{\"limit\":-1}}",
	       "\"memory\":{\"limit\":-1}", "U07 an unlimited memory takes its swap along");
	merges("{\"pids\":{\"limit\":5}}", "{\"pids\":{\"limit\":0}}", "\"pids\":{\"limit\":0}",
	       "V12 0 is a limit");
	merges("{\"cpu\":{\"quota\":5000,\"period\":10000}}",
	       "{\"cpu\":{\"quota\":0,\"cpus\":\"\"}}", "\"cpu\":{\"period\":10000,\"quota\":5000}",
	       "U06 0 and an empty list are not given");
	merges("{\"memory\":{\"limit\":5,\"reservation\":3},\"cpu\":{\"shares\":5},"
	       "\"blockIO\":{\"weight\":20}}",
	       "{\"memory\":{\"limit\":0,\"reservation\":0,\"swap\":0},\"cpu\":{\"shares\":0},"
	       "\"blockIO\":{\"weight\":0}}",
	       "\"memory\":{\"limit\":5,\"reservation\":3,\"swap\":0},\"cpu\":{\"shares\":5},"
	       "\"blockIO\":{\"weight\":20}",
	       "U01 what docker sends as 0 is not given, but for the swap");
	merges("{\"cpu\":{\"shares\":5}}", "{\"cpu\":{\"idle\":1}}", "\"cpu\":{\"idle\":1}",
	       "V09 idle takes the shares along");
	merges("{\"cpu\":{\"cpus\":\"0\",\"mems\":\"0\"}}", "{\"cpu\":{\"cpus\":\"1\"}}",
	       "\"cpu\":{\"cpus\":\"1\",\"mems\":\"0\"}", "U07 texts");
	merges("{\"memory\":{\"checkBeforeUpdate\":true}}", "{\"memory\":{\"limit\":1}}",
	       "\"memory\":{\"limit\":1,\"checkBeforeUpdate\":true}", "V04 the check stays");
}

static void test_lists(void)
{
	merges("{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":5}]}",
	       "{\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":6},"
	       "{\"pageSize\":\"2MB\",\"limit\":0}]}",
	       "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":0},"
	       "{\"pageSize\":\"1GB\",\"limit\":6}]",
	       "V17 by page size, with 0");
	merges("{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":50}],"
	       "\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}]}}",
	       "{\"blockIO\":{\"weight\":20,\"weightDevice\":[{\"major\":8,\"minor\":0,"
	       "\"leafWeight\":60},{\"major\":8,\"minor\":1,\"weight\":70}],"
	       "\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":2}]}}",
	       "\"blockIO\":{\"weight\":20,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":50,"
	       "\"leafWeight\":60},{\"major\":8,\"minor\":1,\"weight\":70}],"
	       "\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":2}]}",
	       "V14 V15 by device");
	merges("{\"rdma\":{\"x\":{\"hcaHandles\":1}},\"unified\":{\"a.b\":\"1\",\"c.d\":\"2\"}}",
	       "{\"rdma\":{\"x\":{\"hcaObjects\":2},\"y\":{\"hcaHandles\":3}},"
	       "\"unified\":{\"c.d\":\"3\"}}",
	       "\"rdma\":{\"x\":{\"hcaHandles\":1,\"hcaObjects\":2},\"y\":{\"hcaHandles\":3}},"
	       "\"unified\":{\"a.b\":\"1\",\"c.d\":\"3\"}",
	       "V18 V20 by key");
	merges("{\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"c\",\"major\":1,"
	       "\"minor\":3,\"access\":\"rw\"}]}",
	       "{\"devices\":[{\"allow\":true}]}", "\"devices\":[{\"allow\":true}]",
	       "U07 V22 the new device rules are all");
	merges("{\"devices\":[{\"allow\":false},{\"allow\":true}]}", "{}",
	       "\"devices\":[{\"allow\":false},{\"allow\":true}]", "U07 V22 none given: they stay");
}

static void test_schemata(void)
{
	struct oci_kept_limits k = { .l3_cache_schema = "L3:0=f\n\"", .mem_bw_schema = "MB:0=5" };

	is_str(text_of(&k), "{\"l3CacheSchema\":\"L3:0=f\\n\\\"\",\"memBwSchema\":\"MB:0=5\"}",
	       "U03 schemata are kept");
}

int main(void)
{
	test_merge();
	test_lists();
	test_schemata();
	arena_free(&a);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The spec's numbers as cgroup v2's and systemd's (V02, V06, V07, V11, V13, U02). */
#include <errno.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "cgroup/convert.h"

static void test_shares(void)
{
	/* All 262144 were compared with the formula in long double: here some of them. */
	static const struct {
		uint64_t shares, weight;
	} rows[] = {
		{ 0, 0 },
		{ 1, 1 },
		{ 2, 1 },
		{ 3, 2 },
		{ 10, 4 },
		{ 102, 17 },
		{ 512, 59 },
		{ 1000, 99 },
		{ 1024, 100 },
		{ 1025, 101 },
		{ 2048, 174 },
		{ 4096, 303 },
		{ 10240, 639 },
		{ 100000, 4340 },
		{ 262143, 10000 },
		{ 262144, 10000 },
		{ UINT64_MAX, 10000 },
	};
	uint64_t last = 0;
	bool grows = true;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ok(convert_shares(rows[i].shares) == rows[i].weight, "V06 shares: row %zu", i);
	for (uint64_t s = 1; s <= 262144; s++) {
		uint64_t w = convert_shares(s);

		grows = grows && w >= last && w >= 1 && w <= 10000;
		last = w;
	}
	ok(grows, "V06 more shares are never less weight");
}

static void test_swap(void)
{
	static const struct {
		int64_t limit, swap;
		int ret;
		uint64_t value;
	} rows[] = {
		{ 100, 300, 0, 200 },
		{ 100, 100, 0, 0 },
		{ 100, 0, 0, 0 },
		{ 0, 0, 0, 0 },
		{ 100, -1, 0, LIMIT_NONE },
		{ 0, -1, 0, LIMIT_NONE },
		{ -1, -1, 0, LIMIT_NONE },
		{ -1, 0, 0, LIMIT_NONE },
		{ -1, 300, 0, 300 },
		{ 0, 300, -EDOM, 42 },
		{ 100, 99, -ERANGE, 42 },
		{ INT64_MAX, INT64_MAX, 0, 0 },
		{ 1, INT64_MAX, 0, INT64_MAX - 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t v = 42;
		int ret = convert_swap(rows[i].limit, rows[i].swap, &v);

		ok(ret == rows[i].ret && v == rows[i].value, "V02 swap: row %zu", i);
	}
}

static void test_quota(void)
{
	static const struct {
		int64_t quota;
		uint64_t period, want;
	} rows[] = {
		{ 50000, 100000, 500000 },    { 50000, 0, 500000 },
		{ 33333, 100000, 340000 },    { 1000, 1000000, 10000 },
		{ 200000, 100000, 2000000 },  { 100001, 100000, 1010000 },
		{ -1, 100000, LIMIT_NONE },   { 0, 100000, LIMIT_NONE },
		{ INT64_MAX, 1, LIMIT_NONE }, { INT64_MAX / 200, INT64_MAX, 10000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ok(convert_quota_per_sec(rows[i].quota, rows[i].period) == rows[i].want,
		   "D06 quota per second: row %zu", i);
}

static void test_weights(void)
{
	bool back = true, unit = true;

	is_int((long long)convert_blkio_weight(0), 0, "V13 0 is unset");
	is_int((long long)convert_blkio_weight(10), 1, "V13 10 -> 1");
	is_int((long long)convert_blkio_weight(100), 910, "V13 100 -> 910");
	is_int((long long)convert_blkio_weight(1000), 10000, "V13 1000 -> 10000");
	is_int((long long)convert_io_weight(1), 10, "V13 1 -> 10");
	is_int((long long)convert_io_weight(10000), 1000, "V13 10000 -> 1000");
	for (uint64_t w = 10; w <= 1000; w++) {
		uint64_t u = convert_bfq_to_unit_weight(w);

		back = back && convert_io_weight(convert_blkio_weight(w)) == w;
		/* systemd's BFQ_WEIGHT() */
		unit = unit && w == (u <= 100 ? u : 100 + (u - 100) * 900 / 9900) && u <= 10000;
	}
	ok(back, "V13 every blkio weight comes back");
	ok(unit, "D06 systemd makes every bfq weight of its IOWeight");
}

static void test_cpuset(void)
{
	static const struct {
		const char *list;
		int n;
		uint8_t mask[3];
	} rows[] = {
		{ "0", 1, { 1 } },
		{ "0-3,8", 2, { 0x0f, 0x01 } },
		{ "8", 2, { 0, 1 } },
		{ "0-31:2/4", 4, { 0x33, 0x33, 0x33 } },
		{ " 1, 3\n", 1, { 0x0a } },
		{ "", 0, { 0 } },
		{ "3,1,1-2", 1, { 0x0e } },
		{ "23", 3, { 0, 0, 0x80 } },
		{ "3-1", -EINVAL, { 0 } },
		{ "0-", -EINVAL, { 0 } },
		{ "0-7:3/2", -EINVAL, { 0 } },
		{ "0-7:1/0", -EINVAL, { 0 } },
		{ "1-2-3", -EINVAL, { 0 } },
		{ "32", -ERANGE, { 0 } },
		{ "0-99999999999999999999", -ERANGE, { 0 } },
		{ "all", -ENOTSUP, { 0 } },
		{ "0-N", -ENOTSUP, { 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t mask[4];
		int n = convert_cpuset(rows[i].list, mask, sizeof(mask));

		ok(n == rows[i].n && (n < 0 || memcmp(mask, rows[i].mask, 3) == 0), "V11 list '%s'",
		   rows[i].list);
	}
}

static void test_size(void)
{
	static const struct {
		const char *text;
		int ret;
		int64_t want;
	} rows[] = {
		{ "512M", 0, 512 << 20 },
		{ "1G", 0, 1 << 30 },
		{ "1g", 0, 1 << 30 },
		{ "1GiB", 0, 1 << 30 },
		{ "1gb", 0, 1 << 30 },
		{ "64k", 0, 65536 },
		{ "7b", 0, 7 },
		{ "2T", 0, INT64_C(2) << 40 },
		{ "0", 0, 0 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "max", 0, -1 },
		{ "-1", 0, -1 },
		{ "-2", -EINVAL, 42 },
		{ "", -EINVAL, 42 },
		{ "M", -EINVAL, 42 },
		{ "1.5G", -EINVAL, 42 },
		{ "1 G", -EINVAL, 42 },
		{ "1GG", -EINVAL, 42 },
		{ "1Gi", -EINVAL, 42 },
		{ "unlimited", -EINVAL, 42 },
		{ "9223372036854775808", -ERANGE, 42 },
		{ "16E", -ERANGE, 42 },
		{ "8E", -ERANGE, 42 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t v = 42;
		int ret = convert_size(rows[i].text, &v);

		ok(ret == rows[i].ret && v == rows[i].want, "U02 size '%s'", rows[i].text);
	}
}

int main(void)
{
	test_shares();
	test_swap();
	test_quota();
	test_weights();
	test_cpuset();
	test_size();
	return tap_done();
}

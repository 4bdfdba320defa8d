/* SPDX-License-Identifier: Apache-2.0 */
/* The algebra of id maps, with random maps against a table lookup. */
#include <errno.h>
#include <stdlib.h>

#include "tests/unit/tap.h"
#include "userns/idmap.h"

#define MAP(...)                                                             \
	((struct idmap){ .m = (struct id_mapping[]){ __VA_ARGS__ },          \
			 .n = sizeof((struct id_mapping[]){ __VA_ARGS__ }) / \
			      sizeof(struct id_mapping) })

static void check_invalid(const struct idmap *m, const char *part, const char *name)
{
	struct error e = ERROR_INIT;

	ok(idmap_validate(m, "linux.uidMappings", &e) == -EINVAL, "%s: refused", name);
	has_str(e.msg, part, name);
}

static void test_validate(void)
{
	struct error e = ERROR_INIT;
	struct id_mapping many[IDMAP_MAX_LINES + 1];
	struct idmap m;

	m = MAP({ 0, 0, 4294967295U });
	is_int(idmap_validate(&m, "m", &e), 0, "I02 the whole identity is valid");
	m = MAP({ 0, 1000, 1 }, { 1, 100000, 65536 });
	is_int(idmap_validate(&m, "m", &e), 0, "I02 the usual rootless map is valid");
	m = (struct idmap){ 0 };
	is_int(idmap_validate(&m, "m", &e), 0, "an empty map is valid");
	m = MAP({ 0, 1000, 1 }, { 0, 2000, 5 });
	check_invalid(&m, "linux.uidMappings[1]: overlaps with [0] (containerID 0..0)",
		      "container ids overlap");
	m = MAP({ 10, 1000, 10 }, { 0, 1009, 5 });
	check_invalid(&m, "linux.uidMappings[1]: overlaps with [0] (hostID 1000..1009)",
		      "host ids overlap");
	m = MAP({ 0, 1000, 0 });
	check_invalid(&m, "linux.uidMappings[0]: size is 0", "size 0");
	m = MAP({ 4294967290U, 0, 6 });
	check_invalid(&m, "containerID 4294967290 with size 6 runs over", "container wraps");
	m = MAP({ 0, 4294967295U, 1 });
	check_invalid(&m, "hostID 4294967295", "host -1");
	m = MAP({ 0, 1, 4294967295U });
	check_invalid(&m, "hostID 1 with size", "host runs over by one");
	for (uint32_t i = 0; i <= IDMAP_MAX_LINES; i++)
		many[i] = (struct id_mapping){ i * 2, i * 2, 1 };
	m = (struct idmap){ many, IDMAP_MAX_LINES + 1 };
	check_invalid(&m, "341 lines", "too many lines");
	m.n = IDMAP_MAX_LINES;
	is_int(idmap_validate(&m, "m", &e), 0, "340 lines are valid");
}

static void test_text(void)
{
	struct arena a = ARENA_INIT;
	struct idmap m, b;
	char buf[64];

	m = MAP({ 0, 1000, 1 }, { 1, 100000, 65536 });
	is_str(idmap_format(&a, &m), "0 1000 1\n1 100000 65536\n", "kernel text");
	is_str(idmap_describe(&m, buf, sizeof(buf)), "0..0 -> 1000, 1..65536 -> 100000",
	       "describe");
	is_str(idmap_describe(&m, buf, 20), "0..0 -> 1000, 1....", "describe is cut");
	m = (struct idmap){ 0 };
	is_str(idmap_describe(&m, buf, sizeof(buf)), "empty", "describe nothing");
	is_str(idmap_format(&a, &m), "", "format nothing");
	is_int(idmap_parse(&a,
			   "         0       1000          1\n         1     100000      65536\n",
			   &b),
	       0, "parse the kernel's columns");
	m = MAP({ 1, 100000, 65536 }, { 0, 1000, 1 });
	ok(idmap_equal(&m, &b), "lines in any order are equal");
	m = MAP({ 0, 1000, 1 }, { 1, 100000, 36 }, { 37, 100036, 65500 });
	ok(idmap_equal(&m, &b), "a line cut in two is equal");
	m = MAP({ 0, 1000, 1 }, { 1, 100000, 65535 });
	ok(!idmap_equal(&m, &b) && !idmap_equal(&b, &m), "one id less is not");
	m = MAP({ 0, 1000, 1 }, { 1, 100001, 65536 });
	ok(!idmap_equal(&m, &b), "another host id is not");
	is_int(idmap_parse(&a, "", &b), 0, "an empty text is an empty map");
	is_int((long long)b.n, 0, "no lines");
	is_int(idmap_parse(&a, "0 0 4294967295", &b), 0, "no newline at the end");
	is_int(idmap_parse(&a, "0 0\n", &b), -EINVAL, "two numbers");
	is_int(idmap_parse(&a, "0 0 1 1\n", &b), -EINVAL, "four numbers");
	is_int(idmap_parse(&a, "0 -1 1\n", &b), -EINVAL, "a sign");
	is_int(idmap_parse(&a, "0 0 4294967296\n", &b), -ERANGE, "over 32 bits");
	is_int(idmap_parse(&a, "x\n", &b), -EINVAL, "a word");
	arena_free(&a);
}

static void test_split(void)
{
	struct arena a = ARENA_INIT;
	struct idmap own = MAP({ 0, 1000, 1 }, { 1, 100000, 10 }), got;
	struct idmap m = MAP({ 50, 0, 11 });
	struct idmap twice = MAP({ 50, 0, 1 }, { 51, 1, 10 });
	uint32_t missing = 7;

	is_int(idmap_split(&a, &m, &own, &got, &missing), 0, "M10 a range over two of ours");
	ok(got.n == 2 && idmap_equal(&got, &twice), "M10 is cut where they meet");
	m = MAP({ 0, 3, 2 }, { 9, 0, 1 });
	is_int(idmap_split(&a, &m, &own, &got, &missing), 0, "M10 ranges within one");
	ok(got.n == 2 && idmap_equal(&got, &m), "M10 stay");
	m = MAP({ 0, 5, 10 });
	is_int(idmap_split(&a, &m, &own, &got, &missing), -ENOENT, "M10 a range beyond");
	is_int(missing, 11, "M10 the first that is missing");
	arena_free(&a);
}

static void check_insert(struct idmap *m, uint32_t id, const char *want, const char *name)
{
	struct arena a = ARENA_INIT;
	struct idmap got;

	is_int(idmap_insert(&a, m, id, &got), 0, name);
	is_str(idmap_format(&a, &got), want, name);
	arena_free(&a);
}

static void test_insert(void)
{
	struct idmap m = MAP({ 0, 1000, 1 }, { 1, 100000, 65536 });

	check_insert(&m, 27, "0 1000 1\n1 100000 26\n27 27 1\n28 100027 65509\n",
		     "I12 within a range");
	check_insert(&m, 1, "0 1000 1\n1 1 1\n2 100001 65535\n", "I12 at its begin");
	check_insert(&m, 65536, "0 1000 1\n1 100000 65535\n65536 65536 1\n", "I12 at its end");
	check_insert(&m, 0, "0 0 1\n1 100000 65536\n", "I12 in place of a lone one");
	check_insert(&m, 70000, "0 1000 1\n1 100000 65536\n70000 70000 1\n", "I12 behind all");
	check_insert(&m, 4294967294U, "0 1000 1\n1 100000 65536\n4294967294 4294967294 1\n",
		     "I12 the last id");
	check_insert(&m, 1000, "0 1000 1\n1 100000 65536\n", "I12 a host id that is mapped");
	check_insert(&m, 100001, "0 1000 1\n1 100000 65536\n", "I12 within a range of the host");
	m = MAP({ 5, 4294967285U, 10 });
	check_insert(&m, 14, "5 4294967285 9\n14 14 1\n", "I12 next to the highest host id");
	m = (struct idmap){ 0 };
	check_insert(&m, 9, "9 9 1\n", "I12 into an empty map");
}

static void test_single(void)
{
	struct idmap m = MAP({ 1000, 1000, 1 });
	uint32_t id = 7;

	ok(idmap_is_single(&m), "I08 one id is single");
	ok(idmap_to_host(&m, 1000, &id) && id == 1000, "I08 uid 1000 -> 1000");
	ok(!idmap_to_host(&m, 0, &id) && id == 1000, "I07 0 is not mapped, output untouched");
	ok(!idmap_to_container(&m, 999, &id) && !idmap_has(&m, 1001), "neighbours are not mapped");
	m = MAP({ 0, 0, 2 });
	ok(!idmap_is_single(&m), "two ids are not single");
	m = MAP({ 4294967294U, 4294967294U, 1 });
	ok(idmap_to_host(&m, 4294967294U, &id) && id == 4294967294U, "the last id");
}

/* A random map with disjoint ranges on both sides. */
static struct idmap random_map(struct id_mapping *m, unsigned int *seed)
{
	size_t n = 1 + (size_t)rand_r(seed) % 12;
	uint32_t c = 0, h = (uint32_t)rand_r(seed) % 1000;

	for (size_t i = 0; i < n; i++) {
		uint32_t size = 1 + (uint32_t)rand_r(seed) % 50;

		c += (uint32_t)rand_r(seed) % 3;
		h += (uint32_t)rand_r(seed) % 3;
		m[i] = (struct id_mapping){ c, h, size };
		c += size;
		h += size;
	}
	/* Host parts in another order than the container parts. */
	for (size_t i = 0; i + 1 < n; i += 2)
		if (m[i].size == m[i + 1].size) {
			uint32_t t = m[i].host_id;

			m[i].host_id = m[i + 1].host_id;
			m[i + 1].host_id = t;
		}
	return (struct idmap){ m, n };
}

static void test_random(void)
{
	struct arena a = ARENA_INIT;
	unsigned int seed = 42;
	bool valid = true, back = true, count = true, text = true;

	for (int round = 0; round < 500; round++) {
		struct id_mapping lines[12];
		struct idmap m = random_map(lines, &seed), again;
		struct error e = ERROR_INIT;
		uint64_t mapped = 0, sum = 0;

		valid &= idmap_validate(&m, "m", &e) == 0;
		for (uint32_t x = 0; x < 2000; x++) {
			uint32_t h, c;

			if (!idmap_to_host(&m, x, &h))
				continue;
			mapped++;
			back &= idmap_to_container(&m, h, &c) && c == x;
		}
		for (size_t i = 0; i < m.n; i++)
			sum += m.m[i].size;
		count &= mapped == sum;
		text &= idmap_parse(&a, idmap_format(&a, &m), &again) == 0 &&
			idmap_equal(&m, &again);
		lines[m.n - 1].size++;
		text &= !idmap_equal(&m, &again);
	}
	ok(valid, "random maps are valid");
	ok(back, "to_container(to_host(x)) == x");
	ok(count, "as many ids are mapped as the sizes say");
	ok(text, "parse(format(m)) == m, and not another");
	arena_free(&a);
}

/* Every container id is what it was, but for the one that is put in. */
static bool is_inserted(const struct idmap *before, const struct idmap *after, uint32_t id)
{
	uint32_t was, is;

	if (idmap_to_container(before, id, &was))
		return idmap_equal(before, after);
	for (uint32_t x = 0; x < 2000; x++) {
		bool had = idmap_to_host(before, x, &was), has = idmap_to_host(after, x, &is);

		if (x == id ? !has || is != id : had != has || (had && was != is))
			return false;
	}
	return idmap_to_container(after, id, &is) && is == id;
}

static void test_random_insert(void)
{
	struct arena a = ARENA_INIT;
	unsigned int seed = 7;
	bool valid = true, right = true, lines = true;

	for (int round = 0; round < 2000; round++) {
		struct id_mapping before[12];
		struct idmap m = random_map(before, &seed), got;
		struct error e = ERROR_INIT;

		/* Several, one after the other: what was put in stays. */
		for (int i = 0; i < 4; i++) {
			uint32_t id = (uint32_t)rand_r(&seed) % 1500;

			if (idmap_insert(&a, &m, id, &got) < 0) {
				right = false;
				break;
			}
			right &= is_inserted(&m, &got, id);
			valid &= idmap_validate(&got, "m", &e) == 0;
			lines &= got.n <= m.n + 2;
			m = got;
		}
	}
	ok(right, "I12 an insertion changes the one id");
	ok(valid, "I12 a map with insertions is valid");
	ok(lines, "I12 of two lines more at most");
	arena_free(&a);
}

int main(void)
{
	test_validate();
	test_text();
	test_split();
	test_insert();
	test_single();
	test_random();
	test_random_insert();
	return tap_done();
}

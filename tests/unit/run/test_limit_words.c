/* SPDX-License-Identifier: Apache-2.0 */
/* U02, U04, U05: limits as people type them. */
#include "run/limit_words.h"

#include <errno.h>
#include <string.h>

#include "../tap.h"

static struct arena a = ARENA_INIT;
static struct error e = ERROR_INIT;
static struct limits l;

static int set(const char *word)
{
	error_clear(&e);
	return limit_word_set(&a, &l, word, &e);
}

static void test_numbers(void)
{
	is_int(set("memory.limit=512M"), 0, "U02 a size");
	ok(l.memory.has_limit && l.memory.limit == 512 << 20, "U02 in bytes");
	ok(!l.memory.has_swap && !l.pids.has_limit, "U02 and nothing else");
	ok(set("memory.swap=max") == 0 && l.memory.has_swap && l.memory.swap == -1, "U02 max");
	ok(set("memory.reservation=-1") == 0 && l.memory.reservation == -1, "U02 -1");
	ok(set("memory.kernel=1k") == 0 && l.memory.kernel == 1024, "U02 kernel memory");
	ok(set("memory.kernelTCP=7") == 0 && l.memory.has_kernel_tcp && l.memory.kernel_tcp == 7,
	   "U02 kernel TCP memory");
	ok(set("cpu.shares=1024") == 0 && l.cpu.has_shares && l.cpu.shares == 1024, "U02 shares");
	ok(set("cpu.quota=max") == 0 && l.cpu.has_quota && l.cpu.quota == -1, "U02 a quota");
	ok(set("cpu.quota=-1") == 0 && l.cpu.quota == -1, "U02 a quota of -1");
	ok(set("cpu.period=5000") == 0 && l.cpu.has_period && l.cpu.period == 5000, "U02 period");
	ok(set("cpu.burst=3") == 0 && l.cpu.has_burst && l.cpu.burst == 3, "U04 burst");
	ok(set("cpu.idle=1") == 0 && l.cpu.has_idle && l.cpu.idle == 1, "U04 idle");
	ok(set("cpu.realtimePeriod=4") == 0 && l.cpu.realtime_period == 4, "U02 rt period");
	ok(set("cpu.realtimeRuntime=-4") == 0 && l.cpu.realtime_runtime == -4, "U02 rt runtime");
	ok(set("pids.limit=0") == 0 && l.pids.has_limit && l.pids.limit == 0, "U02 no processes");
	ok(set("blockIO.weight=65535") == 0 && l.io.has_weight && l.io.weight == 65535,
	   "U02 16 bits");
	ok(set("cpu.cpus=0-3,8") == 0 && strcmp(l.cpu.cpus, "0-3,8") == 0, "U02 a list");
	ok(set("cpu.mems=0") == 0 && strcmp(l.cpu.mems, "0") == 0, "U02 another");
}

static void test_unified(void)
{
	is_int(set("unified.memory.high=1G"), 0, "U05 a file");
	is_int(set("unified.io.max=8:0 rbps=1=2"), 0, "U05 with more than one '='");
	is_int(set("unified.memory.high="), 0, "U05 the same again");
	is_int((long long)l.n_unified, 2, "U05 is not two");
	ok(strcmp(l.unified[0].key, "memory.high") == 0 && !*l.unified[0].value,
	   "U05 the last word");
	is_str(l.unified[1].value, "8:0 rbps=1=2", "U05 the other stays");
}

static void test_bad(void)
{
	static const char *const bad[] = {
		"memory.limit=12Q",
		"memory.limit=",
		"memory.limit=-2",
		"memory.limit=1.5G",
		"pids.limit=many",
		"pids.limit=",
		"cpu.shares=-1",
		"cpu.shares=max",
		"cpu.period=99999999999999999999",
		"blockIO.weight=65536",
		"cpu.cpus=",
		"cpu.quota=1M",
		"memory.high=5",
		"unified.=5",
		"memory.limit",
		"=5",
		"",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(set(bad[i]), -EINVAL, bad[i]);
	set("memory.limit=12Q");
	is_str(e.msg,
	       ".linux.resources.memory.limit: '12Q' is not a size such as 512M, a number of "
	       "bytes, 'max' or -1",
	       "U02 the message names the key");
}

int main(void)
{
	test_numbers();
	test_unified();
	test_bad();
	arena_free(&a);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as strict as id maps and `exec -u` need them (CVE-2026-30892); signals. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "../tap.h"
#include "base/parse.h"

static void test_u64(void)
{
	static const char *const bad[] = { "",    " 1",  "1 ", "+1", "-1",  "0x1",
					   "1.0", "1e3", "a",  "1a", "\t1", "1\n" };
	uint64_t v = 42;

	ok(parse_u64("0", &v) == 0 && v == 0, "0");
	ok(parse_u64("18446744073709551615", &v) == 0 && v == UINT64_MAX, "2^64-1");
	ok(parse_u64("007", &v) == 0 && v == 7, "leading zeros are decimal");
	v = 42;
	is_int(parse_u64("18446744073709551616", &v), -ERANGE, "2^64");
	is_int(parse_u64("99999999999999999999999", &v), -ERANGE, "far above");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(parse_u64(bad[i], &v) == -EINVAL, "not a number: row %zu", i);
	is_int((long long)v, 42, "the output is untouched on failure");
}

static void test_others(void)
{
	const char *list = "12,34", *none = ",";
	bool same = true;
	uint32_t u = 42;
	int64_t i = 42;
	uint64_t v = 42;

	for (int c = CHAR_MIN; c <= CHAR_MAX; c++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF";
		const char *at = c ? strchr(digits, c) : NULL;

		same &= parse_hex_digit((char)c) == (at ? (int)(at - digits) % 16 : -1);
	}
	ok(same, "hexadecimal digits of both cases, and nothing else");
	ok(parse_u32("4294967295", &u) == 0 && u == UINT32_MAX, "E05 2^32-1");
	is_int(parse_u32("4294967296", &u), -ERANGE, "E05 2^32 does not wrap to 0");
	is_int(parse_u32("-1", &u), -EINVAL, "E05 -1 is no id");
	ok(parse_i64("-9223372036854775808", &i) == 0 && i == INT64_MIN, "the smallest");
	ok(parse_i64("9223372036854775807", &i) == 0 && i == INT64_MAX, "the largest");
	is_int(parse_i64("9223372036854775808", &i), -ERANGE, "one above");
	is_int(parse_i64("-9223372036854775809", &i), -ERANGE, "one below");
	is_int(parse_i64("--1", &i), -EINVAL, "two signs");
	is_int(parse_i64("-", &i), -EINVAL, "a sign alone");
	ok(parse_u64_at(&list, &v) == 0 && v == 12 && *list == ',',
	   "list: stops behind the number");
	is_int(parse_u64_at(&none, &v), -EINVAL, "list: no number");
	is_str(none, ",", "list: not moved on failure");
}

static void test_signals(void)
{
	static const struct {
		const char *text;
		int want;
	} rows[] = {
		{ "TERM", SIGTERM },
		{ "SIGTERM", SIGTERM },
		{ "sigterm", SIGTERM },
		{ "Kill", SIGKILL },
		{ "15", 15 },
		{ "0", 0 },
		{ "KILL", SIGKILL },
		{ "HUP", SIGHUP },
		{ "USR1", SIGUSR1 },
		{ "WINCH", SIGWINCH },
		{ "IOT", SIGABRT },
		{ "CLD", SIGCHLD },
		{ "64", 64 },
		{ "65", -EINVAL },
		{ "", -EINVAL },
		{ "SIG", -EINVAL },
		{ "SIGSIGTERM", -EINVAL },
		{ "-9", -EINVAL },
		{ "TERM ", -EINVAL },
		{ "NONSENSE", -EINVAL },
		{ "4294967305", -EINVAL },
		{ "RTMIN-1", -EINVAL },
		{ "RTMAX+1", -EINVAL },
		{ "RTMIN+99", -EINVAL },
		{ "RTMIN+", -EINVAL },
		{ "RT", -EINVAL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "K01 signal '%s'", rows[i].text);
		is_int(parse_signal(rows[i].text), rows[i].want, name);
	}
	is_int(parse_signal("RTMIN"), SIGRTMIN, "K01 RTMIN");
	is_int(parse_signal("SIGRTMIN+3"), SIGRTMIN + 3, "K01 SIGRTMIN+3 (podman, systemd)");
	is_int(parse_signal("SIGRTMAX-1"), SIGRTMAX - 1, "K01 SIGRTMAX-1");
	is_int(parse_signal("RTMAX"), SIGRTMAX, "K01 RTMAX");
	for (int sig = 1; sig < 32; sig++)
		ok(signal_name(sig) && parse_signal(signal_name(sig)) == sig, "name of %d and back",
		   sig);
	ok(signal_name(0) == NULL, "0 has no name");
}

static void test_distance(void)
{
	char lengthy[PARSE_DISTANCE_MAX + 2];

	is_int(parse_distance("", ""), 0, "G13 nothing to change");
	is_int(parse_distance("create", "creat"), 1, "G13 one letter less");
	is_int(parse_distance("kitten", "sitting"), 3, "G13 two changed, one more");
	is_int(parse_distance("", "abc"), 3, "G13 all of it");
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	ok(parse_distance(lengthy, "x") == SIZE_MAX && parse_distance("x", lengthy) == SIZE_MAX,
	   "G13 too long to compare");
	is_int(parse_distance(lengthy + 1, "x"), PARSE_DISTANCE_MAX - 1, "G13 as long as may be");
}

static void test_duration(void)
{
	static const struct {
		const char *text;
		uint64_t want;
	} good[] = {
		{ "0", 0 },
		{ "5s", UINT64_C(5000000000) },
		{ "+5s", UINT64_C(5000000000) },
		{ "500ms", 500000000 },
		{ "1m30s", UINT64_C(90000000000) },
		{ "1h1m1s1ms1us1ns", UINT64_C(3661001001001) },
		{ "1.5h", UINT64_C(5400000000000) },
		{ ".5s", 500000000 },
		{ "1.s", 1000000000 },
		{ "1.0000000019s", 1000000001 },
		{ "3\xc2\xb5s", 3000 },
		{ "3\xce\xbcs", 3000 },
	};
	static const char *const bad[] = { "",    "5",    "s",    ".s",   "-5s",
					   "5 s", "5sec", "1s2",  "1d",   "1..5s",
					   "5s ", "+",    "--1s", "0x1s", "1e3s" };
	uint64_t v;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(parse_duration(good[i].text, &v) == 0 && v == good[i].want, "K19 duration '%s'",
		   good[i].text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(parse_duration(bad[i], &v) == -EINVAL, "K19 no duration: '%s'", bad[i]);
	is_int(parse_duration("5124096h", &v), -ERANGE, "K19 a duration of too many nanoseconds");
	is_int(parse_duration("99999999999999999999s", &v), -ERANGE, "K19 too many digits");
}

int main(void)
{
	test_duration();
	test_distance();
	test_u64();
	test_others();
	test_signals();
	return tap_done();
}

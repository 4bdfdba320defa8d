/* SPDX-License-Identifier: Apache-2.0 */
/* See parse.h. */
#include "base/parse.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

int parse_u64_at(const char **p, uint64_t *ret)
{
	const char *s = *p;
	uint64_t v = 0;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return -ERANGE;
	*ret = v;
	*p = s;
	return 0;
}

int parse_u64(const char *s, uint64_t *ret)
{
	uint64_t v;
	int r = parse_u64_at(&s, &v);

	if (r < 0)
		return r;
	if (*s)
		return -EINVAL;
	*ret = v;
	return 0;
}

int parse_u32(const char *s, uint32_t *ret)
{
	uint64_t v;
	int r = parse_u64(s, &v);

	if (r < 0)
		return r;
	if (v > UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)v;
	return 0;
}

int parse_i64(const char *s, int64_t *ret)
{
	int negative = *s == '-';
	uint64_t v;
	int r = parse_u64(s + negative, &v);

	if (r < 0)
		return r;
	if (v > (uint64_t)INT64_MAX + (uint64_t)negative)
		return -ERANGE;
	*ret = negative ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
}

static int unit_at(const char **p, uint64_t *ret_ns)
{
	/* clang-format off */
	static const struct { const char *name; uint64_t ns; } units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "\xc2\xb5s", 1000 }, { "\xce\xbcs", 1000 },
		{ "ms", 1000000 }, { "s", 1000000000 }, { "m", UINT64_C(60000000000) },
		{ "h", UINT64_C(3600000000000) },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i].name);

		if (strncmp(*p, units[i].name, len) == 0) {
			*ret_ns = units[i].ns;
			*p += len;
			return 0;
		}
	}
	return -EINVAL;
}

/* ".25": of a unit of `scale`, which follows behind it. */
static uint64_t fraction(const char *digits, uint64_t scale)
{
	uint64_t part = 0;

	for (; *digits >= '0' && *digits <= '9' && scale; digits++) {
		part += scale * (uint64_t)(*digits - '0') / 10;
		scale /= 10;
	}
	return part;
}

int parse_duration(const char *s, uint64_t *ret_ns)
{
	uint64_t sum = 0;

	s += *s == '+';
	if (strcmp(s, "0") == 0) {
		*ret_ns = 0;
		return 0;
	}
	do {
		uint64_t v = 0, unit;
		const char *digits = NULL;
		bool whole = *s != '.';
		int r = whole ? parse_u64_at(&s, &v) : 0;

		if (r < 0)
			return r;
		if (*s == '.') {
			digits = ++s;
			s += strspn(s, "0123456789");
			if (s == digits && !whole)
				return -EINVAL;
		}
		if (unit_at(&s, &unit) < 0)
			return -EINVAL;
		if (__builtin_mul_overflow(v, unit, &v) ||
		    __builtin_add_overflow(v, digits ? fraction(digits, unit) : 0, &v) ||
		    __builtin_add_overflow(sum, v, &sum))
			return -ERANGE;
	} while (*s);
	*ret_ns = sum;
	return 0;
}

static int parse_rt_signal(const char *s)
{
	uint32_t n = 0;
	int base, sign;

	if (strncasecmp(s, "RTMIN", 5) == 0) {
		base = SIGRTMIN;
		sign = 1;
	} else if (strncasecmp(s, "RTMAX", 5) == 0) {
		base = SIGRTMAX;
		sign = -1;
	} else {
		return -EINVAL;
	}
	s += 5;
	if (*s) {
		if (*s != (sign > 0 ? '+' : '-') || parse_u32(s + 1, &n) < 0)
			return -EINVAL;
	}
	if (n > (uint32_t)(SIGRTMAX - SIGRTMIN))
		return -EINVAL;
	return base + sign * (int)n;
}

int parse_signal(const char *s)
{
	uint32_t n;

	if (*s >= '0' && *s <= '9') {
		if (parse_u32(s, &n) < 0 || n > (uint32_t)SIGRTMAX)
			return -EINVAL;
		return (int)n;
	}
	if (strncasecmp(s, "SIG", 3) == 0)
		s += 3;
	if (strncasecmp(s, "RT", 2) == 0)
		return parse_rt_signal(s);
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *name = sigabbrev_np(i);

		if (name && strcasecmp(name, s) == 0)
			return i;
	}
	if (strcasecmp(s, "IOT") == 0)
		return SIGABRT;
	if (strcasecmp(s, "CLD") == 0)
		return SIGCHLD;
	return -EINVAL;
}

const char *signal_name(int sig)
{
	return sigabbrev_np(sig);
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t parse_distance(const char *a, const char *b)
{
	size_t row[PARSE_DISTANCE_MAX + 1];
	size_t len = strlen(b);

	if (len > PARSE_DISTANCE_MAX || strlen(a) > PARSE_DISTANCE_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[len];
}

int parse_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

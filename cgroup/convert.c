/* SPDX-License-Identifier: Apache-2.0 */
/* See convert.h. No libm: the process would pay for a library it needs for one number. */
#include "cgroup/convert.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"

enum { WEIGHT_DEFAULT = 100 };

/* log2(x) of x >= 1: the whole part is the top bit; then one binary digit for each squaring. */
static double log2_of(uint64_t x)
{
	int whole = 63 - __builtin_clzll(x);
	double y = (double)x / (double)(UINT64_C(1) << whole), digit = 0.5, ret = whole;

	for (int i = 0; i < 52; i++, digit /= 2) {
		y *= y;
		if (y >= 2) {
			y /= 2;
			ret += digit;
		}
	}
	return ret;
}

/* 10^x of x >= 0. */
static double power_of_ten(double x)
{
	const double ln10 = 2.302585092994045684;
	double term = 1, sum = 1, scale = 1;

	for (; x >= 1; x -= 1)
		scale *= 10;
	for (int i = 1; i < 40; i++) {
		term *= x * ln10 / i;
		sum += term;
	}
	return sum * scale;
}

uint64_t convert_shares(uint64_t shares)
{
	double l, weight;
	uint64_t whole;

	if (shares == 0)
		return 0;
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return IO_WEIGHT_MAX;
	l = log2_of(shares);
	weight = power_of_ten((l * l + 125 * l) / 612 - 7.0 / 34);
	/* Rounded up, but 100.00000000000003 is 100. */
	whole = (uint64_t)(weight - 1e-9);
	return whole + 1;
}

int convert_swap(int64_t limit, int64_t swap, uint64_t *ret)
{
	if (swap < 0) {
		*ret = LIMIT_NONE;
	} else if (limit < 0) {
		/* As runc: without a limit on memory there is nothing to take off the sum. */
		*ret = swap == 0 ? LIMIT_NONE : (uint64_t)swap;
	} else if (swap == 0) {
		*ret = 0;
	} else if (limit == 0) {
		return -EDOM;
	} else if (swap < limit) {
		return -ERANGE;
	} else {
		*ret = (uint64_t)(swap - limit);
	}
	return 0;
}

uint64_t convert_quota_per_sec(int64_t quota, uint64_t period)
{
	uint64_t percent, ret;

	if (quota <= 0)
		return LIMIT_NONE;
	if (period == 0)
		period = CPU_PERIOD_DEFAULT;
	if (__builtin_mul_overflow((uint64_t)quota, 100, &percent))
		return LIMIT_NONE;
	percent = percent / period + (percent % period != 0);
	return __builtin_mul_overflow(percent, 10000, &ret) ? LIMIT_NONE : ret;
}

uint64_t convert_blkio_weight(uint64_t weight)
{
	return weight < BLKIO_WEIGHT_MIN ? (weight != 0)
					 : 1 + (weight - BLKIO_WEIGHT_MIN) * 9999 / 990;
}

uint64_t convert_io_weight(uint64_t weight)
{
	/* Rounded up, so that what convert_blkio_weight() rounded down comes back. */
	return weight == 0 ? 0 : BLKIO_WEIGHT_MIN + ((weight - 1) * 990 + 9998) / 9999;
}

uint64_t convert_bfq_to_unit_weight(uint64_t weight)
{
	return weight <= WEIGHT_DEFAULT ? weight : WEIGHT_DEFAULT + (weight - WEIGHT_DEFAULT) * 11;
}

/* --- lists of CPUs --- */

struct cpu_range {
	uint64_t first, last, used, group;
};

/* "3", "0-3", "0-31:2/4" (of every four the first two). */
static int parse_range(const char **p, struct cpu_range *ret)
{
	struct cpu_range r = { .used = 1, .group = 1 };
	int err = parse_u64_at(p, &r.first);

	if (err < 0)
		return err;
	r.last = r.first;
	if (**p == '-') {
		(*p)++;
		err = parse_u64_at(p, &r.last);
		if (err == 0 && **p == ':') {
			(*p)++;
			err = parse_u64_at(p, &r.used);
			if (err == 0 && *(*p)++ != '/')
				err = -EINVAL;
			if (err == 0)
				err = parse_u64_at(p, &r.group);
		}
	}
	if (err < 0)
		return err;
	if (r.last < r.first || r.group == 0 || r.used > r.group)
		return -EINVAL;
	*ret = r;
	return 0;
}

int convert_cpuset(const char *list, uint8_t *mask, size_t size)
{
	int used = 0;

	memset(mask, 0, size);
	if (strpbrk(list, "alN"))
		return -ENOTSUP;
	while (*(list += strspn(list, ", \t\n"))) {
		struct cpu_range r;
		int err = parse_range(&list, &r);

		if (err < 0)
			return err;
		if (*list && !strchr(", \t\n", *list))
			return -EINVAL;
		if (r.last >= size * 8)
			return -ERANGE;
		for (uint64_t i = r.first; i <= r.last; i++) {
			if ((i - r.first) % r.group >= r.used)
				continue;
			mask[i / 8] |= (uint8_t)(1 << i % 8);
			if ((int)(i / 8) >= used)
				used = (int)(i / 8) + 1;
		}
	}
	return used;
}

/* --- words --- */

int convert_size(const char *text, int64_t *ret)
{
	static const char units[] = "kmgtpe";
	uint64_t v;
	int err;

	if (strcmp(text, "max") == 0 || strcmp(text, "-1") == 0) {
		*ret = -1;
		return 0;
	}
	err = parse_u64_at(&text, &v);
	if (err < 0)
		return err;
	if (*text) {
		char unit = (char)(*text | 0x20);
		const char *at = strchr(units, unit);

		if (at) {
			if (__builtin_mul_overflow(v, UINT64_C(1) << 10 * (at - units + 1), &v))
				return -ERANGE;
			text++;
			if (*text == 'i' && (text[1] | 0x20) == 'b')
				text++;
		}
		if ((*text | 0x20) == 'b')
			text++;
		if (*text)
			return -EINVAL;
	}
	if (v > INT64_MAX)
		return -ERANGE;
	*ret = (int64_t)v;
	return 0;
}

const char *convert_text(uint64_t value, char buf[LIMIT_TEXT_MAX])
{
	if (value == LIMIT_NONE)
		return "max";
	snprintf(buf, LIMIT_TEXT_MAX, "%" PRIu64, value);
	return buf;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TAP for C unit tests: each test program includes this once, calls ok() and
 * its kin, and ends with `return tap_done();`. Test names carry the row ids of
 * features.md.
 */
#ifndef URUN_TESTS_TAP_H
#define URUN_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3), unused)) static bool ok(bool cond, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", cond ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	if (!cond)
		tap_failed++;
	return cond;
}

__attribute__((unused)) static bool is_int(long long got, long long want, const char *name)
{
	bool good = ok(got == want, "%s", name);

	if (!good)
		printf("# got %lld, want %lld\n", got, want);
	return good;
}

__attribute__((unused)) static bool is_str(const char *got, const char *want, const char *name)
{
	bool good = ok(got && want ? strcmp(got, want) == 0 : got == want, "%s", name);

	if (!good)
		printf("# got  '%s'\n# want '%s'\n", got ? got : "(null)", want ? want : "(null)");
	return good;
}

/* A string that must be found in another. */
__attribute__((unused)) static bool has_str(const char *got, const char *part, const char *name)
{
	bool good = ok(got && strstr(got, part) != NULL, "%s", name);

	if (!good)
		printf("# '%s'\n# lacks '%s'\n", got ? got : "(null)", part);
	return good;
}

__attribute__((unused)) static void skip(const char *name, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count, name, why);
}

__attribute__((unused)) static int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif

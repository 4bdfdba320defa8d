/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of plans share: a plan of limits, as lines "FILE=VALUE". */
#ifndef URUN_TESTS_CGROUP_PLAN_H
#define URUN_TESTS_CGROUP_PLAN_H

#include "../tap.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cgroup/files.h"

static struct arena test_arena = ARENA_INIT;
static struct error test_error;

/* The plan; with a failure it is empty, and test_error says why. */
__attribute__((unused)) static struct cgroup_plan plan_of(const struct limits *l,
							  const struct cgroup_present *now)
{
	struct cgroup_plan p = { .n = 0 };

	error_clear(&test_error);
	cgroup_plan_files(&test_arena, l, now, &p, &test_error);
	return p;
}

__attribute__((unused)) static const char *text_of(const struct limits *l,
						   const struct cgroup_present *now)
{
	struct cgroup_plan p = plan_of(l, now);
	const char *s = "";

	if (test_error.code)
		return test_error.msg;
	for (size_t i = 0; i < p.n; i++) {
		const struct cgroup_file *f = &p.files[i];

		s = arena_printf(&test_arena, "%s%s%s=%s%s%s%s%s%s", s, *s ? "; " : "", f->name,
				 f->value, f->other_name ? "|" : "",
				 f->other_name ? f->other_name : "", f->other_name ? "=" : "",
				 f->other_name ? f->other_value : "", f->is_default ? "?" : "");
	}
	return s;
}

#endif

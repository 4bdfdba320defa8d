/* SPDX-License-Identifier: Apache-2.0 */
/* See steps.h. */
#include "run/steps.h"

#include <errno.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"

int (*steps_test_hook)(const char *name, struct error *e);

static int explain(const struct step *s, struct error *e)
{
	enum error_kind kind = s->kind;

	if (kind == KIND_PROGRAM_MISSING && e->code != ENOENT)
		kind = e->code == ENOEXEC ? KIND_PROGRAM_FORMAT : KIND_PROGRAM_NOT_EXECUTABLE;
	return error_default_kind(e, kind);
}

static int run_one(const struct step *s, void *ctx, struct error *e)
{
	bool trace = log_enabled(LOG_LEVEL_DEBUG);
	uint64_t start = trace ? clock_us() : 0;
	int r = steps_test_hook ? steps_test_hook(s->name, e) : 0;

	if (r == 0)
		r = s->run(ctx, e);
	if (r < 0 && e->code)
		r = explain(s, e);
	if (trace)
		log_debug("step %s: %" PRIu64 " us%s", s->name, clock_us() - start,
			  r < 0 ? " (failed)" : "");
	return r;
}

static void undo_below(const struct step *steps, size_t n, void *ctx)
{
	while (n-- > 0)
		if (steps[n].undo && (!steps[n].wanted || steps[n].wanted(ctx)))
			steps[n].undo(ctx);
}

int steps_run(const struct step *steps, size_t n, void *ctx, struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		int r;

		if (steps[i].wanted && !steps[i].wanted(ctx))
			continue;
		r = run_one(&steps[i], ctx, e);
		if (r < 0) {
			undo_below(steps, i, ctx);
			return r;
		}
	}
	return 0;
}

void steps_undo(const struct step *steps, size_t n, void *ctx)
{
	undo_below(steps, n, ctx);
}

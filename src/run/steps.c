/* SPDX-License-Identifier: Apache-2.0 */
/* See steps.h. */
#include "run/steps.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"

int (*steps_test_hook)(const char *name, struct error *e);

static long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long)(ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

/* What a failure is where nobody said it better: by the row it happened in. */
static const struct {
	const char *step;
	enum error_kind kind;
} step_kinds[] = {
	{ "plan", KIND_CONFIG_PLAN },
	{ "connect-sockets", KIND_CALLERS_FILES },
	{ "send-pidfd", KIND_CALLERS_FILES },
	{ "write-pid-file", KIND_CALLERS_FILES },
	{ "start-id-maps", KIND_ID_MAPS },
	{ "finish-id-maps", KIND_ID_MAPS },
	{ "look-up-filter", KIND_SECCOMP },
	{ "compile-filter", KIND_SECCOMP },
	{ "receive-filter", KIND_SECCOMP },
	{ "seccomp", KIND_SECCOMP },
	{ "open-sources", KIND_MOUNT_SOURCE },
	{ "attach-root", KIND_ROOTFS },
	{ "pivot-root", KIND_ROOTFS },
	{ "mounts", KIND_MOUNT },
	{ "masked-paths", KIND_MOUNT },
	{ "readonly-paths", KIND_MOUNT },
	{ "devices", KIND_DEVICE },
	{ "hooks-create-runtime", KIND_HOOK },
	{ "hooks-create-container", KIND_HOOK },
	{ "hooks-start-container", KIND_HOOK },
	{ "sysctl", KIND_ATTRIBUTE },
	{ "hostname", KIND_ATTRIBUTE },
	{ "oom-score", KIND_ATTRIBUTE },
	{ "rlimits", KIND_ATTRIBUTE },
	{ "scheduler", KIND_ATTRIBUTE },
	{ "memory-policy", KIND_ATTRIBUTE },
	{ "bounding-set", KIND_ATTRIBUTE },
	{ "user-and-groups", KIND_ATTRIBUTE },
	{ "capabilities", KIND_ATTRIBUTE },
	{ "make-cwd", KIND_CWD },
	{ "cwd", KIND_CWD },
	{ "lsm-label", KIND_LSM },
};

static int explain(const char *step, struct error *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(step_kinds); i++)
		if (!strcmp(step_kinds[i].step, step))
			return error_default_kind(e, step_kinds[i].kind);
	if (strcmp(step, "find-program") && strcmp(step, "execve"))
		return -e->code;
	return error_default_kind(e, e->code == ENOENT    ? KIND_PROGRAM_MISSING
				     : e->code == ENOEXEC ? KIND_PROGRAM_FORMAT
							  : KIND_PROGRAM_NOT_EXECUTABLE);
}

static int run_one(const struct step *s, void *ctx, struct error *e)
{
	bool trace = log_enabled(LOG_LEVEL_DEBUG);
	long start = trace ? now_us() : 0;
	int r = steps_test_hook ? steps_test_hook(s->name, e) : 0;

	if (r == 0)
		r = s->run(ctx, e);
	if (r < 0 && e->code)
		r = explain(s->name, e);
	if (trace)
		log_debug("step %s: %ld us%s", s->name, now_us() - start, r < 0 ? " (failed)" : "");
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step table: the order of the work, reviewed in one screen. The driver runs
 * the rows in order, and on a failure undoes the finished ones backwards.
 */
#ifndef URUN_RUN_STEPS_H
#define URUN_RUN_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct step {
	const char *name;
	int (*run)(void *ctx, struct error *e);
	void (*undo)(void *ctx);   /* NULL: nothing to undo */
	bool (*wanted)(void *ctx); /* NULL: always */
	/*
	 * What a failure is where nobody said it better. KIND_PROGRAM_MISSING stands for
	 * all that can be wrong with a program: the errno tells.
	 */
	enum error_kind kind;
};

/* 0, or the first failure, with everything before it undone. */
int steps_run(const struct step *steps, size_t n, void *ctx, struct error *e);

/* Undoes all rows of a table that ran to its end, backwards. */
void steps_undo(const struct step *steps, size_t n, void *ctx);

/*
 * Called before each row where it is set; an error from it is the row's. NULL
 * but in the test program (tests/lib/test_hooks.c): fault injection.
 */
extern int (*steps_test_hook)(const char *name, struct error *e);

#endif

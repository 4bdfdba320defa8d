/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the user's command and becoming it (C20, P30). Usable after clone.
 * The messages are those that engines match on for exit codes 126 and 127
 * (engine-contracts.md section 2).
 */
#ifndef URUN_PROCESS_EXEC_H
#define URUN_PROCESS_EXEC_H

#include <limits.h>

#include "plan/plan.h"

struct process_executable {
	char path[PATH_MAX]; /* for execve(2), relative to the cwd if not absolute */
	/*
	 * What a failing execve means for this file, looked up beforehand: after
	 * it, a seccomp filter may forbid to look.
	 */
	char no_entry[512];   /* ENOENT: the interpreter that is missing, or "" */
	char bad_format[128]; /* ENOEXEC: machine or missing "#!", or "" */
};

/*
 * Finds argv[0] in the PATH of the process's env, as the user and in the cwd
 * that it will run with. rootfd is the container's "/".
 */
int process_find_executable(const struct process_plan *p, int rootfd,
			    struct process_executable *ret, struct error *e);

/* Becomes the command; returns only on failure. */
int process_execve(const struct process_plan *p, const struct process_executable *x,
		   struct error *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Working directory and HOME inside the container. Usable after clone. */
#ifndef URUN_PROCESS_CWD_H
#define URUN_PROCESS_CWD_H

#include <stdbool.h>

#include "plan/plan.h"

/*
 * While still privileged, after pivot: makes a missing p->cwd below rootfd (the
 * container's "/", mode 0755) and enters it. *ret_entered is false where even
 * root may not enter (a root-squashed network file system): the user may.
 */
int process_make_cwd(const struct process_plan *p, int rootfd, bool *ret_entered, struct error *e);

/* The same without making it: exec's cwd is there, or is an error (E07). */
int process_enter_cwd(const struct process_plan *p, int rootfd, bool *ret_entered, struct error *e);

/*
 * As the container's user: enters p->cwd, and verifies that it lies in the
 * container's root (C21, security.md O5). `entered` is process_make_cwd()'s
 * answer: then a directory that the user may not enter is kept.
 */
int process_set_cwd(const struct process_plan *p, int rootfd, bool entered, struct error *e);

/*
 * Where the plan needs_home: looks p->uid up in the container's /etc/passwd
 * and lets HOME in p->env point to buf, "HOME=/root" (C22). The file is
 * hostile: regular files only, 1 MiB at most, no line longer than 4 KiB.
 * Without an answer HOME stays "/".
 */
int process_set_home(const struct process_plan *p, int rootfd, char *buf, size_t size,
		     struct error *e);

#endif

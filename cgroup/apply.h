/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planned limits into a cgroup, by its directory's fd, and back out of it. Errors name the
 * user's key and, where the host is to be mended, say what to type.
 */
#ifndef URUN_CGROUP_APPLY_H
#define URUN_CGROUP_APPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "cgroup/files.h"

enum { CGROUP_VALUE_MAX = 65536 }; /* of a file that is read */

/*
 * Writes them in order and stops at the first that cannot be written. What asks for
 * nothing is left out where its controller is not there.
 */
int cgroup_apply(int dir, const struct cgroup_file *files, size_t n, struct error *e);

/* Would it find its files, and CPUs that are there? What apply says of them, before any write. */
int cgroup_check(int dir, const struct cgroup_file *files, size_t n, struct error *e);

/*
 * The same values in `own`, a cgroup below `dir` and the top of what the container sees,
 * for programs take their sizes from there. `dir`, which holds no process, enforces them:
 * what cannot be shown is left out.
 */
void cgroup_show(int dir, int own, const struct cgroup_file *files, size_t n);

/*
 * V04: refuses a limit (and a sum of memory and swap) that is not above what `dir` uses now.
 * Nothing is checked without memory.checkBeforeUpdate.
 */
int cgroup_check_usage(int dir, const struct limit_memory *m, struct error *e);

/* Fills in what `dir` has; what cannot be read is "not known". */
void cgroup_read_present(int dir, struct cgroup_present *ret);

/* The text of a file of `dir` without the last newline. -errno. */
int cgroup_read_file(struct arena *a, int dir, const char *name, const char **ret);

/*
 * What `dir` has for a planned write: the file's text, of a file with a line for each
 * device that device's line ("" if it has none). *from is the name of the file read (the
 * other one where the first is missing). -errno.
 */
int cgroup_read_back(struct arena *a, int dir, const struct cgroup_file *f, const char **from,
		     const char **ret);

/*
 * Does a text so read say what was written? Memory is counted in pages, CPU lists have
 * many spellings, a device's line has more keys than one.
 */
bool cgroup_value_holds(const struct cgroup_file *f, const char *from, const char *have);

#endif

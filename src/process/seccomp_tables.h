/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp words of the OCI spec and the kernel's numbers for them, for the
 * compiler and the `features` document. Each table ends with a row without a
 * name.
 */
#ifndef URUN_PROCESS_SECCOMP_TABLES_H
#define URUN_PROCESS_SECCOMP_TABLES_H

#include <stdint.h>

struct seccomp_word {
	const char *name;
	uint32_t value;
};

extern const struct seccomp_word seccomp_actions[];   /* SECCOMP_RET_* */
extern const struct seccomp_word seccomp_operators[]; /* enum scmp_compare */
extern const struct seccomp_word seccomp_flags[];     /* SECCOMP_FILTER_FLAG_* */

/* Names only: numbers are libseccomp's, if it knows the machine. NULL at the end. */
extern const char *const seccomp_archs[];

/* The row of `name`, or NULL. */
const struct seccomp_word *seccomp_word_find(const struct seccomp_word *table, const char *name);

#endif

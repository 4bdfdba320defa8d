/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that the spec knows, each list ended by NULL. One place for the
 * validator and for the features document, so that what is advertised is what
 * is accepted.
 */
#ifndef URUN_OCI_WORDS_H
#define URUN_OCI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "oci/config.h"

extern const char *const oci_hook_names[];
extern const char *const oci_namespace_names[OCI_NS_COUNT + 1]; /* by enum oci_namespace_type */
extern const char *const oci_seccomp_actions[];
extern const char *const oci_seccomp_operators[];
extern const char *const oci_seccomp_archs[];
extern const char *const oci_seccomp_flags[];
extern const char *const oci_scheduler_policies[];
extern const char *const oci_scheduler_flags[];
extern const char *const oci_io_priority_classes[];
extern const char *const oci_memory_policy_modes[];
extern const char *const oci_memory_policy_flags[];
extern const char *const oci_rootfs_propagations[]; /* with the r forms of runc and crun */
extern const char *const oci_personality_domains[];

struct oci_rlimit_word {
	const char *name; /* "RLIMIT_NOFILE"; NULL ends the list */
	int resource;
};

extern const struct oci_rlimit_word oci_rlimits[];

/* Index of `word` in a list, or -1. */
int oci_word_index(const char *const *list, const char *word);

#endif

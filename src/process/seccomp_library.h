/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libseccomp, opened when a filter must be compiled: most commands have none
 * to compile, and most containers find theirs in the cache. A static urun has
 * it linked.
 */
#ifndef URUN_PROCESS_SECCOMP_LIBRARY_H
#define URUN_PROCESS_SECCOMP_LIBRARY_H

#include <seccomp.h>

#include "base/dlopen.h"
#include "base/error.h"

#define SECCOMP_FUNCTIONS(X)                 \
	X(seccomp_arch_add)                  \
	X(seccomp_arch_native)               \
	X(seccomp_arch_remove)               \
	X(seccomp_arch_resolve_name)         \
	X(seccomp_attr_set)                  \
	X(seccomp_export_bpf)                \
	X(seccomp_init)                      \
	X(seccomp_release)                   \
	X(seccomp_rule_add_array)            \
	X(seccomp_syscall_resolve_name)      \
	X(seccomp_syscall_resolve_name_arch) \
	X(seccomp_version)

struct seccomp_library {
	SECCOMP_FUNCTIONS(DLOPEN_MEMBER)
};

/* The table, loaded once; an error where libseccomp is not installed. */
int seccomp_library_load(const struct seccomp_library **ret, struct error *e);

#endif

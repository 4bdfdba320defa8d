/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From .linux.seccomp to a BPF program (parent, before clone), and from the
 * program into the kernel (child). seccomp.c compiles with libseccomp;
 * seccomp_none.c is its twin for --disable-seccomp.
 */
#ifndef URUN_PROCESS_SECCOMP_H
#define URUN_PROCESS_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/dlopen.h"
#include "base/error.h"
#include "plan/plan.h"

struct seccomp_options {
	bool fail_unknown; /* A04: a syscall that libseccomp does not know is an error */
};

struct seccomp_program {
	struct sock_filter *insns;
	size_t len;
	unsigned int flags; /* SECCOMP_FILTER_FLAG_* */
};

struct seccomp_version {
	unsigned int major, minor, micro;
};

/* Compiles the profile into the arena. Milliseconds: see seccomp_cache.h. */
int seccomp_compile(struct arena *a, const struct oci_seccomp *s, const struct seccomp_options *o,
		    struct seccomp_program *ret, struct error *e);

/* Version of libseccomp; false where it is not installed or urun was built without it. */
bool seccomp_library_version(struct seccomp_version *ret);

/* Which libseccomp compiles here; all 0: none. Of a static urun it is the version. */
void seccomp_library_id(struct library_id *ret);
bool seccomp_library_is(const struct library_id *id);

/* Does libseccomp know this machine ("SCMP_ARCH_X86")? */
bool seccomp_knows_arch(const char *name);

/* Which of these SECCOMP_FILTER_FLAG_* bits the running kernel knows. */
unsigned int seccomp_kernel_flags(unsigned int flags);

/* .linux.seccomp.flags (s may be NULL) as SECCOMP_FILTER_FLAG_* bits. */
int seccomp_parse_flags(const struct oci_seccomp *s, unsigned int *ret, struct error *e);

/*
 * What to load a filter with: those of `flags` that make sense here, and with
 * `notify` what a listener takes. The rest is dropped with a warning (X04); so
 * this is for the parent, whom a warning does not stop.
 */
unsigned int seccomp_load_flags(unsigned int flags, bool notify);

/*
 * Loads p->filter (child; nothing if NULL) with p->filter_flags. Needs
 * no_new_privs or CAP_SYS_ADMIN. Returns 0, or with
 * SECCOMP_FILTER_FLAG_NEW_LISTENER the listener (close-on-exec).
 */
int process_apply_filter(const struct process_plan *p, struct error *e);

#endif

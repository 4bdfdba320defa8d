/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What seccomp.h does without libseccomp: flags, and the child's half, a raw
 * system call.
 */
#include "process/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "base/log.h"
#include "base/syscalls.h"
#include "process/seccomp_tables.h"

/* Headers of Linux 5.14 and libcs may lack them. */
#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* The bits that have a row in seccomp_flags[]. */
enum {
	KNOWN_WORDS = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG |
		      SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
};

static int load(unsigned int flags, const struct sock_fprog *prog)
{
	int r = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, prog);

	return r < 0 ? -errno : r;
}

/* Flags are checked before the (missing) program is read: EFAULT. */
static bool is_known(unsigned int flag)
{
	/* It is a flag of the listener. */
	if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return load(flag, NULL) == -EFAULT;
}

unsigned int seccomp_kernel_flags(unsigned int flags)
{
	unsigned int ret = 0;

	for (const struct seccomp_word *w = seccomp_flags; w->name; w++)
		if ((flags & w->value) && is_known(w->value))
			ret |= w->value;
	return ret;
}

int seccomp_parse_flags(const struct oci_seccomp *s, unsigned int *ret, struct error *e)
{
	/* None listed: as crun, no slow-down of the whole container (X04). */
	unsigned int flags = s && s->flags.n ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	for (size_t i = 0; s && i < s->flags.n; i++) {
		const struct seccomp_word *w = seccomp_word_find(seccomp_flags, s->flags.v[i]);

		if (!w)
			return error_msg(e, EINVAL, ".linux.seccomp.flags[%zu]: unknown flag '%s'",
					 i, s->flags.v[i]);
		flags |= w->value;
	}
	*ret = flags;
	return 0;
}

static const char *why_dropped(unsigned int flag, bool notify)
{
	if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV && !notify)
		return "is for filters with SCMP_ACT_NOTIFY and is left out";
	/* Those of the kernels that we need are not asked for each time. */
	if (flag > SECCOMP_FILTER_FLAG_TSYNC_ESRCH && !is_known(flag))
		return "is not taken by this kernel and is left out";
	return NULL;
}

unsigned int seccomp_load_flags(unsigned int flags, bool notify)
{
	for (const struct seccomp_word *w = seccomp_flags; w->name; w++) {
		const char *why = flags & w->value ? why_dropped(w->value, notify) : NULL;

		if (!why)
			continue;
		log_warning(".linux.seccomp.flags: '%s' %s", w->name, why);
		flags &= ~w->value;
	}
	if (!notify)
		return flags;
	/* Both a listener and the id of a thread that lags behind cannot be returned. */
	if (flags & SECCOMP_FILTER_FLAG_TSYNC)
		flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
	return flags | SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

int process_apply_filter(const struct process_plan *p, struct error *e)
{
	/* The kernel reads the program and writes nothing to it. */
	const struct sock_fprog prog = {
		.len = (unsigned short)p->filter_len,
		.filter = (struct sock_filter *)(uintptr_t)p->filter,
	};
	unsigned int flags = p->filter_flags, words;
	int r;

	if (!p->filter)
		return 0;
	r = load(flags, &prog);
	/* A kernel that is none (gVisor, say) may lack even old ones. */
	words = r == -EINVAL ? seccomp_kernel_flags(flags) : flags & KNOWN_WORDS;
	if (words != (flags & KNOWN_WORDS)) {
		log_warning("seccomp flags 0x%x are not taken by this kernel and are left out",
			    flags & KNOWN_WORDS & ~words);
		r = load((flags & ~KNOWN_WORDS) | words, &prog);
	}
	if (r >= 0)
		return r;
	if (r == -EACCES)
		return error_msg(e, EACCES,
				 "load the seccomp filter: without noNewPrivileges it "
				 "needs CAP_SYS_ADMIN in the user namespace");
	if (r == -EBUSY && (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
		return error_msg(e, EBUSY,
				 "load the seccomp filter: this process is under a filter with "
				 "SCMP_ACT_NOTIFY already, and the kernel takes one only");
	return error_set(e, r, "load the seccomp filter of %zu instructions", p->filter_len);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The child's half of seccomp.h: a raw system call, no libseccomp. */
#include "process/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "base/log.h"
#include "base/syscalls.h"
#include "process/seccomp_tables.h"

static int load(unsigned int flags, const struct sock_fprog *prog)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, prog) < 0 ? -errno : 0;
}

unsigned int seccomp_kernel_flags(unsigned int flags)
{
	unsigned int ret = 0;

	/* Flags are checked before the (missing) program is read: EFAULT. */
	for (const struct seccomp_word *w = seccomp_flags; w->name; w++)
		if ((flags & w->value) && load(w->value, NULL) == -EFAULT)
			ret |= w->value;
	return ret;
}

int process_apply_filter(const struct process_plan *p, struct error *e)
{
	/* The kernel reads the program and writes nothing to it. */
	const struct sock_fprog prog = {
		.len = (unsigned short)p->filter_len,
		.filter = (struct sock_filter *)(uintptr_t)p->filter,
	};
	unsigned int flags = p->filter_flags, known;
	int r;

	if (!p->filter)
		return 0;
	r = load(flags, &prog);
	if (r == -EINVAL && flags != 0) {
		known = seccomp_kernel_flags(flags);
		if (known != flags) {
			log_warning("seccomp flags 0x%x are not taken by this kernel and are left "
				    "out",
				    flags & ~known);
			r = load(known, &prog);
		}
	}
	if (r == -EACCES)
		return error_msg(e, EACCES,
				 "load the seccomp filter: without noNewPrivileges it "
				 "needs CAP_SYS_ADMIN in the user namespace");
	if (r < 0)
		return error_set(e, r, "load the seccomp filter of %zu instructions",
				 p->filter_len);
	return 0;
}

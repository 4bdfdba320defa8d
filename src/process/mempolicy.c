/* SPDX-License-Identifier: Apache-2.0 */
/* See mempolicy.h. Raw calls: libnuma is a dependency for one number. */
#include "process/mempolicy.h"

#include <errno.h>

#include "base/syscalls.h"

int process_set_memory_policy(const struct process_plan *p, struct error *e)
{
	/* The kernel reads maxnode - 1 bits. */
	unsigned long maxnode = p->mempolicy_nodes ? p->mempolicy_maxnode + 1 : 0;
	int err;

	if (!p->has_mempolicy ||
	    syscall(SYS_set_mempolicy, p->mempolicy_mode, p->mempolicy_nodes, maxnode) == 0)
		return 0;
	err = errno;
	error_set(e, err, "set the memory policy 0x%x", (unsigned int)p->mempolicy_mode);
	if (err == EINVAL)
		error_hint(e, "the mode must suit its nodes, and these must be online and in the "
			      "cpuset (see numactl --hardware)");
	return -err;
}

int process_set_personality(const struct process_plan *p, struct error *e)
{
	/* Without one it is 0, PER_LINUX: the caller's (setarch -R, gdb) is not the container's. */
	if (syscall(SYS_personality, p->personality) < 0 && p->has_personality)
		return error_set(e, errno, "set the personality 0x%lx", p->personality);
	return 0;
}

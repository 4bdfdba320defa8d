/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See seccomp_newer.h. For each machine:
 *
 *	ld  arch
 *	jeq AUDIT_ARCH, 0, behind this machine's block
 *	ld  nr
 *	jge first, 0, 2		(for each range)
 *	jgt last, 1, 0
 *	ret ERRNO|ENOSYS
 */
#include "process/seccomp_newer.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "process/bpf.h"

size_t newer_emit(const struct newer_range *ranges, size_t n, struct sock_filter *insns)
{
	size_t len = 0;

	for (size_t i = 0; i < n;) {
		uint32_t arch = ranges[i].audit_arch;
		size_t test;

		insns[len++] =
			bpf_stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
		test = len++;
		insns[len++] =
			bpf_stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
		for (; i < n && ranges[i].audit_arch == arch; i++) {
			insns[len++] = bpf_jump(BPF_JGE, ranges[i].first, 0, 2);
			insns[len++] = bpf_jump(BPF_JGT, ranges[i].last, 1, 0);
			insns[len++] = bpf_stmt(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
		}
		insns[test] = bpf_jump(BPF_JEQ, arch, 0, (uint8_t)(len - test - 1));
	}
	return len;
}

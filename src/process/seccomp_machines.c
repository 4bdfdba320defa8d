/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See seccomp_machines.h. The chooser:
 *
 *	ld  arch
 *	jeq AUDIT_ARCH, 0, 1	(for each machine but x32)
 *	ja  its filter
 *	ret KILL_THREAD
 *
 * where x32 has a filter, x86_64's two lines are
 *
 *	jeq AUDIT_ARCH_X86_64, 0, 4
 *	ld  nr
 *	jge 0x40000000, 0, 1
 *	ja  x32's filter
 *	ja  x86_64's filter
 */
#include "process/seccomp_machines.h"

#include <linux/seccomp.h>

#include "process/bpf.h"

enum { X32_BIT = 0x40000000 };

static const struct machine_filter *find_x32(const struct machine_filter *m, size_t n,
					     uint32_t audit_arch)
{
	for (size_t i = 0; i < n; i++)
		if (m[i].is_x32 && m[i].audit_arch == audit_arch)
			return &m[i];
	return NULL;
}

/* Where m[i]'s filter begins, counted from the end of the chooser. */
static size_t start_of(const struct machine_filter *m, const struct machine_filter *it)
{
	size_t at = 0;

	for (; m < it; m++)
		at += m->len;
	return at;
}

size_t machines_emit(const struct machine_filter *m, size_t n, struct sock_filter *insns)
{
	size_t len = 0;

	insns[len++] = bpf_stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < n; i++) {
		const struct machine_filter *x32 = find_x32(m, n, m[i].audit_arch);

		if (m[i].is_x32)
			continue;
		insns[len++] = bpf_jump(BPF_JEQ, m[i].audit_arch, 0, x32 ? 4 : 1);
		if (x32) {
			insns[len++] = bpf_stmt(BPF_LD | BPF_W | BPF_ABS,
						offsetof(struct seccomp_data, nr));
			insns[len++] = bpf_jump(BPF_JGE, X32_BIT, 0, 1);
			insns[len++] = bpf_stmt(BPF_JMP | BPF_JA, (uint32_t)start_of(m, x32));
		}
		insns[len++] = bpf_stmt(BPF_JMP | BPF_JA, (uint32_t)start_of(m, &m[i]));
	}
	insns[len++] = bpf_stmt(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD);
	/* A jump counts from the instruction behind it to its target. */
	for (size_t i = 0; i < len; i++)
		if (insns[i].code == (BPF_JMP | BPF_JA))
			insns[i].k += (uint32_t)(len - i - 1);
	return len;
}

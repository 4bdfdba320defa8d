/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small interpreter of the classic BPF that seccomp takes: tests ask a filter
 * for its answer without loading it, also for machines that are not ours.
 */
#ifndef URUN_TESTS_BPF_H
#define URUN_TESTS_BPF_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>

#define BPF_BAD 0xdeadbeefU /* the program is not valid */

static int bpf_jumps(const struct sock_filter *f, uint32_t acc)
{
	switch (BPF_OP(f->code)) {
	case BPF_JEQ:
		return acc == f->k;
	case BPF_JGT:
		return acc > f->k;
	case BPF_JGE:
		return acc >= f->k;
	case BPF_JSET:
		return (acc & f->k) != 0;
	}
	return -1;
}

static uint32_t bpf_run(const struct sock_filter *f, size_t len, const struct seccomp_data *d)
{
	uint32_t acc = 0, mem[BPF_MEMWORDS] = { 0 };

	for (size_t pc = 0; pc < len; pc++) {
		const struct sock_filter *i = &f[pc];
		int jump;

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			if (i->code == (BPF_LD | BPF_MEM) && i->k < BPF_MEMWORDS)
				acc = mem[i->k];
			else if (i->code == (BPF_LD | BPF_W | BPF_ABS) && i->k % 4 == 0 &&
				 i->k < sizeof(*d))
				memcpy(&acc, (const char *)d + i->k, sizeof(acc));
			else
				return BPF_BAD;
			break;
		case BPF_ST:
			if (i->k >= BPF_MEMWORDS)
				return BPF_BAD;
			mem[i->k] = acc;
			break;
		case BPF_ALU:
			if (i->code != (BPF_ALU | BPF_AND | BPF_K))
				return BPF_BAD;
			acc &= i->k;
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA) {
				pc += i->k;
				break;
			}
			jump = bpf_jumps(i, acc);
			if (jump < 0)
				return BPF_BAD;
			pc += jump ? i->jt : i->jf;
			break;
		case BPF_RET:
			return i->k;
		default:
			return BPF_BAD;
		}
	}
	return BPF_BAD;
}

/* The answer for one call with up to two arguments. */
static uint32_t bpf_ask(const struct sock_filter *f, size_t len, uint32_t arch, int nr,
			uint64_t arg0, uint64_t arg1)
{
	struct seccomp_data d = { .nr = nr, .arch = arch, .args = { arg0, arg1 } };

	return bpf_run(f, len, &d);
}

#endif

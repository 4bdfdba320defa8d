/* SPDX-License-Identifier: Apache-2.0 */
/* See bpf_check.h. */
#include "plan/bpf_check.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>

enum { WORD_BITS = 32 };

static const char *check_load(const struct sock_filter *f)
{
	switch (f->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (f->k >= sizeof(struct seccomp_data) || f->k % 4 != 0)
			return "loads from outside of seccomp_data";
		return NULL;
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
		return NULL;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return f->k < BPF_MEMWORDS ? NULL : "uses a memory word that there is not";
	default:
		return "is unknown to seccomp";
	}
}

static const char *check_alu(const struct sock_filter *f)
{
	switch (f->code) {
	case BPF_ALU | BPF_ADD | BPF_K:
	case BPF_ALU | BPF_ADD | BPF_X:
	case BPF_ALU | BPF_SUB | BPF_K:
	case BPF_ALU | BPF_SUB | BPF_X:
	case BPF_ALU | BPF_MUL | BPF_K:
	case BPF_ALU | BPF_MUL | BPF_X:
	case BPF_ALU | BPF_DIV | BPF_X:
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_ALU | BPF_AND | BPF_X:
	case BPF_ALU | BPF_OR | BPF_K:
	case BPF_ALU | BPF_OR | BPF_X:
	case BPF_ALU | BPF_XOR | BPF_K:
	case BPF_ALU | BPF_XOR | BPF_X:
	case BPF_ALU | BPF_LSH | BPF_X:
	case BPF_ALU | BPF_RSH | BPF_X:
	case BPF_ALU | BPF_NEG:
		return NULL;
	case BPF_ALU | BPF_DIV | BPF_K:
		return f->k != 0 ? NULL : "divides by zero";
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return f->k < WORD_BITS ? NULL : "shifts by more than a word";
	default:
		return "is unknown to seccomp";
	}
}

/* `left`: instructions behind this one. */
static const char *check_jump(const struct sock_filter *f, size_t left)
{
	switch (f->code) {
	case BPF_JMP | BPF_JA:
		return f->k < left ? NULL : "jumps out of the program";
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JEQ | BPF_X:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_X:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_X:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_X:
		return f->jt < left && f->jf < left ? NULL : "jumps out of the program";
	default:
		return "is unknown to seccomp";
	}
}

static const char *check_one(const struct sock_filter *f, size_t left)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_LDX:
	case BPF_ST:
	case BPF_STX:
		return check_load(f);
	case BPF_ALU:
		return check_alu(f);
	case BPF_JMP:
		return check_jump(f, left);
	case BPF_RET:
		return f->code == (BPF_RET | BPF_K) || f->code == (BPF_RET | BPF_A)
			       ? NULL
			       : "is unknown to seccomp";
	default:
		return f->code == (BPF_MISC | BPF_TAX) || f->code == (BPF_MISC | BPF_TXA)
			       ? NULL
			       : "is unknown to seccomp";
	}
}

/*
 * No word of memory may be read on a way on which it was not written: masks[i]
 * has the words that every jump to i has written. Jumps go forwards only.
 */
static size_t unwritten_read(const struct sock_filter *f, size_t n)
{
	uint16_t masks[BPF_MAXINSNS], valid = 0;

	for (size_t i = 0; i < n; i++)
		masks[i] = UINT16_MAX;
	for (size_t i = 0; i < n; i++) {
		valid &= masks[i];
		switch (BPF_CLASS(f[i].code)) {
		case BPF_ST:
		case BPF_STX:
			valid |= (uint16_t)(1U << f[i].k);
			break;
		case BPF_LD:
		case BPF_LDX:
			if (BPF_MODE(f[i].code) == BPF_MEM && !(valid & 1U << f[i].k))
				return i;
			break;
		case BPF_JMP:
			if (f[i].code == (BPF_JMP | BPF_JA)) {
				masks[i + 1 + f[i].k] &= valid;
			} else {
				masks[i + 1 + f[i].jt] &= valid;
				masks[i + 1 + f[i].jf] &= valid;
			}
			/* The next one is reached by jumps alone. */
			valid = UINT16_MAX;
			break;
		default:
			break;
		}
	}
	return n;
}

int bpf_check(const struct sock_filter *insns, size_t n, size_t *ret_at, const char **ret_why)
{
	*ret_at = 0;
	*ret_why = n == 0 ? "there is none" : "there are more than the kernel takes";
	if (n == 0 || n > BPF_MAXINSNS)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		*ret_at = i;
		*ret_why = check_one(&insns[i], n - i - 1);
		if (*ret_why)
			return -EINVAL;
	}
	*ret_why = "is the last and no return";
	if (BPF_CLASS(insns[n - 1].code) != BPF_RET)
		return -EINVAL;
	*ret_at = unwritten_read(insns, n);
	*ret_why = "reads memory that may not be written";
	return *ret_at < n ? -EINVAL : 0;
}

bool bpf_notifies(const struct sock_filter *insns, size_t n, bool computed)
{
	for (size_t i = 0; i < n; i++) {
		if (insns[i].code == (BPF_RET | BPF_K) &&
		    (insns[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
			return true;
		if (computed && insns[i].code == (BPF_RET | BPF_A))
			return true;
	}
	return false;
}

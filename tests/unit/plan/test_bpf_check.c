/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf_check() says yes and no where the kernel does: each program is asked of
 * both, hand-made ones and a great many at random.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"
#include "plan/bpf_check.h"

#define RETURN BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define LOAD(k) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, k)

enum { RANDOM_PROGRAMS = 3000, LEN_MAX = 8 };

/* In a child, whose filters pile up: a filter that ends it is one that was taken. */
static int kernel_takes(const struct sock_filter *f, size_t n)
{
	const struct sock_fprog prog = { (unsigned short)n, (struct sock_filter *)(uintptr_t)f };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		long r;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
		/* What it answers to this one does not matter. */
		syscall(SYS_exit_group, r < 0 ? (errno == EINVAL ? 1 : 2) : 0);
		__builtin_trap();
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) == 0 : 1;
}

static const struct {
	const char *name, *why; /* NULL: good */
	size_t n, at;
	struct sock_filter f[LEN_MAX];
} rows[] = {
	{ "a return", NULL, 1, 0, { RETURN } },
	{ "the accumulator", NULL, 1, 0, { BPF_STMT(BPF_RET | BPF_A, 0) } },
	{ "the last word", NULL, 2, 0, { LOAD(60), RETURN } },
	{ "behind it", "outside", 2, 0, { LOAD(64), RETURN } },
	{ "between words", "outside", 2, 0, { LOAD(2), RETURN } },
	{ "half a word", "unknown", 2, 0, { BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), RETURN } },
	{ "from X", "unknown", 2, 0, { BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), RETURN } },
	{ "the length", NULL, 2, 0, { BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), RETURN } },
	{ "modulo", "unknown", 2, 0, { BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), RETURN } },
	{ "by zero", "zero", 2, 0, { BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RETURN } },
	{ "by X", NULL, 2, 0, { BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0), RETURN } },
	{ "shift 31", NULL, 2, 0, { BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 31), RETURN } },
	{ "shift 32", "shifts", 2, 0, { BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 32), RETURN } },
	{ "jump to the last", NULL, 2, 0, { BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0), RETURN } },
	{ "jump out", "jumps", 2, 0, { BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), RETURN } },
	{ "jump far out", "jumps", 2, 0, { BPF_JUMP(BPF_JMP | BPF_JA, UINT32_MAX, 0, 0), RETURN } },
	{ "yes out", "jumps", 2, 0, { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), RETURN } },
	{ "no out", "jumps", 2, 0, { BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 255), RETURN } },
	{ "no return", "no return", 1, 0, { LOAD(0) } },
	{ "a jump at the end", "jumps", 2, 1, { RETURN, BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0) } },
	{ "written", NULL, 3, 0, { BPF_STMT(BPF_ST, 15), BPF_STMT(BPF_LD | BPF_MEM, 15), RETURN } },
	{ "word 16", "there is not", 2, 0, { BPF_STMT(BPF_STX, 16), RETURN } },
	{ "not written", "written", 2, 0, { BPF_STMT(BPF_LDX | BPF_MEM, 3), RETURN } },
	{ "written on one way",
	  "written",
	  4,
	  2,
	  { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), BPF_STMT(BPF_ST, 0),
	    BPF_STMT(BPF_LD | BPF_MEM, 0), RETURN } },
	{ "written on both",
	  NULL,
	  6,
	  0,
	  { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2), BPF_STMT(BPF_ST, 0),
	    BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), BPF_STMT(BPF_STX, 0),
	    BPF_STMT(BPF_LD | BPF_MEM, 0), RETURN } },
};

static void test_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why = "";
		size_t at = 99;
		int r = bpf_check(rows[i].f, rows[i].n, &at, &why);

		is_int(r, rows[i].why ? -EINVAL : 0, rows[i].name);
		if (rows[i].why)
			ok(at == rows[i].at && strstr(why, rows[i].why), "... %zu: %s", at, why);
		is_int(kernel_takes(rows[i].f, rows[i].n), r == 0, "... and so says the kernel");
	}
}

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Codes and operands around what is allowed, so that both answers are common. */
static size_t make_random(uint32_t *s, struct sock_filter *f)
{
	static const uint16_t codes[] = {
		BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_MEM,
		BPF_LDX | BPF_MEM,
		BPF_ST,
		BPF_STX,
		BPF_LD | BPF_IMM,
		BPF_JMP | BPF_JA,
		BPF_JMP | BPF_JEQ | BPF_K,
		BPF_JMP | BPF_JSET | BPF_X,
		BPF_ALU | BPF_LSH | BPF_K,
		BPF_ALU | BPF_DIV | BPF_K,
		BPF_ALU | BPF_NEG,
		BPF_MISC | BPF_TAX,
		BPF_MISC | BPF_TXA,
		BPF_RET | BPF_K,
		BPF_RET | BPF_A,
	};
	size_t n = 1 + next(s) % LEN_MAX;

	for (size_t i = 0; i < n; i++) {
		f[i] = (struct sock_filter){
			.code = codes[next(s) % (sizeof(codes) / sizeof(codes[0]))],
			.jt = (uint8_t)(next(s) % 4),
			.jf = (uint8_t)(next(s) % 4),
			.k = next(s) % 8 ? next(s) % 4 : next(s) % 70,
		};
		if (next(s) % 50 == 0)
			f[i].code = (uint16_t)(next(s) % 512);
	}
	if (next(s) % 8)
		f[n - 1] = (struct sock_filter)RETURN;
	return n;
}

static void test_random(void)
{
	uint32_t state = 20250101;
	int bad = 0, taken = 0;

	for (int i = 0; i < RANDOM_PROGRAMS; i++) {
		struct sock_filter f[LEN_MAX];
		size_t n = make_random(&state, f), at;
		const char *why;
		int ours = bpf_check(f, n, &at, &why) == 0;

		taken += ours;
		if (kernel_takes(f, n) == ours)
			continue;
		bad++;
		printf("# program %d: we say %d (%zu %s)\n", i, ours, at, why);
		for (size_t j = 0; j < n; j++)
			printf("#   %04x %u %u %u\n", f[j].code, f[j].jt, f[j].jf, f[j].k);
	}
	is_int(bad, 0, "A05 we and the kernel agree on programs at random");
	ok(taken > RANDOM_PROGRAMS / 20 && taken < RANDOM_PROGRAMS * 19 / 20,
	   "... of which %d are good", taken);
}

static void test_notifies(void)
{
	const struct sock_filter asks[] = { RETURN, BPF_STMT(BPF_RET | BPF_K, 0x7fc00001) };
	const struct sock_filter may[] = { BPF_STMT(BPF_RET | BPF_A, 0) };

	ok(bpf_notifies(asks, 2, false), "X09 a program that asks");
	ok(!bpf_notifies(asks, 1, true), "X09 one that does not");
	ok(!bpf_notifies(may, 1, false) && bpf_notifies(may, 1, true), "X09 one that may");
}

int main(void)
{
	test_rows();
	test_random();
	test_notifies();
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See device_bpf.h. What the kernel asks of the program is struct bpf_cgroup_dev_ctx: a kind
 * of device, its numbers, and what is wanted of it; 1 in r0 allows that.
 *
 * The rules come from the last to the first. r2 has what is wanted and not decided yet:
 * a rule that allows takes away what it allows, one that denies ends it if it has any of
 * that. So "rw" is what "r" is and "w" is, whichever rules say it. Jumps stay within their
 * rule, for they reach 32767 instructions only.
 *
 * A device is compared by the bits in which it differs from the rule's, in one jump. A jump
 * for each number would let the verifier know that number from there on, and follow each
 * of them to the end: its time would grow with the square of the rules.
 */
#include "cgroup/device_bpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

enum { ACCESS_ALL = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE };

enum {
	REG_RESULT = BPF_REG_0,
	REG_CONTEXT = BPF_REG_1,
	REG_WANTED = BPF_REG_2,
	REG_TYPE = BPF_REG_3,
	REG_MAJOR = BPF_REG_4,
	REG_MINOR = BPF_REG_5,
	REG_SCRATCH = BPF_REG_6,
};

#define MAJOR(n) .allow = true, .type = "c", .major = (n), .has_major = true
#define MINOR(n) .minor = (n), .has_minor = true

/* As crun and runc: allowed whatever the config says. To make a node is to open nothing. */
static const struct limit_device always[] = {
	{ .allow = true, .access = "m" },
	{ MAJOR(1), MINOR(3) },    /* null */
	{ MAJOR(1), MINOR(7) },    /* full */
	{ MAJOR(1), MINOR(5) },    /* zero */
	{ MAJOR(5), MINOR(0) },    /* tty */
	{ MAJOR(1), MINOR(8) },    /* random */
	{ MAJOR(1), MINOR(9) },    /* urandom */
	{ MAJOR(5), MINOR(1) },    /* console */
	{ MAJOR(136) },            /* terminals */
	{ MAJOR(5), MINOR(2) },    /* ptmx */
	{ MAJOR(10), MINOR(200) }, /* net/tun */
};

/* --- a rule --- */

static int access_bits(const struct limit_device *d)
{
	int bits = 0;

	for (const char *p = d->access ? d->access : "rwm"; *p; p++)
		bits |= *p == 'r'   ? BPF_DEVCG_ACC_READ
			: *p == 'w' ? BPF_DEVCG_ACC_WRITE
				    : BPF_DEVCG_ACC_MKNOD;
	return bits;
}

/* -1: any. */
static int64_t number(bool has, int64_t n)
{
	return has ? n : -1;
}

static bool has_type(const struct limit_device *d)
{
	return d->type && *d->type != 'a';
}

static bool is_for_all(const struct limit_device *d)
{
	return !has_type(d) && number(d->has_major, d->major) < 0 &&
	       number(d->has_minor, d->minor) < 0;
}

bool device_rules_allow_all(const struct limit_device *rules, size_t n)
{
	int open = ACCESS_ALL;

	while (open && n-- > 0) {
		int bits = access_bits(&rules[n]);

		if (!rules[n].allow && (bits & open))
			return false;
		if (is_for_all(&rules[n]))
			open &= ~bits;
	}
	return !open;
}

/* --- instructions --- */

static void add(struct bpf_insn **at, int code, int dst, int off, int imm)
{
	*(*at)++ = (struct bpf_insn){
		.code = (__u8)code, .dst_reg = (__u8)dst, .off = (__s16)off, .imm = imm
	};
}

static void add_load(struct bpf_insn **at, int dst, size_t off)
{
	add(at, BPF_LDX | BPF_MEM | BPF_W, dst, (int)off, 0);
	(*at)[-1].src_reg = REG_CONTEXT;
}

static void add_move(struct bpf_insn **at, int dst, int src)
{
	add(at, BPF_ALU64 | BPF_MOV | BPF_X, dst, 0, 0);
	(*at)[-1].src_reg = (__u8)src & 0xf;
}

static void add_answer(struct bpf_insn **at, int allowed)
{
	add(at, BPF_ALU64 | BPF_MOV | BPF_K, REG_RESULT, 0, allowed);
	add(at, BPF_JMP | BPF_EXIT, 0, 0, 0);
}

static void add_head(struct bpf_insn **at)
{
	add_load(at, REG_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	add_load(at, REG_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	add_load(at, REG_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	add_move(at, REG_WANTED, REG_TYPE);
	add(at, BPF_ALU64 | BPF_RSH | BPF_K, REG_WANTED, 0, 16);
	add(at, BPF_ALU64 | BPF_AND | BPF_K, REG_TYPE, 0, 0xffff);
}

/* What is left is denied; nothing is left: it was allowed bit by bit. */
static void add_tail(struct bpf_insn **at)
{
	add(at, BPF_ALU64 | BPF_MOV | BPF_K, REG_RESULT, 0, 0);
	add(at, BPF_JMP | BPF_JNE | BPF_K, REG_WANTED, 1, 0);
	add(at, BPF_ALU64 | BPF_MOV | BPF_K, REG_RESULT, 0, 1);
	add(at, BPF_JMP | BPF_EXIT, 0, 0, 0);
}

/* r0 |= the difference; the first of a rule sets it. */
static void add_compare(struct bpf_insn **at, const struct bpf_insn *start, int reg, int64_t value)
{
	int to = *at == start ? REG_RESULT : REG_SCRATCH;

	add_move(at, to, reg);
	add(at, BPF_ALU64 | BPF_XOR | BPF_K, to, 0, (int)value);
	if (to == REG_RESULT)
		return;
	add(at, BPF_ALU64 | BPF_OR | BPF_X, REG_RESULT, 0, 0);
	(*at)[-1].src_reg = REG_SCRATCH;
}

static void add_decision(struct bpf_insn **at, bool allow, int bits)
{
	if (!allow) {
		add_move(at, REG_RESULT, REG_WANTED);
		add(at, BPF_ALU64 | BPF_AND | BPF_K, REG_RESULT, 0, bits);
		add(at, BPF_JMP | BPF_JEQ | BPF_K, REG_RESULT, 2, 0);
		add_answer(at, 0);
		return;
	}
	if (bits != ACCESS_ALL) {
		add(at, BPF_ALU64 | BPF_AND | BPF_K, REG_WANTED, 0, ACCESS_ALL & ~bits);
		add(at, BPF_JMP | BPF_JNE | BPF_K, REG_WANTED, 2, 0);
	}
	add_answer(at, 1);
}

static void add_rule(struct bpf_insn **at, const struct limit_device *d)
{
	int64_t major = number(d->has_major, d->major), minor = number(d->has_minor, d->minor);
	struct bpf_insn *start = *at, *jump;

	if (has_type(d))
		add_compare(at, start, REG_TYPE,
			    *d->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (major >= 0)
		add_compare(at, start, REG_MAJOR, major);
	if (minor >= 0)
		add_compare(at, start, REG_MINOR, minor);
	jump = *at;
	if (jump != start)
		add(at, BPF_JMP | BPF_JNE | BPF_K, REG_RESULT, 0, 0);
	add_decision(at, d->allow, access_bits(d));
	/* How far is known when the rule is complete. */
	if (jump != start)
		jump->off = (__s16)(*at - jump - 1);
}

size_t device_bpf_emit(const struct limit_device *rules, size_t n, struct bpf_insn *out)
{
	struct bpf_insn *at = out;

	add_head(&at);
	while (n-- > 0) {
		bool last = is_for_all(&rules[n]) && access_bits(&rules[n]) == ACCESS_ALL;

		/* The kernel takes no instruction that cannot be reached. */
		if (last && rules[n].allow) {
			add_answer(&at, 1);
			return (size_t)(at - out);
		}
		if (last)
			break;
		add_rule(&at, &rules[n]);
	}
	add_tail(&at);
	return (size_t)(at - out);
}

int device_program_make(struct arena *a, const struct limits *l, struct device_program *ret,
			struct error *e)
{
	size_t n = l->n_devices + ARRAY_SIZE(always);
	struct limit_device *rules;

	*ret = (struct device_program){ .n = 0 };
	if (!l->n_devices || device_rules_allow_all(l->devices, l->n_devices))
		return 0;
	if (l->n_devices > DEVICE_RULES_MAX)
		return error_kind(e, KIND_CONFIG_VALUE, E2BIG,
				  ".linux.resources.devices: %zu rules are more than %d",
				  l->n_devices, DEVICE_RULES_MAX);
	rules = arena_calloc(a, n, sizeof(*rules));
	ret->insns =
		arena_calloc(a, DEVICE_FRAME_INSNS + n * DEVICE_RULE_INSNS, sizeof(*ret->insns));
	if (!rules || !ret->insns)
		return error_set(e, ENOMEM, "plan the device filter");
	memcpy(rules, l->devices, l->n_devices * sizeof(*rules));
	memcpy(rules + l->n_devices, always, sizeof(always));
	ret->n = device_bpf_emit(rules, n, ret->insns);
	return 0;
}

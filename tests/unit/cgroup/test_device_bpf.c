/* SPDX-License-Identifier: Apache-2.0 */
/*
 * V22: the program of device rules, run by an interpreter of the few instructions it is made
 * of, against what the rules say when they are read one bit at a time.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "../tap.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "cgroup/device_bpf.h"

enum { READ = BPF_DEVCG_ACC_READ, WRITE = BPF_DEVCG_ACC_WRITE, MKNOD = BPF_DEVCG_ACC_MKNOD };
enum { ALL = READ | WRITE | MKNOD };
enum { RULES = 12, ROUNDS = 3000, REQUESTS = 40 };

struct request {
	char type;
	unsigned int major, minor;
	int access;
};

/* --- the machine --- */

/* What the kernel refuses of a program is -1 here: it ends, stays inside, reads what was set. */
static int execute(const struct bpf_insn *p, size_t n, const struct bpf_cgroup_dev_ctx *ctx)
{
	__u64 r[11] = { 0 };
	bool set[11] = { [1] = true };

	for (size_t pc = 0; pc < n; pc++) {
		const struct bpf_insn *i = &p[pc];
		__u64 value = i->code & BPF_X ? r[i->src_reg] : (__u64)(__s64)i->imm;
		bool jump = false;

		if (i->dst_reg > 10 || i->src_reg > 10)
			return -1;
		if (BPF_CLASS(i->code) == BPF_LDX) {
			if (i->code != (BPF_LDX | BPF_MEM | BPF_W) || i->src_reg != 1 || !set[1] ||
			    i->off < 0 || i->off % 4 || i->off + 4 > (int)sizeof(*ctx))
				return -1;
			r[i->dst_reg] = ((const __u32 *)ctx)[i->off / 4];
			set[i->dst_reg] = true;
			continue;
		}
		if (i->code != (BPF_ALU64 | BPF_MOV | BPF_K) &&
		    i->code != (BPF_ALU64 | BPF_MOV | BPF_X) && !set[i->dst_reg])
			return -1;
		switch (i->code) {
		case BPF_ALU64 | BPF_MOV | BPF_X:
			if (!set[i->src_reg])
				return -1;
			/* fall through */
		case BPF_ALU64 | BPF_MOV | BPF_K:
			r[i->dst_reg] = value;
			set[i->dst_reg] = true;
			break;
		case BPF_ALU64 | BPF_OR | BPF_X:
			if (!set[i->src_reg])
				return -1;
			r[i->dst_reg] |= value;
			break;
		case BPF_ALU64 | BPF_XOR | BPF_K:
			r[i->dst_reg] ^= value;
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			r[i->dst_reg] &= value;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			r[i->dst_reg] >>= value;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jump = r[i->dst_reg] == value;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			jump = r[i->dst_reg] != value;
			break;
		case BPF_JMP | BPF_EXIT:
			return set[0] && r[0] <= 1 ? (int)r[0] : -1;
		default:
			return -1;
		}
		if (jump && i->off < 0)
			return -1;
		pc += jump ? (size_t)i->off : 0;
	}
	return -1;
}

/* As the verifier: everything can be reached, and no path leaves the program. */
static bool is_whole(const struct bpf_insn *p, size_t n)
{
	bool reached[DEVICE_FRAME_INSNS + RULES * DEVICE_RULE_INSNS + 64] = { true };

	if (n == 0 || n > ARRAY_SIZE(reached))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool ends = p[i].code == (BPF_JMP | BPF_EXIT);

		if (!reached[i] || (!ends && i + 1 == n))
			return false;
		if (!ends)
			reached[i + 1] = true;
		if (BPF_CLASS(p[i].code) != BPF_JMP || ends)
			continue;
		if (i + 1 + (size_t)p[i].off >= n)
			return false;
		reached[i + 1 + (size_t)p[i].off] = true;
	}
	return true;
}

static int answer(const struct bpf_insn *p, size_t n, const struct request *q)
{
	int type = q->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	const struct bpf_cgroup_dev_ctx ctx = { .access_type = (__u32)(q->access << 16 | type),
						.major = q->major,
						.minor = q->minor };

	return execute(p, n, &ctx);
}

/* --- the model --- */

static bool is_about(const struct limit_device *d, const struct request *q, char bit)
{
	return (!d->type || *d->type == 'a' || *d->type == q->type) &&
	       (!d->has_major || d->major == -1 || d->major == q->major) &&
	       (!d->has_minor || d->minor == -1 || d->minor == q->minor) &&
	       (!d->access || strchr(d->access, bit));
}

static bool model(const struct limit_device *rules, size_t n, const struct request *q)
{
	static const struct {
		int flag;
		char letter;
	} bits[] = { { READ, 'r' }, { WRITE, 'w' }, { MKNOD, 'm' } };

	for (size_t b = 0; b < ARRAY_SIZE(bits); b++) {
		bool allowed = false;

		if (!(q->access & bits[b].flag))
			continue;
		for (size_t i = 0; i < n; i++)
			if (is_about(&rules[i], q, bits[b].letter))
				allowed = rules[i].allow;
		if (!allowed)
			return false;
	}
	return true;
}

/* --- random ones --- */

static unsigned int dice(unsigned int sides)
{
	static unsigned long long state = 20260722;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(state >> 33) % sides;
}

/* Few values each, so that they meet; the largest that there are among them. */
static unsigned int random_number(void)
{
	static const unsigned int numbers[] = { 0, 1, 3, 136, 4095, 0xfffff, 0x7fffffff };

	return numbers[dice(ARRAY_SIZE(numbers))];
}

static struct limit_device random_rule(void)
{
	static const char *const types[] = { NULL, "a", "b", "c", "b", "c" };
	static const char *const accesses[] = { NULL, "rwm", "r", "w", "m", "rw", "wm", "mr" };

	return (struct limit_device){
		.allow = dice(2),
		.type = types[dice(ARRAY_SIZE(types))],
		.has_major = dice(3),
		.major = dice(6) ? (int64_t)random_number() : -1,
		.has_minor = dice(2),
		.minor = dice(6) ? (int64_t)random_number() : -1,
		.access = accesses[dice(ARRAY_SIZE(accesses))],
	};
}

static struct request random_request(void)
{
	return (struct request){ .type = "bc"[dice(2)],
				 .major = random_number(),
				 .minor = random_number(),
				 .access = (int)dice(ALL + 1) };
}

static void test_property(void)
{
	struct bpf_insn p[DEVICE_FRAME_INSNS + RULES * DEVICE_RULE_INSNS];
	struct limit_device rules[RULES];
	int wrong = 0, broken = 0, lies = 0, yes = 0, no = 0;

	for (int round = 0; round < ROUNDS; round++) {
		size_t n_rules = dice(RULES + 1), n;
		bool all;

		for (size_t i = 0; i < n_rules; i++)
			rules[i] = random_rule();
		n = device_bpf_emit(rules, n_rules, p);
		all = device_rules_allow_all(rules, n_rules);
		broken += n > ARRAY_SIZE(p) || !is_whole(p, n);
		for (int i = 0; i < REQUESTS && n <= ARRAY_SIZE(p); i++) {
			const struct request q = random_request();
			bool want = model(rules, n_rules, &q);

			wrong += answer(p, n, &q) != want;
			lies += all && !want;
			yes += want;
			no += !want;
		}
	}
	is_int(wrong, 0, "V22 the program says what the rules say");
	is_int(broken, 0, "V22 all of it can be reached, and it stays within its room");
	is_int(lies, 0, "V22 where all is allowed nothing is denied");
	ok(yes > 10000 && no > 10000, "V22 both answers were asked for: %d and %d", yes, no);
}

/* --- what one would write --- */

#define DENY_ALL                                \
	{                                       \
		.allow = false, .access = "rwm" \
	}

/* A program as the container gets it; -1: none. */
static int asks(const struct limit_device *rules, size_t n_rules, const char *q)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct limits l = { .devices = (struct limit_device *)rules, .n_devices = n_rules };
	struct device_program p;
	struct error e = ERROR_INIT;
	struct request r = { .access = 0 };
	char access[4];

	if (sscanf(q, "%c %u:%u %3s", &r.type, &r.major, &r.minor, access) != 4 ||
	    device_program_make(&a, &l, &p, &e) < 0)
		return -2;
	for (const char *s = access; *s; s++)
		r.access |= *s == 'r' ? READ : *s == 'w' ? WRITE : MKNOD;
	return p.n ? answer(p.insns, p.n, &r) : -1;
}

static void test_examples(void)
{
	static const struct limit_device none[] = { DENY_ALL };
	static const struct limit_device docker[] = {
		DENY_ALL,
		{ .allow = true,
		  .type = "c",
		  .major = 1,
		  .has_major = true,
		  .minor = 11,
		  .has_minor = true,
		  .access = "r" },
		{ .allow = true, .type = "b", .major = -1, .has_major = true, .access = "w" },
		{ .allow = false,
		  .type = "c",
		  .major = 1,
		  .has_major = true,
		  .minor = 3,
		  .has_minor = true,
		  .access = "rwm" },
	};
	static const struct limit_device list[] = {
		{ .allow = true, .type = "c", .major = 4, .has_major = true },
	};
	static const struct limit_device all[] = { DENY_ALL, { .allow = true } };
	static const struct limit_device parts[] = { { .allow = true, .access = "rw" },
						     { .allow = true, .access = "m" } };

	is_int(asks(none, 1, "c 1:11 r"), 0, "V22 all is denied");
	is_int(asks(none, 1, "c 1:11 m"), 1, "V22 but to make a node");
	is_int(asks(none, 1, "b 8:0 m"), 1, "V22 of any kind");
	is_int(asks(none, 1, "b 8:0 rm"), 0, "V22 which opens nothing");
	is_int(asks(none, 1, "c 1:3 rw"), 1, "V22 and what a container needs");
	is_int(asks(none, 1, "c 136:77 rw"), 1, "V22 any terminal of its own");
	is_int(asks(none, 1, "b 1:3 r"), 0, "V22 which is no block device");
	is_int(asks(docker, 4, "c 1:11 r"), 1, "V22 a rule allows");
	is_int(asks(docker, 4, "c 1:11 w"), 0, "V22 what it names");
	is_int(asks(docker, 4, "c 1:11 rw"), 0, "V22 and nothing with it");
	is_int(asks(docker, 4, "b 8:16 w"), 1, "V22 -1 is any number");
	is_int(asks(docker, 4, "c 1:3 rw"), 1, "V22 what a container needs cannot be denied");
	is_int(asks(list, 1, "c 4:64 rwm"), 1, "V22 a list without a denial allows what is in it");
	is_int(asks(list, 1, "c 9:64 r"), 0, "V22 and nothing else");
	is_int(asks(all, 2, "c 9:64 r"), -1, "V22 no program where a last rule allows all");
	is_int(asks(parts, 2, "c 9:64 r"), -1, "V22 or two do");
	is_int(asks(parts, 1, "c 9:64 rw"), 1, "V22 a part of it");
	is_int(asks(NULL, 0, "c 9:64 r"), -1, "V22 no rules, no program");
}

static void test_too_many(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct limits l = { .n_devices = DEVICE_RULES_MAX };
	struct device_program p;
	struct error e = ERROR_INIT;

	l.devices = arena_calloc(&a, DEVICE_RULES_MAX + 1, sizeof(*l.devices));
	is_int(device_program_make(&a, &l, &p, &e), 0, "V22 as many rules as may be");
	l.n_devices++;
	is_int(device_program_make(&a, &l, &p, &e), -E2BIG, "V22 one more");
	is_str(e.msg, ".linux.resources.devices: 1025 rules are more than 1024", "V22 is named");
}

int main(void)
{
	test_property();
	test_examples();
	test_too_many();
	return tap_done();
}

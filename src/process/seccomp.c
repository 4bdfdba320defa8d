/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See seccomp.h. The parent's half, and the only user of libseccomp. Theory of
 * operation: profile -> libseccomp rules, one filter a machine -> BPF in a
 * memfd -> one program (seccomp_machines.h), with the ENOSYS answers of
 * seccomp_newer.h in front. Nothing is loaded here, and the child never touches
 * libseccomp (it allocates).
 *
 * Strictness (security.md O8): unknown words are errors. A system call that
 * libseccomp does not know is left out with a warning only where that cannot
 * open anything: the default denies, or the rule allows.
 */
#include "process/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "process/seccomp_library.h"
#include "process/seccomp_machines.h"
#include "process/seccomp_newer.h"
#include "process/seccomp_tables.h"

enum {
	ARGS_MAX = 6,
	ARCHS_MAX = MACHINES_MAX,
	ERRNO_MAX = 4095,      /* MAX_ERRNO of the kernel */
	ARM_PRIVATE = 0xf0000, /* __ARM_NR_BASE: cacheflush, set_tls, ... */
	X32_BIT = 0x40000000,  /* __X32_SYSCALL_BIT */
	OPTIMIZE_BINARY_TREE = 2,
	RANGES_OF_ARCH = 3, /* at most, of ranges_of() */
};

_Static_assert(SCMP_CMP_NE == 1 && SCMP_CMP_MASKED_EQ == 7, "seccomp_operators[] is out of step");
_Static_assert(SCMP_ACT_ALLOW == SECCOMP_RET_ALLOW && SCMP_ACT_KILL == SECCOMP_RET_KILL_THREAD,
	       "seccomp_actions[] is out of step");

struct compiler {
	const struct oci_seccomp *profile;
	const struct seccomp_options *options;
	const struct seccomp_library *lib;
	scmp_filter_ctx ctx; /* of the machine at hand */
	uint32_t default_action;
	uint32_t archs[ARCHS_MAX]; /* SCMP_ARCH_*, the native one first */
	struct machine_filter filters[ARCHS_MAX];
	size_t n_archs;
	bool first;                      /* the first machine: what it warns of is not told again */
	int memfd;                       /* the filters, one behind the other */
	bool has_clone_args, has_clone3; /* rules on these names */
};

static int action_of(const char *name, bool has_errno, uint32_t errno_ret, uint32_t *ret,
		     struct error *e)
{
	const struct seccomp_word *w = name ? seccomp_word_find(seccomp_actions, name) : NULL;
	bool takes_errno;

	if (!name)
		return error_msg(e, EINVAL, "required key 'action' missing");
	if (!w)
		return error_msg(e, EINVAL, "unknown action '%s'", name);
	takes_errno = w->value == SECCOMP_RET_ERRNO || w->value == SECCOMP_RET_TRACE;
	if (has_errno && !takes_errno)
		return error_msg(e, EINVAL, "errnoRet does not go with action '%s'", name);
	if (has_errno && errno_ret > ERRNO_MAX)
		return error_msg(e, EINVAL, "errnoRet: %u is not in 0..%d", errno_ret, ERRNO_MAX);
	*ret = w->value;
	if (takes_errno)
		*ret |= has_errno ? errno_ret : EPERM;
	return 0;
}

static uint32_t action_kind(uint32_t action)
{
	return action & SECCOMP_RET_ACTION_FULL;
}

/* Does the action stop the call, or leave it to someone who may? */
static bool denies(uint32_t action)
{
	uint32_t kind = action_kind(action);

	return kind == SECCOMP_RET_ERRNO || kind == SECCOMP_RET_TRAP ||
	       kind == SECCOMP_RET_USER_NOTIF || kind == SECCOMP_RET_KILL_THREAD ||
	       kind == SECCOMP_RET_KILL_PROCESS;
}

/* SCMP_ARCH_X86_64 -> libseccomp's "x86_64"; 0 where it knows no such machine. */
static uint32_t arch_token(const struct seccomp_library *lib, const char *name)
{
	static const char prefix[] = "SCMP_ARCH_";
	char lower[32];
	size_t i = 0;

	name += sizeof(prefix) - 1;
	for (; name[i] && i < sizeof(lower) - 1; i++)
		lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
	lower[i] = '\0';
	return lib->seccomp_arch_resolve_name(lower);
}

static bool is_arch_of_spec(const char *name)
{
	for (const char *const *a = seccomp_archs; *a; a++)
		if (strcmp(*a, name) == 0)
			return true;
	return false;
}

bool seccomp_knows_arch(const char *name)
{
	const struct seccomp_library *lib;
	struct error e = ERROR_INIT;

	return is_arch_of_spec(name) && seccomp_library_load(&lib, &e) == 0 &&
	       arch_token(lib, name) != 0;
}

static bool has_arch(const struct compiler *c, uint32_t token)
{
	for (size_t i = 0; i < c->n_archs; i++)
		if (c->archs[i] == token)
			return true;
	return false;
}

/* Is the machine one that a filter of this one can go with (byte order)? */
static bool goes_with_native(const struct seccomp_library *lib, uint32_t token)
{
	scmp_filter_ctx ctx = lib->seccomp_init(SCMP_ACT_ALLOW);
	bool ret = ctx && lib->seccomp_arch_add(ctx, token) == 0;

	if (ctx)
		lib->seccomp_release(ctx);
	return ret;
}

static int list_archs(struct compiler *c, struct error *e)
{
	const struct oci_strings *names = &c->profile->architectures;

	c->archs[c->n_archs++] = c->lib->seccomp_arch_native();
	for (size_t i = 0; i < names->n; i++) {
		uint32_t token;

		if (!is_arch_of_spec(names->v[i]))
			return error_msg(e, EINVAL,
					 ".linux.seccomp.architectures[%zu]: unknown "
					 "architecture '%s'",
					 i, names->v[i]);
		token = arch_token(c->lib, names->v[i]);
		if (token && has_arch(c, token))
			continue;
		/* Left out, its calls kill: nothing opens. */
		if (!token || c->n_archs == ARCHS_MAX || !goes_with_native(c->lib, token)) {
			log_warning(".linux.seccomp.architectures[%zu]: '%s' does not go with this "
				    "machine or libseccomp and is left out",
				    i, names->v[i]);
			continue;
		}
		c->archs[c->n_archs++] = token;
	}
	return 0;
}

static int args_of(const struct oci_seccomp_syscall *rule, struct scmp_arg_cmp *args,
		   bool *ret_repeated, struct error *e)
{
	unsigned int seen = 0;

	*ret_repeated = false;
	for (size_t i = 0; i < rule->n_args; i++) {
		const struct oci_seccomp_arg *arg = &rule->args[i];
		const struct seccomp_word *op;

		op = arg->op ? seccomp_word_find(seccomp_operators, arg->op) : NULL;
		if (!op)
			return error_msg(e, EINVAL, "args[%zu].op: unknown operator '%s'", i,
					 arg->op ? arg->op : "");
		if (arg->index >= ARGS_MAX)
			return error_msg(e, EINVAL, "args[%zu].index: %u is not in 0..5", i,
					 arg->index);
		if (seen & 1U << arg->index)
			*ret_repeated = true;
		seen |= 1U << arg->index;
		args[i] = (struct scmp_arg_cmp){
			.arg = arg->index,
			.op = (enum scmp_compare)op->value,
			.datum_a = arg->value,
			.datum_b = arg->value_two,
		};
	}
	return 0;
}

static int add_rule(struct compiler *c, uint32_t action, int nr,
		    const struct oci_seccomp_syscall *rule, struct error *e)
{
	struct scmp_arg_cmp args[2 * ARGS_MAX];
	bool repeated;
	int r;

	if (rule->n_args > ARRAY_SIZE(args))
		return error_msg(e, EINVAL, "args: %zu conditions are too many", rule->n_args);
	r = args_of(rule, args, &repeated, e);
	if (r < 0)
		return r;
	if (!repeated) {
		r = c->lib->seccomp_rule_add_array(c->ctx, action, nr, (unsigned int)rule->n_args,
						   args);
	} else {
		/* One argument twice: libseccomp takes it once, so each is an own rule (X02). */
		for (size_t i = 0; i < rule->n_args && r == 0; i++)
			r = c->lib->seccomp_rule_add_array(c->ctx, action, nr, 1, &args[i]);
	}
	if (r == -EEXIST)
		return error_msg(e, EINVAL, "contradicts an earlier rule on the same arguments");
	return r < 0 ? error_set(e, r, "add the rule") : 0;
}

static int unknown_syscall(struct compiler *c, uint32_t action, const char *name, struct error *e)
{
	if (!c->options->fail_unknown && (denies(c->default_action) || !denies(action))) {
		if (c->first)
			log_warning("seccomp: unknown syscall '%s' is left out", name);
		return 0;
	}
	error_msg(e, EINVAL, "unknown syscall '%s'", name);
	error_hint(e, "take it out of the profile, or install a newer libseccomp");
	return -EINVAL;
}

static int add_syscalls(struct compiler *c, size_t index, struct error *e)
{
	const struct oci_seccomp_syscall *rule = &c->profile->syscalls[index];
	uint32_t action;
	int r;

	r = action_of(rule->action, rule->has_errno_ret, rule->errno_ret, &action, e);
	if (r < 0)
		return error_prefix(e, ".linux.seccomp.syscalls[%zu]", index);
	for (size_t i = 0; i < rule->names.n; i++) {
		const char *name = rule->names.v[i];
		int nr = c->lib->seccomp_syscall_resolve_name(name);

		c->has_clone3 |= strcmp(name, "clone3") == 0;
		if (nr == __NR_SCMP_ERROR)
			r = unknown_syscall(c, action, name, e);
		else if (action == c->default_action)
			r = 0; /* libseccomp refuses a rule that changes nothing */
		else
			r = add_rule(c, action, nr, rule, e);
		if (r < 0)
			return error_prefix(e, ".linux.seccomp.syscalls[%zu]: '%s'", index, name);
		if (action != c->default_action && rule->n_args > 0 && strcmp(name, "clone") == 0)
			c->has_clone_args = true;
	}
	return 0;
}

/* Largest number of this machine's that the profile names, or -1. */
static int largest_known(const struct compiler *c, uint32_t arch)
{
	int max = -1;

	for (size_t i = 0; i < c->profile->n_syscalls; i++) {
		const struct oci_strings *names = &c->profile->syscalls[i].names;

		for (size_t j = 0; j < names->n; j++) {
			int nr = c->lib->seccomp_syscall_resolve_name_arch(arch, names->v[j]);

			if (arch == SCMP_ARCH_ARM && nr >= ARM_PRIVATE)
				continue;
			if (nr > max)
				max = nr;
		}
	}
	return max;
}

/* Machine as struct seccomp_data shows it, and the end of its numbers. */
static void abi_of(uint32_t arch, uint32_t *ret_audit, uint32_t *ret_last)
{
	*ret_audit = arch == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : arch;
	if (arch == SCMP_ARCH_X86_64)
		*ret_last = X32_BIT - 1;
	else if (arch == SCMP_ARCH_ARM)
		*ret_last = ARM_PRIVATE - 1;
	else
		*ret_last = UINT32_MAX;
}

static size_t ranges_of(const struct compiler *c, uint32_t arch, struct newer_range *ret)
{
	uint32_t kind = action_kind(c->default_action), audit, last;
	bool answers =
		(kind == SECCOMP_RET_ERRNO && c->default_action != (SECCOMP_RET_ERRNO | ENOSYS)) ||
		kind == SECCOMP_RET_KILL_THREAD || kind == SECCOMP_RET_KILL_PROCESS ||
		kind == SECCOMP_RET_TRAP;
	int clone3 = c->lib->seccomp_syscall_resolve_name_arch(arch, "clone3");
	int max = largest_known(c, arch);
	size_t n = 0;

	abi_of(arch, &audit, &last);
	if (answers && max >= 0) {
		/*
		 * s390 takes numbers over 255 from a register, by way of call 0 (once
		 * setup); one that the kernel does not know stays 0.
		 */
		if (arch == SCMP_ARCH_S390 || arch == SCMP_ARCH_S390X)
			ret[n++] = (struct newer_range){ audit, 0, 0 };
		ret[n++] = (struct newer_range){ audit, (uint32_t)max + 1, last };
	}
	/*
	 * A filter cannot see clone3's flags, which lie in memory. Where clone is
	 * bound to some, clone3 would be the way around, and libc falls back to
	 * clone on ENOSYS only (O8).
	 */
	if (c->has_clone_args && !c->has_clone3 && clone3 >= 0)
		ret[n++] = (struct newer_range){ audit, (uint32_t)clone3, (uint32_t)clone3 };
	return n;
}

/* x86_64 and x32 share a machine: their ranges must stand side by side. */
static size_t emit_prefix(const struct compiler *c, struct sock_filter *insns)
{
	struct newer_range ranges[NEWER_RANGES_MAX], sorted[NEWER_RANGES_MAX];
	bool done[NEWER_RANGES_MAX] = { false };
	size_t n = 0, len = 0;

	for (size_t i = 0; i < c->n_archs && n + RANGES_OF_ARCH <= NEWER_RANGES_MAX; i++)
		n += ranges_of(c, c->archs[i], ranges + n);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = i; j < n && !done[i]; j++)
			if (ranges[j].audit_arch == ranges[i].audit_arch)
				sorted[len++] = ranges[j];
		for (size_t j = i; j < n; j++)
			done[j] |= ranges[j].audit_arch == ranges[i].audit_arch;
	}
	return newer_emit(sorted, len, insns);
}

static int init_ctx(struct compiler *c, uint32_t arch, struct error *e)
{
	int r = 0;

	c->ctx = c->lib->seccomp_init(c->default_action);
	if (!c->ctx)
		return error_set(e, ENOMEM, "start the seccomp filter");
	if (arch != c->lib->seccomp_arch_native()) {
		r = c->lib->seccomp_arch_remove(c->ctx, SCMP_ARCH_NATIVE);
		if (r == 0)
			r = c->lib->seccomp_arch_add(c->ctx, arch);
	}
	if (r == 0)
		r = c->lib->seccomp_attr_set(c->ctx, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (r == 0)
		r = c->lib->seccomp_attr_set(c->ctx, SCMP_FLTATR_CTL_OPTIMIZE,
					     OPTIMIZE_BINARY_TREE);
	return r < 0 ? error_set(e, r, "set the options of libseccomp") : 0;
}

/* One machine's filter, appended to the memfd. */
static int compile_arch(struct compiler *c, size_t index, struct error *e)
{
	struct machine_filter *m = &c->filters[index];
	struct stat before, after;
	int r = init_ctx(c, c->archs[index], e);

	c->first = index == 0;
	for (size_t i = 0; i < c->profile->n_syscalls && r == 0; i++)
		r = add_syscalls(c, i, e);
	if (r == 0 && fstat(c->memfd, &before) < 0)
		r = error_set(e, errno, "compile the seccomp filter");
	if (r == 0) {
		r = c->lib->seccomp_export_bpf(c->ctx, c->memfd);
		if (r < 0)
			error_set(e, r, "compile the seccomp filter");
	}
	if (c->ctx)
		c->lib->seccomp_release(c->ctx);
	c->ctx = NULL;
	if (r < 0)
		return r;
	if (fstat(c->memfd, &after) < 0)
		return error_set(e, errno, "compile the seccomp filter");
	*m = (struct machine_filter){
		.audit_arch = c->archs[index] == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : c->archs[index],
		.is_x32 = c->archs[index] == SCMP_ARCH_X32,
		.len = (size_t)(after.st_size - before.st_size) / sizeof(struct sock_filter),
	};
	return 0;
}

static int collect_program(const struct compiler *c, struct arena *a, struct seccomp_program *ret,
			   struct error *e)
{
	struct sock_filter head[NEWER_INSNS_MAX + MACHINES_INSNS_MAX], *insns;
	size_t n_head = emit_prefix(c, head), n = 0, size;

	n_head += machines_emit(c->filters, c->n_archs, head + n_head);
	for (size_t i = 0; i < c->n_archs; i++)
		n += c->filters[i].len;
	if (n == 0 || n + n_head > BPF_MAXINSNS)
		return error_msg(e, E2BIG,
				 ".linux.seccomp: the filter has %zu instructions, the "
				 "kernel takes %d",
				 n + n_head, BPF_MAXINSNS);
	insns = arena_calloc(a, n + n_head, sizeof(*insns));
	if (!insns)
		return error_set(e, ENOMEM, "read the seccomp filter");
	memcpy(insns, head, n_head * sizeof(*insns));
	size = n * sizeof(*insns);
	if (lseek(c->memfd, 0, SEEK_SET) < 0 ||
	    io_read_full(c->memfd, insns + n_head, size) != (ssize_t)size)
		return error_set(e, EIO, "read the seccomp filter");
	ret->insns = insns;
	ret->len = n + n_head;
	return 0;
}

int seccomp_compile(struct arena *a, const struct oci_seccomp *s, const struct seccomp_options *o,
		    struct seccomp_program *ret, struct error *e)
{
	struct compiler c = { .profile = s, .options = o };
	struct seccomp_program program = { 0 };
	cleanup_fd int memfd = -EBADF;
	int r = seccomp_library_load(&c.lib, e);

	if (r < 0)
		return r;
	r = action_of(s->default_action, s->has_default_errno_ret, s->default_errno_ret,
		      &c.default_action, e);
	if (r < 0)
		return error_prefix(e, ".linux.seccomp.defaultAction");
	r = seccomp_parse_flags(s, &program.flags, e);
	if (r == 0)
		r = list_archs(&c, e);
	if (r < 0)
		return r;
	memfd = c.memfd = memfd_create("seccomp", MFD_CLOEXEC);
	if (memfd < 0)
		return error_set(e, errno, "make a memfd for the seccomp filter");
	for (size_t i = 0; i < c.n_archs && r == 0; i++)
		r = compile_arch(&c, i, e);
	if (r == 0)
		r = collect_program(&c, a, &program, e);
	if (r < 0)
		return r;
	*ret = program;
	return 0;
}

bool seccomp_library_version(struct seccomp_version *ret)
{
	const struct seccomp_library *lib;
	const struct scmp_version *v;
	struct error e = ERROR_INIT;

	if (seccomp_library_load(&lib, &e) < 0)
		return false;
	v = lib->seccomp_version();
	ret->major = v->major;
	ret->minor = v->minor;
	ret->micro = v->micro;
	return true;
}

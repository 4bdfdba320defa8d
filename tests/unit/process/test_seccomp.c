/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp compiler: what a filter answers, asked of an interpreter and, in
 * a forked child, of the kernel. Profiles are hand-built and the engines' own
 * (tests/samples).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "bpf.h"
#include "oci/config.h"
#include "process/seccomp.h"
#include "process/seccomp_newer.h"
#include "process/seccomp_tables.h"

#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define X32 0x40000000
#define ALLOW SECCOMP_RET_ALLOW
#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))

static struct arena arena = ARENA_INIT;
static struct error error;

/* One rule; names end with NULL. */
static struct oci_seccomp_syscall rule(const char *action, char **names)
{
	struct oci_seccomp_syscall r = { .action = action, .names.v = names };

	while (names[r.names.n])
		r.names.n++;
	return r;
}

static int compile(const struct oci_seccomp *s, bool strict, struct seccomp_program *p)
{
	struct seccomp_options o = { .fail_unknown = strict };

	memset(p, 0, sizeof(*p));
	error_clear(&error);
	return seccomp_compile(&arena, s, &o, p, &error);
}

static uint32_t ask(const struct seccomp_program *p, uint32_t arch, int nr, uint64_t a0,
		    uint64_t a1)
{
	return bpf_ask(p->insns, p->len, arch, nr, a0, a1);
}

#if defined(__x86_64__)

#define NATIVE AUDIT_ARCH_X86_64
static char *all_archs[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", NULL };

static void test_basic(void)
{
	struct oci_seccomp_syscall rules[] = {
		rule("SCMP_ACT_ALLOW", (char *[]){ "read", "openat2", "no_such_call", NULL }),
		rule("SCMP_ACT_ERRNO", (char *[]){ "mount", NULL }),
		rule("SCMP_ACT_ERRNO", (char *[]){ "ptrace", NULL }),
		rule("SCMP_ACT_KILL_PROCESS", (char *[]){ "reboot", NULL }),
		rule("SCMP_ACT_TRAP", (char *[]){ "swapon", NULL }),
		rule("SCMP_ACT_LOG", (char *[]){ "chroot", NULL }),
		rule("SCMP_ACT_TRACE", (char *[]){ "acct", NULL }),
	};
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ERRNO", .syscalls = rules };
	struct seccomp_program p;

	s.n_syscalls = ARRAY_SIZE(rules);
	rules[2].errno_ret = 40;
	rules[2].has_errno_ret = true;
	is_int(compile(&s, false, &p), 0, "X01 a profile with each action compiles");
	is_int(p.flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW, "X04 no flags listed: SPEC_ALLOW");
	is_int(ask(&p, NATIVE, SYS_read, 0, 0), ALLOW, "X01 allowed");
	is_int(ask(&p, NATIVE, SYS_write, 0, 0), ERRNO(1), "X03 default ERRNO is EPERM");
	is_int(ask(&p, NATIVE, SYS_mount, 0, 0), ERRNO(1), "X01 a rule equal to the default");
	is_int(ask(&p, NATIVE, SYS_ptrace, 0, 0), ERRNO(40), "X03 errnoRet of a rule");
	is_int(ask(&p, NATIVE, SYS_reboot, 0, 0), SECCOMP_RET_KILL_PROCESS, "X01 KILL_PROCESS");
	is_int(ask(&p, NATIVE, SYS_swapon, 0, 0), SECCOMP_RET_TRAP, "X01 TRAP");
	is_int(ask(&p, NATIVE, SYS_chroot, 0, 0), SECCOMP_RET_LOG, "X01 LOG");
	is_int(ask(&p, NATIVE, SYS_acct, 0, 0), SECCOMP_RET_TRACE | 1, "X01 TRACE with EPERM");
	is_int(ask(&p, AUDIT_ARCH_AARCH64, 63, 0, 0), SECCOMP_RET_KILL_THREAD,
	       "X05 another machine's call kills");
	is_int(ask(&p, NATIVE, X32 | SYS_read, 0, 0), SECCOMP_RET_KILL_THREAD,
	       "X05 an x32 call kills where x32 is not listed");
	is_int(ask(&p, NATIVE, 438, 0, 0), ERRNO(ENOSYS), "X06 newer than the profile: ENOSYS");
	is_int(ask(&p, NATIVE, 437, 0, 0), ALLOW, "X06 the newest known is the filter's");
	is_int(ask(&p, NATIVE, 436, 0, 0), ERRNO(1), "X06 older and not listed: the default");
	is_int(ask(&p, NATIVE, X32 - 1, 0, 0), ERRNO(ENOSYS), "X06 the last number of the range");

	is_int(compile(&s, true, &p), -EINVAL, "A04 an unknown syscall is an error if asked");
	has_str(error.msg, "'no_such_call'", "A04 the error names it");
	ok(p.insns == NULL, "A04 the output is untouched");
	s.default_action = "SCMP_ACT_ALLOW";
	is_int(compile(&s, false, &p), 0, "X06 unknown in an allow rule is left out");
	is_int(ask(&p, NATIVE, 4000, 0, 0), ALLOW, "X06 default ALLOW: no ENOSYS");
	rules[1] = rule("SCMP_ACT_ERRNO", (char *[]){ "no_such_call", NULL });
	is_int(compile(&s, false, &p), -EINVAL, "O8 unknown in a deny rule below default ALLOW");
}

static void test_kill_default(void)
{
	struct oci_seccomp_syscall rules[] = { rule("SCMP_ACT_ALLOW", (char *[]){ "read", NULL }) };
	struct oci_seccomp s = { .default_action = "SCMP_ACT_KILL", .syscalls = rules };
	struct seccomp_program p;

	is_int(compile(&s, false, &p), 0, "X06 no rule at all compiles");
	is_int(ask(&p, NATIVE, 4000, 0, 0), SECCOMP_RET_KILL_THREAD,
	       "X06 nothing known: no ENOSYS");
	s.n_syscalls = 1;
	is_int(compile(&s, false, &p), 0, "X06 default KILL compiles");
	is_int(ask(&p, NATIVE, 4000, 0, 0), ERRNO(ENOSYS), "X06 default KILL: newer is ENOSYS");
	s.default_action = "SCMP_ACT_ERRNO";
	s.default_errno_ret = 38;
	s.has_default_errno_ret = true;
	is_int(compile(&s, false, &p), 0, "X03 defaultErrnoRet compiles");
	is_int(ask(&p, NATIVE, SYS_write, 0, 0), ERRNO(38), "X03 defaultErrnoRet");
	is_int(p.insns[0].k, 4, "X06 default ENOSYS needs no prefix: starts with the machine");
	is_int(p.insns[1].code, BPF_JMP | BPF_JEQ | BPF_K, "X06 ... and its test");
}

static void test_args(void)
{
	struct oci_seccomp_arg eq[] = { { 0, 8, 0, "SCMP_CMP_EQ" } };
	struct oci_seccomp_arg twice[] = { { 0, 8, 0, "SCMP_CMP_EQ" }, { 0, 9, 0, "SCMP_CMP_EQ" } };
	struct oci_seccomp_arg masked[] = { { 1, 0xf0, 0x20, "SCMP_CMP_MASKED_EQ" } };
	struct oci_seccomp_arg both[] = { { 0, 5, 0, "SCMP_CMP_GT" }, { 1, 7, 0, "SCMP_CMP_LE" } };
	struct oci_seccomp_arg wide[] = { { 0, UINT64_C(0x100000002), 0, "SCMP_CMP_NE" } };
	struct oci_seccomp_syscall rules[] = {
		rule("SCMP_ACT_ALLOW", (char *[]){ "personality", NULL }),
		rule("SCMP_ACT_ALLOW", (char *[]){ "socket", NULL }),
		rule("SCMP_ACT_ALLOW", (char *[]){ "ioctl", NULL }),
		rule("SCMP_ACT_ALLOW", (char *[]){ "kill", NULL }),
		rule("SCMP_ACT_ALLOW", (char *[]){ "lseek", NULL }),
	};
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ERRNO", .syscalls = rules };
	struct seccomp_program p;

	s.n_syscalls = ARRAY_SIZE(rules);
	rules[0].args = eq, rules[0].n_args = 1;
	rules[1].args = twice, rules[1].n_args = 2;
	rules[2].args = masked, rules[2].n_args = 1;
	rules[3].args = both, rules[3].n_args = 2;
	rules[4].args = wide, rules[4].n_args = 1;
	is_int(compile(&s, false, &p), 0, "X02 arguments compile");
	is_int(ask(&p, NATIVE, SYS_personality, 8, 0), ALLOW, "X02 EQ: yes");
	is_int(ask(&p, NATIVE, SYS_personality, 9, 0), ERRNO(1), "X02 EQ: no");
	is_int(ask(&p, NATIVE, SYS_personality, UINT64_C(0x100000008), 0), ERRNO(1),
	       "X02 EQ compares 64 bits");
	is_int(ask(&p, NATIVE, SYS_socket, 8, 0), ALLOW, "X02 same index twice: first");
	is_int(ask(&p, NATIVE, SYS_socket, 9, 0), ALLOW, "X02 same index twice: or second");
	is_int(ask(&p, NATIVE, SYS_socket, 10, 0), ERRNO(1), "X02 same index twice: neither");
	is_int(ask(&p, NATIVE, SYS_ioctl, 0, 0x123), ALLOW, "X02 MASKED_EQ: yes");
	is_int(ask(&p, NATIVE, SYS_ioctl, 0, 0x133), ERRNO(1), "X02 MASKED_EQ: no");
	is_int(ask(&p, NATIVE, SYS_kill, 6, 7), ALLOW, "X02 two arguments: both hold");
	is_int(ask(&p, NATIVE, SYS_kill, 5, 7), ERRNO(1), "X02 two arguments: one fails");
	is_int(ask(&p, NATIVE, SYS_kill, 6, 8), ERRNO(1), "X02 two arguments: other fails");
	is_int(ask(&p, NATIVE, SYS_lseek, 2, 0), ALLOW, "X02 NE with 64 bits");
	is_int(ask(&p, NATIVE, SYS_lseek, UINT64_C(0x100000002), 0), ERRNO(1), "X02 NE: equal");
	eq[0].index = 6;
	is_int(compile(&s, false, &p), -EINVAL, "X02 index 6 is refused");
	eq[0].index = 0;
	eq[0].op = "SCMP_CMP_ALMOST";
	is_int(compile(&s, false, &p), -EINVAL, "X02 unknown operator is refused");
	has_str(error.msg, "unknown operator 'SCMP_CMP_ALMOST'", "X02 ... and named");
}

static void test_clone3(void)
{
	struct oci_seccomp_arg ns[] = { { 0, 0x7e020000, 0, "SCMP_CMP_MASKED_EQ" } };
	struct oci_seccomp_syscall rules[] = {
		rule("SCMP_ACT_ALLOW", (char *[]){ "clone", NULL }),
		rule("SCMP_ACT_ALLOW", (char *[]){ "openat2", NULL }),
	};
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ERRNO", .syscalls = rules };
	struct seccomp_program p;

	s.n_syscalls = 2;
	rules[0].args = ns, rules[0].n_args = 1;
	s.architectures = (struct oci_strings){ all_archs, 3 };
	is_int(compile(&s, false, &p), 0, "O8 clone bound to flags compiles");
	is_int(ask(&p, NATIVE, SYS_clone, 0x11, 0), ALLOW, "O8 clone of a process");
	is_int(ask(&p, NATIVE, SYS_clone, 0x10000000, 0), ERRNO(1), "O8 clone of a user namespace");
	is_int(ask(&p, NATIVE, SYS_clone3, 0, 0), ERRNO(ENOSYS), "O8 clone3 is ENOSYS");
	is_int(ask(&p, NATIVE, X32 | 435, 0, 0), ERRNO(ENOSYS), "O8 clone3 is ENOSYS for x32");
	is_int(ask(&p, AUDIT_ARCH_I386, 435, 0, 0), ERRNO(ENOSYS), "O8 clone3 is ENOSYS for x86");
	is_int(ask(&p, NATIVE, 436, 0, 0), ERRNO(1), "O8 its neighbour is not");
	rules[1] = rule("SCMP_ACT_ALLOW", (char *[]){ "clone3", NULL });
	is_int(compile(&s, false, &p), 0, "O8 clone3 listed compiles");
	is_int(ask(&p, NATIVE, SYS_clone3, 0, 0), ALLOW, "O8 clone3 as the profile says");
}

static void test_archs(void)
{
	static char *odd[] = { "SCMP_ARCH_AARCH64", "SCMP_ARCH_S390X", "SCMP_ARCH_ARM", NULL };
	static char *bad[] = { "SCMP_ARCH_VAX", NULL };
	struct oci_seccomp_syscall rules[] = {
		rule("SCMP_ACT_ALLOW", (char *[]){ "read", "set_tls", "shmget", "openat2", NULL }),
	};
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ERRNO", .syscalls = rules };
	struct seccomp_program p;

	s.n_syscalls = 1;
	s.architectures = (struct oci_strings){ all_archs, 3 };
	is_int(compile(&s, false, &p), 0, "X05 three machines compile");
	is_int(ask(&p, AUDIT_ARCH_I386, 3, 0, 0), ALLOW, "X05 x86 read");
	is_int(ask(&p, AUDIT_ARCH_I386, 4, 0, 0), ERRNO(1), "X05 x86 write");
	is_int(ask(&p, AUDIT_ARCH_I386, 438, 0, 0), ERRNO(ENOSYS), "X06 x86 newer");
	is_int(ask(&p, NATIVE, X32 | 0, 0, 0), ALLOW, "X05 x32 read");
	is_int(ask(&p, NATIVE, X32 | 1, 0, 0), ERRNO(1), "X05 x32 write");
	is_int(ask(&p, NATIVE, X32 | 438, 0, 0), ERRNO(ENOSYS), "X06 x32 newer");
	is_int(ask(&p, NATIVE, 438, 0, 0), ERRNO(ENOSYS), "X06 x86_64 newer, beside x32");
	is_int(ask(&p, NATIVE, SYS_read, 0, 0), ALLOW, "X05 x86_64 read");
	s.architectures = (struct oci_strings){ odd, 3 };
	is_int(compile(&s, false, &p), 0, "X05 another byte order is left out");
	is_int(ask(&p, NATIVE, SYS_read, 0, 0), ALLOW, "X05 native is always there");
	is_int(ask(&p, AUDIT_ARCH_AARCH64, 63, 0, 0), ALLOW, "X05 aarch64 read");
	is_int(ask(&p, AUDIT_ARCH_S390X, 3, 0, 0), SECCOMP_RET_KILL_THREAD, "X05 s390x kills");
	is_int(ask(&p, AUDIT_ARCH_ARM, 0xf0005, 0, 0), ALLOW, "X06 arm's private numbers stay");
	is_int(ask(&p, AUDIT_ARCH_ARM, 0xf0002, 0, 0), ERRNO(1), "X06 ... also not listed ones");
	is_int(ask(&p, AUDIT_ARCH_ARM, 438, 0, 0), ERRNO(ENOSYS), "X06 arm newer");
	s.architectures = (struct oci_strings){ bad, 1 };
	is_int(compile(&s, false, &p), -EINVAL, "X05 an unknown machine is an error");
	has_str(error.msg, "'SCMP_ARCH_VAX'", "X05 ... and named");
}

static void test_refused(void)
{
	static char *flags[] = { "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC", NULL };
	static char *bad[] = { "SECCOMP_FILTER_FLAG_FAST", NULL };
	struct oci_seccomp_arg arg[] = { { 0, 1, 0, "SCMP_CMP_EQ" } };
	struct oci_seccomp_syscall rules[] = {
		rule("SCMP_ACT_ALLOW", (char *[]){ "read", NULL }),
		rule("SCMP_ACT_KILL", (char *[]){ "read", NULL }),
	};
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ERRNO", .syscalls = rules };
	struct seccomp_program p;

	s.n_syscalls = 1;
	s.flags = (struct oci_strings){ flags, 2 };
	is_int(compile(&s, false, &p), 0, "X04 flags compile");
	is_int(p.flags, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC, "X04 just those");
	s.flags = (struct oci_strings){ bad, 1 };
	is_int(compile(&s, false, &p), -EINVAL, "X04 an unknown flag is an error");
	s.flags.n = 0;
	s.n_syscalls = 2;
	rules[0].args = rules[1].args = arg, rules[0].n_args = rules[1].n_args = 1;
	is_int(compile(&s, false, &p), -EINVAL, "X02 rules that contradict each other");
	s.n_syscalls = 1;
	rules[0].action = "SCMP_ACT_PANIC";
	is_int(compile(&s, false, &p), -EINVAL, "X01 an unknown action is an error");
	is_str(error.msg, ".linux.seccomp.syscalls[0]: unknown action 'SCMP_ACT_PANIC'",
	       "X01 ... and named with its place");
	rules[0].action = "SCMP_ACT_ALLOW";
	rules[0].has_errno_ret = true;
	is_int(compile(&s, false, &p), -EINVAL, "X03 errnoRet with ALLOW is an error");
	rules[0].action = "SCMP_ACT_NOTIFY";
	rules[0].has_errno_ret = false;
	is_int(compile(&s, false, &p), 0, "X09 NOTIFY compiles");
	is_int(ask(&p, NATIVE, SYS_read, 1, 0), SECCOMP_RET_USER_NOTIF, "X09 ... and asks");
	is_int(ask(&p, NATIVE, SYS_read, 2, 0), ERRNO(1), "X09 ... under its condition");
	rules[0].action = "SCMP_ACT_ALLOW";
	s.default_action = NULL;
	is_int(compile(&s, false, &p), -EINVAL, "X01 a missing default is an error");
	s.default_action = "SCMP_ACT_NOTIFY";
	is_int(compile(&s, false, &p), 0, "X09 NOTIFY as the default compiles");
	is_int(ask(&p, NATIVE, 4000, 0, 0), SECCOMP_RET_USER_NOTIF,
	       "X06 X09 newer ones are asked about");
	s.default_action = "SCMP_ACT_TRAP";
	is_int(compile(&s, false, &p), 0, "X06 TRAP as the default compiles");
	is_int(ask(&p, NATIVE, 4000, 0, 0), ERRNO(ENOSYS), "X06 default TRAP: newer is ENOSYS");
	is_int(ask(&p, NATIVE, SYS_read, 2, 0), SECCOMP_RET_TRAP, "X06 ... older is not");
	s.default_action = "SCMP_ACT_TRACE";
	is_int(compile(&s, false, &p), 0, "X06 TRACE as the default compiles");
	is_int(ask(&p, NATIVE, 4000, 0, 0), SECCOMP_RET_TRACE | 1, "X06 a tracer decides itself");
	s.default_action = "SCMP_ACT_ALLOW";
	rules[0] = rule("SCMP_ACT_NOTIFY", (char *[]){ "no_such_call", NULL });
	is_int(compile(&s, false, &p), -EINVAL, "O8 unknown in a rule that asks, below ALLOW");
}

static void test_flags(void)
{
	const unsigned int kill = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	const unsigned int tsync = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG;
	const unsigned int listener = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	unsigned int flags = 1;

	is_int(seccomp_parse_flags(NULL, &flags, &error), 0, "A05 no profile, no flags");
	is_int(flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW, "A05 ... as with none listed");
	is_int(seccomp_load_flags(tsync, false), tsync, "X04 nothing is added");
	is_int(seccomp_load_flags(kill | tsync, false), tsync,
	       "X04 the listener's flag is dropped");
	is_int(seccomp_load_flags(0, true), listener, "X09 a listener");
	is_int(seccomp_load_flags(tsync, true), tsync | listener | SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
	       "X09 TSYNC with a listener needs another way to fail");
	if (seccomp_kernel_flags(kill))
		is_int(seccomp_load_flags(kill, true), kill | listener, "X04 X09 ... and its flag");
	else
		is_int(seccomp_load_flags(kill, true), listener, "X04 not this kernel's");
}

/* The listener must be one: the kernel says so. */
static int load_and_listen(void)
{
	const struct sock_filter insns[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct process_plan plan = {
		.filter = insns,
		.filter_len = 1,
		.filter_flags = seccomp_load_flags(SECCOMP_FILTER_FLAG_TSYNC, true),
	};
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return 1;
	fd = process_apply_filter(&plan, &error);
	if (fd < 0 || fcntl(fd, F_GETFD) != FD_CLOEXEC)
		return 2;
	if (process_apply_filter(&plan, &error) != -EBUSY || !strstr(error.msg, "takes one only"))
		return 3;
	return 0;
}

static void test_listener(void)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		syscall(SYS_exit_group, load_and_listen());
	waitpid(pid, &status, 0);
	is_int(status, 0, "X09 the listener is close-on-exec, a second one is told apart");
}

/* Runs in a child: 0 = the kernel answers as the filter should. */
static int load_and_try(const struct seccomp_program *p)
{
	struct process_plan plan = {
		.filter = p->insns,
		.filter_len = p->len,
		.filter_flags = seccomp_load_flags(
			p->flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, false),
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || process_apply_filter(&plan, &error) < 0)
		return 1;
	if (syscall(SYS_personality, 0xffffffff) >= 0 || errno != EPERM)
		return 2;
	if (syscall(SYS_getppid) >= 0 || errno != 40)
		return 3;
	if (syscall(499) >= 0 || errno != ENOSYS)
		return 4;
	if (syscall(SYS_getpid) <= 0)
		return 5;
	return 0;
}

static void test_kernel(void)
{
	struct oci_seccomp_syscall rules[] = {
		rule("SCMP_ACT_ALLOW", (char *[]){ "getpid", "exit_group", "seccomp", "openat2",
						   "sendto", "write", "exit", NULL }),
		rule("SCMP_ACT_ERRNO", (char *[]){ "getppid", NULL }),
	};
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ERRNO", .syscalls = rules };
	struct seccomp_program p;
	int status = 0;
	pid_t pid;

	s.n_syscalls = 2;
	rules[1].errno_ret = 40;
	rules[1].has_errno_ret = true;
	is_int(compile(&s, false, &p), 0, "X07 a profile for the kernel compiles");
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		syscall(SYS_exit_group, load_and_try(&p)); /* a sanitizer's _exit() does more */
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status), "X04 a refused flag is dropped, the filter loads");
	is_int(WEXITSTATUS(status), 0, "X07 the kernel answers as the filter says");
}

#else

static void test_none(void)
{
	skip("X01 seccomp semantics", "the numbers in this test are x86_64's");
}

#endif

static void test_newer(void)
{
	const struct newer_range ranges[] = { { 7, 10, 20 }, { 7, 30, 30 }, { 8, 5, UINT32_MAX } };
	struct sock_filter insns[NEWER_INSNS_MAX];
	size_t n = newer_emit(ranges, 3, insns);

	insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG);
	is_int(bpf_ask(insns, n, 7, 9, 0, 0), SECCOMP_RET_LOG, "X06 below a range");
	is_int(bpf_ask(insns, n, 7, 10, 0, 0), ERRNO(ENOSYS), "X06 first of a range");
	is_int(bpf_ask(insns, n, 7, 20, 0, 0), ERRNO(ENOSYS), "X06 last of a range");
	is_int(bpf_ask(insns, n, 7, 21, 0, 0), SECCOMP_RET_LOG, "X06 above a range");
	is_int(bpf_ask(insns, n, 7, 30, 0, 0), ERRNO(ENOSYS), "X06 a range of one");
	is_int(bpf_ask(insns, n, 8, 4, 0, 0), SECCOMP_RET_LOG, "X06 second machine, below");
	is_int(bpf_ask(insns, n, 8, -1, 0, 0), ERRNO(ENOSYS), "X06 second machine, the last");
	is_int(bpf_ask(insns, n, 9, 10, 0, 0), SECCOMP_RET_LOG, "X06 a machine without ranges");
}

/* Every sample's profile compiles, its syscalls pass, and the rest is bounded. */
static void test_sample(const char *path)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_free char *text = NULL;
	struct oci_config *c;
	struct seccomp_program p;
	size_t len;
	int fd;

	if (io_read_file_at(AT_FDCWD, path, OCI_CONFIG_MAX, &text, &len) < 0 ||
	    oci_load_memory(&a, path, text, len, &c, &error) < 0 || !c->linux->seccomp)
		return;
	if (!ok(compile(c->linux->seccomp, false, &p) == 0, "X01 %s compiles", path))
		printf("# %s\n", error.msg);
	if (!p.insns)
		return;
	ok(p.len < BPF_MAXINSNS, "X01 %s: %zu instructions", path, p.len);
#if defined(__x86_64__)
	is_int(ask(&p, NATIVE, SYS_execve, 0, 0), ALLOW, "X01 ... lets execve pass");
	is_int(ask(&p, NATIVE, SYS_kexec_load, 0, 0) & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO,
	       "X01 ... refuses kexec_load");
	is_int(ask(&p, NATIVE, 4000, 0, 0), ERRNO(ENOSYS), "X06 ... ENOSYS for newer calls");
	is_int(ask(&p, NATIVE, SYS_clone3, 0, 0) != ERRNO(1), 1, "O8 ... clone3 is not EPERM");
	/* The kernel's verifier takes it: EFAULT would come first for a bad pointer. */
	fflush(stdout);
	fd = fork();
	if (fd == 0) {
		struct process_plan plan = { .filter = p.insns, .filter_len = p.len };

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		syscall(SYS_exit_group, process_apply_filter(&plan, &error) == 0 ? 0 : 1);
	}
	waitpid(fd, &fd, 0);
	is_int(fd, 0, "X07 ... the kernel takes it");
#else
	(void)fd;
#endif
}

static void test_samples(void)
{
	const char *srcdir = getenv("srcdir");
	char dirname[4096], path[8192];
	struct dirent *entry;
	DIR *dir;

	snprintf(dirname, sizeof(dirname), "%s/tests/samples", srcdir ? srcdir : ".");
	dir = opendir(dirname);
	if (!dir) {
		skip("X01 the engines' profiles", "tests/samples is not here");
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (!strstr(entry->d_name, ".json"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dirname, entry->d_name);
		test_sample(path);
	}
	closedir(dir);
}

static bool is_older_than(unsigned int major, unsigned int minor)
{
	unsigned int have_major = 0, have_minor = 0;
	struct utsname u;

	uname(&u);
	sscanf(u.release, "%u.%u", &have_major, &have_minor);
	return have_major < major || (have_major == major && have_minor < minor);
}

static void test_tables(void)
{
	int n = 0;

	for (const struct seccomp_word *w = seccomp_operators; w->name; w++)
		n++;
	is_int(n, 7, "X02 seven operators");
	is_int(seccomp_word_find(seccomp_actions, "SCMP_ACT_KILL")->value, 0,
	       "X01 KILL is a thread's");
	ok(!seccomp_word_find(seccomp_actions, "scmp_act_kill"), "X01 names are exact");
	ok(!seccomp_knows_arch("X86"), "X05 a name without its prefix is unknown");
	ok(seccomp_knows_arch("SCMP_ARCH_AARCH64"), "X05 libseccomp knows aarch64");
	is_int(seccomp_kernel_flags(SECCOMP_FILTER_FLAG_LOG | 1U << 30), SECCOMP_FILTER_FLAG_LOG,
	       "X04 the kernel's flags are probed");
	/* What the mainline kernel from 5.19 on must answer. */
	if (!is_older_than(5, 19))
		is_int(seccomp_kernel_flags(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV),
		       SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		       "X04 also the one that is a listener's");
}

int main(void)
{
	struct seccomp_version version;

	if (!seccomp_library_version(&version)) {
		skip("X01 seccomp filters", "this urun was built without libseccomp");
		return tap_done();
	}
	test_tables();
	test_newer();
#if defined(__x86_64__)
	test_basic();
	test_kill_default();
	test_args();
	test_clone3();
	test_archs();
	test_refused();
	test_flags();
	test_listener();
	test_kernel();
#else
	test_none();
#endif
	test_samples();
	arena_free(&arena);
	return tap_done();
}

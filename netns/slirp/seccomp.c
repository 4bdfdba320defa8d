/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls of the loop, of libslirp in it, and of what libc and glib do on
 * their behalf. Whatever else comes ends the process. Written for the machine this
 * is built for, by the numbers of its headers: libseccomp would cost a library and
 * more code than this in each of these processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/syscalls.h"
#include "netns/slirp/sandbox.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define ARCH AUDIT_ARCH_S390X
#elif defined(__loongarch64)
#define ARCH AUDIT_ARCH_LOONGARCH64
#else
#error "no name of this machine for seccomp: add it, or configure with --disable-slirp"
#endif

/* The kernel gives 64-bit arguments; their lower halves are looked at. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARG(n) (offsetof(struct seccomp_data, args) + (n)*8U)
#else
#define ARG(n) (offsetof(struct seccomp_data, args) + (n)*8U + 4U)
#endif

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define KILL RETURN(SECCOMP_RET_KILL_PROCESS)
#define FAIL(err) RETURN(SECCOMP_RET_ERRNO | (err))
#define IF_IS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define IF_ANY(bits, skip) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 0, (skip))

#define CALL(name) IF_IS(SYS_##name, 1), ALLOW
/* Memory, but none that can be run. */
#define CALL_WITHOUT_EXEC(name) \
	IF_IS(SYS_##name, 4), LOAD(ARG(2)), IF_ANY(PROT_EXEC, 1), KILL, ALLOW
/* Only to read. The bits stand in argument `n`. */
#define CALL_TO_READ(name, n) \
	IF_IS(SYS_##name, 4), LOAD(ARG(n)), IF_ANY(O_ACCMODE | O_CREAT | O_TRUNC, 1), KILL, ALLOW

static const struct sock_filter filter[] = {
	LOAD(offsetof(struct seccomp_data, arch)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
	KILL,
	LOAD(offsetof(struct seccomp_data, nr)),
/* The frequent ones first. x32's numbers are none of these. */
#ifdef SYS_poll
	CALL(poll),
#endif
	CALL(ppoll),
/* The engines and the API have an epoll each; pipes and splice(2) are the engines'. */
#ifdef SYS_epoll_wait
	CALL(epoll_wait),
#endif
	CALL(epoll_pwait),
	CALL(epoll_ctl),
	CALL(splice),
	CALL(pipe2),
	CALL(timerfd_settime),
#ifdef SYS_timerfd_settime64
	CALL(timerfd_settime64),
#endif
	CALL(read),
	CALL(write),
	CALL(recvfrom),
	CALL(sendto),
#ifdef SYS_recv
	CALL(recv),
#endif
#ifdef SYS_send
	CALL(send),
#endif
	CALL(recvmsg),
	CALL(sendmsg),
	CALL(readv),
	CALL(writev),
	CALL(close),
	CALL(connect),
	CALL(bind),
	CALL(listen),
#ifdef SYS_accept
	CALL(accept),
#endif
	CALL(accept4),
	CALL(shutdown),
	CALL(getsockname),
	CALL(getpeername),
	CALL(getsockopt),
	CALL(setsockopt),
#ifdef SYS_fcntl
	CALL(fcntl),
#endif
#ifdef SYS_fcntl64
	CALL(fcntl64),
#endif
	/* Of the Internet's. libc asks others what an interface is called, and can do without. */
	IF_IS(SYS_socket, 7),
	LOAD(ARG(0)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 4, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 3, 0),
	IF_IS(AF_UNIX, 1),
	FAIL(EAFNOSUPPORT),
	KILL,
	ALLOW,
	/* FIONBIO, FIONREAD: sockets; TCGETS: is stderr a terminal; SIOCGIFINDEX: fe80::1%eth0. */
	IF_IS(SYS_ioctl, 8),
	LOAD(ARG(1)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FIONBIO, 5, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FIONREAD, 4, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIOCATMARK, 3, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TCGETS, 2, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIOCGIFINDEX, 1, 0),
	KILL,
	ALLOW,
	/* resolv.conf */
	CALL_TO_READ(openat, 2),
#ifdef SYS_open
	CALL_TO_READ(open, 1),
#endif
#ifdef SYS_stat
	CALL(stat),
#endif
#ifdef SYS_stat64
	CALL(stat64),
#endif
#ifdef SYS_fstat
	CALL(fstat),
#endif
#ifdef SYS_fstat64
	CALL(fstat64),
#endif
#ifdef SYS_newfstatat
	CALL(newfstatat),
#endif
#ifdef SYS_fstatat64
	CALL(fstatat64),
#endif
	CALL(statx),
	CALL(lseek),
#ifdef SYS__llseek
	CALL(_llseek),
#endif
	/* memory */
	CALL(brk),
#ifdef SYS_mmap
	CALL_WITHOUT_EXEC(mmap),
#endif
#ifdef SYS_mmap2
	CALL_WITHOUT_EXEC(mmap2),
#endif
	CALL_WITHOUT_EXEC(mprotect),
	CALL(munmap),
	CALL(mremap),
	CALL(madvise),
	CALL(futex),
	/* time, where the vdso has it not */
	CALL(clock_gettime),
#ifdef SYS_clock_gettime64
	CALL(clock_gettime64),
#endif
#ifdef SYS_ppoll_time64
	CALL(ppoll_time64),
#endif
#ifdef SYS_futex_time64
	CALL(futex_time64),
#endif
#ifdef SYS_gettimeofday
	CALL(gettimeofday),
#endif
#ifdef SYS_time
	CALL(time),
#endif
	/* the end: ours, and an assertion's */
	CALL(getrandom),
	CALL(getpid),
	CALL(gettid),
	CALL(tgkill),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
#ifdef SYS_sigreturn
	CALL(sigreturn),
#endif
	CALL(sigaltstack),
	CALL(restart_syscall),
	CALL(exit),
	CALL(exit_group),
	KILL,
};

int sandbox_seccomp(struct error *e)
{
	const struct sock_fprog program = {
		.len = ARRAY_SIZE(filter),
		.filter = (struct sock_filter *)filter,
	};

	/* All threads; a number above 0 is that of one that cannot have it. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		return error_set(e, errno, "load the seccomp filter");
	return 0;
}

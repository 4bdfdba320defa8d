/* SPDX-License-Identifier: Apache-2.0 */
/* urun-slirp's filter, by trying: what it allows works, what it does not ends the process. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "base/syscalls.h"
#include "netns/slirp/sandbox.h"
#include "../tap.h"

enum { KILLED = -1 };

/* All by the raw call: libc must not do something else before. Returns errno, or 0. */
#define TRY(name, ...)                                       \
	static int try_##name(void)                          \
	{                                                    \
		return syscall(__VA_ARGS__) < 0 ? errno : 0; \
	}

TRY(tcp, SYS_socket, AF_INET, SOCK_STREAM, 0)
TRY(udp6, SYS_socket, AF_INET6, SOCK_DGRAM, 0)
TRY(unix, SYS_socket, AF_UNIX, SOCK_STREAM, 0)
TRY(netlink, SYS_socket, AF_NETLINK, SOCK_RAW, 0)
TRY(packet, SYS_socket, AF_PACKET, SOCK_RAW, 0)
TRY(vsock, SYS_socket, AF_VSOCK, SOCK_STREAM, 0)
TRY(open_read, SYS_openat, AT_FDCWD, "/", O_RDONLY | O_CLOEXEC, 0)
TRY(open_write, SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY, 0)
TRY(open_both, SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0)
TRY(create, SYS_openat, AT_FDCWD, "/tmp/urun-never", O_CREAT, 0600)
TRY(open_pathless, SYS_openat2, AT_FDCWD, "/", NULL, 0)
TRY(memory, SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
TRY(code, SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
TRY(make_code, SYS_mprotect, NULL, 0, PROT_EXEC)
TRY(poll, SYS_ppoll, NULL, 0, &(struct timespec){ 0 }, NULL, 0)
TRY(winsize, SYS_ioctl, 0, TIOCGWINSZ, NULL)
TRY(tiocsti, SYS_ioctl, 0, TIOCSTI, "x")
TRY(exec, SYS_execve, "/bin/true", NULL, NULL)
TRY(clone, SYS_clone, SIGCHLD, 0, 0, 0, 0)
TRY(clone3, SYS_clone3, NULL, 0)
TRY(unshare, SYS_unshare, CLONE_NEWUSER)
TRY(setns, SYS_setns, 0, 0)
TRY(mount, SYS_mount, NULL, NULL, NULL, 0, NULL)
TRY(ptrace, SYS_ptrace, PTRACE_TRACEME, 0, 0, 0)
TRY(other_memory, SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0)
TRY(kill_others, SYS_kill, getppid(), 0)
TRY(dumpable, SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)
TRY(bpf, SYS_bpf, 0, NULL, 0)
TRY(uring, SYS_io_uring_setup, 1, NULL)
TRY(keyring, SYS_add_key, NULL, NULL, NULL, 0, 0)
TRY(unlink, SYS_unlinkat, AT_FDCWD, "/nothing", 0)
TRY(limits, SYS_prlimit64, 0, 0, NULL, NULL)

static const struct {
	const char *name;
	int (*fn)(void);
	int want;
} tries[] = {
	{ "N01 a TCP socket", try_tcp, 0 },
	{ "a UDP socket, IPv6", try_udp6, 0 },
	{ "a UNIX socket", try_unix, EAFNOSUPPORT },
	{ "a netlink socket", try_netlink, KILLED },
	{ "a packet socket", try_packet, KILLED },
	{ "a vsock socket", try_vsock, KILLED },
	{ "open to read", try_open_read, 0 },
	{ "open to write", try_open_write, KILLED },
	{ "open for both", try_open_both, KILLED },
	{ "create a file", try_create, KILLED },
	{ "openat2", try_open_pathless, KILLED },
	{ "memory", try_memory, 0 },
	{ "memory with code", try_code, KILLED },
	{ "memory made to code", try_make_code, KILLED },
	{ "poll", try_poll, 0 },
	{ "an ioctl of a terminal", try_winsize, KILLED },
	{ "TIOCSTI", try_tiocsti, KILLED },
	{ "execve", try_exec, KILLED },
	{ "clone", try_clone, KILLED },
	{ "clone3", try_clone3, KILLED },
	{ "unshare", try_unshare, KILLED },
	{ "setns", try_setns, KILLED },
	{ "mount", try_mount, KILLED },
	{ "ptrace", try_ptrace, KILLED },
	{ "another's memory", try_other_memory, KILLED },
	{ "kill", try_kill_others, KILLED },
	{ "prctl", try_dumpable, KILLED },
	{ "bpf", try_bpf, KILLED },
	{ "io_uring", try_uring, KILLED },
	{ "keys", try_keyring, KILLED },
	{ "unlink", try_unlink, KILLED },
	{ "prlimit", try_limits, KILLED },
};

static int result_of(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct error e = ERROR_INIT;

		prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) < 0 || sandbox_seccomp(&e) < 0)
			_exit(99);
		_exit(fn());
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -99;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : -WTERMSIG(status);
	return WEXITSTATUS(status);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		is_int(result_of(tries[i].fn), tries[i].want, tries[i].name);
	return tap_done();
}

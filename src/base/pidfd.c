/* SPDX-License-Identifier: Apache-2.0 */
/* See pidfd.h. */
#include "base/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/syscalls.h"

enum { STATUS_MAX = 1 << 20 }; /* of a process in 65536 groups: 700 KiB */

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* linux/pidfd.h of 6.15: struct pidfd_info, as far as we need it, and how to get it. */
struct pidfd_exit_info {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};

#define PIDFD_EXIT_INFO _IOWR(0xFF, 11, struct pidfd_exit_info)
#define PIDFD_EXIT_INFO_MASK (UINT64_C(1) << 3)

_Static_assert(sizeof(struct pidfd_exit_info) == 64, "its first size");

int pidfd_open_pid(pid_t pid)
{
	int fd = sys_pidfd_open(pid, 0);

	return fd < 0 ? -errno : fd;
}

int pidfd_kill(int pidfd, int sig)
{
	return sys_pidfd_send_signal(pidfd, sig, NULL, 0) < 0 ? -errno : 0;
}

bool pidfd_exited(int pidfd)
{
	return pidfd_wait_exit(pidfd, 0) == 0;
}

int pidfd_wait_exit(int pidfd, int timeout_ms)
{
	return fd_wait(pidfd, POLLIN, timeout_ms);
}

int pidfd_reap(int pidfd, int *ret_status)
{
	siginfo_t info = { 0 };
	int r;

	do
		r = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	if (ret_status)
		*ret_status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8
							 : (info.si_status & 0x7f);
	return 0;
}

int pidfd_exit_status(int pidfd, int timeout_ms, int *ret_status)
{
	struct pidfd_exit_info info = { .mask = PIDFD_EXIT_INFO_MASK };
	int r;

	if (ioctl(pidfd, PIDFD_EXIT_INFO, &info) < 0 && errno != ESRCH)
		return errno == ENOTTY || errno == EINVAL ? -ENOTSUP : -errno;
	/* POLLHUP: it has been reaped. Kernels without the info do not tell that, too. */
	r = fd_wait(pidfd, 0, timeout_ms);
	if (r < 0)
		return r;
	info = (struct pidfd_exit_info){ .mask = PIDFD_EXIT_INFO_MASK };
	if (ioctl(pidfd, PIDFD_EXIT_INFO, &info) < 0)
		return -errno;
	if (!(info.mask & PIDFD_EXIT_INFO_MASK))
		return -ENOTSUP;
	*ret_status = info.exit_code;
	return 0;
}

int exit_code_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int proc_read_stat(pid_t pid, struct proc_stat *ret)
{
	cleanup_fd int fd = -EBADF;
	char buf[1024], name[40];
	const char *p;
	uint64_t v = 0;
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	fd = path_open(name, O_RDONLY);
	if (fd < 0)
		return fd == -ENOENT ? -ESRCH : fd;
	n = io_read_full(fd, buf, sizeof(buf) - 1);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	/* "PID (COMM) STATE PPID ...": COMM may hold anything, the last ')' ends it. */
	p = strrchr(buf, ')');
	if (!p || p[1] != ' ' || !p[2] || p[3] != ' ')
		return -EBADMSG;
	ret->state = p[2];
	p += 4;
	if (parse_u64_at(&p, &v) < 0)
		return -EBADMSG;
	ret->ppid = (pid_t)v;
	/* start time is field 22; we stand behind field 4. */
	for (int field = 5; field <= 22; field++) {
		p = strchr(p, ' ');
		if (!p)
			return -EBADMSG;
		p++;
	}
	if (parse_u64_at(&p, &v) < 0)
		return -EBADMSG;
	ret->start_time = v;
	return 0;
}

/* Reads /proc/PID/status; *ret is the line that begins with "\nKEY:\t", in *text. */
static int status_line(pid_t pid, const char *key, char **text, const char **ret)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	r = io_read_file_at(AT_FDCWD, path, STATUS_MAX, text, NULL);
	if (r < 0)
		return r;
	*ret = strstr(*text, key);
	return *ret ? 0 : -EBADMSG;
}

pid_t proc_inner_pid(pid_t pid)
{
	cleanup_free char *text = NULL;
	const char *line, *end;
	uint64_t ret;
	int r = status_line(pid, "\nNSpid:\t", &text, &line);

	if (r < 0)
		return r;
	end = line + 1 + strcspn(line + 1, "\n");
	while (end[-1] >= '0' && end[-1] <= '9')
		end--;
	return parse_u64_at(&end, &ret) < 0 ? -EBADMSG : (pid_t)ret;
}

int proc_groups(struct arena *a, pid_t pid, uint32_t **ret, size_t *ret_n)
{
	static const char key[] = "\nGroups:\t";
	cleanup_free char *text = NULL;
	const char *line;
	uint32_t *gids;
	size_t n = 0, max = 0;
	int r = status_line(pid, key, &text, &line);

	if (r < 0)
		return r;
	line += sizeof(key) - 1;
	/* "27 44 ": a blank is behind each number; none at all is a blank as well. */
	for (const char *p = line; *p && *p != '\n'; p++)
		max += *p == ' ';
	gids = arena_calloc(a, max + 1, sizeof(*gids));
	if (!gids)
		return -ENOMEM;
	for (uint64_t v; n < max && parse_u64_at(&line, &v) == 0; line += *line == ' ')
		gids[n++] = (uint32_t)v;
	*ret = gids;
	*ret_n = n;
	return 0;
}

int proc_boot_id(char ret[37])
{
	cleanup_fd int fd = path_open("/proc/sys/kernel/random/boot_id", O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = io_read_full(fd, ret, 36);
	if (n < 0)
		return (int)n;
	ret[n] = '\0';
	return n == 36 ? 0 : -EBADMSG;
}

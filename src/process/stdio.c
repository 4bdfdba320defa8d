/* SPDX-License-Identifier: Apache-2.0 */
/* See stdio.h. */
#include "process/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/signals.h"
#include "base/syscalls.h"

enum { FIRST_FREE_FD = 3 };

int process_place_stdio(const int fds[3], struct error *e)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	int from[FIRST_FREE_FD];

	for (int i = 0; i < FIRST_FREE_FD; i++) {
		from[i] = fds[i];
		if (fds[i] < 0 || fds[i] == i || fds[i] >= FIRST_FREE_FD)
			continue;
		/* Out of the way of the others; it goes with the rest of our fds. */
		from[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST_FREE_FD);
		if (from[i] < 0)
			return error_set(e, errno, "put fd %d on %s", fds[i], names[i]);
	}
	for (int i = 0; i < FIRST_FREE_FD; i++) {
		int r = 0;

		if (from[i] == i)
			r = fd_set_cloexec(i, false);
		else if (from[i] >= 0 && dup2(from[i], i) < 0)
			r = -errno;
		if (r < 0)
			return error_set(e, r, "put fd %d on %s", fds[i], names[i]);
	}
	return 0;
}

int process_chown_stdio(const struct process_plan *p, struct error *e)
{
	for (int fd = 0; fd < FIRST_FREE_FD; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0) {
			if (errno == EBADF)
				continue;
			return error_set(e, errno, "look at fd %d", fd);
		}
		if (st.st_uid == p->uid || fd_is_null_device(fd) || isatty(fd))
			continue;
		/* EINVAL: the owner is not mapped; the others: not ours to give. */
		if (fchown(fd, p->uid, (gid_t)-1) < 0 && errno != EPERM && errno != EROFS &&
		    errno != EINVAL && errno != EOVERFLOW && errno != EACCES)
			return error_set(e, errno, "give fd %d to uid %u", fd, p->uid);
	}
	return 0;
}

int process_reopen_null(int rootfd, struct error *e)
{
	for (int i = 0; i < FIRST_FREE_FD; i++) {
		cleanup_fd int fd = -EBADF;

		if (!fd_is_null_device(i))
			continue;
		/* O_PATH first: opening a device that is not the null device may act. */
		fd = path_open_in(rootfd, "/dev/null", O_PATH);
		if (fd < 0 || !fd_is_null_device(fd))
			continue;
		close(take_fd(&fd));
		fd = path_open_in(rootfd, "/dev/null", O_RDWR | O_NOCTTY | O_NONBLOCK);
		if (fd < 0 || !fd_is_null_device(fd))
			continue;
		if (fcntl(fd, F_SETFL, 0) < 0 || dup2(fd, i) < 0)
			return error_set(e, errno, "replace fd %d by the container's null device",
					 i);
	}
	return 0;
}

static int close_between(unsigned int first, unsigned int last, struct error *e)
{
	if (first <= last && sys_close_range(first, last, 0) < 0)
		return error_set(e, errno, "close the inherited fds");
	return 0;
}

/* Closes from *next up to this fd, which stays. */
static int close_up_to(unsigned int *next, unsigned int fd, struct error *e)
{
	int r;

	if (fd < *next)
		return 0;
	r = close_between(*next, fd - 1, e);
	*next = fd + 1;
	return r;
}

int process_close_fds(const struct process_plan *p, const int *keep, size_t n, struct error *e)
{
	unsigned int next = FIRST_FREE_FD + p->preserve_fds;
	size_t pass = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (keep[i] < 0)
			continue;
		r = fd_set_cloexec(keep[i], true);
		if (r < 0)
			return error_set(e, r, "mark fd %d close-on-exec", keep[i]);
		for (; r == 0 && pass < p->n_pass_fds && p->pass_fds[pass] < keep[i]; pass++)
			r = close_up_to(&next, (unsigned int)p->pass_fds[pass], e);
		if (r == 0)
			r = close_up_to(&next, (unsigned int)keep[i], e);
	}
	for (; r == 0 && pass < p->n_pass_fds; pass++)
		r = close_up_to(&next, (unsigned int)p->pass_fds[pass], e);
	return r < 0 ? r : close_between(next, UINT_MAX, e);
}

int process_reset_signals(struct error *e)
{
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };
	int r;

	if (setitimer(ITIMER_REAL, &none, NULL) < 0 || setitimer(ITIMER_VIRTUAL, &none, NULL) < 0 ||
	    setitimer(ITIMER_PROF, &none, NULL) < 0)
		return error_set(e, errno, "stop the timers");
	r = signals_reset();
	return r < 0 ? error_set(e, r, "unblock the signals") : 0;
}

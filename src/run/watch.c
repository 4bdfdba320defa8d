/* SPDX-License-Identifier: Apache-2.0 */
/* For a program that made a container and goes on: init's end and its status. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/pidfd.h"
#include "run/create.h"

/*
 * As init_handle_open(), but a process that has ended and waits for its parent
 * will do: -ESRCH where not even that is left.
 */
static int open_ended(const struct init_handle *h)
{
	cleanup_fd int pidfd = -EBADF;
	char boot_id[37];
	struct proc_stat st;
	int r = proc_boot_id(boot_id);

	if (r < 0)
		return r;
	if (strcmp(boot_id, h->boot_id) != 0)
		return -ESRCH;
	pidfd = pidfd_open_pid(h->pid);
	if (pidfd < 0)
		return pidfd == -EINVAL ? -ESRCH : pidfd;
	r = proc_read_stat(h->pid, &st);
	if (r < 0)
		return r;
	return st.start_time == h->start_time ? take_fd(&pidfd) : -ESRCH;
}

int run_wait(const char *root, const char *id, int timeout_ms, int *ret_status, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_fd int root_fd = -EBADF, init = -EBADF;
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	int status, r;

	r = container_find(&a, root, id, false, &root_fd, &c, e);
	if (r < 0)
		return r;
	if (c.pidfd < 0 && !c.has_handle) {
		*ret_status = -1;
		return 0;
	}
	init = open_ended(&c.init);
	if (init == -ESRCH) {
		*ret_status = -1;
		return 0;
	}
	r = init < 0 ? init : pidfd_wait_exit(init, timeout_ms);
	if (r == -ETIMEDOUT)
		return error_msg(e, ETIMEDOUT, "container `%s` has not ended after %d ms", id,
				 timeout_ms);
	if (r == 0)
		r = pidfd_reap(init, &status);
	if (r < 0 && r != -ECHILD)
		return error_set(e, r, "wait for process %d of container `%s`", c.init.pid, id);
	if (r == -ECHILD)
		*ret_status = -1;
	else
		*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

int run_pidfd(const char *root, const char *id, int *ret, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_fd int root_fd = -EBADF;
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	int r = container_find(&a, root, id, false, &root_fd, &c, e);

	if (r < 0)
		return r;
	if (c.pidfd < 0)
		return error_msg(e, ESRCH, "container `%s`: container not running", id);
	*ret = take_fd(&c.pidfd);
	return 0;
}

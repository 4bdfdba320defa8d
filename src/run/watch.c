/* SPDX-License-Identifier: Apache-2.0 */
/* For a program that made a container and goes on: init's end and its status. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/pidfd.h"
#include "run/create.h"

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
	init = init_handle_open_ended(&c.init);
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
	*ret_status = r == -ECHILD ? -1 : exit_code_of(status);
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

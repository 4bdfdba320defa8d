/* SPDX-License-Identifier: Apache-2.0 */
/* See hook_output.h. */
#include "run/hook_output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

enum { STDOUT, STDERR, N_FILES };

static const char *const keys[N_FILES] = {
	[STDOUT] = "run.oci.hooks.stdout",
	[STDERR] = "run.oci.hooks.stderr",
};

static int explain(int err, const char *key, const char *path, struct error *e)
{
	return error_set(e, err, ".annotations[\"%s\"]: open '%s'", key, path);
}

/*
 * The engine may be root and the directory anybody's: no link is followed at
 * its end, nothing blocks, and what is opened is a plain file (or the null device).
 */
static int open_file(const char *key, const char *path, int *ret, struct error *e)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	cleanup_fd int fd = -EBADF;
	struct stat st;

	if (path[0] != '/')
		return error_msg(e, EINVAL, ".annotations[\"%s\"]: '%s' is no absolute path", key,
				 path);
	fd = path_openat(AT_FDCWD, path, flags, 0600);
	if (fd == -ELOOP)
		return error_msg(e, ELOOP, ".annotations[\"%s\"]: '%s' is a symbolic link", key,
				 path);
	if (fd < 0)
		return explain(fd, key, path, e);
	if (fstat(fd, &st) < 0)
		return explain(errno, key, path, e);
	if (!S_ISREG(st.st_mode) && !fd_is_null_device(fd))
		return error_msg(e, EINVAL, ".annotations[\"%s\"]: '%s' is not a regular file", key,
				 path);
	*ret = take_fd(&fd);
	return 0;
}

int hook_output_open(const struct oci_map *annotations, struct hook_output *ret, struct error *e)
{
	int *const fds[N_FILES] = { &ret->out, &ret->err };

	for (size_t i = 0; i < N_FILES; i++) {
		const char *path = oci_map_get(annotations, keys[i]);
		int r = path ? open_file(keys[i], path, fds[i], e) : 0;

		if (r < 0)
			return r;
	}
	ret->err_path = oci_map_get(annotations, keys[STDERR]);
	return 0;
}

void hook_output_done(struct hook_output *o)
{
	cleanup_fdp(&o->out);
	cleanup_fdp(&o->err);
	o->out = o->err = -EBADF;
}

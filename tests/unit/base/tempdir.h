/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of the test's own, removed at its end by temp_done(). */
#ifndef URUN_TESTS_BASE_TEMPDIR_H
#define URUN_TESTS_BASE_TEMPDIR_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/path.h"

static char temp_name[512];

/* Makes it and returns its fd. */
__attribute__((unused)) static int temp_begin(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(temp_name, sizeof(temp_name), "%s/urun-test.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(temp_name))
		return -1;
	return open(temp_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

__attribute__((unused)) static void temp_done(int fd)
{
	close(fd);
	path_remove_tree(AT_FDCWD, temp_name);
}

/* A file with this content. */
__attribute__((unused)) static void temp_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || dprintf(fd, "%s", text) < 0)
		abort();
	close(fd);
}

/* As symlinkat(), which must work. */
__attribute__((unused)) static void temp_link(const char *target, int dir, const char *name)
{
	if (symlinkat(target, dir, name) < 0)
		abort();
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* See host.h. */
#include "cgroup/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"

static const char top[] = "/sys/fs/cgroup";
static const char beside[] = "/sys/fs/cgroup/unified";

static unsigned long type_of(int fd)
{
	struct statfs st;

	return fd >= 0 && fstatfs(fd, &st) == 0 ? (unsigned long)st.f_type : 0;
}

void cgroup_host_open(struct cgroup_host *ret)
{
	cleanup_fd int fd = path_open(top, O_PATH | O_DIRECTORY);
	unsigned long type = type_of(fd);

	*ret = (struct cgroup_host){ .mode = CGROUP_MODE_NONE, .fd = -EBADF };
	if (type == CGROUP2_SUPER_MAGIC) {
		ret->mode = CGROUP_MODE_UNIFIED;
		ret->mount = top;
		ret->fd = take_fd(&fd);
		return;
	}
	if (type != TMPFS_MAGIC)
		return;
	ret->mode = CGROUP_MODE_LEGACY;
	cleanup_fdp(&fd);
	fd = path_open(beside, O_PATH | O_DIRECTORY);
	if (type_of(fd) != CGROUP2_SUPER_MAGIC)
		return;
	ret->mode = CGROUP_MODE_HYBRID;
	ret->mount = beside;
	ret->fd = take_fd(&fd);
}

void cgroup_host_close(struct cgroup_host *h)
{
	cleanup_fdp(&h->fd);
	h->fd = -EBADF;
}

const char *cgroup_mode_words(enum cgroup_mode m)
{
	static const char *const words[] = {
		[CGROUP_MODE_NONE] = "no cgroup hierarchy at /sys/fs/cgroup",
		[CGROUP_MODE_LEGACY] = "cgroup v1 alone",
		[CGROUP_MODE_HYBRID] = "hybrid cgroups, with the controllers on v1",
		[CGROUP_MODE_UNIFIED] = "cgroup v2",
	};

	return words[m];
}

int cgroup_path_of(struct arena *a, pid_t pid, const char **ret)
{
	cleanup_free char *text = NULL;
	char name[64];
	const char *line;
	int r;

	if (pid)
		snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	else
		snprintf(name, sizeof(name), "/proc/self/cgroup");
	r = io_read_file_at(AT_FDCWD, name, 1 << 16, &text, NULL);
	if (r < 0)
		return r;
	/* The v2 line, "0::/PATH"; it is the last one beside those of v1. */
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!line)
		return -ENODATA;
	line = strstr(line, "0::") + 3;
	/* "/../x" is outside of our cgroup namespace, " (deleted)" has gone. */
	if (*line != '/' || strncmp(line, "/..", 3) == 0)
		return -ENODATA;
	*ret = arena_strndup(a, line, strcspn(line, "\n"));
	return *ret ? 0 : -ENOMEM;
}

int cgroup_open(const struct cgroup_host *h, const char *path)
{
	path += strspn(path, "/");
	if (h->fd < 0)
		return -ENODEV;
	return path_openat(h->fd, *path ? path : ".", O_RDONLY | O_DIRECTORY, 0);
}

int cgroup_open_path(const char *path)
{
	struct cgroup_host h;
	int dir;

	cgroup_host_open(&h);
	dir = cgroup_open(&h, path);
	cgroup_host_close(&h);
	return dir;
}

/*
 * A delegated cgroup is one in which its user may make others and place
 * processes: the kernel asks for the write right to cgroup.procs of the common
 * ancestor. Effective ids count, and a read-only mount does too.
 */
bool cgroup_is_ours(int dir)
{
	return path_accessat(dir, ".", W_OK) == 0 && path_accessat(dir, "cgroup.procs", W_OK) == 0;
}

ssize_t cgroup_read(int dir, const char *name, char *buf, size_t len)
{
	cleanup_fd int fd = path_openat(dir, name, O_RDONLY, 0);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = io_read_full(fd, buf, len - 1);
	if (n < 0)
		return n;
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return n;
}

bool cgroup_is_populated(int dir)
{
	char events[256];

	return cgroup_read(dir, "cgroup.events", events, sizeof(events)) > 0 &&
	       strstr(events, "populated 1");
}

bool cgroup_has_words(const char *text, const char *words)
{
	while (*(words += strspn(words, " "))) {
		size_t len = strcspn(words, " ");
		const char *h = text;

		while (*(h += strspn(h, " "))) {
			size_t n = strcspn(h, " ");

			if (n == len && memcmp(h, words, n) == 0)
				break;
			h += n;
		}
		if (!*h)
			return false;
		words += len;
	}
	return true;
}

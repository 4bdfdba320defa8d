/* SPDX-License-Identifier: Apache-2.0 */
/* What cgroups this host has, and where the caller is in them. */
#ifndef URUN_CGROUP_HOST_H
#define URUN_CGROUP_HOST_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

enum cgroup_mode {
	CGROUP_MODE_NONE,    /* /sys/fs/cgroup holds no cgroups */
	CGROUP_MODE_LEGACY,  /* v1 alone */
	CGROUP_MODE_HYBRID,  /* controllers on v1, a v2 hierarchy beside them */
	CGROUP_MODE_UNIFIED, /* v2 alone */
};

struct cgroup_host {
	enum cgroup_mode mode;
	const char *mount; /* of the v2 hierarchy, NULL without one (static) */
	int fd;            /* O_PATH of it, or -EBADF */
};

/* Opens the v2 hierarchy; its lack is no error (mode says so). V24 */
void cgroup_host_open(struct cgroup_host *ret);
void cgroup_host_close(struct cgroup_host *h);

/* One line on what the host has, for messages: "cgroup v1 alone". */
const char *cgroup_mode_words(enum cgroup_mode m);

/*
 * The v2 cgroup of a process (0: our own), "/a/b", in the arena. -ENODATA:
 * it has none, or one outside of our cgroup namespace.
 */
int cgroup_path_of(struct arena *a, pid_t pid, const char **ret);

/* Opens the cgroup `path` ("/a/b") of the hierarchy; O_RDONLY|O_DIRECTORY. */
int cgroup_open(const struct cgroup_host *h, const char *path);

/* The same where there is no host at hand. */
int cgroup_open_path(const char *path);

/* May this process create in, and move processes below, the directory? */
bool cgroup_is_ours(int dir);

/* Reads a small file of a cgroup into buf, without its newline; -errno. */
ssize_t cgroup_read(int dir, const char *name, char *buf, size_t len);

/* Has the cgroup, or one below it, a process that lives? */
bool cgroup_is_populated(int dir);

/* Are all of the blank-separated `words` among those of `text`? */
bool cgroup_has_words(const char *text, const char *words);

#endif

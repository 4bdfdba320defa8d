/* SPDX-License-Identifier: Apache-2.0 */
/* See oom.h. */
#include "cgroup/oom.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "cgroup/host.h"
#include "cgroup/stat.h"

enum { EVENTS_MAX = 1024, LEVELS_MAX = 4096 };

int cgroup_oom_open(int dir)
{
	return path_openat(dir, "memory.events", O_RDONLY, 0);
}

static int parse(const char *text, struct cgroup_oom *ret)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct cgroup_keys keys;
	int r = cgroup_parse_flat(&a, text, &keys);

	if (r < 0)
		return r;
	ret->reached = cgroup_key_find(&keys, "oom").value;
	ret->killed = cgroup_key_find(&keys, "oom_kill").value;
	return 0;
}

int cgroup_oom_read(int fd, struct cgroup_oom *ret)
{
	char text[EVENTS_MAX];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return parse(text, ret);
}

/* The kernel counts the limit first, and the kill a moment later. */
bool cgroup_oom_rose(struct cgroup_oom *before, const struct cgroup_oom *now)
{
	uint64_t was = before->reached > before->killed ? before->reached : before->killed;
	uint64_t is = now->reached > now->killed ? now->reached : now->killed;

	*before = *now;
	return is > was;
}

static int read_events(int dir, const char *name, struct cgroup_oom *ret)
{
	char text[EVENTS_MAX];
	ssize_t n = cgroup_read(dir, name, text, sizeof(text));

	return n < 0 ? (int)n : parse(text, ret);
}

/* " is 64 bytes, memory.peak 60"; "" where it has no limit. */
static void read_limit(int dir, char *ret, size_t size)
{
	char max[32], peak[32];

	*ret = '\0';
	if (cgroup_read(dir, "memory.max", max, sizeof(max)) <= 0 || strcmp(max, "max") == 0)
		return;
	/* Linux 5.19 */
	if (cgroup_read(dir, "memory.peak", peak, sizeof(peak)) > 0)
		snprintf(ret, size, "%s bytes; memory.peak there is %s", max, peak);
	else
		snprintf(ret, size, "%s bytes", max);
}

/*
 * Up to the cgroup whose own limit was reached: memory.events counts what is below, too,
 * .local does not.
 */
static bool find_limit(int dir, const char *path, char ret[CGROUP_OOM_WORDS_MAX])
{
	cleanup_fd int at = path_openat(dir, ".", O_RDONLY | O_DIRECTORY, 0);
	size_t len = strlen(path);
	struct cgroup_oom local;
	char limit[128];

	for (int i = 0; i < LEVELS_MAX && at >= 0; i++) {
		int up;

		if (read_events(at, "memory.events.local", &local) < 0)
			return false;
		read_limit(at, limit, sizeof(limit));
		if (local.reached && *limit) {
			snprintf(ret, CGROUP_OOM_WORDS_MAX, "memory.max of the cgroup '%.*s' is %s",
				 (int)len, path, limit);
			return true;
		}
		while (len > 1 && path[len - 1] != '/')
			len--;
		while (len > 1 && path[len - 1] == '/')
			len--;
		up = path_openat(at, "..", O_RDONLY | O_DIRECTORY, 0);
		cleanup_fdp(&at);
		at = up;
	}
	return false;
}

int cgroup_oom_has_killed(int dir, bool *ret)
{
	struct cgroup_oom all = { 0 };
	int r = dir < 0 ? -ENOENT : read_events(dir, "memory.events", &all);

	if (r == 0)
		*ret = all.killed > 0;
	return r;
}

bool cgroup_oom_explain(int dir, const char *path, char ret[CGROUP_OOM_WORDS_MAX])
{
	struct cgroup_oom all = { 0 }, local = { 0 };
	char peak[32];

	if (dir < 0 || read_events(dir, "memory.events", &all) < 0 || !all.killed)
		return false;
	(void)read_events(dir, "memory.events.local", &local);
	if (all.reached && !local.reached) {
		snprintf(ret, CGROUP_OOM_WORDS_MAX, "memory.max of a cgroup below '%s' was reached",
			 path);
		return true;
	}
	if (find_limit(dir, path, ret))
		return true;
	/* Removed since: what is not there to be read says nothing of the host. */
	if (read_events(dir, "memory.events", &all) < 0)
		return false;
	if (cgroup_read(dir, "memory.peak", peak, sizeof(peak)) <= 0)
		snprintf(peak, sizeof(peak), "unknown");
	snprintf(ret, CGROUP_OOM_WORDS_MAX,
		 "no memory.max here or above was reached, so the host was out of memory; "
		 "memory.peak of the cgroup '%s' is %s",
		 path, peak);
	return true;
}

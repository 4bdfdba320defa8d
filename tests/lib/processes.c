/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which processes a test left, for common.bash:
 *   processes note             all that there are now, for `left`
 *   processes left DIR [FILE]  pids of those which belong to the test with the
 *                              folder DIR: DIR is in their command line, or its
 *                              last part in a path of their mounts; with FILE
 *                              (what `note` said) also whatever of this user's
 *                              is not in it
 * Zombies do not count: orphans are pid 1's, which may be slow. Nor does this
 * program, nor who waits for it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/pidfd.h"

/* note and left write and look for " PID:START ": a number may come again. */
static bool name_of(pid_t pid, const struct proc_stat *st, char *ret, size_t size)
{
	return snprintf(ret, size, " %d:%llu ", pid, (unsigned long long)st->start_time) > 0;
}

static bool file_has(pid_t pid, const char *file, const char *text)
{
	cleanup_free char *data = NULL;
	char path[64];
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return io_read_file_at(AT_FDCWD, path, 16 << 20, &data, &len) == 0 &&
	       memmem(data, len, text, strlen(text)) != NULL;
}

static bool is_ours(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return stat(path, &st) == 0 && st.st_uid == getuid();
}

/* Ourselves, and the shells that wait for what we say. */
static bool is_ancestor(pid_t pid)
{
	struct proc_stat st;

	for (pid_t p = getpid(); p > 1; p = st.ppid)
		if (p == pid)
			return true;
		else if (proc_read_stat(p, &st) < 0)
			return false;
	return false;
}

struct test {
	const char *dir, *noted;
	char mark[256]; /* "/LAST PART OF DIR/" */
};

static void look_at(pid_t pid, const struct test *t)
{
	struct proc_stat st;
	char name[64];

	if (proc_read_stat(pid, &st) < 0 || st.state == 'Z' || st.state == 'X')
		return;
	if (!t->dir) {
		name_of(pid, &st, name, sizeof(name));
		fputs(name, stdout);
		return;
	}
	if (is_ancestor(pid))
		return;
	if (file_has(pid, "cmdline", t->dir) || file_has(pid, "mountinfo", t->mark) ||
	    (t->noted && is_ours(pid) && name_of(pid, &st, name, sizeof(name)) &&
	     !strstr(t->noted, name)))
		printf("%d\n", pid);
}

static int look_at_all(const struct test *t)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	uint32_t pid;

	if (!proc)
		return 1;
	while ((d = readdir(proc)) != NULL)
		if (parse_u32(d->d_name, &pid) == 0)
			look_at((pid_t)pid, t);
	closedir(proc);
	return 0;
}

int main(int argc, char **argv)
{
	cleanup_free char *noted = NULL;
	struct test t = { 0 };
	size_t len;

	if (argc == 2 && strcmp(argv[1], "note") == 0)
		return look_at_all(&t);
	if (argc < 3 || argc > 4 || strcmp(argv[1], "left") != 0)
		return 2;
	t.dir = argv[2];
	if (argc == 4) {
		if (io_read_file_at(AT_FDCWD, argv[3], 16 << 20, &noted, &len) < 0)
			return 2;
		t.noted = noted;
	}
	if (!strrchr(t.dir, '/'))
		return 2;
	snprintf(t.mark, sizeof(t.mark), "%s/", strrchr(t.dir, '/'));
	return look_at_all(&t);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See exec.h. Theory of operation: lookup and diagnosis happen before the
 * seccomp filter is loaded, so that after it nothing is called but execve. An
 * absolute path is resolved below the container's root without magic links, so
 * "/proc/self/exe" (CVE-2019-5736) is no command.
 */
#include "process/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "process/exec_format.h"
#include "process/words.h"

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static int open_command(int rootfd, const char *path, int flags)
{
	flags |= O_CLOEXEC | O_NOCTTY;
	return path[0] == '/' ? path_open_in(rootfd, path, flags) : path_open(path, flags);
}

/* 0, -EISDIR, -EACCES, or why it cannot be opened. */
static int check_command(int rootfd, const char *path, bool *ret_exists)
{
	cleanup_fd int fd = open_command(rootfd, path, O_PATH);
	struct stat st;

	*ret_exists = fd >= 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	/* Of the fd itself: knows ACLs, noexec mounts and the effective ids. */
	if (syscall(SYS_faccessat2, fd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOSYS)
		return -errno;
	return st.st_mode & 0111 ? 0 : -EACCES;
}

static const char *path_of(const struct process_plan *p)
{
	for (char **v = p->env; *v; v++)
		if (strncmp(*v, "PATH=", 5) == 0)
			return *v + 5;
	return default_path;
}

/* argv[0] with a slash: no search. */
static int find_direct(const char *name, int rootfd, struct process_executable *x, struct error *e)
{
	char shown[WORDS_SHOWN_MAX];
	bool exists;
	int r;

	words_shown(name, shown);
	r = strlen(name) < sizeof(x->path) ? check_command(rootfd, name, &exists) : -ENAMETOOLONG;
	if (r == 0) {
		memcpy(x->path, name, strlen(name) + 1);
		return 0;
	}
	if (r == -EISDIR)
		return error_msg(e, EACCES, "exec: \"%s\": is a directory: permission denied",
				 shown);
	if (r == -ENAMETOOLONG || !exists)
		return error_msg(e, r, "exec: \"%s\": stat %s: %s", shown, shown, words_user(r));
	return error_msg(e, r, "exec: \"%s\": %s", shown, words_user(r));
}

/* "DIR/NAME" of the next element at *path; false at the end. */
static bool next_candidate(const char **path, const char *name, char *buf, size_t size)
{
	const char *dir = *path;
	size_t len;
	int n;

	if (!dir)
		return false;
	len = strcspn(dir, ":");
	*path = dir[len] ? dir + len + 1 : NULL;
	/* POSIX: an empty element is the working directory. */
	n = snprintf(buf, size, "%.*s/%s", len ? (int)len : 1, len ? dir : ".", name);
	if (n < 0 || (size_t)n >= size)
		buf[0] = '\0'; /* too long for the kernel, too: not there */
	return true;
}

static int find_in_path(const struct process_plan *p, int rootfd, struct process_executable *x,
			struct error *e)
{
	const char *path = path_of(p), *name = p->argv[0];
	char shown[WORDS_SHOWN_MAX], refused[WORDS_SHOWN_MAX] = "";

	while (*name && path && *path && next_candidate(&path, name, x->path, sizeof(x->path))) {
		bool exists;
		int r;

		if (x->path[0] == '\0')
			continue;
		r = check_command(rootfd, x->path, &exists);
		if (r == 0)
			return 0;
		if (exists && r != -EISDIR && refused[0] == '\0')
			words_shown(x->path, refused);
	}
	error_msg(e, ENOENT, "exec: \"%s\": executable file not found in $PATH",
		  words_shown(name, shown));
	if (refused[0])
		error_hint(e, "'%s' is there, but is not executable for uid %u", refused, p->uid);
	return -ENOENT;
}

int process_find_executable(const struct process_plan *p, int rootfd,
			    struct process_executable *ret, struct error *e)
{
	cleanup_fd int fd = -EBADF;
	int r;

	ret->no_entry[0] = ret->bad_format[0] = '\0';
	if (strchr(p->argv[0], '/'))
		r = find_direct(p->argv[0], rootfd, ret, e);
	else
		r = find_in_path(p, rootfd, ret, e);
	if (r < 0)
		return r;
	/* Without read permission there is no diagnosis, but it may run. */
	fd = open_command(rootfd, ret->path, O_RDONLY | O_NONBLOCK);
	if (fd >= 0)
		exec_format_diagnose(fd, rootfd, ret);
	return 0;
}

int process_execve(const struct process_plan *p, const struct process_executable *x,
		   struct error *e)
{
	char shown[WORDS_SHOWN_MAX];
	int err;

	execve(x->path, p->argv, p->env);
	err = errno;
	words_shown(x->path, shown);
	if (err == ENOENT && x->no_entry[0])
		return error_msg(e, err, "exec: \"%s\": %s: %s", shown, x->no_entry,
				 words_user(err));
	if (err == ENOEXEC && x->bad_format[0])
		return error_msg(e, err, "exec: \"%s\": %s: %s", shown, words_user(err),
				 x->bad_format);
	return error_msg(e, err, "exec: \"%s\": %s", shown, words_user(err));
}

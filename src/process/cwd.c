/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See cwd.h. CVE-2024-21626 was a working directory of "/proc/self/fd/7": a
 * leaked directory of the host. Here it is resolved below the container's root
 * without magic links, entered by fd, and then the kernel is asked where we are.
 */
#include "process/cwd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "process/words.h"

enum {
	PASSWD_MAX = 1 << 20,
	PASSWD_LINE_MAX = 4096,
};

/* Wording that callers match (toolbox). */
static int cwd_failed(const struct process_plan *p, int err, struct error *e)
{
	char shown[WORDS_SHOWN_MAX];

	return error_msg(e, err, "chdir to cwd ('%s') set in config.json failed: %s",
			 words_shown(p->cwd, shown), words_user(err));
}

static int enter(int rootfd, const char *path)
{
	cleanup_fd int fd = path_open_in(rootfd, path, O_PATH | O_DIRECTORY);

	if (fd < 0)
		return fd;
	return fchdir(fd) < 0 ? -errno : 0;
}

int process_enter_cwd(const struct process_plan *p, int rootfd, bool *ret_entered, struct error *e)
{
	int r = enter(rootfd, p->cwd);

	if (r < 0 && r != -EACCES && r != -EPERM)
		return cwd_failed(p, r, e);
	*ret_entered = r == 0;
	return 0;
}

int process_make_cwd(const struct process_plan *p, int rootfd, bool *ret_entered, struct error *e)
{
	int r = enter(rootfd, p->cwd);

	if (r == -ENOENT) {
		mode_t mask = umask(0); /* the caller's must not narrow the 0755 */
		cleanup_fd int fd = path_mkdirs_in(rootfd, p->cwd, 0755);

		umask(mask);
		if (fd < 0)
			return cwd_failed(p, fd, e);
		r = fchdir(fd) < 0 ? -errno : 0;
	}
	if (r < 0 && r != -EACCES && r != -EPERM)
		return cwd_failed(p, r, e);
	*ret_entered = r == 0;
	return 0;
}

/*
 * getcwd(2) itself: glibc's wrapper hides "(unreachable)/..." by a search of
 * its own.
 */
static int verify(const struct process_plan *p, int rootfd, struct error *e)
{
	struct stat here, there;
	char path[PATH_MAX];
	cleanup_fd int fd = -EBADF;
	int r;

	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return cwd_failed(p, errno, e);
	if (path[0] != '/')
		return error_msg(e, EXDEV, "cwd '%s' lies outside of the container's root", p->cwd);
	fd = path_open_in(rootfd, path, O_PATH | O_DIRECTORY);
	r = fd < 0 ? fd : path_statat(AT_FDCWD, ".", &here, 0);
	/* Entered as root: it, or a parent, may be closed for the user. */
	if (r == -EACCES)
		return 0;
	if (r < 0)
		return cwd_failed(p, r, e);
	if (fstat(fd, &there) < 0 || !stat_is_same(&here, &there))
		return error_msg(e, EXDEV, "cwd '%s' changed while it was entered", p->cwd);
	return 0;
}

int process_set_cwd(const struct process_plan *p, int rootfd, bool entered, struct error *e)
{
	int r = enter(rootfd, p->cwd);

	if ((r == -EACCES || r == -EPERM) && entered)
		r = 0;
	if (r < 0)
		return cwd_failed(p, r, e);
	return verify(p, rootfd, e);
}

/* Home of a line "name:pw:uid:gid:gecos:home:shell" of `uid`, or NULL. */
static char *home_of_line(char *line, uint32_t uid)
{
	char *field[7] = { line };
	uint32_t id;

	for (int i = 1; i < 7; i++) {
		field[i] = strchr(field[i - 1], ':');
		if (!field[i])
			return NULL;
		*field[i]++ = '\0';
	}
	if (parse_u32(field[2], &id) < 0 || id != uid || field[5][0] != '/')
		return NULL;
	return field[5];
}

/* A reader of lines in a fixed buffer; longer lines are skipped whole. */
struct line_reader {
	int fd;
	size_t total, start, end;
	bool skip;
	char *buf; /* PASSWD_LINE_MAX + 1: room for a NUL behind the last line */
};

static bool fill(struct line_reader *r)
{
	ssize_t n;

	memmove(r->buf, r->buf + r->start, r->end - r->start);
	r->end -= r->start;
	r->start = 0;
	if (r->end >= PASSWD_LINE_MAX) {
		r->skip = true;
		r->end = 0;
	}
	if (r->total >= PASSWD_MAX)
		return false;
	do
		n = read(r->fd, r->buf + r->end, PASSWD_LINE_MAX - r->end);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	r->end += (size_t)n;
	r->total += (size_t)n;
	return true;
}

static char *next_line(struct line_reader *r)
{
	for (;;) {
		char *line = r->buf + r->start;
		char *nl = memchr(line, '\n', r->end - r->start);

		if (!nl && fill(r))
			continue;
		line = r->buf + r->start;
		if (!nl) { /* the last line may lack its newline */
			if (r->end == r->start || r->skip)
				return NULL;
			nl = r->buf + r->end;
			r->end++;
		}
		*nl = '\0';
		r->start = (size_t)(nl - r->buf) + 1;
		if (!r->skip)
			return line;
		r->skip = false;
	}
}

static void find_home(uint32_t uid, int rootfd, char *buf, size_t size)
{
	char room[PASSWD_LINE_MAX + 1];
	struct line_reader reader = { .fd = -EBADF, .buf = room };
	cleanup_fd int fd = path_open_in(rootfd, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char *line;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	reader.fd = fd;
	while ((line = next_line(&reader)) != NULL) {
		char *home = home_of_line(line, uid);
		int n;

		if (!home)
			continue;
		n = snprintf(buf, size, "HOME=%s", home);
		if (n < 0 || (size_t)n >= size)
			snprintf(buf, size, "HOME=/");
		return;
	}
}

int process_set_home(const struct process_plan *p, int rootfd, char *buf, size_t size,
		     struct error *e)
{
	if (!p->needs_home)
		return 0;
	if (size < sizeof("HOME=/"))
		return error_set(e, EINVAL, "keep room for HOME");
	snprintf(buf, size, "HOME=/");
	find_home(p->uid, rootfd, buf, size);
	for (char **v = p->env; *v; v++)
		if (strncmp(*v, "HOME=", 5) == 0)
			*v = buf;
	return 0;
}

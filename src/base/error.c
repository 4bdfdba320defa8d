/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See error.h. vsnprintf() is the only libc call here: glibc's does not
 * allocate for the conversions we use, so an error can be made in the child
 * between clone and exec.
 */
#include "base/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int num;
	const char *words;
} errno_words[] = {
	{ ENOENT, "missing (ENOENT)" },
	{ EACCES, "access denied (EACCES)" },
	{ EPERM, "not permitted (EPERM)" },
	{ ESRCH, "no such process" },
	{ ELOOP, "too many symbolic links, or one where none may be (ELOOP)" },
	{ EXDEV, "leaves its mount or root (EXDEV)" },
	{ EAGAIN, "kept changing, or a limit is reached (EAGAIN)" },
	{ EINVAL, "invalid argument (EINVAL)" },
	{ ENODEV, "unknown to this kernel (ENODEV)" },
	{ EOVERFLOW, "an id is not mapped in the user namespace (EOVERFLOW)" },
	{ ENOSYS, "not offered by this kernel or filtered (ENOSYS)" },
	{ EBUSY, "busy (EBUSY)" },
	{ EEXIST, "exists already (EEXIST)" },
	{ ENOTDIR, "not a directory (ENOTDIR)" },
	{ EISDIR, "is a directory (EISDIR)" },
	{ ECHILD,
	  "its status is lost: this program ignores SIGCHLD or waits for any child (ECHILD)" },
	{ ENOSPC, "no space left, or a kernel limit is reached (ENOSPC)" },
};

const char *error_words(int errnum)
{
	const char *name;

	for (size_t i = 0; i < sizeof(errno_words) / sizeof(errno_words[0]); i++)
		if (errno_words[i].num == errnum)
			return errno_words[i].words;
	name = strerrordesc_np(errnum);
	return name ? name : "unknown error";
}

__attribute__((format(printf, 3, 0))) static int set(struct error *e, int errnum, const char *fmt,
						     va_list ap, bool words)
{
	int n;

	if (errnum < 0)
		errnum = -errnum;
	if (errnum == 0)
		errnum = EIO;
	e->code = errnum;
	e->kind = KIND_NONE;
	e->hint[0] = '\0';
	n = vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	if (n >= 0 && words && (size_t)n < sizeof(e->msg))
		snprintf(e->msg + n, sizeof(e->msg) - (size_t)n, ": %s", error_words(errnum));
	return -errnum;
}

int error_set(struct error *e, int errnum, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = set(e, errnum, fmt, ap, true);
	va_end(ap);
	return ret;
}

int error_msg(struct error *e, int errnum, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = set(e, errnum, fmt, ap, false);
	va_end(ap);
	return ret;
}

int error_kind_set(struct error *e, enum error_kind kind, int errnum, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = set(e, errnum, fmt, ap, true);
	va_end(ap);
	e->kind = kind;
	return ret;
}

int error_kind(struct error *e, enum error_kind kind, int errnum, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = set(e, errnum, fmt, ap, false);
	va_end(ap);
	e->kind = kind;
	return ret;
}

int error_default_kind(struct error *e, enum error_kind kind)
{
	if (e->code && e->kind == KIND_NONE)
		e->kind = kind;
	return -e->code;
}

bool error_is_host_problem(const struct error *e)
{
	return e->kind / 100 == KIND_NO_SUB_IDS / 100;
}

int error_prefix(struct error *e, const char *fmt, ...)
{
	char head[ERROR_MSG_MAX / 2];
	size_t n, len;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(head, sizeof(head), fmt, ap);
	va_end(ap);
	n = strnlen(head, sizeof(head) - 1);
	len = strnlen(e->msg, sizeof(e->msg) - 1);
	if (n + 2 + len >= sizeof(e->msg))
		len = sizeof(e->msg) - n - 3;
	memmove(e->msg + n + 2, e->msg, len);
	e->msg[n + 2 + len] = '\0';
	memcpy(e->msg, head, n);
	memcpy(e->msg + n, ": ", 2);
	if (e->code == 0)
		e->code = EIO;
	return -e->code;
}

int error_hint(struct error *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return -e->code;
}

void error_clear(struct error *e)
{
	e->code = 0;
	e->kind = KIND_NONE;
	e->msg[0] = '\0';
	e->hint[0] = '\0';
}

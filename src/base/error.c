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

const char *error_reword(const char *text, char *buf, size_t size)
{
	static const struct {
		const char *engine_word;
		int errnum;
	} words[] = {
		{ "permission denied", EACCES },
		{ "operation not permitted", EPERM },
		{ "no such file or directory", ENOENT },
		{ "executable file not found", ENOENT },
	};
	size_t n = 0, i, len;

	buf[0] = '\0';
	while (*text && n + 1 < size) {
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			len = strlen(words[i].engine_word);
			if (strncasecmp(text, words[i].engine_word, len) == 0)
				break;
		}
		if (i < sizeof(words) / sizeof(words[0])) {
			n += (size_t)snprintf(buf + n, size - n, "%s",
					      error_words(words[i].errnum));
			text += len;
		} else {
			buf[n++] = *text++;
			buf[n] = '\0';
		}
	}
	return buf;
}

/* A control character at s: C0, DEL, or C1 as UTF-8 has it (two bytes). */
static size_t control_length(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] == 0xc2 && u[1] >= 0x80 && u[1] <= 0x9f)
		return 2;
	return u[0] < 0x20 || u[0] == 0x7f;
}

void escape_controls(char *s, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t len = strlen(s), n;

	for (size_t i = 0; i < len; i++) {
		n = control_length(s + i);
		if (n == 0)
			continue;
		if (i + 4 * n >= size) {
			s[i] = '\0';
			return;
		}
		if (len + 3 * n >= size)
			len = size - 1 - 3 * n;
		memmove(s + i + 4 * n, s + i + n, len - i - n);
		len += 3 * n;
		s[len] = '\0';
		/* From the last byte on, whose escape is written over none that is needed. */
		for (size_t j = n; j-- > 0;) {
			unsigned char c = (unsigned char)s[i + j];

			memcpy(s + i + 4 * j, "\\x", 2);
			s[i + 4 * j + 2] = hex[c >> 4];
			s[i + 4 * j + 3] = hex[c & 15];
		}
		i += 4 * n - 1;
	}
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
	escape_controls(e->msg, sizeof(e->msg));
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
	escape_controls(head, sizeof(head));
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
	escape_controls(e->hint, sizeof(e->hint));
	return -e->code;
}

void error_clear(struct error *e)
{
	e->code = 0;
	e->kind = KIND_NONE;
	e->msg[0] = '\0';
	e->hint[0] = '\0';
}

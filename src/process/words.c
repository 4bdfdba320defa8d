/* SPDX-License-Identifier: Apache-2.0 */
/* See words.h. */
#include "process/words.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"

static const struct {
	int err;
	const char *words;
} user_words[] = {
	{ ENOENT, "no such file or directory" },
	{ EACCES, "permission denied" },
	{ EPERM, "operation not permitted" },
	{ ENOTDIR, "not a directory" },
	{ EISDIR, "is a directory" },
	{ ELOOP, "too many levels of symbolic links" },
	{ ENAMETOOLONG, "file name too long" },
	{ ENOEXEC, "exec format error" },
	{ ETXTBSY, "text file busy" },
	{ E2BIG, "argument list too long" },
	{ EINVAL, "invalid argument" },
};

const char *words_user(int err)
{
	if (err < 0)
		err = -err;
	for (size_t i = 0; i < ARRAY_SIZE(user_words); i++)
		if (user_words[i].err == err)
			return user_words[i].words;
	return error_words(err);
}

const char *words_shown(const char *name, char *buf)
{
	const size_t max = WORDS_SHOWN_MAX - sizeof("...");
	size_t n = strnlen(name, max + 1);

	memcpy(buf, name, n);
	if (n > max) {
		memcpy(buf + max, "...", sizeof("..."));
		n = max + 3;
	}
	buf[n] = '\0';
	for (char *p = buf; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return buf;
}

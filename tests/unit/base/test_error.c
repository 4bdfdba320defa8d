/* SPDX-License-Identifier: Apache-2.0 */
/* The one error type: form of the message, bounds, and words no engine misreads. */
#include <errno.h>
#include <strings.h>

#include "../tap.h"
#include "base/error.h"

static void test_form(void)
{
	struct error e = ERROR_INIT;

	is_int(error_set(&e, ENOSPC, "write '%s'", "a"), -ENOSPC, "error_set returns -errno");
	has_str(e.msg, "write 'a': ", "cause stands last");
	is_int(error_set(&e, -EIO, "read"), -EIO, "a negative errno is taken as well");
	is_int(e.code, EIO, "the code is positive");
	is_int(error_prefix(&e, "mount '%s'", "/x"), -EIO, "error_prefix returns -code");
	ok(strncmp(e.msg, "mount '/x': read: ", 18) == 0, "the prefix stands in front");
	is_int(error_hint(&e, "type %d", 1), -EIO, "error_hint returns -code");
	is_str(e.hint, "type 1", "the hint is kept apart");
	is_int(error_msg(&e, EINVAL, "only this"), -EINVAL, "error_msg returns -errno");
	is_str(e.msg, "only this", "error_msg adds no words");
	is_str(e.hint, "", "a new error has no old hint");
	error_clear(&e);
	is_int(e.code, 0, "cleared: no code");
	is_str(e.msg, "", "cleared: no message");
	ok(error_set(&e, 0, "x") < 0, "errno 0 is an error all the same");
}

static void test_bounds(void)
{
	struct error e = ERROR_INIT;
	char big[ERROR_MSG_MAX * 2];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	error_set(&e, EIO, "%s", big);
	is_int((long long)strlen(e.msg), ERROR_MSG_MAX - 1, "a long message is cut");
	for (int i = 0; i < 5; i++)
		error_prefix(&e, "%s", big);
	ok(strlen(e.msg) < ERROR_MSG_MAX, "long prefixes do not run over");
	error_hint(&e, "%s", big);
	is_int((long long)strlen(e.hint), ERROR_HINT_MAX - 1, "a long hint is cut");
	is_int(e.code, EIO, "the code survives");
}

/* What a config or an image says, and what is left of it where there is room for so much. */
static const char *escaped(const char *text, size_t size)
{
	static char buf[64];

	snprintf(buf, sizeof(buf), "%s", text);
	memset(buf + strlen(buf) + 1, '#', sizeof(buf) - strlen(buf) - 1);
	escape_controls(buf, size);
	return strlen(buf) < size && buf[sizeof(buf) - 1] != '\0' ? buf : "written behind its end";
}

static void test_controls(void)
{
	struct error e = ERROR_INIT;
	char big[ERROR_MSG_MAX * 2];

	error_msg(&e, EINVAL, "'%s'", "a\nb\033[31m\177");
	is_str(e.msg, "'a\\x0ab\\x1b[31m\\x7f'", "ER01 an error stays one line without colours");
	error_set(&e, EINVAL, "%s", "\r");
	has_str(e.msg, "\\x0d: ", "ER01 with the words of an errno behind it, too");
	error_prefix(&e, "%s", "\t");
	has_str(e.msg, "\\x09: \\x0d: ", "ER01 the prefix as well");
	error_hint(&e, "%s", "\b");
	is_str(e.hint, "\\x08", "ER01 the hint as well");
	memset(big, '\n', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	error_msg(&e, EINVAL, "%s", big);
	error_prefix(&e, "%s", big);
	ok(strlen(e.msg) < sizeof(e.msg) && !strchr(e.msg, '\n'), "ER01 many of them fit");

	is_str(escaped("plain \xc3\xa4 \xff \\x", 64), "plain \xc3\xa4 \xff \\x",
	       "ER01 other bytes stay as they are");
	is_str(escaped("\xc2\x9b"
		       "31m\xc2\xa0",
		       64),
	       "\\xc2\\x9b31m\xc2\xa0", "ER01 C1 as UTF-8 has it");
	is_str(escaped("abc\nd", 9), "abc\\x0ad", "ER01 an escape at the end of the room");
	is_str(escaped("abc\nd", 8), "abc\\x0a", "ER01 what does not fit is cut");
	is_str(escaped("abc\n", 7), "abc", "ER01 never within an escape");
	is_str(escaped("\xc2\x9b", 9), "\\xc2\\x9b", "ER01 two bytes at the end of the room");
	is_str(escaped("\xc2\x9b", 8), "", "ER01 and with one too few");
	is_str(escaped("\1\2\3", 10), "\\x01\\x02", "ER01 one behind the other, cut");
}

/* engine-contracts.md 2: these texts mean exit status 126 or 127 to engines. */
static void test_engine_words(void)
{
	static const char *const read_by_engines[] = {
		"permission denied",
		"operation not permitted",
		"no such file or directory",
		"executable file not found in $PATH",
	};

	for (size_t w = 0; w < sizeof(read_by_engines) / sizeof(read_by_engines[0]); w++) {
		int found = 0;

		for (int i = 1; i < 200; i++)
			if (strcasestr(error_words(i), read_by_engines[w]))
				found = i;
		ok(found == 0, "ER01 no errno is worded '%s'", read_by_engines[w]);
	}
	ok(error_words(123456) != NULL, "an unknown errno has words");
}

int main(void)
{
	test_form();
	test_bounds();
	test_controls();
	test_engine_words();
	return tap_done();
}

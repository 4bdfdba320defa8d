/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log as engines read it: one JSON object a line whatever bytes the
 * message holds (engine-contracts.md 0.3), nothing without --debug, and the
 * plain error line on stderr.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <yajl/yajl_tree.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "tempdir.h"

static const char *field(yajl_val doc, const char *name)
{
	const char *path[] = { name, NULL };
	yajl_val v = yajl_tree_get(doc, path, yajl_t_string);

	return v ? YAJL_GET_STRING(v) : NULL;
}

/* Parses each line of the file; returns the last one. */
static yajl_val parse_lines(int dir, int *ret_n, bool *ret_valid)
{
	cleanup_free char *text = NULL;
	yajl_val last = NULL;
	char *save = NULL;

	*ret_n = 0;
	*ret_valid = true;
	if (io_read_file_at(dir, "log", 1 << 20, &text, NULL) < 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char why[256];

		yajl_tree_free(last);
		last = yajl_tree_parse(line, why, sizeof(why));
		if (!last) {
			printf("# %s\n", line);
			*ret_valid = false;
		}
		++*ret_n;
	}
	return last;
}

static void test_json(int dir)
{
	static const char nasty[] =
		"quote \" back \\ tab \t nl \n esc \033 high \xff\xc3( \xc3\xa4 "
		"\xed\xa0\x80 end \xf0\x9f";
	struct error e = ERROR_INIT;
	char target[600];
	yajl_val doc;
	bool valid;
	int n;

	snprintf(target, sizeof(target), "%s/log", temp_name);
	is_int(log_open(target, "id", &e), 0, "G03 --log FILE");
	is_int(log_set_format("json"), 0, "G04 --log-format json");
	is_int(log_set_format("xml"), -EINVAL, "G04 another one is refused");
	log_debug("hidden");
	doc = parse_lines(dir, &n, &valid);
	is_int(n, 0, "G02 no debug line without --debug");
	yajl_tree_free(doc);
	log_set_debug();
	ok(log_enabled(LOG_LEVEL_DEBUG), "G02 --debug");
	log_warning("%s", nasty);
	doc = parse_lines(dir, &n, &valid);
	ok(valid && n == 1, "G04 any bytes make one valid JSON line");
	is_str(doc ? field(doc, "level") : NULL, "warning", "G04 level");
	has_str(doc ? field(doc, "msg") : NULL, "quote \" back \\ tab \\x09 nl \\x0a esc",
		"ER01 G04 msg");
	has_str(doc ? field(doc, "msg") : NULL, "\xc3\xa4", "G04 UTF-8 stays");
	has_str(doc ? field(doc, "time") : NULL, "T", "G04 time");
	yajl_tree_free(doc);
	error_kind_set(&e, KIND_MOUNT, ENOSPC, "write");
	error_hint(&e, "make room");
	log_error("urun", &e);
	doc = parse_lines(dir, &n, &valid);
	ok(valid && n == 2, "ER02 the error is one line more");
	is_str(doc ? field(doc, "level") : NULL, "error", "ER02 level");
	is_str(doc ? field(doc, "msg") : NULL, e.msg, "ER02 msg is the message alone");
	is_str(doc ? field(doc, "code") : NULL, "URUN-E403", "ER05 code");
	is_str(doc ? field(doc, "errno") : NULL, "ENOSPC", "ER05 errno");
	is_str(doc ? field(doc, "hint") : NULL, "make room", "ER05 hint");
	yajl_tree_free(doc);
}

static int sunk;

static void count(void *arg, enum log_level level, const char *msg)
{
	(void)level;
	if (strcmp(msg, "one line") == 0)
		++*(int *)arg;
}

static void test_sink_and_stderr(int dir)
{
	struct error e = ERROR_INIT;
	cleanup_free char *text = NULL;
	int saved = dup(2), fd = openat(dir, "stderr", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	log_set_sink(count, &sunk);
	log_info("one %s", "line");
	log_set_sink(NULL, NULL);
	is_int(sunk, 1, "the child's lines go to the sink");
	log_open(NULL, NULL, &e);
	log_set_format("text");
	error_kind_set(&e, KIND_NO_SUB_IDS, EIO, "a\nb");
	error_hint(&e, "try this");
	dup2(fd, 2);
	log_error("urun", &e);
	dup2(saved, 2);
	io_read_file_at(dir, "stderr", 4096, &text, NULL);
	ok(text && strncmp(text, "urun: a\\x0ab: ", 14) == 0, "ER02 stderr: one plain line");
	has_str(text, "(hint: try this) [URUN-E301]\n", "ER02 ER05 with the hint and the code");
	ok(text && strchr(text, '\n') == text + strlen(text) - 1, "ER02 and one newline");
	close(saved);
	close(fd);
	is_int(log_set_level("nonsense"), -EINVAL, "an unknown level is refused");
	is_int(log_set_level("error"), 0, "a level");
	ok(!log_enabled(LOG_LEVEL_WARNING), "is obeyed");
	ok(log_open("file:/nonexistent/log", NULL, &e) < 0 && e.code,
	   "G03 a log that cannot be made");
}

static void *check_common(void *arg)
{
	*(bool *)arg = log_enabled(LOG_LEVEL_DEBUG);
	return NULL;
}

/* Each context has its own; other threads have not heard of it. */
static void test_contexts(int dir)
{
	struct log a = LOG_INIT, b = LOG_INIT;
	struct error e = ERROR_INIT;
	bool elsewhere = true;
	char target[600];
	int fd, n = 0;
	pthread_t t;

	log_use(&a);
	log_set_debug();
	log_set_sink(count, &n);
	log_info("one line");
	log_use(&b);
	log_set_debug();
	snprintf(target, sizeof(target), "/proc/self/fd/%d/b", dir);
	is_int(log_open(target, NULL, &e), 0, "Y01 a second context with a file");
	log_info("one line");
	is_int(n, 1, "Y01 the first one has its own line and not the other");
	pthread_create(&t, NULL, check_common, &elsewhere);
	pthread_join(t, NULL);
	ok(!elsewhere, "Y01 another thread has neither's level");
	fd = b.fd;
	log_done(&b);
	ok(fd > 2 && fcntl(fd, F_GETFD) < 0, "Y01 the file is closed with it");
	ok(!log_enabled(LOG_LEVEL_DEBUG), "Y01 and the common one is back");
	log_done(&a);
}

int main(void)
{
	int dir = temp_begin();

	test_json(dir);
	test_sink_and_stderr(dir);
	test_contexts(dir);
	temp_done(dir);
	return tap_done();
}

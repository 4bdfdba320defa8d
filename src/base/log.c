/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See log.h. Theory of operation: one sink a context, and the thread that
 * works for it uses it; no buffering, one write() a line, so that lines of two processes do
 * not mix and an engine that reads once gets all of it.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/io.h"
#include "base/path.h"
#include "base/strbuf.h"

/* Where a thread logs that works for no context. */
static struct log process_log = LOG_INIT;
static _Thread_local struct log *sink = &process_log;

static const char *const level_names[] = { "error", "warning", "info", "debug" };
static const int syslog_priority[] = { 3, 4, 6, 7 };

enum { LINE_MAX_LEN = 16 << 10 };

void log_use(struct log *log)
{
	sink = log ? log : &process_log;
}

void log_done(struct log *log)
{
	if (sink == log)
		sink = &process_log;
	cleanup_fdp(&log->fd);
	*log = (struct log)LOG_INIT;
}

static void forget_target(void)
{
	cleanup_fdp(&sink->fd);
	sink->fd = -EBADF;
	sink->target = TARGET_STDERR;
}

static int open_datagram(const char *path, struct error *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_set(e, errno, "make a socket for the log");
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return error_set(e, errno, "connect the log to '%s'", path);
	sink->fd = take_fd(&fd);
	return 0;
}

static int open_file(const char *path, struct error *e)
{
	int fd = path_openat(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY, 0644);

	if (fd < 0)
		return error_set(e, fd, "open log '%s'", path);
	sink->fd = fd;
	sink->target = TARGET_FILE;
	return 0;
}

int log_open(const char *target, const char *container_id, struct error *e)
{
	const char *colon;
	int ret;

	snprintf(sink->container_id, sizeof(sink->container_id), "%s",
		 container_id ? container_id : "");
	forget_target();
	if (!target || !*target)
		return 0;
	colon = strchr(target, ':');
	if (!colon || target[0] == '/')
		return open_file(target, e);
	if (strncmp(target, "file:", 5) == 0)
		return open_file(target + 5, e);
	snprintf(sink->identifier, sizeof(sink->identifier), "%s",
		 colon[1] ? colon + 1 : sink->container_id);
	if (strncmp(target, "journald:", 9) == 0) {
		ret = open_datagram("/run/systemd/journal/socket", e);
		if (ret == 0)
			sink->target = TARGET_JOURNALD;
		return ret;
	}
	if (strncmp(target, "syslog:", 7) == 0) {
		ret = open_datagram("/dev/log", e);
		if (ret == 0)
			sink->target = TARGET_SYSLOG;
		return ret;
	}
	return error_msg(e, EINVAL,
			 "unknown log type '%.*s': use file:PATH, journald:ID or syslog:ID",
			 (int)(colon - target), target);
}

int log_set_format(const char *name)
{
	if (strcmp(name, "json") == 0)
		sink->json = true;
	else if (strcmp(name, "text") == 0)
		sink->json = false;
	else
		return -EINVAL;
	return 0;
}

int log_set_level(const char *name)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{ "error", LOG_LEVEL_ERROR },  { "warning", LOG_LEVEL_WARNING },
		{ "warn", LOG_LEVEL_WARNING }, { "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },  { "trace", LOG_LEVEL_DEBUG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (strcmp(levels[i].name, name) == 0) {
			sink->level = levels[i].level;
			return 0;
		}
	return -EINVAL;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

void log_set_debug(void)
{
	sink->level = LOG_LEVEL_DEBUG;
}

void log_set_sink(log_sink_fn fn, void *arg)
{
	sink->fn = fn;
	sink->fn_arg = arg;
}

bool log_enabled(enum log_level level)
{
	return level <= sink->level;
}

static void timestamp(char *buf, size_t len, bool fraction)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(buf, len, "%Y-%m-%dT%H:%M:%S", &tm);
	if (fraction)
		n += (size_t)snprintf(buf + n, len - n, ".%06ld", ts.tv_nsec / 1000);
	snprintf(buf + n, len - n, "Z");
}

/*
 * Bytes of the well-formed UTF-8 sequence at s, 0 if it is none. Log lines
 * quote what users and images wrote; a JSON reader must not choke on them.
 */
static size_t utf8_len(const unsigned char *s)
{
	size_t n = s[0] < 0x80                   ? 1
		   : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
		   : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		   : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
						 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static void add_json_string(struct strbuf *b, const char *s)
{
	strbuf_addc(b, '"');
	while (*s) {
		unsigned char c = (unsigned char)*s;
		size_t n = utf8_len((const unsigned char *)s);

		if (c == '"' || c == '\\')
			strbuf_addf(b, "\\%c", c);
		else if (c < 0x20)
			strbuf_addf(b, "\\u%04x", c);
		else if (n == 0)
			strbuf_adds(b, "\\ufffd");
		else
			strbuf_add(b, s, n);
		s += n ? n : 1;
	}
	strbuf_addc(b, '"');
}

static void add_json_line(struct strbuf *b, enum log_level level, const char *msg,
			  const struct error *err)
{
	char now[48];

	timestamp(now, sizeof(now), true);
	strbuf_adds(b, "{\"msg\":");
	add_json_string(b, msg);
	strbuf_addf(b, ",\"level\":\"%s\",\"time\":\"%s\"", level_names[level], now);
	if (err) {
		const char *name = strerrorname_np(err->code);
		char code[ERROR_CODE_MAX];

		strbuf_addf(b, ",\"code\":\"%s\",\"errno\":\"%s\"",
			    error_code_name(err->kind, code), name ? name : "EIO");
		if (err->hint[0]) {
			strbuf_adds(b, ",\"hint\":");
			add_json_string(b, err->hint);
		}
	}
	strbuf_adds(b, "}\n");
}

/* Journal fields: one line a field; ours have no newline (msg is one line). */
static void add_journal(struct strbuf *b, enum log_level level, const char *msg)
{
	strbuf_addf(b, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\n", syslog_priority[level],
		    sink->identifier);
	if (sink->container_id[0])
		strbuf_addf(b, "CONTAINER_ID=%s\nID=%s\n", sink->container_id, sink->container_id);
	strbuf_adds(b, "MESSAGE=");
	for (; *msg; msg++)
		strbuf_addc(b, *msg == '\n' ? ' ' : *msg);
	strbuf_addc(b, '\n');
}

static void add_text(struct strbuf *b, enum log_level level, const char *msg, int fd)
{
	static const char *const colours[] = { "\033[31m", "\033[33m", "", "\033[2m" };
	char now[48];

	if (isatty(fd)) {
		timestamp(now, sizeof(now), true);
		strbuf_addf(b, "%s: %s%s%s\n", now, colours[level], msg,
			    *colours[level] ? "\033[0m" : "");
	} else {
		strbuf_addf(b, "%s\n", msg);
	}
}

void log_format_error(struct strbuf *b, const struct error *e)
{
	add_json_line(b, LOG_LEVEL_ERROR, e->msg, e);
}

static void emit(enum log_level level, const char *msg, const struct error *err)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(LINE_MAX_LEN * 8);
	int fd = sink->target == TARGET_STDERR ? STDERR_FILENO : sink->fd;

	if (sink->target == TARGET_JOURNALD)
		add_journal(&b, level, msg);
	else if (sink->target == TARGET_SYSLOG)
		strbuf_addf(&b, "<%d>%s: %s", 8 * 3 + syslog_priority[level], sink->identifier,
			    msg);
	else if (sink->json)
		add_json_line(&b, level, msg, err);
	else
		add_text(&b, level, msg, fd);
	if (strbuf_error(&b))
		return;
	if (sink->target == TARGET_JOURNALD || sink->target == TARGET_SYSLOG)
		(void)send(fd, b.s, b.len, MSG_NOSIGNAL);
	else
		(void)io_write_all(fd, b.s, b.len);
}

void log_line(enum log_level level, const char *msg)
{
	if (!log_enabled(level))
		return;
	if (sink->fn)
		sink->fn(sink->fn_arg, level, msg);
	else
		emit(level, msg, NULL);
}

__attribute__((format(printf, 2, 0))) static void vlog(enum log_level level, const char *fmt,
						       va_list ap)
{
	char msg[4096];

	if (!log_enabled(level))
		return;
	vsnprintf(msg, sizeof(msg), fmt, ap);
	escape_controls(msg, sizeof(msg));
	log_line(level, msg);
}

#define DEFINE_LOG(name, level)         \
	void name(const char *fmt, ...) \
	{                               \
		va_list ap;             \
                                        \
		va_start(ap, fmt);      \
		vlog(level, fmt, ap);   \
		va_end(ap);             \
	}

DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_warning, LOG_LEVEL_WARNING)

void log_error(const char *program, const struct error *e)
{
	char line[ERROR_MSG_MAX + ERROR_HINT_MAX + 64];
	char name[ERROR_CODE_MAX], code[ERROR_CODE_MAX + 4] = "";
	int n;

	if (sink->target != TARGET_STDERR || sink->json)
		emit(LOG_LEVEL_ERROR, e->msg, e);
	if (sink->target == TARGET_STDERR && sink->json)
		return;
	/* What is wrong with the host is worth a look at 'urun explain'. */
	if (error_is_host_problem(e))
		snprintf(code, sizeof(code), " [%s]", error_code_name(e->kind, name));
	n = snprintf(line, sizeof(line) - 1, "%s: %s%s%s%s%s", program, e->msg,
		     e->hint[0] ? " (hint: " : "", e->hint, e->hint[0] ? ")" : "", code);
	if (n < 0)
		return;
	if ((size_t)n > sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	for (int i = 0; i < n; i++)
		if (line[i] == '\n' || line[i] == '\r')
			line[i] = ' ';
	line[n] = '\n';
	(void)io_write_all(STDERR_FILENO, line, (size_t)n + 1);
}

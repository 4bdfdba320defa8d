/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one logger: stderr, a file, journald (native socket) or syslog; text or
 * JSON. Only cli logs errors; the library warns through log_warning(); the
 * child's lines travel to the parent in LOG messages (run/sync.h).
 * Without --debug, warnings and debug lines go nowhere but where the user asked
 * for them: engines parse stderr and the log (engine-contracts.md 0.3, 0.4).
 */
#ifndef URUN_BASE_LOG_H
#define URUN_BASE_LOG_H

#include <errno.h>
#include <stdbool.h>

struct error;

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Sends a line somewhere else (the child: into the sync socket). */
typedef void (*log_sink_fn)(void *arg, enum log_level level, const char *msg);

enum log_target { TARGET_STDERR, TARGET_FILE, TARGET_JOURNALD, TARGET_SYSLOG };

struct log {
	enum log_target target;
	enum log_level level;
	bool json;
	int fd;
	char identifier[256];
	char container_id[256];
	log_sink_fn fn; /* instead of the target */
	void *fn_arg;
};

#define LOG_INIT                                                                \
	{                                                                       \
		.target = TARGET_STDERR, .level = LOG_LEVEL_ERROR, .fd = -EBADF \
	}

/*
 * What this thread logs goes there from now on, and the calls below set it up.
 * NULL, and from the start: one for all threads that have none.
 */
void log_use(struct log *log);

/* Closes it; this thread goes back to the common one. */
void log_done(struct log *log);

/*
 * A former target is closed. target: NULL or "" = stderr; "PATH" or "file:PATH"; "journald:ID";
 * "syslog:ID". container_id may be NULL.
 */
int log_open(const char *target, const char *container_id, struct error *e);
int log_set_format(const char *name); /* "text", "json"; -EINVAL */
int log_set_level(const char *name);  /* -EINVAL */
void log_set_debug(void);
const char *log_level_name(enum log_level level);
void log_set_sink(log_sink_fn fn, void *arg);
bool log_enabled(enum log_level level);

void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One finished line from elsewhere. */
void log_line(enum log_level level, const char *msg);

struct strbuf;

/* The error as one line of the JSON log. */
void log_format_error(struct strbuf *b, const struct error *e);

/*
 * The fatal error: one JSON object or line to the log, and the plain line to
 * stderr in a single write().
 */
void log_error(const char *program, const struct error *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One error, owned by the caller, without heap: valid between clone and exec,
 * and sent through the sync socket as it is (architecture.md, "One error type").
 *
 * Message form: lower case, no full stop, the object in single quotes, the
 * cause last. The innermost failing function sets it once; callers put the
 * user's object in front with error_prefix(). Leaf helpers in base return
 * only -errno and leave the words to their caller.
 */
#ifndef URUN_BASE_ERROR_H
#define URUN_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error_codes.h"

enum {
	ERROR_MSG_MAX = 3072,
	ERROR_HINT_MAX = 768,
};

struct error {
	int code; /* positive errno; 0 = no error set */
	enum error_kind kind;
	char msg[ERROR_MSG_MAX];
	char hint[ERROR_HINT_MAX]; /* what to type to mend the host, or "" */
};

#define ERROR_INIT                                                  \
	{                                                           \
		.code = 0, .kind = KIND_NONE, .msg = "", .hint = "" \
	}

/*
 * Sets the message "FMT...: words for errnum" and returns -errnum.
 * errnum may be negative (a -errno from a helper); it is made positive.
 */
int error_set(struct error *e, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set(), but the message is FMT alone; returns -errnum. */
int error_msg(struct error *e, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same two with the kind of failure, which is a code to users (error_codes.h). */
int error_kind_set(struct error *e, enum error_kind kind, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int error_kind(struct error *e, enum error_kind kind, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * The kind, unless one is set already: for a caller of many who fail. The innermost
 * knows best. Returns -e->code; no error is none.
 */
int error_default_kind(struct error *e, enum error_kind kind);

/* Is the host to be mended, and not the config or the command line? */
bool error_is_host_problem(const struct error *e);

/* Puts "FMT...: " in front of the message; returns -e->code. */
int error_prefix(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets the remedy ("add '...' to /etc/subuid"); returns -e->code. */
int error_hint(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Writes control characters in the buffer as \xNN; what does not fit is cut.
 * Whatever an error or a log line quotes (a config, an image's file, a hook's
 * words), it stays one line and tells a terminal nothing. The functions above do it.
 */
void escape_controls(char *s, size_t size);

/* Forgets the error. */
void error_clear(struct error *e);

/*
 * Words for a positive errno. They differ from strerror() where engines match
 * on the text to tell "your command is missing" (podman, docker:
 * engine-contracts.md section 2): ENOENT, EACCES and EPERM of our own
 * host-side work must not be read as 127 or 126. Never allocates.
 */
const char *error_words(int errnum);

/*
 * What another program said, without the words that engines match on: "Operation not
 * permitted" becomes "not permitted (EPERM)". Cut to `size`, which is not 0.
 */
const char *error_reword(const char *text, char *buf, size_t size);

#endif

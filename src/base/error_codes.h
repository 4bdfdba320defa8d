/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of failure, with the number that each keeps for ever: URUN-E101 in the
 * JSON log, in 'urun explain', and in urun(1) (ER05). A number is never given to
 * another kind; a kind that is gone leaves a gap. Numbers by hundreds: 0 the
 * command line, 1 the config, 2 containers and their state, 3 the host, 4 the
 * set-up of a container, 5 its program.
 */
#ifndef URUN_BASE_ERROR_CODES_H
#define URUN_BASE_ERROR_CODES_H

#include <stddef.h>

enum error_kind {
	KIND_NONE = 0, /* not set: counts as KIND_OTHER */
	KIND_OTHER = 1,
	KIND_USAGE = 2,

	KIND_CONFIG_UNREADABLE = 101,
	KIND_CONFIG_SYNTAX = 102,
	KIND_CONFIG_VALUE = 103,
	KIND_CONFIG_UNSUPPORTED = 104,
	KIND_CONFIG_PLAN = 105,
	KIND_ID_UNMAPPED = 106,

	KIND_NO_CONTAINER = 201,
	KIND_CONTAINER_EXISTS = 202,
	KIND_BAD_CONTAINER_ID = 203,
	KIND_NOT_RUNNING = 204,
	KIND_IS_RUNNING = 205,
	KIND_CONTAINER_BUSY = 206,
	KIND_STATE_ROOT = 207,
	KIND_STATE_BROKEN = 208,
	KIND_IS_PAUSED = 209,

	KIND_NO_SUB_IDS = 301,
	KIND_SUB_IDS_MALFORMED = 302,
	KIND_SUB_IDS_NOT_GRANTED = 303,
	KIND_HELPER_MISSING = 304,
	KIND_HELPER_PRIVILEGE = 305,
	KIND_HELPER_NOSUID = 306,
	KIND_HELPER_FAILED = 307,
	KIND_NO_NEW_PRIVS = 308,
	KIND_BOUNDING_SET = 309,
	KIND_IDS_NOT_HERE = 310,
	KIND_NOT_DUMPABLE = 311,
	KIND_NO_SETFCAP = 312,
	KIND_APPARMOR = 313,
	KIND_NAMESPACES_OFF = 321,
	KIND_NAMESPACES_USED_UP = 322,
	KIND_USERNS_CLONE_OFF = 323,
	KIND_CALLER_UNMAPPED = 324,
	KIND_CHROOT = 325,
	KIND_OUTER_FILTER = 326,
	KIND_NO_SYS_ADMIN = 327,
	KIND_KERNEL_LACKS = 328,
	KIND_TOO_MANY_PROCESSES = 329,
	KIND_NO_BUS = 331,
	KIND_SYSTEMD = 332,
	KIND_CGROUP = 333,
	KIND_NETWORK = 334,
	KIND_PORT = 335,

	KIND_ROOTFS = 401,
	KIND_MOUNT_SOURCE = 402,
	KIND_MOUNT = 403,
	KIND_DEVICE = 404,
	KIND_JOIN = 405,
	KIND_HOOK = 406,
	KIND_INIT_ENDED = 407,
	KIND_ID_MAPS = 408,
	KIND_CALLERS_FILES = 409,
	KIND_SECCOMP = 410,
	KIND_LSM = 411,
	KIND_ATTRIBUTE = 412,
	KIND_READY_TIMEOUT = 413,

	KIND_PROGRAM_MISSING = 501,
	KIND_PROGRAM_NOT_EXECUTABLE = 502,
	KIND_PROGRAM_FORMAT = 503,
	KIND_CWD = 504,
	KIND_NO_SUCH_USER = 505,
};

enum { ERROR_CODE_MAX = 16 }; /* room for "URUN-E101" */

struct error_code {
	enum error_kind kind;
	const char *summary; /* one line */
	const char *meaning; /* why it is so */
	const char *remedy;  /* what to do */
};

/* All of them, by number. */
extern const struct error_code error_codes[];
extern const size_t n_error_codes;

/* The row of a kind; that of KIND_OTHER for one that is not known. */
const struct error_code *error_code_of(enum error_kind kind);

/* "URUN-E101" into buf. */
const char *error_code_name(enum error_kind kind, char buf[ERROR_CODE_MAX]);

/* "URUN-E101", "e101" or "101" -> its row, or NULL. */
const struct error_code *error_code_parse(const char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of /proc/PID/mountinfo (proc_pid_mountinfo(5)). Pure: no system call. */
#ifndef URUN_BASE_MOUNTINFO_H
#define URUN_BASE_MOUNTINFO_H

#include <stdint.h>

struct mountinfo {
	uint64_t id, parent;
	char *root;        /* which directory of the file system */
	char *destination; /* seen from the root of the process */
	char *options;     /* of the mount: "ro,nosuid" */
	char *propagation; /* "shared:1 master:2", "" for private */
	char *type, *source;
	char *super_options; /* of the file system */
};

/*
 * Takes one line apart, in place; octal escapes (\040) become the bytes that
 * they stand for. `line` has no newline. -EINVAL: not such a line.
 */
int mountinfo_parse(char *line, struct mountinfo *ret);

#endif

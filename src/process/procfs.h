/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below a verified procfs root (security.md R1, R2): no path of ours
 * goes through the container's /proc, which its image may have overmounted.
 * Usable between clone and execve.
 */
#ifndef URUN_PROCESS_PROCFS_H
#define URUN_PROCESS_PROCFS_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Opens `path` below proc_fd: no mount is crossed, no symlink followed, and
 * what was opened is procfs. A path that starts with "thread-self/" is led
 * through the real name of that link.
 */
int procfs_open(int proc_fd, const char *path, int flags);

/* Writes all of `value` in one write(); -EIO if the kernel took less. */
int procfs_write(int proc_fd, const char *path, const char *value);

/* Reads at most size - 1 bytes, NUL-terminated, trailing newline cut. */
ssize_t procfs_read(int proc_fd, const char *path, char *buf, size_t size);

#endif

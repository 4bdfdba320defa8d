/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes. All return -errno on failure. */
#ifndef URUN_BASE_IO_H
#define URUN_BASE_IO_H

#include <stddef.h>
#include <sys/types.h>

/* Writes all of it, going on after EINTR and short writes. */
int io_write_all(int fd, const void *p, size_t len);

/* One write() that gives -EPIPE where it would raise SIGPIPE, too. */
ssize_t io_write_unsignalled(int fd, const void *p, size_t len);

/* Reads until EOF or len; returns the count. */
ssize_t io_read_full(int fd, void *p, size_t len);

/*
 * Reads fd to its end into a malloc'd, NUL-terminated *ret; -EFBIG over `max`
 * bytes. ret_len may be NULL.
 */
int io_read_all(int fd, size_t max, char **ret, size_t *ret_len);

/* Reads the caller's file `name` at dirfd (must be a regular file or a pipe). */
int io_read_file_at(int dirfd, const char *name, size_t max, char **ret, size_t *ret_len);

/* The same, where "-" is stdin. */
int io_read_input_at(int dirfd, const char *name, size_t max, char **ret, size_t *ret_len);

/* What messages call such an input. */
const char *io_input_name(const char *name);

/*
 * Replaces `name` below dirfd by these bytes in one step: a temporary file
 * beside it, then rename. No half-written file is ever seen or left.
 */
int io_write_file_at(int dirfd, const char *name, const void *p, size_t len, mode_t mode);

/* Writes one string in one write() to an existing file (procfs style). */
int io_write_value_at(int dirfd, const char *name, const char *value);

#endif

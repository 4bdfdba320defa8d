/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptor helpers. All return -errno on failure. */
#ifndef URUN_BASE_FD_H
#define URUN_BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Opens /dev/null onto any of fds 0-2 that is closed, so that no later open
 * lands there. The first act of main() (security.md O1, weakness 1).
 */
int fd_sanitize_stdio(void);

/* Marks every fd >= first close-on-exec. */
int fd_cloexec_from(unsigned int first);

/* Sets or clears FD_CLOEXEC on one fd. */
int fd_set_cloexec(int fd, bool on);

/* Is this the null device (a character device with number 1:3)? */
bool fd_is_null_device(int fd);

/* Are both of the same file, or of the same namespace? */
static inline bool stat_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Sends `fd` with a payload of at least one byte over a UNIX socket; -EAGAIN
 * where a time limit cut it off.
 */
int fd_send(int sock, int fd, const void *payload, size_t len);

/* Receives one fd (close-on-exec) and up to len bytes of payload. */
int fd_recv(int sock, void *payload, size_t len, int *ret_fd);

/*
 * One message with or without an fd: *ret_fd is -EBADF without. *flags: in,
 * recvmsg(2)'s; out, what it says of the message (MSG_TRUNC, MSG_CTRUNC: a
 * second fd was dropped). Returns the length or -errno.
 */
ssize_t fd_recv_message(int sock, void *payload, size_t len, int *flags, int *ret_fd);

/*
 * Waits until poll(2) says `events` of it (or that it hung up); -ETIMEDOUT. Signals do
 * not prolong the limit. timeout_ms < 0: for ever.
 */
int fd_wait(int fd, short events, int timeout_ms);

/*
 * Connects to the UNIX stream socket `path`, of any length that the kernel
 * lets us open (a path over 107 bytes is reached through its parent's fd).
 */
int fd_connect_unix(const char *path, int *ret_fd);

/* The same to a datagram socket; "@NAME" is one without a file (abstract). */
int fd_connect_datagram(const char *address, int *ret_fd);
/* The same with a limit on connecting (-ETIMEDOUT) and on each fd_send() (-EAGAIN). */
int fd_connect_unix_timeout(const char *path, int timeout_ms, int *ret_fd);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The foreground terminal of `run -t` and `exec -t` (C16): between the caller's
 * stdin and stdout and the master of the container's pseudo-terminal, without
 * losing a byte and without blocking, from within the caller's one poll() loop:
 *
 *	struct pollfd p[TERMINAL_POLLFDS + ...];
 *	size_t n = terminal_pollfds(&t, p);
 *	poll(p, n + ..., -1);
 *	terminal_handle(&t, p, n);
 *
 * The caller ignores or blocks SIGPIPE and calls terminal_resize() on SIGWINCH.
 */
#ifndef URUN_RUN_TERMINAL_H
#define URUN_RUN_TERMINAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

enum { TERMINAL_POLLFDS = 3, TERMINAL_BUFFER = 8192 };

struct terminal_flow {
	size_t at, len; /* what waits: buf[at .. at+len) */
	char buf[TERMINAL_BUFFER];
};

struct terminal {
	int master, in, out; /* the caller's; never closed here */
	int own_in, own_out; /* non-blocking twins of in and out, or -EBADF */
	int peer;            /* held open; see terminal.c */
	bool is_raw;         /* `saved` is to be restored on `in` */
	bool in_open, out_open, master_open;
	bool eof_due; /* stdin has ended: tell the container */
	char last;    /* last byte to the master */
	struct termios saved;
	struct terminal_flow to_master, to_out;
};

/*
 * Gives a master without a size that of our own terminal: for the time before
 * the process runs, which may ask at once.
 */
void terminal_fit(int master);

/*
 * Takes over our stdin and stdout: stdin becomes raw if it is a terminal, and
 * the master gets its size unless the config has set one. -errno: nothing has
 * changed. Afterwards terminal_end() is due, on every way out.
 */
int terminal_begin(struct terminal *t, int master);

/* The same between other fds. */
int terminal_begin_on(struct terminal *t, int master, int in, int out);

/* What to poll for now; at most TERMINAL_POLLFDS rows. Returns their number. */
size_t terminal_pollfds(struct terminal *t, struct pollfd *out);

/*
 * Copies what poll() says can be copied. 0; 1 once the container's side is
 * gone for good (nothing is left to poll for).
 */
int terminal_handle(struct terminal *t, const struct pollfd *p, size_t n);

/* Gives the master the size of the caller's terminal. */
void terminal_resize(struct terminal *t);

/*
 * Writes out what the container has said until now, waiting for a slow reader,
 * and gives the caller's terminal back as it was. Twice is harmless.
 */
void terminal_end(struct terminal *t);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the engine share (splice.h). All of it belongs to its thread. */
#ifndef URUN_NETNS_SLIRP_SPLICE_INTERNAL_H
#define URUN_NETNS_SLIRP_SPLICE_INTERNAL_H

#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

#include "netns/slirp/splice.h"

enum {
	SPLICE_BUFFER = 256 * 1024, /* the one of the engine */
	SPLICE_BUDGET = 1 << 20,    /* bytes of one direction, then it is others' turn */
	SPLICE_PIPE = 256 * 1024,   /* 64 buffers: up to 32 KiB each where the sender is local */
	SPLICE_PIPES_MAX = 48,      /* a fifth of a user's pages (pipe-user-pages-soft) */
	SPLICE_PIPES_IDLE = 4,
};

/* What epoll tells: 0 is the eventfd. Bits of a pointer that malloc leaves free. */
enum {
	SPLICE_TAG_SERVER = 1, /* of a connection: it is ends[1] */
	SPLICE_TAG_LISTENER = 2,
	SPLICE_TAG_ALL = 3,
};

struct pipe_pair {
	int in, out;
	struct pipe_pair *next;
};

/* One of the two sockets. Edge-triggered: what was said holds until a call says EAGAIN. */
struct end {
	int fd;
	bool readable, writable;
	bool ended;  /* a FIN or worse has come: behind what can be read there is nothing */
	bool urgent; /* there was urgent data: a short read does not mean that it was all */
	bool wrote, nodelay;
};

/* One direction: flows[i] reads ends[i]. What was read and not written yet: */
struct flow {
	struct pipe_pair *pipe; /* only while there is something in it */
	char *rest;
	uint32_t in_pipe, rest_at, rest_len;
	uint8_t heat; /* how many large reads there were of late */
	bool eof, done;
};

struct conn {
	struct end ends[2]; /* the client's, the server's */
	struct flow flows[2];
	struct conn *prev, *next;
	struct conn *next_queued; /* of the run queue; of the dead */
	bool connected, queued, dead;
	bool reset; /* when it is closed */
	uint64_t ended_us;
};

struct splice_listener {
	int fd;
	sa_family_t family; /* of the next connection's target, as far as it is known */
	bool resting, dead;
	uint32_t burst, turn;
	struct splice_target target;
	struct splice_listener *prev, *next;
	struct splice_listener *next_resting; /* of the dead, too */
};

struct command;

struct splice {
	/* shared with the caller */
	pthread_t thread;
	struct command *_Atomic command;
	sem_t answered;
	int wake;

	void (*watched)(void *arg);
	void *watched_arg;

	int epoll;
	uint32_t turn, n_dead;
	int spare[2]; /* sockets made before they are needed: IPv4, IPv6 */
	sa_family_t wants_spare;
	bool answers;             /* in this turn, a server has sent something */
	uint64_t lively_until_us; /* a while after the last connection was taken; 0: over */
	struct conn *conns, *queue, **queue_end, *dead, **dead_end;
	struct splice_listener *listeners, *resting, *dead_listeners;
	uint64_t rest_until_ms, no_pipes_until_ms;
	struct pipe_pair *idle_pipes;
	uint32_t n_idle_pipes;
	struct splice_stats stats;
	char buffer[SPLICE_BUFFER];
};

/* ---- splice_pipes.c */

/* An empty one, or NULL: then one copies. */
struct pipe_pair *splice_pipe_get(struct splice *sp);
/* `empty`: it can be used again. */
void splice_pipe_put(struct splice *sp, struct pipe_pair *p, bool empty);
/* Closes what nobody uses, where descriptors are short: was there any? */
bool splice_pipes_trim(struct splice *sp);

/* ---- splice_pump.c */

/*
 * Moves what can be moved from c->ends[side] to the other. 0: it waits for an event or is
 * done; 1: it could go on; -errno: the connection is to be reset.
 */
int splice_pump(struct splice *sp, struct conn *c, int side);
void splice_flow_free(struct splice *sp, struct flow *f);

/* ---- splice_accept.c */

/* What epoll says of a listener: takes some of its connections. */
void splice_accept(struct splice *sp, struct splice_listener *l);
/* A socket for the next connection, when there is time. */
void splice_make_spare(struct splice *sp);
/* Listeners that had no descriptor left try again. */
void splice_wake_listeners(struct splice *sp);
void splice_listener_free(struct splice *sp, struct splice_listener *l);
void splice_reset_fd(int fd);

/* ---- splice_conn.c */

/* Takes both; false: no memory, and they are reset. */
bool splice_conn_new(struct splice *sp, int client, int server);
/* Of ends[side]. */
void splice_conn_event(struct splice *sp, struct conn *c, int side, uint32_t events);
/* Its sockets are closed by splice_reap(). */
void splice_conn_end(struct splice *sp, struct conn *c, bool reset);
/* Those whose turn was over before they were. */
void splice_run_queue(struct splice *sp);
/* When all events of a turn are seen. idle: there were none. */
void splice_clean_up(struct splice *sp, bool idle);
/* Closes and frees what has ended, but for `most` of it. */
void splice_reap(struct splice *sp, uint32_t most);

/* ---- splice.c */

int splice_listener_watch(struct splice *sp, struct splice_listener *l, int op, bool on);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection's life: what epoll says of its sockets, its turns, its end. The bytes are
 * splice_pump.c's.
 */
#include <sys/epoll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "netns/slirp/splice_internal.h"

enum {
	DEAD_MAX = 64,
	DEAD_US = 1000,
	LIVELY_US = 1000,
};

static void conn_unlink(struct splice *sp, struct conn *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		sp->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	sp->stats.connections--;
}

/* To the end of a list by `next_queued`. */
static void append(struct conn ***end, struct conn *c)
{
	c->next_queued = NULL;
	**end = c;
	*end = &c->next_queued;
}

static void bury(struct splice *sp, struct conn *c)
{
	append(&sp->dead_end, c);
	sp->n_dead++;
}

/* Other events of this turn may name it, and the queue may: splice_reap() frees it. */
void splice_conn_end(struct splice *sp, struct conn *c, bool reset)
{
	for (int i = 0; i < 2; i++)
		splice_flow_free(sp, &c->flows[i]);
	if (!c->connected)
		sp->stats.failed++;
	conn_unlink(sp, c);
	c->dead = true;
	c->reset = reset;
	c->ended_us = clock_us();
	if (!c->queued)
		bury(sp, c);
}

static int watch(struct splice *sp, int fd, void *what, uintptr_t tag)
{
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET,
		.data.u64 = (uintptr_t)what | tag,
	};

	return epoll_ctl(sp->epoll, EPOLL_CTL_ADD, fd, &ev);
}

static void enqueue(struct splice *sp, struct conn *c)
{
	if (c->queued)
		return;
	c->queued = true;
	append(&sp->queue_end, c);
}

/* Both ways; `first` is the side that there is news of. */
static void conn_pump(struct splice *sp, struct conn *c, int first, bool fault)
{
	int s = splice_pump(sp, c, first);
	/* Where one way has failed, what came on the other is still to be handed over. */
	int t = splice_pump(sp, c, !first);

	if (fault || s < 0 || t < 0)
		splice_conn_end(sp, c, true);
	else if (c->flows[0].done && c->flows[1].done)
		splice_conn_end(sp, c, false);
	else if (s > 0 || t > 0)
		enqueue(sp, c);
}

bool splice_conn_new(struct splice *sp, int client, int server)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		splice_reset_fd(server);
		splice_reset_fd(client);
		return false;
	}
	/* The client's has TCP_NODELAY from its listener. */
	c->ends[0] =
		(struct end){ .fd = client, .readable = true, .writable = true, .nodelay = true };
	c->ends[1] = (struct end){ .fd = server, .writable = true };
	c->next = sp->conns;
	if (c->next)
		c->next->prev = c;
	sp->conns = c;
	sp->stats.connections++;
	sp->lively_until_us = clock_us() + LIVELY_US;
	/*
	 * What the client sends first is there as a rule, and over a loopback so is the server by
	 * now: it is tried without asking, and before anything that can be done while the server
	 * has it.
	 */
	conn_pump(sp, c, 0, false);
	if (!c->dead &&
	    (watch(sp, server, c, SPLICE_TAG_SERVER) < 0 || watch(sp, client, c, 0) < 0))
		splice_conn_end(sp, c, true);
	return true;
}

void splice_conn_event(struct splice *sp, struct conn *c, int side, uint32_t events)
{
	struct end *end = &c->ends[side];
	const int on = 1;

	if (c->dead)
		return;
	if (events & EPOLLPRI) {
		end->urgent = true;
		(void)setsockopt(end->fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
	}
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		end->readable = true;
	if (side == 1 && (events & (EPOLLIN | EPOLLRDHUP)) == EPOLLIN)
		sp->answers = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		end->ended = true;
	if (events & EPOLLOUT)
		end->writable = true;
	if (side == 1 && (events & EPOLLOUT) && !(events & (EPOLLERR | EPOLLHUP)))
		c->connected = true;
	if (!c->connected) {
		if (events & (EPOLLERR | EPOLLHUP))
			splice_conn_end(sp, c, true);
		return;
	}
	conn_pump(sp, c, side, events & EPOLLERR);
}

void splice_run_queue(struct splice *sp)
{
	struct conn *c = sp->queue;

	sp->queue = NULL;
	sp->queue_end = &sp->queue;
	while (c) {
		struct conn *next = c->next_queued;

		c->queued = false;
		if (c->dead)
			bury(sp, c);
		else
			conn_pump(sp, c, 0, false);
		c = next;
	}
}

void splice_reap(struct splice *sp, uint32_t most)
{
	while (sp->n_dead > most) {
		struct conn *c = sp->dead;

		for (int i = 0; i < 2; i++) {
			if (c->reset)
				splice_reset_fd(c->ends[i].fd);
			else
				close(c->ends[i].fd);
		}
		sp->dead = c->next_queued;
		if (!sp->dead)
			sp->dead_end = &sp->dead;
		sp->n_dead--;
		free(c);
	}
	while (sp->dead_listeners) {
		struct splice_listener *l = sp->dead_listeners;

		sp->dead_listeners = l->next_resting;
		free(l);
	}
}

/*
 * Two sockets take as long to close as a new connection to set up, and few clients wait for
 * it: it is done, one by one, when there is nothing else to do or a client has just got its
 * answer; or when it has waited for long, or there are many, or a listener waits for
 * descriptors.
 */
void splice_clean_up(struct splice *sp, bool idle)
{
	idle = idle || sp->answers;
	sp->answers = false;
	if (sp->resting && sp->dead) {
		splice_reap(sp, 0);
		splice_wake_listeners(sp);
	} else if (sp->dead && (idle || clock_us() > sp->dead->ended_us + DEAD_US)) {
		splice_reap(sp, sp->n_dead - 1);
	}
	splice_reap(sp, DEAD_MAX);
	if (idle && sp->wants_spare)
		splice_make_spare(sp);
}

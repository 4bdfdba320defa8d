/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction of a connection. Little goes through the engine's buffer: two calls, and
 * nothing is kept. Where reads are large again and again it goes by splice(2), which spares
 * the two copies, but wants a third call to know that a socket is empty: how much fits into
 * a pipe depends on the size of the sender's packets.
 *
 * A read that gives less than was asked for has emptied the socket: no call to hear EAGAIN.
 * Urgent data breaks that rule (tcp_recvmsg stops at the mark), so EPOLLPRI is watched for;
 * the urgent byte itself goes inline, as most programs ask for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns/slirp/splice_internal.h"

enum {
	LARGE_READ = 32 * 1024,
	SMALL_READ = 8 * 1024,
	HEAT_SPLICE = 4, /* large reads in a row, then splice */
	HEAT_MAX = 12,   /* and so many more small ones, then copy */
	SPLICE_ASK = 1 << 20,
};

enum { STUCK = 0, GONE = 1 };

void splice_flow_free(struct splice *sp, struct flow *f)
{
	if (f->pipe)
		splice_pipe_put(sp, f->pipe, f->in_pipe == 0);
	f->pipe = NULL;
	free(f->rest);
	f->rest = NULL;
}

static void note_read(struct flow *f, size_t n)
{
	if (n >= LARGE_READ && f->heat < HEAT_MAX)
		f->heat++;
	else if (n < SMALL_READ && f->heat > 0)
		f->heat--;
}

/*
 * Packets go when they are written. The first write finds nothing on its way that it
 * would wait for: a connection with one answer does without the call.
 */
static void before_write(struct end *to)
{
	const int on = 1;

	if (!to->wrote) {
		to->wrote = true;
	} else if (!to->nodelay) {
		to->nodelay = true;
		(void)setsockopt(to->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
}

/* How much it took, 0 where it is full; -errno. */
static ssize_t write_end(struct end *to, const char *data, size_t len)
{
	ssize_t n;

	before_write(to);
	do
		n = send(to->fd, data, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN)
		return -errno;
	/* A short one is as good as EAGAIN: the kernel has noted that we wait for room. */
	if (n < (ssize_t)len)
		to->writable = false;
	return n < 0 ? 0 : n;
}

/* ---- what is left of the last read */

static int flush_rest(struct flow *f, struct end *to)
{
	ssize_t n = write_end(to, f->rest + f->rest_at, f->rest_len);

	if (n < 0)
		return (int)n;
	f->rest_at += (uint32_t)n;
	f->rest_len -= (uint32_t)n;
	if (f->rest_len)
		return STUCK;
	free(f->rest);
	f->rest = NULL;
	return GONE;
}

static int flush_pipe(struct splice *sp, struct flow *f, struct end *to)
{
	while (f->in_pipe) {
		ssize_t n;

		before_write(to);
		n = splice(f->pipe->out, NULL, to->fd, NULL, f->in_pipe,
			   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n <= 0) {
			to->writable = false;
			return STUCK;
		}
		f->in_pipe -= (uint32_t)n;
		sp->stats.spliced += (uint64_t)n;
	}
	return GONE;
}

static int flush(struct splice *sp, struct flow *f, struct end *to)
{
	if (f->rest)
		return flush_rest(f, to);
	return f->in_pipe ? flush_pipe(sp, f, to) : GONE;
}

/* ---- a read and its write: how much was read, or -errno */

static ssize_t copy(struct splice *sp, struct flow *f, struct end *from, struct end *to)
{
	ssize_t n = recv(from->fd, sp->buffer, sizeof(sp->buffer), 0), done;

	if (n < 0) {
		if (errno == EINTR)
			return 0;
		if (errno != EAGAIN)
			return -errno;
		from->readable = false;
		return 0;
	}
	note_read(f, (size_t)n);
	if (n == 0) {
		f->eof = true;
		return 0;
	}
	if (n < (ssize_t)sizeof(sp->buffer) && !from->urgent) {
		f->eof = from->ended;
		from->readable = from->ended;
	}
	done = write_end(to, sp->buffer, (size_t)n);
	if (done < 0)
		return done;
	sp->stats.copied += (uint64_t)n;
	if (done == n)
		return n;
	f->rest_len = (uint32_t)(n - done);
	f->rest_at = 0;
	f->rest = malloc(f->rest_len);
	if (!f->rest)
		return -ENOMEM;
	memcpy(f->rest, sp->buffer + done, f->rest_len);
	return n;
}

static ssize_t fill_pipe(struct flow *f, struct end *from)
{
	ssize_t n = splice(from->fd, NULL, f->pipe->in, NULL, SPLICE_ASK,
			   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (n > 0) {
		f->in_pipe = (uint32_t)n;
		note_read(f, (size_t)n);
		return n;
	}
	/* The pipe was empty: it is the socket that is. */
	if (n < 0 && errno == EAGAIN) {
		from->readable = false;
		return 0;
	}
	/* Its end, or the mark of urgent data: the plain call knows. So it does of faults. */
	f->heat = 0;
	return 0;
}

static ssize_t move(struct splice *sp, struct flow *f, struct end *from, struct end *to)
{
	if (f->heat >= HEAT_SPLICE && !from->urgent) {
		if (!f->pipe)
			f->pipe = splice_pipe_get(sp);
		if (f->pipe)
			return fill_pipe(f, from);
	}
	return copy(sp, f, from, to);
}

static int finish(struct conn *c, int side)
{
	c->flows[side].done = true;
	/* The last of both: the socket is closed instead. */
	if (c->flows[!side].done || shutdown(c->ends[!side].fd, SHUT_WR) == 0)
		return 0;
	return -errno;
}

int splice_pump(struct splice *sp, struct conn *c, int side)
{
	struct end *from = &c->ends[side], *to = &c->ends[!side];
	struct flow *f = &c->flows[side];
	size_t moved = 0;
	int s = 0;

	while (!f->done && to->writable) {
		ssize_t n;

		s = flush(sp, f, to);
		if (s != GONE)
			break;
		s = 0;
		if (f->eof) {
			/* shutdown(2) of one that is connecting yet would undo that. */
			if (c->connected)
				s = finish(c, side);
			break;
		}
		if (!from->readable)
			break;
		if (moved >= SPLICE_BUDGET) {
			s = 1;
			break;
		}
		n = move(sp, f, from, to);
		if (n < 0) {
			s = (int)n;
			break;
		}
		moved += (size_t)n;
	}
	if (f->pipe && f->in_pipe == 0) {
		splice_pipe_put(sp, f->pipe, true);
		f->pipe = NULL;
	}
	return s;
}

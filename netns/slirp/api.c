/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See api.h. An epoll descriptor holds the listening socket, the clients and a timer. A client
 * is either read from or written to: what it does not read, it does not get to ask behind.
 * So a request, a batch of answers and a piece of a list are all that is kept of it.
 */
#include "netns/slirp/api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "netns/slirp/api_request.h"

enum {
	REQUESTS_A_TURN = 16, /* of a client: the loop has other things to do */
	LIST_PIECE = 32 << 10,
	OUT_MAX = 512 << 10,   /* more than a turn's answers can be */
	ACCEPT_AGAIN_MS = 100, /* after a lack of descriptors or memory */
};

enum { KEY_LISTENING, KEY_TIMER, KEY_CLIENT };

struct client {
	int fd;          /* -EBADF: the place is free */
	bool eof;        /* it asks no more */
	bool last;       /* it may ask no more */
	bool lone;       /* the last request had no newline behind it */
	bool more;       /* there may be a request in `in` */
	uint32_t events; /* what epoll looks for */
	uint64_t deadline_ms;
	struct strbuf out;
	size_t sent; /* of out */
	struct api_cursor list;
	struct api_frame frame;
	size_t n; /* of in */
	char in[API_REQUEST_MAX];
};

struct api {
	int epoll, timer, listening;
	bool accepting;
	uint64_t accept_ms; /* not before; 0: at once */
	uint64_t alarm_ms;  /* the timer is set to; 0: not set */
	uid_t owner;
	struct ports *ports;
	struct client *clients[API_CLIENTS_MAX]; /* NULL, or kept for the next one */
};

/* ---- the end of a client */

static void drop(struct client *c)
{
	close(take_fd(&c->fd));
	strbuf_done(&c->out);
}

/* The other side reads what was sent, and an end; unread bytes would make that a reset. */
static void hang_up(int fd)
{
	char rest[4096];

	(void)shutdown(fd, SHUT_RDWR); /* no more can come */
	while (recv(fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
		;
}

static void finish(struct client *c)
{
	hang_up(c->fd);
	drop(c);
}

/* ---- a turn of a client */

static bool has_output(const struct client *c)
{
	return c->sent < c->out.len || c->list.where != API_LIST_NONE;
}

/* Did something come? */
static bool receive(struct client *c)
{
	ssize_t n;

	if (c->eof || c->last || c->n == sizeof(c->in))
		return false;
	n = recv(c->fd, c->in + c->n, sizeof(c->in) - c->n, MSG_DONTWAIT);
	if (n > 0)
		c->n += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		c->eof = true;
	return n >= 0;
}

/* Did something go? */
static bool flush(struct client *c)
{
	ssize_t n = 0;

	if (c->sent < c->out.len)
		n = send(c->fd, c->out.s + c->sent, c->out.len - c->sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		drop(c); /* it does not want to know */
		return false;
	}
	if (n > 0)
		c->sent += (size_t)n;
	if (c->sent == c->out.len) {
		c->sent = 0;
		strbuf_reset(&c->out);
	}
	return n > 0;
}

static void consume(struct client *c, size_t len)
{
	c->n -= len;
	memmove(c->in, c->in + len, c->n);
}

static void skip_blanks(struct client *c)
{
	size_t i = 0;

	if (c->frame.at)
		return;
	for (; i < c->n && strchr(" \t\r\n", c->in[i]) && c->in[i]; i++)
		if (c->in[i] == '\n')
			c->lone = false;
	if (i)
		consume(c, i);
}

/* Its answer is the last one. */
static void refuse(struct client *c, const struct error *e)
{
	api_answer_error(&c->out, e);
	c->last = true;
}

static int execute(struct api *a, struct client *c, size_t len, struct error *e)
{
	struct api_request r;
	uint32_t id = 0;
	int s = api_request_parse(c->in, len, &r, e);

	if (s < 0)
		return s;
	switch (r.verb) {
	case API_ADD:
		s = ports_add(a->ports, &r.port, &id, e);
		if (s == 0)
			api_answer_id(&c->out, id);
		break;
	case API_REMOVE:
		s = ports_remove(a->ports, r.id, e);
		if (s == 0)
			api_answer_nothing(&c->out);
		break;
	case API_LIST:
		c->list = (struct api_cursor){ .where = API_LIST_BEGIN };
		break;
	}
	return s;
}

/* Answers the next request; false: there is none in whole. */
static bool serve_one(struct api *a, struct client *c)
{
	struct error e = ERROR_INIT;
	size_t len = 0;
	int s;

	if (c->last)
		return false;
	skip_blanks(c);
	s = api_frame(&c->frame, c->in, c->n, &len, &e);
	if (s == 0 && c->n == sizeof(c->in))
		s = error_msg(&e, EMSGSIZE, "bad request: too large message, %d bytes are allowed",
			      API_REQUEST_MAX);
	if (s == 0 && c->eof && c->n)
		s = error_msg(&e, EINVAL, "bad request: its end is missing");
	if (s < 0)
		refuse(c, &e);
	if (s <= 0)
		return false;
	c->lone = true;
	s = execute(a, c, len, &e);
	if (s < 0)
		api_answer_error(&c->out, &e);
	consume(c, len);
	skip_blanks(c);
	return true;
}

/* May there be more requests in whole? */
static bool serve(struct api *a, struct client *c)
{
	for (int i = 0; i < REQUESTS_A_TURN && c->list.where == API_LIST_NONE; i++)
		if (!serve_one(a, c))
			return false;
	return c->n > 0;
}

static void watch(struct api *a, struct client *c, uint32_t events, size_t place)
{
	struct epoll_event ev = { .events = events, .data.u64 = KEY_CLIENT + place };

	if (c->events == events)
		return;
	c->events = events;
	if (epoll_ctl(a->epoll, EPOLL_CTL_MOD, c->fd, &ev) < 0)
		drop(c);
}

static void run_client(struct api *a, size_t place, uint64_t now)
{
	struct client *c = a->clients[place];
	bool moved = false, more;

	if (!has_output(c)) {
		moved = receive(c);
		c->more = serve(a, c);
	}
	if (c->list.where != API_LIST_NONE && c->out.len < LIST_PIECE)
		api_answer_list(&c->out, a->ports, &c->list, LIST_PIECE);
	if (strbuf_error(&c->out)) {
		drop(c);
		return;
	}
	moved |= flush(c);
	if (c->fd < 0)
		return;
	more = has_output(c) || c->more;
	if (moved)
		c->deadline_ms = now + (c->lone && !more && !c->n ? API_LONE_MS : API_IDLE_MS);
	/* What is left of its requests is not read again: being writable wakes us. */
	if (more)
		watch(a, c, EPOLLOUT, place);
	else if (c->eof || c->last)
		finish(c);
	else
		watch(a, c, EPOLLIN, place);
}

/* ---- new clients */

static bool is_owner(const struct api *a, int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.uid == a->owner;
}

static void turn_away(int fd)
{
	static const char answer[] =
		"{\"error\":{\"desc\":\"this socket is its owner's alone\",\"errno\":1}}\n";

	(void)send(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	hang_up(fd);
}

static bool find_place(const struct api *a, size_t *ret)
{
	for (size_t i = 0; i < API_CLIENTS_MAX; i++)
		if (!a->clients[i] || a->clients[i]->fd < 0) {
			*ret = i;
			return true;
		}
	return false;
}

static int add_client(struct api *a, size_t place, int *fd, uint64_t now)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = KEY_CLIENT + place };
	struct client *c = a->clients[place];

	if (!c)
		c = a->clients[place] = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	memset(c, 0, offsetof(struct client, in));
	c->fd = -EBADF;
	if (epoll_ctl(a->epoll, EPOLL_CTL_ADD, *fd, &ev) < 0)
		return -errno;
	c->fd = take_fd(fd);
	c->events = EPOLLIN;
	c->deadline_ms = now + API_IDLE_MS;
	strbuf_init(&c->out, OUT_MAX);
	return 0;
}

static void accept_clients(struct api *a, uint64_t now)
{
	size_t place;

	while (find_place(a, &place)) {
		cleanup_fd int fd = accept4(a->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0) {
			if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
				a->accept_ms = now + ACCEPT_AGAIN_MS;
			return;
		}
		if (!is_owner(a, fd)) {
			turn_away(fd);
			continue;
		}
		if (add_client(a, place, &fd, now) < 0) {
			a->accept_ms = now + ACCEPT_AGAIN_MS;
			return;
		}
	}
}

static void watch_listening(struct api *a)
{
	size_t place;
	bool want = !a->accept_ms && find_place(a, &place);
	struct epoll_event ev = { .events = want ? EPOLLIN : 0, .data.u64 = KEY_LISTENING };

	if (want != a->accepting && epoll_ctl(a->epoll, EPOLL_CTL_MOD, a->listening, &ev) == 0)
		a->accepting = want;
}

/* ---- time */

static void expire(struct api *a, uint64_t now)
{
	if (a->accept_ms && a->accept_ms <= now)
		a->accept_ms = 0;
	for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
		struct client *c = a->clients[i];

		if (!c || c->fd < 0 || c->deadline_ms > now)
			continue;
		if (has_output(c))
			drop(c);
		else
			finish(c);
	}
}

static void set_alarm(struct api *a)
{
	struct itimerspec at = { .it_value = { 0 } };
	uint64_t first = a->accept_ms;

	for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
		const struct client *c = a->clients[i];

		if (c && c->fd >= 0 && (!first || c->deadline_ms < first))
			first = c->deadline_ms;
	}
	if (first == a->alarm_ms)
		return;
	a->alarm_ms = first;
	at.it_value.tv_sec = (time_t)(first / 1000);
	at.it_value.tv_nsec = (long)(first % 1000) * 1000000;
	(void)timerfd_settime(a->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

/* ---- all of it */

void api_run_at(struct api *a, uint64_t now)
{
	struct epoll_event events[KEY_CLIENT + API_CLIENTS_MAX];
	int n = epoll_wait(a->epoll, events, ARRAY_SIZE(events), 0);
	bool accept = false;

	for (int i = 0; i < n; i++) {
		uint64_t key = events[i].data.u64;

		if (key == KEY_LISTENING)
			accept = true;
		else if (key == KEY_TIMER)
			a->alarm_ms = UINT64_MAX; /* it has rung: to be set anew */
		else if (a->clients[key - KEY_CLIENT]->fd >= 0)
			run_client(a, key - KEY_CLIENT, now);
	}
	expire(a, now);
	if (accept)
		accept_clients(a, now);
	watch_listening(a);
	set_alarm(a);
}

void api_run(struct api *a)
{
	api_run_at(a, clock_ms());
}

int api_fd(const struct api *a)
{
	return a->epoll;
}

void api_free(struct api *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
		if (a->clients[i] && a->clients[i]->fd >= 0)
			drop(a->clients[i]);
		free(a->clients[i]);
	}
	cleanup_fdp(&a->listening);
	cleanup_fdp(&a->timer);
	cleanup_fdp(&a->epoll);
	free(a);
}

static int add_own(const struct api *a, int fd, uint64_t key)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = key };

	return epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &ev);
}

int api_new(int listening, uid_t owner, struct ports *ports, struct api **ret, struct error *e)
{
	struct api *a = calloc(1, sizeof(*a));
	int s;

	if (!a) {
		close(listening);
		return error_set(e, ENOMEM, "API socket");
	}
	a->listening = listening;
	a->owner = owner;
	a->ports = ports;
	a->accepting = true;
	a->epoll = epoll_create1(EPOLL_CLOEXEC);
	a->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (a->epoll < 0 || a->timer < 0 ||
	    fcntl(listening, F_SETFL, fcntl(listening, F_GETFL) | O_NONBLOCK) < 0 ||
	    add_own(a, listening, KEY_LISTENING) < 0 || add_own(a, a->timer, KEY_TIMER) < 0) {
		s = error_set(e, errno, "API socket");
		api_free(a);
		return s;
	}
	*ret = a;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See splice.h. The thread's start, its epoll, its commands; splice_accept.c makes
 * connections, splice_conn.c has them, splice_pump.c moves their bytes.
 *
 * System calls of the thread once it is started: epoll_wait (epoll_pwait), epoll_ctl,
 * accept4, socket (Internet, stream), setsockopt, connect, recvfrom, sendto, shutdown,
 * close, splice, pipe2, fcntl (F_SETPIPE_SZ), clock_gettime, futex, and malloc's; with
 * keep_source bind; what a target's find() does. Its caller: write (an eventfd), futex.
 */
#include "netns/slirp/splice.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/syscalls.h"
#include "netns/slirp/sandbox.h"
#include "netns/slirp/splice_internal.h"

enum {
	EVENTS_A_TURN = 64,
	STACK_SIZE = 256 * 1024,
	WATCHED_MS = 1000,
	LOOK_ON_US = 20,
};

enum command_kind {
	COMMAND_LISTEN,
	COMMAND_UNLISTEN,
	COMMAND_STATS,
	COMMAND_STOP,
};

/* On its caller's stack, who waits. */
struct command {
	enum command_kind kind;
	struct splice_listener *listener;
	struct splice_stats *stats;
	int status;
};

/* ---- commands */

int splice_listener_watch(struct splice *sp, struct splice_listener *l, int op, bool on)
{
	struct epoll_event ev = {
		.events = on ? EPOLLIN : 0,
		.data.u64 = (uintptr_t)l | SPLICE_TAG_LISTENER,
	};

	return epoll_ctl(sp->epoll, op, l->fd, &ev) < 0 ? -errno : 0;
}

static int add_listener(struct splice *sp, struct splice_listener *l)
{
	int s = splice_listener_watch(sp, l, EPOLL_CTL_ADD, true);

	if (s < 0)
		return s;
	l->next = sp->listeners;
	if (l->next)
		l->next->prev = l;
	sp->listeners = l;
	sp->stats.listeners++;
	return 0;
}

/* False: it is to end. */
static bool obey(struct splice *sp)
{
	struct command *c = atomic_exchange(&sp->command, NULL);
	bool stop;

	if (!c)
		return true;
	stop = c->kind == COMMAND_STOP;
	if (c->kind == COMMAND_LISTEN)
		c->status = add_listener(sp, c->listener);
	else if (c->kind == COMMAND_UNLISTEN)
		splice_listener_free(sp, c->listener);
	else if (c->kind == COMMAND_STATS)
		*c->stats = sp->stats;
	(void)sem_post(&sp->answered); /* c is gone */
	return !stop;
}

static void wait_for_answer(struct splice *sp)
{
	while (sem_wait(&sp->answered) < 0 && errno == EINTR)
		;
}

static int command(struct splice *sp, struct command *c)
{
	const uint64_t one = 1;

	atomic_store(&sp->command, c);
	/* An eventfd takes some 2^64 of them. */
	if (write(sp->wake, &one, sizeof(one)) != sizeof(one))
		abort();
	wait_for_answer(sp);
	return c->status;
}

/* ---- the loop */

static int timeout(const struct splice *sp)
{
	uint64_t now;

	if (sp->queue || sp->dead || sp->wants_spare)
		return 0;
	if (!sp->resting)
		return sp->watched ? WATCHED_MS : -1;
	now = clock_ms();
	return now < sp->rest_until_ms ? (int)(sp->rest_until_ms - now) : 0;
}

/*
 * Short connections come one after another, and each of their turns is a few microseconds
 * away: less than it takes to sleep and to be woken, let alone on the client's processor.
 */
static int look_on(struct splice *sp, struct epoll_event *events)
{
	uint64_t now = clock_us(), end = now + LOOK_ON_US;
	int n = 0;

	for (; n == 0 && now < end; now = clock_us())
		n = epoll_wait(sp->epoll, events, EVENTS_A_TURN, 0);
	return n;
}

static int wait_for_events(struct splice *sp, struct epoll_event *events)
{
	if (sp->lively_until_us && !sp->queue) {
		int n = look_on(sp, events);

		if (n)
			return n;
		if (clock_us() >= sp->lively_until_us)
			sp->lively_until_us = 0;
	}
	return epoll_wait(sp->epoll, events, EVENTS_A_TURN, timeout(sp));
}

static void loop(struct splice *sp)
{
	struct epoll_event events[EVENTS_A_TURN];
	uint64_t watched_ms = 0;
	bool go_on = true;

	while (go_on) {
		int n = wait_for_events(sp, events);

		if (n < 0 && errno != EINTR)
			abort(); /* not without a fault of ours */
		sp->turn++;
		for (int i = 0; i < n; i++) {
			uintptr_t tag = (uintptr_t)events[i].data.u64 & SPLICE_TAG_ALL;
			void *what = (void *)((uintptr_t)events[i].data.u64 &
					      ~(uintptr_t)SPLICE_TAG_ALL);

			if (!what && tag) /* it is looked at below */
				watched_ms = 0;
			else if (!what)
				go_on = obey(sp);
			else if (!(tag & SPLICE_TAG_LISTENER))
				splice_conn_event(sp, what, tag & SPLICE_TAG_SERVER,
						  events[i].events);
			else if (!((struct splice_listener *)what)->dead)
				splice_accept(sp, what);
		}
		if (sp->watched && clock_ms() - watched_ms >= WATCHED_MS) {
			watched_ms = clock_ms();
			sp->watched(sp->watched_arg);
		}
		splice_run_queue(sp);
		splice_clean_up(sp, n == 0);
		if (sp->resting && clock_ms() >= sp->rest_until_ms)
			splice_wake_listeners(sp);
	}
}

/* ---- the thread */

struct start {
	struct splice *sp;
	const struct splice_setup *setup;
	struct error *e;
	int status;
};

static int enter(const struct splice_setup *setup, struct error *e)
{
	(void)prctl(PR_SET_NAME, "splice");
	if (setup->netns >= 0 && setns(setup->netns, CLONE_NEWNET) < 0)
		return error_set(e, errno, "enter the network namespace");
	/* malloc asks at a thread's first call how many processors there are: before seccomp. */
	free(malloc(1));
	return sandbox_capabilities(setup->keep_net_admin ? 1U << CAP_NET_ADMIN : 0, e);
}

static void *run(void *arg)
{
	struct start *start = arg;
	struct splice *sp = start->sp;
	int s = enter(start->setup, start->e);

	start->status = s;
	(void)sem_post(&sp->answered); /* start is gone */
	if (s == 0)
		loop(sp);
	return NULL;
}

static int start_thread(struct splice *sp, struct start *start)
{
	sigset_t all, before;
	pthread_attr_t attr;
	int r;

	sigfillset(&all);
	r = pthread_attr_init(&attr);
	if (r)
		return -r;
	r = pthread_attr_setstacksize(&attr, STACK_SIZE);
	/* Inherited: it never takes a signal that is for the process. */
	if (!r)
		r = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!r) {
		r = pthread_create(&sp->thread, &attr, run, start);
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	pthread_attr_destroy(&attr);
	return -r;
}

/* All but the thread. */
static void engine_free(struct splice *sp)
{
	while (sp->conns)
		splice_conn_end(sp, sp->conns, true);
	while (sp->listeners)
		splice_listener_free(sp, sp->listeners);
	splice_run_queue(sp);
	splice_reap(sp, 0);
	(void)splice_pipes_trim(sp);
	for (size_t i = 0; i < ARRAY_SIZE(sp->spare); i++)
		cleanup_fdp(&sp->spare[i]);
	cleanup_fdp(&sp->wake);
	cleanup_fdp(&sp->epoll);
	sem_destroy(&sp->answered);
	free(sp);
}

static struct splice *engine_new(void)
{
	struct splice *sp = calloc(1, sizeof(*sp));
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };

	if (!sp)
		return NULL;
	sp->spare[0] = sp->spare[1] = -EBADF;
	sp->queue_end = &sp->queue;
	sp->dead_end = &sp->dead;
	sem_init(&sp->answered, 0, 0);
	sp->epoll = epoll_create1(EPOLL_CLOEXEC);
	sp->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sp->epoll < 0 || sp->wake < 0 ||
	    epoll_ctl(sp->epoll, EPOLL_CTL_ADD, sp->wake, &ev) < 0) {
		int err = errno;

		engine_free(sp);
		errno = err;
		return NULL;
	}
	return sp;
}

static int add_watch(struct splice *sp, const struct splice_setup *setup)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = SPLICE_TAG_LISTENER };

	sp->watched = setup->watched;
	sp->watched_arg = setup->watched_arg;
	if (!setup->watched)
		return 0;
	return epoll_ctl(sp->epoll, EPOLL_CTL_ADD, setup->watch, &ev) < 0 ? -errno : 0;
}

int splice_start(const struct splice_setup *setup, struct splice **ret, struct error *e)
{
	struct start start = { .setup = setup, .e = e };
	struct splice *sp = engine_new();
	int s;

	if (!sp)
		return error_set(e, errno, "make an epoll");
	s = add_watch(sp, setup);
	if (s < 0) {
		engine_free(sp);
		return error_set(e, s, "watch a descriptor");
	}
	start.sp = sp;
	s = start_thread(sp, &start);
	if (s < 0) {
		engine_free(sp);
		return error_set(e, s, "start a thread");
	}
	wait_for_answer(sp);
	if (start.status < 0) {
		(void)pthread_join(sp->thread, NULL);
		engine_free(sp);
		return start.status;
	}
	*ret = sp;
	return 0;
}

void splice_free(struct splice *sp)
{
	struct command c = { .kind = COMMAND_STOP };

	if (!sp)
		return;
	(void)command(sp, &c);
	(void)pthread_join(sp->thread, NULL);
	engine_free(sp);
}

/* ---- listeners */

/* What its connections inherit costs no call for each of them. */
static int prepare(int fd, sa_family_t *ret_family)
{
	const int on = 1;
	union splice_address own = { 0 };
	socklen_t len = sizeof(own);
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    getsockname(fd, &own.any, &len) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		return -errno;
	*ret_family = own.any.sa_family;
	return 0;
}

int splice_listen(struct splice *sp, int listener, const struct splice_target *target,
		  struct splice_listener **ret_listener, struct error *e)
{
	cleanup_free struct splice_listener *l = calloc(1, sizeof(*l));
	cleanup_fd int fd = listener;
	struct command c = { .kind = COMMAND_LISTEN, .listener = l };
	int s = l ? prepare(fd, &l->family) : -ENOMEM;

	if (s < 0)
		return error_set(e, s, "listen for connections");
	l->fd = fd;
	l->target = *target;
	if (!target->find)
		l->family = target->to.any.sa_family;
	s = command(sp, &c);
	if (s < 0)
		return error_set(e, s, "wait for connections");
	(void)take_fd(&fd);
	*ret_listener = take_ptr(l);
	return 0;
}

void splice_unlisten(struct splice *sp, struct splice_listener *l)
{
	struct command c = { .kind = COMMAND_UNLISTEN, .listener = l };

	(void)command(sp, &c);
}

void splice_get_stats(struct splice *sp, struct splice_stats *ret)
{
	struct command c = { .kind = COMMAND_STATS, .stats = ret };

	(void)command(sp, &c);
}

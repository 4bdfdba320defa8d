/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine of published ports, over the loopback: a client, the engine's listener, a
 * server behind it, all but the engine in this one thread.
 */
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>

#include "splice_rig.h"

static void test_echo(struct rig *r)
{
	int c, s, on = 0;
	socklen_t len = sizeof(on);
	bool good = pair(r, &c, &s);

	for (int i = 0; good && i < 100; i++)
		good = passes(c, s, (char)i) && passes(s, c, (char)i);
	ok(good, "N01 bytes go to and fro");
	ok(send(c, "u", 1, MSG_OOB) == 1 && next_byte(s) == 'u' && passes(c, s, 'v'),
	   "urgent data arrives inline, and what comes behind it");
	close_pair(c, s);
	ok(settles(r->sp, 0), "both closed: the connection is gone");

	/* What the engine counts on when it sets the option on its listener. */
	in_port_t port;
	int l = bound(&port), yes = 1;

	setsockopt(l, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	listen(l, 1);
	c = dial(port);
	s = take(l);
	getsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, &len);
	is_int(on, 1, "an accepted socket has its listener's TCP_NODELAY");
	close(l);
	close_pair(c, s);
}

static void test_half_close(struct rig *r)
{
	int c, s;

	ok(pair(r, &c, &s) && passes(c, s, 'a') && shutdown(c, SHUT_WR) == 0 &&
		   next_byte(s) == END && passes(s, c, 'b') && passes(s, c, 'c'),
	   "N01 the client's half is closed, the server goes on");
	close(s);
	is_int(next_byte(c), END, "then the server's is, too");
	close(c);
	ok(pair(r, &c, &s) && shutdown(s, SHUT_WR) == 0 && next_byte(c) == END &&
		   passes(c, s, 'd') && passes(c, s, 'e'),
	   "the server's half is closed, the client goes on");
	close(c);
	is_int(next_byte(s), END, "then the client's is, too");
	close(s);
	ok(pair(r, &c, &s) && send(c, "x", 1, 0) == 1 && shutdown(c, SHUT_WR) == 0 &&
		   next_byte(s) == 'x' && next_byte(s) == END,
	   "a byte and the end at once");
	close_pair(c, s);
	ok(settles(r->sp, 0), "nothing stays");
}

/* Whose queue is full: who connects hears nothing until it asks again, a second later. */
static int slow_server(in_port_t *ret_port, int *filler)
{
	union splice_address a = at(0);
	socklen_t len = sizeof(a.in);
	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(l, &a.any, len) < 0 || listen(l, 0) < 0 || getsockname(l, &a.any, &len) < 0)
		return -1;
	*ret_port = a.in.sin_port;
	*filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)connect(*filler, &a.any, len);
	return l;
}

/* The client's half may be closed before its server is there. */
static void test_early_half_close(struct rig *r)
{
	struct splice_target target = { .mark = 0 };
	struct splice_listener *listener;
	struct error e = ERROR_INIT;
	union splice_address a = at(0);
	socklen_t len = sizeof(a.in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), filler, l, c, s;
	in_port_t port = 0;

	l = slow_server(&port, &filler);
	target.to = at(port);
	if (!ok(l >= 0 && bind(fd, &a.any, len) == 0 && getsockname(fd, &a.any, &len) == 0 &&
			splice_listen(r->sp, fd, &target, &listener, &e) == 0,
		"a server that takes its time"))
		return;
	c = dial(a.in.sin_port);
	ok(c >= 0 && shutdown(c, SHUT_WR) == 0, "a client that ends its side at once");
	usleep(100 * 1000); /* the engine has seen that */
	close_pair(filler, take(l));
	s = take(l);
	ok(s >= 0 && next_byte(s) == END && passes(s, c, 'y'), "N01 the end comes, and the answer");
	close_pair(c, s);
	close(l);
	splice_unlisten(r->sp, listener);
	ok(settles(r->sp, 0), "nothing stays");
}

static void test_reset(struct rig *r)
{
	int c, s;

	ok(pair(r, &c, &s) && passes(c, s, 'a'), "a connection");
	reset(c);
	is_int(next_byte(s), -ECONNRESET, "N01 the client's reset reaches the server");
	close(s);
	ok(pair(r, &c, &s) && passes(s, c, 'a'), "a connection");
	reset(s);
	is_int(next_byte(c), -ECONNRESET, "the server's reset reaches the client");
	close(c);
	ok(pair(r, &c, &s) && shutdown(c, SHUT_WR) == 0 && next_byte(s) == END, "half closed");
	reset(s);
	is_int(next_byte(c), -ECONNRESET, "and reset");
	close(c);
	ok(settles(r->sp, 0), "nothing stays");
}

static void test_refused(void)
{
	struct splice_stats st;
	struct rig r;
	int c;

	if (!ok(rig_new(&r), "an engine"))
		return;
	close(r.server);
	r.server = -1;
	c = dial(r.port);
	is_int(next_byte(c), -ECONNRESET, "N01 where the target refuses, the client is reset");
	close(c);
	ok(settles(r.sp, 0), "nothing stays");
	splice_get_stats(r.sp, &st);
	is_int((long long)st.failed, 1, "it is counted");
	rig_free(&r);
}

static int find_nothing(int fd, union splice_address *ret_to, void *arg)
{
	(void)fd;
	(void)ret_to;
	++*(int *)arg;
	return -EACCES;
}

static int find_given(int fd, union splice_address *ret_to, void *arg)
{
	(void)fd;
	*ret_to = *(union splice_address *)arg;
	return 0;
}

static void test_find(struct rig *r)
{
	union splice_address to = { 0 }, seen = { 0 };
	socklen_t len = sizeof(to.in);
	struct splice_target target = { .find = find_given, .arg = &to };
	struct splice_listener *l;
	struct error e = ERROR_INIT;
	in_port_t port;
	int c, s, asked = 0, fd = bound(&port);

	getsockname(r->server, &to.any, &len);
	if (!ok(splice_listen(r->sp, fd, &target, &l, &e) == 0, "a target that is asked for"))
		return;
	c = dial(port);
	s = take(r->server);
	ok(c >= 0 && s >= 0 && passes(c, s, 'f') && passes(s, c, 'g'), "N01 it is taken");
	close_pair(c, s);
	splice_unlisten(r->sp, l);

	target.outbound.in.sin_family = AF_INET;
	target.outbound.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 4);
	fd = bound(&port);
	if (!ok(splice_listen(r->sp, fd, &target, &l, &e) == 0, "with an outbound address"))
		return;
	c = dial(port);
	s = take(r->server);
	getpeername(s, &seen.any, &len);
	ok(passes(c, s, 'f') && seen.in.sin_addr.s_addr == htonl(INADDR_LOOPBACK + 4),
	   "the server sees it");
	close_pair(c, s);
	splice_unlisten(r->sp, l);

	target = (struct splice_target){ .find = find_nothing, .arg = &asked };
	fd = bound(&port);
	if (!ok(splice_listen(r->sp, fd, &target, &l, &e) == 0, "one that is denied"))
		return;
	c = dial(port);
	is_int(next_byte(c), -ECONNRESET, "the client is reset");
	close(c);
	splice_unlisten(r->sp, l);
	is_int(asked, 1, "it was asked once");
	ok(settles(r->sp, 0), "nothing stays");
}

static void test_unlisten(struct rig *keep)
{
	int c, s, again;
	struct rig r;

	(void)keep;
	if (!ok(rig_new(&r), "an engine"))
		return;
	ok(pair(&r, &c, &s) && passes(c, s, 'a'), "a connection");
	splice_unlisten(r.sp, r.listener);
	is_int(dial(r.port), -ECONNREFUSED, "N01 after unlisten nobody is there");
	ok(passes(c, s, 'b') && passes(s, c, 'c'), "the connection goes on");
	again = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	union splice_address a = at(r.port);
	int on = 1;
	setsockopt(again, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	ok(bind(again, &a.any, sizeof(a.in)) == 0, "the port is free");
	close(again);
	splice_free(r.sp);
	is_int(next_byte(c), -ECONNRESET, "the engine's end resets what stands");
	close_pair(c, s);
	close(r.server);
}

/* ---- the thread's rights */

static void test_rights(struct rig *r)
{
	const struct splice_setup setup = { .netns = r->server }; /* none */
	struct error e = ERROR_INIT;
	struct splice *sp = NULL;
	struct splice_stats st;

	ok(splice_start(&setup, &sp, &e) < 0 && e.code && !sp,
	   "what is no network namespace is refused, with words");
	splice_get_stats(r->sp, &st);
	is_int(st.listeners, 1, "the engine has one listener left");
	is_int(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0, "our own thread is as it was");
}

int main(void)
{
	struct rig r;

	signal(SIGPIPE, SIG_IGN);
	test_refused();
	if (!ok(rig_new(&r), "an engine and its listener"))
		return tap_done();
	test_echo(&r);
	test_half_close(&r);
	test_early_half_close(&r);
	test_reset(&r);
	test_find(&r);
	test_unlisten(&r);
	test_rights(&r);
	rig_free(&r);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine of published ports, over the loopback: a client, the engine's listener, a
 * server behind it, all but the engine in this one thread.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "netns/slirp/splice.h"
#include "../tap.h"

enum {
	WAIT_MS = 10000,
	BULK = 64 << 20,
	MANY = 500,
};

/* An engine with one listener, and what it leads to. */
struct rig {
	struct splice *sp;
	struct splice_listener *listener;
	in_port_t port; /* of the engine's listener */
	int server;     /* listens */
};

static const union splice_address lo = {
	.in = { .sin_family = AF_INET, .sin_addr.s_addr = 0x0100007f },
};

static union splice_address at(in_port_t port)
{
	union splice_address a = lo;

	a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.in.sin_port = port;
	return a;
}

/* A bound socket; *ret_port as on the wire. */
static int bound(in_port_t *ret_port)
{
	union splice_address a = at(0);
	socklen_t len = sizeof(a.in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, &a.any, len) < 0 || getsockname(fd, &a.any, &len) < 0)
		perror("bind");
	*ret_port = a.in.sin_port;
	return fd;
}

static bool rig_new(struct rig *r)
{
	const struct splice_setup setup = { .netns = -EBADF };
	struct splice_target target = { 0 };
	struct error e = ERROR_INIT;
	in_port_t port;
	int fd = bound(&r->port);

	r->server = bound(&port);
	listen(r->server, SOMAXCONN);
	target.to = at(port);
	if (splice_start(&setup, &r->sp, &e) == 0 &&
	    splice_listen(r->sp, fd, &target, &r->listener, &e) == 0)
		return true;
	printf("# %s\n", e.msg);
	return false;
}

static void rig_free(struct rig *r)
{
	splice_free(r->sp);
	if (r->server >= 0)
		close(r->server);
}

static int dial(in_port_t port)
{
	union splice_address a = at(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, &a.any, sizeof(a.in)) < 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

static int take(int listener)
{
	return fd_wait(listener, POLLIN, WAIT_MS) < 0 ? -1
						      : accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static bool pair(struct rig *r, int *c, int *s)
{
	*c = dial(r->port);
	*s = *c < 0 ? -1 : take(r->server);
	return *c >= 0 && *s >= 0;
}

static void close_pair(int c, int s)
{
	close(c);
	close(s);
}

static void reset(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/* What comes next: a byte's value, 256 at the end, -errno. */
enum { END = 256 };
static int next_byte(int fd)
{
	unsigned char b;
	ssize_t n;

	if (fd_wait(fd, POLLIN, WAIT_MS) < 0)
		return -ETIMEDOUT;
	n = recv(fd, &b, 1, 0);
	return n < 0 ? -errno : n == 0 ? END : b;
}

static bool passes(int from, int to, char b)
{
	return send(from, &b, 1, MSG_NOSIGNAL) == 1 && next_byte(to) == (unsigned char)b;
}

/* Until `connections` is this. */
static bool settles(struct splice *sp, uint32_t connections)
{
	struct splice_stats st;

	for (int i = 0; i < WAIT_MS; i++) {
		splice_get_stats(sp, &st);
		if (st.connections == connections)
			return true;
		usleep(1000);
	}
	printf("# %u connections, not %u\n", st.connections, connections);
	return false;
}

/* ---- small things */

static void test_echo(struct rig *r)
{
	int c, s, on = 0;
	socklen_t len = sizeof(on);
	bool good = pair(r, &c, &s);

	for (int i = 0; good && i < 100; i++)
		good = passes(c, s, (char)i) && passes(s, c, (char)i);
	ok(good, "N30 bytes go to and fro");
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
	   "N31 the client's half is closed, the server goes on");
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

static void test_reset(struct rig *r)
{
	int c, s;

	ok(pair(r, &c, &s) && passes(c, s, 'a'), "a connection");
	reset(c);
	is_int(next_byte(s), -ECONNRESET, "N32 the client's reset reaches the server");
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
	is_int(next_byte(c), -ECONNRESET, "N33 where the target refuses, the client is reset");
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
	union splice_address to = { 0 };
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
	ok(c >= 0 && s >= 0 && passes(c, s, 'f') && passes(s, c, 'g'), "N34 it is taken");
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
	is_int(dial(r.port), -ECONNREFUSED, "N35 after unlisten nobody is there");
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

/* ---- much */

/* Byte `i` of a stream. */
static unsigned char byte_at(uint64_t i, int stream)
{
	uint64_t x = (i >> 3) * 0x9e3779b97f4a7c15u + (uint64_t)stream;

	return (unsigned char)(x >> ((i & 7) * 8));
}

struct stream {
	int from, to, id;
	uint64_t sent, got, length;
	bool ended, wrong;
};

static void step_out(struct stream *st)
{
	static unsigned char data[100000];
	size_t n = st->length - st->sent < sizeof(data) ? st->length - st->sent : sizeof(data);
	ssize_t w;

	for (size_t i = 0; i < n; i++)
		data[i] = byte_at(st->sent + i, st->id);
	w = send(st->from, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (w > 0)
		st->sent += (uint64_t)w;
	if (st->sent == st->length)
		shutdown(st->from, SHUT_WR);
}

static void step_in(struct stream *st)
{
	static unsigned char data[200000];
	ssize_t n = recv(st->to, data, sizeof(data), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		st->ended = true;
	st->wrong |= n < 0 && errno != EAGAIN;
	for (ssize_t i = 0; i < n; i++)
		st->wrong |= data[i] != byte_at(st->got + (uint64_t)i, st->id);
	if (n > 0)
		st->got += (uint64_t)n;
}

/* All of them to their end; false at the time limit. */
static bool run_streams(struct stream *st, size_t n)
{
	uint64_t until = clock_ms() + 12 * (uint64_t)WAIT_MS;

	while (clock_ms() < until) {
		struct pollfd p[8] = { { 0 } };
		size_t left = 0;

		for (size_t i = 0; i < n; i++) {
			p[2 * i] = (struct pollfd){ .fd = -1, .events = POLLOUT };
			p[2 * i + 1] = (struct pollfd){ .fd = -1, .events = POLLIN };
			if (st[i].sent < st[i].length)
				p[2 * i].fd = st[i].from;
			if (!st[i].ended)
				p[2 * i + 1].fd = st[i].to;
			left += !st[i].ended;
		}
		if (!left)
			return true;
		if (poll(p, 2 * n, WAIT_MS) <= 0)
			return false;
		for (size_t i = 0; i < n; i++) {
			if (p[2 * i].revents)
				step_out(&st[i]);
			if (p[2 * i + 1].revents)
				step_in(&st[i]);
		}
	}
	return false;
}

static bool both_ways(struct rig *r, uint64_t length)
{
	struct stream st[2] = { { .id = 1, .length = length }, { .id = 2, .length = length } };
	bool good = pair(r, &st[0].from, &st[0].to);

	st[1].from = st[0].to;
	st[1].to = st[0].from;
	good = good && run_streams(st, 2);
	for (int i = 0; i < 2; i++) {
		good = good && !st[i].wrong && st[i].got == length;
		if (!good)
			printf("# stream %d: %llu sent, %llu came%s\n", i,
			       (unsigned long long)st[i].sent, (unsigned long long)st[i].got,
			       st[i].wrong ? ", wrong ones" : "");
	}
	close_pair(st[0].from, st[0].to);
	return good;
}

static void test_bulk(struct rig *r)
{
	struct splice_stats st;

	ok(both_ways(r, BULK), "N36 64 MiB both ways at once are what they were");
	splice_get_stats(r->sp, &st);
	ok(st.spliced > BULK / 4, "most of it by splice(2)");
	printf("# %llu KiB spliced, %llu KiB copied, %u pipes\n",
	       (unsigned long long)st.spliced >> 10, (unsigned long long)st.copied >> 10, st.pipes);
	ok(settles(r->sp, 0), "nothing stays");
}

/*
 * As many pipes as the user may have, then the engine's cannot be made larger: root's
 * engine counts as a user without privileges, it has dropped them.
 */
static void test_no_pipes(void)
{
	enum { PIPES = 80 };
	int pipes[PIPES][2], n = 0;
	struct splice_stats st;
	struct rig r;

	if (!ok(rig_new(&r), "an engine"))
		return;
	while (n < PIPES && pipe2(pipes[n], O_CLOEXEC) == 0)
		if (fcntl(pipes[n++][0], F_SETPIPE_SZ, 1 << 20) < 0)
			break;
	ok(both_ways(&r, BULK / 8), "N37 without pipes it copies");
	splice_get_stats(r.sp, &st);
	is_int(st.pipes, 0, "there are no pipes");
	is_int((long long)st.spliced, 0, "nothing is spliced");
	while (n-- > 0)
		close_pair(pipes[n][0], pipes[n][1]);
	rig_free(&r);
}

/* Who does not read holds up nobody; its bytes are there when it does. */
static void test_stalled(struct rig *r)
{
	struct stream st = { .id = 3, .length = BULK };
	uint64_t before = UINT64_MAX, stuck;
	int c, s;
	bool good = pair(r, &st.from, &st.to);

	/* Until nothing moves any more. */
	for (stuck = 0; good && st.sent < st.length && stuck < 20;) {
		before = st.sent;
		step_out(&st);
		if (st.sent == before) {
			stuck++;
			usleep(2000);
		} else {
			stuck = 0;
		}
	}
	ok(good && st.sent < st.length, "a reader that does not read stops its writer");
	good = pair(r, &c, &s);
	for (int i = 0; good && i < 100; i++)
		good = passes(c, s, (char)i) && passes(s, c, (char)i);
	ok(good, "N38 the others are served");
	close_pair(c, s);
	good = run_streams(&st, 1);
	ok(good && !st.wrong && st.got == st.length, "it reads, and all comes");
	close_pair(st.from, st.to);
	ok(settles(r->sp, 0), "nothing stays");
}

static void test_many(struct rig *r)
{
	static int c[MANY], s[MANY];
	struct rlimit files;
	bool good = true;
	int n;

	getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < 4 * MANY + 100) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (files.rlim_cur < 4 * MANY + 100) {
		skip("500 connections at once", "RLIMIT_NOFILE is too low");
		return;
	}
	for (n = 0; good && n < MANY; n++)
		good = (c[n] = dial(r->port)) >= 0;
	for (int i = 0; good && i < MANY; i++)
		good = send(c[i], &(uint16_t){ (uint16_t)i }, 2, 0) == 2;
	for (int i = 0; good && i < MANY; i++)
		good = (s[i] = take(r->server)) >= 0;
	/* Each server says back what it heard. */
	for (int i = 0; good && i < MANY; i++) {
		uint16_t x = 0;

		good = recv(s[i], &x, 2, MSG_WAITALL) == 2 && send(s[i], &x, 2, 0) == 2;
	}
	for (int i = 0; good && i < MANY; i++) {
		uint16_t x = 0;

		good = recv(c[i], &x, 2, MSG_WAITALL) == 2 && x == i;
	}
	ok(good, "N39 500 connections at once, each with its own");
	for (int i = 0; i < n; i++)
		close_pair(c[i], s[i]);
	ok(settles(r->sp, 0), "nothing stays");
}

/* ---- without descriptors */

static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* In a process of its own. A bit is set for what failed. */
static int without_descriptors(void)
{
	struct rlimit files = { 64, 64 };
	int fill[64], n = 0, a, b, s, bad = 0;
	double cpu;
	struct rig r;

	setrlimit(RLIMIT_NOFILE, &files);
	if (!rig_new(&r))
		return 1;
	/* The clients' descriptors first: there must be none left but one. */
	a = socket(AF_INET, SOCK_STREAM, 0);
	b = socket(AF_INET, SOCK_STREAM, 0);
	while ((fill[n] = dup(0)) >= 0)
		n++;
	close(fill[--n]);
	union splice_address to = at(r.port);
	if (connect(a, &to.any, sizeof(to.in)) < 0 || connect(b, &to.any, sizeof(to.in)) < 0)
		bad |= 2; /* the kernel's queue takes them */
	cpu = cpu_seconds();
	usleep(400000);
	if (cpu_seconds() - cpu > 0.1)
		bad |= 4; /* it spins */
	if (fd_wait(a, POLLIN, 0) == 0)
		bad |= 8; /* it reset one */
	/* Enough for one pair and its server, then for the next. */
	for (int i = 0; i < 6; i++)
		close(fill[--n]);
	s = take(r.server);
	if (s < 0 || !(passes(a, s, 'a') || passes(b, s, 'b')))
		bad |= 16;
	close(a);
	close(b);
	close(s);
	s = take(r.server);
	if (s < 0)
		bad |= 32;
	rig_free(&r);
	return bad;
}

static void test_descriptors(void)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(without_descriptors());
	waitpid(pid, &status, 0);
	is_int(WIFEXITED(status) ? WEXITSTATUS(status) : -status, 0,
	       "N40 without a descriptor left clients wait, and nothing spins");
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
	test_descriptors();
	test_no_pipes();
	test_refused();
	if (!ok(rig_new(&r), "an engine and its listener"))
		return tap_done();
	test_echo(&r);
	test_half_close(&r);
	test_reset(&r);
	test_find(&r);
	test_unlisten(&r);
	test_bulk(&r);
	test_stalled(&r);
	test_many(&r);
	test_rights(&r);
	rig_free(&r);
	return tap_done();
}

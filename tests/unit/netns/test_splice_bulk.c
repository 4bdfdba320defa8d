/* SPDX-License-Identifier: Apache-2.0 */
/* The engine of published ports with much to do, and with too little to do it. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "splice_rig.h"

enum {
	BULK = 64 << 20,
	MANY = 500,
};

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

	ok(both_ways(r, BULK), "N01 64 MiB both ways at once are what they were");
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
	ok(both_ways(&r, BULK / 8), "N01 without pipes it copies");
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
	ok(good, "N01 the others are served");
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
	ok(good, "N01 500 connections at once, each with its own");
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
	       "N01 without a descriptor left clients wait, and nothing spins");
}

int main(void)
{
	struct rig r;

	signal(SIGPIPE, SIG_IGN);
	test_descriptors();
	test_no_pipes();
	if (!ok(rig_new(&r), "an engine and its listener"))
		return tap_done();
	test_bulk(&r);
	test_stalled(&r);
	test_many(&r);
	rig_free(&r);
	return tap_done();
}

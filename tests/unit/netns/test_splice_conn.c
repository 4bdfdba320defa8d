/* SPDX-License-Identifier: Apache-2.0 */
/* N01: when the sockets of a connection that has ended are closed. */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "netns/slirp/splice_internal.h"
#include "splice_rig.h"

/* Of an engine without a thread: connections that end now, each with its far ends. */
static struct splice *ended(int far[][2], int n)
{
	struct splice *sp = calloc(1, sizeof(*sp));

	sp->dead_end = &sp->dead;
	for (int i = 0; i < n; i++) {
		struct conn *c = calloc(1, sizeof(*c));
		int sv[2];

		for (int side = 0; side < 2; side++) {
			socketpair(AF_UNIX, SOCK_STREAM, 0, sv);
			c->ends[side].fd = sv[0];
			far[i][side] = sv[1];
		}
		splice_conn_end(sp, c, false);
	}
	return sp;
}

static bool is_closed(const int far[2])
{
	char b;

	return recv(far[0], &b, 1, MSG_DONTWAIT) == 0 && recv(far[1], &b, 1, MSG_DONTWAIT) == 0;
}

static int closed(int far[][2], int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += is_closed(far[i]);
	return sum;
}

static void done(struct splice *sp, int far[][2], int n)
{
	splice_reap(sp, 0);
	ok(closed(far, n) == n && !sp->dead && !sp->n_dead, "in the end all are");
	for (int i = 0; i < n; i++)
		close_pair(far[i][0], far[i][1]);
	free(sp);
}

static void test_order(void)
{
	int far[4][2];
	struct splice *sp = ended(far, 4);

	for (struct conn *c = sp->dead; c; c = c->next_queued)
		c->ended_us += 1000000; /* however slow the machine is */
	splice_clean_up(sp, false);
	ok(closed(far, 4) == 0, "none while there is something to do");
	splice_clean_up(sp, true);
	ok(closed(far, 4) == 1 && is_closed(far[0]), "the oldest when there is nothing");
	sp->answers = true;
	splice_clean_up(sp, false);
	ok(closed(far, 4) == 2 && is_closed(far[1]), "the next when a client has its answer");
	sp->dead->ended_us = clock_us() - 2000;
	splice_clean_up(sp, false);
	ok(closed(far, 4) == 3 && is_closed(far[2]), "one that waits for longer in any case");
	done(sp, far, 4);
}

static void test_many(void)
{
	int far[100][2];
	struct splice *sp = ended(far, 100);

	for (struct conn *c = sp->dead; c; c = c->next_queued)
		c->ended_us += 1000000;
	splice_clean_up(sp, false);
	ok(closed(far, 100) == 36 && is_closed(far[35]), "never more than 64 wait");
	done(sp, far, 100);
}

int main(void)
{
	test_order();
	test_many();
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See egress.h. */
#include "netns/slirp/egress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "netns/slirp/hold.h"
#include "netns/slirp/redirect.h"
#include "netns/slirp/splice.h"

struct egress {
	const struct net_config *config;
	struct hold *hold; /* NULL: the kernel has no queue */
};

static void turn(void *arg)
{
	struct egress *g = arg;

	hold_turn(g->hold);
}

static int find(int fd, union splice_address *ret, void *arg)
{
	struct egress *g = arg;
	struct sockaddr_storage to = { 0 }, from = { 0 };
	socklen_t len = sizeof(from);
	int s = redirect_find(fd, &to, (void *)g->config);

	if (s < 0)
		return s;
	memcpy(ret, &to, sizeof(*ret));
	if (!g->hold || getpeername(fd, (struct sockaddr *)&from, &len) < 0)
		return 0;
	s = hold_take(g->hold, &from, &to);
	return s < 0 ? 0 : s;
}

static int listen_on(struct splice *sp, int *fd, const struct splice_target *t, struct error *e)
{
	struct splice_listener *ignored;

	return *fd < 0 ? 0 : splice_listen(sp, take_fd(fd), t, &ignored, e);
}

static void set_outbound(const struct outbound *o, struct splice_target *t)
{
	if (o->has_v4)
		t->outbound.in = o->v4;
	if (o->has_v6)
		t->outbound6.in6 = o->v6;
}

int egress_start(const struct net_config *c, const struct outbound *o, struct inside *in,
		 struct error *e)
{
	struct egress *g = calloc(1, sizeof(*g));
	struct splice_setup setup = { .netns = -EBADF };
	struct splice_target target = { .find = find, .arg = g };
	struct splice *sp;
	int s = 0;

	if (!g)
		return error_set(e, ENOMEM, "egress=redirect");
	g->config = c;
	set_outbound(o, &target);
	if (in->queue >= 0)
		s = hold_new(c, o, in->queue, &g->hold);
	if (s < 0)
		return error_set(e, s, "egress=redirect: hold connections");
	if (g->hold) {
		setup.keep_net_admin = true; /* for each verdict */
		setup.watch = hold_fd(g->hold);
		setup.watched = turn;
		setup.watched_arg = g;
	}
	s = splice_start(&setup, &sp, e);
	if (s == 0)
		s = listen_on(sp, &in->redirect4, &target, e);
	return s < 0 ? s : listen_on(sp, &in->redirect6, &target, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See published.h. */
#include "netns/slirp/published.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netns/slirp/splice.h"
#include "netns/slirp/srcip.h"

struct engine {
	const struct net_config *config;
	struct splice *splice;
};

static int listen_on(void *arg, int fd, const struct sockaddr *to, socklen_t len, void **handle)
{
	const struct engine *g = arg;
	struct splice_target target = { 0 };
	struct splice_listener *l;
	struct error ignored = ERROR_INIT;
	int s;

	memcpy(&target.to, to, len);
	if (g->config->srcip) {
		target.keep_source = g->config;
		target.mark = SRCIP_MARK;
	}
	s = splice_listen(g->splice, fd, &target, &l, &ignored);
	if (s == 0)
		*handle = l;
	return s;
}

static void unlisten(void *arg, void *handle)
{
	const struct engine *g = arg;

	splice_unlisten(g->splice, handle);
}

static int add(void *arg, bool udp, const struct sockaddr *host, const struct sockaddr *guest)
{
	return loop_add_hostfwd(arg, udp, host, guest);
}

static int take_away(void *arg, bool udp, const struct sockaddr *host)
{
	return loop_remove_hostfwd(arg, udp, host);
}

int published_bind(const struct net_config *c, struct loop *l, struct ports **ret, struct error *e)
{
	const struct ports_slirp slirp = { .add = add, .remove = take_away, .arg = l };
	int r = ports_new(c, &slirp, ret, e);

	return r < 0 ? r : ports_bind(*ret, &c->publish, e);
}

int published_serve(const struct net_config *c, int netns, struct ports *p, struct error *e)
{
	struct splice_setup setup = { .netns = netns, .keep_net_admin = c->srcip };
	struct ports_engine engine = { .listen = listen_on, .unlisten = unlisten };
	struct engine *g;
	int r;

	if (c->forward == NET_FORWARD_SLIRP)
		return 0;
	g = calloc(1, sizeof(*g));
	if (!g)
		return error_set(e, ENOMEM, "published ports");
	g->config = c;
	engine.arg = g;
	r = splice_start(&setup, &g->splice, e);
	return r < 0 ? r : ports_serve(p, &engine, e);
}

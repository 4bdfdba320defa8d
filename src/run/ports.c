/* SPDX-License-Identifier: Apache-2.0 */
/* See ports.h. */
#include "run/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/path.h"
#include "state/store.h"

enum {
	TIMEOUT_MS = 5000,
	REPLY_MAX = 16 << 20, /* 65535 ports */
};

/* --- one request --- */

static int read_reply(int sock, uint64_t deadline, struct strbuf *reply)
{
	char buf[4096];
	ssize_t n;

	for (;;) {
		uint64_t now = clock_ms();
		int r = now < deadline ? fd_wait(sock, POLLIN, (int)(deadline - now)) : -ETIMEDOUT;

		if (r < 0)
			return r;
		n = read(sock, buf, sizeof(buf));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return strbuf_error(reply);
		if (n > 0)
			strbuf_add(reply, buf, (size_t)n);
	}
}

/* In a deep state directory by that one's descriptor: an address has room for no such path. */
static int connect_api(const char *api, int timeout_ms)
{
	const char *slash = strrchr(api, '/');
	cleanup_free char *folder = NULL;
	cleanup_fd int dir = -EBADF;
	char path[NET_API_PATH_MAX + 1];
	int fd, r;

	if (strlen(api) > NET_API_PATH_MAX) {
		folder = strndup(api, (size_t)(slash - api));
		dir = folder ? path_open(folder, O_PATH | O_DIRECTORY) : -ENOMEM;
		if (dir < 0)
			return dir;
		snprintf(path, sizeof(path), "/proc/self/fd/%d%s", dir, slash);
		api = path;
	}
	r = fd_connect_unix_timeout(api, timeout_ms, &fd);
	return r < 0 ? r : fd;
}

static int ask(struct arena *a, const struct network_view *v, const struct strbuf *request,
	       int timeout_ms, struct net_api_reply **ret, struct error *e)
{
	cleanup_strbuf struct strbuf reply = STRBUF_INIT(REPLY_MAX);
	uint64_t deadline = clock_ms() + (uint64_t)timeout_ms;
	cleanup_fd int sock = connect_api(v->api, timeout_ms);
	int r = sock;

	if (r >= 0)
		r = io_write_all(sock, request->s, request->len);
	if (r == 0 && shutdown(sock, SHUT_WR) < 0)
		r = -errno;
	if (r == 0)
		r = read_reply(sock, deadline, &reply);
	if (r < 0 && !v->helper)
		return error_msg(e, ESRCH, "the network's helper has ended (see 'urun state')");
	if (r < 0)
		return error_set(e, r, "ask the network's helper at '%s'", v->api);
	return net_api_read(a, reply.s, reply.len, ret, e);
}

static int take_failure(const struct net_api_reply *reply, struct error *e)
{
	int number = reply->error_number ? (int)reply->error_number : EIO;

	return reply->error ? error_kind(e, KIND_PORT, number, "%s", reply->error) : 0;
}

int ports_ask(struct arena *a, const struct network_view *v, int timeout_ms,
	      struct net_api_reply **ret, struct error *e)
{
	cleanup_strbuf struct strbuf request = STRBUF_INIT(256);
	int r = net_api_write_list(&request);

	r = r < 0 ? error_set(e, r, "ask for the ports") : ask(a, v, &request, timeout_ms, ret, e);
	return r < 0 ? r : take_failure(*ret, e);
}

/* --- of a container --- */

static int find(struct arena *a, const char *root, const char *id, struct network_view *ret,
		struct error *e)
{
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	cleanup_fd int root_fd = -EBADF;
	int r = container_find(a, root, id, false, &root_fd, &c, e);

	if (r < 0)
		return r;
	r = network_look(a, root, c.dir, c.record, ret);
	if (r == -ENOENT)
		return error_msg(e, ENOENT,
				 "container `%s` has no network of ours (--network slirp): it "
				 "publishes no ports",
				 id);
	return r < 0 ? error_set(e, r, "look at the network of container `%s`", id) : 0;
}

int ports_list(struct arena *a, const char *root, const char *id, struct net_api_reply **ret,
	       struct error *e)
{
	struct network_view v;
	int r = find(a, root, id, &v, e);

	return r < 0 ? r : ports_ask(a, &v, TIMEOUT_MS, ret, e);
}

static int remove_one(struct arena *a, const struct network_view *v, uint64_t number,
		      struct error *e)
{
	cleanup_strbuf struct strbuf request = STRBUF_INIT(256);
	struct net_api_reply *reply;
	int r = net_api_write_remove(number, &request);

	r = r < 0 ? error_set(e, r, "remove a port") : ask(a, v, &request, TIMEOUT_MS, &reply, e);
	return r < 0 ? r : take_failure(reply, e);
}

static int add_one(struct arena *a, const struct network_view *v, const struct net_publish *p,
		   uint16_t i, uint64_t *ret_number, struct error *e)
{
	cleanup_strbuf struct strbuf request = STRBUF_INIT(1024);
	struct net_api_reply *reply;
	int r = net_api_write_add(&v->config, p, i, &request);

	r = r < 0 ? error_set(e, r, "add a port") : ask(a, v, &request, TIMEOUT_MS, &reply, e);
	if (r == 0)
		r = take_failure(reply, e);
	if (r == 0)
		*ret_number = reply->id;
	return r;
}

static int parse(const char *ports, const struct network_view *v, struct net_publish *ret,
		 struct error *e)
{
	int r = net_publish_parse(ports, ret, e);

	if (r == 0 && ret->address.family == AF_INET6 && !v->config.ipv6)
		return error_kind(e, KIND_USAGE, EINVAL,
				  "'%s': the container's network has no IPv6", ports);
	return r < 0 ? error_default_kind(e, KIND_USAGE) : 0;
}

int ports_add(const char *root, const char *id, const char *ports, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct network_view v;
	struct net_publish p;
	uint64_t *added;
	int r = find(&a, root, id, &v, e);

	if (r == 0)
		r = parse(ports, &v, &p, e);
	if (r < 0)
		return r;
	added = arena_calloc(&a, p.count, sizeof(*added));
	if (!added)
		return error_set(e, ENOMEM, "add '%s'", ports);
	for (uint32_t i = 0; i < p.count; i++) {
		struct error ignored = ERROR_INIT;

		r = add_one(&a, &v, &p, (uint16_t)i, &added[i], e);
		if (r == 0)
			continue;
		while (i > 0)
			(void)remove_one(&a, &v, added[--i], &ignored);
		return r;
	}
	return 0;
}

static bool is_of(const struct net_api_port *have, const struct net_publish *p)
{
	char text[NET_ADDRESS_TEXT];

	return have->host_port >= p->host_port && have->host_port - p->host_port < p->count &&
	       have->guest_port - have->host_port == p->container_port - p->host_port &&
	       strcmp(have->protocol, p->protocol == NET_UDP ? "udp" : "tcp") == 0 &&
	       strcmp(have->host_address, net_address_format(&p->address, text)) == 0;
}

int ports_remove(const char *root, const char *id, const char *ports, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct net_api_reply *list;
	struct network_view v;
	struct net_publish p;
	uint64_t number;
	uint32_t found = 0;
	int r = find(&a, root, id, &v, e);

	if (r == 0 && parse_u64(ports, &number) == 0)
		return remove_one(&a, &v, number, e);
	if (r == 0)
		r = parse(ports, &v, &p, e);
	if (r == 0)
		r = ports_ask(&a, &v, TIMEOUT_MS, &list, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < list->n; i++)
		found += is_of(&list->list[i], &p);
	if (found < p.count)
		return error_kind(e, KIND_PORT, ENOENT,
				  "container `%s` does not publish '%s' (see 'urun port ls')", id,
				  ports);
	for (size_t i = 0; r == 0 && i < list->n; i++)
		if (is_of(&list->list[i], &p))
			r = remove_one(&a, &v, list->list[i].id, e);
	return r;
}

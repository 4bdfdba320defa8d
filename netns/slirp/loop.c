/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See loop.h. One thread, one poll(2) a turn: what libslirp waits for is asked anew
 * each time, as its interface wants it. A frame that the tap does not take is dropped,
 * as on any wire.
 */
#include "netns/slirp/loop.h"

#include <errno.h>
#include <libslirp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/dlopen.h"
#include "base/fd.h"
#include "netns/slirp/wire.h"

enum {
	FRAMES_A_TURN = 16,
	TIMERS_MAX = 4, /* it has one, for IPv6 */
	POLLS_AT_FIRST = 64,
	LAST_WORDS_MS = 100, /* between the end of a network namespace and that of init */
};

enum { POLL_TAP, POLL_INIT, POLL_WATCHED, POLL_OWN };

struct timer {
	bool used, armed;
	SlirpTimerId id;
	void *arg;
	int64_t at_ms;
};

struct loop {
	Slirp *slirp;
	const struct net_config *config;
	struct timer timers[TIMERS_MAX];
	struct pollfd *polls;
	size_t n_polls, cap;
	int tap;
	void (*run_watched)(void *arg);
	void *watched_arg;
	_Alignas(8) uint8_t data[WIRE_READ_MAX];
	struct wire wire;
};

/* ---- the library: opened by who needs it, so that its absence can be said in our words */

#if SLIRP_CONFIG_VERSION_MAX >= 6
#define FILL_NAME slirp_pollfds_fill_socket
#else
#define FILL_NAME slirp_pollfds_fill
#endif

#define SLIRP_FUNCTIONS(F)      \
	F(slirp_version_string) \
	F(slirp_new)            \
	F(slirp_input)          \
	F(FILL_NAME)            \
	F(slirp_pollfds_poll)   \
	F(slirp_handle_timer)   \
	F(slirp_add_hostxfwd)   \
	F(slirp_remove_hostxfwd)

struct library {
	SLIRP_FUNCTIONS(DLOPEN_MEMBER)
};

#define LIBRARY_ROW(name) DLOPEN_ROW(library, name),
static const struct dlopen_function functions[] = { SLIRP_FUNCTIONS(LIBRARY_ROW) };
static struct library lib;

DLOPEN_NOTE("slirp", "the network of urun-slirp", "required", "libslirp.so.0");

int loop_open_library(struct error *e)
{
	const char *why;
	int r = dlopen_table("libslirp.so.0", functions, ARRAY_SIZE(functions), &lib, &why);

	if (r == 0)
		return 0;
	error_msg(e, -r, "the network 'slirp' needs libslirp: %s", why);
	return error_hint(e, "apt-get install libslirp0");
}

/* ---- what libslirp asks of us */

static ssize_t send_packet(const void *frame, size_t len, void *arg)
{
	struct loop *l = arg;
	struct iovec iov[WIRE_IOV];
	ssize_t n;

	wire_to_guest(&l->wire, frame, len, clock_ms());
	while (wire_next(&l->wire, iov))
		do
			n = writev(l->tap, iov, WIRE_IOV);
		while (n < 0 && errno == EINTR);
	/* It would write of each on stderr; an end of the tap shows when it is read. */
	return (ssize_t)len;
}

static void guest_error(const char *msg, void *arg)
{
	(void)msg;
	(void)arg;
}

static int64_t clock_get_ns(void *arg)
{
	(void)arg;
	return (int64_t)clock_us() * 1000;
}

static void *timer_new(SlirpTimerId id, void *cb_arg, void *arg)
{
	struct loop *l = arg;

	for (size_t i = 0; i < ARRAY_SIZE(l->timers); i++)
		if (!l->timers[i].used) {
			l->timers[i] = (struct timer){ .used = true, .id = id, .arg = cb_arg };
			return &l->timers[i];
		}
	return NULL;
}

static void timer_free(void *timer, void *arg)
{
	(void)arg;
	if (timer)
		*(struct timer *)timer = (struct timer){ .used = false };
}

static void timer_mod(void *timer, int64_t at_ms, void *arg)
{
	struct timer *t = timer;

	(void)arg;
	if (!t)
		return;
	t->at_ms = at_ms;
	t->armed = true;
}

static void notify(void *arg)
{
	(void)arg; /* from this very thread: the next turn sees it */
}

static void init_completed(Slirp *slirp, void *arg)
{
	(void)slirp;
	(void)arg;
}

/* All is told at each turn: nothing to register. */
#if SLIRP_CONFIG_VERSION_MAX >= 6
static void register_poll(slirp_os_socket fd, void *arg)
#else
static void register_poll(int fd, void *arg)
#endif
{
	(void)fd;
	(void)arg;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = clock_get_ns,
	.timer_new_opaque = timer_new,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.notify = notify,
	.init_completed = init_completed,
#if SLIRP_CONFIG_VERSION_MAX >= 6
	.register_poll_socket = register_poll,
	.unregister_poll_socket = register_poll,
#else
	.register_poll_fd = register_poll,
	.unregister_poll_fd = register_poll,
#endif
};

/* ---- poll(2) */

static const struct {
	int slirp;
	short poll;
} events[] = {
	{ SLIRP_POLL_IN, POLLIN },   { SLIRP_POLL_OUT, POLLOUT }, { SLIRP_POLL_PRI, POLLPRI },
	{ SLIRP_POLL_ERR, POLLERR }, { SLIRP_POLL_HUP, POLLHUP },
};

#if SLIRP_CONFIG_VERSION_MAX >= 6
static int add_poll(slirp_os_socket fd, int what, void *arg)
#else
static int add_poll(int fd, int what, void *arg)
#endif
{
	struct loop *l = arg;
	struct pollfd *p;

	if (l->n_polls == l->cap) {
		p = reallocarray(l->polls, l->cap * 2, sizeof(*p));
		if (!p)
			return -1;
		l->polls = p;
		l->cap *= 2;
	}
	p = &l->polls[l->n_polls];
	*p = (struct pollfd){ .fd = fd };
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (what & events[i].slirp)
			p->events |= events[i].poll;
	return (int)l->n_polls++;
}

static int get_events(int index, void *arg)
{
	const struct loop *l = arg;
	int what = 0;

	if (index < 0 || (size_t)index >= l->n_polls)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (l->polls[index].revents & events[i].poll)
			what |= events[i].slirp;
	return what;
}

static int fill_polls(struct loop *l)
{
	uint32_t timeout = UINT32_MAX;
	int64_t now = (int64_t)clock_ms(), left = INT32_MAX;

	l->n_polls = POLL_OWN;
	lib.FILL_NAME(l->slirp, &timeout, add_poll, l);
	if (timeout < INT32_MAX)
		left = timeout;
	for (size_t i = 0; i < ARRAY_SIZE(l->timers); i++)
		if (l->timers[i].armed && l->timers[i].at_ms - now < left)
			left = l->timers[i].at_ms > now ? l->timers[i].at_ms - now : 0;
	return left == INT32_MAX ? -1 : (int)left;
}

static void run_timers(struct loop *l)
{
	int64_t now = (int64_t)clock_ms();

	for (size_t i = 0; i < ARRAY_SIZE(l->timers); i++) {
		struct timer *t = &l->timers[i];

		if (!t->armed || t->at_ms > now)
			continue;
		t->armed = false;
		lib.slirp_handle_timer(l->slirp, t->id, t->arg);
	}
}

/* ---- the tap */

/* 1: with an answer that libslirp waits for; -errno where the interface is gone. */
static int read_tap(struct loop *l)
{
	int r = 0;

	for (int i = 0; i < FRAMES_A_TURN; i++) {
		ssize_t n = read(l->tap, l->data, sizeof(l->data));
		const uint8_t *frame;
		size_t len;

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? r : -errno;
		frame = wire_from_guest(&l->wire, l->data, (size_t)n, clock_ms(), &len);
		if (frame) {
			lib.slirp_input(l->slirp, frame, (int)len);
			r = r || frame_is_neighbour(frame, len);
		}
		if (l->wire.refusal_len)
			send_packet(l->wire.refusal, l->wire.refusal_len, l);
	}
	return r;
}

/* No error where the interface went with its namespace, a moment before init is seen to. */
static int explain_tap(const struct loop *l, int err, struct error *e)
{
	if (fd_wait(l->polls[POLL_INIT].fd, POLLIN, LAST_WORDS_MS) == 0)
		return 0;
	return error_set(e, err, "the interface '%s' is gone", l->config->ifname);
}

int loop_run(struct loop *l, int tap, int init, struct error *e)
{
	l->tap = tap;
	l->polls[POLL_TAP] = (struct pollfd){ .fd = tap, .events = POLLIN };
	l->polls[POLL_INIT] = (struct pollfd){ .fd = init, .events = POLLIN };
	for (;;) {
		int timeout = fill_polls(l);
		int n = poll(l->polls, l->n_polls, timeout), r;

		if (n < 0 && errno != EINTR)
			return error_set(e, errno, "poll");
		if (n > 0 && l->polls[POLL_INIT].revents)
			return 0;
		lib.slirp_pollfds_poll(l->slirp, n < 0, get_events, l);
		run_timers(l);
		if (n > 0 && l->polls[POLL_WATCHED].revents)
			l->run_watched(l->watched_arg);
		if (n <= 0 || !l->polls[POLL_TAP].revents)
			continue;
		r = read_tap(l);
		if (r < 0)
			return explain_tap(l, r, e);
		/* No socket is looked at: what waited for the answer goes out. */
		if (r > 0)
			lib.slirp_pollfds_poll(l->slirp, true, get_events, l);
	}
}

void loop_watch(struct loop *l, int fd, void (*run)(void *arg), void *arg)
{
	l->polls[POLL_WATCHED] = (struct pollfd){ .fd = fd, .events = POLLIN };
	l->run_watched = run;
	l->watched_arg = arg;
}

/* ---- ports of the host */

static socklen_t length_of(const struct sockaddr *a)
{
	return a->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static int hostfwd_flags(bool udp, const struct sockaddr *host)
{
	return (udp ? SLIRP_HOSTFWD_UDP : 0) |
	       (host->sa_family == AF_INET6 ? SLIRP_HOSTFWD_V6ONLY : 0);
}

int loop_add_hostfwd(struct loop *l, bool udp, const struct sockaddr *host,
		     const struct sockaddr *guest)
{
	errno = 0;
	if (lib.slirp_add_hostxfwd(l->slirp, host, length_of(host), guest, length_of(guest),
				   hostfwd_flags(udp, host)) == 0)
		return 0;
	return errno ? -errno : -EIO;
}

int loop_remove_hostfwd(struct loop *l, bool udp, const struct sockaddr *host)
{
	errno = 0;
	if (lib.slirp_remove_hostxfwd(l->slirp, host, length_of(host), hostfwd_flags(udp, host)) ==
	    0)
		return 0;
	return errno ? -errno : -ENOENT;
}

/* ---- the start */

static struct in_addr in4(const struct net_address *a)
{
	struct in_addr r;

	memcpy(&r, a->bytes, sizeof(r));
	return r;
}

static struct in6_addr in6(const struct net_address *a)
{
	struct in6_addr r;

	memcpy(&r, a->bytes, sizeof(r));
	return r;
}

static Slirp *new_slirp(struct loop *l, struct outbound *out)
{
	const struct net_config *c = l->config;
	SlirpConfig s = {
		.version = SLIRP_CONFIG_VERSION_MAX < 6 ? 4 : 6,
		.in_enabled = true,
		.vnetwork = in4(&c->cidr.address),
		.vnetmask.s_addr = htonl(UINT32_MAX << (32 - c->cidr.prefix)),
		.vhost = in4(&c->hosts.gateway),
		.vnameserver = in4(&c->hosts.dns),
		.in6_enabled = c->ipv6,
		.vprefix_addr6 = in6(&c->cidr6.address),
		.vprefix_len = c->cidr6.prefix,
		.vhost6 = in6(&c->hosts6.gateway),
		.vnameserver6 = in6(&c->hosts6.dns),
		.if_mtu = OFFLOAD_MTU, /* the interface's own is wire.h's affair */
		.if_mru = OFFLOAD_MTU,
		.disable_host_loopback = false, /* see answers.h */
		.disable_dns = c->dns == NET_DNS_NONE,
		.disable_dhcp = true,
		.outbound_addr = out->has_v4 ? &out->v4 : NULL,
		.outbound_addr6 = out->has_v6 ? &out->v6 : NULL,
	};

	return lib.slirp_new(&s, &callbacks, l);
}

static void set_wire(struct wire *w, const struct net_config *c)
{
	struct frame_rules *r = &w->rules;

	w->mtu = c->mtu;
	r->host_loopback = c->host_loopback;
	r->dns = c->dns != NET_DNS_NONE;
	memcpy(r->gateway4, c->hosts.gateway.bytes, sizeof(r->gateway4));
	if (c->ipv6)
		r->net6 = c->cidr6;
	memcpy(r->dns4, c->hosts.dns.bytes, sizeof(r->dns4));
	memcpy(r->dns6, c->hosts6.dns.bytes, sizeof(r->dns6));
	memcpy(r->gateway6, c->hosts6.gateway.bytes, sizeof(r->gateway6));
}

int loop_new(const struct net_config *c, struct outbound *out, struct loop **ret, struct error *e)
{
	struct loop *l;
	int r = loop_open_library(e);

	if (r < 0)
		return r;
	l = calloc(1, sizeof(*l));
	if (l)
		l->polls = calloc(POLLS_AT_FIRST, sizeof(*l->polls));
	if (!l || !l->polls) {
		free(l);
		return error_set(e, ENOMEM, "libslirp");
	}
	l->cap = POLLS_AT_FIRST;
	l->config = c;
	l->tap = -EBADF;
	set_wire(&l->wire, c);
	for (size_t i = 0; i < POLL_OWN; i++)
		l->polls[i].fd = -1;
	l->slirp = new_slirp(l, out);
	if (!l->slirp) {
		free(l->polls);
		free(l);
		return error_msg(e, EINVAL, "libslirp %s refuses its configuration",
				 lib.slirp_version_string());
	}
	*ret = l;
	return 0;
}

const char *loop_version(void)
{
	return lib.slirp_version_string();
}

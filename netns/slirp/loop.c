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
#include "base/fd.h"
#include "netns/slirp/wire.h"

enum {
	FRAMES_A_TURN = 16,
	TIMERS_MAX = 4, /* it has one, for IPv6 */
	POLLS_AT_FIRST = 64,
	LAST_WORDS_MS = 100, /* between the end of a network namespace and that of init */
};

enum { POLL_TAP, POLL_INIT, POLL_OWN };

struct timer {
	bool used, armed;
	SlirpTimerId id;
	void *arg;
	int64_t at_ms;
};

struct loop {
	Slirp *slirp;
	struct slirp_config config;
	struct sockaddr_in out; /* libslirp keeps pointers to these */
	struct sockaddr_in6 out6;
	struct timer timers[TIMERS_MAX];
	struct pollfd *polls;
	size_t n_polls, cap;
	int tap;
	_Alignas(8) uint8_t data[WIRE_READ_MAX];
	struct wire wire;
};

/* ---- what libslirp asks of us */

static ssize_t send_packet(const void *frame, size_t len, void *arg)
{
	struct loop *l = arg;
	struct iovec iov[WIRE_IOV];
	ssize_t n;

	wire_to_guest(&l->wire, frame, len);
	for (int parts; (parts = wire_next(&l->wire, iov)) > 0;)
		do
			n = writev(l->tap, iov, parts);
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
#if SLIRP_CONFIG_VERSION_MAX >= 6
	slirp_pollfds_fill_socket(l->slirp, &timeout, add_poll, l);
#else
	slirp_pollfds_fill(l->slirp, &timeout, add_poll, l);
#endif
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
		slirp_handle_timer(l->slirp, t->id, t->arg);
	}
}

/* ---- the tap */

/* -errno where the interface is gone; none of it is read is no error. */
static int read_tap(struct loop *l)
{
	for (int i = 0; i < FRAMES_A_TURN; i++) {
		ssize_t n = read(l->tap, l->data, sizeof(l->data));
		const uint8_t *frame;
		size_t len;

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		frame = wire_from_guest(&l->wire, l->data, (size_t)n, clock_ms(), &len);
		if (frame)
			slirp_input(l->slirp, frame, (int)len);
	}
	return 0;
}

int loop_run(struct loop *l, struct error *e)
{
	for (;;) {
		int timeout = fill_polls(l);
		int n = poll(l->polls, l->n_polls, timeout), s = 0;

		if (n < 0 && errno != EINTR)
			return error_set(e, errno, "poll");
		if (n > 0 && l->polls[POLL_INIT].revents)
			return 0;
		slirp_pollfds_poll(l->slirp, n < 0, get_events, l);
		run_timers(l);
		if (n > 0 && l->polls[POLL_TAP].revents)
			s = read_tap(l);
		if (s == 0)
			continue;
		/* It goes with its namespace, which goes a moment before init is seen to. */
		if (fd_wait(l->polls[POLL_INIT].fd, POLLIN, LAST_WORDS_MS) == 0)
			return 0;
		return error_set(e, s, "the interface '%s' is gone", l->config.ifname);
	}
}

/* ---- the start */

static struct in_addr in4(const uint8_t *p)
{
	struct in_addr a;

	memcpy(&a, p, sizeof(a));
	return a;
}

static struct in6_addr in6(const uint8_t *p)
{
	struct in6_addr a;

	memcpy(&a, p, sizeof(a));
	return a;
}

static Slirp *new_slirp(struct loop *l)
{
	const struct slirp_config *c = &l->config;
	SlirpConfig s = {
		.version = SLIRP_CONFIG_VERSION_MAX < 6 ? 4 : 6,
		.in_enabled = true,
		.vnetmask.s_addr = htonl(UINT32_MAX << (32 - c->prefix)),
		.vhost = in4(c->gateway),
		.vnameserver = in4(c->dns),
		.in6_enabled = c->flags & SLIRP_IPV6,
		.vprefix_addr6 = in6(c->address6),
		.vprefix_len = c->prefix6,
		.vhost6 = in6(c->gateway6),
		.vnameserver6 = in6(c->dns6),
		.if_mtu = OFFLOAD_MTU,
		.if_mru = OFFLOAD_MTU,
		.disable_host_loopback = !(c->flags & SLIRP_HOST_LOOPBACK),
		.disable_dns = !(c->flags & SLIRP_DNS),
		.disable_dhcp = true,
		.outbound_addr = (c->flags & SLIRP_OUTBOUND) ? &l->out : NULL,
		.outbound_addr6 = (c->flags & SLIRP_OUTBOUND6) ? &l->out6 : NULL,
	};

	l->out = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = in4(c->outbound) };
	l->out6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_addr = in6(c->outbound6) };
	s.vnetwork.s_addr = in4(c->address).s_addr & s.vnetmask.s_addr;
	for (unsigned int i = c->prefix6; i < 128; i++)
		s.vprefix_addr6.s6_addr[i / 8] &= (uint8_t) ~(0x80 >> (i % 8));
	return slirp_new(&s, &callbacks, l);
}

int loop_new(const struct slirp_config *c, int tap, int init, struct loop **ret, struct error *e)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l)
		l->polls = calloc(POLLS_AT_FIRST, sizeof(*l->polls));
	if (!l || !l->polls) {
		free(l);
		return error_set(e, ENOMEM, "libslirp");
	}
	l->cap = POLLS_AT_FIRST;
	l->config = *c;
	l->tap = tap;
	l->wire.mtu = c->mtu;
	l->wire.offload = offload_wanted(c->mtu);
	l->wire.rules.host_loopback = c->flags & SLIRP_HOST_LOOPBACK;
	l->wire.rules.dns = c->flags & SLIRP_DNS;
	memcpy(l->wire.rules.dns4, c->dns, sizeof(l->wire.rules.dns4));
	memcpy(l->wire.rules.dns6, c->dns6, sizeof(l->wire.rules.dns6));
	memcpy(l->wire.rules.gateway6, c->gateway6, sizeof(l->wire.rules.gateway6));
	l->polls[POLL_TAP] = (struct pollfd){ .fd = tap, .events = POLLIN };
	l->polls[POLL_INIT] = (struct pollfd){ .fd = init, .events = POLLIN };
	l->slirp = new_slirp(l);
	if (!l->slirp) {
		free(l->polls);
		free(l);
		return error_msg(e, EINVAL, "libslirp %s refuses its configuration",
				 slirp_version_string());
	}
	*ret = l;
	return 0;
}

const char *loop_version(void)
{
	return slirp_version_string();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libslirp behind its filter: the input is a script of what a container sends, with bytes
 * changed in between: handshakes that are answered, data, urgent data, ends and resets of TCP, UDP
 * to an echo, a closed port, the resolver, DHCP and TFTP, ICMP, neighbours, pieces in any order
 * and overlapping, and frames of any bytes. It all goes the way of wire.h into a libslirp made
 * anew for each input, whose sockets find an echo on the loopback of a network namespace of
 * their own. Oracles: no crash and no assertion; what comes out fits the mtu.
 */
#include <arpa/inet.h>
#include <libslirp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "make_frame.h"
#include "netns/slirp/wire.h"
#include "own_netns.h"

enum { FLOWS = 8, ECHO_PORT = 7007, CONNECTIONS = 16, POLLS = 256, TIMERS = 4 };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };

struct flow {
	uint32_t seq, ack;
};

struct timer {
	bool used;
	SlirpTimerId id;
	void *arg;
	int64_t at_ms;
};

static struct world {
	Slirp *slirp;
	struct wire *wire;
	int64_t now_ns;
	struct flow flows[FLOWS];
	struct timer timers[TIMERS];
	struct pollfd polls[POLLS];
	size_t n_polls;
	int listeners[2], datagrams[2], connections[CONNECTIONS];
	/* the script */
	const uint8_t *p;
	size_t left;
	bool wrong_sums;
} world;

/* ---- the script */

static unsigned int next(void)
{
	if (world.left == 0)
		return 0;
	world.left--;
	return *world.p++;
}

static unsigned int next_word(void)
{
	unsigned int high = next();

	return high << 8 | next();
}

/* ---- what libslirp asks of us */

/* Numbers of a flow, so that what is sent next is in its window. */
static void follow(const uint8_t *f, size_t len)
{
	bool v6 = len > ETHER_HEAD && f[ETHER_HEAD] >> 4 == 6;
	size_t tcp = ETHER_HEAD + (v6 ? IP6_HEAD : IP4_HEAD), data;
	const uint8_t *t = f + tcp;
	struct flow *flow;

	if (len < tcp + TCP_HEAD || f[ETHER_HEAD + (v6 ? 6 : 9)] != IPPROTO_TCP)
		return;
	flow = &world.flows[packet_word(t + 2) % FLOWS];
	data = len - tcp - (size_t)(t[12] >> 4) * 4;
	flow->ack = ((uint32_t)packet_word(t + 4) << 16 | packet_word(t + 6)) + (uint32_t)data +
		    !!(t[13] & (SYN | FIN));
	if (t[13] & ACK)
		flow->seq = (uint32_t)packet_word(t + 8) << 16 | packet_word(t + 10);
}

static ssize_t send_packet(const void *frame, size_t len, void *arg)
{
	struct iovec iov[WIRE_IOV];
	size_t n;

	(void)arg;
	follow(frame, len);
	wire_to_guest(world.wire, frame, len, 1);
	while (wire_next(world.wire, iov)) {
		n = iov[0].iov_len + iov[1].iov_len;
		if (world.wire->way != OFFLOAD_SEGMENTS)
			CHECK(n <= sizeof(struct virtio_net_hdr) + ETHER_HEAD + world.wire->mtu);
	}
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
	return world.now_ns;
}

static void *timer_new(SlirpTimerId id, void *cb_arg, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < TIMERS; i++)
		if (!world.timers[i].used) {
			world.timers[i] = (struct timer){ true, id, cb_arg, INT64_MAX };
			return &world.timers[i];
		}
	return NULL;
}

static void timer_free(void *timer, void *arg)
{
	(void)arg;
	((struct timer *)timer)->used = false;
}

static void timer_mod(void *timer, int64_t at_ms, void *arg)
{
	(void)arg;
	((struct timer *)timer)->at_ms = at_ms;
}

static void notify(void *arg)
{
	(void)arg;
}

static void init_completed(Slirp *slirp, void *arg)
{
	(void)slirp;
	(void)arg;
}

#if SLIRP_CONFIG_VERSION_MAX >= 6
typedef slirp_os_socket slirp_fd;
#else
typedef int slirp_fd;
#endif

static void register_poll(slirp_fd fd, void *arg)
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

static const struct {
	int slirp;
	short poll;
} events[] = {
	{ SLIRP_POLL_IN, POLLIN },   { SLIRP_POLL_OUT, POLLOUT }, { SLIRP_POLL_PRI, POLLPRI },
	{ SLIRP_POLL_ERR, POLLERR }, { SLIRP_POLL_HUP, POLLHUP },
};

static int add_poll(slirp_fd fd, int what, void *arg)
{
	struct pollfd *p = &world.polls[world.n_polls];

	(void)arg;
	if (world.n_polls == POLLS)
		return -1;
	*p = (struct pollfd){ .fd = fd };
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (what & events[i].slirp)
			p->events |= events[i].poll;
	return (int)world.n_polls++;
}

static int get_events(int index, void *arg)
{
	int what = 0;

	(void)arg;
	for (size_t i = 0; index >= 0 && i < sizeof(events) / sizeof(events[0]); i++)
		if (world.polls[index].revents & events[i].poll)
			what |= events[i].slirp;
	return what;
}

/* ---- the echo */

static void serve_echo(void)
{
	static char data[1 << 16];
	struct sockaddr_storage from;
	int fd, *c;

	for (int i = 0; i < 2; i++) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(world.datagrams[i], data, sizeof(data), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &len);

		if (n >= 0)
			(void)!sendto(world.datagrams[i], data, (size_t)n, MSG_DONTWAIT,
				      (struct sockaddr *)&from, len);
		while ((fd = accept4(world.listeners[i], NULL, NULL, SOCK_NONBLOCK)) >= 0) {
			c = &world.connections[(unsigned int)fd % CONNECTIONS];
			if (*c >= 0)
				close(*c);
			*c = fd;
		}
	}
	for (int i = 0; i < CONNECTIONS; i++) {
		ssize_t n = world.connections[i] < 0
				    ? -1
				    : recv(world.connections[i], data, sizeof(data), MSG_DONTWAIT);

		if (n > 0) /* also out of band, where its first byte says so */
			(void)!send(world.connections[i], data, (size_t)n,
				    MSG_DONTWAIT | MSG_NOSIGNAL | (data[0] & 1 ? MSG_OOB : 0));
		if (n == 0) {
			close(world.connections[i]);
			world.connections[i] = -1;
		}
	}
}

static void turn(unsigned int ms)
{
	uint32_t timeout = 0;
	int n;

	world.now_ns += (int64_t)ms * 1000000;
	world.n_polls = 0;
#if SLIRP_CONFIG_VERSION_MAX >= 6
	slirp_pollfds_fill_socket(world.slirp, &timeout, add_poll, NULL);
#else
	slirp_pollfds_fill(world.slirp, &timeout, add_poll, NULL);
#endif
	n = poll(world.polls, world.n_polls, 0);
	slirp_pollfds_poll(world.slirp, n < 0, get_events, NULL);
	for (size_t i = 0; i < TIMERS; i++)
		if (world.timers[i].used && world.timers[i].at_ms <= world.now_ns / 1000000) {
			world.timers[i].at_ms = INT64_MAX;
			slirp_handle_timer(world.slirp, world.timers[i].id, world.timers[i].arg);
		}
	serve_echo();
}

/* ---- frames */

static void put_data(size_t n)
{
	for (uint8_t byte; n > 0; n--) {
		byte = (uint8_t)(world.left ? next() : n);
		put(&byte, 1);
	}
}

/* In memory of just its size, changed as the script says, into libslirp. */
static void finish_frame(void)
{
	size_t changes = next(), n, len;
	const uint8_t *frame;
	uint8_t *data, *copy;
	struct virtio_net_hdr h = { .flags = 0 };

	fix_lengths();
	for (changes = changes < 0xc0 ? 0 : changes & 7; changes > 0; changes--) {
		size_t at = next_word() % (made.len ? made.len : 1);

		made.frame[at] = (uint8_t)next();
	}
	n = next();
	if (n >= 0xf0) /* cut, or longer than it says */
		made.len = next_word() % sizeof(made.frame);
	if (!world.wrong_sums)
		fix_sums();
	if (n >= 0xe0 && n < 0xf0) { /* libslirp's header bytes as they come */
		h.flags = (uint8_t)next();
		h.gso_type = (uint8_t)next();
		h.csum_start = (uint16_t)next_word();
		h.csum_offset = (uint16_t)next();
	}
	data = malloc(sizeof(h) + made.len + 1);
	CHECK(data);
	memcpy(data, &h, sizeof(h));
	memcpy(data + sizeof(h), made.frame, made.len);
	frame = wire_from_guest(world.wire, data, sizeof(h) + made.len,
				(uint64_t)(world.now_ns / 1000000), &len);
	if (frame) {
		copy = malloc(len);
		CHECK(copy);
		memcpy(copy, frame, len);
		slirp_input(world.slirp, copy, (int)len);
		free(copy);
	}
	free(data);
}

static void send_tcp(unsigned int flags)
{
	unsigned int which = next(), data = next(), target = which >> 4;
	struct flow *flow = &world.flows[which % FLOWS];
	bool v6 = which & 8;

	put_ip(v6, IPPROTO_TCP, target < 14 ? 0 : target);
	put_word(40000 / FLOWS * FLOWS + which % FLOWS);
	put_word(target == 13 ? 9 : target == 12 ? 21 : ECHO_PORT);
	if (flags & SYN)
		flow->seq = 1000;
	put_word(flow->seq >> 16);
	put_word(flow->seq & 0xffff);
	put_word(flow->ack >> 16);
	put_word(flow->ack & 0xffff);
	put(&(uint8_t[]){ (flags & SYN) ? 0x60 : 0x50, (uint8_t)flags }, 2);
	put_word(data & 1 ? 65535 : data * 4);
	put_word(0);
	put_word(flags & URG ? data / 2 : 0);
	if (flags & SYN)
		put("\2\4\5\xb4", 4);
	else
		put_data(data * (data & 2 ? 8 : 1));
	finish_frame();
}

static void send_udp(void)
{
	static const unsigned int ports[] = { ECHO_PORT, 9, 53, 67, 69, 547, 68, 7007 };
	unsigned int which = next(), data = next();
	bool v6 = which & 0x80;

	put_ip(v6, IPPROTO_UDP, which & 7);
	put_word(which & 0x40 ? 68 : 30000 + data % 4);
	put_word(ports[(which >> 3) & 7]);
	put_word(8 + data * 8);
	put_word(0);
	put_data(data * 8);
	finish_frame();
}

static void send_icmp(void)
{
	static const uint8_t types6[] = { 128, 133, 135, 136, 134, 1, 2, 129 };
	unsigned int which = next(), data = next();
	bool v6 = which & 0x80;

	put_ip(v6, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, which & 7);
	put(&(uint8_t[]){ v6 ? types6[(which >> 3) & 7] : (which & 0x38) ? 3 : 8, 0, 0, 0 }, 4);
	put_word(7);
	put_word(1);
	put_data(data);
	finish_frame();
}

/* A piece at an offset and of a length that the script gives. */
static void send_piece(void)
{
	unsigned int which = next(), offset = next(), data = next();
	bool v6 = which & 0x80, more = which & 1;
	uint8_t protocol = which & 2 ? IPPROTO_UDP : v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	put_ip(v6, v6 ? 44 : protocol, which >> 4 & 3);
	if (v6) {
		put(&(uint8_t[]){ protocol, 0 }, 2);
		put_word(offset * 8 | more);
		put_word(0);
		put_word(which >> 2 & 3);
	} else {
		packet_put_word(made.frame + ETHER_HEAD + 6, offset | (more ? IP4_MORE : 0));
		made.frame[ETHER_HEAD + 5] = which >> 2 & 3;
	}
	if (offset == 0 && (which & 2)) {
		put_word(30000);
		put_word(ECHO_PORT);
		put_word(which & 0x40 ? 8 + data * 8 : next_word());
		put_word(0);
	}
	put_data(data * 8);
	finish_frame();
}

static void send_arp(void)
{
	unsigned int which = next();

	made.len = 0;
	put("\xff\xff\xff\xff\xff\xff\2\0\0\0\0\1\x08\6\0\1\x08\0\6\4\0", 21);
	put(&(uint8_t){ which & 1 ? 2 : 1 }, 1);
	put("\2\0\0\0\0\1\x0a\0\2", 9);
	put(&(uint8_t){ which & 2 ? 100 : (uint8_t)next() }, 1);
	put("\0\0\0\0\0\0\x0a\0\2", 9);
	put(&(uint8_t){ which & 4 ? 2 : (uint8_t)next() }, 1);
	finish_frame();
}

static void send_any(void)
{
	made.len = 0;
	put_data(next_word() % 2048);
	finish_frame();
}

static void step(void)
{
	unsigned int op = next();

	world.wrong_sums = (op & 0xf0) == 0xf0;
	switch (op & 15) {
	case 0:
		send_tcp(SYN);
		turn(1);
		turn(1);
		return;
	case 1:
		send_tcp(ACK | PSH);
		return;
	case 2:
		send_tcp(next() | ACK);
		return;
	case 3:
		send_tcp(ACK | FIN);
		return;
	case 4:
		send_tcp(next());
		return;
	case 5:
	case 6:
		send_udp();
		return;
	case 7:
	case 8:
		send_icmp();
		return;
	case 9:
	case 10:
	case 11:
		send_piece();
		return;
	case 12:
		send_arp();
		return;
	case 13:
		send_any();
		return;
	case 14:
		turn(next() * 16);
		return;
	default:
		turn(1);
	}
}

/* ---- the world */

static int listen_on(int family, int type)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(ECHO_PORT) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(ECHO_PORT) };
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a6.sin6_addr = in6addr_loopback;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	CHECK(bind(fd, family == AF_INET ? (void *)&a : (void *)&a6,
		   family == AF_INET ? sizeof(a) : sizeof(a6)) == 0);
	CHECK(type == SOCK_DGRAM || listen(fd, 64) == 0);
	return fd;
}

static void start_echo(void)
{
	for (int i = 0; i < 2; i++) {
		world.listeners[i] = listen_on(i ? AF_INET6 : AF_INET, SOCK_STREAM);
		world.datagrams[i] = listen_on(i ? AF_INET6 : AF_INET, SOCK_DGRAM);
	}
	for (int i = 0; i < CONNECTIONS; i++)
		world.connections[i] = -1;
}

static Slirp *new_slirp(bool more)
{
	SlirpConfig c = {
		.version = SLIRP_CONFIG_VERSION_MAX < 6 ? 4 : 6,
		.in_enabled = true,
		.in6_enabled = true,
		.vprefix_len = 64,
		.if_mtu = OFFLOAD_MTU,
		.if_mru = OFFLOAD_MTU,
		.disable_dhcp = !more, /* urun has it so; what is behind it is read, too */
	};

	inet_pton(AF_INET, "10.0.2.0", &c.vnetwork);
	inet_pton(AF_INET, "255.255.255.0", &c.vnetmask);
	inet_pton(AF_INET, "10.0.2.2", &c.vhost);
	inet_pton(AF_INET, "10.0.2.3", &c.vnameserver);
	inet_pton(AF_INET, "10.0.2.15", &c.vdhcp_start);
	inet_pton(AF_INET6, "fd00::", &c.vprefix_addr6);
	inet_pton(AF_INET6, "fd00::2", &c.vhost6);
	inet_pton(AF_INET6, "fd00::3", &c.vnameserver6);
	return slirp_new(&c, &callbacks, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __lsan_is_turned_off(void);

/* slirp_cleanup() forgets frames that wait for a neighbour's address. */
int __lsan_is_turned_off(void)
{
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool entered;

	if (!entered) {
		enter_netns();
		start_echo();
	}
	entered = true;
	if (!world.wire)
		world.wire = calloc(1, sizeof(*world.wire));
	CHECK(world.wire);
	world.p = data;
	world.left = size;
	world.now_ns = 1000000000;
	memset(world.flows, 0, sizeof(world.flows));
	for (size_t i = 0; i < FRAGMENT_SLOTS; i++)
		world.wire->fragments.slots[i].until_ms = 0;
	world.wire->rules = (struct frame_rules){ .host_loopback = true };
	inet_pton(AF_INET6, "fd00::2", world.wire->rules.gateway6);
	inet_pton(AF_INET6, "fd00::3", world.wire->rules.dns6);
	world.wire->mtu = next() & 1 ? 1500 : OFFLOAD_MTU;
	world.slirp = new_slirp(next() & 1);
	CHECK(world.slirp);
	while (world.left > 0)
		step();
	turn(1);
	slirp_cleanup(world.slirp);
	for (int i = 0; i < CONNECTIONS; i++)
		if (world.connections[i] >= 0) {
			close(world.connections[i]);
			world.connections[i] = -1;
		}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See hold.h. What is made in the container's network namespace is in hold_make.c. */
#include "netns/slirp/hold.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "netns/netlink.h"
#include "netns/slirp/hold_queue.h"
#include "netns/slirp/redirect.h"

enum {
	HELD_MAX = 1024,
	EVENTS_A_TURN = 64,
	PACKETS_A_TURN = 64,
	TAKEN_WITHIN_US = 10 * 1000 * 1000, /* else the container has given up */
	QUEUE = HELD_MAX,                   /* as an epoll's word */
	IP4_HEAD = 20,
	IP6_HEAD = 40,
	PORTS = 4,
};

/* stands: its packet has gone on, and `fd` is connected. Else it waits for that. */
struct held {
	bool used, stands;
	int fd;
	uint32_t packet;
	uint64_t since_us;
	struct sockaddr_storage from, to;
};

struct hold {
	const struct net_config *config;
	const struct outbound *outbound;
	int queue, epoll;
	size_t end; /* behind the last that is used */
	struct held held[HELD_MAX];
};

/* ---- a packet */

static void set_address(struct sockaddr_storage *a, int family, const uint8_t *ip,
			const uint8_t *port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)a;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)a;

	memset(a, 0, sizeof(*a));
	a->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		memcpy(&v4->sin_addr, ip, sizeof(v4->sin_addr));
		memcpy(&v4->sin_port, port, sizeof(v4->sin_port));
	} else {
		memcpy(&v6->sin6_addr, ip, sizeof(v6->sin6_addr));
		memcpy(&v6->sin6_port, port, sizeof(v6->sin6_port));
	}
}

bool hold_parse(const uint8_t *packet, size_t len, struct sockaddr_storage *from,
		struct sockaddr_storage *to)
{
	size_t head = IP6_HEAD;
	bool v6;

	if (len < IP4_HEAD)
		return false;
	v6 = packet[0] >> 4 == 6;
	if (!v6)
		head = (packet[0] & 15U) * 4;
	/* Of IPv6 without extensions, as a kernel sends them. */
	if ((!v6 && (packet[0] >> 4 != 4 || head < IP4_HEAD || packet[9] != IPPROTO_TCP)) ||
	    len < head + PORTS || (v6 && packet[6] != IPPROTO_TCP))
		return false;
	set_address(from, v6 ? AF_INET6 : AF_INET, packet + (v6 ? 8 : 12), packet + head);
	set_address(to, v6 ? AF_INET6 : AF_INET, packet + (v6 ? 24 : 16), packet + head + 2);
	return true;
}

/* Address and port, not scope and flow. */
static bool is_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)a;
	const struct sockaddr_in *b4 = (const struct sockaddr_in *)b;
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return a6->sin6_port == b6->sin6_port && IN6_ARE_ADDR_EQUAL(&a6->sin6_addr, &b6->sin6_addr);
}

/* ---- what becomes of it */

static void verdict(struct hold *h, uint32_t packet, uint32_t what, uint32_t mark)
{
	const struct nfgenmsg queue = { AF_UNSPEC, NFNETLINK_V0, htons(HOLD_QUEUE) };
	const struct nfqnl_msg_verdict_hdr v = { htonl(what), htonl(packet) };
	const uint32_t wire = htonl(mark);
	struct netlink_request r;

	netlink_begin(&r, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT, 0, &queue, sizeof(queue));
	if (netlink_add(&r, NFQA_VERDICT_HDR, &v, sizeof(v)) < 0 ||
	    (mark && netlink_add(&r, NFQA_MARK, &wire, sizeof(wire)) < 0))
		return;
	(void)netlink_send(h->queue, r.bytes, r.header.nlmsg_len);
}

/* As the host's connect() failed, so does the container's. */
static void refuse(struct hold *h, uint32_t packet, int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
		verdict(h, packet, NF_ACCEPT, HOLD_MARK_RESET);
		break;
	case ETIMEDOUT: /* its own time is up in a moment */
		verdict(h, packet, NF_DROP, 0);
		break;
	case ENETUNREACH:
		verdict(h, packet, NF_ACCEPT, HOLD_MARK_NO_NET);
		break;
	case EMFILE: /* Not the network's fault: unheld, as it were without us. */
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case EADDRNOTAVAIL:
		verdict(h, packet, NF_ACCEPT, 0);
		break;
	default:
		verdict(h, packet, NF_ACCEPT, HOLD_MARK_NO_HOST);
		break;
	}
}

static void drop(struct hold *h, struct held *p)
{
	if (p->fd >= 0)
		close(p->fd); /* leaves the epoll by that */
	memset(p, 0, sizeof(*p));
	while (h->end && !h->held[h->end - 1].used)
		h->end--;
}

static void go_on(struct hold *h, struct held *p)
{
	(void)epoll_ctl(h->epoll, EPOLL_CTL_DEL, p->fd, NULL);
	p->stands = true;
	p->since_us = (uint64_t)clock_us();
	verdict(h, p->packet, NF_ACCEPT, 0);
}

static void resolve(struct hold *h, struct held *p)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error == 0) {
		go_on(h, p);
		return;
	}
	refuse(h, p->packet, error);
	drop(h, p);
}

static struct held *find(struct hold *h, const struct sockaddr_storage *from,
			 const struct sockaddr_storage *to)
{
	for (size_t i = 0; i < h->end; i++)
		if (h->held[i].used && is_same(&h->held[i].from, from) &&
		    is_same(&h->held[i].to, to))
			return &h->held[i];
	return NULL;
}

static struct held *find_free(struct hold *h)
{
	for (size_t i = 0; i < HELD_MAX; i++)
		if (!h->held[i].used)
			return &h->held[i];
	return NULL;
}

/* 0: connected or on the way. */
static int begin_connect(struct hold *h, struct held *p)
{
	struct epoll_event ev = { .events = EPOLLOUT, .data.u32 = (uint32_t)(p - h->held) };
	socklen_t len = p->to.ss_family == AF_INET ? sizeof(struct sockaddr_in)
						   : sizeof(struct sockaddr_in6);
	cleanup_fd int fd =
		socket(p->to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	int s;

	if (fd < 0)
		return -errno;
	s = outbound_bind(fd, h->outbound, &p->to);
	if (s < 0)
		return s;
	if (connect(fd, (struct sockaddr *)&p->to, len) < 0 && errno != EINPROGRESS)
		return -errno;
	/* One that stands already is ready at once. */
	if (epoll_ctl(h->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return -errno;
	p->fd = take_fd(&fd);
	return 0;
}

static void take_packet(struct hold *h, uint32_t packet, const uint8_t *head, size_t len)
{
	struct held new = { .used = true, .fd = -EBADF, .packet = packet }, *p;
	int s;

	if (!hold_parse(head, len, &new.from, &new.to)) {
		verdict(h, packet, NF_ACCEPT, 0);
		return;
	}
	s = redirect_map(h->config, &new.to);
	if (s < 0) {
		refuse(h, packet, -s);
		return;
	}
	p = find(h, &new.from, &new.to);
	if (p) { /* asked again while the first is held, or was lost on the way to us */
		verdict(h, packet, p->stands ? NF_ACCEPT : NF_DROP, 0);
		return;
	}
	p = find_free(h);
	if (!p) {
		verdict(h, packet, NF_ACCEPT, 0);
		return;
	}
	*p = new;
	if ((size_t)(p - h->held) >= h->end)
		h->end = (size_t)(p - h->held) + 1;
	s = begin_connect(h, p);
	if (s == 0)
		return;
	refuse(h, packet, -s);
	drop(h, p);
}

/* ---- the queue */

static void read_message(struct hold *h, const struct nlmsghdr *m)
{
	const size_t head = NLMSG_SPACE(sizeof(struct nfgenmsg));
	struct nfqnl_msg_packet_hdr packet;
	const uint8_t *payload = NULL;
	bool has_packet = false;
	const struct rtattr *a;
	size_t left, len = 0;

	if (m->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) || m->nlmsg_len < head)
		return; /* an error to a verdict: the packet is gone */
	left = m->nlmsg_len - head;
	for (a = (const void *)((const char *)m + head); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if ((a->rta_type & NLA_TYPE_MASK) == NFQA_PACKET_HDR &&
		    RTA_PAYLOAD(a) >= sizeof(packet)) {
			memcpy(&packet, RTA_DATA(a), sizeof(packet));
			has_packet = true;
		} else if ((a->rta_type & NLA_TYPE_MASK) == NFQA_PAYLOAD) {
			payload = RTA_DATA(a);
			len = RTA_PAYLOAD(a);
		}
	}
	if (has_packet)
		take_packet(h, ntohl(packet.packet_id), payload, len);
}

static void read_queue(struct hold *h)
{
	char buf[4096] __attribute__((aligned(8)));

	for (int i = 0; i < PACKETS_A_TURN; i++) {
		const struct nlmsghdr *m = (const void *)buf;
		struct sockaddr_nl from = { 0 };
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(h->queue, buf, sizeof(buf), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &from_len);
		size_t left = n < 0 ? 0 : (size_t)n;

		if (n < 0 && errno != EINTR && errno != ENOBUFS)
			return;
		for (; n > 0 && from.nl_pid == 0 && NLMSG_OK(m, left); m = NLMSG_NEXT(m, left))
			read_message(h, m);
	}
}

/* ---- for the loop */

int hold_new(const struct net_config *c, const struct outbound *o, int queue, struct hold **ret)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = QUEUE };
	struct hold *h = calloc(1, sizeof(*h));
	int s;

	if (!h)
		return -ENOMEM;
	h->config = c;
	h->outbound = o;
	h->queue = queue;
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (h->epoll < 0 || epoll_ctl(h->epoll, EPOLL_CTL_ADD, queue, &ev) < 0) {
		s = -errno;
		hold_free(h);
		return s;
	}
	*ret = h;
	return 0;
}

void hold_free(struct hold *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->end; i++)
		if (h->held[i].used && h->held[i].fd >= 0)
			close(h->held[i].fd);
	if (h->epoll >= 0)
		close(h->epoll);
	free(h);
}

int hold_fd(const struct hold *h)
{
	return h->epoll;
}

void hold_turn(struct hold *h)
{
	struct epoll_event events[EVENTS_A_TURN];
	int n = epoll_wait(h->epoll, events, EVENTS_A_TURN, 0);
	uint64_t now = (uint64_t)clock_us();

	for (int i = 0; i < n; i++) {
		uint32_t which = events[i].data.u32;

		if (which < HELD_MAX && h->held[which].used && !h->held[which].stands)
			resolve(h, &h->held[which]);
	}
	for (int i = 0; i < n; i++)
		if (events[i].data.u32 == QUEUE)
			read_queue(h);
	for (size_t i = h->end; i > 0; i--) {
		struct held *p = &h->held[i - 1];

		if (p->used && p->stands && now > p->since_us + TAKEN_WITHIN_US)
			drop(h, p);
	}
}

int hold_take(struct hold *h, const struct sockaddr_storage *from,
	      const struct sockaddr_storage *to)
{
	struct held *p = find(h, from, to);
	int fd;

	if (!p || !p->stands)
		return -ENOENT;
	fd = take_fd(&p->fd);
	drop(h, p);
	return fd;
}

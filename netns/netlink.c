/* SPDX-License-Identifier: Apache-2.0 */
/* See netlink.h. */
#include "netns/netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { REPLY_MAX = 32 << 10 }; /* the kernel's own limit of a dump's piece */

int netlink_open_protocol(int protocol)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	cleanup_fd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0)
		return -errno;
	return take_fd(&fd);
}

int netlink_open(void)
{
	return netlink_open_protocol(NETLINK_ROUTE);
}

void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *fixed,
		   size_t len)
{
	memset(r, 0, sizeof(*r));
	r->header.nlmsg_type = type;
	r->header.nlmsg_flags = NLM_F_REQUEST | flags;
	r->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
	memcpy(NLMSG_DATA(&r->header), fixed, len);
}

int netlink_add(struct netlink_request *r, uint16_t type, const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(r->header.nlmsg_len);
	struct rtattr *a;

	if (len > sizeof(r->bytes) || at + RTA_SPACE(len) > sizeof(r->bytes))
		return -EMSGSIZE;
	a = (struct rtattr *)(void *)(r->bytes + at);
	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	r->header.nlmsg_len = (uint32_t)(at + RTA_LENGTH(len));
	return 0;
}

int netlink_send(int sock, const void *messages, size_t len)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	do
		n = sendto(sock, messages, len, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static ssize_t receive(int sock, char *buf, size_t size)
{
	struct sockaddr_nl from;
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct msghdr m = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	do
		n = recvmsg(sock, &m, 0);
	while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	if (n < 0)
		return -errno;
	return (m.msg_flags & MSG_TRUNC) ? -EMSGSIZE : n;
}

static int error_of(const struct nlmsghdr *h)
{
	const struct nlmsgerr *err = NLMSG_DATA(h);

	return h->nlmsg_len < NLMSG_LENGTH(sizeof(*err)) ? -EPROTO : err->error;
}

int netlink_answer(int sock, uint32_t *ret_seq)
{
	char buf[4096] __attribute__((aligned(8)));
	const struct nlmsghdr *h = (const void *)buf;
	ssize_t n = receive(sock, buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	if ((size_t)n < sizeof(*h) || h->nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	*ret_seq = h->nlmsg_seq;
	return error_of(h);
}

int netlink_do(int sock, struct netlink_request *r)
{
	uint32_t seq;
	int err;

	r->header.nlmsg_flags |= NLM_F_ACK;
	err = netlink_send(sock, r->bytes, r->header.nlmsg_len);
	return err < 0 ? err : netlink_answer(sock, &seq);
}

int netlink_dump(int sock, struct netlink_request *r, netlink_fn fn, void *arg)
{
	char buf[REPLY_MAX] __attribute__((aligned(8)));
	int err;

	r->header.nlmsg_flags |= NLM_F_DUMP;
	err = netlink_send(sock, r->bytes, r->header.nlmsg_len);
	if (err < 0)
		return err;
	for (;;) {
		const struct nlmsghdr *h = (const void *)buf;
		ssize_t n = receive(sock, buf, sizeof(buf));
		size_t left = (size_t)n;

		if (n < 0)
			return (int)n;
		for (; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			err = h->nlmsg_type == NLMSG_ERROR ? error_of(h) : fn(arg, h);
			if (err != 0)
				return err;
		}
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of rtnetlink(7) as moving an interface takes, and what other protocols of
 * netlink(7) share with it. Usable between clone and execve: no allocation. All return
 * -errno on failure.
 */
#ifndef URUN_NETNS_NETLINK_H
#define URUN_NETNS_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

enum { NETLINK_REQUEST_MAX = 512 };

struct netlink_request {
	union {
		struct nlmsghdr header;
		char bytes[NETLINK_REQUEST_MAX];
	};
};

/* A socket in the network namespace that we are in; of another protocol: NETLINK_*. */
int netlink_open(void);
int netlink_open_protocol(int protocol);

/* Starts a request with its fixed part: struct ifinfomsg, ifaddrmsg, ... */
void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *fixed,
		   size_t len);

/* Adds an attribute; -EMSGSIZE where there is no more room. */
int netlink_add(struct netlink_request *r, uint16_t type, const void *data, size_t len);

/* Sends it and waits for what the kernel says to it. */
int netlink_do(int sock, struct netlink_request *r);

/* Its two halves, for what is no single request: messages, and the next word on one of them. */
int netlink_send(int sock, const void *messages, size_t len);
int netlink_answer(int sock, uint32_t *ret_seq);

/* The same of a dump: `fn` for each message; a value other than 0 ends it. */
typedef int (*netlink_fn)(void *arg, const struct nlmsghdr *h);
int netlink_dump(int sock, struct netlink_request *r, netlink_fn fn, void *arg);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hold.h needs in the container's network namespace: two more chains in the table of
 * redirect.h, both before its own. The first hands first packets to the queue; the second
 * answers those that come back with a mark.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netfilter/xt_NFQUEUE.h>
#include <linux/netfilter_ipv4.h>

#include "base/cleanup.h"
#include "netns/netlink.h"
#include "netns/nft.h"
#include "netns/slirp/hold.h"
#include "netns/slirp/hold_queue.h"
#include "netns/slirp/redirect.h"

enum {
	HEAD_MAX = 96, /* of a packet: addresses and ports */
	QUEUE_LEN = 4096,
	TCP_FLAGS = 13,
	TCP_SYN = 0x02,
	TCP_ACK = 0x10,
};

/* ---- the queue */

static int configure(int sock, uint16_t type, const void *data, size_t len)
{
	const struct nfgenmsg queue = { AF_UNSPEC, NFNETLINK_V0, htons(HOLD_QUEUE) };
	struct netlink_request r;

	netlink_begin(&r, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG, 0, &queue, sizeof(queue));
	if (netlink_add(&r, type, data, len) < 0)
		return -EMSGSIZE;
	return netlink_do(sock, &r);
}

static int make_queue(int sock)
{
	const struct nfqnl_msg_config_cmd bind = { .command = NFQNL_CFG_CMD_BIND };
	const struct nfqnl_msg_config_params params = { htonl(HEAD_MAX), NFQNL_COPY_PACKET };
	const uint32_t len = htonl(QUEUE_LEN), open = htonl(NFQA_CFG_F_FAIL_OPEN);
	const struct nfgenmsg queue = { AF_UNSPEC, NFNETLINK_V0, htons(HOLD_QUEUE) };
	struct netlink_request r;
	int s = configure(sock, NFQA_CFG_CMD, &bind, sizeof(bind));

	if (s == 0)
		s = configure(sock, NFQA_CFG_PARAMS, &params, sizeof(params));
	if (s == 0)
		s = configure(sock, NFQA_CFG_QUEUE_MAXLEN, &len, sizeof(len));
	if (s < 0)
		return s;
	netlink_begin(&r, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG, 0, &queue, sizeof(queue));
	if (netlink_add(&r, NFQA_CFG_FLAGS, &open, sizeof(open)) < 0 ||
	    netlink_add(&r, NFQA_CFG_MASK, &open, sizeof(open)) < 0)
		return -EMSGSIZE;
	return netlink_do(sock, &r);
}

/* ---- the chains */

static void lead_to_queue(struct nft_batch *b, uint16_t number)
{
	const uint16_t num = htons(number), total = htons(1), flags = htons(NFT_QUEUE_FLAG_BYPASS);

	nft_expression_begin(b, "queue");
	nft_put(b, NFTA_QUEUE_NUM, &num, sizeof(num));
	nft_put(b, NFTA_QUEUE_TOTAL, &total, sizeof(total));
	nft_put(b, NFTA_QUEUE_FLAGS, &flags, sizeof(flags));
	nft_expression_end(b);
}

/* The same by iptables' own, where CONFIG_NFT_QUEUE is missing and that is there. */
static void lead_to_old_queue(struct nft_batch *b, uint16_t number)
{
	const union {
		struct xt_NFQ_info_v3 info;
		uint64_t aligned; /* as it wants it */
	} target = { .info = { number, 1, NFQ_FLAG_BYPASS } };

	nft_expression_begin(b, "target");
	nft_put_string(b, NFTA_TARGET_NAME, "NFQUEUE");
	nft_put_u32(b, NFTA_TARGET_REV, 3);
	nft_put(b, NFTA_TARGET_INFO, &target, sizeof(target));
	nft_expression_end(b);
}

static void add_answer(struct nft_batch *b, uint32_t mark, uint32_t type, uint8_t code)
{
	nft_rule_begin(b, REDIRECT_TABLE, "answer");
	nft_match_meta(b, NFT_META_MARK, &mark, sizeof(mark));
	nft_expression_begin(b, "reject");
	nft_put_u32(b, NFTA_REJECT_TYPE, type);
	nft_put(b, NFTA_REJECT_ICMP_CODE, &code, sizeof(code));
	nft_expression_end(b);
	nft_rule_end(b);
}

static void build(struct nft_batch *b, const struct net_config *c, const struct redirect_chain *r)
{
	const struct nft_hook hold = { "filter", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST - 2 };
	const struct nft_hook answer = { "filter", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST - 1 };
	const struct nft_bits first = { NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS, TCP_SYN | TCP_ACK,
					TCP_SYN };
	static const uint8_t tcp = IPPROTO_TCP;
	bool v6 = r->family == AF_INET6;

	nft_begin(b, v6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
	nft_add_chain(b, REDIRECT_TABLE, "answer", &answer);
	add_answer(b, HOLD_MARK_RESET, NFT_REJECT_TCP_RST, 0);
	add_answer(b, HOLD_MARK_NO_HOST, NFT_REJECT_ICMP_UNREACH,
		   v6 ? ICMP6_DST_UNREACH_ADDR : ICMP_HOST_UNREACH);
	add_answer(b, HOLD_MARK_NO_NET, NFT_REJECT_ICMP_UNREACH,
		   v6 ? ICMP6_DST_UNREACH_NOROUTE : ICMP_NET_UNREACH);
	nft_add_chain(b, REDIRECT_TABLE, r->name, &hold);
	/* This chain sees all packets: the others go on after two looks. */
	nft_rule_begin(b, REDIRECT_TABLE, r->name);
	nft_match_meta(b, NFT_META_L4PROTO, &tcp, sizeof(tcp));
	nft_match_bits_not(b, &first);
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b);
	redirect_rules(b, c, r);
}

static int add_chains(const struct net_config *c, int family, bool all)
{
	struct redirect_chain r = { "hold", family, all, lead_to_queue, HOLD_QUEUE };
	struct nft_batch b;
	uint32_t message;
	int s;

	build(&b, c, &r);
	s = nft_do(&b, &message);
	if (s != -ENOENT)
		return s;
	r.lead = lead_to_old_queue;
	build(&b, c, &r);
	return nft_do(&b, &message);
}

static bool is_lacking(int s)
{
	return s == -ENOENT || s == -EOPNOTSUPP || s == -EPROTONOSUPPORT || s == -EINVAL;
}

int hold_make(const struct net_config *c, bool host_has_ipv6, int *ret, struct error *e)
{
	cleanup_fd int sock = netlink_open_protocol(NETLINK_NETFILTER);
	int s = sock < 0 ? sock : make_queue(sock);

	if (s == 0)
		s = add_chains(c, AF_INET, true);
	if (s == 0 && c->ipv6 && (host_has_ipv6 || c->host_loopback))
		s = add_chains(c, AF_INET6, host_has_ipv6);
	if (is_lacking(s)) {
		*ret = -EBADF;
		return 0;
	}
	if (s < 0)
		return error_set(e, s, "egress=redirect: hold connections until they stand");
	if (fcntl(sock, F_SETFL, O_NONBLOCK) < 0)
		return error_set(e, errno, "egress=redirect: fcntl");
	*ret = take_fd(&sock);
	return 0;
}
